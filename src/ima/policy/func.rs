use super::Feature;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The hook by which the kernel asks, `func=` (`enum ima_hooks` in ima.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Func {
    /// A file is opened.
    FileCheck,
    /// A file is mapped to be executed.
    MmapCheck,
    /// The same, by what the program asked for and not by what the kernel made of it (`READ_IMPLIES_EXEC`).
    MmapCheckReqprot,
    /// A program is executed, with the credentials of who executes it.
    BprmCheck,
    /// A program is executed, with the credentials that are prepared for it. Since 5.8 the owner of a set-user-id program
    /// is put into them only after this hook (lab: 6.1).
    CredsCheck,
    /// A kernel module is loaded.
    ModuleCheck,
    /// A firmware file is loaded.
    FirmwareCheck,
    /// A kernel is loaded for kexec.
    KexecKernelCheck,
    /// An initramfs is loaded for kexec.
    KexecInitramfsCheck,
    /// An IMA policy is loaded by its path.
    PolicyCheck,
    /// The command line of a kexec.
    KexecCmdline,
    /// A key is added to a keyring.
    KeyCheck,
    /// State of the kernel itself.
    CriticalData,
    /// Somebody writes `security.ima`.
    SetxattrCheck,
}

impl Func {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::FileCheck,
        Self::MmapCheck,
        Self::MmapCheckReqprot,
        Self::BprmCheck,
        Self::CredsCheck,
        Self::ModuleCheck,
        Self::FirmwareCheck,
        Self::KexecKernelCheck,
        Self::KexecInitramfsCheck,
        Self::PolicyCheck,
        Self::KexecCmdline,
        Self::KeyCheck,
        Self::CriticalData,
        Self::SetxattrCheck,
    ];

    /// Legacy names that the kernel still takes.
    const LEGACY: [(&str, Self); 2] = [("PATH_CHECK", Self::FileCheck), ("FILE_MMAP", Self::MmapCheck)];

    /// The word in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FileCheck => "FILE_CHECK",
            Self::MmapCheck => "MMAP_CHECK",
            Self::MmapCheckReqprot => "MMAP_CHECK_REQPROT",
            Self::BprmCheck => "BPRM_CHECK",
            Self::CredsCheck => "CREDS_CHECK",
            Self::ModuleCheck => "MODULE_CHECK",
            Self::FirmwareCheck => "FIRMWARE_CHECK",
            Self::KexecKernelCheck => "KEXEC_KERNEL_CHECK",
            Self::KexecInitramfsCheck => "KEXEC_INITRAMFS_CHECK",
            Self::PolicyCheck => "POLICY_CHECK",
            Self::KexecCmdline => "KEXEC_CMDLINE",
            Self::KeyCheck => "KEY_CHECK",
            Self::CriticalData => "CRITICAL_DATA",
            Self::SetxattrCheck => "SETXATTR_CHECK",
        }
    }

    /// The hook of this name, legacy names too.
    pub fn from_name(name: &str) -> Option<Self> {
        let legacy = || {
            Self::LEGACY
                .into_iter()
                .find(|(word, _)| *word == name)
                .map(|(_, func)| func)
        };
        Self::ALL.into_iter().find(|func| func.as_str() == name).or_else(legacy)
    }

    /// What a kernel must have to know it.
    pub fn needs(self) -> Option<Feature> {
        match self {
            Self::KeyCheck => Some(Feature::KeyCheck),
            Self::CriticalData => Some(Feature::CriticalData),
            Self::SetxattrCheck => Some(Feature::SetxattrCheck),
            Self::MmapCheckReqprot => Some(Feature::MmapCheckReqprot),
            _ => None,
        }
    }

    /// Whether a signature appended to the file can be asked for: modules and what kexec loads.
    pub fn takes_modsig(self) -> bool {
        matches!(
            self,
            Self::ModuleCheck | Self::KexecKernelCheck | Self::KexecInitramfsCheck
        )
    }

    /// Whether it is about data of the kernel and not about a file.
    pub fn is_about_data(self) -> bool {
        matches!(self, Self::KeyCheck | Self::CriticalData)
    }
}

impl fmt::Display for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
