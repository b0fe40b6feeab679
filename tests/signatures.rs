//! Signatures of files: evmctl takes what imaform makes and the other way round; what keys are refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use imaform::{
    config::{KeySource, Signing},
    ima::{Certificate, HashAlgorithm, Label},
    signing::SigningKey,
};
use sha2::{Digest, Sha256};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const EC: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// A key with a certificate, as openssl makes them.
struct Maker(TempDir);

impl Maker {
    fn new(algorithm: &[&str]) -> Self {
        let maker = Self(tempfile::tempdir().unwrap());
        let key = maker.path("key.pem");
        run(Command::new("openssl")
            .arg("genpkey")
            .args(algorithm)
            .arg("-out")
            .arg(&key));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let request = [
            "req",
            "-new",
            "-x509",
            "-subj",
            "/CN=signer of tests",
            "-days",
            "30",
            "-outform",
            "DER",
        ];
        run(Command::new("openssl")
            .args(request)
            .arg("-key")
            .arg(&key)
            .arg("-out")
            .arg(maker.path("cert.der")));
        maker
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn certificate(&self) -> Certificate {
        Certificate::parse(&fs::read(self.path("cert.der")).unwrap()).unwrap()
    }

    fn signing(&self) -> Signing {
        Signing {
            key: KeySource::File(self.path("key.pem")),
            certificate: self.certificate(),
            paths: vec!["/opt".into()],
        }
    }

    fn refusal(&self) -> String {
        match SigningKey::open(&self.signing()) {
            Ok(_) => panic!("the key is taken"),
            Err(error) => error.to_string(),
        }
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
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
        let maker = Maker::new(algorithm);
        let file = maker.path("program");
        fs::write(&file, "#!/bin/sh\n").unwrap();
        let key = SigningKey::open(&maker.signing()).unwrap();
        let label = key.sign(&digest(&file)).unwrap();
        fs::write(maker.path("program.sig"), label.to_bytes()).unwrap();
        let verify = || {
            let mut command = Command::new("evmctl");
            command.args(["ima_verify", "--sigfile", "--key"]);
            command.arg(maker.path("cert.der")).arg(&file);
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
        let maker = Maker::new(algorithm);
        let file = maker.path("program");
        fs::write(&file, "#!/bin/sh\n").unwrap();
        let sign = ["ima_sign", "--sigfile", "--hashalgo", "sha256", "--key"];
        run(Command::new("evmctl").args(sign).arg(maker.path("key.pem")).arg(&file));
        let label = Label::parse(&fs::read(maker.path("program.sig")).unwrap()).unwrap();
        let certificate = maker.certificate();
        let verifies = |certificate: &Certificate, digest: &[u8]| {
            certificate.verifies(signature(&label), HashAlgorithm::SHA256, digest)
        };
        assert!(verifies(&certificate, &digest(&file)));
        assert!(!verifies(&certificate, &Sha256::digest("other")));
        assert!(!verifies(&Maker::new(algorithm).certificate(), &digest(&file)));
    }
}

#[test]
fn a_certificate_is_read_as_pem_too_and_what_is_none_is_refused() {
    let maker = Maker::new(RSA);
    let certificate = maker.certificate();
    assert_eq!(Certificate::parse(certificate.pem().as_bytes()).unwrap(), certificate);
    assert_eq!(certificate.subject, "signer of tests");
    assert!(
        certificate
            .key_id
            .ends_with(&format!("{:08x}", certificate.short_key_id()))
    );
    let key = fs::read(maker.path("key.pem")).unwrap();
    for (bytes, says) in [
        (key.as_slice(), "no X.509"),
        (b"", "no X.509"),
        (b"\x30\x03abc", "no X.509"),
    ] {
        assert!(Certificate::parse(bytes).unwrap_err().to_string().contains(says));
    }
    let bare = maker.path("bare.der");
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
        .arg(maker.path("key.pem"))
        .arg("-out")
        .arg(&bare));
    let error = Certificate::parse(&fs::read(bare).unwrap()).unwrap_err().to_string();
    assert!(error.contains("no SubjectKeyIdentifier"), "{error}");
}

#[test]
fn keys_that_others_can_read_and_foreign_and_encrypted_ones_are_refused_without_a_word_of_them() {
    let maker = Maker::new(RSA);
    let key = maker.path("key.pem");
    let whole = fs::read_to_string(&key).unwrap();
    let secret = whole.lines().nth(1).unwrap().to_owned();
    let refused = |says: &str| {
        let error = maker.refusal();
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
        .arg(maker.path("locked.pem")));
    fs::copy(maker.path("locked.pem"), &key).unwrap();
    refused("it is encrypted");
    fs::write(&key, "-----BEGIN PRIVATE KEY-----\nnothing\n").unwrap();
    refused("no private key in PEM");
    fs::copy(Maker::new(RSA).path("key.pem"), &key).unwrap();
    refused("not the key of the certificate");
    fs::remove_file(&key).unwrap();
    refused("No such file");
}
