use super::{audit, boot_mode, dpkg_hook, labels, packages, policy, signature};
use crate::{config::Desired, ima::Appraisal};
use std::fmt::Write;

/// What the probe is asked for beside the facts of every host: lines on its standard input.
pub fn probe_request(desired: &Desired) -> String {
    let mut request = String::new();
    let managed = [audit::file(desired), packages::apt_settings(desired)];
    let policy = desired
        .policy
        .iter()
        .map(|policy| policy.path.clone())
        .filter(|path| path != policy::BOOT_PATH);
    let files = managed.into_iter().flatten().map(|file| file.path).chain(policy);
    let own = [
        boot_mode::SNIPPET_PATH,
        boot_mode::GUARD_PATH,
        "/etc/fstab",
        policy::BOOT_PATH,
    ]
    .map(str::to_owned);
    let signing = signature::files(desired).into_iter().map(|file| file.path);
    for path in files
        .chain(own)
        .chain(dpkg_hook::paths(desired))
        .chain(signing)
        .chain(desired.files.iter().map(|file| file.path.clone()))
    {
        let _ = writeln!(request, "file {path}");
    }
    for (option, _) in &desired.kernel.require {
        let _ = writeln!(request, "option {option}");
    }
    if let Some(package) = &desired.kernel.package {
        let _ = writeln!(request, "kernel-package {package}");
    }
    for package in packages::wanted(desired) {
        let _ = writeln!(request, "package {package}");
    }
    for unit in &desired.services {
        let _ = writeln!(request, "service {unit}");
    }
    if !desired.kernel.edit.is_empty() {
        request.push_str("kernel-record\n");
    }
    request.push('\n');
    match &desired.labels {
        Some(scope) if desired.appraisal != Appraisal::Off => request.push_str(&labels::scope(scope)),
        _ => request.push('\n'),
    }
    request.push_str(&signature::of(desired).map_or_else(|| "\n".to_owned(), signature::scope));
    request
}
