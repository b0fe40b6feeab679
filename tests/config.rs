//! The inventories, playbooks and templates that come with imaform load and say what they should.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use imaform::config::{PolicyLoad, Privilege, Site, Token};
use std::path::Path;

fn load(path: &str) -> Site {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Site::load(&path).unwrap_or_else(|found| panic!("{found}"))
}

#[test]
fn the_example_loads() {
    let site = load("inventory/example.yml");
    assert_eq!(site.targets.len(), 16);
    let worker = &site.targets[0];
    assert_eq!(worker.name, "cto-k8s-wrkr-02");
    let policy = worker.desired.policy.as_ref().unwrap();
    assert!(policy.content.contains("\ndont_appraise fsmagic=0x794c7630\n"));
    assert!(policy.content.contains("\ndont_appraise fsmagic=0x73717368\n"));
    assert!(worker.desired.audit.as_ref().unwrap().content.contains("\n-b 16384\n"));
    let mail = site.targets.iter().find(|target| target.group == "mail").unwrap();
    assert!(!mail.desired.policy.as_ref().unwrap().content.contains("0x794c7630"));
}

#[test]
fn the_starter_loads() {
    assert_eq!(load("inventory/starter.yml").targets.len(), 1);
}

#[test]
fn the_guide_is_followed_word_for_word() {
    let site = load("inventory/example.yml");
    let guide = site.targets.iter().find(|target| target.group == "guide").unwrap();
    assert_eq!(guide.privilege, Privilege::None);
    let desired = &guide.desired;
    let tokens: Vec<_> = desired
        .boot
        .cmdline
        .iter()
        .map(|(name, token)| (name.as_str(), token.clone()))
        .collect();
    assert_eq!(
        tokens,
        [
            ("rootflags", Token::Value("i_version".into())),
            ("dolvm", Token::Flag),
            ("lsm", Token::Value("integrity".into())),
            ("ima_policy", Token::Repeated(vec!["tcb".into(), "appraise_tcb".into()])),
        ]
    );
    let policy = desired.policy.as_ref().unwrap();
    assert_eq!(
        (policy.content.as_str(), policy.load),
        ("audit func=BPRM_CHECK mask=MAY_EXEC\n", PolicyLoad::Once)
    );
    let option = |name: &str| {
        desired
            .kernel
            .edit
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(option("CONFIG_IMA_DEFAULT_HASH"), Some("\"sha1\""));
    assert_eq!(option("CONFIG_IMA_MEASURE_PCR_IDX"), Some("10"));
    assert_eq!(option("CONFIG_IMA_SIG_TEMPLATE"), Some("n"));
    assert_eq!(option("CONFIG_IMA_WRITE_POLICY"), Some("y"));
}

/// What `imaform inventory --host` shows is itself a playbook, and wants the same.
#[test]
fn what_is_shown_is_what_is_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let inventory = directory.path().join("i.yml");
    std::fs::write(&inventory, "groups: {g: {playbook: p.yml, hosts: [a]}}\n").unwrap();
    for target in load("inventory/example.yml").targets {
        std::fs::write(directory.path().join("p.yml"), target.desired.to_yaml().unwrap()).unwrap();
        let again = Site::load(&inventory).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(again.targets[0].desired, target.desired);
    }
}
