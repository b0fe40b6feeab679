use crate::{
    cli::{
        options::Options,
        session::{CliError, Session},
    },
    host::{Call, Script},
    ima::policy::{Access, Kernel, SecureBoot, parse_fsmagic, parse_fsuuid},
    resource::{Observed, policy},
};
use std::path::Path;

/// A file of a host, as somebody accesses it there.
pub struct Live {
    /// The access, with the file's own attributes.
    pub access: Access,
    /// The kernel that the host runs.
    pub kernel: Kernel,
    /// Whether the firmware verified it; then the rules of the architecture stay.
    pub secure_boot: SecureBoot,
}

/// Looks at a file of a host. Nothing is changed there.
///
/// # Errors
/// Wrong input, a host that cannot be reached, or a file that is not there.
pub async fn file_on(inventory: &Path, host: &str, path: &str, access: Access) -> Result<Live, CliError> {
    let options = Options {
        no_drain: true,
        inventory: inventory.to_owned(),
        limit: Some(host.to_owned()),
        plain: true,
        concurrency: 1,
    };
    let session = Session::open(&options).await?;
    let answer = look(&session, host, path).await;
    session.close().await;
    let (facts, observed) = answer?;
    let kernel = policy::kernel_of(&observed)
        .ok_or_else(|| format!("{host}: its kernel {} is not known here", observed.kernel_release))?;
    let secure_boot = if observed.integrity.secure_boot {
        SecureBoot::On
    } else {
        SecureBoot::Off
    };
    Ok(Live {
        access: with_facts(access, &facts),
        kernel,
        secure_boot,
    })
}

async fn look(session: &Session, host: &str, path: &str) -> Result<(String, Observed), CliError> {
    let [member] = session.fleet.members.as_slice() else {
        return Err(format!(
            "error: --host {host} means {} hosts; name one",
            session.fleet.members.len()
        )
        .into());
    };
    let observed = member.probe().await.map_err(|error| format!("{host}: {error}"))?;
    let call = Call::new(Script::FileFacts).args([path.to_owned()]);
    let answer = member
        .transport
        .run(call)
        .await
        .and_then(|answer| answer.success(Script::FileFacts));
    let answer = answer.map_err(|error| format!("{host}: {error}"))?;
    Ok((String::from_utf8_lossy(&answer.stdout).into_owned(), observed))
}

/// Puts in what the script says of the file.
fn with_facts(mut access: Access, facts: &str) -> Access {
    let fact = |key: &str| {
        let line = facts.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
        line.map(str::trim).filter(|value| !value.is_empty())
    };
    access.fowner = fact("owner").and_then(|owner| owner.parse().ok());
    access.fgroup = fact("group").and_then(|group| group.parse().ok());
    access.fsmagic = fact("fsmagic").and_then(parse_fsmagic);
    // `fuse.sshfs`: name and subtype.
    if let Some((name, subtype)) = fact("fstype").map(|name| name.split_once('.').unwrap_or((name, ""))) {
        access.fsname = Some(name.to_owned());
        access.fs_subtype = Some(subtype.to_owned());
    }
    // Of a file system whose UUID has another form the kernel's is not known.
    access.fsuuid = fact("fsuuid").filter(|uuid| uuid.len() == 36).and_then(parse_fsuuid);
    access
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ima::policy::Func;

    #[test]
    fn takes_what_the_host_says() {
        let facts = "owner 0\ngroup 42\nfsmagic ef53\nfstype ext4\nfsuuid 0fc63daf-8483-4772-8e79-3d69d8477de4\n";
        let access = with_facts(Access::new(Func::FileCheck), facts);
        assert_eq!(
            (access.fowner, access.fgroup, access.fsmagic),
            (Some(0), Some(42), Some(0xef53))
        );
        assert_eq!(
            (access.fsname.as_deref(), access.fs_subtype.as_deref()),
            (Some("ext4"), Some(""))
        );
        assert_eq!(access.fsuuid.map(|uuid| uuid[0]), Some(0x0f));
        let access = with_facts(Access::new(Func::FileCheck), "owner 1\nfstype fuse.sshfs\nfsuuid \n");
        assert_eq!((access.fs_subtype.as_deref(), access.fsuuid), (Some("sshfs"), None));
    }
}
