//! Measurement lists that kernels wrote (tests/lab/lists) against the registers of the TPM that they extended.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "lists/sample.rs"]
mod sample;

use imaform::ima::{
    hex,
    measurement::{BootAggregate, Evidence, Extends, Field, verify},
    pcr::{Pcr, PcrBank, PcrValues},
};
use sample::{Read, Sample, verified};
use std::collections::{BTreeMap, BTreeSet};

fn with_tpm() -> impl Iterator<Item = Sample> {
    Sample::all().into_iter().filter(Sample::has_tpm)
}

/// The register that IMA extends, in all banks.
fn without_the_list(values: &PcrValues) -> PcrValues {
    let mut others = PcrValues::default();
    for (pcr, value) in values.iter().filter(|(pcr, _)| pcr.index < 10) {
        others.insert(pcr, value.to_vec()).unwrap();
    }
    others
}

#[test]
fn there_are_samples_of_every_kind() {
    let samples = Sample::all();
    let of = |kernel: &str| {
        let samples = samples.iter().filter(|sample| sample.about("kernel") == kernel);
        samples.map(|sample| sample.about("variant")).collect::<BTreeSet<_>>()
    };
    for kernel in ["debian-6.1", "debian-6.12", "debian-7.2", "built-5.10"] {
        assert!(of(kernel).contains("templates"), "{kernel}");
    }
    let variants: BTreeSet<&str> = samples.iter().map(|sample| sample.about("variant")).collect();
    let wanted = "canonical d-n four-banks ids ima ima-md5 no-tpm sha256-only sha512 tcb templates verity xattrs";
    assert_eq!(variants, wanted.split(' ').collect());
}

#[test]
fn the_kernels_wrote_every_template_that_they_have() {
    for sample in Sample::all() {
        if sample.about("variant") != "templates" {
            continue;
        }
        let entries = sample.listing("binary").read();
        let written: BTreeSet<&str> = entries.iter().map(|entry| entry.template.as_str()).collect();
        let (_, version) = sample.about("kernel").split_once('-').unwrap();
        let (major, minor) = version.split_once('.').unwrap();
        let version: (u32, u32) = (major.parse().unwrap(), minor.parse().unwrap());
        let mut wanted = BTreeSet::from(["ima", "ima-ng", "ima-sig", "ima-buf", "ima-modsig"]);
        if version >= (5, 14) {
            wanted.insert("evm-sig");
        }
        if version >= (5, 19) {
            wanted.extend(["ima-ngv2", "ima-sigv2"]);
        }
        assert_eq!(written, wanted, "{}", sample.name);
    }
}

#[test]
fn every_list_reaches_its_registers() {
    let mut padded = BTreeSet::new();
    for sample in with_tpm() {
        for list in sample.listings() {
            for (values, wanted) in [
                (sample.at_quote(), sample.entries_at_quote()),
                (sample.after(), sample.entries()),
            ] {
                let verification = verified(&list.bytes, &values);
                assert!(verification.is_sound(), "{}: {verification:#?}", list.name);
                assert_eq!(verification.proven(), Some(wanted), "{}", list.name);
                let banks: Vec<&str> = sample.about("banks").split(',').collect();
                let main = verification.registers.iter().filter(|proof| proof.pcr.index == 10);
                assert_eq!(main.clone().count(), banks.len(), "{}", list.name);
                assert!(
                    verification.unproven.is_empty() || banks == ["sha256"],
                    "{}: {:?}",
                    list.name,
                    verification.unproven
                );
                padded.extend(
                    main.filter(|proof| proof.extends != Extends::OwnHash)
                        .map(|proof| format!("{} {} {:?}", sample.about("kernel"), proof.pcr.bank, proof.extends)),
                );
            }
        }
    }
    let wanted = [
        "debian-6.1 sha384 UnloadedHash",
        "debian-6.1 sha512 UnloadedHash",
        "ubuntu-5.4 sha256 PaddedSha1",
    ];
    assert_eq!(padded, wanted.map(str::to_owned).into());
}

#[test]
fn entries_violations_and_boot_aggregate_are_as_the_kernel_said() {
    for sample in with_tpm() {
        // Ubuntu's default hash up to 22.04 is sha1.
        let sha1 = ["ima", "ima-md5", "d-n"].contains(&sample.about("variant")) || sample.name.starts_with("ubuntu-5");
        let (bank, last) = if sha1 { (PcrBank::Sha1, 7) } else { (PcrBank::Sha256, 9) };
        for list in sample.listings() {
            let verification = verified(&list.bytes, &sample.at_quote());
            assert_eq!(
                verification.form.map(|form| form.to_string().contains("ASCII")),
                Some(list.ascii)
            );
            assert_eq!(verification.entries, sample.entries(), "{}", list.name);
            let violations: u64 = sample.about("violations").parse().unwrap();
            assert_eq!(verification.violations.count, violations, "{}", list.name);
            assert_eq!(
                verification.boot_aggregate,
                BootAggregate::Match { bank, last },
                "{}",
                list.name
            );
        }
    }
}

/// Violations of both kinds are of files with these names; the first one of a kind is before the quote, the other after it.
#[test]
fn violations_of_both_kinds_are_found() {
    for sample in Sample::all() {
        if sample.about("variant") == "tcb" {
            continue;
        }
        let entries = sample.listing("binary").read();
        let violations: Vec<_> = entries
            .iter()
            .filter(|entry| entry.violation)
            .map(|entry| String::from_utf8(entry.path.clone()).unwrap())
            .collect();
        let wanted = [
            "before-tomtou",
            "before-open-writers",
            "after-tomtou",
            "after-open-writers",
        ];
        assert_eq!(
            violations,
            wanted.map(|name| format!("/t/1001/{name}")),
            "{}",
            sample.name
        );
    }
}

/// The guest wrote `plain of 1001` into `/t/1001/plain`, and so on.
#[test]
fn digests_are_those_of_the_files() {
    let mut found = BTreeMap::new();
    for sample in Sample::all() {
        for entry in sample.listing("binary").read() {
            let path = String::from_utf8_lossy(&entry.path).into_owned();
            let Some(owner) = path.strip_prefix("/t/").and_then(|path| path.strip_suffix("/plain")) else {
                continue;
            };
            let digest = entry.digest.unwrap();
            let (bank, digits) = digest.rsplit_once(':').unwrap();
            let content = format!("plain of {owner}\n");
            if let Some(bank) = PcrBank::from_name(bank) {
                assert_eq!(
                    digits,
                    hex::encode(&bank.hash([content.as_bytes()])),
                    "{} {path}",
                    sample.name
                );
                *found.entry(bank).or_insert(0) += 1;
            } else {
                assert_eq!(bank, "md5");
            }
        }
    }
    assert!(
        found[&PcrBank::Sha1] > 5 && found[&PcrBank::Sha256] > 20 && found[&PcrBank::Sha512] > 0,
        "{found:?}"
    );
}

#[test]
fn both_forms_and_all_banks_have_the_same_entries() {
    for sample in Sample::all() {
        let lists = sample.listings();
        let reference = sample.listing("binary").read();
        assert_eq!(reference.len() as u64, sample.entries());
        for list in &lists {
            let entries = list.read();
            assert_eq!(entries.len(), reference.len(), "{}", list.name);
            for (number, (entry, reference)) in entries.iter().zip(&reference).enumerate() {
                let hash = match list.bank {
                    PcrBank::Sha1 => reference.hash.clone(),
                    _ => entry.hash.clone(),
                };
                assert_eq!(
                    entry,
                    &Read {
                        hash,
                        ..reference.clone()
                    },
                    "{} {}",
                    list.name,
                    number + 1
                );
            }
        }
        // The hashes of a bank are the same in both forms, too.
        for binary in lists.iter().filter(|list| !list.ascii) {
            let ascii = lists
                .iter()
                .find(|list| list.ascii && list.bank == binary.bank)
                .unwrap();
            assert!(binary.read() == ascii.read(), "{}", binary.name);
        }
    }
}

#[test]
fn without_a_tpm_nothing_is_proven() {
    for sample in Sample::all().into_iter().filter(|sample| !sample.has_tpm()) {
        for list in sample.listings() {
            let verification = verified(&list.bytes, &PcrValues::default());
            assert_eq!(verification.entries, sample.entries());
            assert_eq!(verification.boot_aggregate, BootAggregate::NoTpm);
            assert_eq!(verification.proven(), None);
            // Nor does it fit a TPM that has been reset, or another machine's.
            let mut reset = PcrValues::default();
            for index in 0..24 {
                let pcr = Pcr {
                    bank: PcrBank::Sha256,
                    index,
                };
                reset.insert(pcr, vec![0; 32]).unwrap();
            }
            let other = Sample::named("debian-7.2-four-banks").at_quote();
            for values in [&reset, &other] {
                let verification = verified(&list.bytes, values);
                assert!(!verification.is_sound());
                assert_eq!(verification.proven(), None);
            }
        }
    }
}

#[test]
fn a_quote_is_found_without_the_registers_that_the_list_extends() {
    for sample in with_tpm() {
        let values = without_the_list(&sample.at_quote());
        for composite in sample.quotes() {
            for list in sample.listings() {
                let evidence = Evidence {
                    values: values.clone(),
                    composite: Some(composite.clone()),
                    ..Evidence::default()
                };
                let verification = verify(|| Ok(list.bytes.as_slice()), &evidence).unwrap();
                assert!(verification.is_sound(), "{}: {verification:#?}", list.name);
                assert_eq!(verification.proven(), Some(sample.entries_at_quote()), "{}", list.name);
                let mut digest = composite.digest.clone();
                digest[0] ^= 1;
                let evidence = Evidence {
                    composite: Some(imaform::ima::measurement::Composite {
                        digest,
                        ..composite.clone()
                    }),
                    ..evidence
                };
                let verification = verify(|| Ok(list.bytes.as_slice()), &evidence).unwrap();
                assert!(!verification.is_sound(), "{}", list.name);
                assert_eq!(verification.proven(), None, "{}", list.name);
            }
        }
    }
}

/// What signed files have in `security.ima` is in the list as it was written.
#[test]
fn signatures_are_labels() {
    let mut found = BTreeMap::new();
    for sample in Sample::all() {
        for entry in sample.listing("ascii").read() {
            for (field, data) in entry.fields {
                if field == Field::Signature && !data.is_empty() {
                    let label = imaform::ima::Label::parse(&data).unwrap();
                    let kind = label.to_string().split(" by").next().unwrap().to_owned();
                    *found.entry(kind).or_insert(0) += 1;
                }
            }
        }
    }
    let kinds: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        ["fs-verity signature of sha256", "signature of sha256"],
        "{found:?}"
    );
}
