use super::Plan;
use crate::{
    config::Target,
    resource::{FileState, Observed, applied, sha256_hex},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the plan of a host depends on. Where any of it is different, the plan is not what would be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostBound {
    /// The boot that ran.
    pub boot_id: String,
    /// The kernel that ran.
    pub kernel: String,
    /// The run that had worked on the host last; empty where none had.
    pub last_run: String,
    /// SHA-256 of the boot menu; empty where it could not be read.
    pub boot_menu: String,
    /// The files that imaform had looked at: kind, mode, owner and SHA-256, by path.
    pub files: BTreeMap<String, String>,
    /// SHA-256 of how it is reached, and which node it is.
    pub reached: String,
    /// SHA-256 of each of its variables.
    pub vars: BTreeMap<String, String>,
    /// SHA-256 of what is wanted, resource by resource.
    pub wanted: BTreeMap<String, String>,
    /// SHA-256 of what each step carries out, by its name.
    pub steps: BTreeMap<String, String>,
}

impl HostBound {
    /// What this plan depends on.
    pub fn of(target: &Target, observed: &Observed, plan: &Plan) -> Self {
        let file = |state: &FileState| {
            let (kind, mode, owner, group, digest) =
                (&state.kind, state.mode, &state.owner, &state.group, &state.digest);
            format!("{kind} {mode:04o} {owner}:{group} {digest}")
        };
        let way = (&target.connection, &target.privilege, &target.kubernetes, &target.group);
        Self {
            boot_id: observed.boot_id.clone(),
            kernel: observed.kernel_release.clone(),
            last_run: observed.lock.last.clone(),
            boot_menu: observed.grub.menu_digest.clone(),
            files: observed
                .files
                .iter()
                .map(|(path, state)| (path.clone(), file(state)))
                .collect(),
            reached: sha256_hex(&format!("{way:?}")),
            vars: target
                .vars
                .iter()
                .map(|(name, value)| (name.clone(), sha256_hex(&value.to_string())))
                .collect(),
            wanted: applied::wanted(&target.desired),
            steps: plan
                .steps()
                .into_iter()
                .map(|step| (step.id.to_string(), step.action.digest()))
                .collect(),
        }
    }

    /// What is different now, in words; empty where nothing is.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.last_run != now.last_run {
            found.push(format!("run {} has worked on it since", now.last_run));
        }
        if self.kernel != now.kernel {
            found.push(format!("it runs kernel {}, and ran {}", now.kernel, self.kernel));
        }
        if self.boot_id != now.boot_id {
            found.push("it was rebooted".into());
        }
        if self.boot_menu != now.boot_menu {
            found.push("its boot menu (grub.cfg) has changed: the next boot may be of another kernel".into());
        }
        // A path that was not asked for belongs to what is wanted.
        let files = differing(&self.files, &now.files)
            .filter(|path| self.files.contains_key(*path) && now.files.contains_key(*path));
        found.extend(files.map(|path| format!("its file {path} has changed")));
        if self.reached != now.reached {
            found.push("the inventory says otherwise how it is reached, or which node it is".into());
        }
        let vars = differing(&self.vars, &now.vars).map(|name| format!("its variable {name} has changed"));
        found.extend(vars);
        let wanted = differing(&self.wanted, &now.wanted);
        found.extend(wanted.map(|part| format!("what its playbook wants has changed: {part}")));
        if found.is_empty() {
            let steps = differing(&self.steps, &now.steps);
            found.extend(steps.map(|id| format!("the step {id} would do something else")));
        }
        found
    }
}

/// The keys whose values are not the same in both.
fn differing<'a>(
    before: &'a BTreeMap<String, String>,
    now: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a str> {
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != now.get(*key))
        .map(String::as_str)
}
