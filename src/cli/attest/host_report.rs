use super::references;
use crate::{
    cli::{
        exit::Exit,
        log::{diffed, verified},
        session::CliError,
    },
    config::Target,
    ima::measurement::diff::Diff,
    tpm::{AttestError, Attestation, Chain, KeyStanding, Standing, Verdict},
    words::{count, printable},
};
use std::path::PathBuf;

/// What is said of one host.
#[derive(Debug)]
pub struct HostReport {
    pub(super) host: String,
    pub(super) group: String,
    pub(super) answer: Result<Attestation, AttestError>,
    /// Its reference.
    pub(super) path: PathBuf,
    pub(super) kept: Kept,
}

/// What became of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It stays.
    Left,
    /// There is a new one.
    Taken,
    /// A new one was asked for, and what the host says is not fit to be one.
    NotFit,
}

impl HostReport {
    /// A report of an answer.
    pub fn new(target: &Target, answer: Result<Attestation, AttestError>, path: PathBuf) -> Self {
        Self {
            host: target.name.clone(),
            group: target.group.clone(),
            answer,
            path,
            kept: Kept::Left,
        }
    }

    /// Takes the answer as the reference, where it can be one.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn update(&mut self) -> Result<(), CliError> {
        let reference = self.answer.as_ref().ok().and_then(Attestation::to_reference);
        self.kept = match reference {
            Some(reference) => {
                references::write(&self.path, &reference)?;
                Kept::Taken
            }
            None => Kept::NotFit,
        };
        Ok(())
    }

    /// How it ends for this host. What was accepted is no difference any more.
    pub fn exit(&self) -> Exit {
        match &self.answer {
            Ok(attestation) => match attestation.standing() {
                Standing::Verified => Exit::OK,
                Standing::Differs | Standing::Failed if self.kept == Kept::Taken => Exit::OK,
                Standing::Differs | Standing::Unproven | Standing::Failed => Exit::UNVERIFIED,
            },
            Err(AttestError::Host(error)) if error.is_unreachable() => Exit::UNREACHABLE,
            Err(_) => Exit::ERROR,
        }
    }

    /// For people: a few lines where all is well, all evidence where it is not.
    pub fn text(&self) -> String {
        let attestation = match &self.answer {
            Ok(attestation) => attestation,
            Err(error) => {
                let word = self.no_answer_word();
                let error = error.to_string().replace('\n', "\n    ");
                return printable(&format!("{} ({}): {word}\n  {error}\n", self.host, self.group));
            }
        };
        let standing = attestation.standing();
        let mut text = format!("{} ({}): {}\n", self.host, self.group, standing.as_str().to_uppercase());
        if attestation.proof.verdict() == Verdict::Failed {
            text += &indented(&verified::text(&attestation.proof));
        } else {
            text += &format!("  {}\n", attestation.proof.summary());
        }
        text += &format!("  {}\n", key_line(attestation));
        text += &endorsement_line(attestation)
            .map(|line| format!("  {line}\n"))
            .unwrap_or_default();
        text += &self.reference_lines(attestation, standing);
        printable(&text)
    }

    pub(super) fn no_answer_word(&self) -> &'static str {
        match self.exit() {
            Exit::UNREACHABLE => "unreachable",
            _ => "no answer",
        }
    }

    fn reference_lines(&self, attestation: &Attestation, standing: Standing) -> String {
        let path = self.path.display();
        let mut lines = match attestation.diff() {
            None if attestation.has_reference() => {
                format!("  {path}: not compared, since there is no list to compare\n")
            }
            None => format!("  {path}: no reference is kept of this host\n"),
            Some(diff) if standing == Standing::Verified && self.kept == Kept::Left => {
                format!("  {path}: {}\n", diff_line(&diff))
            }
            Some(diff) => {
                let sides = sides(&self.path.display().to_string());
                let [a, b] = sides.each_ref().map(|(name, source)| diffed::Side { name, source });
                format!("  {path}:\n{}", indented(&diffed::text(&diff, [a, b], None)))
            }
        };
        lines += &match (self.kept, attestation.has_reference()) {
            (Kept::Taken, _) => format!("  {path}: written\n"),
            (Kept::NotFit, _) => format!("  {path}: not written: what is not proven is no reference\n"),
            (Kept::Left, false) => {
                "  help: imaform attest --update takes what the host says now as its reference\n".to_owned()
            }
            (Kept::Left, true) if standing == Standing::Differs => {
                "  help: where this is as it should be, imaform attest --update takes it as the new reference\n"
                    .to_owned()
            }
            (Kept::Left, true) => String::new(),
        };
        lines
    }
}

/// What the two lists are called, and where they are from.
pub(super) fn sides(path: &str) -> [(&'static str, String); 2] {
    [
        ("the reference", path.to_owned()),
        ("the host", "its list now".to_owned()),
    ]
}

fn key_line(attestation: &Attestation) -> String {
    let name = attestation
        .tpm
        .as_ref()
        .map(|tpm| tpm.key_name.to_string())
        .unwrap_or_default();
    match attestation.key() {
        KeyStanding::New => format!("key {name}, not seen before"),
        KeyStanding::Known => format!("key {name}, as remembered"),
        KeyStanding::Other => format!(
            "key {name}, NOT THE ONE THAT IS REMEMBERED: another TPM or another machine answers, or its seed was changed"
        ),
        KeyStanding::Lost => {
            "NO TPM, and one is remembered: it was switched off, or another machine answers".to_owned()
        }
        KeyStanding::NoTpm => "no TPM: nothing vouches for the list".to_owned(),
    }
}

/// Without a certificate and without anybody who asks for one, there is nothing to say.
fn endorsement_line(attestation: &Attestation) -> Option<String> {
    match attestation.tpm.as_ref()?.endorsement.as_ref() {
        Err(fault) => Some(format!("NOT ENDORSED: {fault}")),
        Ok(endorsement) if endorsement.certificate.is_none() && endorsement.chain == Chain::NotAsked => None,
        Ok(endorsement) if matches!(endorsement.chain, Chain::Untrusted { .. }) => {
            Some(format!("NOT ENDORSED: {endorsement}"))
        }
        Ok(endorsement) => Some(endorsement.to_string()),
    }
}

fn diff_line(diff: &Diff<'_>) -> String {
    if diff.is_empty() {
        return "nothing differs".to_owned();
    }
    let parts = [
        (diff.changed.len() + diff.incomparable.len(), "changed"),
        (diff.violations.len(), "with more violations"),
        (diff.new.len(), "new"),
        (diff.gone.len(), "not measured now"),
    ];
    let words = parts.iter().filter(|(number, _)| *number > 0);
    let words: Vec<String> = words
        .map(|(number, what)| format!("{} {what}", count(*number, "name")))
        .collect();
    words.join(", ")
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}").trim_end().to_owned() + "\n")
        .collect()
}
