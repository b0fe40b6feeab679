use super::{Alike, HostPlan, HostWay, Outlook, Review, ReviewedStep, names::names, seen::Seen};
use crate::{
    plan::Plan,
    resource::{Change, Effect},
    words::{count, printable},
};
use similar::TextDiff;
use std::fmt::Write;

/// So many names and ranges of hosts are written out.
const NAMES: usize = 12;

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Which steps change something, and no word of why and how: any number of hosts that are alike on one screen.
    Short,
    /// What a reviewer has to know.
    Brief,
    /// How each step is verified, too, what is as wanted already, and imaform's own files.
    Full,
}

impl Review {
    /// All of it, the last line counting.
    pub fn text(&self, detail: Detail) -> String {
        let mut out = String::new();
        let mut seen = Seen::default();
        for group in &self.groups {
            let _ = writeln!(out, "{}\n{}", group.heading(), group.text(detail, &mut seen));
        }
        if !self.rollout.is_empty() {
            let _ = writeln!(out, "{}\n", self.rollout.join("\n"));
        }
        let _ = writeln!(out, "Plan: {}", self.counts);
        printable(&out)
    }
}

impl Alike {
    pub(super) fn heading(&self) -> String {
        let names = names(self.hosts.iter().map(|host| host.name.as_str()), NAMES);
        match self.hosts.len() {
            1 => names,
            many => format!("{names} ({}, the same plan)", count(many, "host")),
        }
    }

    fn text<'a>(&'a self, detail: Detail, seen: &mut Seen<'a>) -> String {
        let mut out = String::new();
        if let Some(way) = &self.plan.way {
            let _ = writeln!(out, "  {way}");
        }
        for line in self.conditions() {
            let _ = writeln!(out, "  {line}");
        }
        out.push_str(&body(&self.plan, detail, self.first(), seen));
        out
    }

    /// What concerns the hosts, and not what is done to them.
    pub(super) fn conditions(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.own {
            lines.push(format!(
                "names, identifiers and times that each host has of its own are those of {}",
                self.first()
            ));
        }
        if let Some(time) = self.facts_of() {
            lines.push(format!("from facts of {time}: no host was looked at now"));
        }
        if let (reboots @ 1.., Outlook::Change) = (self.plan.reboots(), self.plan.outlook) {
            let time = match self.out_of_service() {
                None => "for how long is unknown until the first one is over".to_owned(),
                Some((least, most)) if least == most => format!("about {}", seconds(most)),
                Some((least, most)) => format!("about {} to {} each", seconds(least), seconds(most)),
            };
            lines.push(format!("out of service: {}, {time}", count(reboots, "reboot")));
        }
        lines
    }
}

/// `1 min 5 s`.
fn seconds(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// One line: where the host is and where it goes.
pub fn summary_line(plan: &Plan) -> String {
    HostWay::of(plan).to_string()
}

/// One plan as text.
pub fn text(plan: &Plan) -> String {
    let reviewed = HostPlan::of(plan);
    let body = body(&reviewed, Detail::Full, "", &mut Seen::default());
    format!("  {}\n{body}", summary_line(plan))
}

fn body<'a>(plan: &'a HostPlan, detail: Detail, host: &'a str, seen: &mut Seen<'a>) -> String {
    let mut out = String::new();
    if let Some(why) = &plan.why {
        let what = match plan.outlook {
            Outlook::LeftAlone => "left as it is",
            _ => "unreachable",
        };
        let _ = writeln!(out, "  {what}: {}", why.replace('\n', "\n    "));
    }
    if let Some(drift) = &plan.drift {
        let _ = writeln!(out, "  drift: {}:", drift.left);
        for line in &drift.what {
            let _ = writeln!(out, "    - {line}");
        }
    }
    for warning in &plan.warnings {
        let _ = writeln!(out, "  warning: {}", warning.replace('\n', "\n    "));
    }
    for refusal in &plan.refusals {
        let _ = writeln!(out, "  refused: {}", refusal.replace('\n', "\n    "));
    }
    if plan.outlook == Outlook::UpToDate {
        out.push_str("  nothing to do\n");
    }
    let tells_unchanged = match detail {
        Detail::Short => false,
        Detail::Brief => plan.outlook == Outlook::Change,
        Detail::Full => true,
    };
    if !plan.unchanged.is_empty() && tells_unchanged {
        let what: Vec<&str> = plan.unchanged.iter().map(|unchanged| unchanged.what.as_str()).collect();
        let _ = writeln!(out, "  no change: {}", what.join(", "));
    }
    for (stage, mut steps) in plan.stages() {
        if detail == Detail::Short {
            steps.retain(|step| step.effect != Effect::NoChange);
        }
        if !steps.is_empty() {
            let _ = writeln!(out, "\n  {stage}");
        }
        for step in steps {
            out.push_str(&step.head(detail));
            for line in seen.details(step, detail, host) {
                let _ = writeln!(out, "        {line}");
            }
        }
    }
    if let Some(then) = &plan.then {
        let _ = writeln!(out, "\n  then\n    ? {then}");
    }
    out
}

impl ReviewedStep {
    fn head(&self, detail: Detail) -> String {
        let cause = self
            .cause
            .map(|cause| format!(" [{}]", cause.as_str()))
            .unwrap_or_default();
        let what = format!("    {} {}{cause}", self.mark(), self.title);
        if detail == Detail::Short {
            return what + "\n";
        }
        let mut out = format!("{what} — {}\n", self.reason);
        if let Effect::Unknown { until, why } = &self.effect {
            let _ = writeln!(out, "        unknown until {until}: {why}");
        }
        if detail == Detail::Full {
            let _ = writeln!(out, "        proof: {}", self.verification);
        }
        out
    }

    /// What changes, line by line.
    pub(super) fn details(&self, detail: Detail) -> Vec<String> {
        match &self.change {
            _ if detail == Detail::Short => Vec::new(),
            Change::None => Vec::new(),
            Change::Lines(lines) => lines.clone(),
            Change::File { after: Some(after), .. } if detail == Detail::Brief && self.writes_own_file() => {
                vec![format!(
                    "imaform's own, {}: --full shows them",
                    count(after.lines().count(), "line")
                )]
            }
            Change::File { before, after, .. } => {
                let (old, new) = (
                    before.as_deref().unwrap_or_default(),
                    after.as_deref().unwrap_or_default(),
                );
                let diff = TextDiff::from_lines(old, new);
                let diff = diff
                    .unified_diff()
                    .context_radius(2)
                    .missing_newline_hint(true)
                    .to_string();
                // Escaped first, so that the end of a line with CR and LF is seen.
                printable(&diff).lines().map(str::to_owned).collect()
            }
        }
    }
}
