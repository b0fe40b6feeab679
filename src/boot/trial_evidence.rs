use crate::{
    config::Desired,
    host::{Call, HostError, Script},
    ima::Denial,
    resource::{health, sha256_hex},
};
use std::{collections::BTreeSet, time::Duration};

/// What the last trial boot of a host left behind: why nobody could confirm it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrialEvidence {
    /// How it ended, in words.
    pub ended: String,
    /// What appraisal refused in it, each file and cause once.
    pub denials: BTreeSet<Denial>,
    /// What else is known: a policy that is not imaform's.
    pub findings: Vec<String>,
    /// Lines of its kernel log and its journal that tell of trouble.
    pub said: Vec<String>,
}

/// More files than a person reads.
const NAMED: usize = 20;

impl TrialEvidence {
    /// What asks a host for it.
    pub fn call(desired: &Desired) -> Call {
        let policy = desired.policy.as_ref();
        let args = policy.map_or_else(Default::default, |policy| {
            [policy.path.clone(), sha256_hex(&policy.content)]
        });
        Call::new(Script::TrialEvidence)
            .args(args)
            .deadline(Duration::from_secs(300))
    }

    /// Reads the answer of `trial-evidence.sh`.
    ///
    /// # Errors
    /// When it is cut off or holds what the script never says.
    pub fn parse(answer: &[u8]) -> Result<Self, HostError> {
        let script = Script::TrialEvidence;
        let mut evidence = Self::default();
        for bytes in script.lines(answer)? {
            let line = &*String::from_utf8_lossy(bytes);
            match line.split_once(' ').unwrap_or((line, "")) {
                ("ended", words) => words.clone_into(&mut evidence.ended),
                ("denied", record) => evidence.denials.extend(Denial::parse(record)),
                ("policy", words) => evidence.findings.push(words.to_owned()),
                ("said", words) => evidence.said.push(words.to_owned()),
                _ => return Err(script.odd_line(bytes)),
            }
        }
        Ok(evidence)
    }

    /// For people, the most telling first.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("the trial boot: {}", self.ended)];
        lines.extend(self.findings.iter().cloned());
        lines.extend(self.denials.iter().take(NAMED).map(health::words));
        if self.denials.len() > NAMED {
            lines.push(format!("{} more denials", self.denials.len() - NAMED));
        }
        lines.extend(self.said.iter().map(|line| format!("it said: {line}")));
        lines
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_most_telling_comes_first() {
        let answer = "ended it broke off\nsaid systemd[1]: Freezing execution.\n\
            denied audit: type=1800 audit(1.2:3): op=appraise_data cause=missing-hash comm=\"a\" name=\"/b\" res=0\n\
            policy /etc/ima/ima-policy is not what imaform installed\nend\n";
        let lines = TrialEvidence::parse(answer.as_bytes()).unwrap().lines();
        let begins: Vec<&str> = lines.iter().map(|line| &line[..14]).collect();
        assert_eq!(
            begins,
            ["the trial boot", "/etc/ima/ima-p", "denied: /b (mi", "it said: syste"]
        );
    }

    #[test]
    fn a_cut_answer_is_none() {
        assert!(TrialEvidence::parse(b"ended it broke off\n").is_err());
        assert!(TrialEvidence::parse(b"surprise\nend\n").is_err());
    }
}
