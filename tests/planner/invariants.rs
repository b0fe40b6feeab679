//! What holds of every plan, over random half-way states: hosts on which applies were cut off, whose power went, on
//! which people worked by hand, and whose playbook changed.

use crate::support::{
    PLAYBOOK, desired,
    machine::{ENVIRONMENT, GRUB, Machine, POLICY},
};
use imaform::{
    config::{Desired, Stage},
    host::Script,
    ima::Appraisal,
    plan::{Detail, Plan, Review},
    resource::{Action, Observed, Step, StepId},
};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

/// Playbooks that follow each other on one host.
static WISHES: LazyLock<Vec<Desired>> = LazyLock::new(|| {
    let labels = "labels: { filesystem: ext4, owner: root, exclude: [/var/log, /var/cache] }\n";
    let (before, after) = PLAYBOOK.split_once("\npolicy:").unwrap();
    let built_in = format!("{before}\naudit:{}", after.split_once("\naudit:").unwrap().1);
    let mode = |text: &str, mode: &str| text.replace("appraisal: enforce", &format!("appraisal: {mode}"));
    let once = PLAYBOOK.replace("\npolicy:\n", "\npolicy:\n  path: /etc/ima/policy.conf\n");
    let other = PLAYBOOK.replace("func=BPRM_CHECK fowner=0", "func=MMAP_CHECK fowner=0");
    let cmdline = PLAYBOOK.replace("ima_policy:", "audit_backlog_limit: '8192', ima_policy:");
    let checked = format!(
        "{PLAYBOOK}checks: [{{name: a, before: prepare, command: x}}, {{name: b, after: enforce, command: x}}]\n"
    );
    let mut texts = vec![
        PLAYBOOK.to_owned(),
        other,
        cmdline,
        checked,
        once.clone(),
        built_in.clone(),
    ];
    for base in [PLAYBOOK, &once, &built_in] {
        texts.extend(["fix", "log", "off"].map(|word| mode(base, word)));
        texts.extend(["log", "off"].map(|word| mode(base, word).replace(labels, "")));
    }
    let setxattr = |text: &String| text.replace("labels: { ", "labels: { method: setxattr, ");
    texts.extend(texts.clone().iter().map(setxattr));
    texts.extend([PLAYBOOK, &once, &mode(PLAYBOOK, "log")].map(with_kernel));
    texts.iter().map(|text| desired(text)).collect()
});

/// A package whose kernel is not the stock one.
const KERNEL_PACKAGE: &str = "linux-image-built";

fn with_kernel(playbook: &str) -> String {
    playbook.replace("kernel: {", &format!("kernel: {{ package: {KERNEL_PACKAGE},"))
}

#[derive(Debug, Clone)]
enum Event {
    /// An apply of a playbook that ends after so many steps, free ones in any order.
    Apply(usize, usize, Vec<u8>),
    /// The power goes.
    Boot,
    /// Files come without labels.
    Unlabel(u64),
    /// Somebody changes a file.
    Write(&'static str, &'static str),
    /// Somebody removes a file.
    Remove(&'static str),
    /// A package goes.
    Purge,
}

fn event() -> impl Strategy<Value = Event> {
    let path = prop::sample::select(vec![
        POLICY,
        "/etc/ima/policy.conf",
        "/etc/grub.d/01_imaform",
        ENVIRONMENT,
        "/etc/audit/rules.d/ima.rules",
    ]);
    let text = prop::sample::select(vec![
        "",
        "measure func=BPRM_CHECK\n",
        "imaform_mode=fix\nimaform_trial=enforce\n",
    ]);
    let grub = prop::sample::select(vec![
        "GRUB_CMDLINE_LINUX=\"\"\n",
        "GRUB_CMDLINE_LINUX=\"quiet ima_appraise=fix ima_policy=tcb\"\n",
        "# nothing\n",
    ]);
    prop_oneof![
        6 => (0..WISHES.len(), 0..30usize, order())
            .prop_map(|(wish, steps, order)| Event::Apply(wish, steps, order)),
        2 => Just(Event::Boot),
        1 => (1..5u64).prop_map(Event::Unlabel),
        1 => (path.clone(), text).prop_map(|(path, text)| Event::Write(path, text)),
        1 => grub.prop_map(|text| Event::Write(GRUB, text)),
        1 => path.prop_map(Event::Remove),
        1 => Just(Event::Purge),
    ]
}

/// Which of the free steps comes next.
fn order() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..6u8, 12)
}

fn happens(machine: &mut Machine, event: &Event) {
    match event {
        Event::Apply(wish, steps, order) => apply(machine, &WISHES[*wish], *steps, order),
        // A host that people broke may come up badly; the planner must see that.
        Event::Boot => drop(machine.boot()),
        Event::Unlabel(count) => machine.unlabelled += count.min(&(12_544 - machine.unlabelled)),
        Event::Write(path, text) => machine.write(path, text, 0o644),
        Event::Remove(path) => drop(machine.files.remove(*path)),
        Event::Purge => {
            machine.packages.remove("auditd");
            machine.services.clear();
        }
    }
}

/// Takes steps in a random order that the graph allows.
fn apply(machine: &mut Machine, desired: &Desired, steps: usize, order: &[u8]) {
    let plan = machine.plan(desired);
    check(&plan, &machine.observe(desired), desired);
    let mut done = BTreeSet::new();
    for turn in 0..steps {
        let ready: Vec<&Step> = plan.graph.ready(&done).collect();
        let Some(step) = ready.get(usize::from(order[turn % order.len()]) % ready.len().max(1)) else {
            break;
        };
        let reboots = ready.iter().any(|step| step.reboots());
        assert!(!reboots || ready.len() == 1, "a reboot beside other steps: {ready:?}");
        machine
            .take(step)
            .unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
        done.insert(step.id.clone());
    }
    if plan.then.is_some() && done.len() == plan.graph.len() {
        assert!(
            machine.plan(desired).then.is_none(),
            "a leg without an end:\n{}",
            text(&plan)
        );
        apply(machine, desired, steps, order);
    }
}

fn text(plan: &Plan) -> String {
    let mut review = Review::default();
    review.plan("host", plan);
    review.text(Detail::Brief)
}

/// What holds of every plan.
fn check(plan: &Plan, observed: &Observed, desired: &Desired) {
    let steps = plan.steps();
    let position = |id: &str| steps.iter().position(|step| step.id.to_string() == id);
    for step in &steps {
        assert!(
            !step.reason.is_empty() && !step.verification.is_empty() && !step.title.is_empty(),
            "{step:?}"
        );
    }
    let last = steps.last().map(|step| step.id.to_string());
    assert!(
        plan.then.is_some() || last.is_none_or(|last| last == "evidence/list"),
        "the list is not proven last"
    );
    if let Some(boot) = position("boot/kernel") {
        let kept = position("boot/kernel-menu").expect("no menu to go back to");
        assert!(position("packages/install").is_none_or(|install| kept < install));
        let menu = position("grub/menu").expect("no menu boots it");
        assert!(kept < menu && menu < position("boot/kernel-mode").unwrap() && menu < boot);
        assert!(boot < position("boot/keep").expect("a trial without its end"));
        assert!(
            steps.iter().all(|step| step.stage == Stage::Prepare),
            "what waits for the kernel is planned before it"
        );
    }
    if let Some(trial) = position("boot/trial") {
        for step in &steps[trial + 1..] {
            let id = step.id.to_string();
            let allowed =
                ["health/check", "enforce/prove", "boot/confirm"].contains(&id.as_str()) || id.starts_with("check/");
            assert!(allowed || step.stage > Stage::Enforce, "{id} after the trial boot");
        }
        let verified = position("labels/verify").expect("a trial without verified labels");
        let gate = position("gate/enforce").expect("a trial without a gate");
        assert!(verified < gate && gate < position("boot/trial-mode").unwrap() && gate < trial);
    }
    if let Some(confirm) = position("boot/confirm") {
        assert!(position("health/check").expect("confirmed without a look") < confirm);
        assert!(position("enforce/prove").expect("confirmed without a proof") < confirm);
    }
    if let (Some(confirm), Some(last)) = (
        position("boot/confirm"),
        steps
            .iter()
            .rposition(|step| step.id.to_string().starts_with("check/") && step.stage == Stage::Enforce),
    ) {
        assert!(last < confirm, "a check of enforce after every boot enforces");
    }
    if let Some(aside) = position("policy/set-aside") {
        let out = ["fix-mode", "kernel-mode"].map(|name| StepId::new("boot", name));
        assert!(
            out.iter().any(|out| steps[aside].needs.contains(out)),
            "an enforcing host without its policy"
        );
    }
    if let Some(install) = position("policy/install") {
        assert!(position("policy/judge").expect("a policy that nobody judged") < install);
    }
    for step in &steps {
        let (Action::Script(call) | Action::Confirm(call)) = &step.action else {
            continue;
        };
        if [Script::BootMode, Script::ConfirmTrial].contains(&call.script) && call.args.contains(&"enforce".to_owned())
        {
            assert!(
                ["boot/trial-mode", "boot/confirm"].contains(&step.id.to_string().as_str()),
                "{step:?}"
            );
        }
        let installs = [Script::InstallFile, Script::InstallFstab].contains(&call.script);
        if let Some(policy) = desired
            .policy
            .as_ref()
            .filter(|policy| installs && call.args[0] == policy.path)
        {
            assert_eq!(
                (step.id.to_string().as_str(), &call.input),
                ("policy/install", &policy.content)
            );
        }
    }
    let again: Observed = serde_json::from_str(&serde_json::to_string(observed).unwrap()).unwrap();
    assert_eq!(
        text(&Plan::build(desired, &again).unwrap()),
        text(plan),
        "the same input, another text"
    );
}

/// `PROPTEST_CASES=50000` looks further.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(800, |count| count.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happened to a host, an apply that is left alone brings it to what is wanted, and a second one is empty.
    #[test]
    fn every_host_arrives(
        events in prop::collection::vec(event(), 0..6),
        wish in 0..WISHES.len(),
        order in order(),
    ) {
        let mut machine = Machine::debian();
        machine.offer(KERNEL_PACKAGE);
        events.iter().for_each(|event| happens(&mut machine, event));
        let desired = &WISHES[wish];
        if !machine.plan(desired).refusals.is_empty() {
            return Ok(());
        }
        // Without `attr` the labels of a settled host cannot be counted; nothing is labelled that nobody was shown.
        if !machine.packages.contains("attr") {
            apply(&mut machine, desired, usize::MAX, &order);
        }
        apply(&mut machine, desired, usize::MAX, &order);
        let left = machine.plan(desired);
        prop_assert_eq!(left.differences(), Vec::<String>::new(), "it does not settle");
        if desired.appraisal == Appraisal::Enforce {
            prop_assert_eq!(machine.boot_mode(), ("enforce".to_owned(), String::new()));
        }
    }
}
