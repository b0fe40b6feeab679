use super::{
    AttestError, AttestationKey, Proof, QuoteProof, ask,
    bridge::{Visit, visit},
};
use crate::{
    host::Transport,
    ima::{measurement::Evidence, pcr::PcrValues},
};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
};

/// What a host is asked to prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Random, so that the answer is new.
    pub(super) nonce: [u8; 32],
    /// The registers that count: firmware's and boot loader's, IMA's, and those that rules name (`pcr=`).
    pub(super) registers: BTreeSet<u32>,
}

impl Question {
    /// A new question; `extended` are registers that rules name.
    ///
    /// # Errors
    /// A control machine without random numbers.
    pub fn new(extended: impl IntoIterator<Item = u32>) -> io::Result<Self> {
        let mut nonce = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut nonce)?;
        let registers = (0..=10).chain(extended).collect();
        Ok(Self { nonce, registers })
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
    /// Its name: the hash of its public area, attributes included (TPM 2.0 Library, Part 1, 16).
    pub key_name: Vec<u8>,
    /// Firmware's and boot loader's registers.
    pub values: PcrValues,
    pub(super) message: Vec<u8>,
    pub(super) signature: Vec<u8>,
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
