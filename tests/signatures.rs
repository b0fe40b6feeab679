//! Signatures of files: evmctl takes what imaform makes and the other way round; what keys are refused; signing files of a
//! real sshd's host.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::{Signing, Stage},
    ima::{Appraisal, Certificate, HashAlgorithm, Label},
    plan::{Graph, Plan},
    resource::{HostLock, Observed, SigningOrder, Step, labels, signature},
    rollout::{Check, Events, Failure, Limits, Member, Outcome, Work, apply},
    signing::SigningKey,
};
use sha2::{Digest, Sha256};
use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
    process::Command,
};
use support::{
    labelled::{Bench, HOSTILE},
    limits,
    signer::{EC, RSA, Signer, run},
    target,
};

fn refusal(signer: &Signer) -> String {
    match SigningKey::open(&signer.signing(&["/opt"])) {
        Ok(_) => panic!("the key is taken"),
        Err(error) => error.to_string(),
    }
}

fn digest(path: &Path) -> Vec<u8> {
    Sha256::digest(fs::read(path).unwrap()).to_vec()
}

fn signature(label: &Label) -> &imaform::ima::Signature {
    match label {
        Label::Signature(signature) => signature,
        other => panic!("{other} is no signature"),
    }
}

#[test]
fn evmctl_verifies_what_imaform_signs_and_refuses_it_for_another_content() {
    for algorithm in [RSA, EC] {
        let signer = Signer::new(algorithm);
        let file = signer.path("program");
        fs::write(&file, "#!/bin/sh\n").unwrap();
        let key = SigningKey::open(&signer.signing(&["/opt"])).unwrap();
        let label = key.sign(&digest(&file)).unwrap();
        fs::write(signer.path("program.sig"), label.to_bytes()).unwrap();
        let verify = || {
            let mut command = Command::new("evmctl");
            command.args(["ima_verify", "--sigfile", "--key"]);
            command.arg(signer.path("cert.der")).arg(&file);
            command
        };
        assert!(run(&mut verify()).contains("verification is OK"));
        fs::write(&file, "#!/bin/sh\n#\n").unwrap();
        assert!(!verify().output().unwrap().status.success());
    }
}

#[test]
fn imaform_verifies_what_evmctl_signs_and_refuses_it_for_another_content_or_key() {
    for algorithm in [RSA, EC] {
        let signer = Signer::new(algorithm);
        let file = signer.path("program");
        fs::write(&file, "#!/bin/sh\n").unwrap();
        let sign = ["ima_sign", "--sigfile", "--hashalgo", "sha256", "--key"];
        run(Command::new("evmctl").args(sign).arg(signer.path("key.pem")).arg(&file));
        let label = Label::parse(&fs::read(signer.path("program.sig")).unwrap()).unwrap();
        let certificate = signer.certificate();
        let verifies = |certificate: &Certificate, digest: &[u8]| {
            certificate.verifies(signature(&label), HashAlgorithm::SHA256, digest)
        };
        assert!(verifies(&certificate, &digest(&file)));
        assert!(!verifies(&certificate, &Sha256::digest("other")));
        assert!(!verifies(&Signer::new(algorithm).certificate(), &digest(&file)));
    }
}

#[test]
fn a_certificate_is_read_as_pem_too_and_what_is_none_is_refused() {
    let signer = Signer::new(RSA);
    let certificate = signer.certificate();
    assert_eq!(Certificate::parse(certificate.pem().as_bytes()).unwrap(), certificate);
    assert_eq!(certificate.subject, "signer of tests");
    assert!(
        certificate
            .key_id
            .ends_with(&format!("{:08x}", certificate.short_key_id()))
    );
    let key = fs::read(signer.path("key.pem")).unwrap();
    for (bytes, says) in [
        (key.as_slice(), "no X.509"),
        (b"", "no X.509"),
        (b"\x30\x03abc", "no X.509"),
    ] {
        assert!(Certificate::parse(bytes).unwrap_err().to_string().contains(says));
    }
    let bare = signer.path("bare.der");
    let request = [
        "req",
        "-new",
        "-x509",
        "-subj",
        "/CN=x",
        "-outform",
        "DER",
        "-addext",
        "subjectKeyIdentifier=none",
    ];
    run(Command::new("openssl")
        .args(request)
        .arg("-key")
        .arg(signer.path("key.pem"))
        .arg("-out")
        .arg(&bare));
    let error = Certificate::parse(&fs::read(bare).unwrap()).unwrap_err().to_string();
    assert!(error.contains("no SubjectKeyIdentifier"), "{error}");
}

#[test]
fn keys_that_others_can_read_and_foreign_and_encrypted_ones_are_refused_without_a_word_of_them() {
    let signer = Signer::new(RSA);
    let key = signer.path("key.pem");
    let whole = fs::read_to_string(&key).unwrap();
    let secret = whole.lines().nth(1).unwrap().to_owned();
    let refused = |says: &str| {
        let error = refusal(&signer);
        assert!(error.contains(says) && error.contains("key.pem"), "{error}");
        assert!(!error.contains(&secret));
    };
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    refused("mode 0640");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    run(Command::new("openssl")
        .args(["pkey", "-aes256", "-passout", "pass:x", "-in"])
        .arg(&key)
        .arg("-out")
        .arg(signer.path("locked.pem")));
    fs::copy(signer.path("locked.pem"), &key).unwrap();
    refused("it is encrypted");
    fs::write(&key, "-----BEGIN PRIVATE KEY-----\nnothing\n").unwrap();
    refused("no private key in PEM");
    fs::copy(Signer::new(RSA).path("key.pem"), &key).unwrap();
    refused("not the key of the certificate");
    fs::remove_file(&key).unwrap();
    refused("No such file");
}

/// The files of a bench, to be signed by this signer.
fn order(bench: &Bench, signer: &Signer) -> (Member, Step) {
    let playbook = bench.playbook();
    let target = target(&playbook);
    let signing = signer.signing(&[bench.files.to_str().unwrap()]);
    let step = signature::sign(target.desired.labels.as_ref().unwrap(), &signing, &Observed::default());
    let transport = bench.sshd.open();
    (
        Member {
            target,
            transport,
            node: None,
        },
        step,
    )
}

async fn sign(bench: &Bench, signer: &Signer) -> Result<(), String> {
    let (member, step) = order(bench, signer);
    let plan = Plan {
        playbook: "p".into(),
        stage: Stage::Label,
        now: String::new(),
        target: Appraisal::Log,
        lock: HostLock {
            holder: None,
            last: bench.sshd.last_run(),
        },
        graph: Graph::join(vec![Step {
            needs: Vec::new(),
            ..step
        }])
        .unwrap(),
        ..Plan::default()
    };
    let limits = Limits {
        check: Check::StepsOnly,
        ..limits(Stage::Verify)
    };
    let (sender, _events) = tokio::sync::mpsc::unbounded_channel();
    let outcome = apply(Work::at_once(vec![(member, plan)], 1), &limits, &Events::new(sender)).await;
    match &outcome[..] {
        [Outcome::Done { .. }] => Ok(()),
        [
            Outcome::Failed {
                failure: Failure::Unsigned(why),
                ..
            },
        ] => Err(why.clone()),
        other => panic!("{other:?}"),
    }
}

/// The label of a file, if it has one.
fn label_of(path: &Path) -> Option<Label> {
    let output = Command::new("getfattr")
        .args(["-h", "--absolute-names", "-n", "security.ima", "-e", "hex", "--"])
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let hex = text
        .lines()
        .find_map(|line| line.strip_prefix("security.ima="))?
        .to_owned();
    Some(Label::parse_hex(&hex).unwrap())
}

fn is_signed(path: &Path, certificate: &Certificate) -> bool {
    match label_of(path) {
        Some(Label::Signature(signature)) => certificate.verifies(&signature, HashAlgorithm::SHA256, &digest(path)),
        _ => false,
    }
}

#[tokio::test]
async fn files_of_any_name_are_signed_and_what_is_signed_is_left_alone() {
    let Some(bench) = Bench::new() else { return };
    let signer = Signer::new(RSA);
    let certificate = signer.certificate();
    for name in HOSTILE {
        bench.file(OsStr::from_bytes(name), name);
    }
    bench.fitting("hashed", "0x0404", "sha256sum");
    bench.file("foreign", b"x");
    bench.label("foreign", "0x030204000000010001ff");
    bench.file("empty", b"");
    std::os::unix::fs::symlink("/etc/passwd", bench.files.join("link")).unwrap();
    sign(&bench, &signer).await.unwrap();
    let paths: Vec<_> = fs::read_dir(&bench.files)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(paths.len(), HOSTILE.len() + 4);
    for path in paths.iter().filter(|path| !path.is_symlink()) {
        assert!(is_signed(path, &certificate), "{}", path.display());
    }
    let changed = |path: &Path| {
        use std::os::unix::fs::MetadataExt;
        let metadata = path.symlink_metadata().unwrap();
        (metadata.ctime(), metadata.ctime_nsec())
    };
    let before: Vec<_> = paths.iter().map(|path| changed(path)).collect();
    sign(&bench, &signer).await.unwrap();
    let after: Vec<_> = paths.iter().map(|path| changed(path)).collect();
    assert_eq!(before, after);
}

#[tokio::test]
async fn what_changed_after_it_was_signed_is_named_and_not_blessed() {
    let Some(bench) = Bench::new() else { return };
    let signer = Signer::new(EC);
    bench.file("tampered", b"good");
    bench.file("replaced", b"good");
    sign(&bench, &signer).await.unwrap();
    let before = label_of(&bench.files.join("tampered"));
    bench.file("tampered", b"bad");
    fs::remove_file(bench.files.join("replaced")).unwrap();
    bench.file("replaced", b"newer");
    let why = sign(&bench, &signer).await.unwrap_err();
    assert!(
        why.contains("1 file: signed by this key, but with another content")
            && why.contains("/tampered")
            && !why.contains("/replaced"),
        "{why}"
    );
    assert_eq!(label_of(&bench.files.join("tampered")), before);
    assert!(is_signed(&bench.files.join("replaced"), &signer.certificate()));
}

#[tokio::test]
async fn a_file_that_is_written_while_it_is_signed_gets_no_signature_of_what_it_was() {
    let Some(bench) = Bench::new() else { return };
    let signer = Signer::new(RSA);
    bench.file("steady", b"x");
    bench.file("restless", b"x");
    // Each time labels are set, the file has just changed.
    let restless = bench.files.join("restless");
    let script = format!(
        "#!/bin/sh\n/usr/bin/setfattr \"$@\"\nstatus=$?\necho x >>{}\nexit $status\n",
        restless.display()
    );
    bench.sshd.tool("setfattr", &script);
    let why = sign(&bench, &signer).await.unwrap_err();
    assert!(why.contains("/restless") && !why.contains("/steady"), "{why}");
    assert!(is_signed(&bench.files.join("steady"), &signer.certificate()));
    assert_eq!(label_of(&restless), None);
}

#[tokio::test]
async fn a_path_that_is_not_there_is_said() {
    let Some(bench) = Bench::new() else { return };
    let signer = Signer::new(RSA);
    let (member, _) = order(&bench, &signer);
    let labels = member.target.desired.labels.as_ref().unwrap();
    let missing = bench.files.join("nowhere");
    let signing: Signing = signer.signing(&[missing.to_str().unwrap()]);
    let scope = labels::scope(labels) + &signature::scope((labels, &signing));
    let order = SigningOrder { signing, scope };
    let call = imaform::host::Call::new(imaform::host::Script::DigestFiles).input(order.scope);
    let answer = member.transport.run(call).await.unwrap();
    member.transport.disconnect().await;
    assert!(answer.stderr.contains("nowhere is not there"), "{answer:?}");
}

#[test]
fn a_playbook_names_the_key_and_never_holds_it() {
    let signer = Signer::new(RSA);
    let playbook = |key: &str, certificate: &str, paths: &str| {
        format!(
            "name: p\nboot: {{cmdline: {{ima_policy: [appraise_tcb]}}}}\nappraisal: log\nlabels:\n  filesystem: ext4\n  signature: {{key: {key}, certificate: {certificate}, paths: {paths}}}\n"
        )
    };
    let certificate = signer.path("cert.der").display().to_string();
    let desired = support::desired(&playbook("{env: IMA_KEY}", &certificate, "[/usr/bin]"));
    // What is shown is itself a playbook.
    let again = support::desired(&desired.to_yaml().unwrap());
    assert_eq!(again, desired);
    let refused = |playbook: String, says: &str| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("p.yml"), playbook).unwrap();
        let inventory = directory.path().join("i.yml");
        fs::write(&inventory, "groups: {g: {playbook: p.yml, hosts: [a]}}\n").unwrap();
        let said = imaform::config::Site::load(&inventory).unwrap_err().to_string();
        assert!(said.contains(says), "{said}");
        said
    };
    let key = "\"-----BEGIN PRIVATE KEY-----MIIsecret\"";
    let said = refused(
        playbook(key, &certificate, "[/usr/bin]"),
        "`key` must say where the private key is",
    );
    assert!(!said.contains("secret"), "{said}");
    refused(playbook("k", "nowhere.der", "[/usr/bin]"), "nowhere.der: No such file");
    let pem = signer.path("key.pem").display().to_string();
    refused(playbook("k", &pem, "[/usr/bin]"), "it is no X.509 certificate");
    refused(playbook("k", &certificate, "[]"), "the list is empty");
    refused(playbook("k", &certificate, "[\"/usr/*\"]"), "holds a wildcard");
    refused(playbook("k", &certificate, "[usr]"), "is not absolute");
}
