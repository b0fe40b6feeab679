//! A proof in one line.

use super::{Nonce, PcrDigest, Proof, QuoteProof, Verdict};
use crate::{
    ima::measurement::{BootAggregate, RegisterProof},
    words::count,
};

impl Proof {
    /// What was proven, or the first thing that speaks against it.
    pub fn summary(&self) -> String {
        let verification = &self.verification;
        let list = self.length();
        match self.verdict() {
            Verdict::Failed => format!(
                "{list}: {}",
                self.problems().first().map_or("not proven", String::as_str)
            ),
            Verdict::Unproven => format!("{list}, every template hash right; no register vouches for them"),
            Verdict::Verified => format!(
                "{list}, every template hash right; {} vouch for {}",
                names(verification.registers.iter()),
                match verification.proven() {
                    Some(proven) if proven < verification.entries => format!("the first {proven}"),
                    _ => "all of them".to_owned(),
                }
            ),
        }
    }

    /// How long the list is, in words.
    pub fn length(&self) -> String {
        let entries = match self.verification.entries {
            1 => "1 entry".to_owned(),
            entries => format!("{entries} entries"),
        };
        let violations = usize::try_from(self.verification.violations.count).unwrap_or(usize::MAX);
        format!("{entries}, {}", count(violations, "violation"))
    }

    /// All that speaks against it.
    pub fn problems(&self) -> Vec<String> {
        let verification = &self.verification;
        let mut problems = self.faults.clone();
        problems.extend(verification.malformed.as_ref().map(ToString::to_string));
        problems.extend(verification.bad.iter().map(|bad| {
            format!(
                "entry {} ({}): its template hash does not come from its data",
                bad.entry, bad.path
            )
        }));
        let unreached = verification.registers.iter().filter(|proof| proof.matched_at.is_none());
        problems.extend(unreached.map(|proof| {
            format!(
                "{}: no beginning of the list makes its value: an entry was changed, left out, added or moved",
                proof.pcr
            )
        }));
        if let BootAggregate::Mismatch { bank } = verification.boot_aggregate {
            problems.push(format!(
                "boot_aggregate is not the hash of the {bank} registers of this boot"
            ));
        }
        problems.extend(self.quote.iter().flat_map(quote_problems));
        problems
    }
}

fn quote_problems(proof: &QuoteProof) -> Vec<String> {
    let mut problems: Vec<String> = proof
        .quote
        .as_ref()
        .err()
        .map(|fault| format!("quote: {fault}"))
        .into_iter()
        .collect();
    let found = [
        (
            proof.scheme.is_none(),
            "quote: the signature is not that of the key over this quote",
        ),
        (
            proof.nonce == Nonce::Mismatch,
            "quote: it holds another nonce: it is older, or answers somebody else",
        ),
        (
            proof.pcr_digest != Some(PcrDigest::Match),
            "quote: its digest is not that of the registers",
        ),
    ];
    problems.extend(
        found
            .iter()
            .filter(|(is_so, _)| *is_so)
            .map(|(_, words)| (*words).to_owned()),
    );
    problems
}

fn names<'a>(registers: impl Iterator<Item = &'a RegisterProof>) -> String {
    let names: Vec<String> = registers.map(|proof| proof.pcr.to_string()).collect();
    if names.is_empty() {
        "the quoted registers".to_owned()
    } else {
        names.join(", ")
    }
}
