use serde::{Deserialize, Serialize};

macro_rules! scripts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A script that runs on a host. Scripts are constants: what a playbook or an inventory says reaches them as
        /// positional parameters or on standard input, never as text of the script.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Script {
            $($(#[$doc])* $variant,)*
        }

        impl Script {
            /// Every script.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name that people see.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn own_text(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("scripts/", $name, ".sh")),)* }
            }
        }
    };
}

scripts! {
    /// `RUN WHO LAST OTHER SECONDS`: takes the lock of the host for a run.
    Lock = "lock",
    /// Gives the lock back.
    Unlock = "unlock",
    /// Looks at everything once.
    Probe = "probe",
    /// `PATH OWNER GROUP MODE SHA256`, content on standard input: replaces a file in one rename.
    InstallFile = "install-file",
    /// The same for `/etc/fstab`, kept only when `findmnt --verify` finds no error that was not there before.
    InstallFstab = "install-fstab",
    /// `PATH`: keeps a copy and removes the file.
    RemoveFile = "remove-file",
    /// `PACKAGE TOKEN…`: sources GRUB's defaults and compares, then writes `grub.cfg`, in which the package's kernel, if one is
    /// named, must come first.
    UpdateGrub = "update-grub",
    /// `MODE TRIAL MENU TRIED SECONDS`: what the next boots are to be.
    BootMode = "boot-mode",
    /// The same, before a package changes the menu: the one that is there is kept as the one to go back to.
    TryMenu = "try-menu",
    /// As [`Script::BootMode`], and the end of the guard that would reboot the host.
    ConfirmTrial = "confirm-trial",
    /// `SECONDS COMMAND…`, the scope on standard input: runs a command and labels anew what it changed.
    Maintain = "maintain",
    /// `before|after`, the scope on standard input: dpkg's hook, which labels what a run of dpkg changed.
    DpkgHook = "dpkg-hook",
    /// Notes which units fail before a trial boot.
    NoteHealth = "note-health",
    /// `SECONDS POLICY`, units and packages on standard input: whether the boot is over and as good as the one before; and
    /// what it denied.
    CheckHealth = "check-health",
    /// What is left of the last trial boot: why it was not confirmed.
    TrialEvidence = "trial-evidence",
    /// `PACKAGE…`: installs distribution packages.
    InstallPackages = "install-packages",
    /// `UNIT…`: enables and starts units.
    EnableServices = "enable-services",
    /// Mounts securityfs.
    MountSecurityfs = "mount-securityfs",
    /// `PATH`: loads audit rules and looks for each of the file's rules in the kernel's list.
    LoadAudit = "load-audit",
    /// The policy on standard input, `SHA256`: the kernel's verdict on each line; nothing is loaded.
    JudgePolicy = "judge-policy",
    /// `PATH SHA256`: loads a policy for the rest of this boot.
    LoadPolicy = "load-policy",
    /// The scope on standard input: opens every file in fix mode, so that the kernel labels it.
    LabelFiles = "label-files",
    /// The scope on standard input: labels from userspace what has no label or a wrong one.
    SetLabels = "set-labels",
    /// `COUNT`, the scope on standard input: labels from userspace what has no label, if no more than was shown.
    LabelMissing = "label-missing",
    /// `COUNT`, the scope and so many names on standard input: labels these files from userspace.
    MendLabels = "mend-labels",
    /// The scope and what is to be signed in it on standard input: the digests of these files.
    DigestFiles = "digest-files",
    /// `COUNT`, so many labels on standard input: sets them on files that are still what was hashed.
    SetSignatures = "set-signatures",
    /// `ID FILE`: sees that the certificate is in `.ima`.
    LoadCertificate = "load-certificate",
    /// `ID`: whether this boot began with the certificate in `.ima`.
    CheckCertificate = "check-certificate",
    /// `PATH…`: makes every initramfs anew, and looks for these files in it.
    UpdateInitramfs = "update-initramfs",
    /// The scope on standard input: reads all labels back.
    VerifyLabels = "verify-labels",
    /// The scope on standard input: compares all labels with their files.
    ReadLabels = "read-labels",
    /// What somebody may be denied and the scope on standard input: what enforce would deny.
    Gate = "gate",
    /// `WHO`, findings on standard input: records that somebody has accepted them.
    RecordAccepted = "record-accepted",
    /// `RUN WHO`, what the host is now on standard input: notes it.
    RecordApplied = "record-applied",
    /// Asks for a reboot and returns at once.
    Reboot = "reboot",
    /// `PACKAGE`: the release of its kernel.
    PackageKernel = "package-kernel",
    /// The running boot id, kernel command line and kernel release.
    BootId = "boot-id",
    /// Forwards TPM commands, a line each on standard input, and then gives the measurement list.
    Attest = "attest",
    /// Proves that enforcing denies, on a file of its own.
    ProveEnforcement = "prove-enforcement",
    /// `PATH`: owner, group and file system of a file.
    FileFacts = "file-facts",
    /// `SECONDS SHA256`, the command on standard input: the user's own check.
    RunCheck = "run-check",
    /// `KUBECONFIG ARGUMENT…`: kubectl, where it runs for a cluster.
    Kubectl = "kubectl",
    /// Switches swap off for the rest of this boot.
    SwapOff = "swap-off",
}

impl Script {
    /// The whole text: the prelude, which every script shares, and its own lines.
    pub fn text(self) -> String {
        let mut text = String::from(include_str!("scripts/prelude.sh"));
        let sets = matches!(
            self,
            Self::SetLabels | Self::LabelMissing | Self::MendLabels | Self::Maintain | Self::DpkgHook
        );
        let looks = matches!(self, Self::ReadLabels | Self::Gate);
        let scans = matches!(self, Self::Probe | Self::LabelFiles | Self::VerifyLabels);
        let signs = matches!(self, Self::DigestFiles | Self::SetSignatures);
        if sets || looks || scans || signs {
            text.push_str(include_str!("scripts/label-scope.sh"));
        }
        if signs || self == Self::Probe {
            text.push_str(include_str!("scripts/signing-scope.sh"));
        }
        if sets {
            text.push_str(include_str!("scripts/label-set.sh"));
        }
        if looks {
            text.push_str(include_str!("scripts/label-look.sh"));
        }
        if matches!(
            self,
            Self::BootMode | Self::TryMenu | Self::ConfirmTrial | Self::UpdateGrub | Self::Maintain
        ) {
            text.push_str(include_str!("scripts/boot-env.sh"));
        }
        if matches!(self, Self::NoteHealth | Self::CheckHealth | Self::TrialEvidence) {
            text.push_str(include_str!("scripts/boot-facts.sh"));
        }
        if matches!(self, Self::Probe | Self::UpdateGrub | Self::PackageKernel) {
            text.push_str(include_str!("scripts/package-kernel-of.sh"));
        }
        text.push_str(self.own_text());
        text
    }
}
