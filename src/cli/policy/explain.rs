//! `imaform policy explain`: what a policy does with one access, and why.

use super::{Format, explained, judge_options::KernelOptions, live, policy_file};
use crate::{
    cli::{
        exit::Exit,
        session::{self, CliError},
    },
    ima::policy::{
        Access, Credentials, Explanation, Func, Judgement, Kernel, LsmField, Mask, Rule, SecureBoot, lasting,
        parse_fsmagic, parse_fsuuid,
    },
    words::printable,
};
use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::{io::Write, path::PathBuf};

pub const EXAMPLES: &str = "\
Examples:
  imaform policy explain ima-policy --func BPRM_CHECK --uid 0 --fowner 0 --fsname ext4
  imaform policy explain ima-policy --func FILE_CHECK --mask 'MAY_READ|MAY_WRITE' --uid 1000 --kernel 5.15
  imaform policy explain ima-policy inventory.yml --func MMAP_CHECK --host web-1 --path /usr/lib/libfoo.so";

/// Arguments of `imaform policy explain`. What is not given is not known; where a rule rests on it, the answer says so.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The policy; - for standard input
    file: PathBuf,
    /// With --host and --path: the inventory
    #[arg(requires_all = ["host", "path"])]
    inventory: Option<PathBuf>,
    /// The hook by which the kernel asks
    #[arg(long, value_name = "F", value_parser = funcs())]
    func: Func,
    /// What the access asks for, MAY_READ, MAY_WRITE, MAY_APPEND, MAY_EXEC, or several with | between; without it, what
    /// the hook usually asks for
    #[arg(long, value_name = "M")]
    mask: Option<Mask>,
    /// The process: its user
    #[arg(long, value_name = "N")]
    uid: Option<u32>,
    /// As whom it acts, where that is another
    #[arg(long, value_name = "N")]
    euid: Option<u32>,
    /// The process: its group
    #[arg(long, value_name = "N")]
    gid: Option<u32>,
    /// As which group it acts, where that is another
    #[arg(long, value_name = "N")]
    egid: Option<u32>,
    /// The file's owner
    #[arg(long, value_name = "N")]
    fowner: Option<u32>,
    /// The file's group
    #[arg(long, value_name = "N")]
    fgroup: Option<u32>,
    /// The file system's magic number, hexadecimal
    #[arg(long, value_name = "H", value_parser = fsmagic)]
    fsmagic: Option<u64>,
    /// The file system's name; of well-known ones the magic number follows
    #[arg(long, value_name = "NAME")]
    fsname: Option<String>,
    /// What a FUSE file system calls itself
    #[arg(long, value_name = "NAME")]
    fs_subtype: Option<String>,
    /// The file system's UUID
    #[arg(long, value_name = "UUID", value_parser = fsuuid)]
    fsuuid: Option<[u8; 16]>,
    #[command(flatten)]
    labels: Labels,
    /// KEY_CHECK: the keyring
    #[arg(long, value_name = "NAME", conflicts_with = "label")]
    keyring: Option<String>,
    /// CRITICAL_DATA: the source of the data
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    /// The host whose file is meant; its own kernel decides
    #[arg(long, value_name = "NAME", requires_all = ["inventory", "path"], conflicts_with_all = ["kernel", "kconfig"])]
    host: Option<String>,
    /// The file, whose owner, group and file system are taken from the host
    #[arg(long, value_name = "PATH", requires_all = ["inventory", "host"],
        conflicts_with_all = ["fowner", "fgroup", "fsmagic", "fsname", "fs_subtype", "fsuuid"])]
    path: Option<String>,
    #[command(flatten)]
    kernel: KernelOptions,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Security labels of the process and of the file.
#[derive(Debug, Args)]
struct Labels {
    /// The process: the user of its label
    #[arg(long, value_name = "TEXT")]
    subj_user: Option<String>,
    /// The process: the role of its label; under AppArmor its profile
    #[arg(long, value_name = "TEXT")]
    subj_role: Option<String>,
    /// The process: the type of its label
    #[arg(long, value_name = "TEXT")]
    subj_type: Option<String>,
    /// The file: the user of its label
    #[arg(long, value_name = "TEXT")]
    obj_user: Option<String>,
    /// The file: the role of its label
    #[arg(long, value_name = "TEXT")]
    obj_role: Option<String>,
    /// The file: the type of its label
    #[arg(long, value_name = "TEXT")]
    obj_type: Option<String>,
}

impl Labels {
    fn given(&self) -> impl Iterator<Item = (LsmField, String)> {
        [
            (LsmField::SubjUser, &self.subj_user),
            (LsmField::SubjRole, &self.subj_role),
            (LsmField::SubjType, &self.subj_type),
            (LsmField::ObjUser, &self.obj_user),
            (LsmField::ObjRole, &self.obj_role),
            (LsmField::ObjType, &self.obj_type),
        ]
        .into_iter()
        .filter_map(|(field, label)| Some((field, label.clone()?)))
    }
}

fn funcs() -> impl TypedValueParser<Value = Func> {
    let legacy = ["PATH_CHECK", "FILE_MMAP"].map(|name| PossibleValue::new(name).hide(true));
    PossibleValuesParser::new(
        Func::ALL
            .map(|func| PossibleValue::new(func.as_str()))
            .into_iter()
            .chain(legacy),
    )
    .try_map(|name| Func::from_name(&name).ok_or_else(|| format!("{name} is no hook")))
}

fn fsmagic(text: &str) -> Result<u64, String> {
    parse_fsmagic(text).ok_or_else(|| "a hexadecimal number, such as 0xef53, is wanted".to_owned())
}

fn fsuuid(text: &str) -> Result<[u8; 16], String> {
    parse_fsuuid(text).ok_or_else(|| "a UUID, such as 0fc63daf-8483-4772-8e79-3d69d8477de4, is wanted".to_owned())
}

/// A process that is one user, or one that acts as another. Root may change.
fn credentials(real: Option<u32>, effective: Option<u32>) -> Credentials {
    let effective = effective.or(real);
    Credentials {
        real,
        effective,
        saved: effective,
        changes: effective.map(|id| id == 0),
    }
}

impl Arguments {
    fn access(&self) -> Access {
        let usual = Access::new(self.func);
        Access {
            mask: self.mask.unwrap_or(usual.mask),
            user: credentials(self.uid, self.euid),
            group: Credentials {
                // What lets a process change its group comes with being root as well.
                changes: credentials(self.uid, self.euid).changes,
                ..credentials(self.gid, self.egid)
            },
            fowner: self.fowner,
            fgroup: self.fgroup,
            fsmagic: self.fsmagic,
            fsname: self.fsname.clone(),
            fs_subtype: self.fs_subtype.clone(),
            fsuuid: self.fsuuid,
            labels: self.labels.given().collect(),
            data: self.keyring.clone().or_else(|| self.label.clone()),
            ..usual
        }
    }
}

/// Explains one access.
///
/// # Errors
/// A file that cannot be read or holds a rule that the kernel refuses, a host that cannot be reached, or an output that
/// cannot be written.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, CliError> {
    let policy = policy_file::read(&arguments.file)?;
    let (access, kernel, secure_boot) = match (&arguments.inventory, &arguments.host, &arguments.path) {
        (Some(inventory), Some(host), Some(path)) => {
            let live = session::block_on(live::file_on(inventory, host, path, arguments.access()))?;
            (live.access, live.kernel, live.secure_boot)
        }
        _ => (arguments.access(), arguments.kernel.kernel()?, SecureBoot::Off),
    };
    let access = access.complete();
    if let Some(feature) = access.func.needs().filter(|feature| !kernel.has(*feature)) {
        let (func, version, since) = (access.func, kernel.version(), feature.since());
        return Err(format!("Linux {version} has no {func}: it came with {since}").into());
    }
    let rules = rules(&policy.judge(&kernel), &kernel, secure_boot)?;
    let explanation = Explanation::of(&rules, &access, &kernel);
    match arguments.format {
        Format::Text => out.write_all(printable(&explained::text(&explanation, &access, &kernel)).as_bytes())?,
        Format::Json => writeln!(out, "{:#}", explained::json(&explanation, &access, &kernel)?)?,
    }
    Ok(Exit::OK)
}

/// The rules that hold once the policy is loaded: those that the kernel's build brings stay, and stand before it.
fn rules(judgement: &Judgement<'_>, kernel: &Kernel, secure_boot: SecureBoot) -> Result<Vec<Rule>, CliError> {
    if let Some((line, _)) = judgement.lines.iter().find(|(_, verdict)| verdict.is_err()) {
        let version = kernel.version();
        return Err(format!(
            "Linux {version} refuses the policy, first in line {}, so that nothing of it is loaded; imaform policy check says why",
            line.number
        )
        .into());
    }
    let kept = lasting(kernel, secure_boot).into_iter().map(|(_, rule)| rule);
    Ok(kept.chain(judgement.rules().cloned()).collect())
}
