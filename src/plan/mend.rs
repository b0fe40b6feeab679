use super::{Graph, Plan, PlanError};
use crate::{
    config::Desired,
    resource::{FaultyFile, Observed, Running, labels},
};

impl Plan {
    /// Works out how to set the labels of these files anew. Files that cannot be hashed, or are being written, are said
    /// and left alone.
    ///
    /// # Errors
    /// When the steps contradict each other; that is a fault of imaform, not of the input.
    pub fn mend(desired: &Desired, observed: &Observed, found: &[FaultyFile]) -> Result<Self, PlanError> {
        let running = Running::of(desired, observed);
        let (mendable, others): (Vec<&FaultyFile>, Vec<&FaultyFile>) =
            found.iter().partition(|file| file.is_mendable());
        let mend = desired.labels.as_ref().filter(|_| !mendable.is_empty());
        Ok(Self {
            graph: Graph::join(mend.map(|scope| labels::mend(scope, &mendable)).into_iter().collect())?,
            warnings: others.into_iter().map(left_alone).collect(),
            ..Self::nothing(desired, observed, &running)
        })
    }
}

fn left_alone(file: &FaultyFile) -> String {
    let FaultyFile { path, fault, writer } = file;
    match writer {
        Some(writer) => format!("{path} is left alone: held open for writing by {writer}"),
        None => format!(
            "{path} is left alone, since it cannot be hashed: {fault}; imaform rollback --to fix, then apply, lets the kernel label it"
        ),
    }
}
