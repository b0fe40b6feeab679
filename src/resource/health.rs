//! Whether a trial boot is as good as the one before.

use super::{Action, HostPath, ScriptCall, Step, StepId, labels, packages};
use crate::{
    config::{Desired, Labels, PolicyLoad, Stage},
    host::{HostError, Script},
    ima::Denial,
};
use std::{collections::BTreeSet, fmt::Write, time::Duration};

/// imaform's own proof that enforcing denies.
const OWN_PROBE: &[u8] = b"/var/lib/imaform/enforcement-probe";

/// How long the jobs of a boot may take after the first login.
const BOOT_IS_OVER: Duration = Duration::from_secs(300);

/// What the host answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// What is worse than before, in words.
    pub problems: Vec<String>,
    /// What appraisal refused since the boot began, each file and cause once.
    pub denials: BTreeSet<Denial>,
    /// What somebody has accepted at the gate: the names of findings.
    pub accepted: Vec<String>,
}

/// Notes which units fail before the trial, so that only others count against it.
pub fn note() -> Step {
    Step::new(
        StepId::new("health", "before"),
        Stage::Enforce,
        "note which units fail before the trial",
        "what failed already does not count against the trial boot",
        ScriptCall::new(Script::NoteHealth, [""; 0], "").into(),
        "the list is in /var/lib/imaform/failed-units",
    )
}

/// Checks the trial boot.
pub fn check(desired: &Desired) -> Step {
    let policy = desired.policy.as_ref().filter(|policy| policy.load == PolicyLoad::Boot);
    let mut input = String::new();
    for package in packages::wanted(desired) {
        let _ = writeln!(input, "package {package}");
    }
    for unit in &desired.services {
        let _ = writeln!(input, "service {unit}");
    }
    let args = [
        BOOT_IS_OVER.as_secs().to_string(),
        policy.map_or("", |_| "policy").to_owned(),
    ];
    let call = ScriptCall::new(Script::CheckHealth, args, input).deadline(BOOT_IS_OVER + Duration::from_secs(300));
    Step::new(
        StepId::new("health", "check"),
        Stage::Enforce,
        "check the health of the trial boot",
        "a host that only answers is not well yet",
        Action::Health(call),
        "IMA is active, the boot is over, no unit fails that did not before, nothing was denied",
    )
}

impl Health {
    /// Reads the answer of `check-health.sh`.
    ///
    /// # Errors
    /// When it is cut off or holds what the script never says.
    pub fn parse(answer: &[u8]) -> Result<Self, HostError> {
        let script = Script::CheckHealth;
        let mut health = Self::default();
        for bytes in script.lines(answer)? {
            let line = &*String::from_utf8_lossy(bytes);
            if let Some(problem) = line.strip_prefix("problem ") {
                health.problems.push(problem.to_owned());
            } else if let Some(finding) = line.strip_prefix("accepted ") {
                health.accepted.push(finding.to_owned());
            } else if let Some(denial) = line.strip_prefix("denied ").and_then(Denial::parse) {
                health.denials.insert(denial);
            } else {
                return Err(script.odd_line(bytes));
            }
        }
        health.denials.retain(|denial| denial.name != OWN_PROBE);
        Ok(health)
    }

    /// What speaks against confirming the trial, in words. Files that the playbook leaves without labels are expected to be
    /// refused, and so is what somebody has accepted at the gate.
    pub fn complaints(&self, labels: Option<&Labels>) -> Vec<String> {
        let subjects = self.accepted.iter().filter_map(|finding| finding.split_once(':'));
        let accepted: Vec<&str> = subjects.map(|(_, subject)| subject).collect();
        let is_expected = |denial: &&Denial| {
            let shown = HostPath::new(denial.name.clone()).to_string();
            labels.is_some_and(|labels| labels::excludes(labels, &denial.name))
                || accepted
                    .iter()
                    .any(|subject| is_below(shown.as_bytes(), subject.as_bytes()))
        };
        let denied = self.denials.iter().filter(|denial| !is_expected(denial)).map(words);
        self.problems.iter().cloned().chain(denied).collect()
    }
}

/// A refused access with what a person can do.
pub fn words(denial: &Denial) -> String {
    let (cause, command, remedy) = (&denial.cause, &denial.command, denial.remedy());
    let name = HostPath::new(denial.name.clone());
    format!("denied: {name} ({cause}, asked for by {command}): {remedy}")
}

fn is_below(name: &[u8], directory: &[u8]) -> bool {
    name.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::LabelMethod;

    const DENIED: &str = "denied type=INTEGRITY_DATA msg=audit(1795772649.924:472): pid=280 uid=0 subj=unconfined op=appraise_data cause=missing-hash comm=\"bash\" name=\"NAME\" dev=\"vda2\" ino=1082 res=0 errno=0\n";

    fn denied(names: &[&str]) -> String {
        names.iter().map(|name| DENIED.replace("NAME", name)).collect()
    }

    #[test]
    fn what_is_denied_counts_once_and_imaforms_own_probe_does_not() {
        let probe = "/var/lib/imaform/enforcement-probe";
        let answer = denied(&["/usr/bin/x", "/usr/bin/x", probe]) + "problem a.service failed\nend\n";
        let health = Health::parse(answer.as_bytes()).unwrap();
        let complaints = health.complaints(None);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert_eq!(complaints[0], "a.service failed");
        assert!(complaints[1].starts_with("denied: /usr/bin/x (missing-hash, asked for by bash): "));
    }

    #[test]
    fn what_the_playbook_leaves_out_is_expected() {
        let excluding = Labels {
            filesystems: vec!["ext4".into()],
            owner: 0,
            exclude: vec!["/tmp".into()],
            method: LabelMethod::Fix,
            hooks: Vec::new(),
            signature: None,
        };
        let health = Health::parse((denied(&["/tmp/a", "/tmpfile"]) + "end\n").as_bytes()).unwrap();
        let complaints = health.complaints(Some(&excluding));
        assert!(
            matches!(&complaints[..], [only] if only.contains("/tmpfile")),
            "{complaints:?}"
        );
    }

    #[test]
    fn what_was_accepted_at_the_gate_is_expected() {
        let answer = "accepted unlabelled:/opt/a\naccepted held:/var/log\n".to_owned();
        let answer = answer + &denied(&["/opt/a", "/opt/ab", "/var/log/x"]) + "end\n";
        let complaints = Health::parse(answer.as_bytes()).unwrap().complaints(None);
        assert!(
            matches!(&complaints[..], [only] if only.contains("/opt/ab")),
            "{complaints:?}"
        );
    }

    #[test]
    fn an_answer_that_is_cut_off_or_foreign_is_no_good_health() {
        for bad in ["", "problem x\n", "well\nend\n", "denied what\nend\n"] {
            assert!(Health::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
