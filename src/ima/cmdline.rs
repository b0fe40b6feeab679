use super::{Appraisal, BuiltInPolicies, KernelVersion, policy::BuiltIn};

/// A kernel command line as the kernel itself takes it apart (`next_arg` in lib/cmdline.c, `parse_args` in
/// kernel/params.c): double quotes may surround a value or a whole parameter and cannot be escaped, `-` and `_` are the
/// same in names, and what follows a lone `--` belongs to init.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KernelCmdline {
    parameters: Vec<Parameter>,
}

/// One parameter of a kernel command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name as written.
    pub key: String,
    /// What follows `=`, without the quotes around it; `None` for a bare word.
    pub value: Option<String>,
}

impl KernelCmdline {
    /// Reads the content of `/proc/cmdline`. Every text is a command line, so this cannot fail.
    pub fn parse(text: &str) -> Self {
        let mut parameters = Vec::new();
        let mut rest = text.trim_start_matches(is_space);
        while !rest.is_empty() {
            let (parameter, after) = next_parameter(rest);
            if parameter.value.is_none() && parameter.key == "--" {
                break;
            }
            parameters.push(parameter);
            rest = after.trim_start_matches(is_space);
        }
        Self { parameters }
    }

    /// All parameters for the kernel, in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The values of `key=value` parameters of this name, in order, repeated ones repeated.
    pub fn values(&self, key: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.parameters
            .iter()
            .filter(move |parameter| same_name(&parameter.key, key))
            .filter_map(|parameter| parameter.value.as_deref())
    }

    /// Whether the bare word is there.
    pub fn has_flag(&self, key: &str) -> bool {
        self.parameters
            .iter()
            .any(|parameter| parameter.value.is_none() && same_name(&parameter.key, key))
    }

    /// The mode that the `ima_appraise=` parameters give; `None` where they give none and the kernel keeps its
    /// default, which is [`Appraisal::Enforce`]. Secure Boot can overrule all of this.
    ///
    /// security/integrity/ima/ima_appraise.c: up to 5.9 `enforce` is not known, so `fix … enforce` stays fix; up to
    /// 5.10 the last *valid* value counts; since 5.11 only the last one is looked at, and when it is invalid the
    /// default stays. A value counts by how it begins (`fixed` is fix).
    pub fn appraisal(&self, kernel: KernelVersion) -> Option<Appraisal> {
        if kernel >= KernelVersion::new(5, 11) {
            return self.values("ima_appraise").last().and_then(mode_of);
        }
        let knows_enforce = kernel >= KernelVersion::new(5, 10);
        self.values("ima_appraise")
            .filter_map(mode_of)
            .rfind(|mode| knows_enforce || *mode != Appraisal::Enforce)
    }

    /// The built-in policies that this command line asks for, legacy names included
    /// (`policy_setup` in security/integrity/ima/ima_policy.c).
    pub fn built_in_policies(&self) -> BuiltInPolicies {
        let mut policies = BuiltInPolicies::default();
        for parameter in &self.parameters {
            if same_name(&parameter.key, "ima_policy") {
                let value = parameter.value.as_deref().unwrap_or_default();
                for name in value.split([' ', '|', '\n']) {
                    match BuiltIn::from_name(name) {
                        // Another parameter's name.
                        None | Some(BuiltIn::OriginalTcb) => {}
                        // The first of the two forms counts.
                        Some(BuiltIn::Tcb) => policies.tcb = !policies.original_tcb,
                        Some(policy) => policies = policies.with(policy),
                    }
                }
            } else if same_name(&parameter.key, "ima_tcb") {
                policies.original_tcb = !policies.tcb;
            } else if same_name(&parameter.key, "ima_appraise_tcb") {
                policies.appraise_tcb = true;
            }
        }
        policies
    }
}

/// Whether the kernel takes both as the name of the same parameter (`parameq` in kernel/params.c).
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let dash = |byte: u8| if byte == b'-' { b'_' } else { byte };
    one.bytes().map(dash).eq(other.bytes().map(dash))
}

fn mode_of(value: &str) -> Option<Appraisal> {
    [Appraisal::Off, Appraisal::Log, Appraisal::Fix, Appraisal::Enforce]
        .into_iter()
        .find(|mode| value.starts_with(mode.as_str()))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

/// Takes the first parameter off; `text` begins with it.
fn next_parameter(text: &str) -> (Parameter, &str) {
    let (text, quoted) = match text.strip_prefix('"') {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let mut in_quote = quoted;
    let mut equals = None;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        if is_space(c) && !in_quote {
            end = at;
            break;
        }
        // The kernel holds "no = yet" as position 0, so a leading = is part of the name.
        if c == '=' && equals.is_none() && at > 0 {
            equals = Some(at);
        }
        if c == '"' {
            in_quote = !in_quote;
        }
    }
    let (whole, rest) = text.split_at(end);
    let (key, value) = match equals {
        Some(at) => (
            whole.get(..at).unwrap_or_default(),
            Some(whole.get(at + 1..).unwrap_or_default()),
        ),
        None => (whole, None),
    };
    let unquoted = |text: &str, opened: bool| -> String {
        let closed = if opened { text.strip_suffix('"') } else { None };
        closed.unwrap_or(text).to_owned()
    };
    let parameter = match value {
        None => Parameter {
            key: unquoted(key, quoted),
            value: None,
        },
        Some(value) => {
            let (inner, opened) = match value.strip_prefix('"') {
                Some(inner) => (inner, true),
                None => (value, quoted),
            };
            Parameter {
                key: key.to_owned(),
                value: Some(unquoted(inner, opened)),
            }
        }
    };
    (parameter, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str, key: &str) -> Vec<String> {
        KernelCmdline::parse(text).values(key).map(str::to_owned).collect()
    }

    #[test]
    fn takes_parameters_apart_as_the_kernel_does() {
        let text =
            "BOOT_IMAGE=/vmlinuz root=UUID=a-b ro foo=\"a b\" \"bar=c d\" \"bare word\" =x e= ima-hash=sha256 -- ro2\n";
        let line = KernelCmdline::parse(text);
        assert_eq!(values(text, "root"), ["UUID=a-b"]);
        assert_eq!(values(text, "foo"), ["a b"]);
        assert_eq!(values(text, "bar"), ["c d"]);
        assert_eq!(values(text, "e"), [""]);
        assert_eq!(values(text, "ima_hash"), ["sha256"]);
        assert!(line.has_flag("ro") && line.has_flag("bare word") && line.has_flag("=x"));
        assert!(!line.has_flag("ro2") && !line.has_flag("root") && !line.has_flag("--"));
    }

    #[test]
    fn appraisal_depends_on_the_kernel() {
        let (focal, bullseye, bookworm) = (
            KernelVersion::new(5, 4),
            KernelVersion::new(5, 10),
            KernelVersion::new(6, 1),
        );
        for (text, on_focal, on_bullseye, on_bookworm) in [
            ("ro", None, None, None),
            (
                "ima_appraise=enforce",
                None,
                Some(Appraisal::Enforce),
                Some(Appraisal::Enforce),
            ),
            (
                "ima_appraise=fix ima-appraise=enforce",
                Some(Appraisal::Fix),
                Some(Appraisal::Enforce),
                Some(Appraisal::Enforce),
            ),
            (
                "ima_appraise=fix ima_appraise=bogus",
                Some(Appraisal::Fix),
                Some(Appraisal::Fix),
                None,
            ),
            (
                "ima_appraise=off ima_appraise=\"log\"",
                Some(Appraisal::Log),
                Some(Appraisal::Log),
                Some(Appraisal::Log),
            ),
            ("x -- ima_appraise=fix", None, None, None),
        ] {
            let line = KernelCmdline::parse(text);
            assert_eq!(line.appraisal(focal), on_focal, "{text}");
            assert_eq!(line.appraisal(bullseye), on_bullseye, "{text}");
            assert_eq!(line.appraisal(bookworm), on_bookworm, "{text}");
        }
    }

    #[test]
    fn policies_add_up() {
        let line = KernelCmdline::parse("ima_policy=tcb ima_policy=\"appraise_tcb|fail_securely\" ima_policy=none");
        let policies = line.built_in_policies();
        assert!(policies.tcb && policies.appraise_tcb && policies.fail_securely);
        assert!(!policies.secure_boot && !policies.critical_data);
        let legacy = KernelCmdline::parse("ima_tcb ima-appraise-tcb ima_policy=tcb|ima_tcb").built_in_policies();
        assert!(
            legacy.original_tcb && legacy.appraise_tcb && !legacy.tcb,
            "the first form counts"
        );
        assert_eq!(
            KernelCmdline::parse("ro").built_in_policies(),
            BuiltInPolicies::default()
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "[ a=\"\\-_é\t]{0,40}|\\PC*") {
            let line = KernelCmdline::parse(&text);
            let _ = (line.appraisal(KernelVersion::new(6, 1)), line.built_in_policies());
        }
    }
}
