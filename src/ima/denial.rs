use super::hex;

/// An access that appraisal refused: an audit record of type 1800, as `integrity_audit_msg()` writes it
/// (security/integrity/integrity_audit.c).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    /// The file, as the kernel knows its name; any bytes.
    pub name: Vec<u8>,
    /// Why: `missing-hash`, `invalid-hash`, `IMA-signature-required`, …
    pub cause: String,
    /// What the process calls itself.
    pub command: String,
}

impl Denial {
    /// Reads a record; `None` where it tells of no refused access.
    pub fn parse(record: &str) -> Option<Self> {
        let (_, fields) = record.split_once(" op=appraise_data ")?;
        let field = |key: &str| {
            let mut fields = fields.split(' ');
            fields.find_map(|field| field.strip_prefix(key)?.strip_prefix('='))
        };
        (field("res")? == "0").then_some(())?;
        Some(Self {
            name: untrusted(field("name")?)?,
            cause: field("cause")?.to_owned(),
            command: String::from_utf8_lossy(&untrusted(field("comm")?)?).into_owned(),
        })
    }

    /// What a person can do, by the cause.
    pub fn remedy(&self) -> &'static str {
        match self.cause.as_str() {
            "missing-hash" => "it has no label: label it, take it out of the policy, or do not use it as root",
            "invalid-hash" => "its content is not what its label says: look at it, then label it anew",
            "IMA-signature-required" | "missing-signature" => {
                "a rule wants a signature (appraise_type=imasig) and it has none: sign it, or change the rule"
            }
            "invalid-signature" => {
                "its signature does not verify with the keys in .ima: sign it with a key that is loaded"
            }
            _ => "see the cause in the kernel's ima_appraise.c",
        }
    }
}

/// A text as `audit_log_untrustedstring()` writes it: in quotes, or in hexadecimal where it holds a blank, a quote or a byte
/// that is not ASCII.
fn untrusted(text: &str) -> Option<Vec<u8>> {
    match text.strip_prefix('"') {
        Some(quoted) => Some(quoted.strip_suffix('"')?.as_bytes().to_vec()),
        None => hex::decode(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOG: &str = "type=INTEGRITY_DATA msg=audit(1795772649.924:472): pid=280 uid=0 auid=0 ses=3 subj=unconfined op=appraise_data cause=missing-hash comm=\"bash\" name=\"/usr/bin/tail\" dev=\"vda2\" ino=1082 res=0 errno=0\u{1d}UID=\"root\"";

    #[test]
    fn reads_what_auditd_and_the_kernel_write() {
        let denial = Denial::parse(LOG).unwrap();
        assert_eq!(
            denial,
            Denial {
                name: b"/usr/bin/tail".to_vec(),
                cause: "missing-hash".into(),
                command: "bash".into()
            }
        );
        let kernel = LOG.replace("type=INTEGRITY_DATA msg=", "[   43.99] audit: type=1800 ");
        assert_eq!(Denial::parse(&kernel), Some(denial));
    }

    #[test]
    fn a_name_that_is_no_plain_word_comes_in_hexadecimal() {
        let denial = Denial::parse(&LOG.replace("\"/usr/bin/tail\"", "2F6F70742F6120FF")).unwrap();
        assert_eq!(denial.name, b"/opt/a \xff");
        assert_eq!(Denial::parse(&LOG.replace("\"/usr/bin/tail\"", "2F6")), None);
    }

    #[test]
    fn what_was_not_refused_is_no_denial() {
        assert_eq!(Denial::parse(&LOG.replace("res=0", "res=1")), None);
        assert_eq!(Denial::parse(&LOG.replace("op=appraise_data", "op=invalid_pcr")), None);
        assert_eq!(Denial::parse(""), None);
    }
}
