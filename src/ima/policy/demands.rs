use super::{Action, Fault, Feature, Func, Keyword, Reader, SignatureType, values::unknown_value};
use crate::ima::HashAlgorithm;

/// What `appraise` demands of a label, as `ima_parse_rule()` reads it.
impl Reader<'_> {
    pub(super) fn digest_type(&mut self, value: &str) -> Result<(), Fault> {
        if value != "verity" {
            return Err(unknown_value(Keyword::DigestType, value));
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

    pub(super) fn appraise_type(&mut self, value: &str) -> Result<(), Fault> {
        let keyword = Keyword::AppraiseType;
        if !self.kernel.has(Feature::ValidatorOf59) {
            self.after_action(keyword, Action::Appraise)?;
        }
        let signature = SignatureType::from_name(value).ok_or_else(|| unknown_value(keyword, value))?;
        let what = || format!("{keyword}={value}");
        match signature {
            SignatureType::ImaSig => {}
            SignatureType::ImaSigOrModSig => {
                self.built("CONFIG_IMA_APPRAISE_MODSIG", what)?;
                if !self.kernel.has(Feature::ValidatorOf59) && !self.conditions.func.is_some_and(Func::takes_modsig) {
                    let needs = "`func=MODULE_CHECK`, `KEXEC_KERNEL_CHECK` or `KEXEC_INITRAMFS_CHECK` before it";
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
                        needs: "`digest_type=verity` before it",
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

    pub(super) fn appraise_flag(&mut self, value: &str) -> Result<(), Fault> {
        let keyword = Keyword::AppraiseFlag;
        if self.kernel.has(Feature::AlwaysBlacklist) {
            return Ok(());
        }
        if self.kernel.has(Feature::Validator) {
            self.built("CONFIG_IMA_APPRAISE_MODSIG", || keyword.to_string())?;
            if !value.contains("blacklist") {
                return Err(unknown_value(keyword, value));
            }
        }
        self.options.check_blacklist |= value.contains("blacklist");
        Ok(())
    }

    pub(super) fn algorithms(&mut self, value: &str) -> Result<(), Fault> {
        let keyword = Keyword::AppraiseAlgos;
        for name in value.split(',') {
            let algorithm = HashAlgorithm::from_name(name).ok_or_else(|| unknown_value(keyword, name))?;
            if name.starts_with("sha3-") {
                self.needs(Feature::Sha3Names, || format!("{keyword}={name}"))?;
            }
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
