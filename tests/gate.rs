//! The gate against a real sshd and files with real labels.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    resource::{
        HostPath, Observed, StepId,
        gate::{Moment, Question, Verdict},
    },
    rollout::{Events, Member, gate},
};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use support::{
    sshd::{Sshd, is_root},
    target,
};
use tokio::sync::mpsc;

/// Names that a careless script takes for several files, for options, for lines of its own or for no text at all.
const HOSTILE: [&[u8]; 12] = [
    b" lead",
    b"trail ",
    b"new\nline",
    b"end\n",
    b"carriage\rreturn",
    br"oct\012al",
    b"not\xffutf8\xfe",
    b"x: OK",
    b"-n",
    b"$(touch hit)",
    b"it's a \"quote\" `id`",
    b"*",
];

/// Files of root, and a host on which there are no others.
struct Bench {
    sshd: Sshd,
    files: PathBuf,
}

impl Bench {
    /// `None` without root, who alone may set `security.ima`.
    fn new() -> Option<Self> {
        if !is_root() {
            eprintln!("not tested: only root may set security.ima");
            return None;
        }
        let sshd = Sshd::start();
        let files = sshd.path("files");
        fs::create_dir_all(files.join("excluded")).unwrap();
        // What walks the whole host walks this.
        let find = sshd.path("tools").join("find");
        let text = format!(
            "#!/bin/sh\nif [ \"$1\" = / ]; then shift; exec /usr/bin/find {} \"$@\"; fi\nexec /usr/bin/find \"$@\"\n",
            files.display()
        );
        fs::write(&find, text).unwrap();
        fs::set_permissions(&find, fs::Permissions::from_mode(0o755)).unwrap();
        Some(Self { sshd, files })
    }

    fn file(&self, name: impl AsRef<OsStr>, mode: u32) -> PathBuf {
        let path = self.files.join(name.as_ref());
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(mode);
        options.open(&path).unwrap();
        path
    }

    async fn ask(&self, moment: Moment) -> Verdict {
        let playbook = format!(
            "name: p\nboot: {{cmdline: {{ima_policy: [appraise_tcb]}}}}\nappraisal: enforce\n\
             policy: {{rules: [appraise func=BPRM_CHECK fowner=0, appraise func=FILE_CHECK fowner=0]}}\n\
             labels: {{filesystem: {}, owner: root, exclude: [{}/excluded]}}\n",
            file_system(&self.files),
            self.files.display()
        );
        let member = Member {
            target: target(&playbook),
            transport: self.sshd.open(),
            node: None,
        };
        let observed = Observed {
            kernel_release: "6.1.0-56-amd64".into(),
            ..Observed::default()
        };
        let question = Question::of(&member.target.desired, &observed);
        let events = Events::new(mpsc::unbounded_channel().0);
        let asked = gate::ask(&member, &question, moment, &StepId::new("gate", "enforce"), &events).await;
        asked.unwrap()
    }

    /// What is found of the bench's own files: this machine has others that are being written.
    fn found(&self, verdict: &Verdict) -> BTreeSet<String> {
        let ours = self.files.to_str().unwrap();
        let findings = verdict.findings.iter().map(ToString::to_string);
        findings.filter(|finding| finding.contains(ours)).collect()
    }

    fn finding(&self, kind: &str, name: &[u8]) -> String {
        let path = [self.files.as_os_str().as_bytes(), b"/", name].concat();
        format!("{kind}:{}", HostPath::new(path))
    }
}

fn file_system(path: &Path) -> String {
    let df = Command::new("df").arg("--output=fstype").arg(path).output().unwrap();
    let df = String::from_utf8(df.stdout).unwrap();
    df.lines().last().unwrap().to_owned()
}

fn label(path: &Path, label: &str) {
    let mut setfattr = Command::new("setfattr");
    let status = setfattr
        .args(["-n", "security.ima", "-v", label, "--"])
        .arg(path)
        .status();
    assert!(
        status.unwrap().success(),
        "a TMPDIR on a file system with xattrs is needed"
    );
}

/// The label that fits a file that is empty.
fn fitting() -> String {
    let sum = Command::new("sha256sum").stdin(Stdio::null()).output().unwrap();
    format!("0x0404{}", &String::from_utf8(sum.stdout).unwrap()[..64])
}

fn wrong() -> String {
    format!("0x0404{}", "0".repeat(64))
}

#[tokio::test]
async fn files_are_told_apart_whatever_their_names() {
    let Some(bench) = Bench::new() else { return };
    let mut expected = BTreeSet::new();
    for name in HOSTILE {
        let prefixed = |prefix: &[u8]| [prefix, name].concat();
        bench.file(OsStr::from_bytes(&prefixed(b"bare ")), 0o755);
        label(&bench.file(OsStr::from_bytes(&prefixed(b"stale ")), 0o644), &wrong());
        label(&bench.file(OsStr::from_bytes(&prefixed(b"junk ")), 0o644), "0x0700");
        label(&bench.file(OsStr::from_bytes(&prefixed(b"good ")), 0o755), &fitting());
        expected.insert(bench.finding("unlabelled", &prefixed(b"bare ")));
        expected.insert(bench.finding("stale", &prefixed(b"stale ")));
        expected.insert(bench.finding("unlabelled", &prefixed(b"junk ")));
    }
    let verdict = bench.ask(Moment::BeforeTrial).await;
    let found = bench.found(&verdict);
    // A file that was written and labelled within one second may have changed after it.
    let found: BTreeSet<String> = found
        .into_iter()
        .map(|finding| finding.replace("changed:", "stale:"))
        .collect();
    assert_eq!(found, expected);
    assert!(!bench.files.join("hit").exists());
}

#[tokio::test]
async fn reads_beneath_an_excluded_path_are_accepted_and_programs_are_not() {
    let Some(bench) = Bench::new() else { return };
    bench.file("excluded/data", 0o644);
    bench.file("excluded/tool", 0o755);
    bench.file("tool", 0o755);
    let held = fs::OpenOptions::new()
        .append(true)
        .open(bench.file("log", 0o600))
        .unwrap();
    let elsewhere = fs::OpenOptions::new()
        .append(true)
        .open(bench.file("excluded/log", 0o600))
        .unwrap();
    let excluded = bench.finding("unlabelled", b"excluded/tool");
    let verdict = bench.ask(Moment::BeforeTrial).await;
    let all = [
        excluded.clone(),
        bench.finding("unlabelled", b"tool"),
        bench.finding("held", b"log"),
    ];
    assert_eq!(bench.found(&verdict), BTreeSet::from(all));
    drop((held, elsewhere));
    // What the plan labels does not count.
    assert_eq!(
        bench.found(&bench.ask(Moment::Foreseen).await),
        BTreeSet::from([excluded])
    );
}
