//! The labels of a host against its files: what was found, and what asks for it.

use super::{HostPath, ScriptCall, labels};
use crate::{
    config::Labels,
    host::Script,
    ima::{HashAlgorithm, LabelError},
};
use std::{collections::BTreeMap, fmt};

/// The labels in scope, compared with their files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelAudit {
    /// Digests that are those of their files.
    pub fits: BTreeMap<HashAlgorithm, u64>,
    /// Signatures. Whether they fit is not known: that takes the certificate.
    pub signed: BTreeMap<Signer, u64>,
    /// Digests of algorithms for which the host has no program.
    pub unchecked: BTreeMap<HashAlgorithm, u64>,
    /// Files that the kernel would refuse to a rule that appraises them, by name.
    pub faulty: Vec<FaultyFile>,
    /// Files whose label did not fit at the first look and did at the second, by name.
    pub settled: Vec<HostPath>,
}

/// Whose signature a label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signer {
    /// What was signed.
    pub signed: Signed,
    /// The last four bytes of the key's identifier.
    pub key_id: u32,
    /// Which hash was signed.
    pub algorithm: HashAlgorithm,
}

/// What a signature is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signed {
    /// The file's content.
    Content,
    /// Its fs-verity digest.
    Verity,
}

/// A file whose label does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultyFile {
    /// Its name.
    pub path: HostPath,
    /// What is wrong.
    pub fault: LabelFault,
    /// Who holds it open for writing: the kernel labels it when it is closed, so nothing is wrong yet.
    pub writer: Option<Writer>,
}

/// What is wrong with a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelFault {
    /// It is not the digest of the file.
    Stale,
    /// The same, by the kernel's own verdict: under enforce it refuses the file to root (EACCES).
    Refused,
    /// There is none.
    Unlabelled,
    /// It is no label.
    Invalid(LabelError),
    /// Label or file could not be read, in the host's words.
    Unreadable(String),
}

impl FaultyFile {
    /// Whether its content can be hashed now, and closing it labels nothing.
    pub fn is_mendable(&self) -> bool {
        let can_be_read = matches!(
            self.fault,
            LabelFault::Stale | LabelFault::Unlabelled | LabelFault::Invalid(_)
        );
        can_be_read && self.writer.is_none()
    }
}

impl fmt::Display for LabelFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("stale"),
            Self::Refused => f.write_str("the kernel refuses it to root (EACCES)"),
            Self::Unlabelled => f.write_str("without a label"),
            Self::Invalid(error) => error.fmt(f),
            Self::Unreadable(words) => f.write_str(words),
        }
    }
}

/// A process that holds a file open for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// Its process id.
    pub pid: u32,
    /// Its name, as it calls itself.
    pub command: String,
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pid, self.command)
    }
}

/// What compares the labels of a host with its files.
pub fn call(labels: &Labels) -> ScriptCall {
    ScriptCall::new(Script::ReadLabels, [""; 0], labels::scope(labels)).deadline(labels::LABELLING_DEADLINE)
}

impl LabelAudit {
    /// Files in scope.
    pub fn in_scope(&self) -> u64 {
        let counted = self
            .fits
            .values()
            .chain(self.signed.values())
            .chain(self.unchecked.values());
        counted.fold(self.faulty.len() as u64, |all, some| all.saturating_add(*some))
    }

    /// Files in scope with a `security.ima`, whatever it is worth.
    pub fn labelled(&self) -> u64 {
        let without = |file: &&FaultyFile| file.fault == LabelFault::Unlabelled;
        self.in_scope() - self.faulty.iter().filter(without).count() as u64
    }

    /// Whether every label that can be checked here holds, but those of files that are being written.
    pub fn holds(&self) -> bool {
        self.faulty.iter().all(|file| file.writer.is_some())
    }
}
