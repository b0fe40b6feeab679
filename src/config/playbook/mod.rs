mod boot;
mod checks;
mod content;
mod files;
mod kernel;
mod labels;
mod lists;
mod meaning;
mod policy_rule;
mod rendered;
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
use crate::ima::Appraisal;
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

    /// Its file.
    pub(super) fn path(&self) -> &Path {
        &self.source.path
    }

    /// The file in which the rules of the policy are written.
    pub(super) fn policy_source(&self) -> Option<&Path> {
        match self.policy.as_ref()? {
            Text::File(path, _) => Some(path),
            Text::Inline(..) | Text::Lines(_) => Some(&self.source.path),
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
