//! Transports without a host: one that answers by a list, one that is a [`Machine`].

use super::machine::Machine;
use imaform::{
    config::Desired,
    host::{Answer, BoxFuture, Call, HostError, Script, Transport},
    resource::{Observed, PackageKernel, ScriptCall},
};
use std::{
    collections::VecDeque,
    fmt::Write,
    sync::{Arc, Mutex},
};

pub fn answer(stdout: impl Into<Vec<u8>>) -> Answer {
    Answer {
        status: Some(0),
        stdout: stdout.into(),
        evidence: Vec::new(),
        stderr: String::new(),
    }
}

pub fn failure(stderr: &str) -> Answer {
    Answer {
        status: Some(1),
        stderr: stderr.into(),
        ..answer("")
    }
}

/// What a scripted host does with one call.
pub enum Reply {
    /// This is the answer.
    Is(Result<Answer, HostError>),
    /// There never is one.
    Hangs,
}

/// Answers call after call from a list; the last reply is given forever.
pub struct Scripted {
    replies: Mutex<VecDeque<Reply>>,
    /// The scripts that were asked for, and `disconnect`.
    pub log: Mutex<Vec<&'static str>>,
}

impl Scripted {
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            replies: Mutex::new(replies.into_iter().collect()),
            log: Mutex::default(),
        }
    }

    pub fn log(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().clone()
    }
}

impl Transport for Scripted {
    fn run(&self, call: Call) -> BoxFuture<'_, Result<Answer, HostError>> {
        self.log.lock().unwrap().push(call.script.name());
        let mut replies = self.replies.lock().unwrap();
        let last = replies.len() == 1;
        let reply = match replies.front() {
            Some(Reply::Is(result)) => Some(result.clone()),
            Some(Reply::Hangs) => None,
            None => panic!("nothing was expected any more"),
        };
        if !last {
            replies.pop_front();
        }
        Box::pin(async move {
            match reply {
                Some(result) => result,
                None => std::future::pending().await,
            }
        })
    }

    fn disconnect(&self) -> BoxFuture<'_, ()> {
        self.log.lock().unwrap().push("disconnect");
        Box::pin(async {})
    }
}

/// What happens before a machine does what it is asked.
pub type Hook = Box<dyn Fn(&Call) -> BoxFuture<'static, Option<Result<Answer, HostError>>> + Send + Sync>;

/// A machine behind a transport.
pub struct Host {
    pub machine: Mutex<Machine>,
    desired: Desired,
    /// May wait, and may answer in the machine's stead.
    hook: Hook,
    /// The scripts that ran, by name.
    pub log: Mutex<Vec<&'static str>>,
}

impl Host {
    pub fn new(machine: Machine, desired: &Desired) -> Arc<Self> {
        Self::with_hook(machine, desired, |_| Box::pin(async { None }))
    }

    pub fn with_hook(
        machine: Machine,
        desired: &Desired,
        hook: impl Fn(&Call) -> BoxFuture<'static, Option<Result<Answer, HostError>>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            machine: Mutex::new(machine),
            desired: desired.clone(),
            hook: Box::new(hook),
            log: Mutex::default(),
        })
    }

    pub fn log(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().clone()
    }

    fn act(&self, call: &Call) -> Answer {
        let mut machine = self.machine.lock().unwrap();
        match call.script {
            Script::Probe => answer(probe_answer(&machine.observe(&self.desired), &call.args[0])),
            Script::TrialEvidence => answer("ended it broke off\nend\n"),
            // No TPM: a list of a kernel that nothing vouches for.
            Script::Attest => Answer {
                stdout: include_bytes!("../lists/debian-6.1-ima/binary").to_vec(),
                ..answer("")
            },
            // Everything is labelled.
            Script::Gate => answer("boot 1\nlooked 3\ncompared 0\nend\n"),
            Script::BootId => {
                let kernel = &machine.base.kernel_release;
                answer(format!("{}\n{}\n{kernel}\n", machine.boot_id(), machine.cmdline))
            }
            Script::PackageKernel => answer(format!("{}\n", machine.kernels[&call.args[0]].release)),
            Script::Reboot => {
                // Whether it comes up well is seen from what it says afterwards.
                drop(machine.boot());
                answer("")
            }
            script => {
                let input = String::from_utf8(call.input.clone()).unwrap();
                let result = machine.run(&ScriptCall::new(script, call.args.clone(), input));
                let well = if script == Script::CheckHealth { "end\n" } else { "" };
                result.map_or_else(|error| failure(&error), |()| answer(well))
            }
        }
    }
}

impl Transport for Host {
    fn run(&self, call: Call) -> BoxFuture<'_, Result<Answer, HostError>> {
        Box::pin(async move {
            self.log.lock().unwrap().push(call.script.name());
            match (self.hook)(&call).await {
                Some(result) => result,
                None => Ok(self.act(&call)),
            }
        })
    }

    fn disconnect(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// The bytes that `probe.sh` would print of a host.
pub fn probe_answer(observed: &Observed, mark: &str) -> String {
    let mut out = String::new();
    let mut section = |title: &str, body: &str| write!(out, "\n{mark} {title}\n{body}").unwrap();
    let (integrity, grub) = (&observed.integrity, &observed.grub);
    section(
        "os",
        &format!("PRETTY_NAME=\"{}\"\nID={}\n", observed.os, observed.os_id),
    );
    let (release, boot_id) = (&observed.kernel_release, &observed.boot_id);
    let finish = observed
        .boot_seconds
        .map(|seconds| format!("FinishTimestampMonotonic={}\n", seconds * 1_000_000));
    let finish = finish.unwrap_or_default();
    section("kernel", &format!("release={release}\nboot_id={boot_id}\n{finish}"));
    let held = observed.lock.holder.as_ref().map(|holder| {
        let (run, by, since, until) = (&holder.run, &holder.by, &holder.since, &holder.until);
        format!("run={run}\nby={by}\nsince={since}\nuntil={until}\n")
    });
    let last = format!("last={}\n", observed.lock.last);
    section("lock", &(held.unwrap_or_default() + &last));
    let applied = observed.applied.as_ref().map(|applied| {
        let (run, by, at, mode) = (&applied.run, &applied.by, &applied.at, &applied.mode);
        let mut text = format!("run={run}\nby={by}\nat={at}\nmode={mode}\n");
        for (key, entries) in [("wanted", &applied.wanted), ("file", &applied.files)] {
            entries
                .iter()
                .for_each(|(name, digest)| text += &format!("{key}={digest} {name}\n"));
        }
        text
    });
    section("applied", &applied.unwrap_or_default());
    section("cmdline", &format!("{}\n", observed.cmdline));
    section("mounts", &observed.mounts);
    section("tools", &observed.tools.join("\n"));
    section("kernel-config", &observed.kernel_config);
    let PackageKernel { release, config, .. } = &observed.package_kernel;
    section("package-kernel", &format!("release={release}\n"));
    section("package-kernel-config", config);
    let word = |holds: bool, yes: &'static str| if holds { yes } else { "absent" };
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    section(
        "integrity",
        &format!(
            "securityfs={}\nima={}\ndoor={}\npolicy_updates={}\nmeasurements={}\nviolations={}\nlsm={}\nevm={}\ntpm={}\n\
             secure_boot={}\nloaded={}\ncontainer={}\n",
            word(integrity.securityfs, "mounted"),
            word(integrity.ima, "present"),
            format!("{:?}", integrity.door).to_lowercase(),
            integrity.policy_updates,
            number(integrity.measurements),
            number(integrity.violations),
            integrity.lsm,
            integrity.evm,
            integrity.tpm,
            u8::from(integrity.secure_boot),
            integrity.loaded,
            integrity.container,
        ),
    );
    let (directory, abstraction, fs) = (&grub.directory, &grub.abstraction, &grub.fs);
    section(
        "grub",
        &format!("directory={directory}\nabstraction={abstraction}\nfs={fs}\n"),
    );
    section("grub-effective", &grub.effective);
    section(
        "grub-menu",
        &format!(
            "lines={}\nsnippet={}\nsha256={}\n",
            grub.menu_lines,
            u8::from(grub.menu_snippet),
            grub.menu_digest
        ),
    );
    section("grub-files", &grub.files.join("\n"));
    for (path, file) in &observed.files {
        let (kind, mode, owner, group) = (&file.kind, file.mode, &file.owner, &file.group);
        let (digest, content) = (&file.digest, &file.content);
        let size = content.len() + usize::from(!file.whole);
        section(
            &format!("file {path}"),
            &format!("{kind}|{mode:o}|{owner}|{group}|{size}|{digest}\n{content}"),
        );
    }
    let packages: String = observed.packages.iter().fold(String::new(), |text, (name, version)| {
        text + &format!("{name} installed {version}\n")
    });
    section("packages", &packages);
    let units: Vec<String> = observed
        .services
        .iter()
        .map(|(active, enabled)| format!("ActiveState={active}\nUnitFileState={enabled}\n"))
        .collect();
    section("services", &units.join("\n"));
    section("audit-rules", &observed.audit_rules);
    let labels = observed.labels.as_ref().map(|labels| {
        let mut text = format!("labelled={}\nunlabelled={}\n", labels.labelled, labels.unlabelled);
        labels
            .missing
            .iter()
            .for_each(|name| text += &format!("missing={name}\n"));
        labels.held.iter().for_each(|name| text += &format!("held={name}\n"));
        text
    });
    section("labels", &labels.unwrap_or_default());
    let facts = &observed.signatures;
    let mut signatures = format!(
        "initramfs={}\nunsigned={}\n",
        format!("{:?}", facts.initramfs).to_lowercase(),
        facts.unsigned
    );
    facts
        .files
        .iter()
        .for_each(|files| signatures += &format!("files={files}\n"));
    for (key, values) in [
        ("key", &facts.kernel_keys),
        ("loaded", &facts.loaded),
        ("name", &facts.names),
    ] {
        values
            .iter()
            .for_each(|value| signatures += &format!("{key}={value}\n"));
    }
    section("signatures", &signatures);
    section("end", "");
    out
}
