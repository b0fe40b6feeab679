//! What plans have in common that are not the same to the letter.

use super::HostPlan;
use crate::{plan::Left, resource::sha256_hex};
use jiff::Timestamp;

/// Groups of hexadecimal digits in a UUID (RFC 9562).
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// Bytes of a time to the second (RFC 3339).
const TIME: usize = 20;

/// SHA-256 of a plan without what is each host's own: its name, the UUIDs of its disks, times, the digests of what they are part
/// of, and by which run it was left.
pub(super) fn shape(host: &str, plan: &HostPlan) -> String {
    let mut plan = plan.clone();
    plan.steps.iter_mut().for_each(|step| step.sha256.clear());
    plan.drift.iter_mut().for_each(|drift| drift.left = Left::default());
    // Nothing in a plan is a map whose keys are no texts.
    sha256_hex(&masked(&serde_json::to_string(&plan).unwrap_or_default(), host))
}

fn masked(text: &str, host: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let end = rest[start..]
            .find(|c| !is_word(c))
            .map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        if let Some(after) = after_time(&rest[start..]) {
            out.push_str("TIME");
            rest = after;
            continue;
        }
        out.push_str(match &rest[start..end] {
            word if word == host => "HOST",
            word if is_uuid(word) => "UUID",
            word => word,
        });
        rest = &rest[end..];
    }
    out + rest
}

/// What stands behind the time that a text begins with, `2026-11-28T04:00:00Z`, as imaform writes them.
fn after_time(text: &str) -> Option<&str> {
    let (time, after) = text.split_at_checked(TIME)?;
    let is_time = time.starts_with(|c: char| c.is_ascii_digit()) && time.ends_with('Z');
    (is_time && time.parse::<Timestamp>().is_ok()).then_some(after)
}

fn is_uuid(word: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut parts = word.split('-');
    UUID.iter()
        .all(|length| parts.next().is_some_and(|part| part.len() == *length && hex(part)))
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_hosts_own_is_masked_and_nothing_else() {
        let uuid = "f019afd3-803c-401b-9a97-7f4b2c8b3598";
        for (given, text) in [
            (format!("UUID={uuid} / ext4"), "UUID=UUID / ext4"),
            (format!("{uuid}0"), &format!("{uuid}0")),
            (
                "drain node web-1: kubectl drain web-1 --force".into(),
                "drain node HOST: kubectl drain HOST --force",
            ),
            (
                "web-10 web-1.example.org /srv/web-1".into(),
                "web-10 web-1.example.org /srv/HOST",
            ),
            ("grüße – ü".into(), "grüße – ü"),
            (
                "since 2026-11-28T04:00:00Z, until 2026-11-28T08:00:00Z".into(),
                "since TIME, until TIME",
            ),
            ("2026-11-28T04:00:00".into(), "2026-11-28T04:00:00"),
            ("2026-11-28T04:61:00Z".into(), "2026-11-28T04:61:00Z"),
        ] {
            assert_eq!(masked(&given, "web-1"), text);
        }
    }
}
