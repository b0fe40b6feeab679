//! What the tests share: playbooks, a machine made of plain values, a scripted transport, a real sshd, a
//! software TPM.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod fake;
pub mod labelled;
pub mod machine;
pub mod page;
pub mod signer;
pub mod sshd;
pub mod swtpm;

use imaform::{
    config::{Desired, Site, Stage, Target},
    ima::Appraisal,
    plan::Plan,
    resource::BootExpectation,
    rollout::{Check, Clock, Limits, Run, RunId},
};
use jiff::Timestamp;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{sync::watch, time::Instant};

/// Every resource that a playbook can hold, small.
pub const PLAYBOOK: &str = r#"
name: IMA on Debian
kernel: { require: { CONFIG_IMA: y, CONFIG_IMA_APPRAISE: y, CONFIG_IMA_APPRAISE_BOOTPARAM: y } }
boot: { cmdline: { ima_policy: [tcb, appraise_tcb], lsm: +integrity } }
apt: { sandbox_user: root }
packages: [auditd]
services: [auditd]
policy:
  rules:
    - measure func=BPRM_CHECK
    - appraise func=BPRM_CHECK fowner=0
    - hash func=FILE_CHECK fowner=0
audit:
  path: /etc/audit/rules.d/ima.rules
  rules: ["-w /etc/ima -p wa -k ima-policy", "-w /etc/passwd -p wa -k identity"]
labels: { filesystem: ext4, owner: root, exclude: [/var/log, /var/cache] }
appraisal: enforce
"#;

/// [`PLAYBOOK`] with its last line changed.
pub fn playbook_for(mode: &str) -> String {
    PLAYBOOK.replace("appraisal: enforce", &format!("appraisal: {mode}"))
}

/// Any boot that logs bad labels.
pub fn into_log() -> BootExpectation {
    BootExpectation {
        appraisal: Appraisal::Log,
        cmdline: Vec::new(),
        kernel: None,
        patience: None,
    }
}

/// A run of its own.
pub fn limits(until: Stage) -> Limits {
    let run = Run {
        id: RunId::new().unwrap(),
        by: "tester@tests".into(),
    };
    Limits {
        until,
        stop: watch::channel(false).1,
        check: Check::Converged,
        run,
        take_over: Vec::new(),
        accept: Arc::default(),
        clock: Clock::Since {
            start: Timestamp::UNIX_EPOCH,
            begin: Instant::now(),
        },
    }
}

/// What a playbook wants of a host called `host`.
pub fn desired(playbook: &str) -> Desired {
    target(playbook).desired
}

/// A host with this playbook, on this machine.
pub fn target(playbook: &str) -> Target {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("p.yml"), playbook).unwrap();
    let inventory = directory.path().join("i.yml");
    let text = "groups: {g: {playbook: p.yml, connection: local, hosts: [host]}}\n";
    std::fs::write(&inventory, text).unwrap();
    let mut site = Site::load(&inventory).unwrap_or_else(|found| panic!("{found}"));
    site.targets.remove(0)
}

/// What a file of the repository wants.
pub fn desired_of(playbook: &str) -> Desired {
    let directory = tempfile::tempdir().unwrap();
    let inventory = directory.path().join("i.yml");
    let path = repository().join("playbooks").join(playbook);
    let text = format!("groups: {{g: {{playbook: {}, hosts: [host]}}}}\n", path.display());
    std::fs::write(&inventory, text).unwrap();
    let mut site = Site::load(&inventory).unwrap_or_else(|found| panic!("{found}"));
    site.targets.remove(0).desired
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The names of a plan's steps in their order, without the last one of an apply, which proves the measurement list.
pub fn ids(plan: &Plan) -> Vec<String> {
    let ids = plan.steps().into_iter().map(|step| step.id.to_string());
    ids.filter(|id| id != "evidence/list").collect()
}
