use super::{
    Access, Action, Class, Feature, Func, Kernel, Keyword, Mask, Match, Mismatch, Options, Rule, SignatureType, matches,
};

/// What a policy does with one access, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// Each class on its own.
    pub classes: [Decision<'a>; 4],
}

/// What a policy decides in one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// The class.
    pub class: Class,
    /// The rules of the class before the one that decides, and why each does not match.
    pub passed: Vec<(&'a Rule, Mismatch)>,
    /// The rules before it of which that is not known.
    pub open: Vec<(&'a Rule, Vec<Keyword>)>,
    /// The first rule that matches; `None` where none does. It decides if nothing is open.
    pub rule: Option<&'a Rule>,
}

impl<'a> Explanation<'a> {
    /// Asks the rules in order, as `ima_match_policy()` does.
    pub fn of(rules: &'a [Rule], access: &Access, kernel: &Kernel) -> Self {
        Self {
            classes: Class::ALL.map(|class| Decision::of(class, rules, access, kernel)),
        }
    }

    /// The decision of a class.
    pub fn decision(&self, class: Class) -> Option<&Decision<'a>> {
        self.classes.iter().find(|decision| decision.class == class)
    }

    /// What the options of all rules that decide amount to: the kernel joins those that are no class's own
    /// (`IMA_NONACTION_FLAGS` in `ima_match_policy()`), so that `digest_type=verity` of a measure rule holds for appraisal
    /// too.
    fn joined(&self) -> Options {
        let deciding = || self.classes.iter().filter_map(|decision| decision.rule);
        Options {
            verity: deciding().any(|rule| rule.options.verity),
            permit_directio: deciding().any(|rule| rule.options.permit_directio),
            ..Options::default()
        }
    }

    /// What the kernel does by the decision of a class, in a sentence without its subject; `None` where that is not sure.
    pub fn effect(&self, class: Class, access: &Access, kernel: &Kernel) -> Option<String> {
        let decision = self.decision(class)?;
        if let (Class::Hash, Some(_), Some(appraise)) = (class, decision.does(), self.decision(Class::Appraise)?.does())
            && !self.labels_only()
        {
            return Some(format!(
                "nothing: the appraise rule in line {} takes the file over",
                appraise.line
            ));
        }
        decision.effect(access, kernel, &self.joined())
    }

    /// Whether the file gets a label that is not compared: a `hash` rule decides so, and no later `appraise` rule takes
    /// the file over (`ima_match_policy()` drops the hash action that it has collected by then).
    pub fn labels_only(&self) -> bool {
        let does = |class| self.decision(class).and_then(Decision::does);
        match (does(Class::Hash), does(Class::Appraise)) {
            (Some(hash), Some(appraise)) => appraise.line < hash.line,
            (hash, _) => hash.is_some(),
        }
    }
}

impl<'a> Decision<'a> {
    fn of(class: Class, rules: &'a [Rule], access: &Access, kernel: &Kernel) -> Self {
        let mut decision = Self {
            class,
            passed: Vec::new(),
            open: Vec::new(),
            rule: None,
        };
        for rule in rules.iter().filter(|rule| rule.action.class() == class) {
            match matches(rule, access, kernel) {
                Match::Yes => {
                    decision.rule = Some(rule);
                    break;
                }
                Match::No(mismatch) => decision.passed.push((rule, mismatch)),
                Match::Open(keywords) => decision.open.push((rule, keywords)),
            }
        }
        // A rule that may match and would decide the same as the one that does leaves nothing open.
        if let Some(rule) = decision.rule
            && decision
                .open
                .iter()
                .all(|(open, _)| open.action == rule.action && open.options == rule.options)
        {
            decision.open.clear();
        }
        decision
    }

    /// The rule by which something is done: one that decides for sure, and is no `dont_`.
    pub fn does(&self) -> Option<&'a Rule> {
        self.rule.filter(|rule| self.open.is_empty() && rule.action.does())
    }

    pub(super) fn effect(&self, access: &Access, kernel: &Kernel, joined: &Options) -> Option<String> {
        if !self.open.is_empty() {
            return None;
        }
        let Some(rule) = self.rule else {
            return Some(format!("no {} rule matches, so nothing is done", self.class));
        };
        Some(match rule.action {
            Action::Measure => measures(rule, access, kernel, joined),
            Action::Appraise if !kernel.built_with("CONFIG_IMA_APPRAISE") => {
                "nothing: this kernel is built without CONFIG_IMA_APPRAISE".to_owned()
            }
            Action::Appraise => appraises(rule, access, joined),
            Action::Audit => "its digest goes to the audit log (type 1805, INTEGRITY_RULE)".to_owned(),
            Action::Hash => {
                "a label with its digest is written when it is closed after writing; it is not compared".to_owned()
            }
            Action::DontMeasure => "not measured".to_owned(),
            Action::DontAppraise => "not appraised".to_owned(),
            Action::DontAudit => "not audited".to_owned(),
            Action::DontHash => "not labelled by a hash rule".to_owned(),
        })
    }
}

fn measures(rule: &Rule, access: &Access, kernel: &Kernel, joined: &Options) -> String {
    let pcr = rule
        .options
        .pcr
        .map_or_else(|| kernel.measure_pcr(), |pcr| pcr.to_string());
    let template = match rule.options.template {
        Some(template) => template.to_string(),
        // What has no file to name: process_buffer_measurement() in ima_main.c.
        None if access.mask == Mask::NONE && kernel.has(Feature::BufferTemplate) => "ima-buf".to_owned(),
        None => kernel.default_template(),
    };
    let digest = if joined.verity { ", by its fs-verity digest" } else { "" };
    format!("measured into PCR {pcr} with template {template}{digest}")
}

fn appraises(rule: &Rule, access: &Access, joined: &Options) -> String {
    let options = &rule.options;
    if access.func == Func::SetxattrCheck {
        let names: Vec<_> = options.algorithms.iter().map(ToString::to_string).collect();
        return format!("a label may be written only with one of {}", names.join(", "));
    }
    let asked = if options.signatures.contains(&SignatureType::ImaSigOrModSig) {
        "a signature, in its label or appended to the file"
    } else if options.signatures.contains(&SignatureType::SigV3) {
        "a signature of version 3 in its label"
    } else if !options.signatures.is_empty() {
        "a signature in its label"
    } else {
        "a label, a digest or a signature, that fits its content"
    };
    let mut effect = format!("appraised: must have {asked}");
    if joined.verity {
        effect.push_str(", by its fs-verity digest");
    }
    if !options.algorithms.is_empty() {
        let names: Vec<_> = options.algorithms.iter().map(ToString::to_string).collect();
        effect.push_str(&format!(", made with {}", names.join(" or ")));
    }
    if joined.permit_directio {
        effect.push_str("; O_DIRECT is let through");
    }
    effect
}
