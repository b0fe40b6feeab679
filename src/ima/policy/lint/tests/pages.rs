use crate::ima::{
    KernelCmdline, KernelConfig,
    policy::{
        Diagnostic, Judgement, Kernel, Policy,
        lint::{CommandLine, Containers, Lint, Surroundings, lints},
        page,
    },
};
use std::collections::BTreeSet;

/// What no example can show: a byte that is no text, and sheer size.
const WITHOUT_EXAMPLE: [&str; 3] = ["nul", "too-long", "too-many-to-compare"];

/// An example in a page: ```` ```ima-policy bad kernel=5.4 ````.
struct Example {
    text: String,
    kernel: Kernel,
    surroundings: Surroundings,
}

/// The examples of a page that are marked so.
fn examples(page: &str, kind: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```ima-policy ") else {
            continue;
        };
        let text: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        if info.split(' ').next() == Some(kind) {
            found.push(example(text, info));
        }
    }
    found
}

fn example(mut text: String, info: &str) -> Example {
    let (mut version, mut cmdline, mut config) = ("6.12", Vec::new(), Vec::new());
    let mut containers = Containers::Unknown;
    for (name, value) in info.split(' ').skip(1).map(|word| word.split_once('=').unwrap()) {
        match (name, value) {
            ("kernel", value) => version = value,
            ("cmdline", value) => cmdline.push(value),
            ("config", value) => config.push(value),
            ("containers", "run") => containers = Containers::Run,
            ("ending", "none") => text.truncate(text.trim_end().len()),
            ("ending", "crlf") => text = text.replace('\n', "\r\n"),
            _ => panic!("{info}: {name} is not known"),
        }
    }
    let version = version.parse().unwrap();
    let kernel = match config.is_empty() {
        true => Kernel::stock(version, "").unwrap(),
        false => Kernel::new(version, KernelConfig::parse(&config.join("\n"))).unwrap(),
    };
    let parsed = KernelCmdline::parse(&cmdline.join(" "));
    let command_line = (!cmdline.is_empty()).then(|| CommandLine::of(&parsed, version));
    Example {
        text,
        kernel,
        surroundings: Surroundings {
            command_line,
            containers,
        },
    }
}

/// Everything that is said of an example.
fn said(example: &Example) -> BTreeSet<&'static str> {
    let policy = Policy::new(&example.text);
    let judgement: Judgement<'_> = policy.judge(&example.kernel);
    let faults = judgement
        .lines
        .iter()
        .filter_map(|(_, verdict)| verdict.as_ref().err())
        .flatten();
    let faults: Vec<_> = faults.map(|fault| Diagnostic::from(fault).code).collect();
    let findings = lints(&policy, &judgement, &example.kernel, &example.surroundings);
    faults
        .into_iter()
        .chain(findings.into_iter().map(|finding| finding.diagnostic.code))
        .collect()
}

/// The codes of `Fault::code()`, as they stand in its source.
fn faults() -> impl Iterator<Item = &'static str> {
    let (_, code) = include_str!("../../fault.rs").split_once("fn code(").unwrap();
    let (code, _) = code.split_once("fn is_of_every_release(").unwrap();
    code.lines()
        .filter_map(|line| line.split_once("=> \"")?.1.split_once('"').map(|(code, _)| code))
}

#[test]
fn each_code_has_a_page_and_each_page_a_code() {
    let known: BTreeSet<_> = faults().chain(Lint::ALL.into_iter().map(Lint::code)).collect();
    assert!(
        known.contains("unknown-word") && known.contains("nul"),
        "the source was read"
    );
    let listed: Vec<_> = crate::ima::policy::codes().collect();
    assert!(listed.is_sorted());
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), known);

    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policy");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<_> = files.map(|name| name.trim_end_matches(".md").to_owned()).collect();
    assert_eq!(files, known.iter().map(|code| (*code).to_owned()).collect());
    assert_eq!(page("no-such-code"), None);
}

#[test]
fn each_page_is_about_its_code() {
    for code in crate::ima::policy::codes() {
        let text = page(code).unwrap();
        assert!(text.starts_with(&format!("# `{code}`: ")), "{code}");
        assert!(text.lines().count() <= 40, "{code} is long");
    }
}

#[test]
fn the_examples_show_what_the_pages_say() {
    for code in crate::ima::policy::codes() {
        let text = page(code).unwrap();
        let (bad, good) = (examples(text, "bad"), examples(text, "good"));
        if !WITHOUT_EXAMPLE.contains(&code) {
            assert!(!bad.is_empty() && !good.is_empty(), "{code} has no example");
        }
        for example in &bad {
            assert!(
                said(example).contains(code),
                "{code}, bad: {:?}\n{}",
                said(example),
                example.text
            );
        }
        for example in &good {
            let judged = Policy::new(&example.text);
            assert!(
                judged.judge(&example.kernel).is_accepted(),
                "{code}, good: {:?}",
                said(example)
            );
            assert!(
                !said(example).contains(code),
                "{code}, good: {:?}\n{}",
                said(example),
                example.text
            );
        }
    }
}
