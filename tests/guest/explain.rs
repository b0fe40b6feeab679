//! What `policy explain` says against what a real kernel does, access by access.

use crate::guest::{Guest, repository};
use ::imaform::ima::{
    KernelConfig,
    policy::{Access, Class, Credentials, Explanation, Func, Kernel, LsmField, Mask, Policy, Rule},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// Each measure rule has a PCR of its own, so that the measurement list tells which one decided. The guest's own files
/// are of group 0 and left alone: an emulated TPM is slow, and what reads them would drown in it.
const POLICY: &str = "\
dont_measure fgroup=0
dont_measure func=FILE_CHECK mask=MAY_READ fsname=ramfs fowner=0
measure func=FILE_CHECK mask=MAY_READ uid=0 fowner=0 pcr=1
measure func=FILE_CHECK mask=^MAY_READ euid=0 fowner=1000 pcr=2
measure func=FILE_CHECK mask=MAY_WRITE fowner>1000 pcr=3
measure func=FILE_CHECK mask=^MAY_APPEND pcr=4 template=ima-ng
dont_measure func=BPRM_CHECK fowner=1234 fsname=tmpfs
measure func=BPRM_CHECK uid<1000 fgroup=55 pcr=5
measure func=CREDS_CHECK euid=0 gid>999 pcr=6
measure func=BPRM_CHECK fgroup=50 pcr=7
measure func=MMAP_CHECK mask=MAY_EXEC fsuuid=UUID pcr=8
measure func=MMAP_CHECK fsmagic=0x794c7630 pcr=9
measure func=MODULE_CHECK fowner=0 pcr=11
dont_measure fsmagic=0x01021994 egid=1000
measure fsname=tmpfs uid>0 pcr=12
measure egid=1000 mask=^MAY_EXEC fowner<1000 pcr=13
measure mask=^MAY_WRITE subj_role=unconfined fsname=overlay pcr=14
dont_appraise fgroup=0
dont_appraise fsname=ramfs
dont_appraise func=BPRM_CHECK uid=1000 fowner=0
appraise func=BPRM_CHECK fowner=0
appraise func=MODULE_CHECK fgroup=50
appraise func=FILE_CHECK mask=MAY_READ fgroup=50 fowner=1234
appraise func=MMAP_CHECK gid=0 fsmagic=0x1021994
appraise func=FILE_CHECK mask=MAY_WRITE fsuuid=UUID
dont_hash fgroup=0
hash func=FILE_CHECK mask=^MAY_WRITE fowner=1000
dont_hash fowner=0
hash uid=0 fgroup>50
audit func=FILE_CHECK mask=^MAY_READ uid=1000
audit func=CREDS_CHECK euid=0 fowner>0
audit func=MMAP_CHECK fowner=1234
audit func=MODULE_CHECK
";

const UUID: &str = "0fc63daf-8483-4772-8e79-3d69d8477de4";

/// A place for files: where, its file system, and its UUID.
const PLACES: [(&str, &str, u64, Option<&str>); 5] = [
    ("/srv/root", "ext4", 0xef53, None),
    ("/srv/other", "ext4", 0xef53, Some(UUID)),
    ("/srv/tmpfs", "tmpfs", 0x0102_1994, None),
    ("/srv/ramfs", "ramfs", 0x8584_58f6, None),
    ("/srv/overlay", "overlay", 0x794c_7630, None),
];

/// Who does it: the options of setpriv(1), and what the process then is.
#[derive(Clone, Copy)]
struct Who {
    options: &'static str,
    user: Credentials,
    group: Credentials,
}

const fn plain(id: u32, may: bool) -> Credentials {
    Credentials {
        real: Some(id),
        effective: Some(id),
        saved: Some(id),
        changes: Some(may),
    }
}

const ROOT: Who = Who {
    options: "--reuid=0",
    user: plain(0, true),
    group: plain(0, true),
};
const USER: Who = Who {
    options: "--reuid=1000 --regid=1000 --clear-groups",
    user: plain(1000, false),
    group: plain(1000, false),
};
/// Acts as root for a user, as a set-user-id program does.
const FOR_USER: Who = Who {
    options: "--ruid=1000 --euid=0",
    user: Credentials {
        real: Some(1000),
        effective: Some(0),
        saved: Some(0),
        changes: Some(true),
    },
    group: plain(0, true),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exec,
    Map,
    Read,
    Write,
    Append,
    Both,
    Module,
}

impl Kind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Exec, "exec"),
        (Self::Map, "map"),
        (Self::Read, "read"),
        (Self::Write, "write"),
        (Self::Append, "append"),
        (Self::Both, "both"),
        (Self::Module, "module"),
    ];

    /// The hooks by which the kernel asks for one such access, in order: an executed program is opened, executed and
    /// mapped; a library is opened and mapped.
    fn hooks(self) -> Vec<(Func, Mask)> {
        match self {
            Self::Exec => vec![
                (Func::FileCheck, Mask::EXEC),
                (Func::BprmCheck, Mask::EXEC),
                (Func::CredsCheck, Mask::EXEC),
                (Func::MmapCheck, Mask::EXEC),
            ],
            Self::Map => vec![(Func::FileCheck, Mask::READ), (Func::MmapCheck, Mask::EXEC)],
            Self::Read => vec![(Func::FileCheck, Mask::READ)],
            Self::Write => vec![(Func::FileCheck, Mask::WRITE)],
            Self::Append => vec![(Func::FileCheck, Mask::WRITE | Mask::APPEND)],
            Self::Both => vec![(Func::FileCheck, Mask::READ | Mask::WRITE)],
            Self::Module => vec![(Func::FileCheck, Mask::READ), (Func::ModuleCheck, Mask::READ)],
        }
    }

    /// Of what its files are copies.
    fn source(self) -> &'static str {
        match self {
            Self::Exec => "/usr/bin/true",
            Self::Map => "/lib/x86_64-linux-gnu/libutil.so.1",
            Self::Module => "/lib/modules/$(uname -r)/kernel/drivers/net/dummy.ko",
            _ => "/etc/hostname",
        }
    }
}

struct Case {
    kind: Kind,
    name: &'static str,
    place: usize,
    owner: u32,
    group: u32,
    who: Who,
    /// A set-user-id program gives its owner's credentials to who executes it.
    set_user_id: bool,
}

/// What the kernel did, or should have done, with a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Did {
    /// PCR and template of each entry.
    measured: BTreeSet<(String, String)>,
    appraised: bool,
    audited: bool,
    labelled: bool,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, name) in Kind::ALL {
        for place in 0..PLACES.len() {
            for (owner, group) in [(0, 55), (0, 50), (1000, 55), (1234, 50)] {
                for who in [ROOT, USER, FOR_USER] {
                    // The loader of a program with two users ignores LD_PRELOAD, and only root loads modules.
                    let impossible = matches!(kind, Kind::Map if who.user.real != who.user.effective)
                        || matches!(kind, Kind::Module if who.user.effective != Some(0) || place > 1);
                    if !impossible {
                        cases.push(Case {
                            kind,
                            name,
                            place,
                            owner,
                            group,
                            who,
                            set_user_id: false,
                        });
                    }
                }
            }
        }
    }
    for (owner, place) in [(0, 0), (0, 2), (1234, 1), (1234, 4)] {
        cases.push(Case {
            kind: Kind::Exec,
            name: "exec",
            place,
            owner,
            group: 55,
            who: USER,
            set_user_id: true,
        });
    }
    cases
}

impl Case {
    fn file(&self, number: usize) -> String {
        format!("{}/{number}", PLACES[self.place].0)
    }

    /// What the policy says of it.
    fn expected(&self, rules: &[Rule], kernel: &Kernel) -> Did {
        let mut did = Did::default();
        for (func, mask) in self.kind.hooks() {
            let (_, name, magic, uuid) = PLACES[self.place];
            let mut access = Access {
                mask,
                ..Access::new(func)
            };
            (access.user, access.group) = (self.who.user, self.who.group);
            // The file's owner is put in after CREDS_CHECK and before the program is mapped (begin_new_exec() in fs/exec.c).
            if self.set_user_id && func == Func::MmapCheck {
                access.user.effective = Some(self.owner);
                access.user.saved = Some(self.owner);
                access.user.changes = Some(self.owner == 0);
            }
            (access.fowner, access.fgroup) = (Some(self.owner), Some(self.group));
            (access.fsname, access.fsmagic) = (Some(name.to_owned()), Some(magic));
            access.fsuuid = Some(uuid.map_or([0; 16], |_| {
                *b"\x0f\xc6\x3d\xaf\x84\x83\x47\x72\x8e\x79\x3d\x69\xd8\x47\x7d\xe4"
            }));
            access.labels = BTreeMap::from([(LsmField::SubjRole, "unconfined".to_owned())]);
            let explanation = Explanation::of(rules, &access, kernel);
            for decision in &explanation.classes {
                assert!(decision.open.is_empty(), "all is known: {decision:?}");
            }
            let does = |class| explanation.decision(class).unwrap().does();
            if let Some(rule) = does(Class::Measure) {
                let pcr = rule
                    .options
                    .pcr
                    .map_or_else(|| kernel.measure_pcr(), |pcr| pcr.to_string());
                let template = rule
                    .options
                    .template
                    .map_or_else(|| kernel.default_template(), |name| name.to_string());
                did.measured.insert((pcr, template));
            }
            did.appraised |= does(Class::Appraise).is_some();
            did.audited |= does(Class::Audit).is_some();
            // What is appraised gets a new label only where its old one is right, and here there is none.
            did.labelled |= mask.overlaps(Mask::WRITE) && explanation.labels_only();
        }
        did
    }
}

/// The recorded verdicts of other kernels are in tests/verdicts; this one is asked now.
fn judges_as_the_kernel_does(guest: &Guest, kernel: &Kernel) {
    let file = |name: &str| std::fs::read_to_string(repository().join(name)).unwrap();
    let rules = file("tests/verdicts/rules.txt");
    guest.put("/root/rules", &rules);
    guest.put("/root/judge.sh", &file("tests/guest/judge.sh"));
    let verdicts = guest.ssh("sh /root/judge.sh /root/rules");
    let rules: Vec<&str> = rules.strip_suffix('\n').unwrap().split('\n').collect();
    assert_eq!(verdicts.len(), rules.len(), "a verdict a rule");
    let mut wrong = String::new();
    for (rule, verdict) in rules.iter().zip(verdicts.chars()) {
        let policy = Policy::new(*rule);
        let judgement = policy.judge(kernel);
        if (judgement.lines.is_empty() || judgement.is_accepted()) != (verdict == '+') {
            writeln!(wrong, "the kernel says {verdict} to `{rule}`").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn explains_what_the_kernel_does() {
    let guest = Guest::stock("explain");
    guest.ssh("apt-get update -q && apt-get install -q -y --no-install-recommends auditd attr >/dev/null");
    // Missing labels are logged, and nothing is refused.
    guest.ssh(
        "sed -i 's/^\\(GRUB_CMDLINE_LINUX=.*\\)\"$/\\1 ima_appraise=log\"/' /etc/default/grub && update-grub 2>&1",
    );
    guest.reboot();
    let release = guest.ssh("uname -r");
    let config = guest.ssh("cat /boot/config-$(uname -r)");
    let kernel = Kernel::new(release.parse().unwrap(), KernelConfig::parse(&config)).unwrap();
    let modules = guest.ssh("cat /sys/kernel/security/lsm");
    let kernel = kernel.running(&modules);
    judges_as_the_kernel_does(&guest, &kernel);

    let text = POLICY.replace("UUID", UUID);
    let policy = Policy::new(text.clone());
    let judgement = policy.judge(&kernel);
    assert!(judgement.is_accepted(), "{judgement:?}");
    let rules: Vec<Rule> = judgement.rules().cloned().collect();

    let cases = cases();
    assert!(cases.len() >= 100);
    let mut setup = String::from("set -e\ncd /srv\nmkdir root other tmpfs ramfs overlay lower upper work\n");
    writeln!(
        setup,
        "truncate -s 64M other.img; mkfs.ext4 -q -U {UUID} other.img; mount -o loop other.img other"
    )
    .unwrap();
    setup.push_str("mount -t tmpfs none tmpfs; mount -t ramfs none ramfs; modprobe overlay\n");
    setup.push_str(
        "mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none overlay\nchmod 755 tmpfs ramfs\n",
    );
    let mut accesses = String::new();
    for (number, case) in cases.iter().enumerate() {
        let file = case.file(number);
        let mode = if case.set_user_id { "4755" } else { "777" };
        let tail = if matches!(case.kind, Kind::Module) {
            "true"
        } else {
            "echo $f"
        };
        writeln!(
            setup,
            "f={file}; {{ cat {}; {tail}; }} > $f; chown {}:{} $f; chmod {mode} $f",
            case.kind.source(),
            case.owner,
            case.group
        )
        .unwrap();
        writeln!(accesses, "{number} {} {file} {}", case.name, case.who.options).unwrap();
    }
    let script = std::fs::read_to_string(repository().join("tests/guest/accesses.sh")).unwrap();
    guest.put("/root/setup.sh", &setup);
    guest.put("/root/accesses.sh", &script);
    guest.put("/root/accesses", &accesses);
    guest.put("/root/policy", &text);
    guest.ssh("sh /root/setup.sh 2>&1");
    guest.ssh("sync; auditctl -b 65536 -r 0");
    guest.ssh("cat /root/policy > /sys/kernel/security/ima/policy");
    let failed = guest.ssh("sh /root/accesses.sh < /root/accesses 2>&1");
    assert_eq!(failed, "", "every access is allowed");

    let list = guest.ssh("cat /sys/kernel/security/ima/ascii_runtime_measurements");
    let audit = guest.ssh("service auditd stop >/dev/null 2>&1; cat /var/log/audit/audit.log*");
    let labels = guest.ssh(
        "getfattr -R --absolute-names -m '^security.ima$' /srv/root /srv/other /srv/tmpfs /srv/overlay 2>/dev/null",
    );
    let mut done: BTreeMap<String, Did> = BTreeMap::new();
    for line in list.lines() {
        if let [pcr, _, template, _, path, ..] = line.split_whitespace().collect::<Vec<_>>()[..] {
            done.entry(path.to_owned())
                .or_default()
                .measured
                .insert((pcr.to_owned(), template.to_owned()));
        }
    }
    for line in audit.lines() {
        let field = |key: &str| {
            line.split(' ')
                .find_map(|word| word.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"'))
        };
        if line.starts_with("type=INTEGRITY_RULE") && line.contains("hash=") {
            done.entry(field("file=").unwrap_or_default().to_owned())
                .or_default()
                .audited = true;
        } else if line.starts_with("type=INTEGRITY_DATA") && line.contains("op=appraise_data") {
            done.entry(field("name=").unwrap_or_default().to_owned())
                .or_default()
                .appraised = true;
        }
    }
    for path in labels.lines().filter_map(|line| line.strip_prefix("# file: ")) {
        done.entry(path.to_owned()).or_default().labelled = true;
    }
    let mut wrong = String::new();
    for (number, case) in cases.iter().enumerate() {
        let mut expected = case.expected(&rules, &kernel);
        // ramfs keeps no labels.
        expected.labelled &= PLACES[case.place].1 != "ramfs";
        let did = done.remove(&case.file(number)).unwrap_or_default();
        if did != expected {
            let (place, who) = (PLACES[case.place].0, case.who.options);
            writeln!(
                wrong,
                "{number} {} in {place}, {}:{}, {who}: the kernel {did:?}, explain {expected:?}",
                case.name, case.owner, case.group
            )
            .unwrap();
        }
    }
    println!("{} accesses, {} told wrong", cases.len(), wrong.lines().count());
    assert!(wrong.is_empty(), "{wrong}");
}
