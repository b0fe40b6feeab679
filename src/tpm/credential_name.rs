use crate::ima::{hex, pcr::PcrBank};
use std::fmt;
use tss_esapi::{structures::Public, traits::Marshall};

/// The Name of a key: the number of a hash and the hash of its public area (TPM 2.0 Library, Part 1, 16 'Names'). Two
/// keys have one Name only where they are the same key with the same attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyName(Vec<u8>);

impl KeyName {
    /// The Name of a public area, computed here: a TPM behind a connection could say any. `None` where it has none that
    /// can be computed: no hash for names, or one that is not known.
    pub fn of(public: &Public) -> Option<Self> {
        let id: u16 = public.name_hashing_algorithm().into();
        let hash = PcrBank::from_tpm_id(id)?;
        let digest = hash.hash([public.marshall().ok()?.as_slice()]);
        Some(Self([id.to_be_bytes().as_slice(), &digest].concat()))
    }

    /// The number of the hash and the hash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}
