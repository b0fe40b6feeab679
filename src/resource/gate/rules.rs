//! The rules in force in an enforce boot, and what they appraise.

use super::{Mount, Nature};
use crate::{
    config::{Desired, PolicyLoad, Token},
    ima::{
        KernelCmdline,
        policy::{
            Access, Class, Comparison, Credentials, Explanation, Func, Kernel, Operator, Policy, Rule, SecureBoot,
            assembled, lasting,
        },
        same_name,
    },
    resource::{Observed, policy},
};
use std::collections::BTreeSet;

/// Rules about appraisal, and the kernel that has them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    kernel: Kernel,
}

/// The owner, group and place of a file.
pub(super) struct Subject<'a> {
    pub owner: u32,
    pub group: Option<u32>,
    pub mount: &'a Mount,
}

/// Files of which owners a rule may appraise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owners {
    Any,
    These(BTreeSet<u32>),
}

impl Rules {
    /// What decides in the enforce boot: a policy that is loaded at boot has replaced the built-in rules, but those of the
    /// kernel's build; one that imaform loads has not yet.
    pub fn of(desired: &Desired, observed: &Observed) -> Self {
        // A kernel that is not known judges as the newest that is.
        let kernel = policy::kernel_of(observed).unwrap_or_else(Kernel::permissive);
        let secure_boot = if observed.integrity.secure_boot {
            SecureBoot::On
        } else {
            SecureBoot::Off
        };
        let at_boot = desired.policy.as_ref().filter(|policy| policy.load == PolicyLoad::Boot);
        let brought = match at_boot {
            Some(_) => lasting(&kernel, secure_boot),
            None => assembled(cmdline(desired, observed).built_in_policies(), &kernel, secure_boot),
        };
        let text = at_boot.map(|policy| Policy::new(policy.content.as_str()));
        let own = text
            .iter()
            .flat_map(|text| text.judge(&kernel).rules().cloned().collect::<Vec<_>>());
        let rules = brought.into_iter().map(|(_, rule)| rule).chain(own);
        Self {
            rules: rules.filter(|rule| rule.action.class() == Class::Appraise).collect(),
            kernel,
        }
    }

    /// Files of which owners may be appraised when this happens to them; of none where no rule is about it.
    pub fn owners(&self, nature: Nature) -> Owners {
        self.owners_by(nature, |_| true)
    }

    /// The same by the rules that ask for a signature.
    pub fn signing_owners(&self, nature: Nature) -> Owners {
        self.owners_by(nature, |rule| !rule.options.signatures.is_empty())
    }

    fn owners_by(&self, nature: Nature, counts: impl Fn(&Rule) -> bool) -> Owners {
        let about =
            |func: Option<Func>| func.is_none_or(|func| nature.accesses().iter().any(|(hook, _)| *hook == func));
        let asking = self
            .rules
            .iter()
            .filter(|rule| rule.action.does() && about(rule.conditions.func) && counts(rule));
        let mut these = BTreeSet::new();
        for rule in asking {
            match rule.conditions.fowner {
                Some(Comparison {
                    operator: Operator::Equal,
                    id,
                }) => drop(these.insert(id)),
                _ => return Owners::Any,
            }
        }
        Owners::These(these)
    }

    /// The rule by which a file is appraised when root does this to it, if any. Where that rests on what is not known of
    /// the file, such as a security label, the rule that may decide so counts.
    pub fn appraises(&self, nature: Nature, subject: &Subject<'_>) -> Option<&Rule> {
        if nature.needs_exec() && subject.mount.is_noexec() {
            return None;
        }
        nature.accesses().iter().find_map(|(func, mask)| {
            let access = subject.mount.describe(Access {
                mask: *mask,
                user: Credentials::of(0),
                group: Credentials::of(0),
                fowner: Some(subject.owner),
                fgroup: subject.group,
                ..Access::new(*func)
            });
            let explanation = Explanation::of(&self.rules, &access, &self.kernel);
            let decision = explanation.decision(Class::Appraise)?;
            let may = decision.open.iter().map(|(rule, _)| *rule).chain(decision.rule);
            let mut deciding = may.filter(|rule| rule.action.does());
            deciding.next()
        })
    }
}

/// The command line of the boots to come, as far as it names built-in policies.
fn cmdline(desired: &Desired, observed: &Observed) -> KernelCmdline {
    let named = |key: &str| desired.boot.cmdline.iter().any(|(wanted, _)| same_name(wanted, key));
    let kept = KernelCmdline::parse(&observed.cmdline);
    let kept = kept.parameters().iter().filter(|parameter| !named(&parameter.key));
    let kept = kept.map(|parameter| match &parameter.value {
        Some(value) => format!("{}=\"{value}\"", parameter.key),
        None => parameter.key.clone(),
    });
    let wanted = desired.boot.cmdline.iter().flat_map(|(key, token)| match token {
        Token::Flag => vec![key.clone()],
        Token::Value(value) => vec![format!("{key}=\"{value}\"")],
        Token::Repeated(values) => values.iter().map(|value| format!("{key}=\"{value}\"")).collect(),
        Token::Absent | Token::Member(_) => Vec::new(),
    });
    KernelCmdline::parse(&kept.chain(wanted).collect::<Vec<_>>().join(" "))
}
