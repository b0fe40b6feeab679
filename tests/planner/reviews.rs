//! Plans of many hosts, and of hosts that were here before.

use crate::support::{PLAYBOOK, desired, machine::Machine};
use imaform::{
    plan::{Detail, Outlook, Plan, Review, markdown},
    resource::{Cause, Effect, applied},
    rollout::RunId,
};

/// What GitHub takes is 65,536; a job adds a heading.
const COMMENT: usize = 60_000;

fn wanting(change: impl Fn(String) -> String) -> imaform::config::Desired {
    desired(&change(PLAYBOOK.to_owned()))
}

/// A host that imaform brought to [`PLAYBOOK`], and noted so.
fn applied() -> Machine {
    let desired = desired(PLAYBOOK);
    let mut machine = Machine::converged(&desired);
    let observed = machine.observe(&desired);
    let run = RunId::new().unwrap();
    let record = applied::record(
        &desired,
        &observed,
        imaform::ima::Appraisal::Enforce,
        run.as_str(),
        "ops@control",
    );
    machine.run(&record).unwrap();
    machine
}

fn causes(plan: &Plan) -> Vec<(String, Option<Cause>)> {
    let steps = plan.steps().into_iter().filter(|step| step.cause.is_some());
    steps.map(|step| (step.id.to_string(), step.cause)).collect()
}

#[test]
fn a_host_that_stays_as_it_was_left_has_no_drift() {
    let plan = applied().plan(&desired(PLAYBOOK));
    assert!(plan.is_up_to_date() && plan.drift.is_none(), "{:?}", plan.drift);
}

#[test]
fn what_somebody_changed_is_drift_and_what_the_playbook_changed_is_none() {
    let audit = "/etc/audit/rules.d/ima.rules";
    let more = || wanting(|playbook| playbook.replace("-k identity\"", "-k who\""));
    let mut touched = applied();
    touched.write(audit, "-D\n", 0o640);
    for (machine, desired, cause) in [
        (&touched, desired(PLAYBOOK), Cause::Drift),
        (&applied(), more(), Cause::Playbook),
        (&touched, more(), Cause::PlaybookAndDrift),
    ] {
        let plan = machine.plan(&desired);
        let found = causes(&plan);
        assert_eq!(found[0], ("audit/rules".to_owned(), Some(cause)), "{found:?}");
        let is_told = plan
            .drift
            .as_ref()
            .is_some_and(|drift| drift.what.iter().any(|line| line.contains(audit)));
        assert_eq!(is_told, cause.is_drift(), "{:?}", plan.drift);
        let mut review = Review::default();
        review.plan("a", &plan);
        let text = review.text(Detail::Brief);
        assert!(
            text.contains(&format!("/etc/audit/rules.d/ima.rules [{}] — ", cause.as_str())),
            "{text}"
        );
        assert_eq!(text.contains("  drift: not as run "), cause.is_drift(), "{text}");
        let short = format!("    ~ change {audit} [{}]\n", cause.as_str());
        assert!(review.text(Detail::Short).contains(&short), "{short}");
    }
}

#[test]
fn hosts_with_the_same_drift_stand_together_whenever_they_were_left() {
    let mut machine = applied();
    machine.write("/etc/audit/rules.d/ima.rules", "-D\n", 0o640);
    let plan = machine.plan(&desired(PLAYBOOK));
    let text = fleet(500, |host| {
        let mut plan = plan.clone();
        let time = format!("2026-11-27T{:02}:{:02}:00Z", host / 60, host % 60);
        plan.warnings.push(format!("locked by run 1 since {time}"));
        plan.drift.as_mut().unwrap().left.at = time;
        plan
    })
    .text(Detail::Brief);
    assert!(
        text.starts_with("node-[000:499].example.org (500 hosts, the same plan)\n"),
        "{text}"
    );
    let left = plan.drift.unwrap().left;
    let first = format!(
        "  drift: not as run {} of ops@control left it on 2026-11-27T00:00:00Z:\n    - change ",
        left.run
    );
    assert!(text.contains(&first), "{text}");
    assert!(screen_lines(&text) <= 40, "{text}");
}

#[test]
fn a_stopped_service_and_another_mode_are_drift() {
    let mut machine = applied();
    machine.services.clear();
    machine.set_boot_mode("fix", "");
    machine.boot().unwrap();
    machine.base.lock.last = "20261128T000000Z-00000001".into();
    let plan = machine.plan(&desired(PLAYBOOK));
    assert_eq!(causes(&plan)[0], ("services/enable".to_owned(), Some(Cause::Drift)));
    let drift = plan.drift.unwrap();
    assert_eq!(drift.left.since.as_deref(), Some("20261128T000000Z-00000001"));
    assert_eq!(
        drift.what.last().unwrap(),
        "it was left in enforce, and is now in fix mode"
    );
}

#[test]
fn each_step_says_what_it_does_and_what_is_as_wanted_is_named() {
    let stock = Machine::debian().plan(&desired(PLAYBOOK));
    let effect = |id: &str| {
        let steps = stock.steps();
        steps
            .into_iter()
            .find(|step| step.id.to_string() == id)
            .map(|step| step.effect.clone())
    };
    assert_eq!(effect("boot/fix"), Some(Effect::WillChange));
    assert_eq!(effect("labels/verify"), Some(Effect::NoChange));
    assert!(matches!(effect("gate/enforce"), Some(Effect::Unknown { until, .. }) if until == "labels/verify"));
    // auditd may bring the file.
    assert!(matches!(effect("audit/rules"), Some(Effect::Unknown { until, .. }) if until == "packages/install"));
    let well = Machine::converged(&desired(PLAYBOOK)).plan(&desired(PLAYBOOK));
    let unchanged: Vec<&str> = well.unchanged.iter().map(|unchanged| unchanged.what.as_str()).collect();
    for what in [
        "/etc/grub.d/01_imaform",
        "the kernel command line in /etc/default/grub",
        "package auditd",
        "service auditd",
        "the loaded audit rules",
        "/etc/ima/ima-policy",
        "the labels in scope",
        "enforce as the mode of every boot",
    ] {
        assert!(unchanged.contains(&what), "{what}: {unchanged:?}");
    }
}

fn fleet(hosts: usize, plan: impl Fn(usize) -> Plan) -> Review {
    let mut review = Review::default();
    for host in 0..hosts {
        review.plan(&format!("node-{host:03}.example.org"), &plan(host));
    }
    review
}

/// On a terminal of 120 columns.
fn screen_lines(text: &str) -> usize {
    text.lines().map(|line| line.chars().count().div_ceil(120).max(1)).sum()
}

#[test]
fn five_hundred_hosts_that_are_alike_fit_one_screen() {
    let machine = applied();
    let desired = wanting(|playbook| playbook.replace("-k identity\"", "-k who\""));
    let plan = machine.plan(&desired);
    let text = fleet(500, |_| plan.clone()).text(Detail::Brief);
    assert!(
        text.starts_with("node-[000:499].example.org (500 hosts, the same plan)\n"),
        "{text}"
    );
    let lines = screen_lines(&text);
    assert!(lines <= 40, "{lines} lines of 120 columns:\n{text}");
}

#[test]
fn a_whole_way_to_enforce_is_as_long_for_five_hundred_hosts_as_for_one_and_in_short_a_screen() {
    let stock = Machine::debian().plan(&desired(PLAYBOOK));
    let [one, review] = [1, 500].map(|hosts| fleet(hosts, |_| stock.clone()));
    let lines = |review: &Review| review.text(Detail::Brief).lines().count();
    assert_eq!(lines(&review), lines(&one));
    let text = review.text(Detail::Short);
    let lines = screen_lines(&text);
    assert!(lines <= 45, "{lines} lines of 120 columns:\n{text}");
    for step in &review.groups[0].plan.steps {
        let is_told = text.contains(&format!(" {}\n", step.title));
        assert_eq!(is_told, step.effect != Effect::NoChange, "{}:\n{text}", step.title);
    }
}

#[test]
fn hosts_that_differ_in_identifiers_only_stand_together_and_it_is_said_whose_are_shown() {
    let playbook = format!("{PLAYBOOK}mounts: {{ /: {{ options: [iversion] }} }}\n");
    let desired = desired(&playbook);
    let plan = |host: usize| {
        let mut machine = Machine::debian();
        let fstab = format!("UUID=f019afd3-803c-401b-9a97-{host:012x} / ext4 errors=remount-ro 0 1\n");
        machine.write("/etc/fstab", &fstab, 0o644);
        machine.plan(&desired)
    };
    let review = fleet(500, plan);
    assert_eq!(review.groups.len(), 1);
    let text = review.text(Detail::Brief);
    let says = "names, identifiers and times that each host has of its own are those of node-000.example.org";
    assert!(
        text.contains(says) && text.contains("-UUID=f019afd3-803c-401b-9a97-000000000000 / ext4"),
        "{text}"
    );
    let other = fleet(2, |host| {
        if host == 0 {
            plan(0)
        } else {
            Machine::debian().plan(&desired)
        }
    });
    assert_eq!(other.groups.len(), 2, "another table is another plan");
}

#[test]
fn a_long_change_is_shown_once() {
    let playbook = |greeting: &str| {
        let rules: String = (0..20)
            .map(|rule| format!("\"-w /srv/{rule} -p wa -k k{rule}\", "))
            .collect();
        PLAYBOOK.replace("rules: [\"-w", &format!("rules: [{rules}\"-w"))
            + &format!("files: [{{ path: /etc/motd, content: \"{greeting}\\n\" }}]\n")
    };
    let mut review = Review::default();
    review.plan("a", &Machine::debian().plan(&desired(&playbook("hello"))));
    review.plan("b", &Machine::debian().plan(&desired(&playbook("welcome"))));
    for text in [review.text(Detail::Brief), markdown(&review)] {
        assert_eq!(text.matches("+-w /srv/7 -p wa -k k7").count(), 1, "{text}");
        assert_eq!(text.matches("the same 23 lines as at a").count(), 1, "{text}");
    }
    assert_eq!(review.text(Detail::Full).matches("+-w /srv/7 -p wa -k k7").count(), 2);
}

/// Each host differs from each other, and all of them need everything.
fn all_different() -> Review {
    let playbook = |host: usize| {
        let rules: String = (0..60)
            .map(|rule| format!("\"-w /srv/{host}/{rule} -p wa -k k{rule}\", "))
            .collect();
        PLAYBOOK.replace("rules: [\"-w", &format!("rules: [{rules}\"-w"))
    };
    fleet(500, |host| Machine::debian().plan(&desired(&playbook(host))))
}

#[test]
fn markdown_of_five_hundred_hosts_that_differ_is_cut_between_blocks_and_says_so() {
    let review = all_different();
    let text = markdown(&review);
    assert_eq!(text, markdown(&review), "the same plans make the same bytes");
    let length = text.encode_utf16().count();
    assert!(length <= COMMENT, "{length}");
    assert!(length > COMMENT / 2, "room is used: {length}");
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    assert_eq!(text.matches("\n  ```").count() % 2, 0, "no code block stays open");
    assert!(
        text.starts_with("**imaform plan:** 500 hosts: 500 to change, 0 up to date, 0 unreachable, 1000 reboots\n")
    );
    assert!(
        text.contains("| node-000.example.org | to change | appraises nothing | enforce | 25 | 2 |\n"),
        "{text}"
    );
    assert!(text.contains(" more groups, "), "{text}");
    let last = text.lines().last().unwrap();
    assert!(
        last.ends_with(" of 500 sections are left out, since a comment holds no more; `imaform plan` shows them all."),
        "{last}"
    );
}

#[test]
fn nothing_that_a_host_says_is_markup() {
    let hostile = "</details>\n```\n# @everyone <img src=x> [a](http://b) `$(reboot)` | **x** \u{202e}";
    let playbook =
        format!("{PLAYBOOK}files: [{{ path: /etc/motd, content: \"guarded\\n\", owner: root, mode: '0644' }}]\n");
    let mut machine = Machine::debian();
    machine.write("/etc/motd", hostile, 0o644);
    let mut review = Review::default();
    review.plan("a", &machine.plan(&desired(&playbook)));
    review.unreachable("b", hostile);
    let text = markdown(&review);
    assert_eq!(
        text.matches("</details>").count(),
        3,
        "ours, and the one in the diff:\n{text}"
    );
    assert!(text.contains("  ````diff\n"), "longer than what stands within:\n{text}");
    assert!(
        text.contains("- &lt;/details&gt; \\`\\`\\` &#35; &#64;everyone &lt;img src=x&gt; \\[a\\](http://b)"),
        "{text}"
    );
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn json_says_all_that_the_text_says() {
    let mut review = Review::default();
    review.plan("a", &Machine::debian().plan(&desired(PLAYBOOK)));
    review.unreachable("b", "cannot connect");
    let json = serde_json::to_value(&review).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["has_changes"], true);
    assert_eq!(json["counts"]["unreachable"], 1);
    let steps = json["groups"][0]["plan"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 25);
    for step in steps {
        let effect = step["effect"].as_str().unwrap();
        assert!(["will change", "no change", "unknown"].contains(&effect), "{effect}");
        assert_eq!(step["sha256"].as_str().map(str::len), Some(64));
    }
    assert_eq!(json["groups"][1]["plan"]["outlook"], "unreachable");
    let again: Review = serde_json::from_value(json).unwrap();
    assert_eq!(again, review);
    assert_eq!(again.groups[1].plan.outlook, Outlook::Unreachable);
}
