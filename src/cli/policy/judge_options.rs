use crate::ima::{
    KernelConfig, KernelVersion, KernelVersionError,
    policy::{Kernel, TooOld},
};
use clap::Args;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Which kernel is meant; what every subcommand takes that asks what a kernel does.
#[derive(Debug, Args)]
pub struct KernelOptions {
    /// The kernel: 6.1, or a whole release such as 6.1.0-28-cloud-amd64. Without it the version that the kconfig names,
    /// and without that 7.2, the newest that is known
    #[arg(long, value_name = "VERSION")]
    pub kernel: Option<String>,
    /// How it was built: /boot/config-… or an unpacked /proc/config.gz. Without it as Debian's kernels, or as Ubuntu's
    /// where --kernel says so (-generic, -aws, …) or is older than 6.1
    #[arg(long, value_name = "FILE")]
    pub kconfig: Option<PathBuf>,
}

/// Why no kernel is known.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// `--kernel` is no version.
    #[error("--kernel: {0}")]
    Version(#[from] KernelVersionError),
    /// A version that is not known here.
    #[error(transparent)]
    TooOld(#[from] TooOld),
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A file without options.
    #[error("{} is no kernel configuration: no line of it begins with CONFIG_; give /boot/config-$(uname -r), or what zcat /proc/config.gz writes", .0.display())]
    NoRecord(PathBuf),
    /// A kernel that has no IMA.
    #[error("{} is of a kernel without IMA (CONFIG_IMA is not set), which takes no policy at all; give that of a kernel with it", .0.display())]
    NoIma(PathBuf),
}

impl KernelOptions {
    /// The kernel that is meant.
    ///
    /// # Errors
    /// An unknown version, or a file that is no configuration of a kernel with IMA.
    pub fn kernel(&self) -> Result<Kernel, KernelError> {
        let release = self.kernel.as_deref();
        let version = release.map(str::parse::<KernelVersion>).transpose()?;
        let Some(path) = &self.kconfig else {
            let kernel = Kernel::stock(version.unwrap_or(Kernel::NEWEST), release.unwrap_or_default())?;
            return Ok(kernel);
        };
        let (config, named) = read(path)?;
        Ok(Kernel::new(version.or(named).unwrap_or(Kernel::NEWEST), config)?)
    }
}

/// The options in a file, and the version that it names.
fn read(path: &Path) -> Result<(KernelConfig, Option<KernelVersion>), KernelError> {
    let bytes = fs::read(path).map_err(|reason| KernelError::Read {
        path: path.to_owned(),
        reason,
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let config = KernelConfig::parse(&text);
    if config.is_empty() {
        return Err(KernelError::NoRecord(path.to_owned()));
    }
    if config.get("CONFIG_IMA") != "y" {
        return Err(KernelError::NoIma(path.to_owned()));
    }
    Ok((config, text.lines().find_map(version_in)))
}

/// The version in `# Linux/x86 6.1.192 Kernel Configuration`, which Kconfig writes above the options.
fn version_in(line: &str) -> Option<KernelVersion> {
    let header = line.strip_prefix("# Linux/")?.strip_suffix("Kernel Configuration")?;
    header.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn kernel(release: Option<&str>, kconfig: Option<&str>) -> Result<Kernel, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        if let Some(text) = kconfig {
            fs::write(&path, text).unwrap();
        }
        let options = KernelOptions {
            kernel: release.map(str::to_owned),
            kconfig: kconfig.map(|_| path),
        };
        options.kernel().map_err(|error| error.to_string())
    }

    #[test]
    fn the_version_is_the_options_then_the_records_then_the_newest() {
        let record = "#\n# Linux/x86_64 6.1.192 Kernel Configuration\n#\nCONFIG_IMA=y\nCONFIG_IMA_WRITE_POLICY=y\n";
        let version = |release, kconfig| kernel(release, kconfig).unwrap().version();
        assert_eq!(version(None, None), Kernel::NEWEST);
        assert_eq!(version(None, Some(record)), KernelVersion::new(6, 1));
        assert_eq!(version(Some("5.15"), Some(record)), KernelVersion::new(5, 15));
        assert_eq!(version(None, Some("CONFIG_IMA=y\n")), Kernel::NEWEST);
        assert!(
            kernel(None, Some(record))
                .unwrap()
                .built_with("CONFIG_IMA_WRITE_POLICY")
        );
    }

    #[test]
    fn a_release_tells_the_distribution() {
        let assumed = |release| kernel(Some(release), None).unwrap().assumed();
        assert_eq!(assumed("6.8.0-49-generic"), Some("Ubuntu"));
        assert_eq!(assumed("6.1.0-28-cloud-amd64"), Some("Debian"));
    }

    #[test]
    fn says_what_is_wrong_with_the_options() {
        let error = |release, kconfig| kernel(release, kconfig).unwrap_err();
        assert!(error(Some("six"), None).starts_with("--kernel: `six` is not a kernel version"));
        assert!(error(Some("4.19"), None).starts_with("Linux 4.19 is not known here"));
        assert!(error(None, Some("measure\n")).contains("no line of it begins with CONFIG_"));
        assert!(error(None, Some("CONFIG_X86=y\n# CONFIG_IMA is not set\n")).contains("without IMA"));
    }
}
