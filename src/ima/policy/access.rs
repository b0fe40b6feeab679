use super::{Func, Keyword, LsmField, Mask, number::UuidText};
use serde::Serialize;
use std::collections::BTreeMap;

/// One access as the kernel sees it when it asks the policy. What is `None` is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// The hook by which the kernel asks.
    pub func: Func,
    /// What the access asks for.
    pub mask: Mask,
    /// The process: its user.
    pub user: Credentials,
    /// The process: its group.
    pub group: Credentials,
    /// The file's owner, as its mount shows it.
    pub fowner: Option<u32>,
    /// The file's group, as its mount shows it.
    pub fgroup: Option<u32>,
    /// The file system's magic number (statfs(2), `f_type`).
    pub fsmagic: Option<u64>,
    /// The file system's name, as in /proc/filesystems.
    pub fsname: Option<String>,
    /// What a FUSE file system calls itself.
    pub fs_subtype: Option<String>,
    /// The file system's UUID.
    #[serde(serialize_with = "uuid_text")]
    pub fsuuid: Option<[u8; 16]>,
    /// Security labels.
    pub labels: BTreeMap<LsmField, String>,
    /// `KEY_CHECK`: the keyring; `CRITICAL_DATA`: the source of the data.
    pub data: Option<String>,
}

/// The three numbers of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Credentials {
    /// Who started it.
    pub real: Option<u32>,
    /// As whom it acts.
    pub effective: Option<u32>,
    /// As whom it may act again; looked at only where the process may change its user or group.
    pub saved: Option<u32>,
    /// Whether it may (`CAP_SETUID`, `CAP_SETGID`).
    pub changes: Option<bool>,
}

impl Credentials {
    /// A process that is this and nothing else, as nearly all are. Root may change.
    pub fn of(id: u32) -> Self {
        Self {
            real: Some(id),
            effective: Some(id),
            saved: Some(id),
            changes: Some(id == 0),
        }
    }
}

impl Access {
    /// An access by this hook of which nothing else is known.
    pub fn new(func: Func) -> Self {
        Self {
            func,
            mask: usual_mask(func),
            user: Credentials::default(),
            group: Credentials::default(),
            fowner: None,
            fgroup: None,
            fsmagic: None,
            fsname: None,
            fs_subtype: None,
            fsuuid: None,
            labels: BTreeMap::new(),
            data: None,
        }
    }

    /// The attributes that are known, as a rule would ask for them.
    pub fn facts(&self) -> Vec<String> {
        let mut facts = vec![format!("func={}", self.func)];
        if self.mask != Mask::NONE {
            facts.push(format!("mask={}", self.mask));
        }
        let mut add = |keyword: Keyword, value: Option<String>| {
            facts.extend(value.map(|value| format!("{keyword}={value}")));
        };
        let id = |id: Option<u32>| id.map(|id| id.to_string());
        add(Keyword::Uid, id(self.user.real));
        add(Keyword::Euid, id(self.user.effective));
        add(Keyword::Gid, id(self.group.real));
        add(Keyword::Egid, id(self.group.effective));
        add(Keyword::Fowner, id(self.fowner));
        add(Keyword::Fgroup, id(self.fgroup));
        add(Keyword::FsMagic, self.fsmagic.map(|magic| format!("{magic:#x}")));
        add(Keyword::FsName, self.fsname.clone());
        add(Keyword::FsSubtype, self.fs_subtype.clone());
        add(Keyword::FsUuid, self.fsuuid.map(|uuid| UuidText(&uuid).to_string()));
        for (field, label) in &self.labels {
            add(Keyword::Lsm(*field), Some(label.clone()));
        }
        let source = if self.func == Func::KeyCheck {
            Keyword::Keyrings
        } else {
            Keyword::Label
        };
        add(source, self.data.clone());
        facts
    }

    /// Fills in the magic number that belongs to the file system's name. Not the other way round: devtmpfs has the number
    /// of tmpfs, and ext2 that of ext4.
    #[must_use]
    pub fn complete(mut self) -> Self {
        if let (Some(name), None) = (&self.fsname, self.fsmagic) {
            self.fsmagic = FILE_SYSTEMS
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, magic)| *magic);
        }
        self
    }
}

/// The mask with which the kernel asks at each hook (ima_main.c). An open may ask for any; reading is the usual one.
pub fn usual_mask(func: Func) -> Mask {
    match func {
        Func::MmapCheck | Func::MmapCheckReqprot | Func::BprmCheck | Func::CredsCheck => Mask::EXEC,
        // process_buffer_measurement() asks with no mask at all, and SETXATTR_CHECK is no access.
        Func::KexecCmdline | Func::KeyCheck | Func::CriticalData | Func::SetxattrCheck => Mask::NONE,
        _ => Mask::READ,
    }
}

/// Names and magic numbers of file systems (include/uapi/linux/magic.h and the file systems themselves).
pub(super) const FILE_SYSTEMS: [(&str, u64); 30] = [
    ("ext2", 0xef53),
    ("ext3", 0xef53),
    ("ext4", 0xef53),
    ("xfs", 0x5846_5342),
    ("btrfs", 0x9123_683e),
    ("f2fs", 0xf2f5_2010),
    ("vfat", 0x4d44),
    ("squashfs", 0x7371_7368),
    ("erofs", 0xe0f5_e1e2),
    ("nfs", 0x6969),
    ("nfs4", 0x6969),
    ("overlay", 0x794c_7630),
    ("fuse", 0x6573_5546),
    ("fuseblk", 0x6573_5546),
    ("proc", 0x9fa0),
    ("sysfs", 0x6265_6572),
    ("debugfs", 0x6462_6720),
    ("tmpfs", 0x0102_1994),
    ("ramfs", 0x8584_58f6),
    ("devpts", 0x1cd1),
    ("binfmt_misc", 0x4249_4e4d),
    ("securityfs", 0x7363_6673),
    ("selinuxfs", 0xf97c_ff8c),
    ("smackfs", 0x4341_5d53),
    ("cgroup", 0x0027_e0eb),
    ("cgroup2", 0x6367_7270),
    ("nsfs", 0x6e73_6673),
    ("efivarfs", 0xde5e_81e4),
    ("devtmpfs", 0x0102_1994),
    ("msdos", 0x4d44),
];

fn uuid_text<S: serde::Serializer>(uuid: &Option<[u8; 16]>, serializer: S) -> Result<S::Ok, S::Error> {
    match uuid {
        Some(uuid) => serializer.collect_str(&UuidText(uuid)),
        None => serializer.serialize_none(),
    }
}
