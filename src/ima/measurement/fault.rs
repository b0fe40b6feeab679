use crate::ima::{HashAlgorithm, pcr::PcrBank};

/// Where a list stops being one.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Reading failed.
    #[error("the list cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// An entry that no kernel writes.
    #[error("entry {entry}, at byte {offset}: {fault}")]
    Malformed {
        /// Its number; the first is 1.
        entry: u64,
        /// Where it begins, in bytes from the beginning of the file.
        offset: u64,
        /// What is wrong with it.
        fault: ListFault,
    },
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// Nothing there.
    #[error("the list is empty; a kernel with IMA writes at least boot_aggregate")]
    Empty,
    /// Neither form.
    #[error("this is no measurement list: neither lines of ascii_runtime_measurements nor binary entries")]
    Unknown,
    /// Cut off.
    #[error("the list ends in the middle of the entry")]
    Cut,
    /// A length that leaves the entry or the possible.
    #[error("{what} says {length} bytes, {room} are there: a length was changed, or bytes are missing")]
    Length {
        /// What has the length.
        what: &'static str,
        /// What it says.
        length: u64,
        /// What there is.
        room: u64,
    },
    /// No register of a TPM (`INVALID_PCR` in ima_policy.c).
    #[error("it is of register {0}; rules have 0 to 63")]
    Pcr(u32),
    /// Bytes that belong to no field.
    #[error("{0} bytes follow the last field")]
    Left(usize),
    /// A name that no kernel knows.
    #[error("no kernel has a template `{}`", .0.escape_debug())]
    Template(String),
    /// More templates than any kernel has.
    #[error("it is of yet another template, after {0}; no kernel has so many")]
    Templates(usize),
    /// A field that does not have its form.
    #[error("field {field}: {fault}")]
    Field {
        /// The kernel's name of the field.
        field: &'static str,
        /// What is wrong with it.
        fault: FieldFault,
    },
    /// Not a line of an ASCII list.
    #[error("{0}")]
    Line(&'static str),
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// A text that does not end.
    #[error("the text does not end with a NUL")]
    NoNul,
    /// A text that ends before its end.
    #[error("a NUL in the middle of the text")]
    InnerNul,
    /// A text that the kernel would have written otherwise.
    #[error("a blank in the text; the kernel writes `_`")]
    Blank,
    /// No `algorithm:`.
    #[error("no name of a hash algorithm before the digest")]
    NoAlgorithm,
    /// An algorithm that is not known, with a digest of no usual length.
    #[error("`{0}` is no hash algorithm")]
    UnknownAlgorithm(String),
    /// A digest of another length than its algorithm's.
    #[error("{found} bytes of digest; {algorithm} has {}", algorithm.digest_len())]
    DigestLength {
        /// What the digest says it is.
        algorithm: HashAlgorithm,
        /// Bytes that are there.
        found: usize,
    },
    /// Neither `ima:` nor `verity:`.
    #[error("neither `ima:` nor `verity:` before the digest")]
    NoDigestType,
    /// A number of another width.
    #[error("{found} bytes; it has {wanted}")]
    Width {
        /// Bytes that it has.
        wanted: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// A digest where the kernel writes none.
    #[error("a violation has no digest")]
    ViolationWithDigest,
    /// Not as the kernel prints bytes.
    #[error("not an even number of lower-case hexadecimal digits")]
    NotHex,
    /// Not as the kernel prints a number.
    #[error("not a number of {0} bytes")]
    NotNumber(usize),
    /// A digest without name that is neither md5 nor sha1.
    #[error("{0} bytes of digest; the field holds 20 (sha1) or 16 (md5)")]
    BareDigest(usize),
}

/// An entry whose template hash does not come from its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHash {
    /// Its number; the first is 1.
    pub entry: u64,
    /// The name in it, lossy.
    pub path: String,
    /// The bank of the file.
    pub bank: PcrBank,
    /// What the list says.
    pub recorded: Vec<u8>,
    /// What the data make.
    pub computed: Vec<u8>,
}
