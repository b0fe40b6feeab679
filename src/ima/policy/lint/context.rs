use super::{Finding, Lint, Surroundings};
use crate::ima::policy::{Judgement, Kernel, Keyword, Mask, MaskCondition, Policy, Rule, reader};

/// What all lints look at.
pub(super) struct Context<'a> {
    pub policy: &'a Policy,
    pub judgement: &'a Judgement<'a>,
    pub kernel: &'a Kernel,
    pub surroundings: &'a Surroundings,
    /// The rules that the kernel takes, in order.
    pub rules: Vec<Placed<'a>>,
    /// Those of them that may do something.
    pub live: Vec<Placed<'a>>,
}

/// A rule and how it is written.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub text: &'a str,
    pub rule: &'a Rule,
}

impl Context<'_> {
    /// Whether the kernel can compare files with their labels. One that cannot takes the rules all the same.
    pub fn can_appraise(&self) -> bool {
        self.kernel.built_with("CONFIG_IMA_APPRAISE")
    }

    /// Whether every line was understood. What a policy lacks can be said only then: it may be in a line that is
    /// misspelt.
    pub fn is_whole(&self) -> bool {
        self.rules.len() == self.judgement.lines.len()
    }
}

impl<'a> Placed<'a> {
    /// Whether the rule is about opening files, and not only about opening them to execute them.
    pub fn opens_files(self) -> bool {
        let execution = matches!(
            self.rule.conditions.mask,
            Some(MaskCondition::Exactly(Mask::EXEC) | MaskCondition::Among(Mask::EXEC))
        );
        self.rule.covers_files() && !execution
    }

    /// A warning about the rule, at its first word.
    pub fn warning(self, lint: Lint, message: impl Into<String>) -> Finding {
        let column = self.words().next().map_or(1, |(column, _)| column);
        Finding::warning(lint, message).at(self.rule.line, column)
    }

    /// A warning about a condition of the rule, at the last place where it is written.
    pub fn warning_at(self, keyword: Keyword, lint: Lint, message: impl Into<String>) -> Finding {
        let named = self.values(keyword).last();
        match named {
            Some((column, _)) => Finding::warning(lint, message).at(self.rule.line, column),
            None => self.warning(lint, message),
        }
    }

    /// Where a keyword is written, and its values.
    pub fn values(self, keyword: Keyword) -> impl Iterator<Item = (usize, &'a str)> {
        self.words().filter_map(move |(column, word)| {
            let rest = word.strip_prefix(keyword.as_str())?;
            Some((column, rest.strip_prefix(['=', '<', '>'])?))
        })
    }

    /// The words up to a comment, with their columns.
    fn words(self) -> impl Iterator<Item = (usize, &'a str)> {
        reader::words(self.text).take_while(|(_, word)| !word.starts_with('#'))
    }
}
