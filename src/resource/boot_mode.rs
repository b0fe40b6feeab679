//! What the next boots are: the mode of each, and what is on trial.

use super::{Action, BootExpectation, Change, FileState, Observed, ScriptCall, Step, StepId, grub, managed_file};
use crate::{
    config::{Desired, FileContent, Stage, Token},
    host::Script,
    ima::{Appraisal, KernelCmdline},
};
use std::time::Duration;

/// GRUB's name for the mode of the boot that it starts. The kernel command line holds it as a variable, so that the mode
/// changes without `update-grub`, which fails under enforce.
pub const GRUB_VARIABLE: &str = "${imaform_boot}";

/// The script of grub-mkconfig that sets [`GRUB_VARIABLE`].
pub const SNIPPET_PATH: &str = "/etc/grub.d/01_imaform";

/// Process 1 of a trial boot, until it becomes the host's own init.
pub const GUARD_PATH: &str = "/usr/lib/imaform/guard";

/// What `/boot/grub/imaform.env` says: a file of our own, since GRUB's writing makes the label of `grubenv` stale and
/// `grub-editenv` then empties it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootMode {
    /// The mode of every boot.
    pub every: Appraisal,
    /// The mode of the next boot only; GRUB empties it before it boots.
    pub trial: Option<Appraisal>,
    /// What is known of `grub.cfg`.
    pub menu: Menu,
    /// What a trial boot tried that nobody has confirmed yet. Every boot after that trial is the earlier one.
    pub tried: Option<Tried>,
}

/// What is known of `grub.cfg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Menu {
    /// A host booted by it and could be reached.
    #[default]
    Proven,
    /// It was written after the last boot that was confirmed.
    Unproven,
    /// The next boot shows whether it works; unless that is confirmed, `grub.cfg.earlier` is booted from then on.
    Trial,
}

/// What a trial boot tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Another mode under the same menu.
    Mode,
    /// Another menu, and perhaps another mode.
    Menu,
}

impl BootMode {
    /// What the host's file says; `None` where there is none that names a mode.
    pub fn of(observed: &Observed) -> Option<Self> {
        Self::parse(&block(observed))
    }

    /// Every boot in this mode, nothing on trial.
    pub fn every(mode: Appraisal) -> Self {
        Self {
            every: mode,
            trial: None,
            menu: Menu::Proven,
            tried: None,
        }
    }

    /// The next boot in enforce, and only that one; the one after it is fix.
    pub fn trial() -> Self {
        Self {
            trial: Some(Appraisal::Enforce),
            ..Self::every(Appraisal::Fix)
        }
    }

    /// With what is known of the menu.
    #[must_use]
    pub fn menu(self, menu: Menu) -> Self {
        Self { menu, ..self }
    }

    fn parse(file: &FileState) -> Option<Self> {
        let get = |key: &str| file.content.lines().find_map(|line| line.strip_prefix(key));
        Some(Self {
            every: get("imaform_mode=").and_then(Appraisal::from_value)?,
            trial: get("imaform_trial=").and_then(Appraisal::from_value),
            menu: match get("imaform_menu=") {
                Some("unproven") => Menu::Unproven,
                Some("trial") => Menu::Trial,
                _ => Menu::Proven,
            },
            tried: match get("imaform_tried=") {
                Some("mode") => Some(Tried::Mode),
                Some("menu") => Some(Tried::Menu),
                _ => None,
            },
        })
    }

    /// The arguments of `boot-mode.sh`.
    fn words(self, patience: Duration) -> [String; 5] {
        let trial = self.trial.map_or("", Appraisal::as_str);
        let menu = match self.menu {
            Menu::Proven => "",
            Menu::Unproven => "unproven",
            Menu::Trial => "trial",
        };
        let tried = match self.tried {
            None => "",
            Some(Tried::Mode) => "mode",
            Some(Tried::Menu) => "menu",
        };
        let patience = patience.as_secs().to_string();
        [self.every.as_str(), trial, menu, tried, &patience].map(str::to_owned)
    }
}

/// The block that GRUB reads.
pub fn block(observed: &Observed) -> FileState {
    observed.file(&format!("{}/imaform.env", observed.grub.directory))
}

/// Whether the running boot is a trial, which the host's guard ends unless it is confirmed.
pub fn is_on_trial(cmdline: &str) -> bool {
    KernelCmdline::parse(cmdline).values("imaform.trial").next().is_some()
}

/// Whether a trial boot waits for its confirmation, or has not got it.
pub fn is_unconfirmed(observed: &Observed) -> bool {
    BootMode::of(observed).is_some_and(|boots| boots.tried.is_some())
}

/// Whether the running boot is the earlier one because a trial was not confirmed. An earlier menu that imaform did not write
/// says nothing of it on the command line.
pub fn fell_back(observed: &Observed) -> bool {
    is_unconfirmed(observed) && !is_on_trial(&observed.cmdline)
}

/// Whether the boot menu is one by which this boot was not started, or not by way of a trial.
pub fn has_unproven_menu(observed: &Observed) -> bool {
    BootMode::of(observed).is_some_and(|boots| boots.menu != Menu::Proven) && !is_on_trial(&observed.cmdline)
}

/// The snippet as a wanted file.
pub fn snippet() -> FileContent {
    managed_file::root_program(SNIPPET_PATH, include_str!("01_imaform"))
}

/// The guard as a wanted file.
pub fn guard() -> FileContent {
    managed_file::root_program(GUARD_PATH, include_str!("guard"))
}

/// A step that decides the next boots.
pub fn set(id: &str, stage: Stage, boots: BootMode, desired: &Desired, reason: &str) -> Step {
    let every = boots.every;
    let title = match (boots.trial, boots.menu) {
        (Some(trial), _) => format!("make the next boot a trial in {trial}"),
        (None, Menu::Trial) => format!("make the next boot a trial of the new boot menu, in {every}"),
        (None, _) => format!("make {every} the mode of every boot"),
    };
    let call = ScriptCall::new(Script::BootMode, boots.words(desired.boot.trial_timeout), "");
    Step::new(
        StepId::new("boot", id),
        stage,
        title,
        reason,
        call.into(),
        "written in place and synced",
    )
}

/// A step that keeps the menu in use, before a package changes it, as the one to go back to; any boot from then on is a trial.
pub fn keep_menu(id: &str, stage: Stage, boots: BootMode, desired: &Desired, reason: &str) -> Step {
    let boots = boots.menu(Menu::Trial);
    let mut step = set(id, stage, boots, desired, reason);
    step.title = "keep the boot menu of now as the one to go back to".into();
    step.action = ScriptCall::new(Script::TryMenu, boots.words(desired.boot.trial_timeout), "").into();
    step.verification = "it has an entry for the kernel that runs; written and synced".into();
    step
}

/// A step that ends a trial well, over a fresh connection: the boots are from now on as they were tried.
pub fn confirm(id: &str, stage: Stage, boots: BootMode, desired: &Desired, reason: &str) -> Step {
    let mut step = set(id, stage, boots, desired, reason);
    if let Action::Script(call) = step.action {
        step.action = Action::Confirm(ScriptCall {
            script: Script::ConfirmTrial,
            ..call
        });
    }
    step.verification = "a new login works; written in place and synced; the guard of the trial has ended".into();
    step
}

/// A reboot into a mode, proven by what is wanted of the command line.
pub fn reboot(id: &str, stage: Stage, boots: BootMode, desired: &Desired, reason: &str) -> Step {
    let mode = boots.trial.unwrap_or(boots.every);
    let guarded = boots.trial.is_some() || boots.menu == Menu::Trial;
    let patience = guarded.then_some(desired.boot.trial_timeout);
    let mut step = Step::new(
        StepId::new("boot", id),
        stage,
        format!("reboot with ima_appraise={mode}"),
        reason,
        Action::Reboot(BootExpectation {
            appraisal: mode,
            cmdline: desired.boot.cmdline.clone(),
            kernel: desired.kernel.package.clone(),
            patience,
        }),
        "a new boot id over a fresh connection, then /proc/cmdline",
    );
    step.change = shown(mode, &desired.boot.cmdline);
    if let Some(patience) = patience {
        step.reason = format!(
            "{reason}; a trial: unless it is confirmed within {} s, the host goes back by itself",
            patience.as_secs()
        );
    }
    step
}

/// What a reviewer is shown of the kernel command line that a boot must have.
fn shown(mode: Appraisal, cmdline: &[(String, Token)]) -> Change {
    let mut words = grub::tokens(cmdline);
    if words.is_empty() {
        return Change::None;
    }
    words.push(format!("ima_appraise={mode}"));
    Change::Lines(vec![format!("kernel command line: {}", words.join(" "))])
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
