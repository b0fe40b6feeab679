//! Quotes that a TPM signed (tests/lab/lists) over registers that real lists extended, as they are and tampered with.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use imaform::{
    ima::{hex, measurement::Evidence, pcr::PcrValues},
    tpm::{AttestationKey, Nonce, PcrDigest, Proof, QuoteProof, QuoteSignature, Verdict, parse_pcrs},
};
use proptest::prelude::*;
use serde_json::Value;
use std::{fs, path::PathBuf, process::Command};

/// One quote of a sample.
struct Quoted {
    sample: PathBuf,
    key: &'static str,
}

impl Quoted {
    fn all() -> Vec<Self> {
        let samples = fs::read_dir("tests/lists").unwrap().map(|entry| entry.unwrap().path());
        let mut samples: Vec<PathBuf> = samples.filter(|path| path.join("rsa.msg").exists()).collect();
        samples.sort();
        let quoted = |sample: PathBuf| {
            ["rsa", "ecc"].map(|key| Self {
                sample: sample.clone(),
                key,
            })
        };
        samples.into_iter().flat_map(quoted).collect()
    }

    /// The quotes of a list with every template.
    fn of_templates() -> [Self; 2] {
        ["rsa", "ecc"].map(|key| Self {
            sample: "tests/lists/debian-6.1-templates".into(),
            key,
        })
    }

    fn path(&self, part: &str) -> PathBuf {
        self.sample.join(format!("{}.{part}", self.key))
    }

    fn part(&self, part: &str) -> Vec<u8> {
        fs::read(self.path(part)).unwrap()
    }

    fn nonce(&self) -> String {
        fs::read_to_string(self.sample.join("nonce")).unwrap().trim().to_owned()
    }

    fn key(&self) -> AttestationKey {
        AttestationKey::from_pem(&String::from_utf8(self.part("pem")).unwrap()).unwrap()
    }

    fn list(&self, name: &str) -> Vec<u8> {
        fs::read(self.sample.join(name)).unwrap()
    }

    fn lists(&self) -> Vec<String> {
        let names = fs::read_dir(&self.sample)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.into_string().unwrap());
        names
            .filter(|name| name.starts_with("binary") || name.starts_with("ascii"))
            .collect()
    }

    fn entries_at_quote(&self) -> u64 {
        let about = fs::read_to_string(self.sample.join("about")).unwrap();
        let line = about.lines().find_map(|line| line.strip_prefix("entries at quote: "));
        line.unwrap().parse().unwrap()
    }

    fn quote(&self, parts: &Parts) -> QuoteProof {
        QuoteProof::new(&parts.message, &parts.signature, &self.key(), Some(&parts.nonce))
    }

    fn parts(&self) -> Parts {
        Parts {
            list: self.list("binary"),
            message: self.part("msg"),
            signature: self.part("sig"),
            nonce: hex::decode(self.nonce()).unwrap(),
            pcrs: self.part("pcrs"),
        }
    }

    fn proof(&self, parts: &Parts) -> Proof {
        let (values, faults) = match parse_pcrs(&parts.pcrs) {
            Ok(values) => (values, Vec::new()),
            Err(fault) => (PcrValues::default(), vec![fault.to_string()]),
        };
        let evidence = Evidence {
            values,
            ..Evidence::default()
        };
        Proof::of(|| Ok(parts.list.as_slice()), evidence, Some(self.quote(parts)), faults).unwrap()
    }
}

/// Everything that goes into a verification, to be tampered with.
#[derive(Clone)]
struct Parts {
    list: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
    nonce: Vec<u8>,
    pcrs: Vec<u8>,
}

fn imaform(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_imaform"))
        .args(["log", "verify"])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors, "", "{arguments:?}");
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// `text` of a path.
fn of(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_quote_is_verified_up_to_where_it_was_made() {
    for quoted in Quoted::all() {
        let (pcrs, message, signature) = (quoted.path("pcrs"), quoted.path("msg"), quoted.path("sig"));
        let (key, nonce) = (quoted.path("pem"), quoted.nonce());
        let quote = [
            "--quote",
            of(&message),
            "--signature",
            of(&signature),
            "--ak",
            of(&key),
            "--nonce",
            &nonce,
        ];
        for name in quoted.lists() {
            let list = quoted.sample.join(&name);
            let with_values = [&[of(&list), "--format", "json", "--pcrs", of(&pcrs)], &quote[..]].concat();
            let (code, out) = imaform(&with_values);
            let found: Value = serde_json::from_str(&out).unwrap();
            assert_eq!(
                (code, &found["verdict"]),
                (Some(0), &Value::from("verified")),
                "{with_values:?}\n{out}"
            );
            let at = Value::from(quoted.entries_at_quote());
            assert_eq!(found["proven"], at, "{}", list.display());
            let banks = found["banks"].as_array().unwrap();
            let ima = banks.iter().filter(|bank| bank["index"] == 10);
            assert!(
                ima.clone().count() > 0 && ima.clone().all(|bank| bank["matched_at"] == at),
                "{out}"
            );
            assert_eq!(found["quote"]["signature"], "valid");
            assert_eq!(found["quote"]["nonce"], "match");
            assert_eq!(found["quote"]["pcr_digest"], "match");

            // Only register 10 is quoted: its value need not be known.
            if quoted.key == "rsa" {
                let (code, out) = imaform(&[&[of(&list), "--format", "json"], &quote[..]].concat());
                let found: Value = serde_json::from_str(&out).unwrap();
                assert_eq!((code, &found["proven"]), (Some(0), &at), "{}\n{out}", list.display());
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_found_and_its_part_named() {
    for quoted in Quoted::of_templates() {
        let parts = quoted.parts();
        assert_eq!(quoted.proof(&parts).verdict(), Verdict::Verified);
        for bit in 0..parts.message.len() * 8 {
            let mut tampered = parts.clone();
            flip(&mut tampered.message, bit);
            let proof = quoted.proof(&tampered);
            assert_eq!(proof.verdict(), Verdict::Failed, "bit {bit} of the quote");
            assert_eq!(proof.quote.unwrap().scheme, None, "bit {bit} of the quote");
        }
        for bit in 0..parts.signature.len() * 8 {
            let mut tampered = parts.clone();
            flip(&mut tampered.signature, bit);
            assert_eq!(quoted.quote(&tampered).scheme, None, "bit {bit} of the signature");
        }
        for bit in 0..parts.nonce.len() * 8 {
            let mut tampered = parts.clone();
            flip(&mut tampered.nonce, bit);
            assert_eq!(quoted.quote(&tampered).nonce, Nonce::Mismatch, "bit {bit} of the nonce");
        }
        // Without the quote's signature, which does not change: it takes long.
        let quote = quoted.quote(&parts);
        for bit in 0..parts.pcrs.len() * 8 {
            let mut pcrs = parts.pcrs.clone();
            flip(&mut pcrs, bit);
            let Ok(values) = parse_pcrs(&pcrs) else { continue };
            let evidence = Evidence {
                values,
                ..Evidence::default()
            };
            let proof = Proof::of(|| Ok(parts.list.as_slice()), evidence, Some(quote.clone()), Vec::new()).unwrap();
            assert_eq!(proof.verdict(), Verdict::Failed, "bit {bit} of the registers");
            assert_eq!(
                proof.quote.unwrap().pcr_digest,
                Some(PcrDigest::Mismatch),
                "bit {bit} of the registers"
            );
        }
    }
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn a_damaged_part_ends_with_5_and_its_name() {
    let [quoted, _] = Quoted::of_templates();
    let directory = tempfile::tempdir().unwrap();
    let (nonce, list) = (quoted.nonce(), quoted.sample.join("binary"));
    for (part, words) in [
        ("msg", "quote signature: INVALID"),
        ("sig", "quote signature: INVALID"),
        ("pcrs", "quote digest: NOT that of the given values"),
    ] {
        let path = |name: &str| match name == part {
            true => directory.path().join(name),
            false => quoted.path(name),
        };
        let mut bytes = quoted.part(part);
        let bit = if part == "pcrs" { 0x90 * 8 } else { bytes.len() * 4 };
        flip(&mut bytes, bit);
        fs::write(directory.path().join(part), bytes).unwrap();
        let (message, signature, pcrs, key) = (path("msg"), path("sig"), path("pcrs"), path("pem"));
        let (code, out) = imaform(&[
            of(&list),
            "--quote",
            of(&message),
            "--signature",
            of(&signature),
            "--pcrs",
            of(&pcrs),
            "--ak",
            of(&key),
            "--nonce",
            &nonce,
        ]);
        assert_eq!(code, Some(5), "{part}: {out}");
        assert!(out.contains(words), "{part}: {out}");
        assert!(
            out.ends_with("FAILED: the list and the evidence do not agree\n"),
            "{out}"
        );
    }
}

#[test]
fn another_key_of_the_same_kind_is_not_taken() {
    let [first, _] = Quoted::of_templates();
    for other in Quoted::all().iter().filter(|other| other.sample != first.sample) {
        let own = Quoted {
            sample: first.sample.clone(),
            key: other.key,
        };
        let proof = QuoteProof::new(&own.part("msg"), &own.part("sig"), &other.key(), None);
        assert_eq!((proof.scheme, proof.nonce), (None, Nonce::Unasked));
    }
}

#[test]
fn bare_signatures_are_read_too() {
    for quoted in Quoted::of_templates() {
        let parts = quoted.parts();
        let bare = match QuoteSignature::parse(&parts.signature) {
            QuoteSignature::Rsa { bytes, .. } => bytes,
            QuoteSignature::Ecdsa { r, s, .. } => {
                let scalar = |number: &[u8]| <[u8; 32]>::try_from(number).unwrap();
                let signature = p256::ecdsa::Signature::from_scalars(scalar(&r), scalar(&s)).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
            QuoteSignature::Plain(_) => panic!("{} is a TPMT_SIGNATURE", quoted.path("sig").display()),
        };
        let proof = QuoteProof::new(&parts.message, &bare, &quoted.key(), None);
        let scheme = proof.scheme.unwrap().to_string();
        assert!(
            ["RSASSA with sha256", "ECDSA with sha256"].contains(&scheme.as_str()),
            "{scheme}"
        );
    }
}

#[test]
fn registers_that_contradict_each_other_prove_nothing() {
    let [quoted, _] = Quoted::of_templates();
    let (list, pcrs) = (quoted.sample.join("binary"), quoted.path("pcrs"));
    let other = format!("sha256:10={}", "ab".repeat(32));
    let (code, out) = imaform(&[of(&list), "--pcrs", of(&pcrs), "--pcr", &other]);
    assert_eq!(code, Some(5), "{out}");
    assert!(out.contains("sha256:10 is given twice, with different values"), "{out}");
}

#[test]
fn without_registers_a_list_is_unproven() {
    let [quoted, _] = Quoted::of_templates();
    let (code, out) = imaform(&[of(&quoted.sample.join("binary"))]);
    assert_eq!(code, Some(0));
    assert!(out.contains("\nunproven: the list agrees with itself"), "{out}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever the bytes: no panic, and nothing is proven.
    #[test]
    fn any_bytes_are_no_evidence(message in bytes_like("msg"), signature in bytes_like("sig"), pcrs in bytes_like("pcrs")) {
        let [_, quoted] = Quoted::of_templates();
        let parts = Parts { message, signature, pcrs, ..quoted.parts() };
        let real = quoted.parts();
        let untouched = parts.message == real.message && parts.signature == real.signature;
        prop_assert_eq!(quoted.quote(&parts).scheme.is_some(), untouched);
        let _ = parse_pcrs(&parts.pcrs);
    }
}

/// Nothing but noise, or a real part with something cut out and something put in.
fn bytes_like(part: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let [_, quoted] = Quoted::of_templates();
    let real = quoted.part(part);
    let spliced =
        (0..real.len(), 0..40usize, prop::collection::vec(any::<u8>(), 0..40)).prop_map(move |(at, cut, put)| {
            let end = (at + cut).min(real.len());
            [&real[..at], &put, &real[end..]].concat()
        });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..400), spliced]
}
