use crate::{
    boot::BootError,
    host::HostError,
    kubernetes::KubernetesError,
    words::{count, duration},
};
use std::time::Duration;
use thiserror::Error;

/// Why a step failed.
#[derive(Debug, Clone, Error)]
pub enum Failure {
    /// The host did not do it.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The reboot is not proven, or was another one.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// The cluster does not let the node go, or not come back.
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    /// The plan cannot be made.
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
    /// The trial boot is worse than the boot before.
    #[error("the trial boot is not healthy:\n{}", complaints.join("\n"))]
    Unhealthy {
        /// What is wrong, in words.
        complaints: Vec<String>,
    },
    /// A trial boot was not confirmed, and the host went back to its earlier mode.
    #[error("{why}\nit fell back:\n{}", evidence.join("\n"))]
    FellBack {
        /// Why it was not confirmed.
        why: Box<Failure>,
        /// What the trial boot left behind, in words.
        evidence: Vec<String>,
    },
    /// The kernel's evidence does not hold.
    #[error("the measurement list is not proven: {}", problems.join("; "))]
    Unproven {
        /// What speaks against it.
        problems: Vec<String>,
    },
    /// Files could not be signed, or carry a signature that does not fit.
    #[error("{0}")]
    Unsigned(String),
    /// Enforce would deny what nobody has accepted.
    #[error("the gate stays shut, enforce would deny:\n{}", findings.join("\n"))]
    Gate {
        /// What it would deny, as lines for people.
        findings: Vec<String>,
    },
    /// The kernel that the host now runs cannot be brought to what is wanted.
    #[error("the host runs kernel {kernel}, and the plan for it is refused: {}", reasons.join("; "))]
    Refused {
        /// Its release.
        kernel: String,
        /// Why.
        reasons: Vec<String>,
    },
    /// The host took longer than a host may.
    #[error("its deadline of {} has passed; {} not begun", duration(*deadline), count(*left, "step"))]
    Overdue {
        /// How long a host may take.
        deadline: Duration,
        /// Steps that were not begun.
        left: usize,
    },
    /// The host was well at the end of its wave, and no more when the wave had soaked.
    #[error("after the soak: {0}")]
    AfterSoak(Box<Failure>),
    /// All steps were done, and the host still differs from what is wanted.
    #[error("every step was done, yet the host still differs: {}", left.join("; "))]
    NotConverged {
        /// What is left, in words.
        left: Vec<String>,
    },
}

impl Failure {
    /// What it comes from.
    pub(super) fn root(&self) -> &Self {
        match self {
            Self::AfterSoak(failure) => failure.root(),
            failure => failure,
        }
    }

    /// Whether the host cannot be reached any more.
    pub(super) fn is_unreachable(&self) -> bool {
        match self {
            Self::Host(error) | Self::Boot(BootError::Host(error)) => {
                error.is_unreachable() || matches!(error, HostError::Lost { .. })
            }
            Self::Boot(error) => matches!(error, BootError::Deadline { .. }),
            Self::Plan(_)
            | Self::Kubernetes(_)
            | Self::NotConverged { .. }
            | Self::Unproven { .. }
            | Self::Unhealthy { .. }
            | Self::Gate { .. }
            | Self::Refused { .. }
            | Self::Unsigned(_)
            | Self::Overdue { .. }
            | Self::AfterSoak(_)
            | Self::FellBack { .. } => false,
        }
    }
}
