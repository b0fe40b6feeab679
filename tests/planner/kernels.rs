//! Hosts that are to run the kernel of a package.

use crate::support::{PLAYBOOK, desired, ids, machine::Machine};
use imaform::{config::Desired, plan::Plan, resource::Action};

const PACKAGE: &str = "linux-image-built";
const LEG: [&str; 10] = [
    "boot/first-mode",
    "grub/snippet",
    "grub//etc/default/grub",
    "boot/guard",
    "boot/kernel-menu",
    "packages/install",
    "grub/menu",
    "boot/kernel-mode",
    "boot/kernel",
    "boot/keep",
];

fn wanted() -> Desired {
    desired(&PLAYBOOK.replace("kernel: {", &format!("kernel: {{ package: {PACKAGE},")))
}

fn carry_out(machine: &mut Machine, plan: &Plan) {
    plan.steps()
        .into_iter()
        .try_for_each(|step| machine.take(step))
        .unwrap();
}

#[test]
fn a_kernel_without_ima_is_refused_and_the_remedy_named() {
    let plan = Machine::without_ima(PACKAGE).plan(&desired(PLAYBOOK));
    let words = plan.refusals.join("\n");
    assert!(words.contains("has no IMA: "), "{words}");
    assert!(words.contains("CONFIG_IMA is n, required y"), "{words}");
    assert!(
        words.contains("name the package of another kernel in kernel.package"),
        "{words}"
    );
    assert!(plan.graph.is_empty());
}

#[test]
fn the_kernel_comes_first_and_the_rest_is_planned_when_it_runs() {
    let (mut machine, desired) = (Machine::without_ima(PACKAGE), wanted());
    let first = machine.plan(&desired);
    assert_eq!(first.refusals, [""; 0]);
    assert_eq!(ids(&first), LEG);
    let words = first.warnings.join("\n");
    assert!(
        words.contains("not known before the kernel of linux-image-built is installed"),
        "{words}"
    );
    carry_out(&mut machine, &first);
    let second = machine.plan(&desired);
    assert!(second.then.is_none() && second.reboots() == 2, "{:?}", ids(&second));
    carry_out(&mut machine, &second);
    assert!(machine.plan(&desired).is_up_to_date());
    assert_eq!(
        (machine.mode(), machine.base.kernel_release.ends_with("-built")),
        ("enforce", true)
    );
}

#[test]
fn what_the_disk_tells_of_an_installed_kernel_is_judged_before_it_is_booted() {
    let mut machine = Machine::without_ima(PACKAGE);
    machine.packages.insert(PACKAGE.into());
    let plan = machine.plan(&wanted());
    assert!(!ids(&plan).contains(&"packages/install".to_owned()), "{:?}", ids(&plan));
    assert_eq!(
        plan.warnings
            .iter()
            .filter(|words| words.contains("not known before"))
            .count(),
        0
    );
    let kernel = machine.kernels.get_mut(PACKAGE).unwrap();
    kernel.config = kernel
        .config
        .replace("CONFIG_IMA_APPRAISE=y", "# CONFIG_IMA_APPRAISE is not set");
    let plan = machine.plan(&wanted());
    let words = plan.refusals.join("\n");
    assert!(
        words.contains("-built was not built as the playbook requires: CONFIG_IMA_APPRAISE is n"),
        "{words}"
    );
    assert!(words.contains("it is the kernel of linux-image-built"), "{words}");
}

#[test]
fn sources_and_settings_come_before_the_package() {
    let file =
        "files: [{path: /etc/apt/sources.list.d/own.list, content: x}, {path: /a, owner: cisadmin, content: x}]\n";
    let playbook = format!(
        "{}{file}",
        PLAYBOOK.replace("kernel: {", &format!("kernel: {{ package: {PACKAGE},"))
    );
    let plan = Machine::without_ima(PACKAGE).plan(&desired(&playbook));
    let ids = ids(&plan);
    let position = |id: &str| ids.iter().position(|found| found == id);
    assert!(position("files//etc/apt/sources.list.d/own.list").unwrap() < position("boot/kernel-menu").unwrap());
    assert_eq!(position("files//a"), None, "its owner may come with a package");
}

/// The policy is out of the way of a kernel that may refuse it, and the host out of enforce before its menu changes.
#[test]
fn an_enforcing_host_leaves_enforce_first() {
    let mut machine = Machine::converged(&desired(PLAYBOOK));
    machine.offer(PACKAGE);
    let plan = machine.plan(&wanted());
    let position = |id: &str| ids(&plan).iter().position(|found| found == id).unwrap();
    assert_eq!((position("boot/leave-enforce"), position("boot/left-enforce")), (0, 1));
    assert!(position("policy/set-aside") < position("boot/kernel"));
    let left = plan
        .steps()
        .into_iter()
        .find(|step| step.id.to_string() == "boot/left-enforce");
    assert!(matches!(&left.unwrap().action, Action::Reboot(expected) if expected.kernel.is_none()));
    machine.carry_out(&wanted()).unwrap();
    assert!(machine.plan(&wanted()).is_up_to_date());
}

#[test]
fn a_kernel_that_does_not_come_up_leaves_the_host_in_the_earlier_one() {
    let (mut machine, desired) = (Machine::without_ima(PACKAGE), wanted());
    for step in machine.plan(&desired).steps() {
        if step.id.to_string() == "boot/kernel" {
            break;
        }
        machine.take(step).unwrap();
    }
    let stock = machine.base.kernel_release.clone();
    machine.boot().unwrap();
    assert_ne!(machine.base.kernel_release, stock, "the trial");
    machine.boot().unwrap();
    assert_eq!(
        machine.base.kernel_release, stock,
        "the boot after a trial that nobody confirmed"
    );
    machine.carry_out(&desired).unwrap();
    assert!(machine.plan(&desired).is_up_to_date());
}

/// From the moment at which dpkg may change the menu, whatever boots is a trial.
#[test]
fn a_power_cut_after_dpkg_has_changed_the_menu() {
    let (mut machine, desired) = (Machine::without_ima(PACKAGE), wanted());
    for step in machine.plan(&desired).steps() {
        machine.take(step).unwrap();
        if step.id.to_string() == "packages/install" {
            break;
        }
    }
    machine.boot().unwrap();
    assert!(machine.cmdline.contains("imaform.trial="), "{}", machine.cmdline);
}

#[test]
fn a_host_without_dpkg_is_refused() {
    let desired = wanted();
    let mut observed = Machine::without_ima(PACKAGE).observe(&desired);
    observed.package_kernel.unknown = true;
    let plan = Plan::build(&desired, &observed).unwrap();
    assert!(
        plan.refusals.join("\n").contains("the host has no dpkg"),
        "{:?}",
        plan.refusals
    );
}
