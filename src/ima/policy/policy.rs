use super::{Action, Fault, FaultAt, Kernel, MAX_LINE, Reader, Rule};
use std::{cell::LazyCell, fmt};

/// A policy file as it is written, comments, spacing and order included; `to_string` gives back every byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    text: String,
}

/// A line that holds a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleLine<'a> {
    /// From 1.
    pub number: usize,
    /// Without its line end.
    pub text: &'a str,
}

/// What a kernel says to a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement<'a> {
    /// Each line that holds a rule: the rule, or why the kernel refuses it.
    pub lines: Vec<(RuleLine<'a>, Result<Rule, Vec<FaultAt>>)>,
}

impl Policy {
    /// Any text is a policy; whether a kernel takes it, [`Policy::judge`] says.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The lines that are neither blank nor a comment (`ima_parse_add_rule()`).
    pub fn rule_lines(&self) -> impl Iterator<Item = RuleLine<'_>> {
        self.text.split('\n').enumerate().filter_map(|(index, text)| {
            let begin = text.trim_start_matches([' ', '\t']);
            (!begin.is_empty() && !begin.starts_with('#')).then_some(RuleLine {
                number: index + 1,
                text,
            })
        })
    }

    /// Whether its last line is ended. A policy that is loaded by its path must end so (`ima_read_policy()`).
    pub fn is_ended(&self) -> bool {
        self.text.is_empty() || self.text.ends_with('\n')
    }

    /// What this kernel says to each rule.
    pub fn judge(&self, kernel: &Kernel) -> Judgement<'_> {
        Judgement {
            lines: self.rule_lines().map(|line| (line, line.judge(kernel))).collect(),
        }
    }

    /// The rules, where each is one that some kernel since 5.4 takes: what can be known of a playbook before its hosts
    /// are. Of a rule that none takes, what the newest says.
    pub fn rules_of_some_kernel(&self) -> Result<Vec<Rule>, Vec<(RuleLine<'_>, Vec<FaultAt>)>> {
        let newest = Kernel::permissive();
        // Only a rule that the newest refuses is asked of the others.
        let older = LazyCell::new(|| newest.releases());
        let mut rules = Vec::new();
        let mut refused = Vec::new();
        for line in self.rule_lines() {
            let verdict = line.judge(&newest).or_else(|faults| {
                if faults.iter().any(|at| at.fault.is_of_every_release()) {
                    return Err(faults);
                }
                older
                    .iter()
                    .rev()
                    .find_map(|kernel| line.judge(kernel).ok())
                    .ok_or(faults)
            });
            match verdict {
                Ok(rule) => rules.push(rule),
                Err(faults) => refused.push((line, faults)),
            }
        }
        if refused.is_empty() { Ok(rules) } else { Err(refused) }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl RuleLine<'_> {
    /// What this kernel says to the rule.
    pub fn judge(self, kernel: &Kernel) -> Result<Rule, Vec<FaultAt>> {
        let fault = if self.text.contains('\0') {
            Fault::Nul
        } else if self.text.len() > MAX_LINE {
            Fault::TooLong(self.text.len())
        } else if self.text.starts_with('/') {
            Fault::Path
        } else {
            return Reader::read(self.text, self.number, kernel);
        };
        Err(vec![FaultAt { column: 1, fault }])
    }
}

impl Judgement<'_> {
    /// Whether the kernel takes every rule, and there is one: it refuses an empty policy (`ima_check_policy()`).
    pub fn is_accepted(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|(_, verdict)| verdict.is_ok())
    }

    /// The rules that the kernel takes, in order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.lines.iter().filter_map(|(_, verdict)| verdict.as_ref().ok())
    }
}

/// Whether a rule appraises anything.
pub fn appraises(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| rule.action == Action::Appraise)
}

/// Whether files that are written in the ordinary way may get labels: a rule of `appraise` or `hash` without `func`, or
/// with `FILE_CHECK`. Without one, what is written stays unlabelled until something labels it.
pub fn labels_new_files(rules: &[Rule]) -> bool {
    rules
        .iter()
        .any(|rule| matches!(rule.action, Action::Appraise | Action::Hash) && rule.covers_files())
}
