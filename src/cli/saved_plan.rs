//! `imaform apply PLAN`: a plan that was reviewed is carried out, or refused with what has moved since.

use super::{
    options::Options,
    plan::Known,
    plan_file::{Bound, NAMES, PlanFile},
    session::{CliError, Session},
};
use crate::{
    plan::{Detail, Outlook, Review, names},
    words::{count, printable},
};
use similar::TextDiff;
use std::{fmt::Write, path::PathBuf};

/// So many lines of what is different are shown.
const LINES: usize = 60;

/// A plan from its file.
pub struct SavedPlan {
    path: PathBuf,
    review: Review,
    bound: Bound,
}

impl SavedPlan {
    /// Reads the plan, and makes of the options what they were when it was made; `None` where they name an inventory.
    ///
    /// # Errors
    /// A plan that cannot be read, or not be applied, or is given together with what it says itself.
    pub fn open(options: &mut Options) -> Result<Option<Self>, CliError> {
        let path = options.inventory.clone();
        if !PlanFile::is_one(&path) {
            return Ok(None);
        }
        let PlanFile { review, bound } = PlanFile::read(&path)?;
        let place = path.display();
        let Some(bound) = bound else {
            return Err(format!("error: {place} is a plan for reading: it is bound to nothing\nhelp: imaform plan INVENTORY --out FILE writes one that can be applied").into());
        };
        if options.limit.is_some() || options.no_drain {
            return Err(format!("error: {place} says itself which hosts it is for, and whether nodes are drained; --limit and --no-drain are given to plan").into());
        }
        if bound.hosts.is_empty() {
            return Err(format!("error: {place} has no plan of any host: none could be looked at").into());
        }
        if !bound.inventory.exists() {
            let inventory = bound.inventory.display();
            return Err(format!("error: {place} is a plan for the inventory {inventory}, which is not there\nhelp: the inventory is named as it was when the plan was made: run this in the same directory").into());
        }
        options.inventory.clone_from(&bound.inventory);
        options.limit = Some(bound.hosts.keys().cloned().collect::<Vec<_>>().join(","));
        options.no_drain = bound.no_drain;
        Ok(Some(Self { path, review, bound }))
    }

    /// Says which hosts it leaves out, for want of a plan.
    pub fn left_out(&self) -> Option<String> {
        let hosts = self
            .review
            .groups
            .iter()
            .filter(|group| group.plan.outlook == Outlook::Unreachable);
        let hosts: Vec<&str> = hosts
            .flat_map(|group| &group.hosts)
            .map(|host| host.name.as_str())
            .collect();
        (!hosts.is_empty()).then(|| {
            let hosts = names(hosts, NAMES);
            format!("warning: left out, since they could not be looked at when the plan was made: {hosts}")
        })
    }

    /// Compares it with what would be done now.
    ///
    /// # Errors
    /// When anything is different: what it is, and what of the plan is.
    pub fn check(&self, session: &Session, known: &Known, now: &Review) -> Result<(), CliError> {
        let differences = self
            .bound
            .differences(&Bound::of(session, &known.observed, &known.plans));
        if differences.is_empty() {
            return Ok(());
        }
        let mut text = format!(
            "error: the plan in {} is no longer what would be done; nothing was changed\n",
            self.path.display()
        );
        for difference in &differences {
            let _ = writeln!(text, "  {}", printable(difference));
        }
        let (made_by, version) = (&self.review.imaform, &now.imaform);
        if made_by != version {
            let _ = writeln!(text, "  it was made by imaform {made_by}, and this is {version}");
        }
        let (before, after) = (self.review.text(Detail::Full), now.text(Detail::Full));
        let diff = TextDiff::from_lines(&before, &after);
        let diff = diff
            .unified_diff()
            .context_radius(2)
            .header("the plan", "now")
            .to_string();
        let lines: Vec<&str> = diff.lines().collect();
        for line in lines.iter().take(LINES) {
            let _ = writeln!(text, "  {line}");
        }
        if let more @ 1.. = lines.len().saturating_sub(LINES) {
            let _ = writeln!(text, "  and {}", count(more, "more line"));
        }
        let (inventory, path) = (self.bound.inventory.display(), self.path.display());
        let _ = write!(text, "help: imaform plan {inventory} --out {path} makes it anew");
        Err(text.into())
    }
}
