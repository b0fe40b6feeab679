//! A file with wanted content.

use super::{Action, Change, FileState, Findings, Observed, Step, StepId, install_file};
use crate::{
    config::{FileContent, Stage},
    host::Script,
};

/// A file with wanted content, owner and mode. Other resources build their files on it.
pub fn plan(id: StepId, wanted: &FileContent, observed: &Observed, reason: &str) -> Findings {
    let state = observed.file(&wanted.path);
    if state.exists() && !state.is_file() {
        return Findings::refusal(format!(
            "{} is there and is a {}, not a regular file",
            wanted.path, state.kind
        ));
    }
    let differences = differences(wanted, &state);
    if differences.is_empty() {
        return Findings::unchanged(&id, &wanted.path);
    }
    let verb = if state.exists() { "change" } else { "create" };
    let reason = if reason.is_empty() {
        differences.join(", ")
    } else {
        format!("{reason}: {}", differences.join(", "))
    };
    let step = Step::new(
        id,
        Stage::Prepare,
        format!("{verb} {}", wanted.path),
        reason,
        action(wanted, &[state.expected()]),
        "the content's digest on arrival, then one rename; the earlier version is kept",
    );
    Findings::step(step.shows(Change::File {
        path: wanted.path.clone(),
        before: state.shown(),
        after: Some(wanted.content.clone()),
    }))
}

/// The action that puts the file there, in the place of what is `earlier`.
pub fn action(wanted: &FileContent, earlier: &[&str]) -> Action {
    install_file(Script::InstallFile, wanted, earlier)
}

/// A root-owned file with mode 0644.
pub fn root_file(path: &str, content: &str) -> FileContent {
    FileContent {
        path: path.to_owned(),
        content: content.to_owned(),
        owner: "root".into(),
        group: "root".into(),
        mode: 0o644,
    }
}

/// A root-owned program, mode 0755.
pub fn root_program(path: &str, content: &str) -> FileContent {
    FileContent {
        mode: 0o755,
        ..root_file(path, content)
    }
}

fn differences(wanted: &FileContent, state: &FileState) -> Vec<String> {
    if !state.exists() {
        return vec!["it is not there".into()];
    }
    let mut found = Vec::new();
    if !state.whole || state.content != wanted.content {
        found.push("its content differs".to_owned());
    }
    if state.mode != wanted.mode {
        found.push(format!("its mode is {:04o}, wanted {:04o}", state.mode, wanted.mode));
    }
    // A numeric wish cannot be compared with the name that the host shows; install-file sets it together with the rest.
    let differs = |wanted: &str, found: &str| wanted.parse::<u32>().is_err() && wanted != found;
    if differs(&wanted.owner, &state.owner) || differs(&wanted.group, &state.group) {
        let (owner, group) = (&state.owner, &state.group);
        found.push(format!(
            "it belongs to {owner}:{group}, wanted {}:{}",
            wanted.owner, wanted.group
        ));
    }
    found
}
