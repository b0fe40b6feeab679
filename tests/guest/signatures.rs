//! Files that are signed on the control side, and kernels that take the certificate or never will.

use crate::{guest::Guest, imaform::imaform};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Programs of user 4711 must be signed; the rest of the system has hashes.
fn playbook(keys: &Path) -> String {
    let keys = keys.display();
    format!(
        r#"
name: signed programs
boot: {{ cmdline: {{ lsm: +integrity }} }}
apt: {{ sandbox_user: root }}
packages: [ima-evm-utils]
policy:
  rules:
    - appraise func=BPRM_CHECK fowner=4711 appraise_type=imasig
    - appraise func=BPRM_CHECK fowner=0
    - appraise func=MMAP_CHECK mask=MAY_EXEC fowner=0
    - appraise func=MODULE_CHECK
    - appraise func=FIRMWARE_CHECK
    - measure func=BPRM_CHECK
    - hash func=FILE_CHECK fowner=0
labels:
  filesystem: ext4
  owner: root
  method: setxattr
  exclude: [/tmp, /var/tmp, /var/log, /var/cache, /var/spool, /var/lib/systemd, /var/lib/imaform]
  signature: {{ key: {keys}/ima.key, certificate: {keys}/ima.x509, paths: [/opt/signed] }}
appraisal: enforce
"#
    )
}

/// `ima.key` and `ima.x509`, which this authority has signed.
fn make_key(keys: &Path, authority: &Path) {
    let script = r#"
set -e
cd "$1"
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=digitalSignature subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >ext
openssl req -new -newkey rsa:2048 -noenc -keyout ima.key -subj '/CN=signer of the lab' -out request
openssl x509 -req -in request -CA "$2/ca.pem" -CAkey "$2/ca.key" -days 30 -set_serial 17 -extfile ext -outform DER -out ima.x509
"#;
    let mut command = Command::new("sh");
    let output = command
        .args(["-c", script, "sh"])
        .arg(keys)
        .arg(authority)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::set_permissions(keys.join("ima.key"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// An authority that no kernel knows.
fn make_authority(directory: &Path) {
    let mut command = Command::new("openssl");
    let arguments = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-noenc",
        "-subj",
        "/CN=unknown",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    ];
    let output = command.args(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_plan_for_debian_says_why_its_kernel_takes_no_certificate() {
    let keys = tempfile::tempdir().unwrap();
    make_authority(keys.path());
    make_key(keys.path(), keys.path());
    let guest = Guest::stock("no-ima-keyring");
    let inventory = guest.inventory_with(&playbook(keys.path()));
    let why = [
        "was built without CONFIG_INTEGRITY_TRUSTED_KEYRING",
        "it has no keyring .ima",
    ];
    imaform("plan", &inventory, &[]).expect(4, &why);
    imaform("apply", &inventory, &["--yes"]).expect(4, &why);
    // It is as the plan says.
    let ran = guest.try_ssh("grep -E ' keyring +\\.ima: ' /proc/keys");
    assert_eq!(ran.code, Some(1), "{ran}");
}

/// With a kernel of the lab's own, which has the certificate of the lab's authority built in: `tests/lab/kernels package`.
mod matrix {
    use super::*;

    /// Where the package and the authority are.
    fn lab() -> PathBuf {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/imaform-lab");
        std::env::var_os("IMAFORM_LAB").map_or_else(home, PathBuf::from)
    }

    /// Boots the lab's kernel, and no other.
    fn boot_own_kernel(guest: &Guest) {
        let packages = fs::read_dir(lab().join("extra/bullseye")).unwrap();
        let mut packages = packages.map(|entry| entry.unwrap().path());
        let is_image = |path: &PathBuf| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("linux-image-5.10")
        };
        let package = packages
            .find(is_image)
            .expect("tests/lab/kernels package has made no linux-image-5.10");
        guest.send("/root/kernel.deb", &package);
        guest.ssh("dpkg -i /root/kernel.deb && rm -f /boot/*-6.1.* && update-grub");
        guest.reboot();
        assert!(guest.ssh("uname -r").starts_with("5.10."));
    }

    #[test]
    fn signed_programs_run_and_others_are_refused_in_this_boot_and_the_next() {
        let keys = tempfile::tempdir().unwrap();
        make_key(keys.path(), &lab());
        let guest = Guest::stock("signed");
        boot_own_kernel(&guest);
        guest.ssh("mkdir -p /opt/signed && printf '#!/bin/sh\\necho runs\\n' >/opt/signed/good && chmod 755 /opt/signed/good && chown 4711 /opt/signed/good");
        let inventory = guest.inventory_with(&playbook(keys.path()));
        let all = [
            "the kernel took the certificate into .ima",
            "1 signature of signer of the lab",
            "1 host: 1 as wanted, 0 not",
        ];
        imaform("apply", &inventory, &["--yes"]).expect(0, &all);
        assert_eq!(guest.mode(), "enforce");
        rules_hold(&guest, keys.path());

        guest.reboot();
        assert_eq!(guest.mode(), "enforce");
        rules_hold(&guest, keys.path());
        imaform("apply", &inventory, &["--yes"]).expect(0, &["1 host: 1 as wanted, 0 not"]);

        // As after an upgrade: a new file.
        let boot = guest.boot_id();
        guest.ssh("cp -p /opt/signed/good /opt/signed/new && printf '#!/bin/sh\\necho new runs\\n' >/opt/signed/new");
        assert_eq!(guest.try_ssh("/opt/signed/new").code, Some(126));
        imaform("plan", &inventory, &[]).expect(0, &["/opt/signed/new"]);
        imaform("apply", &inventory, &["--yes"]).expect(0, &["1 signature of signer of the lab"]);
        assert_eq!(guest.ssh("/opt/signed/new"), "new runs\n");
        assert_eq!(guest.boot_id(), boot, "nothing was rebooted");
    }

    /// What is signed runs, by whichever program; a hash, a foreign signature and none do not.
    fn rules_hold(guest: &Guest, keys: &Path) {
        assert_eq!(guest.ssh("/opt/signed/good"), "runs\n");
        let evmctl = keys.join("evmctl");
        fs::write(&evmctl, "#!/bin/sh\necho runs by evmctl\n").unwrap();
        let sign = ["ima_sign", "--sigfile", "--hashalgo", "sha256", "--key"];
        let output = Command::new("evmctl")
            .args(sign)
            .arg(keys.join("ima.key"))
            .arg(&evmctl)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let signature = fs::read(keys.join("evmctl.sig")).unwrap();
        let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        guest.ssh("rm -rf /opt/other && mkdir /opt/other");
        for name in ["signed", "tampered", "hashed", "bare"] {
            guest.send(&format!("/opt/other/{name}"), &evmctl);
        }
        guest.ssh("echo '# and more' >>/opt/other/tampered; cd /opt/other && chmod 755 * && chown 4711 *");
        guest.ssh(&format!(
            "cd /opt/other && setfattr -n security.ima -v 0x{signature} signed tampered"
        ));
        guest.ssh("cd /opt/other && setfattr -n security.ima -v 0x0404$(sha256sum <hashed | cut -d ' ' -f 1) hashed");
        assert_eq!(guest.ssh("/opt/other/signed"), "runs by evmctl\n");
        for name in ["tampered", "hashed", "bare"] {
            assert_eq!(guest.try_ssh(&format!("/opt/other/{name}")).code, Some(126), "{name}");
        }
        guest.ssh("rm -r /opt/other");
    }
}
