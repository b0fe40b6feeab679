use crate::ima::policy::{Func, Mask};

/// What root usually does with a file, as far as its name and its mode tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// It is a program: any of the executable bits is set.
    Execute,
    /// It is a shared object.
    Map,
    /// It is a kernel module.
    Module,
    /// It is firmware.
    Firmware,
    /// Every file may be read.
    Read,
}

impl Nature {
    /// All of them, what matters most first.
    pub const ALL: [Self; 5] = [Self::Execute, Self::Map, Self::Module, Self::Firmware, Self::Read];

    /// Whether a file is of this nature. `gate.sh` has the same tests as arguments of find.
    pub fn is_of(self, path: &[u8], mode: u32) -> bool {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        match self {
            Self::Execute => mode & 0o111 != 0,
            Self::Map => has_suffix(name, b".so"),
            Self::Module => holds(path, b"/lib/modules/") && has_suffix(name, b".ko"),
            Self::Firmware => holds(path, b"/lib/firmware/"),
            Self::Read => true,
        }
    }

    /// The word in `gate.sh`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Execute => "execute",
            Self::Map => "map",
            Self::Module => "module",
            Self::Firmware => "firmware",
            Self::Read => "read",
        }
    }

    /// What happens to such a file, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Execute => "its execution",
            Self::Map => "its use as a library",
            Self::Module => "its loading as a module",
            Self::Firmware => "its loading as firmware",
            Self::Read => "root's reading it",
        }
    }

    /// The hooks that ask the policy then, and with which mask (security/integrity/ima/ima_main.c).
    pub fn accesses(self) -> &'static [(Func, Mask)] {
        match self {
            // The kernel opens a program, checks it for the old and the new credentials, and maps what is ELF.
            Self::Execute => &[
                (Func::BprmCheck, Mask::EXEC),
                (Func::CredsCheck, Mask::EXEC),
                (Func::MmapCheck, Mask::EXEC),
                (Func::FileCheck, Mask::EXEC),
            ],
            Self::Map => &[(Func::MmapCheck, Mask::EXEC), (Func::MmapCheckReqprot, Mask::EXEC)],
            Self::Module => &[(Func::ModuleCheck, Mask::READ)],
            Self::Firmware => &[(Func::FirmwareCheck, Mask::READ)],
            Self::Read => &[(Func::FileCheck, Mask::READ)],
        }
    }

    /// Whether it cannot happen on a file system that is mounted `noexec`.
    pub fn needs_exec(self) -> bool {
        matches!(self, Self::Execute | Self::Map)
    }
}

/// Whether the name ends so, or goes on with a version or a compression after it.
fn has_suffix(name: &[u8], suffix: &[u8]) -> bool {
    name.ends_with(suffix) || holds(name, &[suffix, b"."].concat())
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_modes_tell() {
        for (path, mode, natures) in [
            ("/usr/bin/ls", 0o755, &[Nature::Execute][..]),
            ("/usr/lib/libc.so.6", 0o644, &[Nature::Map]),
            ("/usr/lib/python3/x.so", 0o755, &[Nature::Execute, Nature::Map]),
            ("/usr/lib/modules/6.1/a.ko", 0o644, &[Nature::Module]),
            ("/lib/modules/6.1/a.ko.xz", 0o644, &[Nature::Module]),
            ("/srv/a.ko", 0o644, &[]),
            ("/usr/lib/firmware/a.bin", 0o644, &[Nature::Firmware]),
            ("/etc/ld.so.d/conf", 0o644, &[]),
            ("/etc/also", 0o600, &[]),
        ] {
            let found: Vec<_> = Nature::ALL
                .into_iter()
                .filter(|nature| *nature != Nature::Read && nature.is_of(path.as_bytes(), mode))
                .collect();
            assert_eq!(found, natures, "{path}");
        }
    }
}
