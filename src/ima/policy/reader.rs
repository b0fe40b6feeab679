use super::{
    Action, Comparison, Conditions, Credential, Fault, FaultAt, Feature, Func, Kernel, Keyword, Lsm, LsmField,
    MaskCondition, Nearest, Operator, Options, Rule, SignatureType, Template, apparmor, number, validator,
};
use crate::ima::{HashAlgorithm, KernelVersion};
use std::collections::BTreeMap;

/// Reads one rule word by word as `ima_parse_rule()` does. The kernel stops at the first fault; here the word is passed
/// over and the rest is read too, so that all faults are known. A rule without faults is one that the kernel takes.
pub(super) struct Reader<'a> {
    kernel: &'a Kernel,
    action: Option<Action>,
    conditions: Conditions,
    options: Options,
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
        let Some(keyword) = Keyword::from_name(name) else {
            if let Some(action) = Action::from_name(name) {
                return Err(Fault::NoValue(action.as_str()));
            }
            return Err(self.unknown(name));
        };
        if let Some(feature) = keyword.needs() {
            self.needs(feature, || keyword.to_string())?;
        }
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
            if let Some(feature) = action.needs() {
                self.needs(feature, || word.to_owned())?;
            }
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
            None => Err(self.unknown(word)),
        }
    }

    fn unknown(&self, found: &str) -> Fault {
        let words = Action::ALL
            .into_iter()
            .map(Action::as_str)
            .chain(Keyword::ALL.into_iter().map(Keyword::as_str));
        Fault::UnknownWord {
            found: found.to_owned(),
            nearest: Nearest::of(found, words),
        }
    }

    fn needs(&self, feature: Feature, what: impl FnOnce() -> String) -> Result<(), Fault> {
        if self.kernel.has(feature) {
            Ok(())
        } else {
            Err(Fault::TooNew {
                what: what(),
                since: feature.since(),
            })
        }
    }

    fn built(&self, option: &'static str, what: impl FnOnce() -> String) -> Result<(), Fault> {
        if self.kernel.built_with(option) {
            Ok(())
        } else {
            Err(Fault::NotBuilt { what: what(), option })
        }
    }

    fn value(&mut self, keyword: Keyword, operator: Operator, value: &str) -> Result<(), Fault> {
        let once = |taken: bool| {
            if taken {
                Err(Fault::Duplicate {
                    keyword,
                    first: keyword,
                })
            } else {
                Ok(())
            }
        };
        match keyword {
            Keyword::Func => {
                once(self.conditions.func.is_some())?;
                self.conditions.func = Some(self.func(value)?);
            }
            Keyword::Mask => {
                once(self.conditions.mask.is_some())?;
                self.conditions.mask = Some(MaskCondition::from_value(value).ok_or_else(|| {
                    const NAMES: [&str; 8] = [
                        "MAY_READ",
                        "MAY_WRITE",
                        "MAY_APPEND",
                        "MAY_EXEC",
                        "^MAY_READ",
                        "^MAY_WRITE",
                        "^MAY_APPEND",
                        "^MAY_EXEC",
                    ];
                    unknown_value(keyword, value, NAMES.into_iter())
                })?);
            }
            Keyword::FsMagic => {
                // The kernel tells by the number whether there is one: 0 may be replaced.
                once(self.conditions.fsmagic.is_some_and(|magic| magic != 0))?;
                let magic = number::hexadecimal(value);
                self.conditions.fsmagic =
                    Some(magic.ok_or_else(|| bad(keyword, value, "a hexadecimal number, such as 0x9fa0"))?);
            }
            Keyword::FsName => self.conditions.fsname = Some(value.to_owned()),
            Keyword::FsSubtype => {
                once(self.conditions.fs_subtype.is_some())?;
                self.conditions.fs_subtype = Some(value.to_owned());
            }
            Keyword::FsUuid => {
                once(self.conditions.fsuuid.is_some_and(|uuid| uuid != [0; 16]))?;
                let uuid = number::uuid(value);
                self.conditions.fsuuid = Some(
                    uuid.ok_or_else(|| bad(keyword, value, "a UUID, such as 0fc63daf-8483-4772-8e79-3d69d8477de4"))?,
                );
            }
            Keyword::Uid | Keyword::Euid => {
                self.place(keyword, self.conditions.user, [Keyword::Uid, Keyword::Euid])?;
                let comparison = id(keyword, operator, value)?;
                let effective = keyword == Keyword::Euid;
                self.conditions.user = Some(if effective {
                    Credential::Effective(comparison)
                } else {
                    Credential::Real(comparison)
                });
            }
            Keyword::Gid | Keyword::Egid => {
                self.place(keyword, self.conditions.group, [Keyword::Gid, Keyword::Egid])?;
                let comparison = id(keyword, operator, value)?;
                let effective = keyword == Keyword::Egid;
                self.conditions.group = Some(if effective {
                    Credential::Effective(comparison)
                } else {
                    Credential::Real(comparison)
                });
            }
            Keyword::Fowner => {
                once(self.conditions.fowner.is_some())?;
                self.conditions.fowner = Some(id(keyword, operator, value)?);
            }
            Keyword::Fgroup => {
                once(self.conditions.fgroup.is_some())?;
                self.conditions.fgroup = Some(id(keyword, operator, value)?);
            }
            Keyword::Lsm(field) => {
                once(self.conditions.labels.contains_key(&field))?;
                self.label(field, value)?;
                self.conditions.labels.insert(field, value.to_owned());
            }
            Keyword::Keyrings => {
                once(!self.conditions.keyrings.is_empty())?;
                if self.kernel.has(Feature::Validator) {
                    self.built("CONFIG_IMA_MEASURE_ASYMMETRIC_KEYS", || keyword.to_string())?;
                } else {
                    self.after_action(keyword, Action::Measure)?;
                    if self.conditions.func != Some(Func::KeyCheck) {
                        return Err(Fault::Needs {
                            what: keyword.to_string(),
                            needs: "func=KEY_CHECK before it",
                        });
                    }
                }
                self.conditions.keyrings = self.list(keyword, value)?;
            }
            Keyword::Label => {
                once(!self.conditions.data.is_empty())?;
                self.conditions.data = self.list(keyword, value)?;
            }
            Keyword::DigestType => self.digest_type(value)?,
            Keyword::AppraiseType => self.appraise_type(value)?,
            Keyword::AppraiseFlag => self.appraise_flag(value)?,
            Keyword::AppraiseAlgos => {
                once(!self.options.algorithms.is_empty())?;
                self.algorithms(value)?;
            }
            Keyword::Pcr => {
                if !self.kernel.has(Feature::Validator) {
                    self.after_action(keyword, Action::Measure)?;
                }
                let last = self.kernel.pcrs() - 1;
                let pcr = number::integer(value).filter(|pcr| (0..=last).contains(pcr));
                let pcr = pcr.and_then(|pcr| u8::try_from(pcr).ok());
                self.options.pcr = Some(pcr.ok_or_else(|| bad(keyword, value, format!("a number from 0 to {last}")))?);
            }
            Keyword::Template => {
                self.after_action(keyword, Action::Measure)?;
                let template = Template::from_name(value)
                    .ok_or_else(|| unknown_value(keyword, value, Template::all().map(Template::as_str)))?;
                if let Some(feature) = template.needs() {
                    self.needs(feature, || format!("template={value}"))?;
                }
                once(self.options.template.is_some())?;
                self.options.template = Some(template);
            }
            Keyword::PermitDirectio => {}
        }
        Ok(())
    }

    /// `uid` and `euid` share one place, and so do `gid` and `egid`.
    fn place(&self, keyword: Keyword, taken: Option<Credential>, both: [Keyword; 2]) -> Result<(), Fault> {
        match taken {
            None => Ok(()),
            Some(Credential::Real(_)) => Err(Fault::Duplicate {
                keyword,
                first: both[0],
            }),
            Some(Credential::Effective(_)) => Err(Fault::Duplicate {
                keyword,
                first: both[1],
            }),
        }
    }

    fn func(&self, value: &str) -> Result<Func, Fault> {
        let names = || Func::ALL.into_iter().map(Func::as_str);
        let func = Func::from_name(value).ok_or_else(|| unknown_value(Keyword::Func, value, names()))?;
        if let Some(feature) = func.needs() {
            self.needs(feature, || format!("func={value}"))?;
        }
        if func == Func::KeyCheck && self.kernel.has(Feature::Validator) {
            self.built("CONFIG_IMA_MEASURE_ASYMMETRIC_KEYS", || format!("func={value}"))?;
        }
        Ok(func)
    }

    /// What the security module says to a label, as `security_audit_rule_init()` asks it while IMA still has its
    /// built-in rules: what it does not know is refused (`ima_lsm_rule_init()`).
    fn label(&self, field: LsmField, value: &str) -> Result<(), Fault> {
        let keyword = Keyword::Lsm(field);
        let refused = |lsm, why| {
            Err(Fault::UnknownLabel {
                lsm,
                keyword,
                value: value.to_owned(),
                why,
            })
        };
        match self.kernel.lsm() {
            None => {
                self.built("CONFIG_IMA_LSM_RULES", || keyword.to_string())?;
                Err(Fault::NoLsm(keyword))
            }
            Some(lsm @ Lsm::AppArmor) if field != LsmField::SubjRole => refused(lsm, "it knows only `subj_role`"),
            Some(lsm @ Lsm::AppArmor) if !apparmor::takes(value) => refused(
                lsm,
                "a policy is loaded before the profiles are, and then there is only `unconfined`",
            ),
            Some(lsm @ Lsm::Smack) if !matches!(field, LsmField::SubjUser | LsmField::ObjUser) => {
                refused(lsm, "it knows only `subj_user` and `obj_user`")
            }
            Some(_) => Ok(()),
        }
    }

    /// The words that this kernel reads only after the action that they belong to.
    fn after_action(&self, keyword: Keyword, action: Action) -> Result<(), Fault> {
        match self.action {
            Some(found) if found == action => Ok(()),
            Some(_) => Err(Fault::NeedsAction { keyword, action }),
            None => Err(Fault::BeforeAction { keyword, action }),
        }
    }

    fn list<T: FromIterator<String>>(&self, keyword: Keyword, value: &str) -> Result<T, Fault> {
        // Before the validator came, an item could be empty.
        if value.split('|').any(str::is_empty) && self.kernel.has(Feature::Validator) {
            return Err(bad(keyword, value, "names with one | between them"));
        }
        Ok(value.split('|').map(str::to_owned).collect())
    }

    fn digest_type(&mut self, value: &str) -> Result<(), Fault> {
        if value != "verity" {
            return Err(unknown_value(Keyword::DigestType, value, ["verity"].into_iter()));
        }
        if !self.kernel.has(Feature::Sigv3OnHashes) && !self.options.signatures.is_empty() {
            return Err(Fault::Excludes {
                what: "digest_type=verity".to_owned(),
                other: "appraise_type",
            });
        }
        self.options.verity = true;
        Ok(())
    }

    fn appraise_type(&mut self, value: &str) -> Result<(), Fault> {
        let keyword = Keyword::AppraiseType;
        if !self.kernel.has(Feature::Validator) {
            self.after_action(keyword, Action::Appraise)?;
        }
        let names = SignatureType::ALL.into_iter().map(SignatureType::as_str);
        let signature = SignatureType::from_name(value).ok_or_else(|| unknown_value(keyword, value, names))?;
        let what = || format!("{keyword}={value}");
        match signature {
            SignatureType::ImaSig => {}
            SignatureType::ImaSigOrModSig => {
                self.built("CONFIG_IMA_APPRAISE_MODSIG", what)?;
                if !self.kernel.has(Feature::Validator) && !self.conditions.func.is_some_and(Func::takes_modsig) {
                    let needs = "func=MODULE_CHECK, KEXEC_KERNEL_CHECK or KEXEC_INITRAMFS_CHECK before it";
                    return Err(Fault::Needs { what: what(), needs });
                }
                if self.options.signatures.contains(&SignatureType::SigV3) && self.kernel.has(Feature::Sigv3OnHashes) {
                    return Err(Fault::Excludes {
                        what: what(),
                        other: "appraise_type=sigv3",
                    });
                }
            }
            SignatureType::SigV3 => {
                self.needs(Feature::Verity, what)?;
                if !self.kernel.has(Feature::Sigv3OnHashes) && !self.options.verity {
                    return Err(Fault::Needs {
                        what: what(),
                        needs: "digest_type=verity before it",
                    });
                }
            }
        }
        if self.options.verity && signature != SignatureType::SigV3 {
            return Err(Fault::Excludes {
                what: what(),
                other: "digest_type=verity",
            });
        }
        self.options.signatures.insert(signature);
        Ok(())
    }

    fn appraise_flag(&mut self, value: &str) -> Result<(), Fault> {
        let keyword = Keyword::AppraiseFlag;
        if self.kernel.has(Feature::AlwaysBlacklist) {
            return Ok(());
        }
        if self.kernel.has(Feature::Validator) {
            self.built("CONFIG_IMA_APPRAISE_MODSIG", || keyword.to_string())?;
            if !value.contains("blacklist") {
                return Err(unknown_value(keyword, value, ["check_blacklist"].into_iter()));
            }
        }
        self.options.check_blacklist |= value.contains("blacklist");
        Ok(())
    }

    fn algorithms(&mut self, value: &str) -> Result<(), Fault> {
        let keyword = Keyword::AppraiseAlgos;
        for name in value.split(',') {
            let known = HashAlgorithm::from_name(name)
                .filter(|_| name != "sm3" || self.kernel.version() >= KernelVersion::new(5, 18));
            let names = HashAlgorithm::all().map(HashAlgorithm::as_str);
            let algorithm = known.ok_or_else(|| unknown_value(keyword, name, names))?;
            let not_built = |option| Fault::NotBuilt {
                what: format!("{keyword}={name}"),
                option,
            };
            self.kernel.hashes(algorithm).map_err(not_built)?;
            self.options.algorithms.insert(algorithm);
        }
        Ok(())
    }
}

fn unknown_value(keyword: Keyword, found: &str, known: impl Iterator<Item = &'static str>) -> Fault {
    Fault::UnknownValue {
        keyword,
        found: found.to_owned(),
        nearest: Nearest::of(found, known),
    }
}

fn bad(keyword: Keyword, found: &str, wanted: impl Into<String>) -> Fault {
    Fault::BadValue {
        keyword,
        found: found.to_owned(),
        wanted: wanted.into(),
    }
}

/// The number of a user or group; 4294967295 means nobody (`uid_valid()`).
fn id(keyword: Keyword, operator: Operator, value: &str) -> Result<Comparison, Fault> {
    let id = number::decimal(value)
        .and_then(|id| u32::try_from(id).ok())
        .filter(|id| *id != u32::MAX);
    let id = id.ok_or_else(|| bad(keyword, value, "a number from 0 to 4294967294"))?;
    Ok(Comparison { operator, id })
}

/// A word as name, operator and value; `None` for a bare word.
fn split(word: &str) -> Option<(&str, Operator, &str)> {
    let (at, operator) = word
        .char_indices()
        .find_map(|(at, c)| Some((at, Operator::from_char(c)?)))?;
    Some((word.get(..at)?, operator, word.get(at + 1..)?))
}

/// The words of a line with their columns, from 1. The kernel separates by space and tab only.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 1;
    text.split([' ', '\t']).filter_map(move |word| {
        let start = column;
        column += word.chars().count() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}
