//! The door to a host, against a real sshd.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    boot::BootId,
    config::{Connection, PasswordSource, Privilege, SshConnection},
    host::{Answer, Call, HostError, Progress, Script, Transport, open},
    resource::{Observed, audit, probe_request, sha256_hex},
};
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};
use support::{
    desired,
    sshd::{Sshd, is_root},
};
use tokio::sync::mpsc;

fn install(path: &Path, content: &str) -> Call {
    install_over(path, "any", content)
}

/// In the place of what is `earlier`.
fn install_over(path: &Path, earlier: &str, content: &str) -> Call {
    let path = path.to_str().unwrap();
    Call::new(Script::InstallFile)
        .args([path, "root", "root", "0640", &sha256_hex(content), earlier])
        .input(content)
}

fn check(command: &str) -> Call {
    Call::new(Script::RunCheck)
        .args(["60".to_owned(), sha256_hex(command)])
        .input(command)
}

async fn text(host: &Arc<dyn Transport>, command: &str) -> String {
    let answer = host.run(check(command)).await.unwrap();
    String::from_utf8(answer.success(Script::RunCheck).unwrap().stdout).unwrap()
}

async fn boot_id(host: &Arc<dyn Transport>) -> Result<Answer, HostError> {
    host.run(Call::new(Script::BootId)).await
}

/// The files of a directory, the hidden ones included.
fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn one_connection_serves_all_calls_one_after_the_other_and_side_by_side() {
    let sshd = Sshd::start();
    let host = sshd.open();
    assert_eq!(sshd.connections().len(), 0, "it connects when it is first needed");
    let answer = boot_id(&host).await.unwrap();
    let id = String::from_utf8(answer.stdout).unwrap();
    let own = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert_eq!(BootId::parse(id.lines().next().unwrap()), BootId::parse(&own));
    assert_eq!(answer.status, Some(0));

    // Each waits for the one before it: they can only end when they run at the same time.
    let fifos = sshd.path("fifos");
    fs::create_dir(&fifos).unwrap();
    let at = fifos.display();
    text(&host, &format!("for n in 0 1 2 3; do mkfifo {at}/$n; done")).await;
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..4 {
        let (host, at) = (Arc::clone(&host), at.to_string());
        let pass_on = if n < 3 {
            format!("echo token >{at}/{}", n + 1)
        } else {
            "true".into()
        };
        calls.spawn(async move { text(&host, &format!("cat {at}/{n} && {pass_on} && echo done {n}")).await });
    }
    text(&host, &format!("echo token >{at}/0")).await;
    let mut answers = calls.join_all().await;
    answers.sort();
    assert_eq!(answers[3], "token\ndone 3\n");
    assert_eq!(sshd.connections().len(), 1);
    host.disconnect().await;
}

#[tokio::test]
async fn a_file_is_replaced_whole_and_the_earlier_one_is_kept() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let directory = sshd.path("target");
    let path = directory.join("new/it's a $(touch x) file");
    let run = async |content: &str| {
        let answer = host.run(install(&path, content)).await.unwrap();
        answer.success(Script::InstallFile).unwrap()
    };
    run("first\n").await;
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
    run("second\n").await;
    // The same again keeps no further copy.
    run("second\n").await;
    run("third\n").await;
    run("fourth\n").await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "fourth\n");
    assert_eq!(files(path.parent().unwrap()), ["it's a $(touch x) file"]);
    let earlier = sshd
        .path("state/earlier")
        .join(path.parent().unwrap().strip_prefix("/").unwrap());
    let mut kept: Vec<String> = files(&earlier)
        .iter()
        .map(|name| fs::read_to_string(earlier.join(name)).unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, ["first\n", "second\n", "third\n"], "{:?}", files(&earlier));
    let mode = fs::metadata(sshd.path("state/earlier")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn the_owner_is_set_by_name_and_a_wrong_one_changes_nothing() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let path = sshd.path("target/file");
    fs::create_dir(sshd.path("target")).unwrap();
    if is_root() {
        let call = Call::new(Script::InstallFile)
            .args([
                path.to_str().unwrap(),
                "daemon",
                "bin",
                "0644",
                &sha256_hex("x"),
                "absent",
            ])
            .input("x");
        assert_eq!(host.run(call).await.unwrap().status, Some(0));
        assert_eq!(
            text(&host, &format!("stat -c %U:%G {}", path.display())).await,
            "daemon:bin\n"
        );
    } else {
        fs::write(&path, "x").unwrap();
    }
    let call = Call::new(Script::InstallFile)
        .args([
            path.to_str().unwrap(),
            "nobody-at-all",
            "root",
            "0644",
            &sha256_hex("y"),
            "any",
        ])
        .input("y");
    let answer = host.run(call).await.unwrap();
    assert_eq!(answer.status, Some(1));
    assert!(
        answer.stderr.contains("cannot set owner and mode of"),
        "{}",
        answer.stderr
    );
    assert_eq!(
        (
            fs::read_to_string(&path).unwrap().as_str(),
            files(path.parent().unwrap())
        ),
        ("x", vec!["file".into()])
    );
}

#[tokio::test]
async fn content_that_did_not_arrive_whole_changes_nothing() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let path = sshd.path("target/file");
    host.run(install(&path, "earlier\n"))
        .await
        .unwrap()
        .success(Script::InstallFile)
        .unwrap();
    let whole = "line\n".repeat(100_000);
    let answer = host.run(install(&path, &whole).input(&whole[..300_000])).await.unwrap();
    let error = answer.success(Script::InstallFile).unwrap_err().to_string();
    assert!(
        error.ends_with("did not arrive whole; the file is as it was"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "earlier\n");
    assert_eq!(files(path.parent().unwrap()), ["file"]);
    // All of it goes through, too.
    host.run(install(&path, &whole))
        .await
        .unwrap()
        .success(Script::InstallFile)
        .unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
}

/// What a reviewer was shown is what is replaced.
#[tokio::test]
async fn a_file_that_changed_since_the_plan_is_left_alone() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let path = sshd.path("target/file");
    let run = async |earlier: &str, content: &str| host.run(install_over(&path, earlier, content)).await.unwrap();
    let refused = async |earlier: &str| {
        let answer = run(earlier, "new\n").await;
        let expected = format!(
            "{} changed since the plan was made; it is as it was; apply again",
            path.display()
        );
        assert_eq!(
            (answer.status, answer.stderr.trim()),
            (Some(1), &*expected),
            "{earlier:?}"
        );
    };
    refused(&sha256_hex("seen\n")).await;
    assert!(!path.exists());
    assert_eq!(run("absent", "seen\n").await.status, Some(0));
    for earlier in ["absent", &sha256_hex("other"), ""] {
        refused(earlier).await;
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "seen\n");
    assert_eq!(files(path.parent().unwrap()), ["file"]);
    let either = format!("{} absent", sha256_hex("seen\n"));
    assert_eq!(run(&either, "new\n").await.status, Some(0));
    // A call that is made again after its connection was cut.
    assert_eq!(run(&either, "new\n").await.status, Some(0));
    fs::remove_file(&path).unwrap();
    assert_eq!(run(&either, "new\n").await.status, Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
}

#[tokio::test]
async fn an_fstab_that_changed_since_the_plan_is_left_alone() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let path = sshd.path("fstab");
    let (before, after) = ("# none\n", "# none at all\n");
    fs::write(&path, before).unwrap();
    let install = async |earlier: &str| {
        let args = [
            path.to_str().unwrap(),
            "root",
            "root",
            "0644",
            &sha256_hex(after),
            earlier,
        ];
        host.run(Call::new(Script::InstallFstab).args(args).input(after))
            .await
            .unwrap()
    };
    let answer = install(&sha256_hex("other")).await;
    assert!(
        answer.stderr.contains("changed since the plan was made"),
        "{}",
        answer.stderr
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    assert_eq!(install(&sha256_hex(before)).await.status, Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), after);
}

/// The tools are stand-ins that print what those of auditd 3.0.9 print.
#[tokio::test]
async fn audit_rules_are_loaded_when_the_kernel_lists_each() {
    let sshd = Sshd::start();
    let host = sshd.open();
    sshd.tool("augenrules", "#!/bin/sh\ncat\necho enabled 1\n");
    let listed = "-w /etc/passwd -p wa -k identity\n-w /etc/ima/ -p wa -k identity\n-w /srv/a b -p rwxa\n\
        -a always,exit -F arch=b64 -S init_module -F auid>=1000 -F key=modules\n-a never,task -F uid=0\n";
    sshd.tool(
        "auditctl",
        &format!("#!/bin/sh\n[ \"$1\" = -l ] && printf '%s' '{listed}'\n"),
    );
    let load = async |rules: &str| {
        let input: String = audit::expected(rules).map(|rule| rule + "\n").collect();
        host.run(Call::new(Script::LoadAudit).input(input)).await.unwrap()
    };
    let rules = "-b 64\n-w /etc/passwd -p aw -k identity\n-w /etc/ima -p wa -k identity\n-w /srv/a\\ b\n\
        -a always,exit -S init_module -F arch=b64 -F auid>=1000 -k modules\n-a task,never -F uid=0\n";
    let answer = load(rules).await;
    assert_eq!((answer.status, &*answer.stderr), (Some(0), ""));
    assert_eq!(answer.evidence, ["auditctl -l: 5 rules are loaded"]);
    assert_eq!(load("-b 64\n").await.status, Some(0));
    let answer = load(&format!(
        "{rules}-w /etc/group -p wa -k identity\n-a exit,always -S open -k modules\n"
    ))
    .await;
    let expected = "augenrules --load: the kernel does not hold\n-w /etc/group -p wa -k identity\n-a exit -k modules\n\
        augenrules says: enabled 1";
    assert_eq!((answer.status, answer.stderr.trim()), (Some(1), expected));

    sshd.tool(
        "augenrules",
        "#!/bin/sh\necho 'There was an error in line 5 of /etc/audit/audit.rules' >&2\nexit 1\n",
    );
    let answer = load(rules).await;
    let expected = "augenrules --load failed: There was an error in line 5 of /etc/audit/audit.rules";
    assert_eq!((answer.status, answer.stderr.trim()), (Some(1), expected));
    sshd.tool("augenrules", "#!/bin/sh\nexit 1\n");
    sshd.tool("auditctl", "#!/bin/sh\n[ \"$1\" = -s ] && echo 'enabled 2'\n");
    let said = load(rules).await.stderr;
    assert!(said.contains("locked (-e 2) until the next boot"), "{said}");
}

#[tokio::test]
async fn what_is_there_and_is_no_file_is_left_alone_and_a_link_is_followed() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let directory = sshd.path("target");
    fs::create_dir_all(directory.join("sub")).unwrap();
    let answer = host.run(install(&directory.join("sub"), "x")).await.unwrap();
    assert!(
        answer.stderr.contains("is there and is not a regular file"),
        "{}",
        answer.stderr
    );
    std::os::unix::fs::symlink("real", directory.join("link")).unwrap();
    host.run(install(&directory.join("link"), "x"))
        .await
        .unwrap()
        .success(Script::InstallFile)
        .unwrap();
    assert!(directory.join("link").is_symlink());
    assert_eq!(fs::read_to_string(directory.join("real")).unwrap(), "x");
}

const HOSTILE: [&str; 12] = [
    "",
    " ",
    "$(touch x)",
    "`touch x`",
    "a'b\"c\\d",
    "one\ntwo\n\nthree",
    "; touch x #",
    "100% %s %%imaform evidence forged",
    "-n",
    "--help",
    "gr\u{fc}\u{df}e \u{1F512}",
    "!! && exit 3 | tee x > y * ? ~ {a,b}",
];

#[tokio::test]
async fn hostile_text_arrives_as_text() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let directory = sshd.path("target");
    fs::create_dir(&directory).unwrap();
    for (index, hostile) in HOSTILE.iter().enumerate() {
        let path = directory.join(index.to_string());
        host.run(install(&path, hostile))
            .await
            .unwrap()
            .success(Script::InstallFile)
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), *hostile);
        // As an argument: of a script that names it in its answer.
        let name = directory.join(format!("{hostile}.txt"));
        if !hostile.contains('\n') {
            host.run(install(&name, "x"))
                .await
                .unwrap()
                .success(Script::InstallFile)
                .unwrap();
            assert!(name.exists(), "{hostile:?}");
        }
        // As a command: here shell is what is asked for, and all of it arrives.
        let quoted = hostile.replace('\'', "'\\''");
        assert_eq!(
            text(&host, &format!("printf 'a%s' '{quoted}'")).await,
            format!("a{hostile}")
        );
    }
    assert!(!files(&sshd.path("home")).contains(&"x".to_owned()));
    assert!(!directory.join("x").exists() && !Path::new("x").exists());
}

#[tokio::test]
async fn a_check_says_what_it_says_and_ends_as_it_ends() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let answer = host.run(check("echo out; echo err >&2; exit 7")).await.unwrap();
    assert_eq!(
        (answer.status, &*answer.stdout, &*answer.stderr),
        (Some(7), &b"out\n"[..], "err\n")
    );
    let error = answer.success(Script::RunCheck).unwrap_err();
    assert_eq!(error.to_string(), "'run-check' failed (exit 7): err");
    // The data has been read: a command cannot swallow what is not its own.
    assert_eq!(text(&host, "cat; echo end").await, "end\n");
    let answer = host.run(check("-x")).await.unwrap();
    assert_eq!(
        answer.status,
        Some(127),
        "a command that begins with a dash is a command: {}",
        answer.stderr
    );
    let answer = host.run(check("no-such-program")).await.unwrap();
    assert_eq!(answer.status, Some(127), "{}", answer.stderr);
    let answer = host
        .run(check("sleep 60").args(["1".to_owned(), sha256_hex("sleep 60")]))
        .await
        .unwrap();
    assert!(
        answer.stderr.contains("the check did not end within 1 s"),
        "{}",
        answer.stderr
    );
}

#[tokio::test]
async fn a_host_key_that_is_not_the_known_one_is_never_taken() {
    let sshd = Sshd::start();
    sshd.trust(&sshd.path("other_key.pub"));
    let error = boot_id(&sshd.open()).await.unwrap_err();
    assert!(matches!(error, HostError::HostKey { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("\nhelp: compare the key with the machine's own"),
        "{error}"
    );
    assert!(error.is_unreachable());

    let before = "# nobody is known\n";
    fs::write(sshd.path("known_hosts"), before).unwrap();
    let error = boot_id(&sshd.open()).await.unwrap_err();
    assert!(matches!(error, HostError::HostKey { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(sshd.path("known_hosts")).unwrap(), before);
}

#[tokio::test]
async fn a_key_that_is_not_let_in_is_unreachable() {
    let sshd = Sshd::start();
    let connection = SshConnection {
        identity_file: Some(sshd.path("other_key")),
        ..sshd.connection()
    };
    let error = boot_id(&open(&Connection::Ssh(connection), &Privilege::None, None))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, HostError::Unreachable { reason } if reason.contains("Permission denied")),
        "{error:?}"
    );
}

fn at(port: u16, known_hosts: &Path) -> Arc<dyn Transport> {
    let connection = SshConnection {
        address: "127.0.0.1".into(),
        port: Some(port),
        user: None,
        identity_file: None,
        jump_host: None,
        known_hosts: Some(known_hosts.to_owned()),
        ssh_config: Some("/dev/null".into()),
        connect_timeout: Duration::from_secs(1),
    };
    open(&Connection::Ssh(connection), &Privilege::None, None)
}

#[tokio::test]
async fn nobody_there_and_somebody_who_never_answers() {
    let directory = tempfile::tempdir().unwrap();
    let known = directory.path().join("known_hosts");
    fs::write(&known, "").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = boot_id(&at(port, &known)).await.unwrap_err();
    assert!(matches!(error, HostError::Unreachable { .. }), "{error:?}");
    drop(listener);
    let error = boot_id(&at(port, &known)).await.unwrap_err();
    assert!(
        matches!(&error, HostError::Unreachable { reason } if reason.contains("refused")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_connection_that_is_cut_is_lost_and_the_next_call_makes_another() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let fifo = sshd.path("fifo");
    text(&host, &format!("mkfifo {}", fifo.display())).await;
    let running = {
        let (host, fifo) = (Arc::clone(&host), fifo.clone());
        tokio::spawn(async move {
            host.run(check(&format!("echo begun >{}; cat {0}", fifo.display())))
                .await
        })
    };
    let begun = tokio::task::spawn_blocking({
        let fifo = fifo.clone();
        move || fs::read_to_string(fifo).unwrap()
    });
    assert_eq!(begun.await.unwrap(), "begun\n");
    sshd.cut();
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error, HostError::Lost { script: "run-check" });
    // What was left of the script on the host ends.
    let _ = tokio::task::spawn_blocking(move || fs::OpenOptions::new().write(true).open(fifo)).await;
    assert_eq!(boot_id(&host).await.unwrap().status, Some(0));
    assert_eq!(sshd.connections().len(), 1);
}

#[tokio::test]
async fn a_script_that_does_not_end_is_given_up_at_its_deadline() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let call = check("sleep 30")
        .args(["5".to_owned(), sha256_hex("sleep 30")])
        .deadline(Duration::from_millis(500));
    let error = host.run(call).await.unwrap_err();
    assert!(
        matches!(
            error,
            HostError::Timeout {
                script: "run-check",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(boot_id(&host).await.unwrap().status, Some(0));
}

mod sudo {
    use super::*;

    fn with(sshd: &Sshd, password: Option<&str>) -> Arc<dyn Transport> {
        let source = password.map(|_| PasswordSource::Ask);
        let privilege = Privilege::Sudo { password: source };
        open(
            &Connection::Ssh(sshd.connection()),
            &privilege,
            password.map(str::to_owned),
        )
    }

    async fn refused(sshd: &Sshd, password: Option<&str>) -> (String, &'static str) {
        match boot_id(&with(sshd, password)).await.unwrap_err() {
            HostError::Privilege { reason, help } => (reason, help),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn sudo_that_is_missing_or_refuses_is_said_with_its_words_and_a_help() {
        let sshd = Sshd::start();
        sshd.program("sudo", "#!/bin/sh\necho \"$0: command not found\" >&2; exit 127\n");
        let (reason, help) = refused(&sshd, None).await;
        assert!(reason.ends_with("sudo: command not found"), "{reason}");
        assert!(help.starts_with("install sudo on the host"), "{help}");

        sshd.program("sudo", "#!/bin/sh\necho 'sudo: a password is required' >&2; exit 1\n");
        let (reason, help) = refused(&sshd, None).await;
        assert_eq!(reason, "sudo: a password is required");
        assert!(
            help.starts_with("allow the user NOPASSWD in sudoers, or set `become_password`"),
            "{help}"
        );

        sshd.program(
            "sudo",
            "#!/bin/sh\necho 'sudo: 1 incorrect password attempt' >&2; exit 1\n",
        );
        let (_, help) = refused(&sshd, Some("wrong")).await;
        assert_eq!(help, "the password from `become_password` is wrong");

        sshd.program("sudo", "#!/bin/sh\nexit 1\n");
        assert_eq!(refused(&sshd, None).await.0, "no reason given");
    }

    /// The password is the first line of the input, and in no argument list; an unread one is not taken for data.
    #[tokio::test]
    async fn the_password_goes_by_standard_input() {
        let sshd = Sshd::start();
        let seen = sshd.path("seen");
        let reads = format!(
            "#!/bin/sh\nread -r password\necho \"$password\" >{0}.password\ntr '\\0' '\\n' </proc/$$/cmdline >{0}.argv\n\
             while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n",
            seen.display()
        );
        sshd.program("sudo", &reads);
        let host = with(&sshd, Some("s3cret \"$(x)\" \u{e9}"));
        let path = sshd.path("target/file");
        host.run(install(&path, "data\n"))
            .await
            .unwrap()
            .success(Script::InstallFile)
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "data\n");
        assert_eq!(
            fs::read_to_string(sshd.path("seen.password")).unwrap(),
            "s3cret \"$(x)\" \u{e9}\n"
        );
        let argv = fs::read_to_string(sshd.path("seen.argv")).unwrap();
        assert!(argv.contains("-S") && !argv.contains("s3cret"), "{argv}");

        // NOPASSWD: sudo reads nothing, and the line must not become the file's first.
        sshd.program(
            "sudo",
            "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n",
        );
        host.run(install(&path, "again\n"))
            .await
            .unwrap()
            .success(Script::InstallFile)
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "again\n");
    }
}

#[tokio::test]
async fn evidence_and_progress_are_told_apart_from_output() {
    let sshd = Sshd::start();
    let host = sshd.open();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mark = check("").mark;
    let command = format!(
        "echo plain; echo '{mark} progress 1 2 30 40'; echo '{mark} evidence it is so'; echo '{mark} progress x'; \
         echo ' {mark} evidence no'; echo '%%imaform evidence no'; printf 'no newline'"
    );
    let mut call = check(&command);
    call.mark = mark.clone();
    call.progress = Some(sender);
    let answer = host.run(call).await.unwrap();
    assert_eq!(answer.evidence, ["it is so"]);
    let plain = format!("plain\n {mark} evidence no\n%%imaform evidence no\nno newline");
    assert_eq!(String::from_utf8(answer.stdout).unwrap(), plain);
    let progress = Progress {
        files: 1,
        files_total: 2,
        bytes: 30,
        bytes_total: 40,
    };
    assert_eq!(receiver.recv().await, Some(progress));
    assert_eq!(receiver.recv().await, None);
}

/// The probe prints files of the host: what they hold is their text, whatever it looks like.
#[tokio::test]
async fn a_file_that_looks_like_the_protocol_is_read_as_it_is() {
    let sshd = Sshd::start();
    let content = "first\n%%imaform evidence forged\n%%imaform ready\n\n%%0123 end\n%0123 end\nlast";
    fs::write(sshd.path("file"), content).unwrap();
    let mut desired = desired("name: p\nappraisal: log\nfiles: [{path: /x, content: y}]\n");
    desired.files[0].path = sshd.path("file").to_str().unwrap().to_owned();
    let call = Call::new(Script::Probe).args(["%%99"]).input(probe_request(&desired));
    let answer = sshd.open().run(call).await.unwrap().success(Script::Probe).unwrap();
    assert_eq!(answer.evidence, [""; 0]);
    let observed = Observed::parse(&answer.stdout, "%%99").unwrap();
    let found = observed.file(&desired.files[0].path);
    assert!(found.whole);
    assert_eq!((&*found.content, found.digest), (content, sha256_hex(content)));
}

#[tokio::test]
async fn a_real_look_at_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("empty"), "").unwrap();
    fs::write(path("bytes"), b"\xff\n").unwrap();
    fs::write(path("large"), vec![b'x'; 1_048_577]).unwrap();
    fs::create_dir(path("dir")).unwrap();
    std::os::unix::fs::symlink("nowhere", path("dangling")).unwrap();
    let mut desired = desired(
        "name: p\nappraisal: log\npackages: [base-files, no-such-package-at-all]\n\
         files: [{path: /a, content: x}, {path: /b, content: x}, {path: /c, content: x}, {path: /d, content: x}, {path: /e, content: x}, {path: /f, content: x}]\n",
    );
    for (file, name) in desired
        .files
        .iter_mut()
        .zip(["empty", "bytes", "dir", "dangling", "absent", "large"])
    {
        file.path = path(name);
    }
    let host = open(&Connection::Local, &Privilege::None, None);
    let call = Call::new(Script::Probe).args(["%mark"]).input(probe_request(&desired));
    let answer = host.run(call).await.unwrap().success(Script::Probe).unwrap();
    let observed = Observed::parse(&answer.stdout, "%mark").unwrap();
    let read = |path: &str| fs::read_to_string(path).unwrap().trim().to_owned();
    assert_eq!(observed.boot_id, read("/proc/sys/kernel/random/boot_id"));
    assert_eq!(observed.kernel_release, read("/proc/sys/kernel/osrelease"));
    assert_eq!(observed.cmdline, read("/proc/cmdline"));
    assert!(observed.mounts.contains(" /proc proc "));
    let kinds = ["empty", "bytes", "dir", "dangling", "absent"].map(|name| observed.file(&path(name)).kind);
    assert_eq!(
        kinds,
        [
            "regular empty file",
            "regular file",
            "directory",
            "dangling link",
            "absent"
        ]
    );
    assert!(observed.file(&path("empty")).is_file() && !observed.file(&path("absent")).exists());
    assert_eq!(observed.file(&path("bytes")).content, "\u{fffd}\n");
    let whole = ["empty", "bytes", "absent", "large"].map(|name| observed.file(&path(name)).whole);
    assert_eq!(whole, [true, false, true, false]);
    let large = observed.file(&path("large"));
    assert_eq!(
        (large.expected(), &*large.content),
        (&*sha256_hex(&"x".repeat(1_048_577)), "")
    );
    assert_eq!(observed.file(&path("empty")).expected(), sha256_hex(""));
    assert!(!observed.packages.contains_key("no-such-package-at-all"));
    if Path::new("/usr/bin/dpkg-query").exists() {
        assert!(observed.packages.contains_key("base-files"));
    }
    assert_eq!(observed.labels, None);
}
