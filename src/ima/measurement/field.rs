use super::FieldFault;
use crate::ima::{HashAlgorithm, hex};
use std::fmt;

/// A field of a template (`supported_fields` in security/integrity/ima/ima_template.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// `d`: a digest of 20 bytes (sha1) or 16 (md5), without the algorithm's name.
    Digest,
    /// `n`: a name of at most 255 bytes.
    Name,
    /// `d-ng`: `sha256:`, a NUL and the digest.
    DigestNg,
    /// `d-ngv2`: the same after `ima:` or `verity:`.
    DigestNgV2,
    /// `n-ng`: a name of any length.
    NameNg,
    /// `sig`: the file's `security.ima`, where it is a signature.
    Signature,
    /// `buf`: what was measured, where it was no file.
    Buffer,
    /// `d-modsig`: the digest that an appended signature covers, as `d-ng`.
    DigestModsig,
    /// `modsig`: an appended signature, PKCS#7.
    Modsig,
    /// `evmsig`: a portable EVM signature.
    EvmSignature,
    /// `iuid`: the file's owner.
    InodeUid,
    /// `igid`: the file's group.
    InodeGid,
    /// `imode`: the file's type and mode.
    InodeMode,
    /// `xattrnames`: names divided by `|`.
    XattrNames,
    /// `xattrlengths`: a 32-bit length for each.
    XattrLengths,
    /// `xattrvalues`: their values, one after the other.
    XattrValues,
}

/// How the kernel stores and shows a field (`enum data_formats` in ima_template_lib.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Digest,
    NamedDigest,
    TypedDigest,
    Text,
    Bytes,
    /// A number of this many bytes.
    Number(usize),
}

const FIELDS: [(&str, Field); 16] = [
    ("d", Field::Digest),
    ("n", Field::Name),
    ("d-ng", Field::DigestNg),
    ("d-ngv2", Field::DigestNgV2),
    ("n-ng", Field::NameNg),
    ("sig", Field::Signature),
    ("buf", Field::Buffer),
    ("d-modsig", Field::DigestModsig),
    ("modsig", Field::Modsig),
    ("evmsig", Field::EvmSignature),
    ("iuid", Field::InodeUid),
    ("igid", Field::InodeGid),
    ("imode", Field::InodeMode),
    ("xattrnames", Field::XattrNames),
    ("xattrlengths", Field::XattrLengths),
    ("xattrvalues", Field::XattrValues),
];

impl Field {
    /// The field of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        FIELDS.iter().find(|(known, _)| *known == id).map(|(_, field)| *field)
    }

    /// The kernel's name for it.
    pub fn id(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map_or("", |(id, _)| id)
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Digest => Shape::Digest,
            Self::DigestNg | Self::DigestModsig => Shape::NamedDigest,
            Self::DigestNgV2 => Shape::TypedDigest,
            Self::Name | Self::NameNg | Self::XattrNames => Shape::Text,
            Self::InodeUid | Self::InodeGid => Shape::Number(4),
            Self::InodeMode => Shape::Number(2),
            Self::Signature
            | Self::Buffer
            | Self::Modsig
            | Self::EvmSignature
            | Self::XattrLengths
            | Self::XattrValues => Shape::Bytes,
        }
    }

    /// Whether these bytes have the form in which the kernel writes the field. `violation` entries hold no digest.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn check(self, data: &[u8], kind: Kind) -> Result<(), FieldFault> {
        // What a measurement has not (a modsig, an inode, an xattr) is an empty field.
        let may_lack = !matches!(
            self,
            Self::Digest | Self::DigestNg | Self::DigestNgV2 | Self::Name | Self::NameNg
        );
        if data.is_empty() && may_lack {
            return Ok(());
        }
        match self.shape() {
            Shape::Digest if ![16, 20].contains(&data.len()) => Err(FieldFault::BareDigest(data.len())),
            Shape::Digest => digest(data, kind),
            Shape::NamedDigest => FileDigest::named(data).and_then(|found| found.check(kind)),
            Shape::TypedDigest => FileDigest::typed(data).and_then(|found| found.check(kind)),
            Shape::Text => match data.split_last() {
                Some((0, text)) => check_text(text),
                _ => Err(FieldFault::NoNul),
            },
            Shape::Bytes => Ok(()),
            Shape::Number(width) if width == data.len() => Ok(()),
            Shape::Number(width) => Err(FieldFault::Width {
                wanted: width,
                found: data.len(),
            }),
        }
    }
}

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What was read, executed or loaded.
    Measurement,
    /// That what was read may not be what was measured.
    Violation,
}

/// A violation's digest is all zeros: nothing else protects it, since the kernel extends ones whatever the entry says.
fn digest(digest: &[u8], kind: Kind) -> Result<(), FieldFault> {
    if kind == Kind::Violation && digest.iter().any(|byte| *byte != 0) {
        return Err(FieldFault::ViolationWithDigest);
    }
    Ok(())
}

/// What the kernel writes as text (`ima_write_template_field_data` in ima_template_lib.c).
///
/// # Errors
/// What it never writes.
pub(super) fn check_text(text: &[u8]) -> Result<(), FieldFault> {
    if text.contains(&0) {
        return Err(FieldFault::InnerNul);
    }
    if text.contains(&b' ') {
        return Err(FieldFault::Blank);
    }
    Ok(())
}

/// The digest of a file, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileDigest<'a> {
    /// `ima` for content, `verity` for the digest of fs-verity; `None` where the template does not say.
    pub kind: Option<&'a str>,
    /// The hash; `None` where the template does not name it, or the kernel is newer than this list of algorithms.
    pub algorithm: Option<HashAlgorithm>,
    /// The algorithm as it is written.
    pub name: &'a str,
    /// Its bytes.
    pub digest: &'a [u8],
}

impl<'a> FileDigest<'a> {
    /// A digest without a name: 16 bytes are md5, 20 are sha1.
    pub(super) fn bare(digest: &'a [u8]) -> Self {
        let name = if digest.len() == 16 { "md5" } else { "sha1" };
        Self {
            kind: None,
            algorithm: HashAlgorithm::from_name(name),
            name,
            digest,
        }
    }

    /// `ALGORITHM:`, a NUL, the digest.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn named(data: &'a [u8]) -> Result<Self, FieldFault> {
        let colon = data
            .windows(2)
            .position(|pair| pair == b":\0")
            .ok_or(FieldFault::NoAlgorithm)?;
        let name = std::str::from_utf8(&data[..colon]).map_err(|_| FieldFault::NoAlgorithm)?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
            return Err(FieldFault::NoAlgorithm);
        }
        let digest = &data[colon + 2..];
        let algorithm = HashAlgorithm::from_name(name);
        match algorithm {
            Some(known) if known.digest_len() != digest.len() => Err(FieldFault::DigestLength {
                algorithm: known,
                found: digest.len(),
            }),
            None if !(16..=64).contains(&digest.len()) => Err(FieldFault::UnknownAlgorithm(name.to_owned())),
            _ => Ok(Self {
                kind: None,
                algorithm,
                name,
                digest,
            }),
        }
    }

    /// A violation names sha1, up to Linux 5.19, or the kernel's default, so an algorithm that this list has.
    fn check(self, kind: Kind) -> Result<(), FieldFault> {
        if kind == Kind::Violation && self.algorithm.is_none() {
            return Err(FieldFault::UnknownAlgorithm(self.name.to_owned()));
        }
        digest(self.digest, kind)
    }

    /// `ima:` or `verity:`, then as [`FileDigest::named`].
    pub(super) fn typed(data: &'a [u8]) -> Result<Self, FieldFault> {
        for kind in ["ima", "verity"] {
            let rest = data
                .strip_prefix(kind.as_bytes())
                .and_then(|rest| rest.strip_prefix(b":"));
            if let Some(rest) = rest {
                return Self::named(rest).map(|digest| Self {
                    kind: Some(kind),
                    ..digest
                });
            }
        }
        Err(FieldFault::NoDigestType)
    }
}

/// `sha256:…`; `verity:sha256:…` for the digest of fs-verity.
impl fmt::Display for FileDigest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == Some("verity") { "verity:" } else { "" };
        write!(f, "{kind}{}:{}", self.name, hex::encode(self.digest))
    }
}
