//! Rules of auditd.

use super::{FileState, Findings, Observed, ScriptCall, Step, StepId, managed_file, packages};
use crate::{
    config::{Desired, FileContent, Stage},
    host::Script,
};
use std::collections::BTreeSet;

/// What augenrules makes of all files of its directory; it loads this one.
const MERGED: &str = "/etc/audit/audit.rules";

/// Rules of auditd: the file, and the kernel's own list of rules.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let Some(file) = file(desired) else {
        return Findings::default();
    };
    let id = StepId::new("audit", "rules");
    let mut findings = managed_file::plan(id, &file, observed, "audit rules");
    let written = !findings.steps.is_empty();
    let installs = packages::installs(desired, observed);
    for step in &mut findings.steps {
        // The package brings the directory and its own rules, perhaps this very file.
        step.needs.push(StepId::new("packages", "install"));
        if installs && !observed.file(&file.path).exists() {
            packages::may_bring(step, &file);
        }
    }
    let missing = missing(&file.content, &observed.audit_rules);
    let reason = if written {
        "the rules change".to_owned()
    } else if !missing.is_empty() {
        let more = missing.len().saturating_sub(3);
        let first = missing.into_iter().take(3).collect::<Vec<_>>().join("; ");
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("the kernel does not hold: {first}{more}")
    } else if !is_merged(&file.content, &observed.file(MERGED)) {
        format!("{MERGED} does not hold all of {}", file.path)
    } else {
        let loaded = Findings::unchanged(&StepId::new("audit", "load"), "the loaded audit rules");
        findings.merge(loaded);
        return findings;
    };
    let wanted: String = expected(&file.content).map(|rule| rule + "\n").collect();
    let step = Step::new(
        StepId::new("audit", "load"),
        Stage::Prepare,
        "load the audit rules (augenrules --load)",
        reason,
        ScriptCall::new(Script::LoadAudit, [""; 0], wanted).into(),
        "auditctl -l shows a rule for each one of the file",
    );
    let mut needs = findings.ids();
    needs.extend([StepId::new("packages", "install"), StepId::new("services", "enable")]);
    findings.steps.push(step.needs(needs));
    findings
}

/// The rules as a file.
pub fn file(desired: &Desired) -> Option<FileContent> {
    let audit = desired.audit.as_ref()?;
    Some(FileContent {
        mode: 0o640,
        ..managed_file::root_file(&audit.path, &audit.content)
    })
}

/// What `auditctl -l` must show of a rules file, a line for each rule. Watches are whole; of other rules, which the kernel
/// prints in a spelling of its own, the list and the keys are what stays the same.
pub fn expected(rules: &str) -> impl Iterator<Item = String> {
    rules.lines().filter_map(|line| Rule::parse(line).map(Rule::listed))
}

/// The rules of a file that the kernel's list lacks, each counted.
fn missing(rules: &str, loaded: &str) -> Vec<String> {
    let mut loaded: Vec<String> = expected(loaded).collect();
    expected(rules)
        .filter(|rule| match loaded.iter().position(|held| held == rule) {
            Some(at) => {
                loaded.swap_remove(at);
                false
            }
            None => true,
        })
        .collect()
}

/// Whether augenrules has seen this version of the file. It copies rules as they are; of some settings it keeps only the last.
fn is_merged(rules: &str, merged: &FileState) -> bool {
    let unknown = merged.exists() && !merged.whole && merged.content.is_empty();
    let merged: BTreeSet<&str> = merged.content.lines().collect();
    unknown
        || rules
            .lines()
            .filter(|line| Rule::parse(line).is_some())
            .all(|line| merged.contains(line))
}

/// What counts of a rule.
#[derive(Default)]
struct Rule {
    /// `-w`, or `-F path=` and `-F dir=`.
    path: Option<String>,
    /// Letters of `-p`.
    perms: String,
    keys: Vec<String>,
    /// The kernel's list: `exit`, `user`, ...; empty for a watch.
    list: String,
    /// A condition that a watch cannot have.
    narrowed: bool,
}

impl Rule {
    /// A line of a rules file or of `auditctl -l`; none where it is a comment or a setting.
    fn parse(line: &str) -> Option<Self> {
        let mut rule = Self::default();
        let mut words = line.split_ascii_whitespace().peekable();
        if !words.peek()?.starts_with('-') {
            return None;
        }
        while let Some(word) = words.next() {
            let Some((flag @ ("-w" | "-p" | "-k" | "-a" | "-A" | "-S" | "-F" | "-C"), joined)) =
                word.split_at_checked(2)
            else {
                continue;
            };
            let value = if joined.is_empty() {
                words.next().unwrap_or_default()
            } else {
                joined
            };
            match flag {
                "-w" => {
                    let mut path = value.to_owned();
                    // A blank is written `\ ` and listed as it is.
                    while let Some(more) = words.next_if(|word| !word.starts_with('-')) {
                        path = format!("{path} {more}");
                    }
                    rule.path = Some(path.replace("\\ ", " "));
                }
                "-p" => rule.perms = value.to_owned(),
                "-k" => rule.keys.push(value.to_owned()),
                "-a" | "-A" => {
                    let mut parts = value.split(',');
                    let list = parts.find(|part| !["always", "never", "possible"].contains(part));
                    rule.list = list.unwrap_or_default().to_owned();
                }
                "-S" => rule.narrowed |= value != "all",
                "-F" => match value.split_once('=') {
                    Some(("key", key)) => rule.keys.push(key.to_owned()),
                    Some(("path" | "dir", path)) => rule.path = Some(path.to_owned()),
                    Some(("perm", perms)) => rule.perms = perms.to_owned(),
                    _ => rule.narrowed = true,
                },
                _ => rule.narrowed = true,
            }
        }
        let is_watch = rule.list.is_empty() && rule.path.is_some();
        if is_watch && rule.perms.is_empty() {
            rule.perms = "rwxa".into();
        }
        (is_watch || !rule.list.is_empty()).then_some(rule)
    }

    /// As `auditctl -l` lists it. A rule on a path for all system calls becomes a watch there.
    fn listed(self) -> String {
        let watched = self.list.is_empty() || self.list == "exit" && !self.narrowed && !self.perms.is_empty();
        let mut text = match self.path.filter(|_| watched) {
            Some(path) => {
                let perms: String = "rwxa".chars().filter(|perm| self.perms.contains(*perm)).collect();
                format!("-w {} -p {perms}", path.trim_end_matches('/'))
            }
            None => format!("-a {}", self.list),
        };
        for key in &self.keys {
            text += &format!(" -k {key}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As auditctl 3.0.9 lists them.
    const LOADED: &str = "-w /etc/passwd -p wa -k identity\n-w /etc/group -p wa -k identity\n-w /srv/a-k -p wa -k odd\n\
        -a always,exit -F arch=b64 -S init_module,delete_module -F key=modules\n-w /etc/ssh -p rwxa\n\
        -a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=-1\n";

    #[test]
    fn each_rule_of_a_shared_key_has_its_counterpart() {
        let rules = "# -k comment\n-D\n-b 8192\n--backlog_wait_time 60000\n\n-w /etc/passwd -p wa -k identity\n\
            -w /etc/group -p aw -k identity\n-a exit,always -F arch=b64 -S init_module -S delete_module -k modules\n";
        assert_eq!(missing(rules, LOADED), [""; 0]);
        let more = "-w /etc/shadow -p wa -k identity\n-a always,exit -F arch=b32 -S init_module -k modules\n-e 2\n";
        let lacking = ["-w /etc/shadow -p wa -k identity", "-a exit -k modules"];
        assert_eq!(missing(&format!("{rules}{more}"), LOADED), lacking);
        assert_eq!(missing(rules, "No rules\n").len(), 3);
        assert_eq!(
            missing("-w /etc/passwd -p r -k identity", LOADED).len(),
            1,
            "other permissions"
        );
        assert_eq!(missing("-w /etc/passwd -p wa -k other", LOADED).len(), 1, "another key");
    }

    #[test]
    fn spellings_of_one_rule() {
        for rule in [
            "\t-w\t/etc/passwd\t-p\twa\t-k\tidentity",
            "-k identity -p wa -w /etc/passwd",
            "-w/etc/passwd -pwa -kidentity",
            "-w /srv/a-k/ -p wa -k odd",
            "-w /etc/ssh",
            "-a always,exit -F path=/etc/passwd -F perm=wa -F key=identity",
            "-a always,exit -S all -F dir=/srv/a-k -F perm=aw -k odd",
            "-a always,exit -F arch=b64 -S init_module -F key=modules",
            "-a\talways,exit -F exit=-EACCES -S open",
        ] {
            assert_eq!(missing(rule, LOADED), [""; 0], "{rule}");
        }
        assert_eq!(missing("-a always,task -k modules", LOADED), ["-a task -k modules"]);
        assert_eq!(missing("-w /a\\ b -p wa -k x", "-w /a b -p wa -k x"), [""; 0]);
        assert_eq!(
            missing("-a never,exit -S x -k a -k b", "-a never,exit -S x -F key=a -F key=b"),
            [""; 0]
        );
    }

    #[test]
    fn rules_without_a_key_are_counted_too() {
        let one = "-a always,exit -F arch=b64 -S execve\n";
        assert_eq!(missing(one, LOADED), [""; 0]);
        assert_eq!(missing(&one.repeat(2), LOADED), ["-a exit"]);
        assert_eq!(missing("-w /etc/shadow -p wa\n", LOADED), ["-w /etc/shadow -p wa"]);
    }

    #[test]
    fn a_file_that_augenrules_has_not_seen_yet() {
        let merged =
            "## This file is automatically generated from /etc/audit/rules.d\n-D\n-b 8192\n\n-w /a -p wa -k x\n";
        let state = |kind: &str, content: &str, whole| FileState {
            kind: kind.into(),
            content: content.into(),
            whole,
            ..FileState::default()
        };
        let merged = state("regular file", merged, true);
        assert!(is_merged("# ours\n-b 64\n-w /a -p wa -k x\n", &merged));
        assert!(!is_merged("-w /a -p wa  -k x\n", &merged));
        assert!(is_merged("-b 64\n", &FileState::default()));
        assert!(!is_merged("-w /a", &state("absent", "", true)));
        assert!(!is_merged("-w /a", &state("regular empty file", "", true)));
        // Too large to be shown, or not readable.
        assert!(is_merged("-w /a", &state("regular file", "", false)));
    }
}
