use super::{
    Field, FieldFault, FileDigest, Layout, ListFault,
    field::{Kind, Shape, check_text},
};
use crate::ima::pcr::PcrBank;

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its place in the list; the first is 1.
    pub number: u64,
    /// The register that it was extended into.
    pub pcr: u32,
    /// What the list says of the hash of the data; zeros for a violation.
    pub template_hash: &'a [u8],
    /// Which fields the data have.
    pub layout: &'a Layout,
    /// The fields as the binary list has them: a 32-bit length before each; the template `ima` has the bare digest first.
    pub(super) data: &'a [u8],
    pub(super) endian: Endian,
}

/// How the numbers of a list are written: as the host does, or little-endian with `ima_canonical_fmt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first (s390x, some POWER).
    Big,
}

impl Endian {
    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) fn bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

/// The hashed name of the template `ima` (`IMA_EVENT_NAME_LEN_MAX` + 1 in ima.h).
const FIRST_NAME: usize = 256;

/// What `pcr=` in a rule can say (`INVALID_PCR` in ima_policy.c).
const LAST_PCR: u32 = 63;

impl<'a> Entry<'a> {
    /// Whether it says that a file changed around its measurement: the hash is zeros, and ones were extended.
    pub fn is_violation(&self) -> bool {
        self.template_hash.iter().all(|byte| *byte == 0)
    }

    /// The fields with their bytes.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &'a [u8])> + use<'a> {
        let digest = if self.layout.is_first() {
            self.first_digest()
        } else {
            &[]
        };
        let mut rest = &self.data[digest.len()..];
        let endian = self.endian;
        self.layout.fields().iter().map(move |field| {
            if *field == Field::Digest && !digest.is_empty() {
                return (*field, digest);
            }
            let (bytes, after) = counted(rest, endian).unwrap_or_default();
            rest = after;
            (*field, bytes)
        })
    }

    /// The name: a path, or what the kernel calls what it measured. Blanks in it are written `_`.
    pub fn path(&self) -> &'a [u8] {
        self.fields()
            .find(|(field, _)| matches!(field, Field::Name | Field::NameNg))
            .map(|(_, name)| name.strip_suffix(b"\0").unwrap_or(name))
            .unwrap_or_default()
    }

    /// The digest of what was measured; `None` where the template has none.
    pub fn digest(&self) -> Option<FileDigest<'a>> {
        self.fields().find_map(|(field, data)| match field {
            Field::Digest => Some(FileDigest::bare(data)),
            Field::DigestNg => FileDigest::named(data).ok(),
            Field::DigestNgV2 => FileDigest::typed(data).ok(),
            _ => None,
        })
    }

    /// The number in a field of fixed width; `None` where the field is empty.
    pub fn number_in(&self, data: &[u8]) -> Option<u64> {
        let value = |byte: u64, next: &u8| byte << 8 | u64::from(*next);
        (!data.is_empty() && data.len() <= 8).then(|| match self.endian {
            Endian::Big => data.iter().fold(0, value),
            Endian::Little => data.iter().rev().fold(0, value),
        })
    }

    /// What is hashed to make the template hash: one run of bytes, or, for the template `ima`, three.
    pub(super) fn hashed(&self) -> [&'a [u8]; 3] {
        static ZEROS: [u8; FIRST_NAME] = [0; FIRST_NAME];
        if !self.layout.is_first() {
            return [self.data, &[], &[]];
        }
        let digest = self.first_digest();
        let (name, _) = counted(&self.data[digest.len()..], self.endian).unwrap_or_default();
        [digest, name, &ZEROS[name.len().min(FIRST_NAME)..]]
    }

    /// The hash of the data (`ima_calc_field_array_hash_tfm` in ima_crypto.c).
    pub fn computed_hash(&self, bank: PcrBank) -> Vec<u8> {
        bank.hash(self.hashed())
    }

    /// The digest of the template `ima`. It has no length; the name that must fill the rest tells how long it is.
    fn first_digest(&self) -> &'a [u8] {
        let fits = |len: &usize| {
            self.data
                .get(*len..)
                .and_then(|rest| counted(rest, self.endian))
                .is_some_and(|(_, after)| after.is_empty())
        };
        [20, 16]
            .into_iter()
            .find(fits)
            .and_then(|len| self.data.get(..len))
            .unwrap_or_default()
    }

    /// Whether the data are what a kernel writes.
    ///
    /// # Errors
    /// Which field is not.
    pub(super) fn check(&self) -> Result<(), ListFault> {
        if self.pcr > LAST_PCR {
            return Err(ListFault::Pcr(self.pcr));
        }
        let kind = if self.is_violation() {
            Kind::Violation
        } else {
            Kind::Measurement
        };
        if self.layout.is_first() {
            return self.check_first(kind);
        }
        let mut rest = self.data;
        for field in self.layout.fields() {
            let (bytes, after) = counted(rest, self.endian).ok_or_else(|| too_long(*field, rest, self.endian))?;
            field.check(bytes, kind).map_err(|fault| of(*field, fault))?;
            rest = after;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(ListFault::Left(rest.len()))
        }
    }

    fn check_first(&self, kind: Kind) -> Result<(), ListFault> {
        let digest = self.first_digest();
        Field::Digest
            .check(digest, kind)
            .map_err(|fault| of(Field::Digest, fault))?;
        match counted(&self.data[digest.len()..], self.endian) {
            Some((name, _)) if name.len() >= FIRST_NAME => Err(ListFault::Length {
                what: "the name",
                length: name.len() as u64,
                room: FIRST_NAME as u64 - 1,
            }),
            Some((name, _)) => check_text(name).map_err(|fault| of(Field::Name, fault)),
            None => Ok(()),
        }
    }
}

fn of(field: Field, fault: FieldFault) -> ListFault {
    ListFault::Field {
        field: field.id(),
        fault,
    }
}

fn too_long(field: Field, rest: &[u8], endian: Endian) -> ListFault {
    match rest.split_first_chunk() {
        Some((len, rest)) => ListFault::Length {
            what: field.id(),
            length: endian.u32(*len).into(),
            room: rest.len() as u64,
        },
        None => ListFault::Length {
            what: "the entry",
            length: rest.len() as u64,
            room: rest.len() as u64,
        },
    }
}

/// The bytes behind a 32-bit length, and what follows them.
pub(super) fn counted(data: &[u8], endian: Endian) -> Option<(&[u8], &[u8])> {
    let (len, rest) = data.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(endian.u32(*len)).ok()?)
}

/// A field with its length, as it is in a binary list.
pub(super) fn push_counted(data: &mut Vec<u8>, bytes: &[u8], endian: Endian) {
    data.extend(endian.bytes(u32::try_from(bytes.len()).unwrap_or(u32::MAX)));
    data.extend_from_slice(bytes);
}

impl Field {
    /// The bytes of a field that a kernel prints so in an ASCII list (`ima_show_template_data_ascii`).
    ///
    /// # Errors
    /// Where the text is not what it prints.
    pub(super) fn read_ascii(self, text: &[u8], endian: Endian) -> Result<Vec<u8>, FieldFault> {
        use crate::ima::hex;
        let hex = |digits: &[u8]| match hex::decode(digits) {
            Some(bytes) if !digits.iter().any(u8::is_ascii_uppercase) => Ok(bytes),
            _ => Err(FieldFault::NotHex),
        };
        match self.shape() {
            // An empty list of names has no NUL either; a name always has.
            Shape::Text if text.is_empty() && self == Self::XattrNames => Ok(Vec::new()),
            Shape::Text => Ok([text, b"\0"].concat()),
            _ if text.is_empty() => Ok(Vec::new()),
            Shape::Digest | Shape::Bytes => hex(text),
            Shape::NamedDigest | Shape::TypedDigest => {
                let colon = text
                    .iter()
                    .rposition(|byte| *byte == b':')
                    .ok_or(FieldFault::NoAlgorithm)?;
                Ok([&text[..=colon], b"\0", &hex(&text[colon + 1..])?].concat())
            }
            Shape::Number(width) => {
                let text = std::str::from_utf8(text).unwrap_or_default();
                let number: u32 = text.parse().map_err(|_| FieldFault::NotNumber(width))?;
                let canonical = number.to_string() == text && (width == 4 || number <= u32::from(u16::MAX));
                let bytes = endian.bytes(number);
                match endian {
                    _ if !canonical => Err(FieldFault::NotNumber(width)),
                    Endian::Little => Ok(bytes[..width.min(4)].to_vec()),
                    Endian::Big => Ok(bytes[4 - width.min(4)..].to_vec()),
                }
            }
        }
    }
}
