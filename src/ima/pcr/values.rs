use super::PcrBank;
use crate::ima::hex;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// One register of one bank; `sha256:10` in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pcr {
    /// Its bank.
    pub bank: PcrBank,
    /// Its number, 0–23 on a PC.
    pub index: u32,
}

/// Values of registers, each as long as its bank's hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PcrValues(BTreeMap<Pcr, Vec<u8>>);

/// A value that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Two sources disagree.
    #[error("{0} is given twice, with different values")]
    Twice(Pcr),
    /// Not the bank's length.
    #[error("{pcr} has {found} bytes; a register of {} has {}", pcr.bank, pcr.bank.digest_len())]
    Length {
        /// Which register.
        pcr: Pcr,
        /// Bytes given.
        found: usize,
    },
}

impl PcrValues {
    /// Adds a value; the same one may come twice.
    ///
    /// # Errors
    /// [`Conflict`].
    pub fn insert(&mut self, pcr: Pcr, value: Vec<u8>) -> Result<(), Conflict> {
        if value.len() != pcr.bank.digest_len() {
            return Err(Conflict::Length {
                pcr,
                found: value.len(),
            });
        }
        match self.0.insert(pcr, value.clone()) {
            Some(earlier) if earlier != value => Err(Conflict::Twice(pcr)),
            _ => Ok(()),
        }
    }

    /// The value of one register.
    pub fn get(&self, pcr: Pcr) -> Option<&[u8]> {
        self.0.get(&pcr).map(Vec::as_slice)
    }

    /// All of them, by bank and number.
    pub fn iter(&self) -> impl Iterator<Item = (Pcr, &[u8])> {
        self.0.iter().map(|(pcr, value)| (*pcr, value.as_slice()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.bank, self.index)
    }
}

/// Reads `BANK:INDEX=HEX`; tpm2-tools write `0x` before the digits.
impl FromStr for PcrValues {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || format!("`{text}` is not BANK:INDEX=HEX, for example sha256:10=9c0e…");
        let (pcr, value) = text.split_once('=').ok_or_else(form)?;
        let (bank, index) = pcr.split_once(':').ok_or_else(form)?;
        let bank = PcrBank::from_name(bank)
            .ok_or_else(|| format!("`{bank}` is no bank; banks are sha1, sha256, sha384, sha512 and sm3"))?;
        let index = index.parse().map_err(|_| form())?;
        let digits = value.strip_prefix("0x").unwrap_or(value);
        let value = hex::decode(digits).ok_or_else(|| format!("`{value}` is not hexadecimal"))?;
        let mut values = Self::default();
        values
            .insert(Pcr { bank, index }, value)
            .map_err(|conflict| conflict.to_string())?;
        Ok(values)
    }
}
