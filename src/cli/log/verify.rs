//! `imaform log verify`: a list against the registers of a TPM.

use super::{
    Exit, Format,
    list_file::{FileError, ListFile},
    verified,
};
use crate::{
    cli::session::{CliError, say},
    ima::{
        hex,
        measurement::Evidence,
        pcr::{Conflict, PcrValues},
    },
    tpm::{AttestationKey, Proof, QuoteProof, Verdict, parse_pcrs},
};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
};

pub const EXAMPLES: &str = "\
Examples:
  imaform log verify list --pcr sha256:10=9c0e5d…
  imaform log verify list --quote q.msg --signature q.sig --ak ak.pem --nonce 0d1e… --pcrs q.pcrs
  imaform log verify list --pcrs pcrs.txt --format json | jq .verdict

On the host, with tpm2-tools:
  tpm2_quote -c ak.ctx -l sha1:10+sha256:10 -q NONCE -m quote.msg -s quote.sig -o quote.pcrs
  cat /sys/kernel/security/ima/binary_runtime_measurements >list   # after the quote

Exit codes: 0 verified (or unproven: no register was given), 5 verification failed, 1 error";

pub const ABOUT: &str = "\
Prove a measurement list against the registers of a TPM.

Every template hash is computed anew, and the registers are replayed entry by entry, in each bank that is given, by both \
rules that kernels have for banks other than sha1 (an own hash since 5.8, the SHA-1 hash padded with zeros before). Told \
is the longest beginning of the list that makes the value; entries after it came later, which is normal and proves nothing \
about them. A value that no beginning makes is a failure: an entry was changed, left out, added or moved.

JSON has format_version, form, entries, violations, bad_template_hashes, bad (the first of them), malformed, boot_aggregate, \
banks (algorithm, index, expected, replayed, padded_sha1, and matched_at: the entries that make the value, or null), quote \
(signature, nonce, pcr_digest, registers, matched_at; null without one), proven (entries that are), faults, and verdict: \
verified, failed, or unproven where no register was given.

What nothing proves: the name in a violation (its register gets ones whatever the entry says), and entries in registers that \
are not given.";

/// Arguments of `imaform log verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The list, ASCII or binary; - for standard input
    file: PathBuf,
    /// A register's value; may be given more than once
    #[arg(long = "pcr", value_name = "BANK:INDEX=HEX")]
    pcr: Vec<String>,
    /// Values of registers: what tpm2_quote -o writes, or lines of BANK INDEX HEX
    #[arg(long, value_name = "FILE")]
    pcrs: Option<PathBuf>,
    /// What tpm2_quote -m writes
    #[arg(long, value_name = "MSG", requires_all = ["signature", "ak"])]
    quote: Option<PathBuf>,
    /// What tpm2_quote -s writes: TPMT_SIGNATURE, or plain
    #[arg(long, value_name = "SIG", requires = "quote")]
    signature: Option<PathBuf>,
    /// The public key that signed the quote, in PEM
    #[arg(long, value_name = "PEM", requires = "quote")]
    ak: Option<PathBuf>,
    /// What tpm2_quote -q was given; without it the quote may be an old one
    #[arg(long, value_name = "HEX", requires = "quote")]
    nonce: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Verifies a list.
///
/// # Errors
/// Wrong arguments, or files that cannot be read.
pub fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let mut faults = Vec::new();
    let evidence = arguments.evidence(&mut faults)?;
    let quote = arguments.quote_proof()?;
    let file = ListFile::new(&arguments.file)?;
    let proof = Proof::of(|| file.open(), evidence, quote, faults).map_err(FileError::of(file.path()))?;
    say(match arguments.format {
        Format::Text => verified::text(&proof),
        Format::Json => format!("{:#}\n", verified::object(&proof)),
    })?;
    Ok(match proof.verdict() {
        Verdict::Verified | Verdict::Unproven => Exit::OK,
        Verdict::Failed => Exit::UNVERIFIED,
    })
}

impl Arguments {
    /// Whether there is a quote to read.
    pub fn has_quote(&self) -> bool {
        self.quote.is_some()
    }

    /// All values that are given. A file of values that was damaged is no wrong argument: it is evidence that proves
    /// nothing.
    fn evidence(&self, faults: &mut Vec<String>) -> Result<Evidence, CliError> {
        let mut evidence = Evidence::default();
        for text in &self.pcr {
            let given: PcrValues = text.parse().map_err(|fault| format!("error: --pcr: {fault}"))?;
            evidence.asked.extend(given.iter().map(|(pcr, _)| pcr));
            merge(&mut evidence.values, &given).unwrap_or_else(|conflict| faults.push(format!("--pcr: {conflict}")));
        }
        if let Some(path) = &self.pcrs {
            let fault = |fault: &dyn std::fmt::Display| format!("registers in {}: {fault}", path.display());
            match parse_pcrs(&read(path)?) {
                Ok(given) => {
                    merge(&mut evidence.values, &given).unwrap_or_else(|conflict| faults.push(fault(&conflict)));
                }
                Err(wrong) => faults.push(fault(&wrong)),
            }
        }
        Ok(evidence)
    }

    fn quote_proof(&self) -> Result<Option<QuoteProof>, CliError> {
        let (Some(quote), Some(signature), Some(ak)) = (&self.quote, &self.signature, &self.ak) else {
            return Ok(None);
        };
        let pem = String::from_utf8_lossy(&read(ak)?).into_owned();
        let key = AttestationKey::from_pem(&pem).map_err(|fault| format!("error: {}: {fault}", ak.display()))?;
        let nonce = self.nonce.as_ref().map(|digits| {
            hex::decode(digits.to_ascii_lowercase())
                .ok_or_else(|| format!("error: --nonce: `{digits}` is not hexadecimal"))
        });
        let nonce = nonce.transpose()?;
        Ok(Some(QuoteProof::new(
            &read(quote)?,
            &read(signature)?,
            &key,
            nonce.as_deref(),
        )))
    }
}

fn merge(values: &mut PcrValues, given: &PcrValues) -> Result<(), Conflict> {
    given
        .iter()
        .try_for_each(|(pcr, value)| values.insert(pcr, value.to_vec()))
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(FileError::of(path))
}
