mod boot;
mod checks;
mod content;
mod files;
mod kernel;
mod labels;
mod lists;
mod meaning;
mod policy_rule;
mod signing;

use super::{
    Desired, Diagnostic, FileContent, Kernel, names,
    node::Node,
    paths,
    problems::Problems,
    section::{Field, Section},
    source::Source,
    templates::{Templates, Text},
};
use crate::ima::{self, Appraisal};
use std::path::Path;

const KEYS: [&str; 13] = [
    "name",
    "kernel",
    "boot",
    "mounts",
    "apt",
    "packages",
    "services",
    "policy",
    "audit",
    "labels",
    "appraisal",
    "files",
    "checks",
];

/// A playbook, read and checked; what its templates become differs from host to host.
pub(super) struct Playbook {
    source: Source,
    /// Everything but the contents of files.
    fixed: Desired,
    policy: Option<Text>,
    audit: Option<Text>,
    /// In the order of `fixed.files`.
    files: Vec<Text>,
}

impl Playbook {
    /// Reads and checks a playbook.
    pub(super) fn read(source: Source) -> Result<Self, Vec<Diagnostic>> {
        let root = Node::parse(&source).map_err(|diagnostic| vec![diagnostic])?;
        let mut problems = Problems::of(&source);
        let parts = Parts::read(&root, paths::directory_of(&source.path), &mut problems);
        match (parts, problems.finish()) {
            (Some(parts), found) if found.is_empty() => Ok(Self {
                source,
                fixed: parts.fixed,
                policy: parts.policy,
                audit: parts.audit,
                files: parts.files,
            }),
            (_, found) => Err(found),
        }
    }

    /// What is wanted of one host: the playbook with its templates rendered by `context`.
    pub(super) fn render(
        &self,
        templates: &mut Templates,
        context: &minijinja::Value,
    ) -> Result<Desired, Vec<Diagnostic>> {
        let mut desired = self.fixed.clone();
        let mut errors = Vec::new();
        let mut render = |text: &Text, content: &mut String| match templates.render(text, &self.source, context) {
            Ok(rendered) => *content = rendered,
            Err(found) => errors.extend(found),
        };
        if let (Some(policy), Some(text)) = (&mut desired.policy, &self.policy) {
            render(text, &mut policy.content);
        }
        if let (Some(audit), Some(text)) = (&mut desired.audit, &self.audit) {
            render(text, &mut audit.content);
        }
        for (file, text) in desired.files.iter_mut().zip(&self.files) {
            render(text, &mut file.content);
        }
        if errors.is_empty() {
            self.check_rendered(desired)
        } else {
            Err(errors)
        }
    }

    fn check_rendered(&self, desired: Desired) -> Result<Desired, Vec<Diagnostic>> {
        let rules = [
            (
                "policy",
                self.policy.as_ref(),
                desired.policy.as_ref().map(|policy| &policy.content),
            ),
            (
                "audit",
                self.audit.as_ref(),
                desired.audit.as_ref().map(|audit| &audit.content),
            ),
        ];
        let mut errors = Vec::new();
        for (name, text, content) in rules {
            let (Some(text), Some(content)) = (text, content) else {
                continue;
            };
            if let Some((line, _)) = content
                .split('\n')
                .enumerate()
                .find(|(_, line)| line.contains(is_harmful))
            {
                let message = format!("line {} of the rendered `{name}` holds a control character", line + 1);
                let help = "rules are lines of plain text that end in a newline alone, not in CR LF";
                errors.push(content::diagnostic(text, &self.source, message).with_help(help));
            }
            let is_rule = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
            if !content.lines().any(is_rule) {
                errors.push(content::diagnostic(
                    text,
                    &self.source,
                    format!("`{name}` holds no rule: every line is empty or a comment"),
                ));
            } else if name == "policy" {
                // A rule that the kernel rejects freezes the boot: what can be known here is said here.
                errors.extend(
                    refused_by_all(content).into_iter().map(|message| {
                        content::diagnostic(text, &self.source, format!("rendered `policy`, {message}"))
                    }),
                );
            }
        }
        if errors.is_empty() { Ok(desired) } else { Err(errors) }
    }
}

/// What no kernel takes in a rendered policy.
fn refused_by_all(content: &str) -> Vec<String> {
    let policy = ima::policy::Policy::new(content);
    let mut messages = Vec::new();
    for (line, faults) in policy.rules_of_some_kernel().err().unwrap_or_default() {
        messages.extend(faults.iter().map(|at| format!("line {}, {at}", line.number)));
    }
    if !policy.is_ended() {
        let last = content.lines().count();
        messages.push(format!("line {last}: the last line has no line end, and the kernel then refuses the whole file: end it with a newline"));
    }
    messages
}

fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\t'
}

struct Parts {
    fixed: Desired,
    policy: Option<Text>,
    audit: Option<Text>,
    files: Vec<Text>,
}

impl Parts {
    fn read(root: &Node, directory: &Path, problems: &mut Problems) -> Option<Self> {
        let section = Section::open(root, "the playbook", root.place, &KEYS, problems)?;
        let name = section.require("name", problems).and_then(|field| {
            let name = field.string(problems)?;
            problems
                .check(field.node.place, names::title("name", name))
                .then(|| name.to_owned())
        });
        let appraisal = section
            .require("appraisal", problems)
            .and_then(|field| appraisal(field, problems));
        let (policy, policy_text) = unzip(
            section
                .get("policy")
                .and_then(|field| content::policy(field, directory, problems)),
        );
        let (audit, audit_text) = unzip(
            section
                .get("audit")
                .and_then(|field| content::audit(field, directory, problems)),
        );
        let (files, texts): (Vec<FileContent>, Vec<Text>) = section
            .get("files")
            .map(|field| files::read(field, directory, problems))
            .unwrap_or_default()
            .into_iter()
            .unzip();
        let fixed = Desired {
            playbook: name.unwrap_or_default(),
            kernel: section
                .get("kernel")
                .map_or_else(Kernel::default, |field| kernel::read(field, problems)),
            boot: section
                .get("boot")
                .map(|field| boot::read(field, problems))
                .unwrap_or_default(),
            mounts: section
                .get("mounts")
                .map(|field| lists::mounts(field, problems))
                .unwrap_or_default(),
            apt: section
                .get("apt")
                .map(|field| lists::apt(field, problems))
                .unwrap_or_default(),
            packages: section
                .get("packages")
                .map(|field| lists::packages(field, problems))
                .unwrap_or_default(),
            services: section
                .get("services")
                .map(|field| lists::services(field, problems))
                .unwrap_or_default(),
            policy,
            audit,
            files,
            labels: section
                .get("labels")
                .and_then(|field| labels::read(field, directory, problems)),
            appraisal: appraisal.unwrap_or(Appraisal::Off),
            checks: section
                .get("checks")
                .map(|field| checks::read(field, problems))
                .unwrap_or_default(),
        };
        // Rules between parts say nothing useful while a part is wrong by itself.
        if problems.is_empty() {
            meaning::check(&fixed, &section, problems);
        }
        Some(Self {
            fixed,
            policy: policy_text,
            audit: audit_text,
            files: texts,
        })
    }
}

fn unzip<A, B>(pair: Option<(A, B)>) -> (Option<A>, Option<B>) {
    pair.map_or((None, None), |(a, b)| (Some(a), Some(b)))
}

fn appraisal(field: Field, problems: &mut Problems) -> Option<Appraisal> {
    field
        .word(&["off", "log", "fix", "enforce"], problems)
        .and_then(Appraisal::from_value)
}
