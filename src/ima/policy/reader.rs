use super::{Action, Conditions, Fault, FaultAt, Feature, Kernel, Keyword, Operator, Options, Rule, validator};
use std::collections::BTreeMap;

/// Reads one rule word by word as `ima_parse_rule()` does. The kernel stops at the first fault; here the word is passed
/// over and the rest is read too, so that all faults are known. A rule without faults is one that the kernel takes.
pub(super) struct Reader<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) action: Option<Action>,
    pub(super) conditions: Conditions,
    pub(super) options: Options,
    /// Where each keyword stood last, in the line.
    columns: BTreeMap<Keyword, usize>,
    faults: Vec<FaultAt>,
}

impl<'a> Reader<'a> {
    /// Reads the text of a line that holds a rule.
    pub fn read(text: &str, line: usize, kernel: &'a Kernel) -> Result<Rule, Vec<FaultAt>> {
        let mut reader = Self {
            kernel,
            action: None,
            conditions: Conditions::default(),
            options: Options::default(),
            columns: BTreeMap::new(),
            faults: Vec::new(),
        };
        let mut first = None;
        for (column, word) in words(text) {
            first.get_or_insert(column);
            if word.starts_with('#') && kernel.has(Feature::TrailingComment) {
                break;
            }
            if let Err(fault) = reader.word(column, word) {
                reader.faults.push(FaultAt { column, fault });
                if word.starts_with('#') {
                    break;
                }
            }
        }
        let Self {
            action,
            conditions,
            options,
            columns,
            mut faults,
            ..
        } = reader;
        let Some(action) = action else {
            if faults.iter().all(|fault| {
                !matches!(
                    fault.fault,
                    Fault::UnknownWord { .. } | Fault::TooNew { .. } | Fault::NoValue(_)
                )
            }) {
                faults.insert(
                    0,
                    FaultAt {
                        column: first.unwrap_or(1),
                        fault: Fault::NoAction,
                    },
                );
            }
            return Err(faults);
        };
        let rule = Rule {
            line,
            action,
            conditions,
            options,
        };
        if faults.is_empty() {
            faults = validator::faults(&rule, kernel, &columns);
        }
        if faults.is_empty() { Ok(rule) } else { Err(faults) }
    }

    fn word(&mut self, column: usize, word: &str) -> Result<(), Fault> {
        let Some((name, operator, value)) = split(word) else {
            return self.bare_word(column, word);
        };
        if name.is_empty() {
            return Err(Fault::LooseOperator(word.to_owned()));
        }
        let Some(keyword) = Keyword::from_name(name) else {
            if let Some(action) = Action::from_name(name) {
                return Err(Fault::NoValue(action.as_str()));
            }
            return Err(unknown_word(name));
        };
        self.needs(keyword.needs(), || keyword.to_string())?;
        if keyword == Keyword::PermitDirectio {
            return Err(Fault::NoValue(keyword.as_str()));
        }
        if operator != Operator::Equal && !keyword.compares() {
            return Err(Fault::WrongOperator { keyword, operator });
        }
        if value.is_empty() {
            return Err(Fault::MissingValue(keyword));
        }
        self.value(keyword, operator, value)?;
        self.columns.insert(keyword, column);
        Ok(())
    }

    fn bare_word(&mut self, column: usize, word: &str) -> Result<(), Fault> {
        if let Some(action) = Action::from_name(word) {
            self.needs(action.needs(), || word.to_owned())?;
            return match self.action {
                Some(first) => Err(Fault::SecondAction(first)),
                None => {
                    self.action = Some(action);
                    Ok(())
                }
            };
        }
        match Keyword::from_name(word) {
            Some(Keyword::PermitDirectio) => {
                self.options.permit_directio = true;
                self.columns.insert(Keyword::PermitDirectio, column);
                Ok(())
            }
            Some(keyword) => Err(Fault::MissingValue(keyword)),
            None if word.starts_with('#') => Err(Fault::TooNew {
                what: "a comment after a rule".to_owned(),
                since: Feature::TrailingComment.since(),
            }),
            None => Err(unknown_word(word)),
        }
    }

    pub(super) fn needs(
        &self,
        feature: impl Into<Option<Feature>>,
        what: impl FnOnce() -> String,
    ) -> Result<(), Fault> {
        match feature.into().filter(|feature| !self.kernel.has(*feature)) {
            None => Ok(()),
            Some(feature) => Err(Fault::TooNew {
                what: what(),
                since: feature.since(),
            }),
        }
    }

    pub(super) fn built(&self, option: &'static str, what: impl FnOnce() -> String) -> Result<(), Fault> {
        if self.kernel.built_with(option) {
            Ok(())
        } else {
            Err(Fault::NotBuilt { what: what(), option })
        }
    }
}

fn unknown_word(found: &str) -> Fault {
    Fault::UnknownWord {
        found: found.to_owned(),
    }
}

/// A word as name, operator and value; `None` for a bare word.
fn split(word: &str) -> Option<(&str, Operator, &str)> {
    let (at, operator) = word
        .char_indices()
        .find_map(|(at, c)| Some((at, Operator::from_char(c)?)))?;
    Some((word.get(..at)?, operator, word.get(at + 1..)?))
}

/// The words of a line with their columns, from 1. The kernel separates by space and tab only.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 1;
    text.split([' ', '\t']).filter_map(move |word| {
        let start = column;
        column += word.chars().count() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}
