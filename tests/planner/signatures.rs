//! Files that are signed: the way of a host whose kernel takes the certificate, and why others are refused.

use crate::{
    routes::{ENFORCE, FIX, PREPARE},
    support::{
        PLAYBOOK, desired, ids,
        machine::Machine,
        signer::{RSA, Signer},
    },
};
use imaform::config::Desired;

const CERTIFICATE: [&str; 4] = [
    "signature/certificate",
    "signature/hook",
    "signature/boot-script",
    "signature/initramfs",
];
const SIGN: [&str; 2] = ["signature/load", "signature/files"];

fn signed(signer: &Signer) -> Desired {
    let signature = signer.yaml("/usr/bin");
    desired(&PLAYBOOK.replace("exclude: [/var/log, /var/cache]", &signature))
}

/// A host whose kernel takes certificates of this key.
fn trusting(signer: &Signer) -> Machine {
    let mut machine = Machine::debian();
    machine.base.kernel_config += "CONFIG_INTEGRITY_ASYMMETRIC_KEYS=y\nCONFIG_INTEGRITY_TRUSTED_KEYRING=y\n";
    machine.base.tools.push("update-initramfs".into());
    let issuer = signer.certificate().issuer_key_id.unwrap();
    machine.signatures.kernel_keys = vec![format!("lab CA: {issuer}: X509.rsa 01234567 []")];
    machine.signatures.files = Some(900);
    machine.signatures.unsigned = 900;
    machine.signatures.names = vec!["/usr/bin/ls".into()];
    machine
}

#[test]
fn the_certificate_is_loaded_and_judged_before_anything_is_signed_and_seen_in_the_trial() {
    let signer = Signer::new(RSA);
    let desired = signed(&signer);
    let machine = trusting(&signer);
    let plan = machine.plan(&desired);
    assert_eq!(plan.refusals, [""; 0]);
    let ids = ids(&plan);
    let at = |id: &str| {
        ids.iter()
            .position(|found| found == id)
            .unwrap_or_else(|| panic!("{id} is not in {ids:?}"))
    };
    let in_order = [
        "packages/install",
        "signature/hook",
        "signature/initramfs",
        "boot/fix",
        "signature/load",
        "signature/files",
        "labels/files",
        "gate/enforce",
        "boot/trial",
        "signature/loaded",
        "enforce/prove",
        "boot/confirm",
    ];
    assert!(in_order.is_sorted_by_key(|id| at(id)), "{ids:?}");
    let expected = PREPARE.len() + CERTIFICATE.len() + FIX.len() + SIGN.len() + 4 + ENFORCE.len() + 1;
    assert_eq!(ids.len(), expected);
    let mut machine = machine;
    machine.carry_out(&desired).unwrap();
    assert_eq!(machine.plan(&desired).differences(), [""; 0]);
}

#[test]
fn no_plan_holds_the_key() {
    let signer = Signer::new(RSA);
    let plan = trusting(&signer).plan(&signed(&signer));
    let secret = std::fs::read_to_string(signer.path("key.pem")).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert!(!format!("{plan:?}").contains(secret));
    assert!(format!("{plan:?}").contains("key.pem"));
}

#[test]
fn a_host_that_enforces_signs_new_files_without_a_reboot() {
    let signer = Signer::new(RSA);
    let desired = signed(&signer);
    let mut machine = trusting(&signer);
    machine.carry_out(&desired).unwrap();
    machine.signatures.unsigned = 1;
    assert_eq!(ids(&machine.plan(&desired)), ["signature/files"]);
    // A boot that somebody gave an older initramfs.
    machine.signatures.unsigned = 0;
    machine.signatures.loaded.clear();
    assert_eq!(ids(&machine.plan(&desired)), ["signature/load"]);
}

#[test]
fn a_host_that_enforces_is_not_signed_before_a_trial_boot_has_loaded_the_certificate() {
    let signer = Signer::new(RSA);
    let mut machine = trusting(&signer);
    machine.carry_out(&desired(PLAYBOOK)).unwrap();
    let plan = machine.plan(&signed(&signer));
    let ids = ids(&plan);
    for id in ["boot/left-enforce", "signature/files", "boot/trial", "signature/loaded"] {
        assert!(ids.iter().any(|found| found == id), "{id} is not in {ids:?}");
    }
    machine.carry_out(&signed(&signer)).unwrap();
    assert_eq!(machine.plan(&signed(&signer)).differences(), [""; 0]);
}

#[test]
fn a_plan_says_why_a_kernel_will_never_take_the_certificate() {
    let signer = Signer::new(RSA);
    let desired = signed(&signer);
    let refused = |change: &dyn Fn(&mut Machine), says: &str| {
        let mut machine = trusting(&signer);
        change(&mut machine);
        let plan = machine.plan(&desired);
        assert!(plan.steps().is_empty());
        let [refusal] = &plan.refusals[..] else {
            panic!("{:?}", plan.refusals)
        };
        assert!(refusal.contains(says), "{refusal}");
    };
    let without = |option: &'static str| {
        move |machine: &mut Machine| {
            machine.base.kernel_config = machine.base.kernel_config.replace(&format!("{option}=y\n"), "");
        }
    };
    refused(&without("CONFIG_INTEGRITY_TRUSTED_KEYRING"), "it has no keyring .ima");
    refused(&without("CONFIG_INTEGRITY_ASYMMETRIC_KEYS"), "verifies no signatures");
    refused(
        &|machine| machine.signatures.kernel_keys.clear(),
        "It has no key at all",
    );
    let other = |machine: &mut Machine| {
        machine.signatures.kernel_keys = vec!["Build time autogenerated kernel key: cf73: X509.rsa cf73 []".into()];
    };
    refused(&other, "It has Build time autogenerated kernel key: cf73");
    refused(&other, "machine owner keys do not count");
    let permits = |machine: &mut Machine| {
        other(machine);
        machine.base.kernel_config += "CONFIG_IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY=y\n";
    };
    refused(&permits, "mokutil --import");
    refused(
        &|machine| drop(machine.base.tools.pop()),
        "update-initramfs is not there",
    );
}
