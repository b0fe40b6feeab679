//! What is said of the rules that a kernel brings, against what kernels showed of themselves (tests/built_in, recorded
//! by tests/lab/built-in-policies).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use imaform::ima::{
    BuiltInPolicies, KernelConfig,
    policy::{BuiltIn, Kernel, Policy, Rule, SecureBoot, assembled, lasting},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/built_in")
}

fn kernel(version: &str) -> Kernel {
    let config = fs::read_to_string(recorded().join(version).join("config")).unwrap();
    Kernel::new(version.parse().unwrap(), KernelConfig::parse(&config)).unwrap()
}

/// The rules that a kernel showed, read as the newest reads them: what it shows, it need not take itself.
fn shown(path: &Path) -> Vec<Rule> {
    let text = fs::read_to_string(path).unwrap();
    let config = "CONFIG_64BIT=y\nCONFIG_IMA_APPRAISE_MODSIG=y\n";
    let newest = Kernel::new(Kernel::NEWEST, KernelConfig::parse(config)).unwrap();
    let policy = Policy::new(text);
    let judgement = policy.judge(&newest);
    let rules = judgement.lines.iter().map(|(line, verdict)| match verdict {
        Ok(rule) => Rule {
            line: 0,
            ..rule.clone()
        },
        Err(faults) => panic!("{}: {}: {faults:?}", path.display(), line.text),
    });
    rules.collect()
}

fn compare(version: &str, directory: &str, secure_boot: SecureBoot) {
    let kernel = kernel(version);
    let mut compared = 0;
    for entry in fs::read_dir(recorded().join(version).join(directory)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "policy") {
            continue;
        }
        let expected = shown(&path);
        let said: Vec<Rule> = match path.file_stem().unwrap().to_str().unwrap() {
            // One rule was loaded, behind those that stay.
            "loaded" => {
                let stay = lasting(&kernel, secure_boot).into_iter().map(|(_, rule)| rule);
                stay.chain(expected.last().cloned()).collect()
            }
            names => {
                let which: BuiltInPolicies = names
                    .split('+')
                    .filter(|name| *name != "none")
                    .map(|name| BuiltIn::from_name(name).expect(name))
                    .collect();
                let rules = assembled(which, &kernel, secure_boot).into_iter();
                rules.map(|(_, rule)| rule).collect()
            }
        };
        let lines = |rules: &[Rule]| rules.iter().map(Rule::to_string).collect::<Vec<_>>();
        assert_eq!(lines(&said), lines(&expected), "{}", path.display());
        assert_eq!(said, expected, "{}", path.display());
        // What is printed is what the kernel showed, to the letter.
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(lines(&said), text.lines().collect::<Vec<_>>(), "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 9, "{version}: only {compared} recorded");
}

#[test]
fn as_linux_5_10_showed() {
    compare("5.10", "", SecureBoot::Off);
}

/// Built without `CONFIG_IMA_WRITE_POLICY`, `CONFIG_IMA_APPRAISE_MODSIG`, `CONFIG_MODULE_SIG` and `CONFIG_KEXEC_SIG`,
/// and with `CONFIG_IMA_APPRAISE_SIGNED_INIT`.
#[test]
fn as_linux_6_1_showed() {
    compare("6.1", "", SecureBoot::Off);
    compare("6.1", "secure-boot", SecureBoot::On);
}

/// Built with rules that ask for signatures on firmware and kexec kernels.
#[test]
fn as_linux_7_2_showed() {
    compare("7.2", "", SecureBoot::Off);
    compare("7.2", "secure-boot", SecureBoot::On);
}
