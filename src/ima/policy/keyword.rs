use super::{Feature, Func, SignatureType, Template};
use crate::ima::HashAlgorithm;
use serde::Serialize;
use std::fmt;

/// A condition or option of a rule (Documentation/ABI/testing/ima_policy, `policy_tokens` in ima_policy.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keyword {
    /// The hook.
    Func,
    /// The kind of access.
    Mask,
    /// The file system by its magic number, hexadecimal.
    FsMagic,
    /// The file system by its name, `ext4`.
    FsName,
    /// The file system by its name within FUSE.
    FsSubtype,
    /// The file system by its UUID.
    FsUuid,
    /// The user of the process.
    Uid,
    /// The effective user of the process.
    Euid,
    /// The group of the process.
    Gid,
    /// The effective group of the process.
    Egid,
    /// The file's owner.
    Fowner,
    /// The file's group.
    Fgroup,
    /// A security label.
    Lsm(LsmField),
    /// What is hashed: the file, or its fs-verity digest.
    DigestType,
    /// The signature that is asked for.
    AppraiseType,
    /// Before 6.6: revoked keys are looked up.
    AppraiseFlag,
    /// The hash algorithms that a label may have.
    AppraiseAlgos,
    /// `O_DIRECT` is let through.
    PermitDirectio,
    /// The PCR that is extended.
    Pcr,
    /// The form of the entry in the measurement list.
    Template,
    /// The keyrings of `KEY_CHECK`.
    Keyrings,
    /// The sources of `CRITICAL_DATA`.
    Label,
}

/// What of a security label is asked, of the process (`subj_`) or of the file (`obj_`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LsmField {
    /// The user of the file's label.
    ObjUser,
    /// The role of the file's label.
    ObjRole,
    /// The type of the file's label.
    ObjType,
    /// The user of the process's label.
    SubjUser,
    /// The role of the process's label; the only one that AppArmor knows: there it is the profile.
    SubjRole,
    /// The type of the process's label.
    SubjType,
}

impl LsmField {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ObjUser,
        Self::ObjRole,
        Self::ObjType,
        Self::SubjUser,
        Self::SubjRole,
        Self::SubjType,
    ];

    /// The keyword.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ObjUser => "obj_user",
            Self::ObjRole => "obj_role",
            Self::ObjType => "obj_type",
            Self::SubjUser => "subj_user",
            Self::SubjRole => "subj_role",
            Self::SubjType => "subj_type",
        }
    }
}

impl Keyword {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::Func,
        Self::Mask,
        Self::FsMagic,
        Self::FsName,
        Self::FsSubtype,
        Self::FsUuid,
        Self::Uid,
        Self::Euid,
        Self::Gid,
        Self::Egid,
        Self::Fowner,
        Self::Fgroup,
        Self::Lsm(LsmField::ObjUser),
        Self::Lsm(LsmField::ObjRole),
        Self::Lsm(LsmField::ObjType),
        Self::Lsm(LsmField::SubjUser),
        Self::Lsm(LsmField::SubjRole),
        Self::Lsm(LsmField::SubjType),
        Self::DigestType,
        Self::AppraiseType,
        Self::AppraiseFlag,
        Self::AppraiseAlgos,
        Self::PermitDirectio,
        Self::Pcr,
        Self::Template,
        Self::Keyrings,
        Self::Label,
    ];

    /// The word in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Func => "func",
            Self::Mask => "mask",
            Self::FsMagic => "fsmagic",
            Self::FsName => "fsname",
            Self::FsSubtype => "fs_subtype",
            Self::FsUuid => "fsuuid",
            Self::Uid => "uid",
            Self::Euid => "euid",
            Self::Gid => "gid",
            Self::Egid => "egid",
            Self::Fowner => "fowner",
            Self::Fgroup => "fgroup",
            Self::Lsm(field) => field.as_str(),
            Self::DigestType => "digest_type",
            Self::AppraiseType => "appraise_type",
            Self::AppraiseFlag => "appraise_flag",
            Self::AppraiseAlgos => "appraise_algos",
            Self::PermitDirectio => "permit_directio",
            Self::Pcr => "pcr",
            Self::Template => "template",
            Self::Keyrings => "keyrings",
            Self::Label => "label",
        }
    }

    /// The keyword of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|keyword| keyword.as_str() == name)
    }

    /// The values that there are, where they are a closed set.
    pub fn values(self) -> Vec<&'static str> {
        const MASKS: [&str; 8] = [
            "MAY_READ",
            "MAY_WRITE",
            "MAY_APPEND",
            "MAY_EXEC",
            "^MAY_READ",
            "^MAY_WRITE",
            "^MAY_APPEND",
            "^MAY_EXEC",
        ];
        match self {
            Self::Func => Func::ALL.map(Func::as_str).to_vec(),
            Self::Mask => MASKS.to_vec(),
            Self::DigestType => vec!["verity"],
            Self::AppraiseType => SignatureType::ALL.map(SignatureType::as_str).to_vec(),
            Self::AppraiseFlag => vec!["check_blacklist"],
            Self::AppraiseAlgos => HashAlgorithm::all().map(HashAlgorithm::as_str).collect(),
            Self::Template => Template::all().map(Template::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether `<` and `>` are known besides `=`.
    pub fn compares(self) -> bool {
        matches!(
            self,
            Self::Uid | Self::Euid | Self::Gid | Self::Egid | Self::Fowner | Self::Fgroup
        )
    }

    /// What a kernel must have to know it.
    pub fn needs(self) -> Option<Feature> {
        match self {
            Self::Keyrings => Some(Feature::KeyCheck),
            Self::Label => Some(Feature::CriticalData),
            Self::AppraiseAlgos => Some(Feature::SetxattrCheck),
            Self::Gid | Self::Egid | Self::Fgroup => Some(Feature::Groups),
            Self::DigestType => Some(Feature::Verity),
            Self::FsSubtype => Some(Feature::FsSubtype),
            _ => None,
        }
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Keyword {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
