use super::{Cause, Effect, SigningOrder, gate::Question};
use crate::{
    config::{FileContent, Stage, Token},
    host::{Call, Script},
    ima::Appraisal,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, time::Duration};

/// A step's name within its host: `resource/object`, as in `grub/menu`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StepId(String);

impl StepId {
    /// A name from its two parts.
    pub fn new(resource: &str, object: &str) -> Self {
        Self(format!("{resource}/{object}"))
    }

    /// The resource that the step belongs to.
    pub fn resource(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(resource, _)| resource)
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The smallest thing that is planned, shown and executed. It cannot exist without a reason and a verification.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// The stage that it belongs to.
    pub stage: Stage,
    /// What it does, in one line.
    pub title: String,
    /// Why it is needed on this host.
    pub reason: String,
    /// What must have been done before.
    pub needs: Vec<StepId>,
    /// What a reviewer is shown beside the title.
    pub change: Change,
    /// What is executed.
    pub action: Action,
    /// How it is known to have worked.
    pub verification: String,
    /// What it does to the host.
    pub effect: Effect,
    /// Who has made it necessary, where something was applied before.
    pub cause: Option<Cause>,
}

impl Step {
    /// A step without dependencies and without a diff.
    pub fn new(
        id: StepId,
        stage: Stage,
        title: impl Into<String>,
        reason: impl Into<String>,
        action: Action,
        verification: impl Into<String>,
    ) -> Self {
        Self {
            id,
            stage,
            title: title.into(),
            reason: reason.into(),
            needs: Vec::new(),
            change: Change::None,
            effect: Effect::of(&action),
            cause: None,
            action,
            verification: verification.into(),
        }
    }

    /// Whether it reboots the host.
    pub fn reboots(&self) -> bool {
        matches!(self.action, Action::Reboot(_))
    }

    /// With steps that must come before.
    #[must_use]
    pub fn needs(mut self, needs: impl IntoIterator<Item = StepId>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// With an effect that is not known before another step is done.
    #[must_use]
    pub fn unknown_until(mut self, step: &StepId, why: &str) -> Self {
        self.effect = Effect::until(step, why);
        self
    }

    /// With what a reviewer is shown.
    #[must_use]
    pub fn shows(mut self, change: Change) -> Self {
        self.change = change;
        self
    }
}

/// What a reviewer is shown of a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The title says it all.
    None,
    /// A file's text before and after; an absent file has none.
    File {
        /// Its path.
        path: String,
        /// The text that is there.
        before: Option<String>,
        /// The text that will be there.
        after: Option<String>,
    },
    /// Lines of detail.
    Lines(Vec<String>),
}

/// What is executed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Action {
    /// A script with its data.
    Script(ScriptCall),
    /// A script that must be reached over a fresh connection: that logins still work is part of what it confirms.
    Confirm(ScriptCall),
    /// A look at a trial boot, whose answer must hold no complaint.
    Health(ScriptCall),
    /// A reboot, proven by a changed boot id, and what the kernel command line must be then.
    Reboot(BootExpectation),
    /// The measurement list against a quote of these registers and of 0 to 10.
    Attest(Vec<u32>),
    /// The gate before enforce.
    Gate(Box<Question>),
    /// Signatures that are made on this machine.
    Sign(Box<SigningOrder>),
    /// Something at the cluster whose node the host is.
    Node(NodeStep),
}

/// What is done to a node at its cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum NodeStep {
    /// The control plane must do without it.
    CheckControlPlane,
    /// It takes no more pods.
    Cordon,
    /// Its pods leave.
    Drain,
    /// Its kubelet reports from the new boot, within this time.
    Ready(Duration),
    /// It takes pods again, where this run has cordoned it, or that one, which left it so.
    Uncordon {
        /// The run that left it cordoned.
        left_by: Option<String>,
    },
}

impl Action {
    /// What is executed, exactly: SHA-256 of the script's name, its parameters and its input.
    pub fn digest(&self) -> String {
        sha256_json(self)
    }
}

impl NodeStep {
    /// Whether the node stays as it is.
    pub(super) fn looks(&self) -> bool {
        matches!(self, Self::CheckControlPlane | Self::Ready(_))
    }
}

/// A script with its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScriptCall {
    /// What runs.
    pub script: Script,
    /// Positional parameters.
    pub args: Vec<String>,
    /// Standard input.
    pub input: String,
    /// After this long it has failed.
    pub deadline: Duration,
}

impl ScriptCall {
    /// A call that must end within ten minutes.
    pub fn new<A: Into<String>>(script: Script, args: impl IntoIterator<Item = A>, input: impl Into<String>) -> Self {
        Self {
            script,
            args: args.into_iter().map(Into::into).collect(),
            input: input.into(),
            deadline: Duration::from_secs(600),
        }
    }

    /// With another deadline.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The call that the host door understands.
    pub fn call(&self) -> Call {
        Call::new(self.script)
            .args(self.args.clone())
            .input(self.input.clone())
            .deadline(self.deadline)
    }
}

impl From<ScriptCall> for Action {
    fn from(call: ScriptCall) -> Self {
        Self::Script(call)
    }
}

/// What a reboot must end in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BootExpectation {
    /// The appraisal mode.
    pub appraisal: Appraisal,
    /// Every other parameter that the playbook names and `/proc/cmdline` must hold.
    pub cmdline: Vec<(String, Token)>,
    /// The package whose kernel must run.
    pub kernel: Option<String>,
    /// Of a trial boot: how long the host waits for its confirmation before it goes back by itself.
    pub patience: Option<Duration>,
}

/// Replaces a file in one rename, its content checked by digest on arrival. `earlier` is what may be there at that time:
/// digests, `absent`, or `any`.
pub fn install_file(script: Script, file: &FileContent, earlier: &[&str]) -> Action {
    let args = [
        file.path.clone(),
        file.owner.clone(),
        file.group.clone(),
        format!("{:04o}", file.mode),
        sha256_hex(&file.content),
        earlier.join(" "),
    ];
    ScriptCall::new(script, args, file.content.clone()).into()
}

/// SHA-256 as lower-case hexadecimal digits.
pub fn sha256_hex(content: &str) -> String {
    Sha256::digest(content.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// SHA-256 of a value as JSON. Only a map whose keys are no texts could not be written.
pub fn sha256_json(value: &impl Serialize) -> String {
    sha256_hex(&serde_json::to_string(value).unwrap_or_default())
}
