use super::{
    Applied, FileState, Grub, HostLock, Integrity, NodeFacts, PackageKernel, SignatureFacts,
    sections::{Sections, value_of},
};
use crate::host::HostError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one look at a host returned. Plain data: the same from a live probe, from saved facts, from a test.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Observed {
    /// `PRETTY_NAME` of os-release.
    pub os: String,
    /// `ID` of os-release.
    pub os_id: String,
    /// `uname -r`.
    pub kernel_release: String,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot_id: String,
    /// Who works on it.
    pub lock: HostLock,
    /// How long the last boot took, from the firmware's begin to systemd's last job, in seconds; `None` where that is not known.
    #[serde(default)]
    pub boot_seconds: Option<u64>,
    /// What was last applied.
    #[serde(default)]
    pub applied: Option<Applied>,
    /// `/proc/cmdline`.
    pub cmdline: String,
    /// `/proc/mounts`.
    pub mounts: String,
    /// Which of the tools that steps need are there.
    pub tools: Vec<String>,
    /// The lines of the kernel's configuration that concern integrity.
    pub kernel_config: String,
    /// The kernel of `kernel.package`.
    pub package_kernel: PackageKernel,
    /// IMA and its neighbours.
    pub integrity: Integrity,
    /// The boot loader.
    pub grub: Grub,
    /// Managed files by path.
    pub files: BTreeMap<String, FileState>,
    /// Versions of the packages that are installed, of those asked for.
    pub packages: BTreeMap<String, String>,
    /// States of the units asked for, in the order of asking: (active, enabled).
    pub services: Vec<(String, String)>,
    /// `auditctl -l`.
    pub audit_rules: String,
    /// Labels in scope; `None` where they could not be read.
    pub labels: Option<LabelCount>,
    /// What concerns signatures, where files are to be signed.
    pub signatures: SignatureFacts,
    /// The node that it is; of this its cluster tells, not the host.
    #[serde(default)]
    pub node: NodeFacts,
}

/// Labels read back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LabelCount {
    /// Files in scope with a `security.ima`.
    pub labelled: u64,
    /// Files in scope without.
    pub unlabelled: u64,
    /// The first of those that nobody holds open for writing.
    pub missing: Vec<String>,
    /// Those that somebody holds open for writing: the kernel labels them when they are closed.
    pub held: Vec<String>,
}

impl LabelCount {
    /// Files in scope without a label that nobody is writing.
    pub fn lacking(&self) -> u64 {
        self.unlabelled.saturating_sub(self.held.len() as u64)
    }
}

impl Observed {
    /// Reads the answer of `probe.sh`.
    ///
    /// # Errors
    /// When the answer is cut off or lacks the facts that every host has.
    pub fn parse(answer: &[u8], mark: &str) -> Result<Self, HostError> {
        let sections = Sections::cut(answer, mark)?;
        let os = sections.values("os");
        let kernel = sections.values("kernel");
        let unquoted = |key: &str| value_of(&os, key).trim_matches('"').to_owned();
        let observed = Self {
            os: unquoted("PRETTY_NAME"),
            os_id: unquoted("ID"),
            kernel_release: value_of(&kernel, "release"),
            boot_id: value_of(&kernel, "boot_id"),
            lock: HostLock::parse(&sections.values("lock")),
            boot_seconds: boot_seconds(&kernel),
            applied: Applied::parse(&sections.values("applied")),
            cmdline: sections.text("cmdline").trim().to_owned(),
            mounts: sections.text("mounts"),
            tools: sections
                .text("tools")
                .lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect(),
            kernel_config: sections.text("kernel-config"),
            package_kernel: PackageKernel::parse(&sections),
            integrity: Integrity::parse(&sections.values("integrity")),
            grub: Grub::parse(&sections),
            files: sections
                .all("file")
                .filter_map(|(path, bytes)| Some((path.to_owned(), FileState::parse(bytes)?)))
                .collect(),
            packages: packages(&sections.text("packages")),
            services: services(&sections.text("services")),
            audit_rules: sections.text("audit-rules"),
            labels: labels(&sections.values("labels")),
            signatures: SignatureFacts::parse(&sections.values("signatures")),
            node: NodeFacts::None,
        };
        if observed.boot_id.is_empty() || observed.kernel_release.is_empty() {
            return Err(HostError::Answer {
                script: "probe",
                what: "it names no kernel and no boot id".into(),
            });
        }
        Ok(observed)
    }

    /// A managed file; absent where it was not asked for.
    pub fn file(&self, path: &str) -> FileState {
        self.files.get(path).cloned().unwrap_or_default()
    }

    /// Whether a tool is there.
    pub fn has_tool(&self, tool: &str) -> bool {
        self.tools.iter().any(|found| found == tool)
    }
}

fn boot_seconds(kernel: &[(String, String)]) -> Option<u64> {
    let microseconds = |key: &str| value_of(kernel, key).parse::<u64>().ok();
    let finish = microseconds("FinishTimestampMonotonic").filter(|finish| *finish > 0)?;
    let firmware = microseconds("FirmwareTimestampMonotonic").unwrap_or_default();
    Some((firmware + finish).div_ceil(1_000_000))
}

fn packages(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, status, version) = (words.next()?, words.next()?, words.next()?);
            (status == "installed").then(|| (name.to_owned(), version.to_owned()))
        })
        .collect()
}

fn services(text: &str) -> Vec<(String, String)> {
    text.split("\n\n")
        .filter(|unit| !unit.trim().is_empty())
        .map(|unit| {
            let get = |key| {
                unit.lines()
                    .find_map(|line| line.strip_prefix(key))
                    .unwrap_or_default()
                    .to_owned()
            };
            (get("ActiveState="), get("UnitFileState="))
        })
        .collect()
}

fn labels(values: &[(String, String)]) -> Option<LabelCount> {
    let all = |key: &str| {
        values
            .iter()
            .filter(|(found, _)| found == key)
            .map(|(_, value)| value.clone())
            .collect()
    };
    Some(LabelCount {
        labelled: value_of(values, "labelled").parse().ok()?,
        unlabelled: value_of(values, "unlabelled").parse().ok()?,
        missing: all("missing"),
        held: all("held"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_lasts_from_the_firmwares_begin_to_the_last_job() {
        let took = |lines: &[(&str, &str)]| {
            let lines: Vec<_> = lines
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            boot_seconds(&lines)
        };
        let (firmware, finish) = ("FirmwareTimestampMonotonic", "FinishTimestampMonotonic");
        assert_eq!(took(&[(firmware, "0"), (finish, "33200000")]), Some(34));
        assert_eq!(took(&[(firmware, "8000000"), (finish, "30000000")]), Some(38));
        assert_eq!(took(&[(firmware, "8000000"), (finish, "0")]), None, "it is not over");
        assert_eq!(took(&[]), None);
    }
}
