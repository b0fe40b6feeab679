use super::{
    labels::Labels,
    rules::{Audit, Policy},
    text::{LocalPath, Package, RemoteFile, RemotePath, Time, Title, UserName},
};
use schemars::JsonSchema;
use std::collections::{BTreeMap, BTreeSet};

/// The IMA state that is wanted of hosts.
#[derive(JsonSchema)]
#[schemars(title = "Playbook of imaform", deny_unknown_fields)]
pub(super) struct Playbook {
    /// What people read in plans.
    name: Title,
    /// The kernel that is to run, and its options.
    kernel: Option<Kernel>,
    /// The kernel command line and the trial boot.
    boot: Option<Boot>,
    /// Options in `/etc/fstab`, by mount point: `/: {options: [iversion]}`.
    mounts: Option<BTreeMap<RemotePath, Mount>>,
    /// Settings of apt.
    apt: Option<Apt>,
    /// Packages to install.
    packages: Option<BTreeSet<Package>>,
    /// systemd units to enable and start.
    services: Option<BTreeSet<Service>>,
    /// A policy of one's own, in place of the kernel's built-in rules.
    policy: Option<Policy>,
    /// Rules of auditd.
    audit: Option<Audit>,
    /// Which files carry a label.
    labels: Option<Labels>,
    /// The mode that the hosts end in.
    appraisal: Appraisal,
    /// Files beside IMA that the site wants.
    files: Option<Vec<File>>,
    /// Commands around stages that must end with 0.
    checks: Option<Vec<Check>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Appraisal {
    /// Nothing is appraised.
    Off,
    /// What would be denied is logged.
    Log,
    /// Files that are opened get their labels.
    Fix,
    /// What has no fitting label is denied.
    Enforce,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Kernel {
    /// The package whose kernel is to run: `linux-image-amd64`.
    package: Option<Package>,
    /// What the running kernel must have been built with; a host without it is refused before anything is changed.
    require: Option<KernelOptions>,
    /// Lines to write into `/boot/config-*`: a record of how the kernel was built. Writing it enables nothing.
    edit: Option<KernelOptions>,
}

type KernelOptions = BTreeMap<KernelOption, KernelValue>;

#[derive(JsonSchema)]
struct KernelOption(#[schemars(regex(pattern = r"^CONFIG_[A-Za-z0-9_]+$"))] String);

/// `y`, `m`, `n`, a number or a text.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum KernelValue {
    Number(i64),
    Text(#[schemars(regex(pattern = r#"^[^"\\\p{Cc}]*$"#))] String),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Boot {
    /// Parameters of the kernel command line, but for `ima_appraise`, which `appraisal` decides.
    cmdline: Option<CommandLine>,
    /// How long a host waits for the confirmation of a trial boot before it goes back by itself, at least `2m`.
    trial_timeout: Option<Time>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CommandLine {
    /// Built-in policies.
    ima_policy: Option<BuiltInPolicies>,
    #[schemars(flatten)]
    others: BTreeMap<Parameter, Token>,
}

#[derive(JsonSchema)]
struct Parameter(#[schemars(regex(pattern = r"^(?!(ima[_-]appraise|ima_policy|init|panic)$)[A-Za-z0-9._-]+$"))] String);

#[derive(JsonSchema)]
#[schemars(untagged)]
enum BuiltInPolicies {
    One(BuiltInPolicy),
    Several(#[schemars(length(min = 1))] Vec<BuiltInPolicy>),
    Present(bool),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum BuiltInPolicy {
    /// What root runs and opens is measured.
    Tcb,
    /// Files of root are appraised.
    AppraiseTcb,
    /// Modules, firmware, kexec kernels and policies need a signature.
    SecureBoot,
    /// On file systems that can change files unseen, a signature that cannot be verified fails.
    FailSecurely,
    /// Data of the kernel itself are measured.
    CriticalData,
}

/// A value, several values, `true` (the bare word) or `false` (not there). `+integrity` adds a member to the list that the
/// host has.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Token {
    Present(bool),
    Number(serde_json::Number),
    Text(
        #[schemars(regex(
            pattern = r"^([!%(-*,-:=?-\[\]-_a-z~][!#%(-:=?-\[\]-_a-z~]*|\+[!#%(-*\--:=?-\[\]-_a-z~]+)$"
        ))]
        String,
    ),
    Several(#[schemars(length(min = 1))] Vec<TokenValue>),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum TokenValue {
    Number(serde_json::Number),
    Text(#[schemars(regex(pattern = r"^[!%(-*,-:=?-\[\]-_a-z~][!#%(-:=?-\[\]-_a-z~]*$"))] String),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Mount {
    /// Options to add, as mount(8) spells them: `iversion`.
    #[schemars(length(min = 1))]
    options: BTreeSet<MountOption>,
}

#[derive(JsonSchema)]
struct MountOption(#[schemars(regex(pattern = r"^[!$-&(-+\--\[\]-~]+$"))] String);

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Apt {
    /// Who downloads (`APT::Sandbox::User`): `root` under appraisal, so that archives are labelled.
    sandbox_user: Option<UserName>,
}

#[derive(JsonSchema)]
struct Service(#[schemars(regex(pattern = r"^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}$"))] String);

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = [{"required": ["template"]}, {"required": ["content"]}]))]
struct File {
    /// Where it is on the host.
    path: RemoteFile,
    /// A template, relative to this file.
    template: Option<LocalPath>,
    /// The text itself; a template, too.
    content: Option<String>,
    /// Name or id; `root` where this is not given.
    owner: Option<FileOwner>,
    /// Name or id; `root` where this is not given.
    group: Option<FileOwner>,
    /// Permission bits: three or four octal digits in quotes; `"0644"` where this is not given.
    mode: Option<Mode>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum FileOwner {
    Name(UserName),
    Id(#[schemars(range(max = 4_294_967_294_u32))] u32),
}

#[derive(JsonSchema)]
struct Mode(#[schemars(regex(pattern = r"^[0-7]{3,4}$"))] String);

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = [{"required": ["before"]}, {"required": ["after"]}]))]
struct Check {
    /// What people read.
    name: Title,
    /// It runs before the first step of this stage.
    before: Option<Stage>,
    /// It runs after the last step of this stage.
    after: Option<Stage>,
    /// Run by `sh -c` as root on the host; the check passes with exit 0.
    #[schemars(regex(pattern = r"\S"))]
    command: String,
    /// After this long it has failed; `60s` where this is not given.
    timeout: Option<Time>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Stage {
    /// Configuration is written; nothing is rebooted.
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
