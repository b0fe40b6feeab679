//! Signatures: the certificate in `.ima`, in every boot before anything is appraised, and the files that are signed.

use super::{Change, Findings, Observed, ScriptCall, Step, StepId, labels, managed_file, signature_facts::Initramfs};
use crate::{
    config::{Desired, FileContent, Labels, Signing, Stage},
    host::Script,
    ima::{Appraisal, KernelConfig},
    words::count,
};
use serde::Serialize;
use std::{fmt::Write, time::Duration};

/// Where hosts keep the certificate, as PEM. The initramfs has it as DER.
pub const CERTIFICATE_PATH: &str = "/etc/keys/x509_ima.pem";
const HOOK_PATH: &str = "/etc/initramfs-tools/hooks/imaform_ima";
const SCRIPT_PATH: &str = "/etc/initramfs-tools/scripts/init-top/imaform_ima";

/// What is to be signed on a host, and with what. The private key is not in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SigningOrder {
    /// Where the key is, and its certificate.
    pub signing: Signing,
    /// The scope, and what in it is to be signed, as the script reads it.
    pub scope: String,
}

/// The labels whose files are signed, and how; `None` where no file is.
pub fn of(desired: &Desired) -> Option<(&Labels, &Signing)> {
    let labels = desired
        .labels
        .as_ref()
        .filter(|_| desired.appraisal != Appraisal::Off)?;
    Some((labels, labels.signature.as_ref()?))
}

/// What is to be signed, as the scripts read it after the scope of the labels.
pub fn scope((_, signing): (&Labels, &Signing)) -> String {
    // A signature over a SHA-256 by this key.
    let mut text = format!("label 0x030204{:08x}\n", signing.certificate.short_key_id());
    for path in &signing.paths {
        let _ = writeln!(text, "path {path}");
    }
    text.push('\n');
    text
}

/// The files by which every boot loads the certificate.
pub fn files(desired: &Desired) -> Vec<FileContent> {
    let Some((_, signing)) = of(desired) else {
        return Vec::new();
    };
    vec![
        managed_file::root_file(CERTIFICATE_PATH, signing.certificate.pem()),
        managed_file::root_program(HOOK_PATH, include_str!("initramfs-hook")),
        managed_file::root_program(SCRIPT_PATH, include_str!("initramfs-script")),
    ]
}

/// Puts the certificate where every boot loads it, or says why the kernel will never take it.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    let Some((_, signing)) = of(desired) else {
        return findings;
    };
    findings.refusals.extend(impossible(signing, observed));
    let why = "the kernel verifies signatures with keys of .ima, and needs this one before it appraises anything";
    for (object, file) in ["certificate", "hook", "boot-script"].into_iter().zip(files(desired)) {
        findings.merge(managed_file::plan(
            StepId::new("signature", object),
            &file,
            observed,
            why,
        ));
    }
    for step in &mut findings.steps {
        // The hook copies keyctl.
        step.needs.push(StepId::new("packages", "install"));
    }
    if findings.steps.is_empty() && observed.signatures.initramfs == Initramfs::Current {
        return findings;
    }
    let needs = findings.ids();
    let held = ["etc/keys/x509_ima.der", "scripts/init-top/imaform_ima", "bin/keyctl"];
    let step = Step::new(
        StepId::new("signature", "initramfs"),
        Stage::Prepare,
        "make the initramfs of every kernel anew (update-initramfs)",
        "it loads the certificate into .ima before systemd loads the policy",
        ScriptCall::new(Script::UpdateInitramfs, held, "")
            .deadline(Duration::from_secs(3600))
            .into(),
        "lsinitramfs shows the certificate and what loads it",
    );
    findings.steps.push(step.needs(needs));
    findings
}

/// Why this kernel will not verify signatures of this key, as far as that can be known.
fn impossible(signing: &Signing, observed: &Observed) -> Vec<String> {
    let mut reasons = Vec::new();
    let release = &observed.kernel_release;
    let config = KernelConfig::parse(&observed.kernel_config);
    let facts = &observed.signatures;
    let certificate = &signing.certificate;
    let known = !config.is_empty();
    for option in ["CONFIG_INTEGRITY_SIGNATURE", "CONFIG_INTEGRITY_ASYMMETRIC_KEYS"] {
        if known && config.get(option) != "y" {
            reasons.push(format!(
                "labels.signature: kernel {release} verifies no signatures of files: it was built without {option}"
            ));
        }
    }
    if known && config.get("CONFIG_INTEGRITY_TRUSTED_KEYRING") != "y" {
        reasons.push(format!(
            "labels.signature: kernel {release} was built without CONFIG_INTEGRITY_TRUSTED_KEYRING, as Debian's are: it has no keyring .ima, and would take keys from one that any process of root can fill, so that a signature would prove no more than a hash. Boot a kernel that was built with it, or take labels without `signature`"
        ));
    } else if let Some(issuer) = &certificate.issuer_key_id
        && !facts.is_loaded(&certificate.key_id)
        && !facts.is_known(issuer)
    {
        let trusted = if config.get("CONFIG_IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY") == "y" {
            "one that was built into it (CONFIG_SYSTEM_TRUSTED_KEYS), or, with CONFIG_INTEGRITY_MACHINE_KEYRING and Secure Boot, one that was enrolled as a machine owner key (mokutil --import)"
        } else {
            "one that was built into it (CONFIG_SYSTEM_TRUSTED_KEYS); machine owner keys do not count without CONFIG_IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY"
        };
        reasons.push(format!(
            "labels.signature: kernel {release} will not take the certificate {certificate} into .ima: the key that signed it, {issuer}, is not in this kernel. It takes what is signed by {trusted}. It has {}",
            keys(&facts.kernel_keys)
        ));
    }
    if !observed.has_tool("update-initramfs") {
        reasons.push(
            "labels.signature: update-initramfs is not there: imaform has the certificate loaded by an initramfs of initramfs-tools, before systemd loads the policy".into(),
        );
    }
    reasons
}

fn keys(kernel_keys: &[String]) -> String {
    let names: Vec<&str> = kernel_keys
        .iter()
        .map(|key| key.split(": X509.").next().unwrap_or(key))
        .collect();
    if names.is_empty() {
        return "no key at all".into();
    }
    names.join("; ")
}

/// Sees that the running kernel has the certificate: it is the judge.
pub fn load(signing: &Signing) -> Step {
    let certificate = &signing.certificate;
    Step::new(
        StepId::new("signature", "load"),
        Stage::Label,
        format!("load the certificate {certificate} into .ima"),
        "a file with a signature of a key that the kernel has not is denied under enforce",
        ScriptCall::new(
            Script::LoadCertificate,
            [certificate.key_id.as_str(), CERTIFICATE_PATH],
            "",
        )
        .into(),
        "keyctl list %:.ima",
    )
}

/// Signs what carries no signature of this key, and verifies all signatures.
pub fn sign(labels: &Labels, signing: &Signing, observed: &Observed) -> Step {
    let facts = &observed.signatures;
    let what = match facts.files {
        Some(files) => format!("{} of {}", facts.unsigned, count_u64(files)),
        None => "the files".to_owned(),
    };
    let mut shown = facts.names.clone();
    let more = facts.unsigned.saturating_sub(shown.len() as u64);
    shown.extend((more > 0).then(|| format!("and {more} more")));
    let order = SigningOrder {
        signing: signing.clone(),
        scope: labels::scope(labels) + &scope((labels, signing)),
    };
    Step::new(
        StepId::new("signature", "files"),
        Stage::Label,
        format!(
            "sign {what} in {} with {} (on this machine)",
            signing.paths.join(", "),
            signing.key
        ),
        format!("all of them must carry a signature of {}", signing.certificate),
        super::Action::Sign(Box::new(order)),
        "the signatures are read back, and every signature in these paths is verified with the certificate",
    )
    .needs([StepId::new("signature", "load")])
    .shows(if shown.is_empty() {
        Change::None
    } else {
        Change::Lines(shown)
    })
}

fn count_u64(files: u64) -> String {
    count(usize::try_from(files).unwrap_or(usize::MAX), "file")
}

/// What a host in its final mode lacks.
pub fn stay(desired: &Desired, observed: &Observed) -> Vec<Step> {
    let Some((labels, signing)) = of(desired) else {
        return Vec::new();
    };
    let facts = &observed.signatures;
    let is_loaded = facts.is_loaded(&signing.certificate.key_id);
    let mut steps = Vec::new();
    if !is_loaded {
        steps.push(load(signing));
    }
    if facts.unsigned > 0 {
        steps.push(sign(labels, signing, observed));
    }
    steps
}

/// Whether the initramfs has loaded the certificate in the boot that runs.
pub fn check(signing: &Signing) -> Step {
    Step::new(
        StepId::new("signature", "loaded"),
        Stage::Enforce,
        "see that the trial boot began with the certificate in .ima",
        "the boots to come load it in no other way",
        ScriptCall::new(Script::CheckCertificate, [signing.certificate.key_id.as_str()], "").into(),
        "keyctl list %:.ima",
    )
    .needs([StepId::new("health", "check")])
}
