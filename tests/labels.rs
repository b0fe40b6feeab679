//! `imaform status --labels` against a real sshd and files with real labels.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    host::{Progress, Script},
    resource::{LabelAudit, label_audit},
};
use serde_json::{Value, json};
use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::PathBuf, process::Command};
use support::{
    labelled::{Bench, HOSTILE, Ran, all_but, prefixed, wrong},
    target,
};
use tokio::sync::mpsc;

#[test]
fn files_are_told_apart_whatever_their_names() {
    let Some(bench) = Bench::new() else { return };
    for name in HOSTILE {
        bench.fitting(OsStr::from_bytes(name), "0x0404", "sha256sum");
        bench.stale(prefixed("stale ", name));
        bench.file(prefixed("bare ", name), b"x");
        bench.file(prefixed("junk ", name), b"x");
        bench.label(prefixed("junk ", name), "0x0700");
    }
    let found = bench.audit(5);
    assert_eq!(found["fits"], json!({ "sha256": HOSTILE.len() }), "{found:#}");
    for (kind, prefix) in [("stale", "stale "), ("unlabelled", "bare "), ("invalid", "junk ")] {
        let mut names = HOSTILE.map(|name| prefixed(prefix, name));
        names.sort();
        assert_eq!(bench.names(&found[kind]), names, "{kind}");
    }
    assert_eq!(found["in_scope"], json!(4 * HOSTILE.len()));
    assert_eq!(found["labelled"], json!(3 * HOSTILE.len()));
    for list in ["unreadable", "being_written", "settled"] {
        assert_eq!(found[list], json!([]));
    }
    assert!(!bench.files.join("hit").exists());
}

#[test]
fn every_form_of_label_is_counted_as_what_it_is() {
    let Some(bench) = Bench::new() else { return };
    for (name, header, program) in [
        ("old", "0x01", "sha1sum"),
        ("sha1", "0x0402", "sha1sum"),
        ("md5", "0x0401", "md5sum"),
        ("sha224", "0x0407", "sha224sum"),
        ("sha256", "0x0404", "sha256sum"),
        ("sha384", "0x0405", "sha384sum"),
        (r"sha\384", "0x0405", "sha384sum"),
        ("sha512", "0x0406", "sha512sum"),
    ] {
        bench.fitting(name, header, program);
    }
    let signature = |bytes: usize| format!("{bytes:04x}{}", "5a".repeat(bytes));
    for (name, label) in [
        ("signed", format!("0x030204deadbeef{}", signature(256))),
        ("signed too", format!("0x030204deadbeef{}", signature(71))),
        (r"sig\ned", format!("0x030306deadbeef{}", signature(256))),
        ("verity", format!("0x06030400000001{}", signature(256))),
        ("streebog", format!("0x0412{}", "ab".repeat(32))),
        ("empty", "0x".into()),
        ("short", "0x0404abab".into()),
        ("long", format!("0x0404{}", "ab".repeat(33))),
        ("cut off", format!("0x030204deadbeef0100{}", "5a".repeat(255))),
        ("first version", format!("0x030104deadbeef{}", signature(8))),
        ("no algorithm", format!("0x030217deadbeef{}", signature(8))),
        ("no signature", "0x030204deadbeef0000".into()),
    ] {
        bench.file(name, b"x");
        bench.label(name, &label);
    }
    let found = bench.audit(5);
    let fits = json!({ "md5": 1, "sha1": 2, "sha224": 1, "sha256": 1, "sha384": 2, "sha512": 1 });
    assert_eq!(found["fits"], fits, "{found:#}");
    let signer = |files: u32, key_id: &str, algorithm: &str, signed: &str| json!({ "files": files, "key_id": key_id, "algorithm": algorithm, "signed": signed });
    let signers = [
        signer(2, "deadbeef", "sha256", "content"),
        signer(1, "deadbeef", "sha512", "content"),
        signer(1, "00000001", "sha256", "fs-verity digest"),
    ];
    assert_eq!(found["signed_not_checked"], json!(signers));
    assert_eq!(found["algorithm_not_checked"], json!({ "streebog256": 1 }));
    let invalid: Vec<_> = found["invalid"].as_array().unwrap().iter().collect();
    let reasons = [
        (
            "cut off",
            "the label has 264 bytes, 265 are needed: label the file again",
        ),
        ("empty", "the label is empty: label the file again"),
        (
            "first version",
            "signature version 1 is not 2 or 3: sign the file again with a current evmctl",
        ),
        ("long", "the label has 35 bytes, 34 are needed: label the file again"),
        (
            "no algorithm",
            "hash algorithm 23 is unknown to the kernel: label the file again",
        ),
        (
            "no signature",
            "the label has 9 bytes, 10 are needed: label the file again",
        ),
        ("short", "the label has 4 bytes, 34 are needed: label the file again"),
    ];
    let reasons = reasons.map(|(name, reason)| json!({ "path": bench.path(name), "reason": reason }));
    assert_eq!(invalid, reasons.iter().collect::<Vec<_>>());
    assert_eq!((&found["stale"], &found["unlabelled"]), (&json!([]), &json!([])));

    for file in found["invalid"].as_array().unwrap() {
        fs::remove_file(file["path"].as_str().unwrap()).unwrap();
    }
    assert_eq!(
        bench.audit(0)["in_scope"],
        json!(13),
        "what cannot be checked here is no fault"
    );
}

#[test]
fn a_person_reads_how_many_and_which() {
    let Some(bench) = Bench::new() else { return };
    for n in 0..120 {
        bench.fitting(format!("fits-{n}"), "0x0404", "sha256sum");
    }
    for n in 10..35 {
        bench.stale(format!("stale-{n}"));
    }
    bench.file("new\nline", b"x");
    bench.label("fits-7", "0x030204deadbeef00015a");
    let ran = bench.status(&[]);
    let at = bench.files.display();
    let stale: String = (10..30).map(|n| format!("          {at}/stale-{n}\n")).collect();
    let excluded = all_but(&bench.files).len();
    let df = bench.playbook();
    let df: Value = serde_json::from_str(&df).unwrap();
    let filesystem = df["labels"]["filesystem"].as_str().unwrap();
    assert_eq!(
        ran.labels(),
        format!(
            "  labels: 146 files in scope: every file of uid 0 on {filesystem} ({excluded} paths excluded)\n\
             \x20   119 fit their label: 119 sha256\n\
             \x20     1 signed, not checked here (that takes the certificate): 1 by key deadbeef (sha256)\n\
             \x20    25 stale: changed where the kernel did not see it\n{stale}\
             \x20         … and 5 more: --format json names them all\n\
             \x20     1 without a label\n\
             \x20         $'{at}/new\\nline'"
        )
    );
    assert_eq!(ran.code, 5);
}

#[test]
fn who_writes_a_file_is_named_and_the_file_is_not_held_against_the_host() {
    let Some(bench) = Bench::new() else { return };
    bench.fitting("fits", "0x0404", "sha256sum");
    for name in [r"it's [a] \log*", "log\n"] {
        bench.stale(name);
    }
    bench.file("fresh", b"x");
    bench.file("junk", b"x");
    bench.label("junk", "0x07");
    let open = |name: &str| {
        fs::OpenOptions::new()
            .append(true)
            .open(bench.files.join(name))
            .unwrap()
    };
    let held = [r"it's [a] \log*", "log\n", "fresh", "junk"].map(open);
    let me = json!({ "pid": std::process::id(), "command": fs::read_to_string("/proc/self/comm").unwrap().trim() });
    let found = bench.audit(5);
    let file = |name: &str, label: &str| json!({ "path": bench.path(name), "held_by": me, "label": label });
    assert_eq!(
        found["being_written"],
        json!([
            file("fresh", "missing"),
            file(r"it's [a] \log*", "stale"),
            file("log\n", "stale")
        ])
    );
    assert_eq!(
        bench.names(&found["invalid"]),
        ["junk"],
        "closing it makes no label of that"
    );
    fs::remove_file(bench.files.join("junk")).unwrap();
    assert_eq!(bench.audit(0)["holds"], json!(true));
    let pid = std::process::id();
    let words = format!("fresh: no label, held open for writing by {pid} ");
    let ran = bench.status(&[]);
    assert!(ran.out.contains(&words), "{}", ran.out);
    drop(held);
    let reader = fs::File::open(bench.files.join("fresh")).unwrap();
    assert_eq!(
        bench.names(&bench.audit(5)["unlabelled"]),
        ["fresh"],
        "a reader excuses nothing"
    );
    drop(reader);
}

/// What somebody does between the look at a label and the look at the content, once a run.
fn in_between(bench: &Bench, deed: &str) -> PathBuf {
    let mark = bench.sshd.path("mark");
    let once = format!("[ -e {0} ] && exit\ntouch {0}\n", mark.display());
    let ours = "case $PWD in */batch.*) ;; *) exit ;; esac\n";
    bench.sshd.tool(
        "getfattr",
        &format!("#!/bin/sh\n/usr/bin/getfattr \"$@\"\n{ours}{once}{deed}"),
    );
    mark
}

#[test]
fn a_file_that_changes_between_two_looks_is_not_stale() {
    let Some(bench) = Bench::new() else { return };
    bench.fitting("stays", "0x0404", "sha256sum");
    for name in ["plain", r"back\slash"] {
        bench.fitting(name, "0x0404", "sha256sum");
        let path = bench.files.join(name);
        let mark = in_between(
            &bench,
            &format!(
                "file='{}'\ndate +%s%N >\"$file\"\nsum=$(sha256sum <\"$file\")\n\
                 setfattr -n security.ima -v \"0x0404${{sum%% *}}\" \"$file\"\n",
                path.display()
            ),
        );
        let found = bench.audit(0);
        assert!(mark.exists());
        assert_eq!(bench.names(&found["settled"]), [name], "{found:#}");
        assert_eq!(found["fits"], json!({ "sha256": 2 }));
        fs::remove_file(&mark).unwrap();
        let text = bench.status(&[]).labels();
        assert!(
            text.contains(" 1 changed while they were looked at, and fit now\n"),
            "{text}"
        );
        fs::remove_file(&mark).unwrap();
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_file_that_goes_between_two_looks_is_not_in_scope() {
    let Some(bench) = Bench::new() else { return };
    bench.fitting("stays", "0x0404", "sha256sum");
    for name in ["plain", r"back\slash"] {
        bench.fitting(name, "0x0404", "sha256sum");
        let mark = in_between(&bench, &format!("rm -- '{}'\n", bench.files.join(name).display()));
        let found = bench.audit(0);
        assert!(mark.exists());
        assert_eq!(
            (&found["in_scope"], &found["settled"]),
            (&json!(1), &json!([])),
            "{found:#}"
        );
        fs::remove_file(mark).unwrap();
    }
}

#[test]
fn what_cannot_be_read_is_named_with_the_reason() {
    let Some(bench) = Bench::new() else { return };
    bench.fitting("a: b", "0x0404", "sha256sum");
    bench.fitting("c", "0x0404", "sha256sum");
    let path = bench.files.join("a: b");
    let shown = path.display();
    bench.sshd.tool(
        "sha256sum",
        &format!("#!/bin/sh\n/usr/bin/sha256sum \"$@\" | sed 's|^{shown}: OK$|{shown}: FAILED open or read|'\n"),
    );
    bench.sshd.tool("cat", &format!("#!/bin/sh\ncase $* in *'{shown}') echo \"cat: '{shown}': Permission denied\" >&2; exit 1 ;; esac\nexec /bin/cat \"$@\"\n"));
    let found = bench.audit(5);
    let unreadable = json!([{ "path": path, "reason": "Permission denied" }]);
    assert_eq!(
        (&found["unreadable"], &found["stale"]),
        (&unreadable, &json!([])),
        "{found:#}"
    );
    let said = format!("{shown}: security.ima: Operation not supported");
    bench.sshd.tool("getfattr", &format!("#!/bin/sh\n/usr/bin/getfattr \"$@\" | sed '\\|a: b|,/^$/d'\ncase $* in *'{shown}'*) echo '{said}' >&2 ;; esac\n"));
    let found = bench.audit(5);
    let unreadable = json!([{ "path": path, "reason": "Operation not supported" }]);
    assert_eq!(found["unreadable"], unreadable, "{found:#}");
    assert_eq!(found["fits"], json!({ "sha256": 1 }));
}

#[test]
fn a_tool_that_dies_in_the_middle_proves_nothing() {
    let Some(bench) = Bench::new() else { return };
    for n in 0..60 {
        bench.fitting(format!("{n}"), "0x0404", "sha256sum");
    }
    for tool in ["getfattr", "sha256sum"] {
        let dies = format!(
            "#!/bin/sh\ncase $PWD in */batch.*) /usr/bin/{tool} \"$@\" | head -n 50; kill -9 $$ ;; esac\nexec /usr/bin/{tool} \"$@\"\n"
        );
        bench.sshd.tool(tool, &dies);
        let ran = bench.status(&[]);
        assert_eq!(ran.code, 1, "{tool}: {}{}", ran.out, ran.err);
        for words in [
            "labels: not compared: 'read-labels' failed (exit 1):",
            "a checksum program died in the middle",
        ] {
            assert!(ran.out.contains(words), "{tool}: {}", ran.out);
        }
        fs::remove_file(bench.sshd.path("tools").join(tool)).unwrap();
    }
    assert_eq!(bench.audit(0)["in_scope"], json!(60));
}

#[test]
fn where_nothing_can_be_compared_it_is_said() {
    let Some(bench) = Bench::new() else { return };
    let ran = bench.status(&[]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("labels: not compared: 'read-labels' failed (exit 1): no file is in scope"),
        "{}",
        ran.out
    );
    let error = bench.status(&["--format", "json"]).out;
    let error: Value = serde_json::from_str(&error).unwrap();
    assert!(
        error["hosts"][0]["label_audit"]["error"]
            .as_str()
            .unwrap()
            .contains("no file is in scope")
    );

    // A device that is no program hides getfattr from this one run.
    let local = "groups: {g: {playbook: p.yml, connection: local, become: none, hosts: [a]}}\n";
    fs::write(bench.sshd.path("i.yml"), local).unwrap();
    let hidden = "mount --bind /dev/null /usr/bin/getfattr && exec \"$@\"";
    let ran = Ran::of(
        Command::new("unshare")
            .args([
                "--mount",
                "sh",
                "-c",
                hidden,
                "sh",
                env!("CARGO_BIN_EXE_imaform"),
                "status",
                "--labels",
            ])
            .arg(bench.sshd.path("i.yml")),
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("getfattr is not there: install the package attr"),
        "{}{}",
        ran.out,
        ran.err
    );

    fs::write(bench.sshd.path("p.yml"), "name: p\nappraisal: log\n").unwrap();
    let ran = bench.status(&[]);
    assert_eq!(
        (ran.code, &*ran.labels()),
        (0, "  labels: nothing to compare, the playbook has no `labels:`")
    );
    assert_eq!(bench.audit(0), Value::Null);
}

#[test]
fn a_host_that_is_away_does_not_hide_what_another_shows() {
    let Some(bench) = Bench::new() else { return };
    bench.fitting("a", "0x0404", "sha256sum");
    let inventory = bench.sshd.inventory("become: none");
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let two = inventory.replace(
        "hosts: {a:",
        &format!("hosts: {{away: {{address: 127.0.0.1, port: {closed}}}, a:"),
    );
    fs::write(bench.sshd.path("i.yml"), two).unwrap();
    let ran = bench.status(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(
        ran.out.contains("unreachable: ") && ran.out.contains("    1 fit their label: 1 sha256\n"),
        "{}",
        ran.out
    );
    bench.stale("b");
    assert_eq!(bench.status(&[]).code, 5);
}

#[tokio::test]
async fn progress_ends_with_every_file_and_every_byte() {
    let Some(bench) = Bench::new() else { return };
    let names: Vec<String> = (0..1100).map(|n| n.to_string()).collect();
    for (n, name) in names.iter().enumerate() {
        bench.file(name, &vec![b'x'; n]);
    }
    bench.label_all(&names, &wrong());
    let mut call = label_audit::call(&target(&bench.playbook()).desired.labels.unwrap()).call();
    let room = bench.sshd.path("room");
    fs::create_dir(&room).unwrap();
    let instead = room.display();
    bench.sshd.tool(
        "mktemp",
        &format!("#!/bin/sh\n[ \"$3\" = /run ] && touch {instead}.used && set -- -d -p {instead}\nexec /usr/bin/mktemp \"$@\"\n"),
    );
    let (sender, mut told) = mpsc::unbounded_channel();
    call.progress = Some(sender);
    let host = bench.sshd.open();
    let answer = host.run(call).await.unwrap().success(Script::ReadLabels).unwrap();
    host.disconnect().await;
    let audit = LabelAudit::parse(&answer.stdout, imaform::ima::Appraisal::Off).unwrap();
    assert_eq!((audit.in_scope(), audit.faulty.len()), (1100, 1100));
    let mut steps = Vec::new();
    while let Some(progress) = told.recv().await {
        steps.push(progress);
    }
    let at = |files: u64, bytes: u64| Progress {
        files,
        files_total: 1100,
        bytes,
        bytes_total: 1099 * 550,
    };
    assert_eq!((steps[0], *steps.last().unwrap()), (at(0, 0), at(1100, 1099 * 550)));
    assert_eq!(steps.len(), 3, "one for each batch, the second look apart: {steps:?}");
    assert!(steps.is_sorted_by_key(|step| step.files));
    assert!(room.with_extension("used").exists());
    assert_eq!(fs::read_dir(room).unwrap().count(), 0, "nothing stays on the host");
}
