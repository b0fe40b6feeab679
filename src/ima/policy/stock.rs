use crate::ima::{KernelConfig, KernelVersion};

/// Who builds the stock kernels whose options are known here, of what matters to a policy. From the packages: Ubuntu's
/// generic kernels from 5.4.0-216 to 7.0.0-43, Debian's 6.1.0-56, 6.12.117 and 7.2.13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distribution {
    Debian,
    Ubuntu,
}

const UBUNTU: &str = "CONFIG_IMA_APPRAISE_MODSIG=y\nCONFIG_LSM=\"lockdown,yama,integrity,apparmor\"\n\
                      CONFIG_SECURITY_SMACK=y\nCONFIG_CRYPTO_SM3=m\nCONFIG_CRYPTO_SM3_GENERIC=m\n";
const DEBIAN: &str = "CONFIG_IMA_DEFAULT_TEMPLATE=\"ima-sig\"\n\
                      CONFIG_LSM=\"landlock,lockdown,yama,loadpin,safesetid,integrity,apparmor,selinux,smack,tomoyo,bpf\"\n";
const BOTH: &str = "CONFIG_64BIT=y\nCONFIG_IMA=y\nCONFIG_IMA_APPRAISE=y\nCONFIG_IMA_LSM_RULES=y\n\
                    CONFIG_IMA_MEASURE_ASYMMETRIC_KEYS=y\nCONFIG_SECURITY_APPARMOR=y\nCONFIG_SECURITY_SELINUX=y\n\
                    CONFIG_CRYPTO_MD4=m\nCONFIG_CRYPTO_MD5=y\nCONFIG_CRYPTO_RMD160=m\nCONFIG_CRYPTO_SHA1=y\n\
                    CONFIG_CRYPTO_SHA256=y\nCONFIG_CRYPTO_SHA512=m\nCONFIG_CRYPTO_SHA3=m\nCONFIG_CRYPTO_STREEBOG=m\n\
                    CONFIG_CRYPTO_WP512=m\n";
/// What no distribution has: a security module that knows every label, and hash algorithms long gone.
const EVERYTHING: &str = "CONFIG_LSM=\"selinux\"\nCONFIG_CRYPTO_RMD128=y\nCONFIG_CRYPTO_RMD256=y\nCONFIG_CRYPTO_RMD320=y\n\
                          CONFIG_CRYPTO_TGR192=y\n";

impl Distribution {
    /// Ubuntu where the release names one of its flavours or Debian has no IMA in that version, else Debian.
    pub fn of(version: KernelVersion, release: &str) -> Self {
        let flavours = ["-generic", "-kvm", "-aws", "-azure", "-gcp", "-oracle", "-lowlatency"];
        if version < KernelVersion::new(6, 1) || flavours.iter().any(|flavour| release.ends_with(flavour)) {
            Self::Ubuntu
        } else {
            Self::Debian
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Debian => "Debian",
            Self::Ubuntu => "Ubuntu",
        }
    }

    pub fn config(self) -> KernelConfig {
        let own = match self {
            Self::Debian => DEBIAN,
            Self::Ubuntu => UBUNTU,
        };
        KernelConfig::parse(&format!("{BOTH}{own}"))
    }
}

/// Built with everything that a policy may ask for.
pub(super) fn everything() -> KernelConfig {
    KernelConfig::parse(&format!("{BOTH}{UBUNTU}{EVERYTHING}"))
}
