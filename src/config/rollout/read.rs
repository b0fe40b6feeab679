use super::{FailedWave, Order, Rollout, Share, Window, window::DAYS};
use crate::config::{
    duration,
    node::{Node, Value},
    problems::Problems,
    quote,
    section::{Field, Section, wrong_type},
};
use jiff::{
    civil::{Time, Weekday},
    tz::TimeZone,
};

/// The key under which `defaults` and groups have it.
pub(crate) const KEY: &str = "rollout";

const KEYS: [&str; 9] = [
    "canary",
    "batch",
    "max_failures",
    "max_unavailable",
    "failed_wave",
    "order",
    "soak",
    "deadline",
    "windows",
];

/// Reads one level's `rollout:` and puts it on top of the one above; `None` where neither says anything.
pub(crate) fn read(level: &Section, upper: Option<&Rollout>, problems: &mut Problems) -> Option<Rollout> {
    let Some(field) = level.get(KEY).filter(|field| !matches!(field.node.value, Value::Null)) else {
        return upper.cloned();
    };
    let section = Section::open(field.node, "`rollout`", field.key.place, &KEYS, problems)?;
    let mut rollout = upper.cloned().unwrap_or_default();
    let share = |key: &str, least: usize, problems: &mut Problems| {
        section.get(key).and_then(|field| Share::read(field, least, problems))
    };
    rollout.canary = share("canary", 1, problems).or(rollout.canary);
    rollout.batch = share("batch", 1, problems).unwrap_or(rollout.batch);
    rollout.max_failures = share("max_failures", 0, problems).unwrap_or(rollout.max_failures);
    rollout.max_unavailable = share("max_unavailable", 1, problems).or(rollout.max_unavailable);
    let word = |key: &str, words: &[&'static str], problems: &mut Problems| {
        section.get(key).and_then(|field| field.word(words, problems))
    };
    rollout.failed_wave = match word("failed_wave", &["stop", "continue"], problems) {
        Some("continue") => FailedWave::Continue,
        Some(_) => FailedWave::Stop,
        None => rollout.failed_wave,
    };
    rollout.order = match word("order", &["inventory", "reverse", "name"], problems) {
        Some("reverse") => Order::Reverse,
        Some("name") => Order::Name,
        Some(_) => Order::Inventory,
        None => rollout.order,
    };
    let time = |key: &str, problems: &mut Problems| section.get(key).and_then(|field| duration::read(field, problems));
    rollout.soak = time("soak", problems).unwrap_or(rollout.soak);
    rollout.deadline = time("deadline", problems).unwrap_or(rollout.deadline);
    if let Some(field) = section.get("windows") {
        rollout.windows = windows(field, problems);
    }
    Some(rollout)
}

fn windows(field: Field, problems: &mut Problems) -> Vec<Window> {
    let Value::List(items) = &field.node.value else {
        wrong_type("windows", "a list", field.node, problems);
        return Vec::new();
    };
    items.iter().filter_map(|item| window(item, problems)).collect()
}

fn window(node: &Node, problems: &mut Problems) -> Option<Window> {
    let section = Section::open(node, "the window", node.place, &["days", "hours", "zone"], problems)?;
    let days = match section.get("days") {
        Some(field) => days(field, problems)?,
        None => week().collect(),
    };
    let (from, to) = match section.get("hours") {
        Some(field) => hours(field, problems)?,
        None => (Time::midnight(), Time::midnight()),
    };
    let field = section.require("zone", problems)?;
    let name = field.string(problems)?;
    let Ok(zone) = TimeZone::get(name) else {
        let message = format!("`zone`: {} is no time zone", quote(name));
        problems.error_with_help(field.node.place, message, "write it as `Europe/Berlin`, or `UTC`");
        return None;
    };
    Some(Window { days, from, to, zone })
}

fn week() -> impl Iterator<Item = Weekday> {
    Weekday::Monday.cycle_forward().take(DAYS.len())
}

fn days(field: Field, problems: &mut Problems) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for (name, place) in field.strings(problems) {
        let Some(day) = DAYS.into_iter().zip(week()).find(|(known, _)| *known == name) else {
            let message = format!("`days`: {} is no day", quote(name));
            problems.error_with_help(place, message, format!("write {}", DAYS.join(", ")));
            return None;
        };
        days.push(day.1);
    }
    if days.is_empty() {
        problems.error(field.node.place, "`days`: a window that opens on no day is never open");
        return None;
    }
    Some(days)
}

fn hours(field: Field, problems: &mut Problems) -> Option<(Time, Time)> {
    let text = field.string(problems)?;
    let parsed = text
        .split_once('-')
        .and_then(|(from, to)| Some((time(from)?, time(to)?)));
    if parsed.is_none() {
        let message = format!("`hours`: {} is no time of day", quote(text));
        let help = "write from when to when, as \"22:00-05:00\"; the end may be on the next day";
        problems.error_with_help(field.node.place, message, help);
    }
    parsed
}

/// `22:00`; `24:00` is midnight.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str| match digits.len() {
        2 if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse::<i8>().ok(),
        _ => None,
    };
    match (number(hour)?, number(minute)?) {
        (24, 0) => Some(Time::midnight()),
        (hour, minute) => Time::new(hour, minute, 0, 0).ok(),
    }
}
