use super::{Operator, PolicyErrorKind, error::Nearest};
use crate::ima::HashAlgorithm;

/// The hooks, `func=`, with both legacy names (`PATH_CHECK` is `FILE_CHECK`, `FILE_MMAP` is `MMAP_CHECK`).
const FUNCTIONS: [&str; 16] = [
    "FILE_CHECK",
    "MMAP_CHECK",
    "MMAP_CHECK_REQPROT",
    "BPRM_CHECK",
    "CREDS_CHECK",
    "MODULE_CHECK",
    "FIRMWARE_CHECK",
    "KEXEC_KERNEL_CHECK",
    "KEXEC_INITRAMFS_CHECK",
    "POLICY_CHECK",
    "KEXEC_CMDLINE",
    "KEY_CHECK",
    "CRITICAL_DATA",
    "SETXATTR_CHECK",
    "PATH_CHECK",
    "FILE_MMAP",
];

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

/// A condition or option of a rule (Documentation/ABI/testing/ima_policy).
#[derive(Debug, Clone, Copy)]
pub(super) struct Keyword {
    pub name: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No value.
    Flag,
    /// Any text without spaces.
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Names of hash algorithms, comma separated.
    Algorithms,
    /// A list separated by `|`, without empty items.
    List,
    /// A user's or group's number, with `=`, `<` or `>`.
    Id,
    /// A number of a PCR.
    Pcr,
    /// A hexadecimal number.
    Hex,
    /// A UUID.
    Uuid,
}

const KEYWORDS: [Keyword; 27] = {
    const fn new(name: &'static str, kind: Kind) -> Keyword {
        Keyword { name, kind }
    }
    [
        new("func", Kind::OneOf(&FUNCTIONS)),
        new("mask", Kind::OneOf(&MASKS)),
        new("fsmagic", Kind::Hex),
        new("fsname", Kind::Text),
        new("fs_subtype", Kind::Text),
        new("fsuuid", Kind::Uuid),
        new("uid", Kind::Id),
        new("euid", Kind::Id),
        new("gid", Kind::Id),
        new("egid", Kind::Id),
        new("fowner", Kind::Id),
        new("fgroup", Kind::Id),
        new("obj_user", Kind::Text),
        new("obj_role", Kind::Text),
        new("obj_type", Kind::Text),
        new("subj_user", Kind::Text),
        new("subj_role", Kind::Text),
        new("subj_type", Kind::Text),
        new("pcr", Kind::Pcr),
        new("template", Kind::Text),
        new("permit_directio", Kind::Flag),
        new("digest_type", Kind::OneOf(&["verity"])),
        new("appraise_type", Kind::OneOf(&["imasig", "sigv3", "imasig|modsig"])),
        // Linux 6.12 and 7.2 take any value here, 6.1 does not: the kernel is the judge.
        new("appraise_flag", Kind::Text),
        new("appraise_algos", Kind::Algorithms),
        new("keyrings", Kind::List),
        new("label", Kind::List),
    ]
};

impl Keyword {
    /// The keyword of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        KEYWORDS.into_iter().find(|keyword| keyword.name == name)
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KEYWORDS.into_iter().map(|keyword| keyword.name)
    }

    /// Whether it stands alone.
    pub fn is_flag(self) -> bool {
        self.kind == Kind::Flag
    }

    /// Whether the kernel can read the value; whether it goes with the rest of the rule is another question.
    pub fn check(self, operator: Operator, value: &str) -> Result<(), PolicyErrorKind> {
        let keyword = self.name;
        if self.is_flag() {
            return Err(PolicyErrorKind::NoValue(keyword));
        }
        if operator != Operator::Equal && self.kind != Kind::Id {
            return Err(PolicyErrorKind::Operator {
                keyword,
                operator: operator.as_char(),
            });
        }
        if value.is_empty() {
            return Err(PolicyErrorKind::MissingValue(keyword));
        }
        let found = value.to_owned();
        let wanted = match self.kind {
            Kind::Flag | Kind::Text => None,
            Kind::OneOf(known) => {
                if known.contains(&value) {
                    None
                } else {
                    let hint = Nearest::of(value, known.iter().copied());
                    return Err(PolicyErrorKind::UnknownValue { keyword, found, hint });
                }
            }
            Kind::Algorithms => {
                let unknown = value.split(',').find(|name| HashAlgorithm::from_name(name).is_none());
                if let Some(name) = unknown {
                    let hint = Nearest::of(name, HashAlgorithm::all().map(HashAlgorithm::as_str));
                    return Err(PolicyErrorKind::UnknownValue {
                        keyword,
                        found: name.to_owned(),
                        hint,
                    });
                }
                None
            }
            Kind::List => value
                .split('|')
                .any(str::is_empty)
                .then_some("names with one | between them"),
            Kind::Id => number(value)
                .is_none_or(|id| id >= u64::from(u32::MAX))
                .then_some("a number from 0 to 4294967294"),
            Kind::Pcr => number(value)
                .is_none_or(|pcr| pcr > 63)
                .then_some("a number from 0 to 63"),
            Kind::Hex => (!is_hex_number(value)).then_some("a hexadecimal number such as 0xef53"),
            Kind::Uuid => (!is_uuid(value)).then_some("a UUID such as 0fc63daf-8483-4772-8e79-3d69d8477de4"),
        };
        wanted.map_or(Ok(()), |wanted| {
            Err(PolicyErrorKind::Malformed { keyword, found, wanted })
        })
    }
}

/// A decimal number as `kstrtoul` reads it.
fn number(value: &str) -> Option<u64> {
    let digits = value.strip_prefix('+').unwrap_or(value);
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

fn is_hex_number(value: &str) -> bool {
    let digits = value
        .strip_prefix("0x")
        .or_else(|| value.strip_prefix("0X"))
        .unwrap_or(value);
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && u64::from_str_radix(digits, 16).is_ok()
}

fn is_uuid(value: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = value.split('-').collect();
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, len)| part.len() == len && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
