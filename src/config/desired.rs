use crate::ima::{Appraisal, Certificate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf, time::Duration};

/// The IMA state that is wanted of one host: its playbook, checked, with every template rendered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Desired {
    /// The playbook's `name`.
    pub playbook: String,
    /// The kernel that is to run, and its options.
    pub kernel: Kernel,
    /// The kernel command line, without `ima_appraise=`, which [`Desired::appraisal`] decides.
    pub boot: Boot,
    /// Mount options in `/etc/fstab`, by mount point.
    pub mounts: Vec<Mount>,
    /// Settings of apt.
    pub apt: Apt,
    /// Distribution packages to install.
    pub packages: Vec<String>,
    /// systemd units to enable and start.
    pub services: Vec<String>,
    /// A custom IMA policy.
    pub policy: Option<Policy>,
    /// Rules of auditd.
    pub audit: Option<Audit>,
    /// Files beside IMA that the site wants.
    pub files: Vec<FileContent>,
    /// Which files carry a label.
    pub labels: Option<Labels>,
    /// The mode that the host ends in.
    pub appraisal: Appraisal,
    /// The user's own checks around stages.
    pub checks: Vec<Check>,
}

/// Where a host stands on its way (and where a step belongs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Configuration is written; nothing is rebooted.
    #[default]
    Prepare,
    /// One boot with `ima_appraise=fix`.
    Fix,
    /// Files get their labels, and the kernel judges the policy.
    Label,
    /// The trial boot with `ima_appraise=enforce`, its proof and its confirmation.
    Enforce,
    /// What only the final mode can show.
    Verify,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 5] = [Self::Prepare, Self::Fix, Self::Label, Self::Enforce, Self::Verify];

    /// The word in playbooks, on the command line and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Fix => "fix",
            Self::Label => "label",
            Self::Enforce => "enforce",
            Self::Verify => "verify",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `kernel:` options by name (`CONFIG_IMA`), values as Kconfig writes them (`y`, `m`, `n`, `10`, `"sha1"` with quotes).
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Kernel {
    /// The package whose kernel is to run.
    pub package: Option<String>,
    /// What the running kernel must have been built with; a host without it is refused.
    pub require: Vec<(String, String)>,
    /// Lines to write into `/boot/config-*`. They are a record: writing them enables nothing.
    pub edit: Vec<(String, String)>,
}

/// `boot:`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Boot {
    /// Parameters of the kernel command line in the order of the playbook.
    pub cmdline: Vec<(String, Token)>,
    /// How long a host waits for the confirmation of a trial boot before it goes back to the earlier one by itself.
    pub trial_timeout: Duration,
}

impl Default for Boot {
    fn default() -> Self {
        Self {
            cmdline: Vec::new(),
            trial_timeout: Duration::from_secs(900),
        }
    }
}

/// What is wanted of one kernel parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Token {
    /// The bare word: `ima_tcb: true`.
    Flag,
    /// Not there in any form: `quiet: false`.
    Absent,
    /// `key=value`.
    Value(String),
    /// `key=value` once for each value, in order: `ima_policy: [tcb, appraise_tcb]`.
    Repeated(Vec<String>),
    /// A member of a comma list that keeps the others: `lsm: +integrity`.
    Member(String),
}

/// Options that a mount point's line of `/etc/fstab` must carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// The mount point, absolute.
    pub target: String,
    /// Options to add, as libmount spells them (`iversion`).
    pub options: Vec<String>,
}

/// `apt:`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Apt {
    /// The user that downloads (`APT::Sandbox::User`); `root` under appraisal, so that archives are labelled.
    pub sandbox_user: Option<String>,
}

/// `policy:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Where the file lives on the host, absolute.
    pub path: String,
    /// The rendered rules; ends in a newline.
    pub content: String,
    /// Who loads it.
    pub load: PolicyLoad,
}

/// Who loads a custom policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyLoad {
    /// systemd, early in every boot: only `/etc/ima/ima-policy`.
    Boot,
    /// imaform, once in the running boot, as the guide does with `/etc/ima/policy.conf`.
    Once,
}

/// `audit:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// A file below `/etc/audit/rules.d`.
    pub path: String,
    /// The rendered rules; ends in a newline.
    pub content: String,
}

/// `labels:`: the files that must carry `security.ima`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labels {
    /// File system types, as `find -fstype` names them.
    pub filesystems: Vec<String>,
    /// The owner's numeric user id.
    pub owner: u32,
    /// Paths below which nothing is labelled: absolute, may hold the wildcards of `find -path`.
    pub exclude: Vec<String>,
    /// Who writes the labels.
    pub method: LabelMethod,
    /// Who else on the host has them written.
    pub hooks: Vec<LabelHook>,
    /// Files that are signed instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signing>,
}

/// `labels.signature:`: files whose label is a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signing {
    /// The private key. It is read when files are signed, and stays on this machine.
    pub key: KeySource,
    /// Its certificate, which hosts get.
    pub certificate: Certificate,
    /// Where the files are: absolute paths of directories or files.
    pub paths: Vec<String>,
}

/// Where a private key comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// A file of this machine, PEM.
    File(PathBuf),
    /// An environment variable of imaform that holds the PEM text.
    Env(String),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Env(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// Who writes labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelMethod {
    /// The kernel, in a boot with `ima_appraise=fix`, of each file that is opened.
    #[default]
    Fix,
    /// imaform, by setxattr(2), in the boot that runs: there need be no fix boot.
    Setxattr,
}

/// A program of the host that has labels written after its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelHook {
    /// dpkg(1), whoever calls it.
    Dpkg,
}

/// One entry of `files:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileContent {
    /// Absolute path on the host.
    pub path: String,
    /// The rendered bytes.
    pub content: String,
    /// Owner's name or id.
    pub owner: String,
    /// Group's name or id.
    pub group: String,
    /// Permission bits, at most 0o7777.
    pub mode: u32,
}

/// One entry of `checks:`: a command of the user's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What people read.
    pub name: String,
    /// Before or after which stage.
    pub stage: Stage,
    /// Before or after it.
    pub when: CheckTime,
    /// Run by `sh -c` as the privileged user; exit 0 passes.
    pub command: String,
    /// After this long the check has failed.
    pub timeout: Duration,
}

/// On which side of its stage a check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckTime {
    /// Before the stage's first step.
    Before,
    /// After the stage's last step.
    After,
}
