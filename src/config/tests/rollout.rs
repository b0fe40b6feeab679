use super::{Files, inventory, says};
use crate::config::{FailedWave, Order, Rollout, Share};
use std::time::Duration;

/// The rules of the first group.
fn good(inventory: &str) -> Option<Rollout> {
    let files = Files::new();
    files.put("i.yml", inventory);
    let mut site = files.load().unwrap_or_else(|found| panic!("{found}"));
    site.groups.remove(0).rollout
}

fn of_group(rollout: &str) -> String {
    inventory(&format!(
        "groups:\n  g:\n    playbook: p.yml\n    hosts: [a]\n    rollout: {rollout}\n"
    ))
}

#[test]
fn a_group_has_its_own_rules_on_top_of_the_defaults() {
    let rollout = good(
        "defaults: {rollout: {canary: 1, batch: 25%, soak: 10m}}\n\
         groups: {g: {playbook: p.yml, hosts: [a], rollout: {batch: 3, max_failures: 10%, max_unavailable: 2, \
         failed_wave: continue, order: reverse, deadline: 1h, windows: [{days: [sat, sun], hours: '22:00-24:00', \
         zone: Europe/Berlin}, {zone: UTC}]}}}\n",
    );
    let rollout = rollout.unwrap();
    let windows: Vec<String> = rollout.windows.iter().map(ToString::to_string).collect();
    assert_eq!(windows, ["sat, sun 22:00-00:00 Europe/Berlin", "daily 00:00-00:00 UTC"]);
    let expected = Rollout {
        canary: Some(Share::Hosts(1)),
        batch: Share::Hosts(3),
        max_failures: Share::Percent(10),
        max_unavailable: Some(Share::Hosts(2)),
        failed_wave: FailedWave::Continue,
        order: Order::Reverse,
        soak: Duration::from_secs(600),
        deadline: Duration::from_secs(3600),
        windows: rollout.windows.clone(),
    };
    assert_eq!(rollout, expected);
}

#[test]
fn nothing_said_is_no_rules_and_a_little_said_is_careful() {
    assert_eq!(good("groups: {g: {playbook: p.yml, hosts: [a]}}\n"), None);
    let rollout = good("groups: {g: {playbook: p.yml, hosts: [a], rollout: {canary: 1}}}\n").unwrap();
    assert_eq!(
        (rollout.max_failures, rollout.failed_wave),
        (Share::Hosts(0), FailedWave::Stop)
    );
}

#[test]
fn a_percentage_is_rounded_down() {
    assert_eq!(
        [
            Share::Percent(25).of(7),
            Share::Percent(10).of(7),
            Share::Hosts(9).of(7)
        ],
        [1, 0, 9]
    );
    assert_eq!(Share::Percent(10).some_of(7), 1);
}

#[test]
fn what_is_no_rule_is_said_with_its_line() {
    for (rollout, complaint) in [
        (
            "{batch: 0}",
            "`batch`: expected a number of hosts or a percentage of the group, found the number 0",
        ),
        ("{batch: 101%}", "write a number from 1, or `1%` to `100%`"),
        ("{max_failures: -1}", "write a number from 0, or `1%` to `100%`"),
        ("{canary: one}", "found \"one\""),
        ("{bach: 1}", "did you mean `batch`?"),
        ("{failed_wave: go}", "expected one of stop, continue"),
        ("{soak: 10}", "`30s`, `10m` or `2h`"),
        ("{windows: {zone: UTC}}", "`windows`: expected a list"),
        (
            "{windows: [{hours: '22-5', zone: UTC}]}",
            "write from when to when, as \"22:00-05:00\"",
        ),
        ("{windows: [{hours: '25:00-05:00', zone: UTC}]}", "is no time of day"),
        (
            "{windows: [{days: [saturday], zone: UTC}]}",
            "write mon, tue, wed, thu, fri, sat, sun",
        ),
        ("{windows: [{days: [], zone: UTC}]}", "is never open"),
        ("{windows: [{hours: '22:00-05:00'}]}", "the window has no `zone`"),
        ("{windows: [{zone: Berlin}]}", "\"Berlin\" is no time zone"),
        ("1", "`rollout`: expected a mapping"),
    ] {
        let errors = of_group(rollout);
        says(&errors, complaint);
        says(&errors, "i.yml:5:");
    }
}
