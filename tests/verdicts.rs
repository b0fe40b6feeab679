//! The validator against what real kernels said (recorded by tests/lab/verdicts): it must agree on every rule.

#![allow(clippy::unwrap_used)]

use imaform::ima::{
    KernelConfig,
    policy::{Kernel, Policy},
};
use std::{fs, path::Path};

fn directory() -> &'static Path {
    Path::new("tests/verdicts")
}

fn kernel(name: &str) -> Kernel {
    let (_, version) = name.split_once('-').unwrap();
    let config = fs::read_to_string(directory().join(format!("{name}.config"))).unwrap();
    Kernel::new(version.parse().unwrap(), KernelConfig::parse(&config)).unwrap()
}

/// The kernels that were asked, by the names of their records.
fn kernels() -> Vec<String> {
    let files = fs::read_dir(directory()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".config").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// One character a rule: `+` accepted, `-` rejected, `!` when the kernel crashed on it.
fn recorded(name: &str) -> Vec<char> {
    let text = fs::read_to_string(directory().join(format!("{name}.txt"))).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::chars)
        .collect()
}

/// A word that Ubuntu's kernels from 5.19 to 6.8 add and no other kernel knows: `lsm=`, which names the security module
/// of the labels in a rule. It is not part of the language here, and refused.
fn of_ubuntu_alone(kernel: &str, rule: &str) -> bool {
    ["ubuntu-5.19", "ubuntu-6.2", "ubuntu-6.5", "ubuntu-6.8"].contains(&kernel)
        && rule.split([' ', '\t']).any(|word| word.starts_with("lsm="))
}

#[test]
fn agrees_with_every_kernel_on_every_rule() {
    let rules = fs::read_to_string(directory().join("rules.txt")).unwrap();
    // Not lines(): a rule may end in a carriage return.
    let rules: Vec<&str> = rules.strip_suffix('\n').unwrap().split('\n').collect();
    assert!(rules.len() >= 2000);
    let mut report = String::new();
    let kernels = kernels();
    assert!(kernels.len() >= 17);
    for name in &kernels {
        let verdicts = recorded(name);
        assert_eq!(verdicts.len(), rules.len(), "{name}");
        let kernel = kernel(name);
        let mut wrong = 0;
        for (rule, verdict) in rules.iter().zip(verdicts) {
            let policy = Policy::new(format!("{rule}\n"));
            let judgement = policy.judge(&kernel);
            // A blank line and a comment are no rule, and accepted.
            let accepts = judgement.lines.is_empty() || judgement.is_accepted();
            if of_ubuntu_alone(name, rule) {
                assert!(!accepts, "{name}: {rule}");
            } else if verdict != '!' && accepts != (verdict == '+') {
                wrong += 1;
                let why: Vec<_> = judgement
                    .lines
                    .iter()
                    .filter_map(|(_, verdict)| verdict.as_ref().err())
                    .collect();
                report.push_str(&format!("{name}: the kernel says {verdict} to `{rule}`: {why:?}\n"));
            }
        }
        println!("{name}: {} rules, {wrong} wrong", rules.len());
    }
    assert!(report.is_empty(), "{report}");
}
