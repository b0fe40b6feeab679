//! Endorsement certificates and their chains without a TPM: authorities that OpenSSL makes, of every kind of signature
//! and with every kind of fault, and certificates with one bit flipped.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use imaform::tpm::{Chain, Credential, EkCertificate, EndorsementKey, KeyName, RootsFault, TrustedRoots};
use proptest::prelude::*;
use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;
use tss_esapi::{
    abstraction::{DefaultKey, ek},
    interface_types::algorithm::AsymmetricAlgorithm,
    structures::{EccParameter, EccPoint, Public, PublicKeyRsa},
};

const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const WEAK: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const ED25519: &[&str] = &["-algorithm", "ED25519"];

const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
const ENDORSEMENT: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyEncipherment\n\
                           extendedKeyUsage=2.23.133.8.1\nsubjectAltName=critical,dirName:model\n[model]\nOU=test\n";

/// Keys and certificates by name.
struct Pki {
    directory: TempDir,
}

/// A certificate to issue.
#[derive(Clone, Copy)]
struct Issue {
    key: &'static [&'static str],
    extensions: &'static str,
    days: u32,
}

const ROOT: Issue = Issue {
    key: P256,
    extensions: AUTHORITY,
    days: 3000,
};
const BETWEEN: Issue = Issue { days: 2000, ..ROOT };
const END: Issue = Issue {
    extensions: ENDORSEMENT,
    days: 1000,
    ..ROOT
};

impl Pki {
    fn new() -> Self {
        let pki = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        fs::write(pki.path("config"), "[req]\ndistinguished_name=name\n[name]\n").unwrap();
        pki
    }

    /// With `root`, `between` and `end`.
    fn of(root: Issue, between: Issue, end: Issue, hash: &str) -> Self {
        let pki = Self::new();
        pki.issue("root", "root", root, hash);
        pki.issue("between", "root", between, hash);
        pki.issue("end", "between", end, hash);
        pki
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.directory.path())
            .output();
        let output = output.unwrap_or_else(|error| panic!("openssl: {error}; install it (`make check` does)"));
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn issue(&self, name: &str, issuer: &str, issue: Issue, hash: &str) {
        let (key, request, certificate) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
        let extensions = format!("{name}.ext");
        fs::write(self.path(&extensions), issue.extensions).unwrap();
        self.openssl(&[&["genpkey", "-out", &key], issue.key].concat());
        let subject = format!("/O=imaform/CN={name}");
        self.openssl(&[
            "req", "-new", "-config", "config", "-subj", &subject, "-key", &key, "-out", &request,
        ]);
        let (issuer_key, issuer_certificate) = (format!("{issuer}.key"), format!("{issuer}.pem"));
        let signer: &[&str] = match name == issuer {
            true => &["-signkey", &issuer_key],
            false => &["-CA", &issuer_certificate, "-CAkey", &issuer_key, "-set_serial", "4711"],
        };
        let days = issue.days.to_string();
        let common = [
            "x509",
            "-req",
            hash,
            "-days",
            &days,
            "-in",
            &request,
            "-extfile",
            &extensions,
        ];
        self.openssl(&[&common, signer, &["-out", &certificate]].concat());
    }

    fn end(&self) -> EkCertificate {
        EkCertificate::parse(&self.der()).unwrap()
    }

    fn der(&self) -> Vec<u8> {
        self.openssl(&["x509", "-in", "end.pem", "-outform", "DER", "-out", "end.der"]);
        fs::read(self.path("end.der")).unwrap()
    }

    fn roots(&self, names: &[&str]) -> TrustedRoots {
        let pem = |name: &&str| fs::read_to_string(self.path(&format!("{name}.pem"))).unwrap();
        let text: String = names.iter().map(|name| format!("# {name}\n{}", pem(name))).collect();
        TrustedRoots::from_pem(&text).unwrap()
    }

    /// In so many days.
    fn chain(&self, days: u64) -> Chain {
        let at = SystemTime::now() + Duration::from_secs(days * 86_400);
        self.roots(&["between", "root"]).vouch(Some(&self.end()), at)
    }
}

#[test]
fn every_signature_that_vendors_use_is_verified() {
    for (key, hash) in [
        (RSA, "-sha1"),
        (RSA, "-sha256"),
        (RSA, "-sha384"),
        (RSA, "-sha512"),
        (P256, "-sha256"),
        (P256, "-sha384"),
        (P384, "-sha256"),
        (P384, "-sha384"),
    ] {
        let pki = Pki::of(Issue { key, ..ROOT }, Issue { key, ..BETWEEN }, END, hash);
        let root = "CN=root,O=imaform".to_owned();
        assert_eq!(pki.chain(1), Chain::Trusted { root }, "{key:?} {hash}");
    }
}

#[test]
fn what_is_wrong_with_a_chain_is_said() {
    let constrained = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n";
    let no_authority = "basicConstraints=critical,CA:FALSE\n";
    let no_signer = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n";
    let unknown = "basicConstraints=critical,CA:FALSE\n1.2.3.4=critical,DER:0500\n";
    let server = "extendedKeyUsage=serverAuth\n";
    let elsewhere =
        "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;dirName:only\n[only]\nO=other\n";
    let with = |issue: Issue, extensions: &'static str| Issue { extensions, ..issue };
    let keyed = |issue: Issue, key: &'static [&'static str]| Issue { key, ..issue };
    for (root, between, end, days, reason) in [
        (ROOT, BETWEEN, END, 1500, "it has expired"),
        (
            ROOT,
            Issue { days: 50, ..BETWEEN },
            END,
            60,
            "CN=between,O=imaform is there, but has expired at",
        ),
        (
            Issue { days: 50, ..ROOT },
            BETWEEN,
            END,
            60,
            "CN=root,O=imaform is there, but has expired at",
        ),
        (
            ROOT,
            with(BETWEEN, no_authority),
            END,
            1,
            "CN=between,O=imaform is there, but is no authority",
        ),
        (
            ROOT,
            with(BETWEEN, ""),
            END,
            1,
            "CN=between,O=imaform is there, but is no authority",
        ),
        (
            with(ROOT, no_authority),
            BETWEEN,
            END,
            1,
            "CN=root,O=imaform is there, but is no authority",
        ),
        (
            ROOT,
            with(BETWEEN, no_signer),
            END,
            1,
            "CN=between,O=imaform is there, but may not sign",
        ),
        (
            with(ROOT, no_signer),
            BETWEEN,
            END,
            1,
            "CN=root,O=imaform is there, but may not sign",
        ),
        (with(ROOT, constrained), BETWEEN, END, 1, "pathLenConstraint"),
        (ROOT, BETWEEN, with(END, unknown), 1, "critical extension"),
        (ROOT, BETWEEN, with(END, server), 1, "extended key usage"),
        (
            ROOT,
            BETWEEN,
            with(END, AUTHORITY),
            1,
            "it is the certificate of an authority",
        ),
        (ROOT, with(BETWEEN, elsewhere), END, 1, "nameConstraints"),
        (ROOT, keyed(BETWEEN, WEAK), END, 1, "the issuer's key"),
    ] {
        let pki = Pki::of(root, between, end, "-sha256");
        match pki.chain(days) {
            Chain::Untrusted { why } => assert!(why.contains(reason), "{reason}: {why}"),
            other => panic!("{reason}: {other:?}"),
        }
    }
    let pki = Pki::of(keyed(ROOT, ED25519), keyed(BETWEEN, ED25519), END, "-sha256");
    assert!(
        pki.chain(1).to_string().contains("signed in a way that is not known"),
        "{}",
        pki.chain(1)
    );
}

#[test]
fn a_path_goes_through_as_many_authorities_as_are_given_and_no_further() {
    let pki = Pki::of(ROOT, BETWEEN, END, "-sha256");
    let at = SystemTime::now() + Duration::from_secs(86_400);
    pki.issue("end", "root", END, "-sha256");
    assert!(matches!(
        pki.roots(&["root"]).vouch(Some(&pki.end()), at),
        Chain::Trusted { .. }
    ));
    let mut names: Vec<String> = vec!["root".into()];
    for number in 0..8 {
        let (issuer, name) = (names.last().unwrap().clone(), format!("between{number}"));
        pki.issue(&name, &issuer, Issue { key: P256, ..BETWEEN }, "-sha256");
        names.push(name.clone());
        pki.issue("end", &name, END, "-sha256");
        let given: Vec<&str> = names.iter().map(String::as_str).collect();
        let chain = pki.roots(&given).vouch(Some(&pki.end()), at);
        if number >= 6 {
            assert!(chain.to_string().contains("the chain is too long"), "{number}: {chain}");
            continue;
        }
        assert!(matches!(chain, Chain::Trusted { .. }), "{number}: {chain}");
        let gap = pki
            .roots(&[&given[..1], &given[2..]].concat())
            .vouch(Some(&pki.end()), at);
        assert!(gap.to_string().contains("no chain leads from it"), "{number}: {gap}");
    }
}

#[test]
fn a_file_without_roots_is_refused() {
    let pki = Pki::of(ROOT, BETWEEN, END, "-sha256");
    let between = fs::read_to_string(pki.path("between.pem")).unwrap();
    let root = fs::read_to_string(pki.path("root.pem")).unwrap();
    let cut: String = root.lines().filter(|line| !line.ends_with('=')).skip(2).collect();
    for (text, fault) in [
        (String::new(), RootsFault::Empty),
        (fs::read_to_string(pki.path("root.key")).unwrap(), RootsFault::Empty),
        (between.clone(), RootsFault::NoRoot),
        (
            format!("{between}-----BEGIN CERTIFICATE-----\n{cut}\n-----END CERTIFICATE-----\n"),
            RootsFault::Malformed(2),
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n".into(),
            RootsFault::Malformed(1),
        ),
    ] {
        assert_eq!(TrustedRoots::from_pem(&text).unwrap_err(), fault, "{text}");
    }
    assert_eq!(
        TrustedRoots::none().vouch(Some(&pki.end()), SystemTime::now()),
        Chain::NotAsked
    );
}

#[test]
fn no_flipped_bit_of_a_certificate_is_vouched_for() {
    for key in [RSA, P256] {
        let pki = Pki::of(
            Issue { key, ..ROOT },
            Issue { key, ..BETWEEN },
            Issue { key, ..END },
            "-sha256",
        );
        let (der, roots, at) = (pki.der(), pki.roots(&["between", "root"]), SystemTime::now());
        assert!(matches!(roots.vouch(Some(&pki.end()), at), Chain::Trusted { .. }));
        // One in each byte.
        for byte in 0..der.len() {
            let mut flipped = der.clone();
            flipped[byte] ^= 1 << (byte * 5 % 8);
            if let Ok(certificate) = EkCertificate::parse(&flipped) {
                let chain = roots.vouch(Some(&certificate), at);
                assert!(matches!(chain, Chain::Untrusted { .. }), "byte {byte}: {chain}");
            }
        }
    }
}

fn template(algorithm: AsymmetricAlgorithm) -> Public {
    ek::create_ek_public_from_default_template(algorithm, DefaultKey).unwrap()
}

/// A Name to wrap credentials for.
fn name() -> KeyName {
    KeyName::of(&template(AsymmetricAlgorithm::Ecc)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn bytes_of_a_host_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = EkCertificate::parse(&bytes);
        let _ = TrustedRoots::from_pem(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn keys_of_a_host_do_no_harm(modulus in prop::collection::vec(any::<u8>(), 0..512), x: [u8; 32], y: [u8; 32]) {
        let mut rsa = template(AsymmetricAlgorithm::Rsa);
        if let Public::Rsa { unique, .. } = &mut rsa {
            *unique = PublicKeyRsa::try_from(modulus).unwrap();
        }
        let mut ecc = template(AsymmetricAlgorithm::Ecc);
        if let Public::Ecc { unique, .. } = &mut ecc {
            let number = |bytes: [u8; 32]| EccParameter::try_from(bytes.to_vec()).unwrap();
            *unique = EccPoint::new(number(x), number(y));
        }
        for public in [rsa, ecc] {
            if let Some(key) = EndorsementKey::of_object(&public) {
                let _ = Credential::wrap(&[0; 32], &key, &name());
            }
        }
    }
}
