use crate::config::{
    Boot, Token, duration,
    node::{Key, Node, Place, Value},
    problems::Problems,
    quote,
    section::{Field, Section, suggestion, unique_entries},
};
use crate::words;
use std::time::Duration;

const KEYS: [&str; 2] = ["cmdline", "trial_timeout"];

/// Shorter than any boot with its checks.
const SHORTEST_TRIAL: Duration = Duration::from_secs(120);

/// What the kernel knows as `ima_policy=`; Linux 5.4 says nothing of other names, it just ignores them.
const POLICIES: [&str; 5] = ["tcb", "appraise_tcb", "secure_boot", "fail_securely", "critical_data"];

/// Reads `boot:`.
pub(super) fn read(field: Field, problems: &mut Problems) -> Boot {
    let mut boot = Boot::default();
    let Some(section) = Section::open(field.node, "`boot`", field.key.place, &KEYS, problems) else {
        return boot;
    };
    if let Some(field) = section.get("trial_timeout") {
        boot.trial_timeout = trial_timeout(field, problems).unwrap_or(boot.trial_timeout);
    }
    if let Some(field) = section.get("cmdline") {
        boot.cmdline = cmdline(field, problems);
    }
    boot
}

fn trial_timeout(field: Field, problems: &mut Problems) -> Option<Duration> {
    let timeout = duration::read(field, problems)?;
    if timeout < SHORTEST_TRIAL {
        let message = format!(
            "`trial_timeout`: within {} no host boots and is checked",
            words::duration(timeout)
        );
        problems.error_with_help(
            field.node.place,
            message,
            "give it several times what a boot takes: `15m`",
        );
        return None;
    }
    Some(timeout)
}

fn cmdline(field: Field, problems: &mut Problems) -> Vec<(String, Token)> {
    let mut cmdline: Vec<(String, Token)> = Vec::new();
    for (key, node) in unique_entries(field.node, "`boot.cmdline`", problems).unwrap_or_default() {
        // The kernel takes `-` for `_` in the names of its parameters.
        let same = |name: &str| name.replace('-', "_") == key.name.replace('-', "_");
        if same("ima_appraise") {
            let message = format!("{} is decided by `appraisal:`", quote(&key.name));
            let help = "write `appraisal: enforce`, `fix`, `log` or `off` at the top of the playbook";
            problems.error_with_help(key.place, message, help);
        } else if ["init", "panic"].iter().any(|own| same(own)) {
            let message = format!("{} is what a trial boot is guarded with", quote(&key.name));
            let help = "a trial boot has its own `init=` and `panic=`; set kernel.panic in a file below /etc/sysctl.d";
            problems.error_with_help(key.place, message, help);
        } else if let Some((other, _)) = cmdline.iter().find(|(name, _)| same(name)) {
            let message = format!(
                "{} and {} are the same parameter to the kernel",
                quote(other),
                quote(&key.name)
            );
            problems.error(key.place, message);
        } else if travels(&key.name, key.place, problems)
            && is_parameter(key, problems)
            && let Some(token) = token(key, node, problems)
        {
            cmdline.push((key.name.clone(), token));
        }
    }
    cmdline
}

fn is_parameter(key: &Key, problems: &mut Problems) -> bool {
    let good = !key.name.is_empty() && key.name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !good {
        let help = "the name of a kernel parameter alone; its value comes after the colon";
        problems.error_with_help(key.place, format!("{} is no kernel parameter", quote(&key.name)), help);
    }
    good
}

fn token(key: &Key, node: &Node, problems: &mut Problems) -> Option<Token> {
    match &node.value {
        Value::Bool(true) => Some(Token::Flag),
        Value::Bool(false) => Some(Token::Absent),
        Value::List(items) if items.is_empty() => {
            problems.error(node.place, format!("`{}`: the list is empty", key.name));
            None
        }
        Value::List(items) => {
            let values: Vec<_> = items.iter().filter_map(|item| value(key, item, problems)).collect();
            if let Some(index) = values.iter().position(|value| value.starts_with('+')) {
                let place = items.get(index).map_or(node.place, |item| item.place);
                problems.error(
                    place,
                    format!("`{}`: `+` stands before one value, not in a list", key.name),
                );
                return None;
            }
            Some(Token::Repeated(values))
        }
        Value::Null | Value::Map(_) => {
            let expected = "a string, a number, a list, true (the bare word) or false (not there)";
            problems.error(
                node.place,
                format!("`{}`: expected {expected}, found {}", key.name, node.kind()),
            );
            None
        }
        _ => {
            let text = value(key, node, problems)?;
            let Some(member) = text.strip_prefix('+') else {
                return Some(Token::Value(text));
            };
            if member.is_empty() || member.contains([',', '+']) {
                let message = format!("`{}`: {} adds no single member to a list", key.name, quote(&text));
                problems.error_with_help(node.place, message, "write `+` and one member: `lsm: +integrity`");
                return None;
            }
            Some(Token::Member(member.to_owned()))
        }
    }
}

fn value(key: &Key, node: &Node, problems: &mut Problems) -> Option<String> {
    let text = match &node.value {
        Value::String(text) => text.clone(),
        Value::Integer(_) | Value::Float(_) => node.raw.clone(),
        _ => {
            problems.error(
                node.place,
                format!("`{}`: expected a string or a number, found {}", key.name, node.kind()),
            );
            return None;
        }
    };
    if text.is_empty() {
        let help = "`true` is the bare word, `false` takes the parameter away";
        problems.error_with_help(node.place, format!("`{}`: the value is empty", key.name), help);
        return None;
    }
    if key.name == "ima_policy" && !POLICIES.contains(&text.as_str()) {
        let message = format!("`ima_policy`: the kernel has no built-in policy {}", quote(&text));
        let help = match text.contains(['|', ' ', ',']) {
            true => "write several as a list: `ima_policy: [tcb, appraise_tcb]`".to_owned(),
            false => suggestion(&text, &POLICIES),
        };
        problems.error_with_help(node.place, message, help);
        return None;
    }
    travels(&text, node.place, problems).then_some(text)
}

/// Whether a text passes through the shell that reads `/etc/default/grub` and through GRUB's own script as it is.
fn travels(text: &str, place: Place, problems: &mut Problems) -> bool {
    let harmed = |c: char| !c.is_ascii_graphic() || "\"'$`\\;&|<>{}".contains(c);
    let bad = text
        .chars()
        .find(|c| harmed(*c))
        .or_else(|| text.chars().next().filter(|c| *c == '#'));
    let Some(bad) = bad else { return true };
    let message = format!(
        "{} cannot pass through GRUB unharmed: it holds {}",
        quote(text),
        quote(&bad.to_string())
    );
    let help = if text.contains("{{") {
        "only templates, `content` and `rules` are rendered"
    } else {
        "no spaces, quotes, `$`, backticks, backslashes, control characters or signs of GRUB's script (; & | < > { })"
    };
    problems.error_with_help(place, message, help);
    false
}
