use crate::{
    ima::policy::{
        Diagnostic, FaultAt, Kernel, Policy, RuleLine, Severity,
        lint::{self, Surroundings},
    },
    words::{count, printable},
};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};
use serde::Serialize;
use std::fmt::Write;

/// How many findings a person is shown.
const SHOWN: usize = 200;

/// What there is to say of a policy, on one kernel.
#[derive(Debug, Serialize)]
pub struct Checked {
    format_version: u32,
    kernel: String,
    rules: Vec<CheckedRule>,
    /// About the policy as a whole.
    warnings: Vec<Diagnostic>,
    /// The kernel in the words of a sentence that goes on.
    #[serde(skip)]
    subject: String,
}

/// A line that holds a rule.
#[derive(Debug, Serialize)]
pub struct CheckedRule {
    /// From 1.
    pub line: usize,
    /// Without its line end.
    pub text: String,
    valid: bool,
    diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Judges a policy and looks for what is unwise in it.
    pub fn of(policy: &Policy, kernel: &Kernel) -> Self {
        let judgement = policy.judge(kernel);
        let releases = kernel.releases();
        let mut rules: Vec<CheckedRule> = judgement
            .lines
            .iter()
            .map(|(line, verdict)| CheckedRule {
                line: line.number,
                text: line.text.to_owned(),
                valid: verdict.is_ok(),
                diagnostics: match verdict {
                    Ok(_) => Vec::new(),
                    Err(faults) => said(faults, *line, kernel, &releases),
                },
            })
            .collect();
        let mut warnings = Vec::new();
        for finding in lint::lints(policy, &judgement, kernel, &Surroundings::default()) {
            let rule = finding
                .line
                .and_then(|line| rules.binary_search_by_key(&line, |rule| rule.line).ok());
            match rule.and_then(|at| rules.get_mut(at)) {
                Some(rule) => rule.diagnostics.push(finding.diagnostic),
                None => warnings.push(finding.diagnostic),
            }
        }
        Self {
            format_version: 1,
            kernel: kernel.version().to_string(),
            rules,
            warnings,
            subject: match kernel.assumed() {
                Some(_) => format!("{kernel},"),
                None => kernel.to_string(),
            },
        }
    }

    /// Whether the kernel takes the policy.
    pub fn is_valid(&self) -> bool {
        let refused = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        self.rules.iter().all(|rule| rule.valid) && !self.warnings.iter().any(refused)
    }

    /// What was found, with the line that it is about; without one what is about the policy as a whole.
    pub fn findings(&self) -> impl Iterator<Item = (Option<&CheckedRule>, &Diagnostic)> {
        let of_rules = self
            .rules
            .iter()
            .flat_map(|rule| rule.diagnostics.iter().map(move |diagnostic| (Some(rule), diagnostic)));
        let of_policy = self.warnings.iter().map(|diagnostic| (None, diagnostic));
        of_policy.chain(of_rules)
    }

    /// For scripts. Every entry has a help there, if only the page of its code.
    ///
    /// # Errors
    /// None that is known; the form of JSON leaves room for them.
    pub fn json(mut self) -> serde_json::Result<String> {
        let all = self
            .rules
            .iter_mut()
            .flat_map(|rule| &mut rule.diagnostics)
            .chain(&mut self.warnings);
        for diagnostic in all {
            let code = diagnostic.code;
            diagnostic
                .help
                .get_or_insert_with(|| format!("imaform policy why {code}"));
        }
        serde_json::to_string_pretty(&self)
    }

    /// For people: each with the line that it is about, and a last line that sums up.
    pub fn text(&self, path: &str) -> String {
        let mut text = String::new();
        for diagnostic in &self.warnings {
            let group = title(diagnostic).element(Origin::path(path));
            push(&mut text, group, diagnostic);
        }
        let mut found = self
            .rules
            .iter()
            .flat_map(|rule| rule.diagnostics.iter().map(move |diagnostic| (rule, diagnostic)));
        for (rule, diagnostic) in found.by_ref().take(SHOWN) {
            let (line, column) = (rule.line, diagnostic.column);
            let title = title(diagnostic);
            // A picture of a line that no screen shows helps nobody.
            let group = if rule.text.len() > 500 {
                title.element(Origin::path(path).line(line).char_column(column))
            } else {
                let snippet = Snippet::source(rule.text.as_str()).line_start(line).path(path);
                title.element(snippet.annotation(AnnotationKind::Primary.span(rule.word_at(column))))
            };
            push(&mut text, group, diagnostic);
        }
        match found.count() {
            0 => {}
            more => {
                let _ = writeln!(text, "{more} more are in the output of --format json\n");
            }
        }
        let _ = writeln!(text, "{path}: {}", self.summary());
        text
    }

    fn summary(&self) -> String {
        let kernel = &self.subject;
        let refused = self.rules.iter().filter(|rule| !rule.valid).count();
        let verdict = match (self.is_valid(), refused) {
            (true, _) => format!("{kernel} takes the policy ({})", count(self.rules.len(), "rule")),
            (false, 0) => format!("{kernel} refuses the policy"),
            (false, _) => format!("{kernel} refuses {refused} of {}", count(self.rules.len(), "rule")),
        };
        let every = self
            .rules
            .iter()
            .flat_map(|rule| &rule.diagnostics)
            .chain(&self.warnings);
        let mut codes: Vec<&str> = every.map(|diagnostic| diagnostic.code).collect();
        codes.sort_unstable();
        codes.dedup();
        match codes.first() {
            Some(code) => format!("{verdict}\nMore about a code: imaform policy why {code}"),
            None => verdict,
        }
    }
}

fn title(diagnostic: &Diagnostic) -> Title<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    level.primary_title(printable(&diagnostic.message)).id(diagnostic.code)
}

fn push<'a>(text: &mut String, group: Group<'a>, diagnostic: &'a Diagnostic) {
    let group = match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    };
    text.push_str(&Renderer::plain().render(&[group]));
    text.push_str("\n\n");
}

impl CheckedRule {
    /// The bytes of the word that begins at this character.
    pub fn word_at(&self, column: usize) -> std::ops::Range<usize> {
        let text = &self.text;
        let start = text
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(text.len(), |(at, _)| at);
        let rest = text.get(start..).unwrap_or_default();
        start..start + rest.find([' ', '\t']).unwrap_or(rest.len())
    }
}

/// The faults of a rule, the first of them with the releases that take the rule as it is, where others do.
fn said(faults: &[FaultAt], line: RuleLine<'_>, kernel: &Kernel, releases: &[Kernel]) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = faults.iter().map(Diagnostic::from).collect();
    if faults.iter().any(|at| at.fault.is_of_every_release()) {
        return diagnostics;
    }
    let takes: Vec<bool> = releases.iter().map(|release| line.judge(release).is_ok()).collect();
    let version = |at: usize| releases.get(at).map(Kernel::version);
    let first = takes.iter().position(|takes| *takes);
    let last = takes.iter().rposition(|takes| *takes);
    let gaps = takes.iter().skip_while(|takes| !**takes).any(|takes| !*takes);
    // The first release after the last one that takes it.
    let until = last.and_then(|at| version(at + 1));
    let says = match (first.and_then(version), until) {
        (Some(first), _) if first > kernel.version() && gaps => Some(format!("Linux {first} takes this rule")),
        (Some(first), _) if first > kernel.version() => Some(format!("Linux {first} and later take this rule")),
        (Some(_), Some(until)) if until <= kernel.version() => {
            Some(format!("kernels before Linux {until} take this rule"))
        }
        _ => None,
    };
    if let (Some(says), Some(diagnostic)) = (says, diagnostics.first_mut()) {
        diagnostic.help = Some(match diagnostic.help.take() {
            Some(help) => format!("{help}; {says}"),
            None => says,
        });
    }
    diagnostics
}
