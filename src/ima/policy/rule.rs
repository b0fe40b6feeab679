use super::{Action, Comparison, Credential, Func, LsmField, MaskCondition, Template};
use crate::ima::HashAlgorithm;
use std::collections::{BTreeMap, BTreeSet};

/// One rule as the kernel keeps it (`struct ima_rule_entry`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Its line in the file, from 1; 0 for a rule that the kernel brings with it.
    pub line: usize,
    /// What it does.
    pub action: Action,
    /// What an access must be for it.
    pub conditions: Conditions,
    /// How it does what it does.
    pub options: Options,
}

/// What an access must be for a rule to match. What is `None` or empty is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Conditions {
    /// `func=`
    pub func: Option<Func>,
    /// `mask=`
    pub mask: Option<MaskCondition>,
    /// `fsmagic=`
    pub fsmagic: Option<u64>,
    /// `fsname=`
    pub fsname: Option<String>,
    /// `fs_subtype=`
    pub fs_subtype: Option<String>,
    /// `fsuuid=`
    pub fsuuid: Option<[u8; 16]>,
    /// `uid` or `euid`
    pub user: Option<Credential>,
    /// `gid` or `egid`
    pub group: Option<Credential>,
    /// `fowner`
    pub fowner: Option<Comparison>,
    /// `fgroup`
    pub fgroup: Option<Comparison>,
    /// `subj_…=` and `obj_…=`
    pub labels: BTreeMap<LsmField, String>,
    /// `keyrings=`: the key goes to one of these.
    pub keyrings: BTreeSet<String>,
    /// `label=`: the data is one of these.
    pub data: BTreeSet<String>,
}

/// How a rule does what it does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Options {
    /// `pcr=`
    pub pcr: Option<u8>,
    /// `template=`
    pub template: Option<Template>,
    /// `digest_type=verity`
    pub verity: bool,
    /// `appraise_type=`; a signature is asked for when it holds any.
    pub signatures: BTreeSet<SignatureType>,
    /// `appraise_flag=check_blacklist`, where it still means something.
    pub check_blacklist: bool,
    /// `appraise_algos=`; empty: any.
    pub algorithms: BTreeSet<HashAlgorithm>,
    /// `permit_directio`
    pub permit_directio: bool,
}

/// A kind of signature that `appraise_type=` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureType {
    /// `imasig`: in the label.
    ImaSig,
    /// `imasig|modsig`: in the label, or appended to the file as to a kernel module.
    ImaSigOrModSig,
    /// `sigv3`: in the label, over a digest that says of which kind it is.
    SigV3,
}

impl SignatureType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ImaSig, Self::ImaSigOrModSig, Self::SigV3];

    /// The value of `appraise_type=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImaSig => "imasig",
            Self::ImaSigOrModSig => "imasig|modsig",
            Self::SigV3 => "sigv3",
        }
    }

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signature| signature.as_str() == name)
    }
}

impl Rule {
    /// Whether the rule can match a plain access to a file: no `func`, or `FILE_CHECK`.
    pub fn covers_files(&self) -> bool {
        matches!(self.conditions.func, None | Some(Func::FileCheck))
    }
}
