use crate::ima::policy::{BuiltIn, Kernel, Origin, Rule, SecureBoot, SignatureType, assembled};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write as _};

/// What is shown.
pub(super) struct Shown {
    policies: BTreeSet<BuiltIn>,
    kernel: Kernel,
    rules: Vec<(Origin, Rule)>,
    /// What is not there, and why.
    missing: Option<&'static str>,
}

impl Shown {
    /// The rules of one policy.
    pub fn alone(policy: BuiltIn, kernel: Kernel) -> Self {
        let origin = Origin::CommandLine(policy);
        let rules = origin.rules(&kernel).into_iter().map(|rule| (origin, rule)).collect();
        Self {
            policies: BTreeSet::from([policy]),
            kernel,
            rules,
            missing: None,
        }
    }

    /// All rules that the kernel has with these policies.
    pub fn assembled(policies: BTreeSet<BuiltIn>, kernel: Kernel) -> Self {
        // Whether the machine has Secure Boot is not asked: above its rules stands that they need it.
        let rules = assembled(policies.iter().copied().collect(), &kernel, SecureBoot::On);
        let missing = "without the rules of the architecture and of the build: --kconfig tells whether there are any";
        Self {
            missing: kernel.assumed().map(|_| missing),
            policies,
            kernel,
            rules,
        }
    }

    /// As a policy file.
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n", self.kernel);
        if let Some(missing) = self.missing {
            let _ = writeln!(text, "# {missing}");
        }
        for group in self.rules.chunk_by(|(one, _), (next, _)| one == next) {
            let Some((origin, _)) = group.first() else { continue };
            let stays = if origin.stays() {
                "; stays when a policy is loaded"
            } else {
                ""
            };
            let _ = writeln!(text, "# {origin}{stays}");
            for (_, rule) in group {
                self.rule(&mut text, rule);
            }
        }
        if self.policies.contains(&BuiltIn::FailSecurely) {
            text.push_str(
                "# ima_policy=fail_securely: a flag and no rules; appraisal fails on file systems whose files can change\n\
                 # unseen, FUSE above all, also where root mounted them\n",
            );
        }
        text
    }

    /// A rule so that this kernel takes it. Without `CONFIG_IMA_APPRAISE_MODSIG` it reads `modsig` from nobody, and its
    /// own `imasig|modsig` does what `imasig` does: `ima_read_modsig()` finds no signature.
    fn rule(&self, text: &mut String, rule: &Rule) {
        let mut taken = rule.clone();
        let signatures = &mut taken.options.signatures;
        if !self.kernel.built_with("CONFIG_IMA_APPRAISE_MODSIG") && signatures.remove(&SignatureType::ImaSigOrModSig) {
            signatures.insert(SignatureType::ImaSig);
            let _ = writeln!(
                text,
                "# built in as `{rule}`, which is the same without CONFIG_IMA_APPRAISE_MODSIG"
            );
        }
        let _ = writeln!(text, "{taken}");
    }

    /// For scripts.
    pub fn json(&self) -> Value {
        let rules = self.rules.iter().map(
            |(origin, rule)| json!({ "from": origin.as_str(), "stays": origin.stays(), "rule": rule.to_string() }),
        );
        json!({
            "format_version": 1,
            "kernel": self.kernel.version(),
            "built_as": self.kernel.assumed(),
            "policies": self.policies.iter().map(|policy| policy.as_str()).collect::<Vec<_>>(),
            "rules": rules.collect::<Vec<_>>(),
        })
    }
}
