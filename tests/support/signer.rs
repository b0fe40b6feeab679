//! Keys and certificates, as openssl makes them.

use imaform::{
    config::{KeySource, Signing},
    ima::Certificate,
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

pub const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
pub const EC: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// A key (`key.pem`) with a certificate (`cert.der`) in a directory of its own.
pub struct Signer(TempDir);

impl Signer {
    /// With a certificate that the key itself has signed.
    pub fn new(algorithm: &[&str]) -> Self {
        let signer = Self::with_key(algorithm);
        let request = ["req", "-new", "-x509", "-subj", "/CN=signer of tests", "-days", "30"];
        run(Command::new("openssl")
            .args(request)
            .args(["-outform", "DER", "-key"])
            .arg(signer.path("key.pem"))
            .arg("-out")
            .arg(signer.path("cert.der")));
        signer
    }

    /// With a certificate of this authority, as the kernel asks for it.
    pub fn of_authority(certificate: &Path, key: &Path) -> Self {
        let signer = Self::with_key(RSA);
        let request = signer.path("request");
        run(Command::new("openssl")
            .args(["req", "-new", "-subj", "/CN=signer of tests", "-key"])
            .arg(signer.path("key.pem"))
            .arg("-out")
            .arg(&request));
        let extensions = signer.path("extensions");
        let text = "basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
        fs::write(&extensions, text).unwrap();
        run(Command::new("openssl")
            .args([
                "x509",
                "-req",
                "-days",
                "30",
                "-set_serial",
                "17",
                "-outform",
                "DER",
                "-in",
            ])
            .arg(&request)
            .arg("-CA")
            .arg(certificate)
            .arg("-CAkey")
            .arg(key)
            .arg("-extfile")
            .arg(&extensions)
            .arg("-out")
            .arg(signer.path("cert.der")));
        signer
    }

    fn with_key(algorithm: &[&str]) -> Self {
        let signer = Self(tempfile::tempdir().unwrap());
        let key = signer.path("key.pem");
        run(Command::new("openssl")
            .arg("genpkey")
            .args(algorithm)
            .arg("-out")
            .arg(&key));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        signer
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::parse(&fs::read(self.path("cert.der")).unwrap()).unwrap()
    }

    /// What a playbook makes of it, with these paths.
    pub fn signing(&self, paths: &[&str]) -> Signing {
        Signing {
            key: KeySource::File(self.path("key.pem")),
            certificate: self.certificate(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }
    }

    /// `signature:` of a playbook.
    pub fn yaml(&self, paths: &str) -> String {
        let (key, certificate) = (self.path("key.pem"), self.path("cert.der"));
        let (key, certificate) = (key.display(), certificate.display());
        format!("signature: {{ key: {key}, certificate: {certificate}, paths: [{paths}] }}")
    }
}

/// What a program says that succeeds.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}
