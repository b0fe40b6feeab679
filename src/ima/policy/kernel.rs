use super::{
    Feature, Lsm,
    stock::{self, Distribution},
};
use crate::ima::{HashAlgorithm, KernelConfig, KernelVersion};
use std::fmt;

/// The kernel that judges a policy: its version, and how it was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    version: KernelVersion,
    config: KernelConfig,
    /// The security modules that are on, where the running kernel was asked.
    running: Option<String>,
    /// Whose build options are assumed, where nobody has given them.
    assumed: Option<Distribution>,
}

/// A version before the oldest that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Linux {0} is not known here: policies are judged as Linux 5.4 and later do")]
pub struct TooOld(KernelVersion);

impl Kernel {
    /// The newest version that recorded verdicts stand behind; later ones are taken to be like it.
    pub const NEWEST: KernelVersion = KernelVersion::new(7, 2);

    /// The kernel of this version and these build options. A record without a line on CONFIG_64BIT, which every whole one
    /// has, is a part of one: what it leaves open is as distributions build it.
    pub fn new(version: KernelVersion, config: KernelConfig) -> Result<Self, TooOld> {
        Self::known(version)?;
        let config = if config.mentions("CONFIG_64BIT") {
            config
        } else {
            config.over(Distribution::of(version, "").config())
        };
        Ok(Self {
            version,
            config,
            running: None,
            assumed: None,
        })
    }

    /// A kernel of this version, built as distributions do: as Ubuntu where `release` names one of its flavours or
    /// Debian has no IMA in that version, else as Debian.
    pub fn stock(version: KernelVersion, release: &str) -> Result<Self, TooOld> {
        Self::known(version)?;
        let distribution = Distribution::of(version, release);
        Ok(Self {
            version,
            config: distribution.config(),
            running: None,
            assumed: Some(distribution),
        })
    }

    /// The newest kernel, built with everything and with a security module that knows every label: what it refuses,
    /// it refuses for the rule's own sake.
    pub(crate) fn permissive() -> Self {
        Self {
            version: Self::NEWEST,
            config: stock::everything(),
            running: None,
            assumed: None,
        }
    }

    fn known(version: KernelVersion) -> Result<(), TooOld> {
        if version < KernelVersion::new(5, 4) {
            Err(TooOld(version))
        } else {
            Ok(())
        }
    }

    /// The releases in which the language changed, oldest first, each built as this one.
    pub fn releases(&self) -> Vec<Self> {
        let at = |version| Self {
            version,
            ..self.clone()
        };
        Feature::RELEASES.into_iter().map(at).collect()
    }

    /// The kernel as it runs: with these security modules on, as /sys/kernel/security/lsm lists them.
    #[must_use]
    pub fn running(self, lsm: &str) -> Self {
        Self {
            running: Some(lsm.to_owned()),
            ..self
        }
    }

    /// Its version.
    pub fn version(&self) -> KernelVersion {
        self.version
    }

    /// The distribution whose build options are assumed; `None` where the options are known.
    pub fn assumed(&self) -> Option<&'static str> {
        self.assumed.map(Distribution::name)
    }

    /// Whether its policy language has this.
    pub fn has(&self, feature: Feature) -> bool {
        self.version >= feature.since()
    }

    /// Whether an option is built in, or a module.
    pub fn built_with(&self, option: &str) -> bool {
        matches!(self.config.get(option), "y" | "m")
    }

    /// The major security module that is on; of a kernel that was not asked, the first of `CONFIG_LSM` that is built in,
    /// since that is on when the command line chooses none. `None` where rules cannot ask for labels at all.
    pub fn lsm(&self) -> Option<Lsm> {
        if !self.built_with("CONFIG_IMA_LSM_RULES") {
            return None;
        }
        let order = self.running.as_deref().unwrap_or_else(|| self.config.get("CONFIG_LSM"));
        order.trim_matches('"').split(',').find_map(|name| {
            let (lsm, option) = match name {
                "apparmor" => (Lsm::AppArmor, "CONFIG_SECURITY_APPARMOR"),
                "selinux" => (Lsm::Selinux, "CONFIG_SECURITY_SELINUX"),
                "smack" => (Lsm::Smack, "CONFIG_SECURITY_SMACK"),
                _ => return None,
            };
            self.built_with(option).then_some(lsm)
        })
    }

    /// Whether Ubuntu built it, whose kernels bring patches to the security modules.
    fn is_ubuntu(&self) -> bool {
        self.assumed == Some(Distribution::Ubuntu)
            || self.config.get("CONFIG_VERSION_SIGNATURE").starts_with("\"Ubuntu")
    }

    /// Why this kernel takes no label at all, although a module that knows labels is on: Ubuntu's 5.4, and its kernels
    /// from 5.19 to 6.8, in which a rule names the module first with a word of their own.
    pub(super) fn refuses_labels(&self) -> Option<&'static str> {
        let newer = KernelVersion::new(5, 19)..=KernelVersion::new(6, 8);
        if !self.is_ubuntu() {
            None
        } else if self.version == KernelVersion::new(5, 4) {
            Some("Ubuntu's 5.4 takes no label")
        } else if newer.contains(&self.version) {
            Some("Ubuntu's kernels from 5.19 to 6.8 take no label")
        } else {
            None
        }
    }

    /// Whether it crashes when it throws a rule away that asks for a label: Ubuntu's kernels from 5.8 to 5.15
    /// (`aa_audit_rule_free()`; tests/verdicts). Such a policy must not be judged there, only loaded whole.
    pub fn crashes_on_labels(&self) -> bool {
        let broken = KernelVersion::new(5, 8)..=KernelVersion::new(5, 15);
        self.is_ubuntu() && broken.contains(&self.version)
    }

    /// Whether the kernel can compute this, by itself or with a module (`crypto_has_alg()`); and the option that
    /// decides.
    pub fn hashes(&self, algorithm: HashAlgorithm) -> Result<(), &'static str> {
        let option = match algorithm.as_str() {
            "md4" => "CONFIG_CRYPTO_MD4",
            "md5" => "CONFIG_CRYPTO_MD5",
            // CONFIG_IMA selects it.
            "sha1" => return Ok(()),
            "rmd160" => "CONFIG_CRYPTO_RMD160",
            "sha224" | "sha256" => "CONFIG_CRYPTO_SHA256",
            "sha384" | "sha512" => "CONFIG_CRYPTO_SHA512",
            "rmd128" => "CONFIG_CRYPTO_RMD128",
            "rmd256" => "CONFIG_CRYPTO_RMD256",
            "rmd320" => "CONFIG_CRYPTO_RMD320",
            "wp256" | "wp384" | "wp512" => "CONFIG_CRYPTO_WP512",
            "tgr128" | "tgr160" | "tgr192" => "CONFIG_CRYPTO_TGR192",
            "sm3" if self.built_with("CONFIG_CRYPTO_SM3_GENERIC") => return Ok(()),
            "sm3" => "CONFIG_CRYPTO_SM3",
            "streebog256" | "streebog512" => "CONFIG_CRYPTO_STREEBOG",
            _ => "CONFIG_CRYPTO_SHA3",
        };
        if self.built_with(option) { Ok(()) } else { Err(option) }
    }

    /// The PCR of a rule that names none.
    pub fn measure_pcr(&self) -> String {
        match self.config.get("CONFIG_IMA_MEASURE_PCR_IDX") {
            "n" => "10".to_owned(),
            pcr => pcr.to_owned(),
        }
    }

    /// The template of a rule that names none, where the command line chooses none with `ima_template=`.
    pub fn default_template(&self) -> String {
        match self.config.get("CONFIG_IMA_DEFAULT_TEMPLATE").trim_matches('"') {
            "n" => "ima-ng".to_owned(),
            template => template.to_owned(),
        }
    }

    /// The bits of a `long`: as many PCRs may a rule name (`INVALID_PCR` in ima_policy.c), and so long a number
    /// `fsmagic=` may be.
    pub fn long_bits(&self) -> u32 {
        if self.built_with("CONFIG_64BIT") { 64 } else { 32 }
    }
}

/// `Linux 6.1`, and whose build is assumed.
impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Linux {}", self.version)?;
        match self.assumed() {
            Some(distribution) => write!(f, ", built as {distribution} builds it"),
            None => Ok(()),
        }
    }
}
