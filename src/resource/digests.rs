//! What the scripts answer that tell digests and set signatures.

use super::HostPath;
use crate::{
    host::{HostError, Script},
    ima::{Certificate, HashAlgorithm, Label, hex},
};

/// The answer of `digest-files.sh`, judged by the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests {
    /// Files without a signature of the wanted key.
    pub unsigned: Vec<Signable>,
    /// So many carry one that fits.
    pub sound: usize,
    /// These carry one that does not.
    pub stale: Vec<HostPath>,
    /// These did not stand still.
    pub busy: Vec<HostPath>,
}

/// A file that is to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signable {
    /// What tells the host whether it is still that file.
    facts: Vec<u8>,
    /// SHA-256 of its content.
    pub digest: Vec<u8>,
    /// Its name as the host spells it.
    name: Vec<u8>,
}

impl Signable {
    /// The line by which `set-signatures.sh` sets a label.
    pub fn line(&self, label: &Label) -> Vec<u8> {
        let label = format!(" 0x{} ", hex::encode(&label.to_bytes()));
        [&self.facts, label.as_bytes(), &self.name, b"\n"].concat()
    }
}

impl Digests {
    /// Reads and judges the answer.
    ///
    /// # Errors
    /// When it is cut off or holds what the script never says.
    pub fn parse(answer: &[u8], certificate: &Certificate) -> Result<Self, HostError> {
        let mut digests = Self::default();
        for line in Script::DigestFiles.lines(answer)? {
            digests
                .line(line, certificate)
                .ok_or_else(|| Script::DigestFiles.odd_line(line))?;
        }
        Ok(digests)
    }

    fn line(&mut self, line: &[u8], certificate: &Certificate) -> Option<()> {
        let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        match words[..] {
            [b"busy", name] => self.busy.push(HostPath::from_getfattr(name)?),
            [b"file", content, change, digest, label, name] => {
                let path = HostPath::from_getfattr(name)?;
                let digest = hex::decode(digest).filter(|digest| digest.len() == HashAlgorithm::SHA256.digest_len())?;
                // One that is no signature although it begins like one is none of this key.
                let carried = std::str::from_utf8(label)
                    .ok()
                    .and_then(|label| Label::parse_hex(label).ok());
                match carried {
                    Some(Label::Signature(signature)) => {
                        if certificate.verifies(&signature, HashAlgorithm::SHA256, &digest) {
                            self.sound += 1;
                        } else {
                            self.stale.push(path);
                        }
                    }
                    _ => self.unsigned.push(Signable {
                        facts: [content, b" ", change].concat(),
                        digest,
                        name: name.to_vec(),
                    }),
                }
            }
            _ => return None,
        }
        Some(())
    }
}

/// The names in the answer of `set-signatures.sh`: files that were not signed.
///
/// # Errors
/// When it is cut off or holds what the script never says.
pub fn files_left(answer: &[u8]) -> Result<Vec<HostPath>, HostError> {
    let script = Script::SetSignatures;
    let left = |line: &[u8]| {
        let name = line.strip_prefix(b"left ").and_then(HostPath::from_getfattr);
        name.ok_or_else(|| script.odd_line(line))
    };
    script.lines(answer)?.map(left).collect()
}
