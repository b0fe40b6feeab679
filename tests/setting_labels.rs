//! Labels that imaform sets itself, against a real sshd and files with real labels: those of a whole scope
//! (`labels.method: setxattr`), and those that a person blesses (`imaform labels mend`).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::{LabelMethod, Labels},
    host::Answer,
    resource::{Action, labels},
};
use serde_json::json;
use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::MetadataExt,
    },
};
use support::{
    labelled::{Bench, HOSTILE, Ran, imaform, prefixed, wrong},
    target,
};

/// Labels the whole bench.
async fn set(bench: &Bench) -> Answer {
    let scope = target(&bench.playbook()).desired.labels.unwrap();
    let step = labels::files(&Labels {
        method: LabelMethod::Setxattr,
        hooks: Vec::new(),
        signature: None,
        ..scope
    });
    let Action::Script(call) = step.action else {
        panic!("{step:?}")
    };
    let host = bench.sshd.open();
    let answer = host.run(call.call()).await.unwrap();
    host.disconnect().await;
    answer
}

fn mend(bench: &Bench, arguments: &[&OsStr]) -> Ran {
    Ran::of(
        imaform()
            .args(["labels", "mend", "--plain"])
            .arg(bench.sshd.path("i.yml"))
            .args(arguments),
    )
}

/// Runs on the host in place of this program, once in a batch, after the program itself.
fn after(bench: &Bench, program: &str, deed: &str) {
    let script = format!("#!/bin/sh\n/usr/bin/{program} \"$@\"\ncase $PWD in */batch.*) ;; *) exit ;; esac\n{deed}");
    bench.sshd.tool(program, &script);
}

fn label_of(bench: &Bench, name: &str) -> Option<String> {
    let output = std::process::Command::new("getfattr")
        .args(["--absolute-names", "-n", "security.ima", "-e", "hex", "--"])
        .arg(bench.files.join(name))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("security.ima="))
        .map(str::to_owned)
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_set_whatever_the_names() {
    let Some(bench) = Bench::new() else { return };
    for name in HOSTILE {
        bench.file(OsStr::from_bytes(name), name);
        bench.stale(prefixed("stale ", name));
        bench.file(prefixed("junk ", name), b"x");
        bench.label(prefixed("junk ", name), "0x0700");
    }
    // In no scope: not a plain file.
    std::os::unix::fs::symlink("/etc/passwd", bench.files.join("link")).unwrap();
    let answer = set(&bench).await;
    assert_eq!(answer.status, Some(0), "{answer:?}");
    let said = format!(
        "{} labels set from userspace (sha256), 0 signatures left alone",
        3 * HOSTILE.len()
    );
    assert!(answer.evidence[0].starts_with(&said), "{answer:?}");
    assert_eq!(bench.audit(0)["fits"], json!({ "sha256": 3 * HOSTILE.len() }));
    assert!(!bench.files.join("hit").exists());
}

#[tokio::test]
async fn what_is_right_or_signed_is_not_touched() {
    let Some(bench) = Bench::new() else { return };
    let right = ["sha1", "old", "sha256", "sha512", r"back\slash", "signed"];
    bench.fitting("old", "0x01", "sha1sum");
    bench.fitting("sha1", "0x0402", "sha1sum");
    bench.fitting("sha256", "0x0404", "sha256sum");
    bench.fitting("sha512", "0x0406", "sha512sum");
    bench.fitting(r"back\slash", "0x0405", "sha384sum");
    bench.file("signed", b"x");
    bench.label("signed", "0x030204deadbeef0002abcd");
    bench.file("cut off", b"x");
    bench.label("cut off", "0x030204deadbeef0003abcd");
    bench.stale("stale");
    let changes = || {
        right.map(|name| {
            fs::metadata(bench.files.join(name))
                .map(|m| (m.ino(), m.ctime(), m.ctime_nsec()))
                .unwrap()
        })
    };
    let before = changes();
    let answer = set(&bench).await;
    assert_eq!(answer.status, Some(0), "{answer:?}");
    assert!(
        answer.evidence[0].starts_with("2 labels set from userspace (sha256), 1 signatures left alone"),
        "{answer:?}"
    );
    assert_eq!(changes(), before);
    assert_eq!(label_of(&bench, "signed").unwrap(), "0x030204deadbeef0002abcd");
    let found = bench.audit(0);
    assert_eq!(
        found["fits"],
        json!({ "sha1": 2, "sha256": 3, "sha384": 1, "sha512": 1 }),
        "{found:#}"
    );
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_hashed_gets_the_label_of_what_it_became() {
    let Some(bench) = Bench::new() else { return };
    let mark = bench.sshd.path("mark");
    let deeds = [
        "echo more >>FILE",
        "printf y | dd of=FILE conv=notrunc 2>/dev/null",
        "echo other >FILE.new && mv FILE.new FILE",
        "echo other >FILE.new && touch -r FILE FILE.new && mv FILE.new FILE",
        "mv FILE.other FILE",
        "rm FILE",
    ];
    for program in ["sha256sum", "setfattr"] {
        let mut script = format!("[ -e {0} ] && exit\ntouch {0}\n", mark.display());
        for (n, deed) in deeds.iter().enumerate() {
            let name = format!("{program} {n}");
            bench.file(&name, b"x");
            bench.file(format!("{name}.other"), b"z");
            let file = format!("'{}'", bench.files.join(&name).display());
            script += &format!(
                "{}\n",
                deed.replace("FILE.", &format!("{file}.")).replace("FILE", &file)
            );
        }
        after(&bench, program, &script);
        let answer = set(&bench).await;
        assert_eq!(answer.status, Some(0), "{program}: {answer:?}");
        fs::remove_file(&mark).unwrap();
        fs::remove_file(bench.sshd.path("tools").join(program)).unwrap();
        assert_eq!(bench.audit(0)["holds"], json!(true), "{program}");
    }
}

#[tokio::test]
async fn a_file_that_never_stands_still_is_named() {
    let Some(bench) = Bench::new() else { return };
    bench.file("still", b"x");
    bench.file("rest less", b"x");
    let file = bench.files.join("rest less");
    after(&bench, "sha256sum", &format!("date +%N >>'{}'\n", file.display()));
    let answer = set(&bench).await;
    assert_ne!(answer.status, Some(0));
    assert!(
        answer.stderr.contains("rest less: it changes all the time"),
        "{answer:?}"
    );
    assert!(answer.stderr.contains("1 files could not be labelled"), "{answer:?}");
    let held = fs::OpenOptions::new().append(true).open(&file).unwrap();
    let answer = set(&bench).await;
    assert_eq!(answer.status, Some(0), "{answer:?}");
    let said = format!(
        "no label lasts: {} is being written by {} ",
        file.display(),
        std::process::id()
    );
    assert!(answer.evidence[1].starts_with(&said), "{answer:?}");
    drop(held);
}

#[tokio::test]
async fn a_tool_that_dies_in_the_middle_leaves_right_labels_or_none() {
    let Some(bench) = Bench::new() else { return };
    for n in 0..500 {
        bench.file(format!("{n}"), n.to_string().as_bytes());
    }
    bench.file("signed", b"x");
    bench.label("signed", "0x030204deadbeef0002abcd");
    for (tool, dies) in [
        (
            "getfattr",
            "/usr/bin/getfattr \"$@\" 2>/dev/null | head -c 5; kill -9 $$",
        ),
        ("sha256sum", "/usr/bin/sha256sum \"$@\" | head -zn 20; kill -9 $$"),
        ("setfattr", "head -n 61 | /usr/bin/setfattr \"$@\"; kill -9 $$"),
    ] {
        let script = format!("#!/bin/sh\ncase $PWD in */batch.*) {dies} ;; esac\nexec /usr/bin/{tool} \"$@\"\n");
        bench.sshd.tool(tool, &script);
        set(&bench).await;
        fs::remove_file(bench.sshd.path("tools").join(tool)).unwrap();
        let found = bench.audit(5);
        assert_eq!(
            (&found["stale"], &found["invalid"]),
            (&json!([]), &json!([])),
            "{tool}: {found:#}"
        );
        assert_eq!(
            label_of(&bench, "signed").unwrap(),
            "0x030204deadbeef0002abcd",
            "{tool}"
        );
    }
    assert_eq!(set(&bench).await.status, Some(0));
    assert_eq!(bench.audit(0)["fits"], json!({ "sha256": 500 }));
}

#[tokio::test]
async fn what_cannot_be_labelled_is_named_with_the_reason() {
    let Some(bench) = Bench::new() else { return };
    bench.file("fixed\n", b"x");
    let path = bench.files.join("fixed\n");
    let chattr = |flag: &str| std::process::Command::new("chattr").arg(flag).arg(&path).status();
    if !chattr("+i").is_ok_and(|status| status.success()) {
        eprintln!("not tested: no immutable files here");
        return;
    }
    let answer = set(&bench).await;
    assert!(chattr("-i").unwrap().success());
    assert_ne!(answer.status, Some(0));
    assert!(
        answer.stderr.contains(r"fixed\012: it is immutable (chattr -i)"),
        "{answer:?}"
    );
    assert_eq!(label_of(&bench, "fixed\n"), None);
}

#[test]
fn each_file_that_is_mended_is_shown_and_no_other_is_touched() {
    let Some(bench) = Bench::new() else { return };
    let (yes, path) = (OsStr::new("--yes"), |name: &[u8]| {
        bench.files.join(OsString::from_vec(name.to_vec()))
    });
    bench.fitting("fits", "0x0404", "sha256sum");
    for name in HOSTILE {
        bench.stale(prefixed("stale ", name));
    }
    bench.file("bare", b"x");
    bench.file("junk", b"x");
    bench.label("junk", "0x0700");
    bench.stale("log");
    let held = fs::OpenOptions::new()
        .append(true)
        .open(bench.files.join("log"))
        .unwrap();

    let ran = mend(&bench, &[]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("there is no terminal to ask on"), "{}", ran.err);
    for words in [
        "bless 22 files: set the labels anew from userspace",
        "/bare: without a label\n",
        "/junk: a label of type 0x07 is unknown",
        "/stale new\\nline': stale\n",
        "/log is left alone: held open for writing by ",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert_eq!(
        bench.names(&bench.audit(5)["stale"]).len(),
        HOSTILE.len(),
        "nothing without an answer"
    );

    let one = path(b"stale new\nline");
    let ran = mend(&bench, &[yes, one.as_os_str()]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("bless 1 file:"), "{}", ran.out);
    assert_eq!(bench.names(&bench.audit(5)["stale"]).len(), HOSTILE.len() - 1);

    let ran = mend(&bench, &[yes, one.as_os_str(), path(b"bare").as_os_str()]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("find anything wrong with it; nothing was changed"),
        "{}",
        ran.err
    );
    assert_eq!(label_of(&bench, "bare"), None);

    let ran = mend(&bench, &[yes]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let found = bench.audit(0);
    assert_eq!(found["fits"], json!({ "sha256": HOSTILE.len() + 3 }), "{found:#}");
    assert_eq!(
        label_of(&bench, "log").unwrap(),
        wrong(),
        "who writes it is not disturbed"
    );
    drop(held);
    let ran = mend(&bench, &[yes]);
    assert!(ran.out.contains("bless 1 file:"), "{}", ran.out);
    let ran = mend(&bench, &[yes]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("nothing to do"), "{}", ran.out);
}

#[test]
fn what_the_kernel_refuses_is_left_and_said() {
    let Some(bench) = Bench::new() else { return };
    bench.stale("refused");
    let path = bench.files.join("refused");
    let shown = path.display();
    bench.sshd.tool(
        "sha256sum",
        &format!("#!/bin/sh\n/usr/bin/sha256sum \"$@\" | sed 's|^{shown}: FAILED$|{shown}: FAILED open or read|'\n"),
    );
    bench.sshd.tool("cat", &format!("#!/bin/sh\ncase $* in *'{shown}') echo \"cat: '{shown}': Permission denied\" >&2; exit 1 ;; esac\nexec /bin/cat \"$@\"\n"));
    let ran = mend(&bench, &[OsStr::new("--yes")]);
    assert_eq!(ran.code, 5, "{}{}", ran.out, ran.err);
    assert!(
        ran.out
            .contains("/refused is left alone, since it cannot be hashed: Permission denied"),
        "{}",
        ran.out
    );
    assert_eq!(label_of(&bench, "refused").unwrap(), wrong());
}
