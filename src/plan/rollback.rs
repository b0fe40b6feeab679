use super::{Graph, Plan, PlanError};
use crate::{
    config::{Boot, Desired, Stage},
    ima::Appraisal,
    resource::{BootMode, Observed, Running, boot_mode},
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
            playbook: desired.playbook.clone(),
            stage: running.stage(desired, observed),
            now: running.words(),
            target: mode,
            graph: Graph::join(Vec::new())?,
            warnings: Vec::new(),
            refusals: Vec::new(),
        };
        let wanted = BootMode {
            every: Some(mode),
            trial: None,
        };
        if running.mode == mode && (BootMode::of(observed) == wanted || !observed.grub.menu_snippet) {
            return Ok(plan);
        }
        if !observed.grub.menu_snippet {
            plan.refusals.push(format!(
                "grub.cfg does not carry /etc/grub.d/01_imaform: imaform did not prepare this host; set ima_appraise={mode} in /etc/default/grub and run update-grub"
            ));
            return Ok(plan);
        }
        let set = boot_mode::set("mode", Stage::Prepare, mode, "the rollback asks for it");
        let mut steps = vec![set];
        if running.mode != mode {
            let only_mode = Desired {
                boot: Boot::default(),
                ..desired.clone()
            };
            let reason = format!("the running mode is {}", running.mode);
            let needs = [steps[0].id.clone()];
            steps.push(boot_mode::reboot("rollback", Stage::Prepare, mode, &only_mode, &reason).needs(needs));
        }
        plan.graph = Graph::join(steps)?;
        Ok(plan)
    }
}
