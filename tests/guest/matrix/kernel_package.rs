use super::enforce_and_back::a_life_under_enforce_and_back;
use crate::{
    guest::{Guest, repository},
    imaform::{Ran, apply, imaform},
};
use std::{fs, process::Command};

/// Debian 11, whose own kernel has no IMA, with a package of one that has it as the guide wants it: to enforce, a life there,
/// and back.
#[test]
fn bullseye_with_a_kernel_of_its_own() {
    let package = kernel_package();
    let guest = Guest::of_suite("bullseye", "matrix-kernel");
    let inventory = guest.inventory_with(&playbook(&package));
    let stock = guest.ssh("uname -r");

    imaform("plan", &inventory, &["--detailed-exitcode"]).expect(
        2,
        &[
            &format!("reboot into the kernel of {package}"),
            "not known before the kernel of",
            "the host is looked at again",
        ],
    );
    assert_eq!(guest.ssh("uname -r"), stock);
    apply(&inventory).expect(
        0,
        &["every template hash right", "enforcing", "1 host: 1 as wanted, 0 not"],
    );
    assert_eq!(format!("linux-image-{}", guest.ssh("uname -r").trim()), package);
    a_life_under_enforce_and_back(&guest, &inventory);
    assert_ne!(guest.ssh("uname -r"), stock, "the kernel stays");
}

/// Builds the package unless it is there, and says its name.
fn kernel_package() -> String {
    let ran = Ran::of(Command::new(repository().join("tests/lab/kernels")).arg("package"));
    assert_eq!(ran.code, Some(0), "{ran}");
    let file = ran.stdout.trim().rsplit('/').next().unwrap().to_owned();
    file.split('_').next().unwrap().to_owned()
}

/// The recommended playbook, as a kernel takes it that has `CONFIG_IMA_WRITE_POLICY`.
fn playbook(package: &str) -> String {
    let text = fs::read_to_string(repository().join("playbooks/debian.yml")).unwrap();
    let templates = format!("template: {}/", repository().display());
    let changes = [
        ("template: ../", templates.as_str()),
        ("[tcb, appraise_tcb]", "[tcb]"),
        ("\nlabels:\n", "\nlabels:\n  method: setxattr\n"),
        (
            "\n    CONFIG_IMA: y\n",
            "\n    CONFIG_IMA: y\n    CONFIG_IMA_WRITE_POLICY: y\n",
        ),
        ("\nkernel:\n", &format!("\nkernel:\n  package: {package}\n")),
    ];
    changes.into_iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}
