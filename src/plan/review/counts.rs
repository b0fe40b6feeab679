use super::{HostPlan, Outlook};
use crate::words::count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the plans of all hosts come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// All hosts.
    pub hosts: usize,
    /// Those to which something is to be done.
    pub change: usize,
    /// Those that are as wanted.
    pub up_to_date: usize,
    /// Those that could not be looked at.
    pub unreachable: usize,
    /// Those that are refused.
    pub refused: usize,
    /// Those that failed in the run that is gone on with.
    pub left_alone: usize,
    /// Reboots of all hosts together.
    pub reboots: usize,
}

impl Counts {
    /// Counts one more host.
    pub(super) fn add(&mut self, plan: &HostPlan) {
        self.hosts += 1;
        self.reboots += plan.reboots();
        *match plan.outlook {
            Outlook::Change => &mut self.change,
            Outlook::UpToDate => &mut self.up_to_date,
            Outlook::Refused => &mut self.refused,
            Outlook::Unreachable => &mut self.unreachable,
            Outlook::LeftAlone => &mut self.left_alone,
        } += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} to change, {} up to date, {} unreachable, {}",
            count(self.hosts, "host"),
            self.change,
            self.up_to_date,
            self.unreachable,
            count(self.reboots, "reboot")
        )?;
        if self.refused > 0 {
            write!(f, ", {} refused", self.refused)?;
        }
        if self.left_alone > 0 {
            write!(f, ", {} failed before and left alone", self.left_alone)?;
        }
        Ok(())
    }
}
