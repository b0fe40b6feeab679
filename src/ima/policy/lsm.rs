use std::fmt;

/// The major security module, of which a kernel runs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lsm {
    /// Knows `subj_role=`, by profile.
    AppArmor,
    /// Knows all six.
    Selinux,
    /// Knows `subj_user=` and `obj_user=`.
    Smack,
}

impl fmt::Display for Lsm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AppArmor => "AppArmor",
            Self::Selinux => "SELinux",
            Self::Smack => "Smack",
        })
    }
}
