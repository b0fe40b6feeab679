use super::text::{LocalPath, SecretSource, Time, UserName};
use schemars::JsonSchema;

/// How hosts are reached; what a level leaves out comes from the level above.
#[derive(JsonSchema)]
pub(super) struct Settings {
    /// By ssh (the default), or this machine itself.
    connection: Option<Connection>,
    /// The port of sshd; without it `~/.ssh/config` decides.
    #[schemars(range(min = 1))]
    port: Option<u16>,
    /// The remote user; without it `~/.ssh/config` decides.
    user: Option<UserName>,
    /// ssh's `IdentityFile`.
    identity_file: Option<LocalPath>,
    /// ssh's `ProxyJump`: `[USER@]HOST[:PORT]`, several with commas between.
    jump_host: Option<JumpHost>,
    /// ssh's `UserKnownHostsFile`.
    known_hosts: Option<LocalPath>,
    /// What ssh reads instead of `~/.ssh/config`.
    ssh_config: Option<LocalPath>,
    /// How long a connection may take to be made; `30s` where this is not given.
    connect_timeout: Option<Time>,
    /// How to become root; `sudo` where this is not given and the user is not root.
    r#become: Option<Become>,
    /// sudo's password: `ask`, `{file: PATH}` or `{env: NAME}`; without it sudo must not ask for one.
    become_password: Option<Password>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Connection {
    /// By the system's ssh, with `~/.ssh/config`, agents and certificates.
    Ssh,
    /// This machine itself.
    Local,
}

#[derive(JsonSchema)]
struct JumpHost(
    #[schemars(regex(
        pattern = r"^([A-Za-z0-9._+\\$][A-Za-z0-9._+\\$-]*@)?[A-Za-z0-9._:%\[\]][A-Za-z0-9._:%\[\]-]*(,([A-Za-z0-9._+\\$][A-Za-z0-9._+\\$-]*@)?[A-Za-z0-9._:%\[\]][A-Za-z0-9._:%\[\]-]*)*$"
    ))]
    String,
);

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Become {
    /// By sudo.
    Sudo,
    /// The user is root.
    None,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Password {
    Ask(Ask),
    Kept(SecretSource),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Ask {
    /// imaform asks before anything begins.
    Ask,
}
