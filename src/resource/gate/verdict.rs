use super::{Answer, FileFacts, Finding, Kind, Moment, Mount, Nature, Question, rules::Subject};
use crate::{ima::policy::Rule, resource::HostPath, words::count};

/// What the gate says of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// What would be denied, by kind and name.
    pub findings: Vec<Finding>,
    /// What a person should know beside it.
    pub notes: Vec<String>,
}

impl Question {
    /// Judges what was found on a host.
    pub fn judge(&self, answer: &Answer, moment: Moment) -> Verdict {
        let judge = Judge {
            question: self,
            answer,
            moment,
        };
        let mut findings: Vec<Finding> = judge
            .open()
            .chain(judge.faulty())
            .chain(judge.unsigned())
            .chain(judge.blocks())
            .chain(judge.file_systems())
            .chain(judge.apt())
            .collect();
        findings.sort_by(|one, other| (one.kind, &one.subject).cmp(&(other.kind, &other.subject)));
        Verdict {
            findings,
            notes: judge.notes(),
        }
    }
}

pub(super) struct Judge<'a> {
    pub question: &'a Question,
    pub answer: &'a Answer,
    moment: Moment,
}

impl<'a> Judge<'a> {
    /// What root does with this file that a rule appraises, and the rule. That reads beneath an excluded path are denied
    /// was accepted by excluding it.
    pub fn appraised(&self, path: &HostPath, facts: FileFacts) -> Option<(Nature, &'a Rule)> {
        self.all_appraised(path, facts).next()
    }

    fn all_appraised(&self, path: &HostPath, facts: FileFacts) -> impl Iterator<Item = (Nature, &'a Rule)> {
        let (bytes, question) = (path.bytes().to_vec(), self.question);
        let subject = self.answer.mounts.of(&bytes).map(|mount| Subject {
            owner: facts.owner,
            group: Some(facts.group),
            mount,
        });
        let excluded = question.excludes(&bytes);
        Nature::ALL.into_iter().filter_map(move |nature| {
            let counts = nature.is_of(&bytes, facts.mode) && (nature != Nature::Read || !excluded);
            let subject = subject.as_ref().filter(|_| counts)?;
            Some((nature, question.rules.appraises(nature, subject)?))
        })
    }

    /// Files that somebody writes.
    fn open(&self) -> impl Iterator<Item = Finding> {
        self.answer.open.iter().filter_map(|(path, writer)| {
            let (nature, rule) = self.appraised(path, *self.answer.facts.get(path)?)?;
            Some(Finding {
                kind: Kind::Held,
                subject: path.to_string(),
                why: format!(
                    "{writer} holds it open for writing, so that its label does not fit until it is closed, nor after a crash; {} is appraised by {}",
                    nature.words(),
                    rule_words(rule)
                ),
                remedy: "exclude it from labels if a denial does no harm, or stop who writes it, or take a policy that appraises no reads (templates/ima-policy.j2)".into(),
            })
        })
    }

    /// Whether the plan, of which nothing is done yet, signs a file.
    pub fn will_be_signed(&self, path: &HostPath) -> bool {
        self.moment == Moment::Foreseen && self.question.signs(path.bytes())
    }

    /// Files with a hash where a rule asks for a signature.
    fn unsigned(&self) -> impl Iterator<Item = Finding> {
        self.answer.hashed.iter().filter_map(|path| {
            let facts = *self.answer.facts.get(path)?;
            let (nature, rule) = self
                .all_appraised(path, facts)
                .find(|(_, rule)| !rule.options.signatures.is_empty())?;
            Some(Finding {
                kind: Kind::Unsigned,
                subject: path.to_string(),
                why: format!(
                    "its label is a hash, and {} asks for a signature; that is about {}",
                    rule_words(rule),
                    nature.words()
                ),
                remedy: "have it signed (labels.signature.paths), or take it out of the rule".into(),
            })
        })
    }

    /// What GRUB writes at boot, where root's reads of it are appraised.
    fn blocks(&self) -> impl Iterator<Item = Finding> {
        self.answer.grub.iter().filter_map(|path| {
            let (_, rule) = self.appraised(path, *self.answer.facts.get(path)?)?;
            Some(Finding {
                kind: Kind::Grub,
                subject: path.to_string(),
                why: format!("GRUB writes it at boot, without the kernel, and then its label is stale; root's reading it is appraised by {}", rule_words(rule)),
                remedy: format!("exclude it: labels: {{exclude: [{path}]}}"),
            })
        })
    }

    /// File systems whose files are not walked.
    fn file_systems(&self) -> impl Iterator<Item = Finding> {
        self.answer.mounts.iter().filter_map(|mount| {
            let target = HostPath::new(mount.target.clone());
            if mount.fstype == "overlay" {
                let (nature, rule) = [Nature::Execute, Nature::Map, Nature::Read]
                    .into_iter()
                    .find_map(|nature| Some((nature, self.of_root(nature, mount)?)))?;
                return Some(Finding {
                    kind: Kind::Overlay,
                    subject: target.to_string(),
                    why: format!("the layers of overlayfs have no labels, and root in a container is uid 0; of a file there, {} is appraised by {}", nature.words(), rule_words(rule)),
                    remedy: "setting: dont_appraise fsmagic=0x794c7630 in the policy (templates/ima-policy.j2: containers: true)".into(),
                });
            }
            let silent = mount.is_walked() || mount.is_pseudo() || self.question.excludes(&mount.target);
            let rule = self.of_root(Nature::Read, mount).filter(|_| !silent)?;
            Some(Finding {
                kind: Kind::Unlabelled,
                subject: target.to_string(),
                why: format!("{} keeps no labels; root's reading there is appraised by {}", mount.fstype, rule_words(rule)),
                remedy: "exclude it from labels if a denial does no harm, or exclude the file system in the policy (dont_appraise fsmagic=…)".into(),
            })
        })
    }

    fn of_root(&self, nature: Nature, mount: &Mount) -> Option<&'a Rule> {
        self.question.rules.appraises(
            nature,
            &Subject {
                owner: 0,
                group: Some(0),
                mount,
            },
        )
    }

    fn apt(&self) -> Option<Finding> {
        let will_be = self
            .question
            .sandbox_user
            .as_ref()
            .filter(|_| self.moment == Moment::Foreseen);
        let user = will_be
            .or(self.answer.apt_user.as_ref())
            .filter(|user| *user != "root")?;
        self.answer.apt_user.as_ref()?;
        let lists = b"/var/lib/apt/lists/x";
        let rule = self.of_root(Nature::Read, self.answer.mounts.of(lists)?)?;
        Some(Finding {
            kind: Kind::Apt,
            subject: "APT::Sandbox::User".into(),
            why: format!(
                "apt downloads as {user} and then gives the files to root, so that they have no label; root's reading them is appraised by {}",
                rule_words(rule)
            ),
            remedy: "setting: apt: {sandbox_user: root}".into(),
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!(
            "{} that may be appraised looked at, {} of them compared with their label",
            count(self.answer.looked as usize, "file"),
            self.answer.compared
        )];
        let settled = self.answer.labels.settled.len();
        if settled > 0 {
            notes.push(format!(
                "{} did not fit until read for this: the kernel has labelled what it opened",
                count(settled, "label")
            ));
        }
        notes.extend(self.answer.mounts.iter().filter_map(|mount| {
            let silent = mount.is_walked() || mount.is_pseudo() || mount.fstype == "overlay";
            let rule = self.of_root(Nature::Execute, mount).filter(|_| !silent)?;
            let (target, fstype) = (HostPath::new(mount.target.clone()), &mount.fstype);
            Some(format!(
                "not looked at: {target}; {fstype} keeps no labels, and what root runs from there is denied by {}",
                rule_words(rule)
            ))
        }));
        notes
    }
}

/// Line and text of a rule; one that the kernel brings has no line.
pub(super) fn rule_words(rule: &Rule) -> String {
    match rule.line {
        0 => format!("the built-in rule `{rule}`"),
        line => format!("line {line} of the policy, `{rule}`"),
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
