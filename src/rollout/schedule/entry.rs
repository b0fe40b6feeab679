/// A host that the schedule has to do with, as it is before the first wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its rules, by their place in the list.
    pub rules: usize,
    /// What is to be done.
    pub work: Work,
}

/// What is to be done to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Nothing, and how it ended.
    None(Fate),
    /// Steps that leave it in service.
    Quiet,
    /// Steps that take it out of service for a while: a reboot, a drain.
    Disruptive,
    /// The same, of a node of a control plane: one at a time.
    ControlPlane,
}

/// How it ended for a host, as far as the others are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// As it was asked for.
    Well,
    /// It failed.
    Failed(Service),
}

/// Whether a host does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// It answers, in a mode in which it was before.
    In,
    /// It does not answer.
    Out,
}
