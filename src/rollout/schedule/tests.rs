#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::config::{FailedWave, Window};
use jiff::{SignedDuration, civil::Time, tz::TimeZone};

const START: Timestamp = Timestamp::UNIX_EPOCH;

/// So many hosts that are to be rebooted, under one group's rules.
fn schedule(rules: Rules, hosts: usize) -> Schedule {
    with_entries(rules, vec![Work::Disruptive; hosts])
}

fn with_entries(rules: Rules, work: Vec<Work>) -> Schedule {
    let rules = vec![Rules {
        name: "g".into(),
        ..rules
    }];
    let entries: Vec<Entry> = work.into_iter().map(|work| Entry { rules: 0, work }).collect();
    let waves = divide(&rules, &entries, &vec![""; entries.len()]);
    Schedule::new(rules, entries, waves, 100)
}

fn in_waves(batch: usize) -> Rules {
    Rules {
        batch: Some(batch),
        max_failures: Some(0),
        failed_wave: FailedWave::Stop,
        ..Rules::none()
    }
}

/// Which hosts begin.
fn begun(orders: &[Order]) -> Vec<usize> {
    orders
        .iter()
        .map(|order| match order {
            Order::Begin(host) => *host,
            Order::Look(host) => panic!("host {host} is looked at"),
        })
        .collect()
}

fn after(seconds: i64) -> Timestamp {
    START + SignedDuration::from_secs(seconds)
}

const FELL_BACK: Fate = Fate::Failed(Service::In);
const AWAY: Fate = Fate::Failed(Service::Out);

#[test]
fn a_wave_begins_when_the_one_before_is_at_its_end() {
    let mut schedule = schedule(in_waves(2), 3);
    assert_eq!(begun(&schedule.advance(START)), [0, 1]);
    schedule.ended(1, Fate::Well);
    assert_eq!(schedule.advance(START), []);
    schedule.ended(0, Fate::Well);
    assert_eq!(begun(&schedule.advance(START)), [2]);
    assert!(!schedule.is_over());
    schedule.ended(2, AWAY);
    assert_eq!(schedule.advance(START), []);
    assert_eq!(
        schedule.state(),
        &State::Over(End::Complete),
        "no host was left for a stop"
    );
}

#[test]
fn one_failure_too_many_stops_and_who_is_at_work_goes_on() {
    let mut schedule = schedule(
        Rules {
            max_failures: Some(1),
            ..in_waves(3)
        },
        5,
    );
    assert_eq!(begun(&schedule.advance(START)), [0, 1, 2]);
    schedule.ended(0, FELL_BACK);
    assert_eq!(schedule.advance(START), []);
    schedule.ended(1, AWAY);
    assert_eq!(schedule.advance(START), []);
    assert!(!schedule.is_over(), "host 2 is still at work");
    schedule.ended(2, Fate::Well);
    assert!(schedule.is_over());
    let State::Over(End::Stopped(stop)) = schedule.state() else {
        panic!()
    };
    assert_eq!(stop.to_string(), "2 hosts of g failed, and max_failures is 1");
}

#[test]
fn hosts_that_cannot_be_reached_count_before_the_first_wave() {
    let mut schedule = with_entries(in_waves(1), vec![Work::None(AWAY), Work::Quiet]);
    assert_eq!(schedule.advance(START), []);
    assert!(schedule.is_over());
    let allowed = Rules {
        max_failures: Some(1),
        ..in_waves(1)
    };
    let mut schedule = with_entries(allowed, vec![Work::None(AWAY), Work::Quiet]);
    assert_eq!(begun(&schedule.advance(START)), [1]);
}

#[test]
fn a_wave_in_which_one_failed_is_the_last_unless_the_rules_say_otherwise() {
    let allowed = |failed_wave| Rules {
        max_failures: Some(2),
        failed_wave,
        ..in_waves(1)
    };
    let mut stops = schedule(allowed(FailedWave::Stop), 3);
    stops.advance(START);
    stops.ended(0, FELL_BACK);
    assert_eq!(stops.advance(START), []);
    let State::Over(End::Stopped(stop)) = stops.state() else {
        panic!()
    };
    assert_eq!(stop.to_string(), "1 host of wave 1 failed, and failed_wave is stop");

    let mut goes_on = schedule(allowed(FailedWave::Continue), 3);
    goes_on.advance(START);
    goes_on.ended(0, FELL_BACK);
    assert_eq!(begun(&goes_on.advance(START)), [1]);
}

#[test]
fn hosts_out_of_service_make_room_only_when_they_are_back() {
    let rules = Rules {
        max_unavailable: Some(2),
        max_failures: None,
        ..in_waves(4)
    };
    let mut schedule = with_entries(
        rules,
        vec![Work::Disruptive, Work::Disruptive, Work::Quiet, Work::Disruptive],
    );
    assert_eq!(
        begun(&schedule.advance(START)),
        [0, 1, 2],
        "what stays in service needs no room"
    );
    schedule.ended(0, AWAY);
    assert_eq!(schedule.advance(START), []);
    schedule.ended(1, AWAY);
    assert_eq!(schedule.advance(START), [], "host 2 is at work");
    schedule.ended(2, Fate::Well);
    assert_eq!(schedule.advance(START), []);
    let State::Over(End::Stopped(stop)) = schedule.state() else {
        panic!()
    };
    assert_eq!(
        stop.to_string(),
        "2 hosts of g out of service, and max_unavailable is 2"
    );
}

#[test]
fn a_wave_soaks_and_is_looked_at_again() {
    let soaking = || {
        let rules = Rules {
            soak: Duration::from_secs(600),
            ..in_waves(1)
        };
        let mut schedule = schedule(rules, 2);
        schedule.advance(START);
        schedule.ended(0, Fate::Well);
        assert_eq!(schedule.advance(START), []);
        assert_eq!(schedule.wake(), Some(after(600)));
        assert_eq!(schedule.advance(after(599)), []);
        assert_eq!(schedule.advance(after(600)), [Order::Look(0)]);
        schedule
    };
    let mut well = soaking();
    assert_eq!(well.advance(after(601)), [], "nobody has looked yet");
    well.ended(0, Fate::Well);
    assert_eq!(begun(&well.advance(after(601))), [1]);
    well.ended(1, Fate::Well);
    well.advance(after(602));
    assert!(well.is_over(), "nothing follows that the last wave could soak for");

    let mut ill = soaking();
    ill.ended(0, AWAY);
    assert_eq!(ill.advance(after(601)), []);
    assert!(matches!(
        ill.state(),
        State::Over(End::Stopped(Stop::Failures { failed: 1, .. }))
    ));
}

#[test]
fn hosts_begin_while_a_window_is_open() {
    let window = Window {
        days: vec![jiff::civil::Weekday::Thursday],
        from: Time::constant(1, 0, 0, 0),
        to: Time::constant(2, 0, 0, 0),
        zone: TimeZone::UTC,
    };
    // The epoch is midnight of a Thursday.
    let mut schedule = schedule(
        Rules {
            windows: vec![window],
            ..in_waves(1)
        },
        2,
    );
    assert_eq!(schedule.advance(START), []);
    assert_eq!(schedule.wake(), Some(after(3600)));
    assert_eq!(begun(&schedule.advance(after(3600))), [0]);
    schedule.ended(0, Fate::Well);
    assert_eq!(schedule.advance(after(7200)), [], "it has closed meanwhile");
    let week = 7 * 24 * 3600;
    assert_eq!(
        schedule.state(),
        &State::Closed {
            wave: 1,
            until: after(week + 3600)
        }
    );
    assert_eq!(begun(&schedule.advance(after(week + 3600))), [1]);
}

#[test]
fn an_interruption_is_final() {
    let mut schedule = schedule(in_waves(1), 2);
    schedule.advance(START);
    schedule.interrupt();
    assert!(!schedule.is_over());
    schedule.ended(0, Fate::Well);
    assert_eq!(schedule.advance(START), []);
    assert!(schedule.is_over());
    assert_eq!(schedule.state(), &State::Over(End::Interrupted));
}

#[test]
fn the_way_back_is_stopped_by_nothing_but_the_room() {
    let rules = Rules {
        max_unavailable: Some(1),
        canary: Some(1),
        ..in_waves(2)
    }
    .for_way_back();
    let mut schedule = with_entries(rules, vec![Work::None(FELL_BACK), Work::Disruptive, Work::Disruptive]);
    assert_eq!(begun(&schedule.advance(START)), [1]);
    schedule.ended(1, FELL_BACK);
    assert_eq!(begun(&schedule.advance(START)), [2]);
}
