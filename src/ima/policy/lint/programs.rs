use super::{Finding, Lint, context::Context};
use crate::ima::policy::{Action, Func};

/// Programs that are looked at without the libraries that they map.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    if !context.is_whole() {
        return Vec::new();
    }
    [(Action::Measure, "measured"), (Action::Appraise, "appraised")]
        .into_iter()
        .filter_map(|(action, done)| {
            let mut rules = context.live.iter().filter(|placed| placed.rule.action == action);
            let program = rules.clone().find(|placed| {
                let func = placed.rule.conditions.func;
                matches!(func, Some(Func::BprmCheck | Func::CredsCheck))
            })?;
            let libraries = rules.any(|placed| {
                let func = placed.rule.conditions.func;
                matches!(
                    func,
                    None | Some(Func::FileCheck | Func::MmapCheck | Func::MmapCheckReqprot)
                )
            });
            (!libraries).then(|| {
                program
                    .warning(
                        Lint::NoLibraries,
                        format!("programs are {done}, and the shared libraries that they map are not"),
                    )
                    .help(format!("add: {action} func=MMAP_CHECK mask=MAY_EXEC"))
            })
        })
        .collect()
}
