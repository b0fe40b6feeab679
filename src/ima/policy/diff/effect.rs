use crate::ima::policy::{Access, Action, Class, Decision, Kernel, Options, Rule, SignatureType};
use std::fmt;

/// What is done about an access by the decision of one class. Two are equal where the kernel does the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// In a sentence without its subject. It holds the PCR and the template, whether a rule names them or not.
    text: String,
    /// Whether anything is done.
    does: bool,
    /// What of the rule's options the sentence may not tell apart.
    options: Options,
}

impl Effect {
    /// What is done where this rule decides.
    pub(super) fn of(class: Class, rule: Option<&Rule>, access: &Access, kernel: &Kernel) -> Self {
        match rule {
            Some(rule) if rule.action.does() && rule.action.class() == class => Self::done(rule, access, kernel),
            Some(rule) if rule.action == Action::Appraise => {
                Self::nothing("not only labelled: a rule of appraise takes it over")
            }
            _ => Self::nothing(match class {
                Class::Measure => "not measured",
                Class::Appraise => "not appraised",
                Class::Audit => "not audited",
                Class::Hash => "not labelled by a hash rule",
            }),
        }
    }

    fn done(rule: &Rule, access: &Access, kernel: &Kernel) -> Self {
        let decision = Decision {
            class: rule.action.class(),
            passed: Vec::new(),
            open: Vec::new(),
            rule: Some(rule),
        };
        let mut text = decision.effect(access, kernel, &rule.options).unwrap_or_default();
        let mut options = Options {
            pcr: None,
            template: None,
            ..rule.options.clone()
        };
        // Every other type asks for a signature too, and for more.
        if options.signatures.len() > 1 {
            options.signatures.remove(&SignatureType::ImaSig);
        }
        if options.check_blacklist {
            text.push_str("; not by a revoked key");
        }
        if options.permit_directio && rule.action != Action::Appraise {
            text.push_str("; O_DIRECT is let through");
        }
        Self {
            text,
            does: true,
            options,
        }
    }

    fn nothing(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            does: false,
            options: Options::default(),
        }
    }

    /// Whether anything is done.
    pub fn does(&self) -> bool {
        self.does
    }

    /// Whether the kernel does the same; why it does nothing makes no difference.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self == other || !self.does && !other.does
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
