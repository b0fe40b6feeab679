use super::{Access, Comparison, Credential, Credentials, Feature, Func, Kernel, Keyword, Rule, number::UuidText};
use std::fmt;

/// Whether a rule matches an access (`ima_match_rules()`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Yes,
    /// It does not, and this is the first condition that fails.
    No(Mismatch),
    /// All that is known fits; whether it matches rests on what is not known.
    Open(Vec<Keyword>),
}

/// A condition that an access does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The condition.
    pub keyword: Keyword,
    /// The condition as it is written.
    pub wanted: String,
    /// What the access is.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, found, .. } = self;
        write!(f, "it asks for {wanted}, and here it is {found}")
    }
}

/// Gathers the answers of the conditions: the first that fails decides, else the unknown ones.
#[derive(Default)]
struct Answers {
    mismatch: Option<Mismatch>,
    open: Vec<Keyword>,
}

impl Answers {
    /// `wanted` and `found` are written out only where they differ: this is asked for every rule.
    fn add(&mut self, keyword: Keyword, meets: Option<bool>, wanted: impl fmt::Display, found: impl fmt::Display) {
        match meets {
            _ if self.mismatch.is_some() => {}
            Some(true) => {}
            Some(false) => {
                self.mismatch = Some(Mismatch {
                    keyword,
                    wanted: wanted.to_string(),
                    found: found.to_string(),
                });
            }
            None => self.open.push(keyword),
        }
    }

    fn into_match(self) -> Match {
        match self.mismatch {
            Some(mismatch) => Match::No(mismatch),
            None if self.open.is_empty() => Match::Yes,
            None => Match::Open(self.open),
        }
    }
}

/// Whether this rule matches this access, on this kernel.
pub fn matches(rule: &Rule, access: &Access, kernel: &Kernel) -> Match {
    let mut answers = Answers::default();
    func(rule, access, kernel, &mut answers);
    if access.func.is_about_data() {
        data(rule, access, &mut answers);
        return answers.into_match();
    }
    // Nothing else is asked of these two: the algorithms of SETXATTR_CHECK hold for every writing of a label.
    if access.func == Func::SetxattrCheck || is_bare_cmdline(access.func, kernel) {
        return answers.into_match();
    }
    let conditions = &rule.conditions;
    if let Some(mask) = conditions.mask {
        let meets = Some(mask.meets(access.mask));
        answers.add(Keyword::Mask, meets, format_args!("mask={mask}"), access.mask);
    }
    file_system(rule, access, &mut answers);
    if let Some(user) = conditions.user {
        credential(user, access.user, [Keyword::Uid, Keyword::Euid], &mut answers);
    }
    if let Some(group) = conditions.group {
        credential(group, access.group, [Keyword::Gid, Keyword::Egid], &mut answers);
    }
    if let Some(owner) = conditions.fowner {
        number(Keyword::Fowner, owner, access.fowner, &mut answers);
    }
    if let Some(group) = conditions.fgroup {
        number(Keyword::Fgroup, group, access.fgroup, &mut answers);
    }
    for (field, wanted) in &conditions.labels {
        text(Keyword::Lsm(*field), wanted, access.labels.get(field), &mut answers);
    }
    answers.into_match()
}

/// Before 5.9 the command line of a kexec was matched by its hook alone.
pub(super) fn is_bare_cmdline(func: Func, kernel: &Kernel) -> bool {
    func == Func::KexecCmdline && !kernel.has(Feature::ValidatorOf59)
}

fn func(rule: &Rule, access: &Access, kernel: &Kernel, answers: &mut Answers) {
    match rule.conditions.func {
        Some(func) => {
            answers.add(
                Keyword::Func,
                Some(func == access.func),
                format_args!("func={func}"),
                access.func,
            );
        }
        // Data of the kernel is matched only by a rule that names its hook, and so is the writing of labels.
        None if access.func.is_about_data()
            || access.func == Func::SetxattrCheck
            || is_bare_cmdline(access.func, kernel) =>
        {
            answers.add(Keyword::Func, Some(false), "a file", access.func);
        }
        None => {}
    }
}

fn data(rule: &Rule, access: &Access, answers: &mut Answers) {
    if let Some(Credential::Real(uid)) = rule.conditions.user {
        number(Keyword::Uid, uid, access.user.real, answers);
    }
    let (keyword, names) = match access.func {
        Func::KeyCheck => (Keyword::Keyrings, &rule.conditions.keyrings),
        _ => (Keyword::Label, &rule.conditions.data),
    };
    if !names.is_empty() {
        let wanted = names.iter().map(String::as_str).collect::<Vec<_>>().join("|");
        let found = access.data.as_deref();
        let meets = found.map(|name| names.contains(name));
        answers.add(
            keyword,
            meets,
            format_args!("{keyword}={wanted}"),
            found.unwrap_or_default(),
        );
    }
}

fn file_system(rule: &Rule, access: &Access, answers: &mut Answers) {
    let conditions = &rule.conditions;
    if let Some(magic) = conditions.fsmagic {
        let meets = access.fsmagic.map(|found| found == magic);
        let found = access.fsmagic.unwrap_or_default();
        let (wanted, found) = (format_args!("fsmagic={magic:#x}"), format_args!("{found:#x}"));
        answers.add(Keyword::FsMagic, meets, wanted, found);
    }
    if let Some(name) = &conditions.fsname {
        text(Keyword::FsName, name, access.fsname.as_ref(), answers);
    }
    if let Some(subtype) = &conditions.fs_subtype {
        // Only FUSE file systems have one.
        let none = access
            .fsname
            .as_ref()
            .is_some_and(|name| !name.starts_with("fuse"))
            .then(String::new);
        text(
            Keyword::FsSubtype,
            subtype,
            access.fs_subtype.as_ref().or(none.as_ref()),
            answers,
        );
    }
    if let Some(uuid) = conditions.fsuuid {
        let meets = access.fsuuid.map(|found| found == uuid);
        let found = access.fsuuid.unwrap_or_default();
        answers.add(
            Keyword::FsUuid,
            meets,
            format_args!("fsuuid={}", UuidText(&uuid)),
            UuidText(&found),
        );
    }
}

fn text(keyword: Keyword, wanted: &str, found: Option<&String>, answers: &mut Answers) {
    let meets = found.map(|found| found == wanted);
    let shown = match found.map(String::as_str) {
        Some("") => "none",
        Some(found) => found,
        None => "",
    };
    answers.add(keyword, meets, format_args!("{keyword}={wanted}"), shown);
}

fn number(keyword: Keyword, wanted: Comparison, found: Option<u32>, answers: &mut Answers) {
    let meets = found.map(|found| wanted.meets(found));
    answers.add(
        keyword,
        meets,
        format_args!("{keyword}{wanted}"),
        found.unwrap_or_default(),
    );
}

/// An effective number is met by the real and the saved one too, where the process may change.
fn credential(wanted: Credential, found: Credentials, [real, effective]: [Keyword; 2], answers: &mut Answers) {
    let comparison = match wanted {
        Credential::Real(comparison) => return number(real, comparison, found.real, answers),
        Credential::Effective(comparison) => comparison,
    };
    let meets = |id: Option<u32>| id.map(|id| comparison.meets(id));
    let others = any(meets(found.real), meets(found.saved));
    let meets = any(meets(found.effective), all(found.changes, others));
    answers.add(
        effective,
        meets,
        format_args!("{effective}{comparison}"),
        found.effective.unwrap_or_default(),
    );
}

/// Either, as far as it is known.
fn any(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Both, as far as it is known.
fn all(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    any(a.map(|a| !a), b.map(|b| !b)).map(|not| !not)
}
