use super::{Graph, Plan, PlanError};
use crate::{
    config::{Boot, Desired, Kernel, Stage},
    ima::Appraisal,
    resource::{BootMode, Observed, Running, Tried, boot_mode},
};

impl Plan {
    /// Works out how to bring a host that imaform prepared back to an earlier mode. It needs no `update-grub` and reads no
    /// file that enforcing could refuse.
    ///
    /// # Errors
    /// When the steps contradict each other; that is a fault of imaform, not of the input.
    pub fn rollback(desired: &Desired, observed: &Observed, mode: Appraisal) -> Result<Self, PlanError> {
        let running = Running::of(desired, observed);
        let mut plan = Self {
            target: mode,
            ..Self::nothing(desired, observed, &running)
        };
        let boots = BootMode::of(observed);
        // A menu that did not show that it works is not booted again by a rollback.
        let wanted = boots
            .filter(|boots| boots.tried == Some(Tried::Menu) && !boot_mode::is_on_trial(&observed.cmdline))
            .map_or(BootMode::every(mode), |boots| BootMode {
                every: mode,
                trial: None,
                ..boots
            });
        // What enforcing refuses to be read may still be what GRUB reads.
        let prepared =
            observed.grub.menu_snippet || observed.grub.menu_unreadable && boot_mode::block(observed).exists();
        if running.mode == mode && (boots == Some(wanted) || !prepared) {
            return Ok(plan);
        }
        if running.mode == mode && boot_mode::is_on_trial(&observed.cmdline) {
            let reason = "the host can be reached in the mode that is wanted: this trial boot is kept";
            let boots = BootMode::every(mode);
            let keep = boot_mode::confirm("keep", Stage::Prepare, boots, desired, reason);
            plan.graph = Graph::join(vec![keep])?;
            return Ok(plan);
        }
        if !prepared {
            plan.refusals.push(format!(
                "grub.cfg does not carry /etc/grub.d/01_imaform: imaform did not prepare this host; set ima_appraise={mode} in /etc/default/grub and run update-grub"
            ));
            return Ok(plan);
        }
        let set = boot_mode::set("mode", Stage::Prepare, wanted, desired, "the rollback asks for it");
        let mut steps = vec![set];
        if running.mode != mode {
            let only_mode = Desired {
                boot: Boot::default(),
                kernel: Kernel::default(),
                ..desired.clone()
            };
            let reason = format!("the running mode is {}", running.mode);
            let needs = [steps[0].id.clone()];
            steps.push(boot_mode::reboot("rollback", Stage::Prepare, wanted, &only_mode, &reason).needs(needs));
        }
        plan.graph = Graph::join(steps)?;
        Ok(plan)
    }
}
