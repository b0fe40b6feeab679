use super::Finding;
use crate::words::count;

/// Names of one group that are shown.
const SHOWN: usize = 8;

/// Findings for people: alike ones in one directory together.
pub fn listing(findings: &[Finding]) -> Vec<String> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| are_alike(group[0], finding)) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.iter().flat_map(|group| group_lines(group)).collect()
}

fn are_alike(one: &Finding, other: &Finding) -> bool {
    let key = |finding: &Finding| (finding.kind, directory(finding).map(str::to_owned), finding.why.clone());
    directory(one).is_some() && key(one) == key(other)
}

/// Of a subject that is an ordinary path. The spelling of others is none that could be cut.
fn directory(finding: &Finding) -> Option<&str> {
    let (directory, _) = finding.subject.rsplit_once('/')?;
    directory.starts_with('/').then_some(directory)
}

fn group_lines(group: &[&Finding]) -> Vec<String> {
    let first = group[0];
    let mut lines = Vec::new();
    let pattern = match (group.len(), directory(first)) {
        (2.., Some(directory)) => {
            let kind = first.kind.as_str();
            lines.push(format!("{kind}: {} in {directory}", count(group.len(), "file")));
            let names = group.iter().take(SHOWN).map(|finding| format!("    {finding}"));
            lines.extend(names);
            if group.len() > SHOWN {
                lines.push(format!("    and {} more", group.len() - SHOWN));
            }
            format!("{kind}:{directory}/*")
        }
        _ => {
            lines.push(first.to_string());
            first.to_string()
        }
    };
    lines.push(format!("    why: {}", first.why));
    lines.push(format!("    do: {}", first.remedy));
    lines.push(format!("    or: --accept {}", shell_word(&pattern)));
    lines
}

/// A word as a shell reads it.
fn shell_word(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-+,:@%=".contains(character);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::gate::Kind;

    fn finding(kind: Kind, subject: &str) -> Finding {
        Finding {
            kind,
            subject: subject.into(),
            why: "w".into(),
            remedy: "r".into(),
        }
    }

    #[test]
    fn alike_ones_in_one_directory_are_together_and_many_are_counted() {
        let mut findings: Vec<_> = (0..10).map(|n| finding(Kind::Held, &format!("/var/log/{n}"))).collect();
        findings.push(finding(Kind::Held, "$'/var/log/a b'"));
        findings.push(finding(Kind::Stale, "/var/log/0"));
        let lines = listing(&findings);
        assert_eq!(lines[0], "held: 10 files in /var/log");
        assert_eq!(
            (lines[1].as_str(), lines[9].as_str()),
            ("    held:/var/log/0", "    and 2 more")
        );
        assert_eq!(
            lines[10..13],
            ["    why: w", "    do: r", "    or: --accept 'held:/var/log/*'"]
        );
        assert_eq!(lines[13], "held:$'/var/log/a b'");
        assert_eq!(lines[16], r"    or: --accept 'held:$'\''/var/log/a b'\'''");
        assert_eq!(lines[17], "stale:/var/log/0");
        assert_eq!(lines.len(), 21);
    }
}
