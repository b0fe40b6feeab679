use super::{
    AttestError, AttestationKey, Chain, EkCertificate, Endorsement, EndorsementFault, KeyName, Proof, QuoteProof,
    TrustedRoots, ask,
    bridge::{Visit, visit},
};
use crate::{
    host::Transport,
    ima::{measurement::Evidence, pcr::PcrValues},
};
use std::{collections::BTreeSet, io, sync::Arc, time::SystemTime};

/// What a host is asked to prove.
#[derive(Debug, Clone)]
pub struct Question {
    /// Random, so that the answer is new.
    pub(super) nonce: [u8; 32],
    /// The registers that count: firmware's and boot loader's, IMA's, and those that rules name (`pcr=`).
    pub(super) registers: BTreeSet<u32>,
    /// Whose endorsement certificates count.
    pub(super) roots: Arc<TrustedRoots>,
    /// When it is asked: certificates end.
    pub(super) now: SystemTime,
}

impl Question {
    /// A new question; `extended` are registers that rules name.
    ///
    /// # Errors
    /// A control machine without random numbers.
    pub fn new(extended: impl IntoIterator<Item = u32>, roots: &Arc<TrustedRoots>) -> Result<Self, AttestError> {
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(AttestError::Random)?;
        Ok(Self {
            nonce,
            registers: (0..=10).chain(extended).collect(),
            roots: Arc::clone(roots),
            now: SystemTime::now(),
        })
    }
}

/// What a host answered.
#[derive(Debug)]
pub struct Attested {
    /// What its TPM says; `None` where it has none, so that nothing vouches for the list.
    pub tpm: Option<TpmAnswer>,
    /// `binary_runtime_measurements`, read after the quote.
    pub list: Vec<u8>,
    /// The boot that they are of (`/proc/sys/kernel/random/boot_id`), in the host's own words.
    pub boot_id: String,
    question: Question,
}

/// What a TPM answered.
#[derive(Debug, Clone)]
pub struct TpmAnswer {
    /// The key that signed.
    pub key: AttestationKey,
    /// Its name, which covers its attributes.
    pub key_name: KeyName,
    /// What vouches for it, or speaks against it.
    pub endorsement: Arc<Result<Endorsement, EndorsementFault>>,
    /// Firmware's and boot loader's registers.
    pub values: PcrValues,
    pub(super) message: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl TpmAnswer {
    /// The vendor's certificate of the TPM, where there is one and it is this TPM's.
    pub fn certificate(&self) -> Option<&EkCertificate> {
        self.endorsement.as_ref().as_ref().ok()?.certificate.as_ref()
    }

    /// Whether nothing speaks against the TPM: its certificate is its own, and somebody who is trusted issued it, where
    /// anybody is. That there is none is nothing to hold against it where nobody asks.
    pub fn is_endorsed(&self) -> bool {
        let endorsement = self.endorsement.as_ref();
        endorsement
            .as_ref()
            .is_ok_and(|endorsement| !matches!(endorsement.chain, Chain::Untrusted { .. }))
    }
}

impl Attested {
    /// Asks a host: one run of one script, in which its TPM is spoken to and its list read.
    ///
    /// # Errors
    /// When the host cannot be asked, or its TPM gives no answer.
    pub async fn ask(transport: &dyn Transport, question: Question) -> Result<Self, AttestError> {
        let asked = question.clone();
        let Visit { tpm, list, boot_id } = visit(transport, move |context| ask::answer(context, &asked)).await?;
        Ok(Self {
            tpm,
            list,
            boot_id,
            question,
        })
    }

    /// What the answer proves.
    ///
    /// # Errors
    /// None but those of memory: the list is there.
    pub fn proof(&self) -> io::Result<Proof> {
        let quote =
            |tpm: &TpmAnswer| QuoteProof::new(&tpm.message, &tpm.signature, &tpm.key, Some(&self.question.nonce));
        let values = self.tpm.as_ref().map(|tpm| tpm.values.clone()).unwrap_or_default();
        let evidence = Evidence {
            values,
            ..Evidence::default()
        };
        Proof::of(
            || Ok(self.list.as_slice()),
            evidence,
            self.tpm.as_ref().map(quote),
            Vec::new(),
        )
    }
}
