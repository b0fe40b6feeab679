use super::{
    attribute::{Attribute, Part},
    ids::Ids,
};
use crate::ima::policy::{
    Access, Class, Comparison, Conditions, Credentials, Func, Kernel, Mask, MaskCondition, Rule, access::FILE_SYSTEMS,
    number::UuidText, usual_mask,
};
use std::{collections::BTreeSet, fmt};

/// The values of an attribute that rules tell apart. Of those that no rule names one stands for all: it is the first,
/// since an example of something ordinary says most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partition {
    attribute: Attribute,
    pub values: Vec<Value>,
}

/// A value, or numbers that are as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Func(Func),
    Mask(Mask),
    Magic(u64),
    Uuid([u8; 16]),
    Text(String),
    Ids(Ids),
    Flag(bool),
}

impl Partition {
    /// What these rules tell apart.
    pub fn of(attribute: Attribute, rules: &[&Rule], class: Class, kernel: &Kernel) -> Self {
        let asked = || rules.iter().map(|rule| &rule.conditions);
        let values = match attribute {
            Attribute::Func => hooks(class, kernel).map(Value::Func).collect(),
            Attribute::Mask => {
                let masks = masks(Func::FileCheck).into_iter().chain([Mask::NONE]);
                masks.map(Value::Mask).collect()
            }
            Attribute::FsMagic => {
                let known = FILE_SYSTEMS.into_iter().map(|(_, magic)| magic);
                named(asked().filter_map(|asks| asks.fsmagic), known.chain(0..), Value::Magic)
            }
            Attribute::FsUuid => {
                let others = (0..=u8::MAX).map(|byte| [byte; 16]);
                named(asked().filter_map(|asks| asks.fsuuid), others, Value::Uuid)
            }
            Attribute::FsName => {
                // A file system that no rule names may be of FUSE and have a subtype that one names.
                let fuse = asked().any(|asks| asks.fs_subtype.is_some());
                let usual = if fuse { ["fuse", "fuseblk"] } else { ["ext4", "xfs"] };
                texts(asked().filter_map(|asks| asks.fsname.as_ref()), &usual, "fuse-")
            }
            Attribute::FsSubtype => texts(asked().filter_map(|asks| asks.fs_subtype.as_ref()), &[""], ""),
            Attribute::Label(field) => texts(asked().filter_map(|asks| asks.labels.get(&field)), &["another"], ""),
            Attribute::Keyring => texts(asked().flat_map(|asks| &asks.keyrings), &["another"], ""),
            Attribute::Source => texts(asked().flat_map(|asks| &asks.data), &["another"], ""),
            Attribute::User(Part::Changes) | Attribute::Group(Part::Changes) => [false, true].map(Value::Flag).to_vec(),
            // A process has a number; a file's owner may be none that its mount knows, which is 4294967295.
            Attribute::User(_) | Attribute::Group(_) => numbers(asked(), attribute, u32::MAX - 1),
            Attribute::Owner | Attribute::FileGroup => numbers(asked(), attribute, u32::MAX),
        };
        Self { attribute, values }
    }

    /// These of its values in words, as a condition.
    pub fn describe(&self, these: &BTreeSet<usize>) -> String {
        let attribute = self.attribute;
        let (inside, outside): (Vec<_>, Vec<_>) =
            self.values.iter().enumerate().partition(|(at, _)| these.contains(at));
        let (inside, outside) = (values(inside), values(outside));
        if let Some(Value::Ids(_)) = self.values.first() {
            return Ids::describe(attribute, &ids(&inside), &ids(&self.values.iter().collect::<Vec<_>>()));
        }
        if let [Value::Flag(may)] = inside.as_slice() {
            let with = if *may { "with" } else { "without" };
            return format!("a process {with} {attribute}");
        }
        if let Some(condition) = among(&inside, &outside) {
            return format!("{attribute}={condition}");
        }
        let others = match attribute {
            Attribute::Func | Attribute::Mask => outside.len() < inside.len(),
            _ => these.contains(&0),
        };
        let told = if others { &outside } else { &inside };
        let mut words: Vec<_> = told.iter().map(ToString::to_string).collect();
        // The rules that name them are in the policy, and what matters is that it is not about these.
        if others && words.len() > 4 {
            let more = words.split_off(3).len();
            words.push(format!("{more} more"));
        }
        let than = if others { " other than " } else { "=" };
        format!("{attribute}{than}{}", words.join(" or "))
    }
}

impl Value {
    /// Whether an access can be so, by what is known of it: each hook has its masks, and only FUSE has subtypes.
    pub fn is_possible(&self, attribute: Attribute, access: &Access) -> bool {
        match (self, attribute) {
            (Self::Mask(mask), _) => masks(access.func).contains(mask),
            (Self::Text(name), Attribute::FsName) => {
                access.fs_subtype.as_ref().is_none_or(String::is_empty) || name.starts_with("fuse")
            }
            _ => true,
        }
    }

    /// Makes it what is known of the access.
    pub fn put(&self, attribute: Attribute, access: &mut Access) {
        match (self, attribute) {
            (Self::Func(func), _) => access.func = *func,
            (Self::Mask(mask), _) => access.mask = *mask,
            (Self::Magic(magic), _) => access.fsmagic = Some(*magic),
            (Self::Uuid(uuid), _) => access.fsuuid = Some(*uuid),
            (Self::Text(name), Attribute::FsName) => access.fsname = Some(name.clone()),
            (Self::Text(name), Attribute::FsSubtype) => access.fs_subtype = Some(name.clone()),
            (Self::Text(label), Attribute::Label(field)) => {
                access.labels.insert(field, label.clone());
            }
            (Self::Text(name), _) => access.data = Some(name.clone()),
            (Self::Ids(ids), Attribute::Owner) => access.fowner = Some(ids.example()),
            (Self::Ids(ids), Attribute::FileGroup) => access.fgroup = Some(ids.example()),
            (_, Attribute::User(part)) => self.put_part(part, &mut access.user),
            (_, Attribute::Group(part)) => self.put_part(part, &mut access.group),
            _ => {}
        }
    }

    fn put_part(&self, part: Part, credentials: &mut Credentials) {
        match (self, part) {
            (Self::Ids(ids), Part::Real) => credentials.real = Some(ids.example()),
            (Self::Ids(ids), Part::Effective) => credentials.effective = Some(ids.example()),
            (Self::Ids(ids), Part::Saved) => credentials.saved = Some(ids.example()),
            (Self::Flag(may), Part::Changes) => credentials.changes = Some(*may),
            _ => {}
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(func) => func.fmt(f),
            Self::Mask(mask) => mask.fmt(f),
            Self::Magic(magic) => write!(f, "{magic:#x}"),
            Self::Uuid(uuid) => UuidText(uuid).fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Ids(ids) => ids.first.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

/// The hooks at which something comes of a decision of this class.
pub(super) fn hooks(class: Class, kernel: &Kernel) -> impl Iterator<Item = Func> {
    Func::ALL
        .into_iter()
        .filter(move |func| super::concerns(*func, class) && func.needs().is_none_or(|feature| kernel.has(feature)))
}

/// The masks with which the kernel asks at a hook. An open asks for what `O_ACCMODE`, `O_APPEND` and `O_TRUNC` amount to
/// (`build_open_flags()` in fs/open.c), an execution for that alone, and `uselib(2)` to read and to execute.
pub(super) fn masks(func: Func) -> Vec<Mask> {
    let (read, write, append) = (Mask::READ, Mask::WRITE, Mask::APPEND);
    match func {
        Func::FileCheck => vec![
            read,
            write,
            read | write,
            Mask::EXEC,
            read | Mask::EXEC,
            read | append,
            write | append,
            read | write | append,
        ],
        _ => vec![usual_mask(func)],
    }
}

fn texts<'a>(asked: impl Iterator<Item = &'a String>, usual: &[&str], prefix: &str) -> Vec<Value> {
    let made = (1..).map(|count| format!("{prefix}another{count}"));
    let others = usual.iter().map(|name| (*name).to_owned()).chain(made);
    named(asked.cloned(), others, Value::Text)
}

/// The first of `others` that no rule names, and what rules name.
fn named<T: Ord + Clone>(
    asked: impl Iterator<Item = T>,
    mut others: impl Iterator<Item = T>,
    value: fn(T) -> Value,
) -> Vec<Value> {
    let names: BTreeSet<T> = asked.collect();
    let another = others.find(|other| !names.contains(other));
    another.into_iter().chain(names).map(value).collect()
}

fn numbers<'a>(asked: impl Iterator<Item = &'a Conditions>, attribute: Attribute, last: u32) -> Vec<Value> {
    let comparisons = asked.filter_map(|asks| -> Option<Comparison> {
        match attribute {
            Attribute::User(_) => asks.user.map(|user| user.comparison()),
            Attribute::Group(_) => asks.group.map(|group| group.comparison()),
            Attribute::Owner => asks.fowner,
            _ => asks.fgroup,
        }
    });
    let ranges = Ids::told_apart(comparisons, last);
    ranges.into_iter().map(Value::Ids).collect()
}

/// The `^MAY_…` that these masks meet and no others.
fn among(inside: &[&Value], outside: &[&Value]) -> Option<MaskCondition> {
    let conditions = Mask::NAMES.map(|(_, mask)| MaskCondition::Among(mask));
    let meets =
        |condition: MaskCondition| move |value: &&Value| matches!(value, Value::Mask(mask) if condition.meets(*mask));
    conditions.into_iter().find(|condition| {
        inside.len() > 1 && inside.iter().all(meets(*condition)) && !outside.iter().any(meets(*condition))
    })
}

fn values(numbered: Vec<(usize, &Value)>) -> Vec<&Value> {
    numbered.into_iter().map(|(_, value)| value).collect()
}

fn ids(values: &[&Value]) -> Vec<Ids> {
    let ids = values.iter().filter_map(|value| match value {
        Value::Ids(ids) => Some(*ids),
        _ => None,
    });
    ids.collect()
}
