use crate::ima::{Appraisal, BuiltInPolicies, KernelCmdline, KernelVersion};

/// What is known of where a policy will be used; what is not known is not guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// What the kernel's command line asks for; `None` where it is not known.
    pub command_line: Option<CommandLine>,
    /// Whether the host runs containers.
    pub containers: Containers,
}

/// What a kernel command line asks of IMA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommandLine {
    /// `ima_policy=` and its legacy forms.
    pub policies: BuiltInPolicies,
    /// `ima_appraise=`; `None` where it is not written.
    pub appraisal: Option<Appraisal>,
}

/// Whether a host runs containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Containers {
    /// Nobody has said.
    #[default]
    Unknown,
    /// It does.
    Run,
    /// It does not.
    Absent,
}

impl CommandLine {
    /// What this command line asks of this kernel.
    pub fn of(cmdline: &KernelCmdline, kernel: KernelVersion) -> Self {
        Self {
            policies: cmdline.built_in_policies(),
            appraisal: cmdline.appraisal(kernel),
        }
    }

    /// Whether somebody wants files appraised: a mode is written that does it, or a policy that appraises.
    pub(super) fn wants_appraisal(self) -> bool {
        match self.appraisal {
            Some(mode) => mode != Appraisal::Off,
            None => self.policies.appraises(),
        }
    }
}
