use super::{Detail, ReviewedStep};
use crate::{resource::Change, words::count};
use std::collections::HashMap;

/// So many lines are shown again rather than looked up above.
const SHORT: usize = 8;

/// Long changes that were shown already, and at which host.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen<'a>(HashMap<&'a Change, &'a str>);

impl<'a> Seen<'a> {
    /// What a step changes, line by line; or, where a reader has seen it, where that was.
    pub fn details(&mut self, step: &'a ReviewedStep, detail: Detail, host: &'a str) -> Vec<String> {
        let lines = step.details(detail);
        if detail == Detail::Full || lines.len() <= SHORT {
            return lines;
        }
        match self.0.get(&step.change) {
            Some(before) => vec![format!("the same {} as at {before}", count(lines.len(), "line"))],
            None => {
                self.0.insert(&step.change, host);
                lines
            }
        }
    }
}
