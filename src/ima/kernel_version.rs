use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The part of a kernel's release that decides what its IMA knows: `6.1` of `6.1.0-28-cloud-amd64`.
///
/// Ordered as numbers, so `5.15 > 5.4`. Distributions carry fixes back, so a version says what a kernel *at least*
/// knows; where it matters, the kernel itself is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct KernelVersion {
    /// The 6 of 6.1.
    pub major: u32,
    /// The 1 of 6.1.
    pub minor: u32,
}

/// A text that is no kernel release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kernel version: write it as `uname -r` does, such as 6.1 or 5.4.0-216-generic")]
pub struct KernelVersionError(String);

impl KernelVersion {
    /// The version of these two numbers.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl FromStr for KernelVersion {
    type Err = KernelVersionError;

    /// Reads what `uname -r` prints; what follows the second number is not looked at.
    fn from_str(release: &str) -> Result<Self, Self::Err> {
        let error = || KernelVersionError(release.to_owned());
        let (major, rest) = release.trim().split_once('.').ok_or_else(error)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (minor, _) = rest.split_at(end);
        let number = |digits: &str| -> Result<u32, KernelVersionError> {
            // `parse` alone would take a sign.
            if digits.bytes().all(|byte| byte.is_ascii_digit()) {
                digits.parse().map_err(|_| error())
            } else {
                Err(error())
            }
        };
        Ok(Self::new(number(major)?, number(minor)?))
    }
}

impl fmt::Display for KernelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl From<KernelVersion> for String {
    fn from(version: KernelVersion) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for KernelVersion {
    type Error = KernelVersionError;

    fn try_from(release: String) -> Result<Self, Self::Error> {
        release.parse()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_releases() {
        for (release, major, minor) in [
            ("6.1.0-28-cloud-amd64", 6, 1),
            ("5.4.0-216-generic\n", 5, 4),
            ("7.2-rc1", 7, 2),
            ("6.12", 6, 12),
            ("6.8+", 6, 8),
        ] {
            assert_eq!(release.parse(), Ok(KernelVersion::new(major, minor)), "{release}");
        }
        for release in ["", "6", "six.one", "6.", ".1", "+6.1", "6.x", "99999999999.1"] {
            assert!(release.parse::<KernelVersion>().is_err(), "{release}");
        }
    }

    #[test]
    fn orders_as_numbers_and_travels_as_text() {
        assert!(KernelVersion::new(5, 15) > KernelVersion::new(5, 4));
        let json = serde_json::to_string(&KernelVersion::new(6, 1)).unwrap();
        assert_eq!(json, "\"6.1\"");
        assert_eq!(
            serde_json::from_str::<KernelVersion>(&json).unwrap(),
            KernelVersion::new(6, 1)
        );
        assert!(serde_json::from_str::<KernelVersion>("\"x\"").is_err());
    }
}
