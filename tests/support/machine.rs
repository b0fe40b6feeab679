//! A Debian 12 host made of plain values, after a real guest of the lab. It boots, takes steps as the scripts do, and
//! refuses what a real one refuses.

use imaform::{
    config::Desired,
    host::Script,
    ima::Certificate,
    plan::Plan,
    resource::{
        Action, Applied, Door, FileState, Holder, Initramfs, LabelCount, Observed, PackageKernel, ScriptCall,
        SignatureFacts, Step, audit, packages, sha256_hex, signature,
    },
};
use std::collections::{BTreeMap, BTreeSet};

const KERNEL: &str = "6.1.0-41-cloud-amd64";
pub const ENVIRONMENT: &str = "/boot/grub/imaform.env";
pub const GRUB: &str = "/etc/default/grub";
pub const POLICY: &str = "/etc/ima/ima-policy";
/// What GRUB's block holds, in its order.
const VARIABLES: [&str; 4] = ["mode", "trial", "menu", "tried"];
const FILES_IN_SCOPE: u64 = 12_544;

const STOCK_GRUB: &str = r#"# If you change this file, run 'update-grub' afterwards to update
# /boot/grub/grub.cfg.
# For full documentation of the options in this file, see:
#   info -f grub -n 'Simple configuration'

GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="console=ttyS0,115200 no_timer_check"

# If your computer has multiple operating systems installed, then you
# probably want to run os-prober.
"#;

const KERNEL_CONFIG: &str = r#"CONFIG_AUDIT=y
CONFIG_EXT4_FS=m
CONFIG_INTEGRITY=y
CONFIG_INTEGRITY_SIGNATURE=y
CONFIG_INTEGRITY_AUDIT=y
CONFIG_IMA=y
CONFIG_IMA_MEASURE_PCR_IDX=10
CONFIG_IMA_LSM_RULES=y
# CONFIG_IMA_WRITE_POLICY is not set
# CONFIG_IMA_READ_POLICY is not set
CONFIG_IMA_APPRAISE=y
CONFIG_IMA_ARCH_POLICY=y
CONFIG_IMA_APPRAISE_BOOTPARAM=y
CONFIG_EVM=y
CONFIG_64BIT=y
CONFIG_SECURITY_APPARMOR=y
CONFIG_CRYPTO_SHA256=y
CONFIG_LSM="landlock,lockdown,yama,loadpin,safesetid,integrity,apparmor,selinux,smack,tomoyo,bpf"
"#;

const MOUNTS: &str = "sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0\n\
    /dev/vda2 / ext4 rw,relatime,errors=remount-ro 0 0\n\
    securityfs /sys/kernel/security securityfs rw,nosuid,nodev,noexec,relatime 0 0\n";

/// A kernel that a package brings.
#[derive(Debug, Clone)]
pub struct Kernel {
    pub release: String,
    pub config: String,
    pub ima: bool,
}

/// A boot menu.
#[derive(Debug, Clone)]
pub struct BootMenu {
    /// `GRUB_CMDLINE_LINUX` in it.
    pub options: String,
    /// Whether it carries our snippet.
    pub snippet: bool,
    /// The release of the kernel that it boots.
    pub kernel: String,
}

#[derive(Debug, Clone)]
pub struct Machine {
    /// What does not change.
    pub base: Observed,
    /// The disk.
    pub files: BTreeMap<String, FileState>,
    /// `GRUB_CMDLINE_LINUX` in `grub.cfg`.
    pub menu: String,
    /// Whether `grub.cfg` carries our snippet.
    pub menu_snippet: bool,
    /// The kernel that `grub.cfg` boots.
    pub menu_kernel: String,
    /// `grub.cfg.earlier`: the last menu that was proven.
    pub earlier: Option<BootMenu>,
    /// What the packages of kernels bring, by name.
    pub kernels: BTreeMap<String, Kernel>,
    /// Whether it is known which units failed before the trial.
    pub noted_health: bool,
    /// Names of packages.
    pub packages: BTreeSet<String>,
    /// Units that run.
    pub services: BTreeSet<String>,
    pub audit_rules: String,
    /// Files in scope that have no label.
    pub unlabelled: u64,
    pub boots: u32,
    pub cmdline: String,
    pub door: Door,
    pub judged: String,
    pub loaded: String,
    /// The policy file changed in this boot.
    pub policy_after_boot: bool,
    /// Keys and signatures, where files are to be signed.
    pub signatures: SignatureFacts,
}

impl Machine {
    /// A stock host that was never touched.
    pub fn debian() -> Self {
        let mut base = Observed {
            os: "Debian GNU/Linux 12 (bookworm)".into(),
            os_id: "debian".into(),
            kernel_release: KERNEL.into(),
            mounts: MOUNTS.into(),
            kernel_config: KERNEL_CONFIG.into(),
            boot_seconds: Some(35),
            ..Observed::default()
        };
        base.tools = [
            "update-grub",
            "grub-mkconfig",
            "findmnt",
            "systemctl",
            "apt-get",
            "dpkg",
        ]
        .map(str::to_owned)
        .to_vec();
        base.integrity.securityfs = true;
        base.integrity.ima = true;
        base.integrity.measurements = Some(1);
        base.integrity.lsm = "lockdown,capability,landlock,yama,apparmor,tomoyo,bpf,integrity".into();
        base.integrity.evm = "0".into();
        base.integrity.tpm = "2".into();
        base.grub.directory = "/boot/grub".into();
        base.grub.fs = "ext2".into();
        base.grub.files = vec![GRUB.into()];
        let mut machine = Self {
            base,
            files: BTreeMap::new(),
            menu: String::new(),
            menu_snippet: false,
            menu_kernel: KERNEL.into(),
            earlier: None,
            kernels: BTreeMap::new(),
            noted_health: false,
            packages: BTreeSet::new(),
            services: BTreeSet::new(),
            audit_rules: "No rules\n".into(),
            unlabelled: FILES_IN_SCOPE,
            boots: 0,
            cmdline: String::new(),
            door: Door::Open,
            judged: String::new(),
            loaded: String::new(),
            policy_after_boot: false,
            signatures: SignatureFacts {
                initramfs: Initramfs::Stale,
                ..SignatureFacts::default()
            },
        };
        machine.write(GRUB, STOCK_GRUB, 0o644);
        let fstab = "# /etc/fstab\nUUID=4f0c /\text4\terrors=remount-ro 0 1\n";
        machine.write("/etc/fstab", fstab, 0o644);
        machine.menu = machine.effective();
        machine.boot().unwrap();
        machine
    }

    /// Packages can be had, of a kernel that is as the stock one.
    pub fn offer(&mut self, package: &str) {
        let kernel = Kernel {
            release: format!("{KERNEL}-built"),
            config: KERNEL_CONFIG.into(),
            ima: true,
        };
        self.kernels.insert(package.to_owned(), kernel);
    }

    /// A stock host whose own kernel has no IMA, and the package of one that has can be had.
    pub fn without_ima(package: &str) -> Self {
        let mut machine = Self::debian();
        let stock = Kernel {
            release: KERNEL.into(),
            config: "CONFIG_AUDIT=y\n# CONFIG_IMA is not set\n".into(),
            ima: false,
        };
        machine.kernels.insert("linux-image-stock".to_owned(), stock);
        machine.offer(package);
        machine.boot().unwrap();
        machine
    }

    /// A host that carried out the whole plan.
    pub fn converged(desired: &Desired) -> Self {
        let mut machine = Self::debian();
        machine.carry_out(desired).unwrap();
        machine
    }

    /// A host on which an apply was cut off: `last` was done, what follows it was not.
    pub fn after(desired: &Desired, last: &str) -> Self {
        let mut machine = Self::debian();
        let plan = machine.plan(desired);
        for step in plan.steps() {
            machine.take(step).unwrap();
            if step.id.to_string() == last {
                return machine;
            }
        }
        panic!("the plan has no step {last}");
    }

    pub fn write(&mut self, path: &str, content: &str, mode: u32) {
        self.policy_after_boot |= path == POLICY;
        let state = FileState {
            kind: "regular file".into(),
            mode,
            owner: "root".into(),
            group: "root".into(),
            content: content.into(),
            whole: true,
            digest: sha256_hex(content),
        };
        self.files.insert(path.to_owned(), state);
    }

    /// What the probe returns.
    pub fn observe(&self, desired: &Desired) -> Observed {
        let mut observed = self.base.clone();
        observed.boot_id = self.boot_id();
        observed.cmdline = self.cmdline.clone();
        observed.integrity.door = if observed.integrity.ima {
            self.door
        } else {
            Door::Absent
        };
        observed.integrity.policy_updates = u64::from(self.door == Door::Closed);
        observed.integrity.loaded = self.loaded.clone();
        observed.integrity.policy_after_boot = self.policy_after_boot;
        observed.files = self.files.clone();
        observed.grub.effective = self.effective();
        observed.grub.menu_lines = if observed.grub.effective == self.menu { 2 } else { 0 };
        observed.grub.menu_snippet = self.menu_snippet;
        observed.grub.menu_digest = sha256_hex(&format!("{} {} {}", self.menu, self.menu_snippet, self.menu_kernel));
        let installed = packages::wanted(desired)
            .into_iter()
            .filter(|name| self.packages.contains(name));
        let package = desired.kernel.package.as_ref();
        if let Some(kernel) = package
            .filter(|name| self.packages.contains(*name))
            .map(|name| &self.kernels[name])
        {
            observed.package_kernel = PackageKernel {
                unknown: false,
                release: kernel.release.clone(),
                config: kernel.config.clone(),
            };
        }
        observed.packages = installed.map(|name| (name, "1.0".to_owned())).collect();
        observed.services = desired.services.iter().map(|unit| self.service(unit)).collect();
        observed.audit_rules = self.audit_rules.clone();
        observed.labels = self.packages.contains("attr").then(|| LabelCount {
            labelled: FILES_IN_SCOPE - self.unlabelled,
            unlabelled: self.unlabelled,
            missing: (0..self.unlabelled.min(200))
                .map(|n| format!("/usr/bin/tool-{n}"))
                .collect(),
            held: Vec::new(),
        });
        observed.signatures = self.signatures.clone();
        observed
    }

    pub fn boot_id(&self) -> String {
        format!("dd8f9ac6-4f5c-4d0e-9d1e-{:012x}", self.boots)
    }

    /// The plan for this host as it is now.
    pub fn plan(&self, desired: &Desired) -> Plan {
        Plan::build(desired, &self.observe(desired)).unwrap()
    }

    /// Carries the plan for this host out, and the one that follows it, if any.
    pub fn carry_out(&mut self, desired: &Desired) -> Result<(), String> {
        let plan = self.plan(desired);
        plan.steps().into_iter().try_for_each(|step| self.take(step))?;
        if plan.then.is_none() {
            return Ok(());
        }
        self.plan(desired)
            .steps()
            .into_iter()
            .try_for_each(|step| self.take(step))
    }

    /// Does what a step does on a real host.
    pub fn take(&mut self, step: &Step) -> Result<(), String> {
        let result = match &step.action {
            Action::Reboot(expected) => self.boot().and_then(|()| {
                let found = self.mode();
                let wanted = expected.appraisal.as_str();
                let kernel = expected.kernel.as_ref().map(|package| &self.kernels[package].release);
                (found == wanted && kernel.is_none_or(|wanted| *wanted == self.base.kernel_release))
                    .then_some(())
                    .ok_or(format!("booted {found} for {wanted}"))
            }),
            Action::Script(call) | Action::Confirm(call) | Action::Health(call) => self.run(call),
            Action::Attest(_) | Action::Gate(_) | Action::Node(_) => Ok(()),
            Action::Sign(_) => self.sign(),
        };
        result.map_err(|error| format!("{}: {error}", step.id))
    }

    /// The kernel denies files with a signature whose key it has not.
    fn sign(&mut self) -> Result<(), String> {
        if self.signatures.loaded.is_empty() {
            return Err("the certificate is not in .ima".into());
        }
        self.signatures.unsigned = 0;
        Ok(())
    }

    pub fn run(&mut self, call: &ScriptCall) -> Result<(), String> {
        let arg = |index: usize| call.args.get(index).cloned().unwrap_or_default();
        let need = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        match call.script {
            Script::Lock => {
                let lock = &mut self.base.lock;
                match lock.holder.as_ref().map(|holder| holder.run.clone()) {
                    Some(held) => {
                        let may = held == arg(0) || arg(3).split(' ').any(|run| run == held);
                        need(may, "another run holds the lock")?;
                    }
                    None => need(lock.last == arg(2), "another run has worked here")?,
                }
                lock.holder = Some(Holder {
                    run: arg(0),
                    by: arg(1),
                    since: "2026-11-27T18:05:12Z".into(),
                    until: "2026-11-27T22:05:12Z".into(),
                });
            }
            Script::Unlock => {
                let holder = self.base.lock.holder.take();
                self.base.lock.last = holder.ok_or("it is not locked")?.run;
            }
            Script::InstallFile | Script::InstallFstab => {
                need(arg(4) == sha256_hex(&call.input), "the digest is of something else")?;
                let found = self.files.get(&arg(0)).map_or("absent", |file| &file.digest);
                let (expected, wanted) = (arg(5), arg(4));
                let known = expected
                    .split(' ')
                    .chain([&*wanted])
                    .any(|one| one == found || one == "any");
                need(known, "changed since the plan was made")?;
                self.write(&arg(0), &call.input, u32::from_str_radix(&arg(3), 8).unwrap());
            }
            Script::RemoveFile => drop(self.files.remove(&arg(0))),
            Script::UpdateGrub => {
                need(self.mode() != "enforce", "update-grub fails under enforce")?;
                let effective = self.effective();
                for token in &call.args[1..] {
                    need(effective.split(' ').any(|word| word == token), token)?;
                }
                need(self.files.contains_key("/etc/grub.d/01_imaform"), "no snippet")?;
                let package = arg(0);
                let kernel = match self.kernels.get(&package) {
                    Some(kernel) => kernel.release.clone(),
                    None => self.menu_kernel.clone(),
                };
                need(package.is_empty() || self.packages.contains(&package), "no such kernel")?;
                if self.menu_snippet && self.menu == effective && self.menu_kernel == kernel {
                    return Ok(());
                }
                if self.variable("menu").is_empty() {
                    self.earlier = Some(self.boot_menu());
                }
                (self.menu, self.menu_kernel, self.menu_snippet) = (effective, kernel, true);
                self.set_variable("menu", "unproven");
            }
            Script::TryMenu => {
                if self.variable("menu").is_empty() {
                    self.earlier = Some(BootMenu {
                        kernel: self.base.kernel_release.clone(),
                        ..self.boot_menu()
                    });
                }
                self.set_boots(&[&arg(0), &arg(1), &arg(2), &arg(3)]);
            }
            Script::BootMode => self.set_boots(&[&arg(0), &arg(1), &arg(2), &arg(3)]),
            Script::ConfirmTrial => {
                let [menu, tried] = [arg(2), arg(3)];
                need(menu.is_empty() && tried.is_empty(), "something stays on trial")?;
                self.set_boots(&[&arg(0), &arg(1), &menu, &tried]);
            }
            Script::NoteHealth => self.noted_health = true,
            Script::CheckHealth => need(self.noted_health, "nobody knows what failed before")?,
            Script::InstallPackages => {
                self.packages.extend(call.args.iter().cloned());
                if let Some(kernel) = call.args.iter().find_map(|package| self.kernels.get(package)) {
                    // dpkg's hook runs update-grub.
                    self.menu_kernel.clone_from(&kernel.release);
                    self.menu = self.effective();
                    self.menu_snippet |= self.files.contains_key("/etc/grub.d/01_imaform");
                }
            }
            Script::EnableServices => {
                let known = call.args.iter().all(|unit| self.packages.contains(unit));
                need(known, "the package of the unit is not installed")?;
                self.services.extend(call.args.iter().cloned());
            }
            Script::LoadAudit => {
                need(self.packages.contains("auditd"), "no augenrules")?;
                let ours = |path: &&String| path.starts_with("/etc/audit/rules.d/") && path.ends_with(".rules");
                let paths: Vec<&String> = self.files.keys().filter(ours).collect();
                let merged: String = paths.iter().map(|path| &*self.files[*path].content).collect();
                let held: Vec<String> = audit::expected(&merged).collect();
                need(
                    call.input.lines().all(|rule| held.iter().any(|one| one == rule)),
                    "a rule is missing",
                )?;
                self.audit_rules.clone_from(&merged);
                self.write("/etc/audit/audit.rules", &merged, 0o640);
            }
            Script::JudgePolicy => {
                need(self.door == Door::Open, "the policy door is closed")?;
                self.judged = sha256_hex(&call.input);
            }
            Script::LoadPolicy => {
                need(self.door == Door::Open, "the policy door is closed")?;
                need(self.files.contains_key(&arg(0)), "no such file")?;
                (self.door, self.loaded) = (Door::Closed, arg(1));
            }
            Script::LabelFiles => {
                need(self.mode() == "fix", "not in fix mode")?;
                need(self.door == Door::Open, "the built-in rules are gone")?;
                self.unlabelled = 0;
            }
            Script::LabelMissing | Script::SetLabels | Script::MendLabels => self.unlabelled = 0,
            Script::VerifyLabels => need(self.unlabelled == 0, "files without a label")?,
            Script::ProveEnforcement => need(self.mode() == "enforce", "nothing is denied")?,
            Script::MountSecurityfs => self.base.integrity.securityfs = true,
            Script::RecordApplied => {
                let head = format!("run={}\nby={}\nat=2026-11-28T00:00:00Z\n", arg(0), arg(1));
                let lines = head + &call.input;
                let values = lines.lines().filter_map(|line| line.split_once('='));
                let values: Vec<_> = values.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
                self.base.applied = Applied::parse(&values);
            }
            Script::RunCheck | Script::Maintain | Script::RecordAccepted => {}
            Script::UpdateInitramfs => {
                need(self.packages.contains("keyutils"), "no keyctl to copy")?;
                need(self.files.contains_key(signature::CERTIFICATE_PATH), "no certificate")?;
                self.signatures.initramfs = Initramfs::Current;
            }
            Script::LoadCertificate => self.signatures.loaded = vec![format!("signer: {}", arg(0))],
            Script::CheckCertificate => need(self.signatures.is_loaded(&arg(0)), "not in .ima")?,
            Script::Probe
            | Script::Reboot
            | Script::BootId
            | Script::PackageKernel
            | Script::FileFacts
            | Script::Gate
            | Script::Attest
            | Script::DpkgHook
            | Script::DigestFiles
            | Script::SetSignatures
            | Script::TrialEvidence
            | Script::Kubectl
            | Script::SwapOff
            | Script::ReadLabels => {
                return Err("no step does this".into());
            }
        }
        Ok(())
    }

    /// Power goes and comes back: GRUB decides as our snippet says, systemd loads the policy.
    pub fn boot(&mut self) -> Result<(), String> {
        self.boots += 1;
        let (menu, mode) = self.grub();
        let options = menu.options.replace("${imaform_boot}", &mode);
        let kernel = menu.kernel;
        self.cmdline = format!("BOOT_IMAGE=/boot/vmlinuz-{kernel} root=UUID=4f0c ro {options}");
        if let Some(facts) = self.kernels.values().find(|known| known.release == kernel) {
            self.base.kernel_config.clone_from(&facts.config);
            self.base.integrity.ima = facts.ima;
        }
        self.base.kernel_release = kernel;
        let trial = mode.contains("imaform.trial=");
        if self.cmdline.contains("imaform.fallback") {
            self.files.remove(POLICY);
        }
        let mode = self.mode().to_owned();
        let policy = self.files.get(POLICY);
        self.door = if policy.is_some() { Door::Closed } else { Door::Open };
        let digest = policy.map(|file| sha256_hex(&file.content));
        let unjudged = digest.as_ref().is_some_and(|digest| *digest != self.judged);
        // What systemd has loaded the kernel has accepted.
        self.judged = digest.unwrap_or_default();
        self.policy_after_boot = false;
        self.loaded.clear();
        self.signatures.loaded = match self.files.get(signature::CERTIFICATE_PATH) {
            Some(file) if self.signatures.initramfs == Initramfs::Current => {
                let certificate = Certificate::parse(file.content.as_bytes()).map_err(|error| error.to_string())?;
                vec![format!("signer: {}", certificate.key_id)]
            }
            _ => Vec::new(),
        };
        if mode == "enforce" && self.unlabelled > 0 {
            return Err("nothing starts: files without a label under enforce".into());
        }
        if mode == "enforce" && unjudged && trial {
            return Err("boots a policy that the kernel never judged".into());
        }
        Ok(())
    }

    /// The value of `ima_appraise=` of this boot.
    pub fn mode(&self) -> &str {
        let mut values = self
            .cmdline
            .split(' ')
            .filter_map(|word| word.strip_prefix("ima_appraise="));
        values.next_back().unwrap_or_default()
    }

    fn service(&self, unit: &str) -> (String, String) {
        match self.services.contains(unit) {
            true => ("active".into(), "enabled".into()),
            false => ("inactive".into(), String::new()),
        }
    }

    /// What GRUB boots by `01_imaform`: the menu's command line, and what `${imaform_boot}` stands for.
    fn grub(&mut self) -> (BootMenu, String) {
        let now = self.boot_menu();
        if !now.snippet {
            return (now, String::new());
        }
        let [every, trial, menu, tried] = VARIABLES.map(|name| self.variable(name));
        let every = if every.is_empty() { "fix".to_owned() } else { every };
        if !trial.is_empty() || menu == "trial" {
            let tried = if menu == "trial" { "menu" } else { "mode" };
            let menu = if menu == "trial" { "unproven" } else { &menu };
            self.set_boots(&[&every, "", menu, tried]);
            let mode = if trial.is_empty() { &every } else { &trial };
            return (now, format!("{mode} panic=30 imaform.trial=900"));
        }
        match (&*tried, self.earlier.clone()) {
            ("menu", Some(mut menu)) if !menu.snippet => {
                menu.options += " imaform.fallback";
                (menu, String::new())
            }
            ("menu", Some(menu)) => (menu, format!("{every} imaform.fallback")),
            ("", _) => (now, every),
            _ => (now, format!("{every} imaform.fallback")),
        }
    }

    fn boot_menu(&self) -> BootMenu {
        BootMenu {
            options: self.menu.clone(),
            snippet: self.menu_snippet,
            kernel: self.menu_kernel.clone(),
        }
    }

    pub fn set_boot_mode(&mut self, every: &str, trial: &str) {
        self.set_boots(&[every, trial, "", ""]);
    }

    fn set_boots(&mut self, values: &[&str; 4]) {
        let lines = VARIABLES.iter().zip(values);
        let lines: String = lines.map(|(name, value)| format!("imaform_{name}={value}\n")).collect();
        self.write(ENVIRONMENT, &format!("# GRUB Environment Block\n{lines}####"), 0o600);
    }

    fn set_variable(&mut self, name: &str, value: &str) {
        let values = VARIABLES.map(|known| {
            if known == name {
                value.to_owned()
            } else {
                self.variable(known)
            }
        });
        self.set_boots(&values.each_ref().map(String::as_str));
    }

    /// A variable of `imaform.env`.
    pub fn variable(&self, name: &str) -> String {
        let content = self.files.get(ENVIRONMENT).map(|file| file.content.as_str());
        let key = format!("imaform_{name}=");
        let mut lines = content.unwrap_or_default().lines();
        lines
            .find_map(|line| line.strip_prefix(&key))
            .unwrap_or_default()
            .to_owned()
    }

    /// The mode of every boot, and of the next one.
    pub fn boot_mode(&self) -> (String, String) {
        (self.variable("mode"), self.variable("trial"))
    }

    /// `GRUB_CMDLINE_LINUX` as a shell reads it.
    pub fn effective(&self) -> String {
        let content = &self.files[GRUB].content;
        let lines = content
            .lines()
            .filter_map(|line| line.strip_prefix("GRUB_CMDLINE_LINUX=\""));
        let value = lines
            .collect::<Vec<_>>()
            .pop()
            .unwrap_or_default()
            .trim_end_matches('"');
        value.replace("\\$", "$").replace("\\\"", "\"")
    }
}
