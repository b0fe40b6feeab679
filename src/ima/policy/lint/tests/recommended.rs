//! What is said of the policies that the project itself recommends.

use super::{codes, of};
use crate::ima::policy::{
    Kernel,
    lint::{CommandLine, Containers, Surroundings},
};
use minijinja::{Environment, context};

const TEMPLATES: [(&str, &str); 3] = [
    ("ima-policy.j2", include_str!("../../../../../templates/ima-policy.j2")),
    (
        "ima-policy-ubuntu.j2",
        include_str!("../../../../../templates/ima-policy-ubuntu.j2"),
    ),
    (
        "ima-policy-kubernetes.j2",
        include_str!("../../../../../templates/ima-policy-kubernetes.j2"),
    ),
];

fn template(name: &str, read: impl Into<minijinja::Value>) -> String {
    let mut environment = Environment::new();
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).unwrap();
    }
    environment.get_template(name).unwrap().render(read.into()).unwrap() + "\n"
}

fn on(containers: Containers) -> Surroundings {
    let cmdline = crate::ima::KernelCmdline::parse("ima_policy=tcb ima_policy=appraise_tcb ima_appraise=enforce");
    Surroundings {
        command_line: Some(CommandLine::of(&cmdline, "6.12".parse().unwrap())),
        containers,
    }
}

#[test]
fn nothing_is_said_of_the_templates() {
    for (name, containers, versions) in [
        ("ima-policy.j2", Containers::Absent, ["6.1", "6.12", "7.2"]),
        ("ima-policy-ubuntu.j2", Containers::Absent, ["5.4", "5.15", "6.8"]),
        ("ima-policy-kubernetes.j2", Containers::Run, ["5.4", "6.8", "7.0"]),
    ] {
        let text = template(name, ());
        for version in versions {
            let kernel = Kernel::stock(version.parse().unwrap(), "").unwrap();
            assert_eq!(codes(&of(&text, &kernel, &on(containers))), [], "{name} on {version}");
        }
    }
}

#[test]
fn containers_are_warned_of_where_nobody_has_said_that_there_are_none() {
    let kernel = Kernel::stock("6.12".parse().unwrap(), "").unwrap();
    for (containers, wanted) in [
        (Containers::Unknown, true),
        (Containers::Run, true),
        (Containers::Absent, false),
    ] {
        let found = codes(&of(&template("ima-policy.j2", ()), &kernel, &on(containers)));
        assert_eq!(found.iter().any(|(_, code)| *code == "no-overlay-exclusion"), wanted);
        assert!(found.len() <= 1, "{found:?}");
    }
}

#[test]
fn reading_of_root_is_measured_with_an_exact_mask() {
    let kernel = Kernel::stock("6.12".parse().unwrap(), "").unwrap();
    let text = template("ima-policy.j2", context! { measure_root_reads => true });
    let found = codes(&of(&text, &kernel, &on(Containers::Absent)));
    assert_eq!(found.iter().map(|(_, code)| *code).collect::<Vec<_>>(), ["exact-mask"]);
}

#[test]
fn the_guides_policy_ends_appraisal() {
    let kernel = Kernel::stock("5.4".parse().unwrap(), "").unwrap();
    let found = codes(&of(
        "audit func=BPRM_CHECK mask=MAY_EXEC\n",
        &kernel,
        &on(Containers::Absent),
    ));
    assert_eq!(found, [(0, "ends-appraisal")]);
}
