//! What people read when something is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod boot;
mod hosts;
mod inventory;
mod kubernetes;
mod parts;
mod playbook;
mod rollout;
mod templates;

use super::{Diagnostics, Site, Target};
use std::{fs, path::PathBuf};
use tempfile::TempDir;

/// A directory with an inventory and what it names.
struct Files(TempDir);

const PLAYBOOK: &str = "name: p\nappraisal: log\n";
const INVENTORY: &str = "groups:\n  g:\n    playbook: p.yml\n    hosts: [a]\n";

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.put("p.yml", PLAYBOOK);
        files.put("i.yml", INVENTORY);
        files
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn load(&self) -> Result<Site, Diagnostics> {
        Site::load(&self.0.path().join("i.yml"))
    }

    /// The errors with the directory cut out of the paths.
    fn errors(&self) -> String {
        match self.load() {
            Ok(_) => String::new(),
            Err(found) => found.to_string().replace(&format!("{}/", self.0.path().display()), ""),
        }
    }
}

/// What loading this inventory says.
fn inventory(text: &str) -> String {
    let files = Files::new();
    files.put("i.yml", text);
    files.errors()
}

/// What loading this playbook says; `name` and `appraisal` are given where it has none.
fn playbook(text: &str) -> String {
    let files = Files::new();
    files.put("p.yml", &complete(text));
    files.errors()
}

/// The host that this playbook gives.
fn good(text: &str) -> Target {
    let files = Files::new();
    files.put("p.yml", &complete(text));
    let mut site = files.load().unwrap_or_else(|found| panic!("{found}"));
    site.targets.remove(0)
}

fn complete(text: &str) -> String {
    let mut text = text.to_owned();
    for (key, line) in [("name:", "name: p\n"), ("appraisal:", "appraisal: log\n")] {
        if !text.lines().any(|line| line.starts_with(key)) {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(line);
        }
    }
    text
}

/// Asserts that a text holds another, and shows it where it does not.
#[track_caller]
fn says(text: &str, part: &str) {
    assert!(text.contains(part), "expected {part:?} in:\n{text}");
}

mod any_text {
    use super::{Files, INVENTORY};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whatever people save, they get an answer.
        #[test]
        fn never_panics(
            line in 0usize..4,
            piece in "[ -~\u{e9}\u{4e00}\u{1F600}\t\r\n\\[\\]{}:,'\"|>&*!%@`#-]{0,12}",
            at in 0usize..30,
        ) {
            let files = Files::new();
            let broken = |text: &str| {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                let count = lines.len();
                let line = &mut lines[line % count];
                line.insert_str(at.min(line.len()), &piece);
                lines.join("\n")
            };
            files.put("i.yml", &broken(INVENTORY));
            files.errors();
            files.put("i.yml", INVENTORY);
            let playbook = "name: p\npolicy: {template: t.j2}\nboot: {cmdline: {lsm: +x}}\nappraisal: log\n";
            files.put("p.yml", &broken(playbook));
            files.put("t.j2", &broken("a {{ host }}\n{% if x is defined %}\nb{{ group | upper }}\n{% endif %}"));
            files.errors();
            files.put("p.yml", playbook);
            files.errors();
        }
    }
}
