use super::Plan;
use crate::{
    config::Stage,
    resource::{Action, Change, Step},
    words::{count, printable},
};
use similar::TextDiff;
use std::fmt::Write;

/// The plans of many hosts as text, hosts with the same plan together.
#[derive(Debug, Default)]
pub struct Rendering {
    groups: Vec<(Vec<String>, String)>,
    rollout: String,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    hosts: usize,
    change: usize,
    up_to_date: usize,
    unreachable: usize,
    refused: usize,
    left_alone: usize,
    reboots: usize,
}

impl Rendering {
    /// Adds a host that has a plan.
    pub fn plan(&mut self, host: &str, plan: &Plan) {
        if !plan.refusals.is_empty() {
            self.counts.refused += 1;
        } else if plan.is_up_to_date() {
            self.counts.up_to_date += 1;
        } else {
            self.counts.change += 1;
        }
        self.counts.reboots += plan.reboots();
        self.add(host, text(plan));
    }

    /// Adds a host that could not be looked at.
    pub fn unreachable(&mut self, host: &str, error: &str) {
        self.counts.unreachable += 1;
        self.add(host, format!("  unreachable: {}\n", error.replace('\n', "\n    ")));
    }

    /// Adds a host that failed in the run that is gone on with.
    pub fn left_alone(&mut self, host: &str, line: &str) {
        self.counts.left_alone += 1;
        self.add(host, format!("  left as it is: {}\n", line.replace('\n', "\n    ")));
    }

    /// Says in which order the hosts are taken.
    pub fn rollout(&mut self, words: String) {
        self.rollout = words;
    }

    fn add(&mut self, host: &str, text: String) {
        self.counts.hosts += 1;
        match self.groups.iter_mut().find(|(_, found)| *found == text) {
            Some((hosts, _)) => hosts.push(host.to_owned()),
            None => self.groups.push((vec![host.to_owned()], text)),
        }
    }

    /// All of it, the last line counting.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (hosts, text) in &self.groups {
            let many = if hosts.len() > 1 {
                format!(" ({}, the same plan)", count(hosts.len(), "host"))
            } else {
                String::new()
            };
            let _ = writeln!(out, "{}{many}\n{text}", hosts.join(", "));
        }
        if !self.rollout.is_empty() {
            let _ = writeln!(out, "{}", self.rollout);
        }
        let c = &self.counts;
        let mut line = format!(
            "Plan: {}: {} to change, {} up to date, {} unreachable, {}",
            count(c.hosts, "host"),
            c.change,
            c.up_to_date,
            c.unreachable,
            count(c.reboots, "reboot")
        );
        if c.refused > 0 {
            let _ = write!(line, ", {} refused", c.refused);
        }
        if c.left_alone > 0 {
            let _ = write!(line, ", {} failed before and left alone", c.left_alone);
        }
        out.push_str(&line);
        out.push('\n');
        printable(&out)
    }
}

/// One line: where the host is and where it goes.
pub fn summary_line(plan: &Plan) -> String {
    format!(
        "{}: now in stage {} ({}), wanted: {}",
        plan.playbook, plan.stage, plan.now, plan.target
    )
}

/// One plan as text.
pub fn text(plan: &Plan) -> String {
    let mut out = format!("  {}\n", summary_line(plan));
    for warning in &plan.warnings {
        let _ = writeln!(out, "  warning: {}", warning.replace('\n', "\n    "));
    }
    for refusal in &plan.refusals {
        let _ = writeln!(out, "  refused: {}", refusal.replace('\n', "\n    "));
    }
    if plan.is_up_to_date() {
        out.push_str("  nothing to do\n");
    }
    let steps = plan.steps();
    for stage in Stage::ALL {
        let members: Vec<&&Step> = steps.iter().filter(|step| step.stage == stage).collect();
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n  {stage}");
        for step in members {
            render(step, &mut out);
        }
    }
    if let Some(then) = &plan.then {
        let _ = writeln!(out, "\n  then\n    {then}");
    }
    out
}

fn render(step: &Step, out: &mut String) {
    let mark = match (&step.action, &step.change) {
        (Action::Reboot(_), _) => '!',
        (_, Change::File { before: None, .. }) => '+',
        (_, Change::File { after: None, .. }) => '-',
        (_, Change::File { .. }) => '~',
        _ => '>',
    };
    let _ = writeln!(out, "    {mark} {}\n        why: {}", step.title, step.reason);
    let _ = writeln!(out, "        proof: {}", step.verification);
    match &step.change {
        Change::None => {}
        Change::Lines(lines) => {
            for line in lines {
                let _ = writeln!(out, "        {line}");
            }
        }
        Change::File { before, after, .. } => {
            let (old, new) = (
                before.as_deref().unwrap_or_default(),
                after.as_deref().unwrap_or_default(),
            );
            // Escaped first, so that the end of a line with CR and LF is seen.
            for line in printable(&unified(old, new)).lines() {
                let _ = writeln!(out, "        {line}");
            }
        }
    }
}

/// A unified diff without file names. Of a new file, the first lines say enough.
fn unified(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff()
        .context_radius(2)
        .missing_newline_hint(true)
        .to_string()
}
