use crate::{
    config::Token,
    ima::{KernelCmdline, KernelVersion},
};
use serde::{Deserialize, Serialize};

/// What `lsm: +integrity` comes to on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum LsmOutcome {
    /// No parameter is wanted; a foreign `lsm=` stays as it is.
    AlreadyOn(AlreadyOn),
    /// `lsm=` with the host's whole list and the new member at its end.
    Wanted(Token),
}

/// Why no `lsm=` is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AlreadyOn {
    /// Since Linux 6.8 (LSM_ORDER_LAST in security/integrity).
    #[error("since Linux 6.8 it is on whatever `lsm=` says")]
    AlwaysOn,
    /// Before Linux 5.1.
    #[error("before Linux 5.1 there is no `lsm=` list and it is always on")]
    NoList,
    /// In `lsm=`.
    #[error("the running command line's `lsm=` has it")]
    InCmdline,
    /// In CONFIG_LSM, and there is no `lsm=`.
    #[error("the kernel's own list, CONFIG_LSM, has it")]
    InConfig,
}

/// Why the list cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LsmError {
    /// `lsm=` replaces the whole list, so it must be known.
    #[error(
        "`lsm: +{member}` needs the host's list, but neither `lsm=` nor CONFIG_LSM is known there: write the whole list \
         into the playbook (`cat /sys/kernel/security/lsm` shows what is on)"
    )]
    NoList {
        /// The member to add.
        member: String,
    },
    /// `security=` stops counting as soon as there is a `lsm=` (security/security.c).
    #[error(
        "`lsm: +{member}` would switch off `security={major}`, which the host boots with: write the whole `lsm=` list \
         into the playbook, with {major} as the only major module, and `security: false`"
    )]
    SecurityParameter {
        /// The member to add.
        member: String,
        /// The value of `security=`.
        major: String,
    },
}

/// Resolves `lsm: +member`, given the running command line, `CONFIG_LSM` as Kconfig writes it, and the kernel.
///
/// `lsm=` replaces the whole list, and up to 6.7 `integrity` is on only if it is listed; so the running list
/// (`lsm=`, else `CONFIG_LSM`) is kept and the member added. Members already in it want nothing, so that the list that
/// an earlier run wrote stays as it is.
///
/// # Errors
/// What [`LsmError`] lists.
pub fn resolve_lsm(
    member: &str,
    running: &KernelCmdline,
    config_lsm: Option<&str>,
    kernel: KernelVersion,
) -> Result<LsmOutcome, LsmError> {
    let integrity = matches!(member, "integrity" | "ima" | "evm");
    if is_always_on(member, kernel) {
        return Ok(LsmOutcome::AlreadyOn(AlreadyOn::AlwaysOn));
    }
    if integrity && kernel < KernelVersion::new(5, 1) {
        return Ok(LsmOutcome::AlreadyOn(AlreadyOn::NoList));
    }
    let from_cmdline = running.values("lsm").last();
    let list = from_cmdline
        .or(config_lsm)
        .map(|list| list.trim_matches('"'))
        .filter(|list| !list.is_empty() && *list != "n")
        .ok_or_else(|| LsmError::NoList {
            member: member.to_owned(),
        })?;
    if list.split(',').any(|listed| listed == member) {
        let why = if from_cmdline.is_some() {
            AlreadyOn::InCmdline
        } else {
            AlreadyOn::InConfig
        };
        return Ok(LsmOutcome::AlreadyOn(why));
    }
    if from_cmdline.is_none()
        && let Some(major) = running.values("security").last()
    {
        return Err(LsmError::SecurityParameter {
            member: member.to_owned(),
            major: major.to_owned(),
        });
    }
    Ok(LsmOutcome::Wanted(Token::Value(format!("{list},{member}"))))
}

/// Which modules `lsm=list` switches off of those that are `on` (`/sys/kernel/security/lsm`); of a kernel whose version nobody can
/// tell, as far as the list says.
pub fn switched_off<'a>(list: &str, on: &'a str, kernel: Option<KernelVersion>) -> Vec<&'a str> {
    // In the order in which they were initialised: before `capability` are the early ones (DEFINE_EARLY_LSM: lockdown),
    // which security/security.c does not look up in any list.
    let others = on.split_once("capability").map_or(on, |(_, others)| others);
    others
        .split(',')
        .filter(|name| !name.is_empty() && kernel.is_none_or(|kernel| !is_always_on(name, kernel)))
        .filter(|name| list.split(',').all(|kept| kept != *name))
        .collect()
}

/// LSM_ORDER_LAST in security/integrity, since Linux 6.8.
fn is_always_on(member: &str, kernel: KernelVersion) -> bool {
    matches!(member, "integrity" | "ima" | "evm") && kernel >= KernelVersion::new(6, 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Option<&str> = Some("\"landlock,yama,apparmor\"");

    fn resolve(cmdline: &str, config: Option<&str>, major: u32, minor: u32) -> Result<LsmOutcome, LsmError> {
        resolve_lsm(
            "integrity",
            &KernelCmdline::parse(cmdline),
            config,
            KernelVersion::new(major, minor),
        )
    }

    #[test]
    fn keeps_the_list_and_adds_to_it() {
        let wanted = |list: &str| Ok(LsmOutcome::Wanted(Token::Value(list.to_owned())));
        let on = |why| Ok(LsmOutcome::AlreadyOn(why));
        assert_eq!(resolve("ro", CONFIG, 6, 1), wanted("landlock,yama,apparmor,integrity"));
        assert_eq!(
            resolve("lsm=yama lsm=yama,bpf", CONFIG, 6, 1),
            wanted("yama,bpf,integrity")
        );
        assert_eq!(resolve("lsm=yama,integrity", CONFIG, 6, 1), on(AlreadyOn::InCmdline));
        assert_eq!(resolve("ro", Some("\"yama,integrity\""), 5, 4), on(AlreadyOn::InConfig));
        assert_eq!(resolve("ro", CONFIG, 6, 8), on(AlreadyOn::AlwaysOn));
        assert_eq!(resolve("ro", None, 4, 19), on(AlreadyOn::NoList));
    }

    #[test]
    fn what_no_list_leaves_out_is_not_switched_off() {
        let off = |list, on, major, minor| switched_off(list, on, Some(KernelVersion::new(major, minor)));
        // Seen on guests, Debian 12 and 13.
        let bookworm = "lockdown,capability,landlock,yama,apparmor,tomoyo,bpf";
        let lost = ["landlock", "yama", "apparmor", "tomoyo", "bpf"];
        assert_eq!(off("integrity", bookworm, 6, 1), lost);
        let trixie = "lockdown,capability,landlock,yama,apparmor,tomoyo,bpf,ipe,ima,evm";
        assert_eq!(off("integrity", trixie, 6, 12), [&lost[..], &["ipe"]].concat());
        assert_eq!(switched_off("integrity", "capability,yama,ima", None), ["yama", "ima"]);
        assert_eq!(off("yama,apparmor", "capability,yama,integrity", 6, 1), ["integrity"]);
        // CONFIG_LSM, where securityfs cannot be read.
        assert_eq!(off("integrity", "yama,integrity", 6, 1), ["yama"]);
    }

    #[test]
    fn refuses_to_switch_modules_off() {
        assert!(matches!(resolve("ro", None, 6, 1), Err(LsmError::NoList { .. })));
        assert!(matches!(
            resolve("security=selinux", CONFIG, 6, 1),
            Err(LsmError::SecurityParameter { .. })
        ));
    }
}
