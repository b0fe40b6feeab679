use super::{Attested, Proof, Reference, TpmAnswer, Verdict};
use crate::ima::measurement::{
    List,
    diff::{Diff, Relation, Snapshot, changes_by_itself},
};
use std::io;

/// A host's answer, proven, beside what is kept of the host.
#[derive(Debug)]
pub struct Attestation {
    /// What its TPM said; `None` where it has none.
    pub tpm: Option<TpmAnswer>,
    /// What that proves of its list.
    pub proof: Proof,
    reference: Option<Reference>,
    list: Option<Snapshot>,
}

/// The key that signed, beside the one that is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStanding {
    /// None is remembered.
    New,
    /// It is the one.
    Known,
    /// It is another one: another TPM, or another machine.
    Other,
    /// The host had a TPM, and says that it has none.
    Lost,
    /// The host has no TPM, and had none.
    NoTpm,
}

/// What an attestation amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its TPM vouches for the list, and what was measured before is the same.
    Verified,
    /// Its TPM vouches for the list, and something that was measured before is another one now.
    Differs,
    /// Nothing vouches for the list: the host has no TPM.
    Unproven,
    /// The list, the TPM, or the key is not what it should be.
    Failed,
}

impl Standing {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Differs => "differs",
            Self::Unproven => "unproven",
            Self::Failed => "failed",
        }
    }
}

impl Attestation {
    /// Proves an answer. `reference` is what is kept of the host.
    ///
    /// # Errors
    /// None but those of memory: the list is there.
    pub fn of(attested: Attested, reference: Option<Reference>) -> io::Result<Self> {
        let proof = attested.proof()?;
        let mark = reference.as_ref().map(|reference| reference.list.entries());
        // A list that is none has failed already.
        let list = List::open(attested.list.as_slice())
            .and_then(|mut list| Snapshot::read(&mut list, mark))
            .ok()
            .map(|list| list.of_boot(attested.boot_id));
        Ok(Self {
            tpm: attested.tpm,
            proof,
            reference,
            list,
        })
    }

    /// The key beside the one that is remembered.
    pub fn key(&self) -> KeyStanding {
        let remembered = self.reference.as_ref().map(|reference| reference.key.as_ref());
        match (&self.tpm, remembered) {
            (None, Some(Some(_))) => KeyStanding::Lost,
            (None, _) => KeyStanding::NoTpm,
            (Some(_), None | Some(None)) => KeyStanding::New,
            (Some(tpm), Some(Some(key))) if tpm.key_name.to_string() == key.name => KeyStanding::Known,
            (Some(_), Some(Some(_))) => KeyStanding::Other,
        }
    }

    /// What changed since the reference was taken; `None` where there is none, or no list.
    pub fn diff(&self) -> Option<Diff<'_>> {
        let (reference, list) = self.reference.as_ref().zip(self.list.as_ref())?;
        Some(Diff::between(&reference.list, list))
    }

    /// What it amounts to.
    pub fn standing(&self) -> Standing {
        let is_endorsed = self.tpm.as_ref().is_none_or(TpmAnswer::is_endorsed);
        let is_other = matches!(self.key(), KeyStanding::Other | KeyStanding::Lost);
        if self.proof.verdict() == Verdict::Failed || is_other || !is_endorsed {
            return Standing::Failed;
        }
        match self.diff() {
            Some(diff) if diff.relation == Relation::Contradiction => Standing::Failed,
            _ if self.proof.verdict() == Verdict::Unproven => Standing::Unproven,
            Some(diff) if has_changed(&diff) => Standing::Differs,
            _ => Standing::Verified,
        }
    }

    /// A reference of this answer. A new key is taken; a list that is not proven, or a key that something speaks against,
    /// is not.
    pub fn to_reference(&self) -> Option<Reference> {
        let is_fit = self.proof.verdict() != Verdict::Failed && self.tpm.as_ref().is_none_or(TpmAnswer::is_endorsed);
        let list = self.list.clone().filter(|_| is_fit)?;
        Some(Reference::new(self.tpm.as_ref(), list))
    }

    /// Whether there is a reference.
    pub fn has_reference(&self) -> bool {
        self.reference.is_some()
    }
}

/// Whether what was measured before is another one now. Names that only one of the lists has tell nothing by themselves:
/// what runs differs from boot to boot.
fn has_changed(diff: &Diff<'_>) -> bool {
    let changed = diff.changed.iter().map(|changed| changed.name);
    let incomparable = diff.incomparable.iter().map(|(name, ..)| *name);
    diff.boot_aggregates().is_some() || changed.chain(incomparable).any(|name| !changes_by_itself(name))
}
