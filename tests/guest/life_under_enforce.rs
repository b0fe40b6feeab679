//! What a Debian host goes through under enforce in the course of a year.

use crate::{
    guest::Guest,
    imaform::{Ran, imaform},
};
use std::path::Path;

/// The package hello of a higher version, in a repository of its own.
pub fn newer_hello(version: u32) -> String {
    format!("VERSION={version}\n{NEWER_HELLO}")
}

const NEWER_HELLO: &str = r#"set -e
mkdir -p /root/newer && cd /root/newer && rm -rf tree && apt-get -q download hello && dpkg-deb -R hello_*.deb tree
sed -i "s/^Version:.*/Version: $VERSION/" tree/DEBIAN/control && dpkg-deb -b tree hello.deb
{ cat tree/DEBIAN/control; echo 'Filename: ./hello.deb'; stat -c 'Size: %s' hello.deb; echo "SHA256: $(sha256sum <hello.deb | cut -d ' ' -f 1)"; } >Packages
echo 'deb [trusted=yes] file:/root/newer ./' >/etc/apt/sources.list.d/newer.list
apt-get -q update"#;

/// A package whose own script does what leaves a program without a label: another user writes it, and root takes it.
const CARELESS: &str = r#"set -e
mkdir -p /root/careless/DEBIAN && cd /root
printf 'Package: careless\nVersion: 1\nArchitecture: all\nMaintainer: lab\nDescription: lab\n' >careless/DEBIAN/control
printf '#!/bin/sh\nset -e\ninstall -d -o nobody /opt/careless\nsetpriv --reuid=nobody cp /bin/true /opt/careless/tool\nchown root /opt/careless/tool\n' >careless/DEBIAN/postinst
chmod 755 careless/DEBIAN/postinst && dpkg-deb -b careless careless.deb"#;

/// Packages, users, logs, the boot menu, and another kernel: all of it works, and nothing is denied.
pub fn everything_works_and_nothing_is_denied(guest: &Guest, inventory: &Path) {
    let begin = guest.ssh("date +%s").trim().to_owned();
    let maintain = |arguments: &[&str]| -> Ran { imaform("maintain", inventory, &[&["--yes"], arguments].concat()) };

    guest.ssh("apt-get -q update && apt-get -q -y install cron hello");
    guest.ssh("systemctl is-active cron");
    assert_eq!(guest.ssh("hello"), "Hello, world!\n");
    guest.ssh("adduser --disabled-password --gecos '' somebody && su -c 'id -un' somebody && deluser somebody");
    guest.ssh("logrotate --force /etc/logrotate.conf && logger rotated && update-grub");
    guest.ssh("rm /boot/grub/grub.cfg && update-grub 2>&1 && grep -q 'imaform boot mode 3' /boot/grub/grub.cfg");

    guest.ssh(CARELESS);
    guest.ssh("dpkg -i /root/careless.deb && /opt/careless/tool && dpkg -P careless && rm -r /opt/careless");

    guest.ssh(&newer_hello(99));
    maintain(&["--", "apt-get", "-q", "-y", "dist-upgrade"]).expect(
        0,
        &[
            "run apt-get -q -y dist-upgrade",
            "enforce would deny nothing",
            "1 host: 1 as wanted, 0 not",
        ],
    );
    assert_eq!(
        guest.ssh("dpkg-query -W -f '${Version}' hello && hello"),
        "99Hello, world!\n"
    );
    a_failing_command_is_told(guest, inventory);
    what_a_command_changes_behind_the_kernels_back_is_labelled(guest, inventory);

    let running = guest.ssh("uname -r").trim().to_owned();
    let other = guest.ssh("apt-cache search --names-only '^linux-image-[0-9.]*-[0-9]*-cloud-amd64$' | cut -d ' ' -f 1");
    let other = other.lines().find(|name| !name.ends_with(&running)).unwrap();
    // The one that runs is the newer one; out of the way it is no longer what GRUB boots first.
    let command = format!("apt-get -q -y install {other} && mv /boot/vmlinuz-{running} /root && update-grub");
    maintain(&["--reboot", "--", "sh", "-c", &command]).expect(
        0,
        &[
            "the boot menu changed",
            "reboot with ima_appraise=enforce",
            "the guard of the trial has ended",
            "enforcing",
        ],
    );
    assert_eq!(format!("linux-image-{}", guest.ssh("uname -r").trim()), other);
    assert_eq!(guest.mode(), "enforce");

    for _ in 0..3 {
        guest.reboot();
        assert_eq!(guest.mode(), "enforce");
    }
    guest.ssh("systemctl is-system-running --wait");
    assert_eq!(denied(guest, &begin), "");
}

fn a_failing_command_is_told(guest: &Guest, inventory: &Path) {
    let command = "echo half >/opt/half; echo trouble >&2; exit 7";
    imaform("maintain", inventory, &["--yes", "--", "sh", "-c", command])
        .expect(1, &["exit 7", "trouble", "maintenance.log"]);
    assert_eq!(guest.mode(), "enforce");
    guest.ssh("rm /opt/half");
}

/// A program that its author gave to root after he wrote it, and one whose label somebody took: the kernel labels neither.
fn what_a_command_changes_behind_the_kernels_back_is_labelled(guest: &Guest, inventory: &Path) {
    let command = "cp /bin/true /opt/given && setfattr -x security.ima /opt/given; cp /bin/true /opt/stale && setfattr -n security.ima -v 0x0404$(printf %064d 0) /opt/stale";
    imaform("maintain", inventory, &["--yes", "--", "sh", "-c", command]).expect(
        0,
        &[
            "labelled anew: /opt/given",
            "labelled anew: /opt/stale",
            "enforce would deny nothing",
        ],
    );
    guest.ssh("/opt/given && /opt/stale && rm /opt/given /opt/stale");
}

/// What appraisal denied since a time (seconds since 1970), as audit records name it. Fix mode has a record of each file that
/// it labelled. `op=collect_data cause=failed` is none: a process was killed while the kernel hashed what it opened, as
/// logrotate is that the timer of midnight started just before a reboot.
pub fn denied(guest: &Guest, since: &str) -> String {
    guest.ssh(&format!(
        "cat /var/log/audit/audit.log* | grep -a 'INTEGRITY_DATA.* op=appraise_data .*res=0' | awk -v since={since} 'match($0, /audit\\([0-9]+/) && substr($0, RSTART + 6, RLENGTH - 6) + 0 >= since' | grep -av enforcement-probe | sed 's/.* cause=/cause=/' | sort -u"
    ))
}
