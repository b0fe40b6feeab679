use super::{Line, lines, snapshot, with_diff};
use crate::ima::measurement::diff::{Coverage, Diff, Explanation, Order, Relation, Restart, Start, Way};
use std::collections::BTreeSet;

/// The changes of `after` against `before`, each with what explains it.
fn explained(before: &str, after: &str) -> Vec<(String, Option<Explanation>)> {
    with_diff(&lines(before), &lines(after), |diff| {
        let name = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
        let changed = diff.changed.iter();
        changed
            .map(|changed| (name(changed.name), changed.explanation))
            .collect()
    })
}

fn change(name: &str, explanation: Option<Explanation>) -> (String, Option<Explanation>) {
    (name.to_owned(), explanation)
}

#[test]
fn a_change_before_the_package_manager_began_is_not_its() {
    let a = "/usr/sbin/sshd=2 /usr/bin/ssh=3";
    let b = "/usr/sbin/sshd=2 /usr/bin/ssh=3 \
             /usr/sbin/sshd=9 /usr/bin/dpkg=4 /var/lib/dpkg/tmp.ci/preinst=5 /usr/bin/ssh=8";
    assert_eq!(
        explained(a, b),
        [
            change("/usr/bin/ssh", Some(Explanation::PackageManager)),
            change("/usr/sbin/sshd", None),
        ]
    );
}

#[test]
fn a_package_manager_that_only_ran_explains_nothing() {
    for ran in [
        "/usr/bin/dpkg=4 /usr/bin/apt-get=5",
        "/usr/bin/rpm=4 /var/lib/rpm/rpmdb.sqlite=5",
        // Every question to dpkg reads all of these.
        "/var/lib/dpkg/status=4 /var/lib/dpkg/info/openssl.list=5",
        // Fetched, and maybe never installed.
        "/var/cache/apt/archives/openssl_3.0_amd64.deb=4",
        "/etc/ssl/openssl.cnf.dpkg-old=4",
    ] {
        let b = format!("/usr/bin/ssh=3 {ran} /usr/bin/ssh=8");
        assert_eq!(explained("/usr/bin/ssh=3", &b), [change("/usr/bin/ssh", None)], "{ran}");
    }
}

#[test]
fn what_shows_a_package_manager_at_work() {
    for work in [
        "/var/lib/dpkg/info/openssl.postinst=4",
        "/usr/bin/dpkg-split=4",
        "/etc/ssl/openssl.cnf.dpkg-new=4",
        "/usr/lib64/libssl.so.3;65a1b2c3=4",
        "/var/tmp/rpm-tmp.a1B2c3=4",
        // Rewritten while the host ran.
        "/var/lib/dpkg/status=4 /var/lib/dpkg/status=5",
    ] {
        let b = format!("/usr/bin/ssh=3 {work} /usr/bin/ssh=8");
        let told = [change("/usr/bin/ssh", Some(Explanation::PackageManager))];
        assert_eq!(explained("/usr/bin/ssh=3", &b), told, "{work}");
    }
}

#[test]
fn what_was_measured_before_it_was_renamed_into_place_is_not_measured_again() {
    for staged in ["/etc/a.conf.dpkg-new", "/etc/a.conf;65a1b2c3"] {
        let a = "/etc/a.conf=2 /etc/a.confx=3";
        let unpacked = [change("/etc/a.conf", Some(Explanation::Unpacked))];
        // In the same boot, in the next one, and in the next one where A is the list of the upgrade.
        assert_eq!(explained(a, &format!("{a} {staged}=7")), unpacked);
        assert_eq!(explained(a, &format!("/etc/a.confx=3 {staged}=7")), unpacked);
        assert_eq!(
            explained(&format!("{a} {staged}=7"), "/etc/a.confx=3 /etc/a.conf=7"),
            unpacked
        );
        // It was put there by somebody else.
        let b = format!("{a} {staged}=7 /etc/a.conf=8");
        assert_eq!(
            explained(a, &b),
            [change("/etc/a.conf", Some(Explanation::PackageManager))]
        );
        with_diff(&lines("/etc/b=2"), &lines("/etc/b=2 /etc/a.conf.dpkg-new=7"), |diff| {
            assert_eq!(diff.new.len(), 1);
        });
        with_diff(
            &lines(&format!("/etc/b=2 {staged}=7")),
            &lines("/etc/a.conf=7 /etc/b=2"),
            |diff| {
                assert!(diff.is_empty(), "{:?}", diff.new);
            },
        );
    }
}

#[test]
fn records_that_an_earlier_work_rewrote_are_no_sign_of_another() {
    let a = "/var/lib/dpkg/status=3 /var/lib/dpkg/tmp.ci/control=4 /usr/bin/ssh=5";
    let b = "/var/lib/dpkg/status=6 /usr/bin/ssh=7";
    assert_eq!(
        explained(a, &format!("{a} {b}")),
        [
            change("/usr/bin/ssh", None),
            change("/var/lib/dpkg/status", Some(Explanation::PackageManager)),
        ]
    );
    let told = [
        change("/usr/bin/ssh", Some(Explanation::PackageManager)),
        change("/var/lib/dpkg/status", Some(Explanation::PackageManager)),
    ];
    let a = "/var/lib/dpkg/tmp.ci/control=4 /var/lib/dpkg/status=3 /usr/bin/ssh=5";
    assert_eq!(explained(a, &format!("{a} {b}")), told, "it was read after that work");
}

#[test]
fn work_in_the_boot_before_explains_what_was_measured_before_it() {
    let a = "/usr/bin/ssh=2 /var/lib/dpkg/tmp.ci/control=4 /usr/sbin/sshd=5";
    let b = "/usr/sbin/sshd=8 /usr/bin/ssh=7";
    assert_eq!(
        explained(a, b),
        [
            change("/usr/bin/ssh", Some(Explanation::PackageManager)),
            change("/usr/sbin/sshd", None),
        ]
    );
}

#[test]
fn the_initramfs_has_other_files_of_the_same_names() {
    let a = "/init=2 /usr/bin/cat=3 /usr/bin/mkdir=4 /usr/lib/systemd/systemd=5";
    let ways = |a: &str, b: &str| {
        with_diff(&lines(a), &lines(b), |diff| {
            let ways = diff.changed.iter().map(|changed| changed.way);
            ways.collect::<Vec<_>>()
        })
    };
    let with_mkdir = format!("{a} /usr/bin/mkdir=6");
    assert_eq!(ways(a, &with_mkdir), [Way::OtherStage]);
    assert_eq!(ways(&with_mkdir, a), [], "it was not executed again");
    assert_eq!(ways(&with_mkdir, &format!("{a} /usr/bin/mkdir=7")), [Way::Other]);
    let other_initramfs = with_mkdir.replace("mkdir=4", "mkdir=8");
    assert_eq!(ways(&with_mkdir, &other_initramfs), [Way::Other]);
    let mut changed = lines(&with_mkdir);
    changed.push(Line::read("/usr/bin/mkdir=9"));
    with_diff(&lines(&with_mkdir), &changed, |diff| {
        let changed = &diff.changed[0];
        let entries = |seen: &super::super::Seen| seen.entry;
        assert_eq!(changed.old_contents().map(entries).collect::<Vec<_>>(), [Some(6)]);
        assert_eq!(changed.new_contents().map(entries).collect::<Vec<_>>(), [Some(7)]);
    });
}

#[test]
fn traces_before_a_ended_are_of_no_later_work() {
    let a = "/usr/bin/ssh=3 /usr/bin/dpkg-split=4";
    let b = "/usr/bin/ssh=3 /usr/bin/dpkg-split=4 /usr/bin/ssh=8";
    with_diff(&lines(a), &lines(b), |diff| {
        assert_eq!(diff.relation, Relation::Continued { added: 1 });
        assert_eq!(diff.unexplained(Way::Other).count(), 1);
        assert!(diff.package_manager.seen_before);
    });
}

#[test]
fn after_a_restart_rewritten_records_and_a_new_kernel_tell_of_an_upgrade() {
    let a = "/usr/bin/ssh=3 /var/lib/dpkg/status=4 /lib/modules/6.1.0-56/a.ko=5 /var/lib/dpkg/info/ssh.list=6";
    let same = "/var/lib/dpkg/info/ssh.list=6 /usr/bin/ssh=8 /var/lib/dpkg/status=4 /lib/modules/6.1.0-56/a.ko=5";
    assert_eq!(explained(a, same), [change("/usr/bin/ssh", None)]);
    for (other, packages) in [
        (same.replace("status=4", "status=9"), &[][..]),
        (same.replace("56/a.ko=5", "57/a.ko=9"), &[]),
        (same.replace("ssh.list=6", "ssh.list=9"), &["ssh"]),
    ] {
        with_diff(&lines(a), &lines(&other), |diff| {
            let ssh = diff
                .changed
                .iter()
                .find(|changed| changed.name == b"/usr/bin/ssh")
                .unwrap();
            assert_eq!(ssh.explanation, Some(Explanation::PackageManager), "{other}");
            assert_eq!(diff.package_manager.start, Some(Start::Between));
            let named: Vec<_> = diff.package_manager.packages.iter().collect();
            assert_eq!(named, packages, "{other}");
        });
    }
}

#[test]
fn packages_are_named_where_a_name_tells() {
    let b = "/usr/bin/ssh=3 /var/cache/apt/archives/openssh-client_1%3a9.2p1-2_amd64.deb=4 \
             /var/lib/dpkg/info/libc-bin.postinst=5 /var/lib/dpkg/info/libssl3:amd64.list=6";
    with_diff(&lines("/usr/bin/ssh=3"), &lines(b), |diff| {
        let named = ["libc-bin", "openssh-client 1:9.2p1-2"];
        assert_eq!(diff.package_manager.packages, BTreeSet::from(named.map(str::to_owned)));
        assert_eq!(diff.package_manager.managers, BTreeSet::from(["dpkg"]));
        assert_eq!(diff.package_manager.start, Some(Start::Entry(4)));
    });
}

#[test]
fn a_kernel_that_replaces_another_accounts_for_its_modules() {
    let a = "/lib/modules/6.1.0-56/a.ko=2 /usr/lib/modules/6.1.0-55/b.ko=3";
    let b = "/lib/modules/6.1.0-57/a.ko=4 /usr/lib/modules/6.1.0-55/b.ko=3";
    with_diff(&lines(a), &lines(b), |diff| {
        let manager = &diff.package_manager;
        assert_eq!(manager.new_kernels, BTreeSet::from([&b"6.1.0-57"[..]]));
        assert_eq!(manager.gone_kernels, BTreeSet::from([&b"6.1.0-56"[..]]));
        assert!(manager.accounts_for(b"/lib/modules/6.1.0-57/a.ko"));
        assert!(!manager.accounts_for(b"/usr/lib/modules/6.1.0-55/b.ko"));
        assert!(matches!(diff.relation, Relation::InDoubt(_)), "one kernel is in both");
    });
    with_diff(&lines(a), &lines("/lib/modules/6.1.0-57/a.ko=4"), |diff| {
        assert_eq!(diff.relation, Relation::NewBoot(Restart::Kernel));
    });
    with_diff(&lines("kernel_version=2"), &lines("kernel_version=3"), |diff| {
        assert_eq!(diff.relation, Relation::NewBoot(Restart::Kernel));
    });
}

#[test]
fn an_earlier_content_that_comes_back_is_told() {
    with_diff(&lines("/a=2 /a=3 /b=4"), &lines("/b=4 /a=2"), |diff| {
        let [changed] = &diff.changed[..] else {
            unreachable!("{:?}", diff.changed)
        };
        assert_eq!(changed.way, Way::Back);
        let contents = |seen: &super::super::Seen| (seen.content.to_string()[..9].to_owned(), seen.entry);
        let old: Vec<_> = changed.old_contents().map(contents).collect();
        let new: Vec<_> = changed.new_contents().map(contents).collect();
        assert_eq!(old, [("sha256:03".to_owned(), Some(3))]);
        assert_eq!(new, [("sha256:02".to_owned(), Some(3))]);
    });
    // What was replaced while A's boot ran, and is that now.
    with_diff(&lines("/a=2 /a=3 /b=4"), &lines("/b=4 /a=3"), |diff| {
        assert!(diff.is_empty())
    });
}

#[test]
fn known_boots_leave_no_doubt() {
    let a = lines("/a=2 /b=3 /c=4");
    let edited = lines("/a=2 /c=4 /d=5");
    let longer = lines("/a=2 /b=3 /c=4 /d=5");
    let relation = |a: &[Line], b: &[Line], boots: [&str; 2]| {
        let a_read = snapshot(a, Some(b.len())).of_boot(boots[0].to_owned());
        let b_read = snapshot(b, Some(a.len())).of_boot(boots[1].to_owned());
        Diff::between(&a_read, &b_read).relation
    };
    assert_eq!(relation(&a, &edited, ["x", "x"]), Relation::Contradiction);
    assert_eq!(
        relation(&longer, &a, ["x", "x"]),
        Relation::Contradiction,
        "a list only grows"
    );
    assert_eq!(relation(&a, &longer, ["x", "x"]), Relation::Continued { added: 1 });
    assert_eq!(relation(&a, &a, ["x", "x"]), Relation::Same);
    assert_eq!(relation(&a, &longer, ["x", "y"]), Relation::NewBoot(Restart::BootId));
    assert_eq!(relation(&a, &a, ["x", "y"]), Relation::NewBoot(Restart::BootId));
}

#[test]
fn lists_without_boot_ids_tell_what_they_can() {
    let a = lines("/a=2 /b=3 /c=4");
    let in_doubt = |shared, kept| Relation::InDoubt(Order { shared, kept });
    for (b, relation) in [
        ("/a=2 /b=3 /c=4 /d=5", Relation::Continued { added: 1 }),
        ("/a=2 /b=3", Relation::Shortened { missing: 1 }),
        ("/a=2 /c=4 /d=5", in_doubt(2, 2)),
        ("/a=2 /b=9 /c=4", in_doubt(2, 2)),
        ("/c=4 /b=3 /a=2 /d=5", in_doubt(3, 1)),
        ("/a=2 /b=3 /b! /c=4", in_doubt(3, 3)),
    ] {
        with_diff(&a, &lines(b), |diff| assert_eq!(diff.relation, relation, "{b}"));
    }
    let other = |content| {
        let mut other = a.clone();
        other[0].content = Some(content);
        with_diff(&a, &other, |diff| (diff.relation, diff.is_empty()))
    };
    assert_eq!(other(("sha256", 9)), (Relation::NewBoot(Restart::BootAggregate), false));
    assert_eq!(other(("sha1", 9)), (Relation::NewBoot(Restart::Template), true));
}

#[test]
fn a_list_of_little_says_so() {
    let many = |count: u32| -> String { (0..count).map(|at| format!("/usr/bin/{at}=2 ")).collect() };
    for (a, b, coverage) in [
        (String::new(), many(3), Coverage::Begun),
        (many(3), String::new(), Coverage::Ended),
        (many(3), many(300), Coverage::Wider),
        (many(300), many(3), Coverage::Narrower),
        (many(30), many(300), Coverage::Alike),
        (many(3), many(200), Coverage::Alike),
        (String::new(), String::new(), Coverage::Alike),
    ] {
        with_diff(&lines(&a), &lines(&b), |diff| assert_eq!(diff.coverage, coverage));
    }
}

#[test]
fn a_name_of_a_thousand_contents_takes_the_room_of_a_few() {
    let changing = |count: u32| -> Vec<Line> {
        let content = |at: u32| Some(("sha256", u8::try_from(at % 251).unwrap_or(0)));
        let mut all = lines("");
        all.extend((0..count).map(|at| Line {
            name: b"/var/log/syslog".to_vec(),
            content: content(at),
        }));
        all
    };
    let read = snapshot(&changing(1000), None);
    let file = &read.files()[&b"/var/log/syslog"[..]];
    assert_eq!((file.seen().len(), file.seen()[15].entry), (16, Some(1001)));
    with_diff(&changing(40), &changing(41), |diff| {
        assert_eq!(diff.unexplained(Way::Other).count(), 1);
    });
    with_diff(&changing(40), &changing(40), |diff| assert!(diff.is_empty()));
}
