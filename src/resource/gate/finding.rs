use std::fmt;

/// Something that enforce would deny, or that would lead to a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is the matter.
    pub kind: Kind,
    /// The file as a shell reads it, or the setting.
    pub subject: String,
    /// Why it would be denied.
    pub why: String,
    /// What to do about it: exclude, label, change the owner, or a setting.
    pub remedy: String,
}

/// What is the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A file has no label, or one that is none.
    Unlabelled,
    /// A label does not fit its file.
    Stale,
    /// The same of a file that changed since it was labelled.
    Changed,
    /// The kernel has said in this boot that the label is bad, and the file has none still.
    Denied,
    /// Somebody holds the file open for writing: its label is stale until it is closed, and after a crash.
    Held,
    /// GRUB writes the file, without the kernel.
    Grub,
    /// apt's own files arrive without labels.
    Apt,
    /// A file system of containers, whose images have no labels.
    Overlay,
    /// A file that came to its owner only after it was written.
    Chown,
    /// A hash where a rule asks for a signature.
    Unsigned,
}

impl Kind {
    /// The word in a finding's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unlabelled => "unlabelled",
            Self::Stale => "stale",
            Self::Changed => "changed",
            Self::Denied => "denied",
            Self::Held => "held",
            Self::Grub => "grub",
            Self::Apt => "apt",
            Self::Overlay => "overlay",
            Self::Chown => "chown",
            Self::Unsigned => "unsigned",
        }
    }
}

/// Its name, as `--accept` takes it: `KIND:SUBJECT`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.subject)
    }
}
