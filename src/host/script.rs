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
    /// Looks at everything once.
    Probe = "probe",
    /// `PATH OWNER GROUP MODE SHA256`, content on standard input: replaces a file in one rename.
    InstallFile = "install-file",
    /// The same for `/etc/fstab`, kept only when `findmnt --verify` finds no error that was not there before.
    InstallFstab = "install-fstab",
    /// `PATH`: keeps a copy and removes the file.
    RemoveFile = "remove-file",
    /// `VALUE`: sources GRUB's defaults and compares, then writes `grub.cfg`.
    UpdateGrub = "update-grub",
    /// `MODE TRIAL`: what the next boots are to be.
    BootMode = "boot-mode",
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
    /// The scope on standard input: reads all labels back.
    VerifyLabels = "verify-labels",
    /// The scope on standard input: compares all labels with their files.
    ReadLabels = "read-labels",
    /// Asks for a reboot and returns at once.
    Reboot = "reboot",
    /// The running boot id and kernel command line.
    BootId = "boot-id",
    /// Forwards TPM commands, a line each on standard input, and then gives the measurement list.
    Attest = "attest",
    /// Proves that enforcing denies, on a file of its own.
    ProveEnforcement = "prove-enforcement",
    /// `PATH`: owner, group and file system of a file.
    FileFacts = "file-facts",
    /// `SECONDS SHA256`, the command on standard input: the user's own check.
    RunCheck = "run-check",
}

impl Script {
    /// The whole text: the prelude, which every script shares, and its own lines.
    pub fn text(self) -> String {
        let mut text = String::from(include_str!("scripts/prelude.sh"));
        let sets = matches!(self, Self::SetLabels | Self::LabelMissing | Self::MendLabels);
        let scans = matches!(
            self,
            Self::Probe | Self::LabelFiles | Self::VerifyLabels | Self::ReadLabels
        );
        if sets || scans {
            text.push_str(include_str!("scripts/label-scope.sh"));
        }
        if sets {
            text.push_str(include_str!("scripts/label-set.sh"));
        }
        text.push_str(self.own_text());
        text
    }
}
