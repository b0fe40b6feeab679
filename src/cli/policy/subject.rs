use super::{
    checked::{Checked, CheckedRule},
    policy_file::{self, PolicyFileError},
    sarif::{Finding, Region, Sarif, with_help},
};
use crate::{
    config::{Site, SourceMap},
    ima::policy::Policy,
    words::count,
};
use std::path::{Path, PathBuf};

/// A policy to check, and where its rules are written.
pub struct Subject {
    file: PathBuf,
    /// The hosts that get it, where it is rendered.
    hosts: Option<String>,
    /// As the kernel gets it.
    pub policy: Policy,
    source: SourceMap,
}

impl Subject {
    /// A file as it is.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn file(path: &Path) -> Result<Self, PolicyFileError> {
        let policy = policy_file::read(path)?;
        Ok(Self {
            file: path.to_owned(),
            hosts: None,
            source: SourceMap::of(path, policy.to_string()),
            policy,
        })
    }

    /// What the playbooks of an inventory become: each rendering once.
    pub fn of_site(site: &Site) -> Vec<Self> {
        let mut renderings: Vec<(&Path, &str, Vec<&str>)> = Vec::new();
        for target in &site.targets {
            let (Some(file), Some(policy)) = (&target.policy_source, &target.desired.policy) else {
                continue;
            };
            let is_same = |(path, content, _): &&mut (&Path, &str, _)| (*path, *content) == (file, &policy.content);
            match renderings.iter_mut().find(is_same) {
                Some((_, _, hosts)) => hosts.push(&target.name),
                None => renderings.push((file, &policy.content, vec![&target.name])),
            }
        }
        let subjects = renderings.into_iter().map(|(file, content, hosts)| Self {
            file: file.to_owned(),
            hosts: Some(match hosts.as_slice() {
                [host] => (*host).to_owned(),
                hosts => format!(
                    "{} and {}",
                    hosts.first().unwrap_or(&""),
                    count(hosts.len() - 1, "other host")
                ),
            }),
            policy: Policy::new(content),
            source: SourceMap::read(file),
        });
        subjects.collect()
    }

    /// What it is called in a text for people.
    pub fn name(&self) -> String {
        match &self.hosts {
            Some(hosts) => format!("the policy of {hosts}"),
            None => self.file.to_string_lossy().into_owned(),
        }
    }

    /// Puts what was found into a log, each where it is written; where that is not known, at the first line.
    pub fn report(&self, checked: &Checked, sarif: &mut Sarif) {
        let rendered = self.policy.to_string();
        let lines = self.source.lines(&rendered);
        for (rule, diagnostic) in checked.findings() {
            let written = rule.and_then(|rule| Some((rule, (*lines.get(rule.line - 1)?)?)));
            sarif.add(Finding {
                code: diagnostic.code,
                severity: diagnostic.severity,
                message: with_help(&diagnostic.message, diagnostic.help.as_deref()),
                rendering: self.rendering(rule),
                region: match written {
                    Some((rule, line)) => {
                        let word = rule.text.get(rule.word_at(diagnostic.column)).unwrap_or_default();
                        let column = line.column(diagnostic.column);
                        Region {
                            file: line.file,
                            line: line.number,
                            columns: column..column + word.chars().count(),
                        }
                    }
                    None => Region::whole(&self.file),
                },
                line: rule.map_or("", |rule| &rule.text),
            });
        }
    }

    /// Messages name other lines as they are numbered in the rendering.
    fn rendering(&self, rule: Option<&CheckedRule>) -> Option<String> {
        let hosts = self.hosts.as_ref()?;
        Some(match rule {
            Some(rule) => {
                let text: String = rule.text.chars().take(200).collect();
                format!("In the policy of {hosts}, line {}: {text}", rule.line)
            }
            None => format!("In the policy of {hosts}"),
        })
    }
}
