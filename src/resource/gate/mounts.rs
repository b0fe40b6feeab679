use crate::ima::policy::{Access, parse_fsuuid};

/// File systems whose files have owners and modes of their own and lie on this host: they are walked.
pub(super) const WALKED: [&str; 12] = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "squashfs", "erofs", "iso9660", "tmpfs", "ramfs",
];

/// File systems of the kernel itself, in which there is nothing to run, and which a policy excludes or no one reads.
pub(super) const PSEUDO: [&str; 21] = [
    "proc",
    "sysfs",
    "devtmpfs",
    "devpts",
    "securityfs",
    "cgroup",
    "cgroup2",
    "pstore",
    "bpf",
    "debugfs",
    "tracefs",
    "configfs",
    "fusectl",
    "mqueue",
    "hugetlbfs",
    "autofs",
    "binfmt_misc",
    "efivarfs",
    "nsfs",
    "rpc_pipefs",
    "selinuxfs",
];

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Its type, as `/proc/mounts` names it.
    pub fstype: String,
    /// Its UUID where it has one.
    pub uuid: String,
    /// Its options, separated by commas.
    pub options: String,
    /// Where it is.
    pub target: Vec<u8>,
}

impl Mount {
    /// Reads a line of `findmnt --raw --output FSTYPE,UUID,OPTIONS,TARGET`; `None` for what it never writes.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.splitn(4, |byte| *byte == b' ');
        let mut next = || unescaped(fields.next()?);
        let (fstype, uuid, options, target) = (next()?, next()?, next()?, next()?);
        Some(Self {
            fstype: String::from_utf8(fstype).ok()?,
            uuid: String::from_utf8(uuid).ok()?,
            options: String::from_utf8_lossy(&options).into_owned(),
            target,
        })
    }

    /// Whether nothing on it can be executed or mapped as code.
    pub fn is_noexec(&self) -> bool {
        self.options.split(',').any(|option| option == "noexec")
    }

    /// Whether its files are looked at.
    pub fn is_walked(&self) -> bool {
        WALKED.contains(&self.fstype.as_str())
    }

    /// Whether it is one of the kernel's own.
    pub fn is_pseudo(&self) -> bool {
        PSEUDO.contains(&self.fstype.as_str())
    }

    /// Tells an access on which file system it is.
    pub fn describe(&self, mut access: Access) -> Access {
        let (name, subtype) = self.fstype.split_once('.').unwrap_or((&self.fstype, ""));
        access.fsname = Some(name.to_owned());
        access.fs_subtype = Some(subtype.to_owned());
        // Of a file system whose UUID has another form the kernel's is not known.
        access.fsuuid = Some(self.uuid.as_str())
            .filter(|uuid| uuid.len() == 36)
            .and_then(parse_fsuuid);
        access.complete()
    }
}

/// What is mounted on a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mounts(Vec<Mount>);

impl Mounts {
    /// Adds the next one; of several on one place the last is seen.
    pub fn add(&mut self, mount: Mount) {
        self.0.retain(|other| other.target != mount.target);
        self.0.push(mount);
    }

    /// The one on which a file lies.
    pub fn of(&self, path: &[u8]) -> Option<&Mount> {
        let covering = self.0.iter().filter(|mount| covers(&mount.target, path));
        covering.max_by_key(|mount| mount.target.len())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter()
    }
}

fn covers(target: &[u8], path: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(target) else {
        return false;
    };
    target.ends_with(b"/") || rest.is_empty() || rest.starts_with(b"/")
}

/// libmount writes bytes that are blank or not printable as `\xNN`.
fn unescaped(field: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        if let Some([high, low, after @ ..]) = rest.strip_prefix(b"\\x") {
            let digits = [*high, *low];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    Some(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ima::policy::Func;

    fn mounts(lines: &[&str]) -> Mounts {
        let mut mounts = Mounts::default();
        lines
            .iter()
            .for_each(|line| mounts.add(Mount::parse(line.as_bytes()).unwrap()));
        mounts
    }

    #[test]
    fn a_file_lies_on_the_nearest_mount_and_on_the_last_of_a_place() {
        let mounts = mounts(&[
            r"ext4 0fc63daf-8483-4772-8e79-3d69d8477de4 rw,relatime /",
            r"tmpfs  rw,nosuid,noexec /srv",
            r"xfs  ro /srv",
            r"vfat 1234-ABCD rw /srv/a\x20b",
        ]);
        let name = |path: &str| mounts.of(path.as_bytes()).unwrap().fstype.clone();
        assert_eq!(name("/srv/x"), "xfs");
        assert_eq!(name("/srvx"), "ext4");
        assert_eq!(name("/srv/a b/c"), "vfat");
        assert!(!mounts.of(b"/srv/x").unwrap().is_noexec());
    }

    #[test]
    fn an_access_learns_its_file_system() {
        let mount = Mount::parse(b"fuse.sshfs  rw,noexec /m").unwrap();
        let access = mount.describe(Access::new(Func::FileCheck));
        assert_eq!(access.fs_subtype.as_deref(), Some("sshfs"));
        assert_eq!((access.fsmagic, access.fsuuid), (Some(0x6573_5546), None));
        assert!(mount.is_noexec() && !mount.is_walked() && !mount.is_pseudo());
    }

    #[test]
    fn what_findmnt_never_writes_is_no_mount() {
        for line in [&b"ext4 x rw"[..], b"ext4  rw /\\xZZ", b""] {
            assert_eq!(Mount::parse(line), None, "{}", line.escape_ascii());
        }
    }
}
