//! `imaform policy show`: the rules that a kernel brings.

use super::{
    Format,
    judge_options::{KernelError, KernelOptions},
    shown::Shown,
};
use crate::ima::{KernelVersion, policy::BuiltIn};
use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use std::{
    collections::BTreeSet,
    io::{self, Write},
};

pub const EXAMPLES: &str = "\
Examples:
  imaform policy show tcb                            its rules, as a policy file
  imaform policy show tcb appraise_tcb --kernel 6.1  both, as the kernel orders them
  imaform policy show tcb --assembled --kconfig /boot/config-6.1.0-28-amd64";

/// Arguments of `imaform policy show`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The policies; several are shown as the kernel puts them together. ima_tcb is the old form of tcb
    #[arg(required = true, value_name = "NAME", value_parser = names())]
    names: Vec<BuiltIn>,
    /// Show all that the kernel puts together: with the rules of its architecture and its build
    #[arg(long)]
    assembled: bool,
    #[command(flatten)]
    kernel: KernelOptions,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Why nothing could be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel is not known.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The kernel does not have such a policy.
    #[error("Linux {kernel} has no built-in policy {policy}: it came with {since}")]
    TooNew {
        /// The kernel.
        kernel: KernelVersion,
        /// The policy.
        policy: BuiltIn,
        /// The first release that has it.
        since: KernelVersion,
    },
    /// Both forms of one policy.
    #[error(
        "tcb and ima_tcb are two forms of one policy, and the kernel takes the one that its command line names first; give one of them"
    )]
    TwoForms,
    /// The output was closed.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

fn names() -> impl TypedValueParser<Value = BuiltIn> {
    PossibleValuesParser::new(BuiltIn::ALL.map(BuiltIn::as_str))
        .try_map(|name| BuiltIn::from_name(&name).ok_or_else(|| format!("{name} is no built-in policy")))
}

/// Shows the rules of one policy, or all that a kernel has with these policies.
///
/// # Errors
/// A kernel that is not known or has no such policy, or an output that cannot be written.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Error> {
    let kernel = arguments.kernel.kernel()?;
    let policies: BTreeSet<BuiltIn> = arguments.names.iter().copied().collect();
    for policy in &policies {
        if let Some(feature) = policy.needs().filter(|feature| !kernel.has(*feature)) {
            return Err(Error::TooNew {
                kernel: kernel.version(),
                policy: *policy,
                since: feature.since(),
            });
        }
    }
    if policies.contains(&BuiltIn::Tcb) && policies.contains(&BuiltIn::OriginalTcb) {
        return Err(Error::TwoForms);
    }
    let shown = match policies.first() {
        Some(policy) if policies.len() == 1 && !arguments.assembled => Shown::alone(*policy, kernel),
        _ => Shown::assembled(policies, kernel),
    };
    let text = match arguments.format {
        Format::Text => shown.text(),
        Format::Json => format!("{:#}\n", shown.json()),
    };
    out.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::ima::policy::{Kernel, Policy};
    use clap::Parser;
    use serde_json::{Value, json};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn shown(words: &str) -> Result<String, String> {
        let words = ["show"].into_iter().chain(words.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        run(&line.arguments, &mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_is_shown_is_a_policy_that_the_kernel_takes() {
        for release in [
            "5.4",
            "5.15.0-139-generic",
            "6.1",
            "6.8.0-49-generic",
            "7.0.0-43-generic",
            "7.2",
        ] {
            for names in [
                "tcb",
                "ima_tcb",
                "appraise_tcb",
                "secure_boot",
                "tcb appraise_tcb secure_boot",
            ] {
                let text = shown(&format!("{names} --kernel {release}")).unwrap();
                let kernel = Kernel::stock(release.parse().unwrap(), release).unwrap();
                assert!(Policy::new(&text).judge(&kernel).is_accepted(), "{release}: {text}");
            }
        }
    }

    #[test]
    fn shows_one_policy_alone_and_several_in_the_kernels_order() {
        let text = shown("secure_boot --kernel 6.1").unwrap();
        assert_eq!(
            text,
            "# Linux 6.1, built as Debian builds it\n# ima_policy=secure_boot\n\
             appraise func=MODULE_CHECK appraise_type=imasig\nappraise func=FIRMWARE_CHECK appraise_type=imasig\n\
             appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig\nappraise func=POLICY_CHECK appraise_type=imasig\n"
        );
        let text = shown("critical_data appraise_tcb tcb").unwrap();
        let at = |needle: &str| text.find(needle).expect(needle);
        assert!(at("# ima_policy=tcb\n") < at("# ima_policy=appraise_tcb\n"));
        assert!(at("# ima_policy=appraise_tcb\n") < at("# ima_policy=critical_data\nmeasure func=CRITICAL_DATA\n"));
        assert!(text.lines().nth(1).unwrap().contains("--kconfig"), "{text}");
    }

    #[test]
    fn shows_with_a_kconfig_what_the_build_and_the_architecture_bring() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        let options = "CONFIG_IMA=y\nCONFIG_EFI=y\nCONFIG_IMA_ARCH_POLICY=y\nCONFIG_MODULE_SIG=y\nCONFIG_KEXEC_SIG=y\n\
                       CONFIG_IMA_APPRAISE_REQUIRE_KEXEC_SIGS=y\n";
        std::fs::write(&path, options).unwrap();
        let text = shown(&format!("tcb --assembled --kernel 6.1 --kconfig {}", path.display())).unwrap();
        assert!(
            text.ends_with(
                "measure func=POLICY_CHECK\n\
                 # the architecture, only under Secure Boot; stays when a policy is loaded\n\
                 measure func=KEXEC_KERNEL_CHECK\nmeasure func=MODULE_CHECK\n\
                 # the kernel's build; stays when a policy is loaded\n\
                 appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_flag_is_told_in_words() {
        let text = shown("fail_securely").unwrap();
        assert!(text.contains("a flag and no rules") && text.lines().all(|line| line.starts_with('#')));
    }

    #[test]
    fn json_names_where_each_rule_comes_from() {
        let value: Value = serde_json::from_str(&shown("critical_data --format json").unwrap()).unwrap();
        assert_eq!(value["kernel"], "7.2");
        let rule = json!({ "from": "critical_data", "stays": false, "rule": "measure func=CRITICAL_DATA" });
        assert_eq!(value["rules"], json!([rule]));
    }

    #[test]
    fn refuses_what_the_kernel_does_not_have() {
        let error = shown("critical_data --kernel 5.10").unwrap_err();
        assert_eq!(
            error,
            "Linux 5.10 has no built-in policy critical_data: it came with 5.12"
        );
        assert!(shown("tcb ima_tcb").unwrap_err().contains("two forms"));
        assert!(shown("tbc").unwrap_err().contains("tcb"));
    }
}
