//! Names that a package manager leaves in a list. dpkg's are those of its sources (`lib/dpkg/dpkg.h`, `src/main`), rpm's
//! of `lib/fsm.cc` and `lib/rpmscript.cc`.

/// What a name has to do with a package manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trace {
    /// `dpkg` or `rpm`.
    pub manager: &'static str,
    pub kind: Kind,
    /// The package that the name tells, where it tells one; with its version where the name is that of an archive.
    pub package: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is read or executed while packages are unpacked and set up, and not otherwise.
    Work,
    /// Its records. They are also read to answer questions: only another content of them shows work.
    Record,
    /// A package as a file. It may have been fetched, and not installed.
    Archive,
    /// A program of its. It also runs to answer questions.
    Program,
}

const DPKG_INFO: &str = "/var/lib/dpkg/info/";

const PROGRAMS: [(&str, &[&str]); 2] = [
    (
        "dpkg",
        &["dpkg", "dpkg-deb", "apt", "apt-get", "aptitude", "unattended-upgrade"],
    ),
    ("rpm", &["rpm", "dnf", "dnf-3", "dnf5", "microdnf", "yum", "zypper"]),
];

impl Trace {
    pub fn of(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        Self::of_dpkg(name)
            .or_else(|| Self::of_rpm(name))
            .or_else(|| Self::of_program(name))
    }

    fn new(manager: &'static str, kind: Kind, package: Option<&str>) -> Self {
        Self {
            manager,
            kind,
            package: package.map(str::to_owned),
        }
    }

    fn of_dpkg(name: &str) -> Option<Self> {
        let trace = |kind, package| Some(Self::new("dpkg", kind, package));
        if let Some((package, part)) = name.strip_prefix(DPKG_INFO).and_then(|file| file.rsplit_once('.')) {
            let scripts = ["preinst", "postinst", "prerm", "postrm"];
            let kind = if scripts.contains(&part) {
                Kind::Work
            } else {
                Kind::Record
            };
            return trace(kind, Some(package));
        }
        // dpkg-split looks at every archive that is installed.
        if name.starts_with("/var/lib/dpkg/tmp.ci/")
            || name == "/usr/bin/dpkg-split"
            || staged_by_dpkg(name.as_bytes()).is_some()
        {
            return trace(Kind::Work, None);
        }
        // What update-alternatives keeps there is the administrator's, too.
        if name.starts_with("/var/lib/dpkg/") && !name.starts_with("/var/lib/dpkg/alternatives/") {
            return trace(Kind::Record, None);
        }
        let archive = file_name(name).strip_suffix(".deb")?;
        let mut parts = archive.split('_');
        let package = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            // A colon in a version is written %3a.
            (Some(package), Some(version), Some(_), None) => format!("{package} {}", version.replace("%3a", ":")),
            _ => return None,
        };
        trace(Kind::Archive, Some(&package))
    }

    fn of_rpm(name: &str) -> Option<Self> {
        let trace = |kind, package| Some(Self::new("rpm", kind, package));
        if staged_by_rpm(name.as_bytes()).is_some() || name.starts_with("/var/tmp/rpm-tmp.") {
            return trace(Kind::Work, None);
        }
        if name.starts_with("/var/lib/rpm/") || name.starts_with("/usr/lib/sysimage/rpm/") {
            return trace(Kind::Record, None);
        }
        let package = file_name(name).strip_suffix(".rpm")?;
        trace(Kind::Archive, Some(package))
    }

    fn of_program(name: &str) -> Option<Self> {
        let program = name.strip_prefix("/usr/bin/")?;
        let (manager, _) = PROGRAMS.iter().find(|(_, programs)| programs.contains(&program))?;
        Some(Self::new(manager, Kind::Program, None))
    }
}

/// Whether the name is of what comes and goes with packages, and of no interest where they change. Programs and files are
/// not.
pub(super) fn is_passing(name: &[u8]) -> bool {
    !name.starts_with(b"/usr/bin/") && staged(name).is_none() && Trace::of(name).is_some()
}

fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// The file that a package manager unpacked under this name, to rename it into place.
pub(super) fn staged(name: &[u8]) -> Option<&[u8]> {
    staged_by_dpkg(name).or_else(|| staged_by_rpm(name))
}

fn staged_by_dpkg(name: &[u8]) -> Option<&[u8]> {
    name.strip_suffix(b".dpkg-new")
}

/// `;` and the time in eight hexadecimal digits.
fn staged_by_rpm(name: &[u8]) -> Option<&[u8]> {
    let (name, suffix) = name.split_last_chunk::<9>()?;
    let hex = |digit: &u8| digit.is_ascii_digit() || matches!(digit, b'a'..=b'f');
    (suffix.starts_with(b";") && suffix[1..].iter().all(hex)).then_some(name)
}

/// The kernel's release in the name of a module, or of another file beside the modules.
pub(super) fn kernel_of(name: &[u8]) -> Option<&[u8]> {
    let rest = name
        .strip_prefix(b"/usr/lib/modules/")
        .or_else(|| name.strip_prefix(b"/lib/modules/"))?;
    let end = rest.iter().position(|byte| *byte == b'/')?;
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_they_can() {
        for (name, told) in [
            ("/var/lib/dpkg/tmp.ci/preinst", Some(("dpkg", Kind::Work, None))),
            ("/etc/ssl/openssl.cnf.dpkg-new", Some(("dpkg", Kind::Work, None))),
            // It stays beside the file until somebody deletes it.
            ("/etc/ssl/openssl.cnf.dpkg-old", None),
            (
                "/var/lib/dpkg/info/libssl3:amd64.postinst",
                Some(("dpkg", Kind::Work, Some("libssl3:amd64"))),
            ),
            (
                "/var/lib/dpkg/info/openssl.list",
                Some(("dpkg", Kind::Record, Some("openssl"))),
            ),
            ("/var/lib/dpkg/status", Some(("dpkg", Kind::Record, None))),
            (
                "/var/cache/apt/archives/vim_2%3a9.0.1378-2_amd64.deb",
                Some(("dpkg", Kind::Archive, Some("vim 2:9.0.1378-2"))),
            ),
            ("/root/a.deb", None),
            ("/usr/bin/dpkg", Some(("dpkg", Kind::Program, None))),
            ("/usr/bin/dpkg-split", Some(("dpkg", Kind::Work, None))),
            ("/usr/local/bin/dpkg", None),
            ("/usr/bin/bash;65a1b2c3", Some(("rpm", Kind::Work, None))),
            ("/usr/bin/bash;65A1B2C3", None),
            ("/var/lib/rpm/rpmdb.sqlite", Some(("rpm", Kind::Record, None))),
            ("/usr/bin/rpm", Some(("rpm", Kind::Program, None))),
            ("/var/tmp/rpm-tmp.Ab12Cd", Some(("rpm", Kind::Work, None))),
            (
                "/var/cache/dnf/x/packages/vim-9.1-1.fc40.x86_64.rpm",
                Some(("rpm", Kind::Archive, Some("vim-9.1-1.fc40.x86_64"))),
            ),
            ("/usr/bin/sshd", None),
        ] {
            let trace = Trace::of(name.as_bytes());
            let trace = trace
                .as_ref()
                .map(|trace| (trace.manager, trace.kind, trace.package.as_deref()));
            assert_eq!(trace, told, "{name}");
        }
    }

    #[test]
    fn a_module_tells_its_kernel() {
        let name = b"/usr/lib/modules/6.1.0-56-amd64/kernel/fs/ext4/ext4.ko";
        assert_eq!(kernel_of(name), Some(&b"6.1.0-56-amd64"[..]));
        assert_eq!(kernel_of(b"/usr/lib/modules/x"), None);
        assert_eq!(kernel_of(b"/usr/lib/modules-load.d/x"), None);
    }
}
