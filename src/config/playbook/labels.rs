use super::{lists::checked, signing};
use crate::config::{
    LabelHook, LabelMethod, Labels, names,
    node::Value,
    paths,
    problems::{Complaint, Problems},
    quote,
    section::{Field, Section, wrong_type},
};
use std::path::Path;

const KEYS: [&str; 7] = [
    "filesystem",
    "filesystems",
    "owner",
    "exclude",
    "method",
    "hooks",
    "signature",
];

/// Reads `labels:`.
pub(super) fn read(field: Field, directory: &Path, problems: &mut Problems) -> Option<Labels> {
    let section = Section::open(field.node, "`labels`", field.key.place, &KEYS, problems)?;
    let filesystems = match section.one_of(&["filesystem", "filesystems"], problems) {
        Some(field) if field.key.name == "filesystem" => field
            .string(problems)
            .filter(|name| problems.check(field.node.place, filesystem(name)))
            .map(|name| vec![name.to_owned()])
            .unwrap_or_default(),
        Some(field) => {
            if matches!(&field.node.value, Value::List(items) if items.is_empty()) {
                problems.error(field.node.place, "`filesystems`: the list is empty");
            }
            checked(field, filesystem, problems)
        }
        None => Vec::new(),
    };
    let method = section
        .get("method")
        .map_or(Some(LabelMethod::Fix), |field| method(field, problems))?;
    let owner = section
        .get("owner")
        .map_or(Some(0), |field| owner(field, method, problems))?;
    let exclude = section
        .get("exclude")
        .map(|field| checked(field, excluded, problems))
        .unwrap_or_default();
    let hooks = section
        .get("hooks")
        .map(|field| hooks(field, problems))
        .unwrap_or_default();
    let signature = section
        .get("signature")
        .and_then(|field| signing::read(field, directory, problems));
    Some(Labels {
        filesystems,
        owner,
        exclude,
        method,
        hooks,
        signature,
    })
}

fn filesystem(name: &str) -> Result<(), Complaint> {
    names::title("file system", name)?;
    let good = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c));
    if good {
        return Ok(());
    }
    Err(Complaint::new(format!("{} is no type of file system", quote(name)))
        .with_help("as `find -fstype` names it: `ext4`, `xfs`, `btrfs`"))
}

fn method(field: Field, problems: &mut Problems) -> Option<LabelMethod> {
    let word = field.word(&["fix", "setxattr"], problems)?;
    Some(if word == "fix" {
        LabelMethod::Fix
    } else {
        LabelMethod::Setxattr
    })
}

fn hooks(field: Field, problems: &mut Problems) -> Vec<LabelHook> {
    let known = |name: &str| match name {
        "dpkg" => Ok(()),
        _ => Err(
            Complaint::new(format!("{} is no program that takes a hook", quote(name)))
                .with_help("write `hooks: [dpkg]`"),
        ),
    };
    checked(field, known, problems)
        .iter()
        .map(|_| LabelHook::Dpkg)
        .collect()
}

/// `root`, or a user id.
fn owner(field: Field, method: LabelMethod, problems: &mut Problems) -> Option<u32> {
    let id = match &field.node.value {
        Value::String(name) if name == "root" => 0,
        Value::Integer(id) if (0..i128::from(u32::MAX)).contains(id) => u32::try_from(*id).ok()?,
        _ => {
            wrong_type("owner", "`root` or a user id", field.node, problems);
            return None;
        }
    };
    if id != 0 && method == LabelMethod::Fix {
        let message = format!("`labels.owner`: files of user {id} cannot be labelled");
        let help = "labels are written by the kernel's built-in rule `appraise fowner=0` in fix mode, which only takes \
                    files of root; `method: setxattr` labels those of any user";
        problems.error_with_help(field.node.place, message, help);
    }
    Some(id)
}

/// A path that may hold the wildcards of `find -path`.
fn excluded(path: &str) -> Result<(), Complaint> {
    paths::remote(path)?;
    if path == "/" {
        return Err(Complaint::new("`exclude` of \"/\" leaves nothing to label"));
    }
    Ok(())
}
