//! Plans as people read them.

use super::routes::enforcing;
use crate::support::{PLAYBOOK, desired, machine::Machine, repository};
use imaform::plan::{Detail, Plan, Review};

fn stock() -> Plan {
    Machine::debian().plan(&desired(PLAYBOOK))
}

fn refused() -> Plan {
    let mut machine = Machine::debian();
    machine.base.integrity.container = "lxc".into();
    machine.plan(&desired(PLAYBOOK))
}

fn last_line(review: &Review) -> String {
    review.text(Detail::Brief).lines().last().unwrap().to_owned()
}

/// Everything that the small playbook can hold, over a stock host. `UPDATE_GOLDEN=1` writes it anew; the diff is then
/// reviewed like any other.
#[test]
fn a_whole_plan() {
    let playbook = format!(
        "{PLAYBOOK}{}",
        "mounts: { /: { options: [iversion] } }\n\
         files: [{ path: /etc/motd, content: \"guarded\\n\", owner: root, mode: '0644' }]\n\
         checks: [{ name: still serving, after: enforce, command: 'systemctl is-system-running', timeout: 30s }]\n"
    );
    let mut machine = Machine::debian();
    machine.write("/etc/motd", "hello\n", 0o600);
    let mut review = Review::default();
    review.plan("web-1", &machine.plan(&desired(&playbook)));
    let path = repository().join("tests/golden/debian-stock.plan");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, review.text(Detail::Brief)).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let text = review.text(Detail::Brief);
    let difference = similar::TextDiff::from_lines(&golden, &text).unified_diff().to_string();
    assert!(difference.is_empty(), "UPDATE_GOLDEN=1 takes this over:\n{difference}");
}

#[test]
fn hosts_with_the_same_plan_are_shown_once_in_the_order_of_the_inventory() {
    let mut review = Review::default();
    review.plan("web-1", &stock());
    review.plan("db-1", &enforcing().plan(&desired(PLAYBOOK)));
    review.plan("web-2", &stock());
    review.unreachable("old-1", "cannot connect: Connection refused");
    review.plan("web-3", &stock());
    review.plan("ct-1", &refused());
    let text = review.text(Detail::Brief);
    let heads: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(' ') && !line.is_empty())
        .collect();
    assert_eq!(
        heads,
        [
            "web-[1:3] (3 hosts, the same plan)",
            "db-1",
            "old-1",
            "ct-1",
            "Plan: 6 hosts: 3 to change, 1 up to date, 1 unreachable, 6 reboots, 1 refused",
        ]
    );
    assert!(text.contains("db-1\n  IMA on Debian: now in stage verify"), "{text}");
    assert!(text.contains("  nothing to do\n"));
    assert!(text.contains("  unreachable: cannot connect: Connection refused\n"));
    assert!(text.contains("  refused: this is a container (lxc): it has no kernel of its own\n"));
}

#[test]
fn the_last_line_counts() {
    let mut review = Review::default();
    assert_eq!(
        last_line(&review),
        "Plan: 0 hosts: 0 to change, 0 up to date, 0 unreachable, 0 reboots"
    );
    review.plan("a", &enforcing().plan(&desired(PLAYBOOK)));
    assert_eq!(
        last_line(&review),
        "Plan: 1 host: 0 to change, 1 up to date, 0 unreachable, 0 reboots"
    );
    review.plan("b", &refused());
    review.plan("c", &stock());
    assert_eq!(
        last_line(&review),
        "Plan: 3 hosts: 1 to change, 1 up to date, 0 unreachable, 2 reboots, 1 refused"
    );
}

#[test]
fn errors_of_several_lines_stay_below_their_host() {
    let mut review = Review::default();
    review.unreachable("a", "the host key is not trusted: x\nhelp: compare the key");
    assert!(
        review
            .text(Detail::Brief)
            .contains("a\n  unreachable: the host key is not trusted: x\n    help: compare the key\n")
    );
}

#[test]
fn a_file_that_changes_is_shown_as_a_diff_of_its_lines() {
    let mut review = Review::default();
    review.plan("a", &stock());
    let text = review.text(Detail::Brief);
    assert!(
        text.contains("    + create /etc/apt/apt.conf.d/50imaform — apt downloads"),
        "{text}"
    );
    assert!(text.contains("        +APT::Sandbox::User \"root\";\n"));
    assert!(text.contains("    ~ change /etc/default/grub — the kernel command line differs\n"));
    assert!(text.contains("        -GRUB_CMDLINE_LINUX=\"console=ttyS0,115200 no_timer_check\"\n"));
    assert!(text.contains("    ! reboot with ima_appraise=enforce — the files are labelled"));
}

#[test]
fn each_step_says_how_it_is_known_to_have_worked() {
    let mut review = Review::default();
    let plan = stock();
    review.plan("a", &plan);
    let text = review.text(Detail::Full);
    assert!(
        text.contains(
            " — a command line that says enforce proves nothing\n        \
             proof: EACCES and audit record 1800; the file is removed\n"
        ),
        "{text}"
    );
    assert_eq!(text.matches("\n        proof: ").count(), plan.steps().len());
}

/// A file on the host can hold anything; none of it may act on the terminal of the person who reviews the plan.
#[test]
fn what_a_host_says_is_shown_escaped() {
    let playbook =
        format!("{PLAYBOOK}files: [{{ path: /etc/motd, content: \"guarded\\n\", owner: root, mode: '0644' }}]\n");
    let mut machine = Machine::debian();
    machine.write("/etc/motd", "\u{1b}[2Jevil\u{202e}\r\n\ttab\n", 0o644);
    let mut review = Review::default();
    review.plan("a", &machine.plan(&desired(&playbook)));
    review.unreachable("b", "banner \u{1b}]0;owned\u{7}");
    let text = review.text(Detail::Brief);
    assert!(
        text.contains("        -\\u{1b}[2Jevil\\u{202e}\\r\n        -\ttab\n"),
        "{text:?}"
    );
    assert!(
        text.contains("  unreachable: banner \\u{1b}]0;owned\\u{7}\n"),
        "{text:?}"
    );
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}', '\r']), "{text:?}");
}
