use super::Finding;
use crate::pattern::matches;

/// What a person takes upon themselves: findings that do not shut the gate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acceptance {
    /// Names of findings, in which `*` stands for anything.
    pub patterns: Vec<String>,
    /// Who accepts: user@machine.
    pub by: String,
}

/// Findings, parted by what was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// Those that a person takes upon themselves.
    pub accepted: Vec<Finding>,
    /// Those that shut the gate.
    pub refused: Vec<Finding>,
    /// Patterns that match nothing that was found.
    pub unused: Vec<String>,
}

impl Acceptance {
    /// Parts findings.
    pub fn part(&self, findings: Vec<Finding>) -> Accepted {
        let names: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let unused = self
            .patterns
            .iter()
            .filter(|pattern| !names.iter().any(|name| matches(pattern, name)));
        let unused = unused.cloned().collect();
        let takes = |finding: &Finding| {
            let name = finding.to_string();
            self.patterns.iter().any(|pattern| matches(pattern, &name))
        };
        let (accepted, refused) = findings.into_iter().partition(takes);
        Accepted {
            accepted,
            refused,
            unused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::gate::Kind;

    #[test]
    fn what_no_pattern_matches_is_refused_and_what_matches_nothing_is_said() {
        let findings = ["/var/log/a", "/var/log/b", "/srv/c"].map(|subject| Finding {
            kind: Kind::Held,
            subject: subject.into(),
            why: String::new(),
            remedy: String::new(),
        });
        let acceptance = Acceptance {
            patterns: ["held:/var/log/*", "stale:*", "held:/srv"].map(str::to_owned).to_vec(),
            by: "me@here".into(),
        };
        let Accepted {
            accepted,
            refused,
            unused,
        } = acceptance.part(findings.to_vec());
        assert_eq!((accepted.len(), refused[0].to_string()), (2, "held:/srv/c".to_owned()));
        assert_eq!(unused, ["stale:*", "held:/srv"]);
    }
}
