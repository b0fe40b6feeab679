use super::{Action, PolicyError, PolicyErrorKind, error::Nearest, keyword::Keyword};
use serde::Serialize;

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What it does.
    pub action: Action,
    /// What it asks of a file, and how it does what it does; in the order of the line.
    pub conditions: Vec<Condition>,
}

/// A condition or option of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Its character in the line, from 1.
    pub column: usize,
    /// `func`, `mask`, `fowner`, …
    pub keyword: &'static str,
    /// How it compares.
    pub operator: Operator,
    /// The value as written; empty for `permit_directio`, which has none.
    pub value: String,
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `=`
    Equal,
    /// `<`, for users and groups
    Less,
    /// `>`, for users and groups
    Greater,
}

impl Operator {
    /// The character in a policy.
    pub fn as_char(self) -> char {
        match self {
            Self::Equal => '=',
            Self::Less => '<',
            Self::Greater => '>',
        }
    }

    fn from_char(c: char) -> Option<Self> {
        [Self::Equal, Self::Less, Self::Greater]
            .into_iter()
            .find(|operator| operator.as_char() == c)
    }
}

impl Rule {
    /// The value of a `keyword=` condition, legacy names of hooks as written.
    pub fn value(&self, keyword: &str) -> Option<&str> {
        self.conditions
            .iter()
            .find(|condition| condition.keyword == keyword)
            .map(|condition| condition.value.as_str())
    }

    /// Whether the rule can match a plain access to a file: no `func`, or `FILE_CHECK`.
    pub fn covers_files(&self) -> bool {
        matches!(self.value("func"), None | Some("FILE_CHECK" | "PATH_CHECK"))
    }

    /// Reads a line that is neither blank nor a comment; adds what is wrong to `errors`.
    pub(super) fn parse(line: usize, text: &str, errors: &mut Vec<PolicyError>) -> Option<Self> {
        let before = errors.len();
        let mut action = None;
        let mut conditions = Vec::new();
        let mut first_column = None;
        for (column, word) in words(text) {
            first_column.get_or_insert(column);
            if word.starts_with('#') {
                errors.push(PolicyError {
                    line,
                    column,
                    kind: PolicyErrorKind::TrailingComment,
                });
                break;
            }
            let kind = match Part::parse(word) {
                Ok(Part::Action(found)) => match action {
                    None => {
                        action = Some(found);
                        continue;
                    }
                    Some(first) => PolicyErrorKind::SecondAction(first),
                },
                Ok(Part::Condition(keyword, operator, value)) => {
                    let value = value.to_owned();
                    conditions.push(Condition {
                        column,
                        keyword,
                        operator,
                        value,
                    });
                    continue;
                }
                Err(kind) => kind,
            };
            errors.push(PolicyError { line, column, kind });
        }
        if errors.len() > before {
            return None;
        }
        if action.is_none() {
            let column = first_column.unwrap_or(1);
            errors.push(PolicyError {
                line,
                column,
                kind: PolicyErrorKind::NoAction,
            });
        }
        Some(Self {
            line,
            action: action?,
            conditions,
        })
    }
}

enum Part<'a> {
    Action(Action),
    Condition(&'static str, Operator, &'a str),
}

impl<'a> Part<'a> {
    fn parse(word: &'a str) -> Result<Self, PolicyErrorKind> {
        let Some((name, operator, value)) = split(word) else {
            if let Some(action) = Action::from_name(word) {
                return Ok(Self::Action(action));
            }
            return match Keyword::from_name(word) {
                Some(keyword) if keyword.is_flag() => Ok(Self::Condition(keyword.name, Operator::Equal, "")),
                Some(keyword) => Err(PolicyErrorKind::MissingValue(keyword.name)),
                None => {
                    let known = Action::ALL.into_iter().map(Action::as_str).chain(Keyword::names());
                    Err(PolicyErrorKind::UnknownAction {
                        found: word.to_owned(),
                        hint: Nearest::of(word, known),
                    })
                }
            };
        };
        let keyword = Keyword::from_name(name).ok_or_else(|| PolicyErrorKind::UnknownKeyword {
            found: name.to_owned(),
            hint: Nearest::of(name, Keyword::names()),
        })?;
        keyword.check(operator, value)?;
        Ok(Self::Condition(keyword.name, operator, value))
    }
}

fn split(word: &str) -> Option<(&str, Operator, &str)> {
    let (at, operator) = word
        .char_indices()
        .find_map(|(at, c)| Some((at, Operator::from_char(c)?)))?;
    Some((word.get(..at)?, operator, word.get(at + 1..)?))
}

/// The words of a line with their columns. The kernel separates by space and tab only.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 1;
    text.split([' ', '\t']).filter_map(move |word| {
        let start = column;
        column += word.chars().count() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}
