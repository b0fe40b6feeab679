use super::{Comparison, Credential, Keyword, Rule, number::UuidText};
use std::fmt::{self, Display};

/// A rule as the newest kernel shows it in its `policy` node (`ima_policy_show()` in ima_policy.c), without the blank at
/// the end, and so that the newest kernel reads it as the same rule. For that it differs where the kernel's form loses
/// something: users above 2147483647 are not negative, long names of file systems are whole, each `appraise_type=` is
/// there, and so is `appraise_flag=check_blacklist`, which kernels before 6.6 show.
impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (conditions, options) = (&self.conditions, &self.options);
        let mut words = vec![
            word(Keyword::Func, conditions.func),
            word(Keyword::Mask, conditions.mask),
            word(Keyword::FsMagic, conditions.fsmagic.map(|magic| format!("{magic:#x}"))),
            word(Keyword::FsName, conditions.fsname.as_ref()),
            word(Keyword::FsSubtype, conditions.fs_subtype.as_ref()),
            word(Keyword::Keyrings, list(conditions.keyrings.iter(), "|")),
            word(Keyword::Label, list(conditions.data.iter(), "|")),
            word(Keyword::Pcr, options.pcr),
            word(Keyword::FsUuid, conditions.fsuuid.as_ref().map(UuidText)),
            credential(conditions.user, Keyword::Uid, Keyword::Euid),
            credential(conditions.group, Keyword::Gid, Keyword::Egid),
            compared(Keyword::Fowner, conditions.fowner),
            compared(Keyword::Fgroup, conditions.fgroup),
            word(Keyword::AppraiseAlgos, list(options.algorithms.iter(), ",")),
        ];
        let labels = conditions.labels.iter();
        words.extend(labels.map(|(field, label)| word(Keyword::Lsm(*field), Some(label))));
        words.push(word(Keyword::Template, options.template));
        let signatures = options.signatures.iter();
        words.extend(signatures.map(|signature| word(Keyword::AppraiseType, Some(signature.as_str()))));
        words.extend([
            word(Keyword::DigestType, options.verity.then_some("verity")),
            word(
                Keyword::AppraiseFlag,
                options.check_blacklist.then_some("check_blacklist"),
            ),
            options.permit_directio.then(|| Keyword::PermitDirectio.to_string()),
        ]);
        self.action.fmt(f)?;
        words.into_iter().flatten().try_for_each(|word| write!(f, " {word}"))
    }
}

fn word(keyword: Keyword, value: Option<impl Display>) -> Option<String> {
    value.map(|value| format!("{keyword}={value}"))
}

/// A comparison brings its operator.
fn compared(keyword: Keyword, comparison: Option<Comparison>) -> Option<String> {
    comparison.map(|comparison| format!("{keyword}{comparison}"))
}

fn credential(credential: Option<Credential>, real: Keyword, effective: Keyword) -> Option<String> {
    credential.and_then(|credential| {
        let keyword = match credential {
            Credential::Real(_) => real,
            Credential::Effective(_) => effective,
        };
        compared(keyword, Some(credential.comparison()))
    })
}

fn list(items: impl Iterator<Item: Display>, between: &str) -> Option<String> {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    (!items.is_empty()).then(|| items.join(between))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use crate::ima::policy::{Kernel, Policy, Rule};
    use proptest::prelude::*;

    fn read(text: &str) -> Option<Rule> {
        let policy = Policy::new(text);
        let kernel = Kernel::permissive();
        let judgement = policy.judge(&kernel);
        judgement.rules().next().cloned()
    }

    #[test]
    fn prints_as_the_kernel_does() {
        for (written, shown) in [
            (
                "dont_measure fsmagic=01021994 func=PATH_CHECK",
                "dont_measure func=FILE_CHECK fsmagic=0x1021994",
            ),
            (
                "measure euid=0 mask=^MAY_READ func=FILE_CHECK",
                "measure func=FILE_CHECK mask=^MAY_READ euid=0",
            ),
            (
                "appraise permit_directio fgroup>5 gid<4294967294 fsuuid=0FC63DAF-8483-4772-8E79-3d69d8477de4 fsname=ext4",
                "appraise fsname=ext4 fsuuid=0fc63daf-8483-4772-8e79-3d69d8477de4 gid<4294967294 fgroup>5 permit_directio",
            ),
            (
                "measure template=d-ng|n-ng keyrings=.ima|.evm func=KEY_CHECK pcr=11",
                "measure func=KEY_CHECK keyrings=.evm|.ima pcr=11 template=ima-ng",
            ),
            (
                "appraise digest_type=verity appraise_type=sigv3 appraise_algos=sha512,sha256 obj_type=a subj_user=b",
                "appraise appraise_algos=sha256,sha512 obj_type=a subj_user=b appraise_type=sigv3 digest_type=verity",
            ),
        ] {
            assert_eq!(read(written).unwrap_or_else(|| panic!("{written}")).to_string(), shown);
        }
    }

    /// The words of a rule that the newest kernel may take.
    fn words() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "func=FILE_CHECK",
            "func=MODULE_CHECK",
            "func=BPRM_CHECK",
            "mask=MAY_READ",
            "mask=^MAY_EXEC",
            "fsmagic=0x9fa0",
            "fsname=ext4",
            "fs_subtype=sshfs",
            "fsuuid=0fc63daf-8483-4772-8e79-3d69d8477de4",
            "uid=0",
            "euid>999",
            "gid<4294967294",
            "egid=5",
            "fowner=4294967294",
            "fgroup>0",
            "obj_type=var_log_t",
            "subj_role=unconfined",
            "digest_type=verity",
            "appraise_type=imasig",
            "appraise_type=imasig|modsig",
            "appraise_type=sigv3",
            "appraise_flag=check_blacklist",
            "appraise_algos=sha512,sha1",
            "permit_directio",
            "pcr=63",
            "template=ima-sig",
        ]);
        let action = prop::sample::select(vec!["measure", "dont_measure", "appraise", "audit", "hash"]);
        (action, prop::collection::vec(word, 0..6)).prop_map(|(action, words)| format!("{action} {}", words.join(" ")))
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same(text in words()) {
            if let Some(rule) = read(&text) {
                prop_assert_eq!(read(&rule.to_string()), Some(rule));
            }
        }
    }
}
