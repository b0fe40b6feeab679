use super::BootId;
use crate::{
    host::{Answer, Call, HostError, Script, Transport},
    ima::{Appraisal, KernelCmdline},
    resource::{BootExpectation, cmdline_missing},
};
use std::time::Duration;
use thiserror::Error;
use tokio::time::Instant;

/// How long a host may take from the request to a login on the new boot, all in all.
pub const REBOOT_DEADLINE: Duration = Duration::from_secs(1800);

/// How long to wait before the next attempt to log in.
const RETRY: Duration = Duration::from_secs(2);

/// How long the first attempt may hang; each one may take twice as long as the one before. A host that is booting may take
/// a connection and never answer on it, and a slow one needs more than seconds to answer at all.
const FIRST_ATTEMPT: Duration = Duration::from_secs(5);

/// The longest that an attempt may hang.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(120);

/// Why a reboot is not proven, or not the boot that was wanted.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum BootError {
    /// The host could not be asked.
    #[error(transparent)]
    Host(#[from] HostError),
    /// No login on a new boot in time.
    #[error("no new boot within {} s of the request; the last attempt said: {last}", after.as_secs())]
    Deadline {
        /// The total deadline.
        after: Duration,
        /// Why the last attempt was not enough.
        last: String,
    },
    /// The host booted another kernel.
    #[error(
        "the host booted (boot id {boot_id}) kernel {found}, where {wanted} of {package} was wanted: that one did not come up, or GRUB's default is another one"
    )]
    WrongKernel {
        /// The new boot.
        boot_id: BootId,
        /// The package whose kernel was wanted.
        package: String,
        /// The release that was wanted.
        wanted: String,
        /// The release that runs.
        found: String,
    },
    /// The host booted, and its kernel was not given what was wanted.
    #[error(
        "the host booted (boot id {boot_id}) with ima_appraise={found} where {wanted} was wanted{}\n/proc/cmdline: {cmdline}",
        if missing.is_empty() { String::new() } else { format!("; the kernel lacks {}", missing.join(" ")) }
    )]
    WrongBoot {
        /// The new boot.
        boot_id: BootId,
        /// The mode that was wanted.
        wanted: Appraisal,
        /// The mode on the command line; `none` where it names none.
        found: String,
        /// Parameters that are not there.
        missing: Vec<String>,
        /// `/proc/cmdline`.
        cmdline: String,
    },
}

impl BootError {
    /// Whether the host came back in another mode or kernel than the wanted one: it fell back (exit code 4).
    pub fn is_fallback(&self) -> bool {
        matches!(self, Self::WrongBoot { .. } | Self::WrongKernel { .. })
    }
}

/// Reboots a host and proves it: the boot id before and after, over a fresh connection, then the kernel command line.
///
/// # Errors
/// When the host does not come back within `deadline`, or comes back with another command line. A trial has its own time
/// on top, in which the host goes back by itself.
pub async fn reboot(
    transport: &dyn Transport,
    expected: &BootExpectation,
    deadline: Duration,
) -> Result<Vec<String>, BootError> {
    let deadline = deadline + expected.patience.unwrap_or_default();
    let kernel = match &expected.kernel {
        Some(package) => Some((package.as_str(), release_of(transport, package).await?)),
        None => None,
    };
    let boot = into_new_boot(transport, deadline).await?;
    match kernel {
        Some((package, wanted)) if wanted != boot.kernel => Err(BootError::WrongKernel {
            boot_id: boot.now,
            package: package.to_owned(),
            wanted,
            found: boot.kernel,
        }),
        _ => boot.check(expected),
    }
}

/// The release of a package's kernel.
async fn release_of(transport: &dyn Transport, package: &str) -> Result<String, HostError> {
    let call = Call::new(Script::PackageKernel).args([package]);
    let answer = transport.run(call).await?.success(Script::PackageKernel)?;
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

/// A boot that followed another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBoot {
    before: BootId,
    now: BootId,
    cmdline: String,
    kernel: String,
    took: Duration,
}

/// What a host says of the boot that runs.
struct Boot {
    id: BootId,
    cmdline: String,
    kernel: String,
}

/// Reboots a host, whatever it boots into.
///
/// # Errors
/// When the host does not come back within `deadline`.
pub async fn into_new_boot(transport: &dyn Transport, deadline: Duration) -> Result<NewBoot, BootError> {
    let begin = Instant::now();
    let before = running(transport).await?;
    let mut heard = ask(transport).await?;
    let mut last = "the host has not gone down yet".to_owned();
    let mut patience = FIRST_ATTEMPT;
    loop {
        transport.disconnect().await;
        let left = deadline.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(BootError::Deadline { after: deadline, last });
        }
        tokio::time::sleep(RETRY.min(left)).await;
        let until = (Instant::now() + patience).min(begin + deadline);
        match tokio::time::timeout_at(until, read(transport)).await {
            Ok(Ok(boot)) if boot.id != before => {
                return Ok(NewBoot {
                    before,
                    now: boot.id,
                    cmdline: boot.cmdline,
                    kernel: boot.kernel,
                    took: begin.elapsed(),
                });
            }
            Ok(Ok(_)) => {
                last = "the host has not gone down yet".into();
                // The connection may have been cut before the host was asked; to be asked twice does it no harm.
                if heard == Heard::Unknown {
                    heard = ask(transport).await.unwrap_or(Heard::Unknown);
                }
            }
            Ok(Err(error @ HostError::HostKey { .. })) => return Err(error.into()),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => {
                last = format!("an attempt to log in hung for {} s", patience.as_secs());
                patience = (patience * 2).min(LONGEST_ATTEMPT);
            }
        }
    }
}

/// Whether a host knows that it is to reboot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Yes,
    /// The connection went away, with the host or without it.
    Unknown,
}

async fn ask(transport: &dyn Transport) -> Result<Heard, BootError> {
    let call = Call::new(Script::Reboot).deadline(Duration::from_secs(60));
    match transport.run(call).await {
        Ok(answer) => Ok(answer.success(Script::Reboot).map(|_| Heard::Yes)?),
        // The boot id decides.
        Err(HostError::Lost { .. } | HostError::Timeout { .. }) => Ok(Heard::Unknown),
        Err(error) => Err(error.into()),
    }
}

/// The boot that runs.
///
/// # Errors
/// When the host cannot be asked, or its answer not be read.
pub async fn running(transport: &dyn Transport) -> Result<BootId, HostError> {
    Ok(read(transport).await?.id)
}

async fn read(transport: &dyn Transport) -> Result<Boot, HostError> {
    let answer: Answer = transport
        .run(Call::new(Script::BootId).deadline(Duration::from_secs(120)))
        .await?;
    let answer = answer.success(Script::BootId)?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let mut lines = text.lines().map(str::trim);
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (id, cmdline, kernel) = (line(), line(), line());
    let bad = || HostError::Answer {
        script: Script::BootId.name(),
        what: format!("{id:?} is no boot id"),
    };
    Ok(Boot {
        id: BootId::parse(&id).ok_or_else(bad)?,
        cmdline,
        kernel,
    })
}

impl NewBoot {
    fn check(self, expected: &BootExpectation) -> Result<Vec<String>, BootError> {
        let found = KernelCmdline::parse(&self.cmdline)
            .values("ima_appraise")
            .last()
            .unwrap_or("none")
            .to_owned();
        let missing = cmdline_missing(&expected.cmdline, &self.cmdline);
        if found != expected.appraisal.as_str() || !missing.is_empty() {
            return Err(BootError::WrongBoot {
                boot_id: self.now,
                wanted: expected.appraisal,
                found,
                missing,
                cmdline: self.cmdline,
            });
        }
        let (before, now) = (self.before, self.now);
        Ok(vec![
            format!("boot id {before} → {now} after {} s", self.took.as_secs()),
            format!("/proc/cmdline: {}", self.cmdline),
        ])
    }
}
