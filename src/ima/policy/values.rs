use super::{
    Action, Comparison, Credential, Fault, Feature, Func, Keyword, Lsm, LsmField, MaskCondition, Operator, Reader,
    Template, apparmor, number,
};

/// The value of each keyword, as `ima_parse_rule()` reads it.
impl Reader<'_> {
    pub(super) fn value(&mut self, keyword: Keyword, operator: Operator, value: &str) -> Result<(), Fault> {
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
                self.conditions.mask =
                    Some(MaskCondition::from_value(value).ok_or_else(|| unknown_value(keyword, value))?);
            }
            Keyword::FsMagic => {
                // The kernel tells by the number whether there is one: 0 may be replaced.
                once(self.conditions.fsmagic.is_some_and(|magic| magic != 0))?;
                let bits = self.kernel.long_bits();
                let magic = number::hexadecimal(value).filter(|magic| bits == 64 || magic >> bits == 0);
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
                free(keyword, self.conditions.user, [Keyword::Uid, Keyword::Euid])?;
                self.conditions.user = Some(credential(keyword, operator, value)?);
            }
            Keyword::Gid | Keyword::Egid => {
                free(keyword, self.conditions.group, [Keyword::Gid, Keyword::Egid])?;
                self.conditions.group = Some(credential(keyword, operator, value)?);
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
                if self.kernel.has(Feature::ValidatorOf59) {
                    self.built("CONFIG_IMA_MEASURE_ASYMMETRIC_KEYS", || keyword.to_string())?;
                } else if self.conditions.func != Some(Func::KeyCheck) {
                    let needs = "`func=KEY_CHECK` before it";
                    return Err(Fault::Needs {
                        what: keyword.to_string(),
                        needs,
                    });
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
                if !self.kernel.has(Feature::ValidatorOf59) {
                    self.after_action(keyword, Action::Measure)?;
                }
                let last = i64::from(self.kernel.long_bits()) - 1;
                let pcr = number::integer(value).filter(|pcr| (0..=last).contains(pcr));
                let pcr = pcr.and_then(|pcr| u8::try_from(pcr).ok());
                self.options.pcr = Some(pcr.ok_or_else(|| bad(keyword, value, format!("a number from 0 to {last}")))?);
            }
            Keyword::Template => {
                self.after_action(keyword, Action::Measure)?;
                let template = Template::from_name(value).ok_or_else(|| unknown_value(keyword, value))?;
                self.needs(template.needs(), || format!("template={value}"))?;
                once(self.options.template.is_some())?;
                self.options.template = Some(template);
            }
            Keyword::PermitDirectio => {}
        }
        Ok(())
    }

    fn func(&self, value: &str) -> Result<Func, Fault> {
        let func = Func::from_name(value).ok_or_else(|| unknown_value(Keyword::Func, value))?;
        self.needs(func.needs(), || format!("func={value}"))?;
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
        let lsm = self.kernel.lsm();
        if let (Some(lsm), Some(why)) = (lsm, self.kernel.refuses_labels()) {
            return refused(lsm, why);
        }
        match lsm {
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
    pub(super) fn after_action(&self, keyword: Keyword, action: Action) -> Result<(), Fault> {
        match self.action {
            Some(found) if found == action => Ok(()),
            Some(_) => Err(Fault::NeedsAction { keyword, action }),
            None => Err(Fault::BeforeAction { keyword, action }),
        }
    }

    fn list<T: FromIterator<String>>(&self, keyword: Keyword, value: &str) -> Result<T, Fault> {
        if value.split('|').any(str::is_empty) && self.kernel.has(Feature::ValidatorOf59) {
            return Err(bad(keyword, value, "names with one | between them"));
        }
        Ok(value.split('|').map(str::to_owned).collect())
    }
}

pub(super) fn unknown_value(keyword: Keyword, found: &str) -> Fault {
    Fault::UnknownValue {
        keyword,
        found: found.to_owned(),
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

/// `uid` and `euid` share one place, and so do `gid` and `egid`.
fn free(keyword: Keyword, taken: Option<Credential>, [real, effective]: [Keyword; 2]) -> Result<(), Fault> {
    let first = match taken {
        None => return Ok(()),
        Some(Credential::Real(_)) => real,
        Some(Credential::Effective(_)) => effective,
    };
    Err(Fault::Duplicate { keyword, first })
}

fn credential(keyword: Keyword, operator: Operator, value: &str) -> Result<Credential, Fault> {
    let comparison = id(keyword, operator, value)?;
    Ok(match keyword {
        Keyword::Euid | Keyword::Egid => Credential::Effective(comparison),
        _ => Credential::Real(comparison),
    })
}
