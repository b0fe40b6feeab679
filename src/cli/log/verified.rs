//! What a verification found, for people and for scripts.

use crate::{
    ima::{
        hex,
        measurement::{BadHash, BootAggregate, Extends, RegisterProof, Verification},
        pcr::Pcr,
    },
    tpm::{Nonce, PcrDigest, Proof, QuoteProof, Verdict},
    words::printable,
};
use serde_json::{Value, json};

/// For people.
pub fn text(proof: &Proof) -> String {
    let verification = &proof.verification;
    let mut lines = vec![list_line(proof)];
    lines.extend(hash_lines(verification));
    lines.push(format!(
        "boot_aggregate: {}",
        boot_aggregate(&verification.boot_aggregate)
    ));
    lines.extend(
        verification
            .registers
            .iter()
            .map(|proof| register_line(proof, verification.entries)),
    );
    lines.extend(
        verification
            .unproven
            .iter()
            .map(|(pcr, value)| format!("{pcr}: not given; the list makes it {}", hex::encode(value))),
    );
    if let Some(quote) = &proof.quote {
        lines.extend(quote_lines(quote, verification));
    }
    lines.extend(proof.faults.iter().map(|fault| format!("evidence: {fault}")));
    lines.push(verdict_line(proof));
    printable(&(lines.join("\n") + "\n"))
}

fn list_line(proof: &Proof) -> String {
    let verification = &proof.verification;
    let form = verification
        .form
        .map_or_else(|| "no measurement list".to_owned(), |form| form.to_string());
    let mut line = format!("list: {form}; {}", proof.length());
    for (entry, path) in &verification.violations.first {
        line += &format!("\n  entry {entry}: violation of {}", one_line(path));
    }
    let (violations, named) = (
        verification.violations.count,
        verification.violations.first.len() as u64,
    );
    if violations > named {
        line += &format!("\n  and {} more", violations - named);
    }
    line
}

fn hash_lines(verification: &Verification) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(fault) = &verification.malformed {
        lines.push(format!("MALFORMED: {}", one_line(&fault.to_string())));
    }
    match verification.bad_template_hashes {
        0 => lines.push("template hashes: all come from their data".to_owned()),
        bad => {
            lines.push(format!("template hashes: {bad} DO NOT come from their data"));
            lines.extend(verification.bad.iter().map(bad_line));
            let named = verification.bad.len() as u64;
            if bad > named {
                lines.push(format!("  and {} more", bad - named));
            }
        }
    }
    lines
}

fn bad_line(bad: &BadHash) -> String {
    format!(
        "  entry {} ({}): recorded {}, its data make {}",
        bad.entry,
        one_line(&bad.path),
        hex::encode(&bad.recorded),
        hex::encode(&bad.computed)
    )
}

/// A name from a list: a line break in it begins no line of ours.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\t'], "?")
}

/// What the first entry says, in words.
fn boot_aggregate(found: &BootAggregate) -> String {
    match found {
        BootAggregate::Match { bank, last } => format!("is the hash of {bank} registers 0 to {last}"),
        BootAggregate::Mismatch { bank } => {
            format!("IS NOT the hash of {bank} registers 0 to 7 or 9: the list is of another boot or another machine")
        }
        BootAggregate::Unknown { bank } => format!("not compared: {bank} registers 0 to 9 are not all given"),
        BootAggregate::NoTpm => "zeros: the kernel had no TPM when IMA began, and extended nothing".to_owned(),
        BootAggregate::Absent => "not the first entry, or in an algorithm that no TPM has".to_owned(),
    }
}

fn register_line(proof: &RegisterProof, entries: u64) -> String {
    let pcr = proof.pcr;
    let padded = match proof.extends {
        Extends::OwnHash => "",
        Extends::UnloadedHash | Extends::PaddedSha1 => {
            ", extended with padded SHA-1 hashes (a kernel before 5.8, or one that lacked this hash when IMA began)"
        }
    };
    match proof.matched_at {
        Some(at) if at == entries => format!("{pcr}: reached after entry {at}, the last{padded}"),
        Some(at) => format!(
            "{pcr}: reached after entry {at}{padded}; the {} later ones are not proven",
            entries - at
        ),
        None => format!(
            "{pcr}: NOT REACHED by any beginning of the list: an entry was changed, left out, added or moved\n  expected {}\n  the whole list makes {}",
            hex::encode(&proof.expected),
            hex::encode(&proof.replayed)
        ),
    }
}

fn quote_lines(proof: &QuoteProof, verification: &Verification) -> Vec<String> {
    let signature = proof.scheme.map_or_else(
        || "INVALID: not made by this key over this quote".to_owned(),
        |scheme| format!("valid, {scheme}"),
    );
    let mut lines = Vec::new();
    if let Err(fault) = &proof.quote {
        lines.push(format!("quote: BAD: {fault}"));
    }
    lines.push(format!("quote signature: {signature}"));
    lines.push(format!(
        "quote nonce: {}",
        match proof.nonce {
            Nonce::Match => "matches",
            Nonce::Mismatch => "DOES NOT MATCH: the quote is older, or answers somebody else",
            Nonce::Unasked => "not compared (--nonce): the quote may be an old one",
        }
    ));
    let over = ranges(proof.selection());
    lines.push(match (proof.pcr_digest, verification.composite) {
        (Some(PcrDigest::Match), None) => format!("quote digest: that of the given values ({over})"),
        (Some(PcrDigest::Match), Some(composite)) => format!(
            "quote digest: reached after entry {} ({over})",
            composite.matched_at.unwrap_or_default()
        ),
        (_, None) => format!("quote digest: NOT that of the given values ({over})"),
        (_, Some(_)) => format!(
            "quote digest: NOT REACHED by any beginning of the list; registers that are not given and not extended count as zeros, --pcrs gives them ({over})"
        ),
    });
    lines
}

/// `sha1:10 sha256:0-10`.
fn ranges(selection: &[Pcr]) -> String {
    let runs = selection.chunk_by(|before, after| before.bank == after.bank && before.index + 1 == after.index);
    let words = runs.map(|run| match run {
        [first, .., last] => format!("{first}-{}", last.index),
        [only] => only.to_string(),
        [] => String::new(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn verdict_line(proof: &Proof) -> String {
    let entries = proof.verification.entries;
    match (proof.verdict(), proof.verification.proven()) {
        (Verdict::Verified, Some(proven)) if proven == entries => {
            format!("verified: the registers vouch for all {entries} entries")
        }
        (Verdict::Verified, proven) => {
            format!(
                "verified: the registers vouch for the first {} of {entries} entries",
                proven.unwrap_or_default()
            )
        }
        (Verdict::Unproven, _) => {
            "unproven: the list agrees with itself, and no register was given that vouches for it".to_owned()
        }
        (Verdict::Failed, _) => "FAILED: the list and the evidence do not agree".to_owned(),
    }
}

/// For scripts. `banks` holds the registers that were compared; `matched_at` is the number of entries that make the value.
pub fn object(proof: &Proof) -> Value {
    let verification = &proof.verification;
    let banks: Vec<Value> = verification.registers.iter().map(register_object).collect();
    let bad: Vec<Value> = verification.bad.iter().map(bad_object).collect();
    json!({
        "format_version": 1,
        "form": verification.form.map(|form| form.to_string()),
        "entries": verification.entries,
        "violations": verification.violations.count,
        "bad_template_hashes": verification.bad_template_hashes,
        "bad": bad,
        "malformed": verification.malformed.as_ref().map(ToString::to_string),
        "boot_aggregate": boot_aggregate_word(&verification.boot_aggregate),
        "banks": banks,
        "quote": proof.quote.as_ref().map(|quote| quote_object(quote, verification)),
        "proven": verification.proven(),
        "faults": proof.faults,
        "verdict": proof.verdict().as_str(),
    })
}

fn register_object(proof: &RegisterProof) -> Value {
    json!({
        "algorithm": proof.pcr.bank,
        "index": proof.pcr.index,
        "expected": hex::encode(&proof.expected),
        "replayed": hex::encode(&proof.replayed),
        "padded_sha1": proof.extends != Extends::OwnHash,
        "matched_at": proof.matched_at,
    })
}

fn bad_object(bad: &BadHash) -> Value {
    json!({
        "entry": bad.entry,
        "path": bad.path,
        "recorded": hex::encode(&bad.recorded),
        "computed": hex::encode(&bad.computed),
    })
}

fn quote_object(quote: &QuoteProof, verification: &Verification) -> Value {
    json!({
        "signature": if quote.scheme.is_some() { "valid" } else { "invalid" },
        "scheme": quote.scheme.map(|scheme| scheme.to_string()),
        "nonce": match quote.nonce {
            Nonce::Match => Some("match"),
            Nonce::Mismatch => Some("mismatch"),
            Nonce::Unasked => None,
        },
        "pcr_digest": match quote.pcr_digest {
            Some(PcrDigest::Match) => "match",
            _ => "mismatch",
        },
        "registers": quote.selection().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "matched_at": verification.composite.and_then(|composite| composite.matched_at),
        "fault": quote.quote.as_ref().err().map(ToString::to_string),
    })
}

fn boot_aggregate_word(found: &BootAggregate) -> &'static str {
    match found {
        BootAggregate::Match { .. } => "match",
        BootAggregate::Mismatch { .. } => "mismatch",
        BootAggregate::Unknown { .. } => "unknown",
        BootAggregate::NoTpm => "no_tpm",
        BootAggregate::Absent => "absent",
    }
}
