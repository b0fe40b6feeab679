use super::{
    attribute::{Attribute, Part},
    partition::Value,
};
use crate::ima::policy::{Access, Credentials, Func};
use std::fmt;

/// An access as people read it, by the words of the policy language: `func=BPRM_CHECK mask=MAY_EXEC fowner=1000`.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a>(pub &'a Access);

impl fmt::Display for Example<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = self.0;
        write!(f, "func={}", access.func)?;
        // The others are no files, or are not asked for by a mask.
        if !access.func.is_about_data() && !matches!(access.func, Func::KexecCmdline | Func::SetxattrCheck) {
            write!(f, " mask={}", access.mask)?;
        }
        word(f, Attribute::FsMagic, access.fsmagic.map(Value::Magic))?;
        word(f, Attribute::FsName, access.fsname.as_ref())?;
        word(
            f,
            Attribute::FsSubtype,
            access.fs_subtype.as_ref().filter(|name| !name.is_empty()),
        )?;
        word(f, Attribute::FsUuid, access.fsuuid.map(Value::Uuid))?;
        process(f, Attribute::User, access.user)?;
        process(f, Attribute::Group, access.group)?;
        word(f, Attribute::Owner, access.fowner)?;
        word(f, Attribute::FileGroup, access.fgroup)?;
        for (field, label) in &access.labels {
            word(f, Attribute::Label(*field), Some(label))?;
        }
        let data = if access.func == Func::KeyCheck {
            Attribute::Keyring
        } else {
            Attribute::Source
        };
        word(f, data, access.data.as_ref())
    }
}

fn word(f: &mut fmt::Formatter<'_>, attribute: Attribute, value: Option<impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " {attribute}={value}"))
}

fn process(f: &mut fmt::Formatter<'_>, of: fn(Part) -> Attribute, credentials: Credentials) -> fmt::Result {
    word(f, of(Part::Real), credentials.real)?;
    word(f, of(Part::Effective), credentials.effective)?;
    if let Some(saved) = credentials.saved {
        write!(f, " ({} {saved})", of(Part::Saved))?;
    }
    match credentials.changes {
        Some(true) => write!(f, " with {}", of(Part::Changes)),
        Some(false) => write!(f, " without {}", of(Part::Changes)),
        None => Ok(()),
    }
}
