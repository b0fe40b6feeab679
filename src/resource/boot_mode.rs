//! The appraisal mode of each boot.

use super::{Action, BootExpectation, FileState, Observed, ScriptCall, Step, StepId};
use crate::{
    config::{Desired, FileContent, Stage},
    host::Script,
    ima::Appraisal,
};

/// GRUB's name for the mode of the boot that it starts. The kernel command line holds it as a variable, so that the mode
/// changes without `update-grub`, which fails under enforce.
pub const GRUB_VARIABLE: &str = "${imaform_boot}";

/// The script of grub-mkconfig that sets [`GRUB_VARIABLE`].
pub const SNIPPET_PATH: &str = "/etc/grub.d/01_imaform";

/// What `/boot/grub/imaform.env` says: a file of our own, since GRUB's writing makes the label of `grubenv` stale and
/// `grub-editenv` then empties it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BootMode {
    /// The mode of every boot.
    pub every: Option<Appraisal>,
    /// The mode of the next boot only; GRUB empties it before it boots.
    pub trial: Option<Appraisal>,
}

impl BootMode {
    /// What the host's file says.
    pub fn of(observed: &Observed) -> Self {
        Self::parse(&observed.file(&format!("{}/imaform.env", observed.grub.directory)))
    }

    fn parse(file: &FileState) -> Self {
        let get = |key: &str| {
            let line = file.content.lines().find_map(|line| line.strip_prefix(key))?;
            Appraisal::from_value(line)
        };
        Self {
            every: get("imaform_mode="),
            trial: get("imaform_trial="),
        }
    }
}

/// The snippet as a wanted file.
pub fn snippet() -> FileContent {
    let content = include_str!("01_imaform").to_owned();
    FileContent {
        path: SNIPPET_PATH.into(),
        content,
        owner: "root".into(),
        group: "root".into(),
        mode: 0o755,
    }
}

/// A step that decides the mode of every boot.
pub fn set(id: &str, stage: Stage, mode: Appraisal, reason: &str) -> Step {
    let title = format!("make {mode} the mode of every boot");
    write(id, stage, title, reason, [mode.as_str(), ""])
}

/// A step that makes the next boot, and only that one, enforce; the one after it is fix again.
pub fn trial(id: &str) -> Step {
    let reason = "one boot in enforce; unless it is confirmed, the next boot is fix again, by itself";
    write(
        id,
        Stage::Enforce,
        "make the next boot a trial in enforce".into(),
        reason,
        ["fix", "enforce"],
    )
}

fn write(id: &str, stage: Stage, title: String, reason: &str, modes: [&str; 2]) -> Step {
    let call = ScriptCall::new(Script::BootMode, modes, "");
    Step::new(
        StepId::new("boot", id),
        stage,
        title,
        reason,
        call.into(),
        "written in place and synced",
    )
}

/// A reboot into a mode.
pub fn reboot(id: &str, stage: Stage, mode: Appraisal, desired: &Desired, reason: &str) -> Step {
    Step::new(
        StepId::new("boot", id),
        stage,
        format!("reboot with ima_appraise={mode}"),
        reason,
        Action::Reboot(BootExpectation {
            appraisal: mode,
            cmdline: desired.boot.cmdline.clone(),
        }),
        "a new boot id over a fresh connection, then /proc/cmdline",
    )
}

/// A step that shows on a file of its own that enforcing denies.
pub fn prove() -> Step {
    Step::new(
        StepId::new("enforce", "prove"),
        Stage::Enforce,
        "prove enforcement: a program without its label must be refused",
        "a command line that says enforce proves nothing",
        ScriptCall::new(Script::ProveEnforcement, [""; 0], "").into(),
        "EACCES and audit record 1800; the file is removed",
    )
}
