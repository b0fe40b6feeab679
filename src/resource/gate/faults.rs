//! Files whose label enforce would refuse.

use super::{
    FileFacts, Finding, Kind,
    verdict::{Judge, rule_words},
};
use crate::resource::{FaultyFile, HostPath, LabelFault};

/// What can be done with any file.
const LABEL_IT: &str = "label it (setfattr -n security.ima -v 0x0404 and its sha256), or take it away";

impl Judge<'_> {
    /// Files whose label is missing or does not fit.
    pub fn faulty(&self) -> impl Iterator<Item = Finding> {
        let elsewhere = |path| self.answer.open.contains_key(path) || self.answer.grub.contains(path);
        let faulty = self
            .answer
            .labels
            .faulty
            .iter()
            .filter(move |file| !elsewhere(&file.path) && !self.will_be_signed(&file.path));
        faulty.filter_map(|file| {
            let facts = *self.answer.facts.get(&file.path)?;
            let (nature, rule) = self.appraised(&file.path, facts)?;
            let (kind, fault, remedy) = self.fault(file, facts);
            let why = format!("{fault}; {} is appraised by {}", nature.words(), rule_words(rule));
            Some(Finding {
                kind,
                subject: file.path.to_string(),
                why,
                remedy,
            })
        })
    }

    fn fault(&self, file: &FaultyFile, facts: FileFacts) -> (Kind, String, String) {
        let stale = |words: &str| {
            // Writing a label moves ctime alone.
            if facts.modified >= facts.changed {
                return (
                    Kind::Changed,
                    format!("it was written after it was labelled: {words}"),
                    LABEL_IT.to_owned(),
                );
            }
            (Kind::Stale, words.to_owned(), LABEL_IT.to_owned())
        };
        match &file.fault {
            LabelFault::Stale | LabelFault::Refused => stale("its label is not the digest of its content"),
            LabelFault::Invalid(error) => (Kind::Unlabelled, error.to_string(), LABEL_IT.to_owned()),
            LabelFault::Unreadable(words) => (
                Kind::Unlabelled,
                format!("its label cannot be read: {words}"),
                "its file system keeps no labels: move the file, or exclude the file system in the policy (dont_appraise fsmagic=…)".to_owned(),
            ),
            LabelFault::Unlabelled => self.unlabelled(&file.path, facts),
        }
    }

    fn unlabelled(&self, path: &HostPath, facts: FileFacts) -> (Kind, String, String) {
        let none = "it has no label".to_owned();
        if self.answer.recorded.contains(path) {
            return (
                Kind::Denied,
                "the kernel has recorded in this boot that its label is missing (type 1800)".into(),
                "label it, or exclude its file system in the policy (dont_appraise fsmagic=…), or stop who uses it"
                    .into(),
            );
        }
        if [&b"/var/cache/apt/"[..], b"/var/lib/apt/"]
            .iter()
            .any(|apt| path.bytes().starts_with(apt))
        {
            return (
                Kind::Apt,
                none,
                "setting: apt: {sandbox_user: root}, then apt-get clean, or label it".into(),
            );
        }
        let directory = self.answer.directories.get(&path.parent());
        if let Some(user) =
            directory.filter(|user| facts.owner == 0 && **user != 0 && facts.changed >= self.answer.boot)
        {
            return (
                Kind::Chown,
                format!(
                    "it has no label, belongs to root in a directory of uid {user}, and came in this boot: as when a daemon writes as a user and then gives the file to root"
                ),
                "change the owner back, or let the daemon write as root, or label it".into(),
            );
        }
        let first = if self.question.labelled_owner() != Some(facts.owner) {
            "change its owner to the one whose files are labelled"
        } else if self.question.excludes(path.bytes()) {
            "take the path out of labels.exclude"
        } else {
            "add its file system to labels.filesystem"
        };
        (Kind::Unlabelled, none, format!("{first}, or {LABEL_IT}"))
    }
}
