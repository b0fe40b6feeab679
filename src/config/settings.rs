use super::{
    Connection, PasswordSource, Privilege, SshConnection, duration, names,
    node::{Place, Value},
    paths,
    problems::{Complaint, Problems},
    quote,
    section::{Field, Section},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The settings that only mean something to ssh.
const SSH_ONLY: [&str; 8] = [
    "address",
    "port",
    "user",
    "identity_file",
    "jump_host",
    "known_hosts",
    "ssh_config",
    "connect_timeout",
];

/// How hosts are reached, as one level of the inventory says it. What a level leaves out comes from the level above.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    local: Option<bool>,
    address: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    identity_file: Option<PathBuf>,
    jump_host: Option<String>,
    known_hosts: Option<PathBuf>,
    ssh_config: Option<PathBuf>,
    connect_timeout: Option<Duration>,
    sudo: Option<bool>,
    password: Option<PasswordSource>,
}

impl Settings {
    /// The keys of `defaults` and groups; a host also has an `address`.
    pub(super) const KEYS: [&str; 10] = [
        "connection",
        "port",
        "user",
        "identity_file",
        "jump_host",
        "known_hosts",
        "ssh_config",
        "connect_timeout",
        "become",
        "become_password",
    ];

    /// Reads one level and puts it on top of the one above; files are relative to `directory`.
    pub(super) fn read(section: &Section, directory: &Path, upper: &Self, problems: &mut Problems) -> Self {
        let text = |key: &str, check: &dyn Fn(&str) -> Result<(), Complaint>, problems: &mut Problems| {
            let field = section.get(key)?;
            let value = field.string(problems)?;
            problems.check(field.node.place, check(value)).then(|| value.to_owned())
        };
        let file = |key: &str, problems: &mut Problems| {
            let field = section.get(key)?;
            let value = field.string(problems)?;
            let path = local_path(directory, value, field.node.place, problems)?;
            problems.check(field.node.place, must_exist(key, &path)).then_some(path)
        };
        let settings = Self {
            local: section
                .get("connection")
                .and_then(|field| field.word(&["ssh", "local"], problems))
                .map(|word| word == "local"),
            address: text("address", &names::address, problems),
            port: section
                .get("port")
                .and_then(|field| field.integer(1, 65_535, problems))
                .and_then(|port| u16::try_from(port).ok()),
            user: text("user", &|name| names::user("user", name), problems),
            identity_file: file("identity_file", problems),
            jump_host: text("jump_host", &names::jump_host, problems),
            known_hosts: file("known_hosts", problems),
            ssh_config: file("ssh_config", problems),
            connect_timeout: section
                .get("connect_timeout")
                .and_then(|field| duration::read(field, problems)),
            sudo: section
                .get("become")
                .and_then(|field| field.word(&["sudo", "none"], problems))
                .map(|word| word == "sudo"),
            password: section
                .get("become_password")
                .and_then(|field| password(field, directory, problems)),
        };
        let merged = settings.over(upper);
        merged.check(section, problems);
        merged
    }

    /// Checks the keys that a level gives against what holds there.
    fn check(&self, section: &Section, problems: &mut Problems) {
        if self.local == Some(true) {
            for field in SSH_ONLY.iter().filter_map(|key| section.get(key)) {
                problems.error(
                    field.key.place,
                    format!("`{}` has no meaning with `connection: local`", field.key.name),
                );
            }
        }
        if self.sudo == Some(false)
            && let Some(field) = section.get("become_password")
        {
            problems.error(field.key.place, "`become_password` has no meaning with `become: none`");
        }
    }

    /// This level on top of the one above.
    fn over(&self, upper: &Self) -> Self {
        let lower = self.clone();
        let upper = upper.clone();
        Self {
            local: lower.local.or(upper.local),
            address: lower.address.or(upper.address),
            port: lower.port.or(upper.port),
            user: lower.user.or(upper.user),
            identity_file: lower.identity_file.or(upper.identity_file),
            jump_host: lower.jump_host.or(upper.jump_host),
            known_hosts: lower.known_hosts.or(upper.known_hosts),
            ssh_config: lower.ssh_config.or(upper.ssh_config),
            connect_timeout: lower.connect_timeout.or(upper.connect_timeout),
            sudo: lower.sudo.or(upper.sudo),
            password: lower.password.or(upper.password),
        }
    }

    /// The way to a host of this name.
    pub(super) fn connection(&self, name: &str) -> Connection {
        if self.local == Some(true) {
            return Connection::Local;
        }
        Connection::Ssh(SshConnection {
            address: self.address.clone().unwrap_or_else(|| name.to_owned()),
            port: self.port,
            user: self.user.clone(),
            identity_file: self.identity_file.clone(),
            jump_host: self.jump_host.clone(),
            known_hosts: self.known_hosts.clone(),
            ssh_config: self.ssh_config.clone(),
            connect_timeout: self.connect_timeout.unwrap_or(Duration::from_secs(30)),
        })
    }

    /// What tells this machine from others, for people and for comparison.
    pub(super) fn machine(&self, name: &str) -> String {
        if self.local == Some(true) {
            return "this machine (`connection: local`)".to_owned();
        }
        let address = self.address.as_deref().unwrap_or(name);
        let port = self.port.map(|port| format!(" port {port}")).unwrap_or_default();
        let jump = self
            .jump_host
            .as_ref()
            .map(|host| format!(" through {host}"))
            .unwrap_or_default();
        let config = self
            .ssh_config
            .as_ref()
            .map(|path| format!(" by {}", path.display()))
            .unwrap_or_default();
        format!("{address}{port}{jump}{config}")
    }

    /// How to become root: sudo, unless the settings say that the user already is root.
    pub(super) fn privilege(&self) -> Privilege {
        let is_root = self.local == Some(true) || self.user.as_deref() == Some("root");
        if self.sudo.unwrap_or(!is_root) {
            Privilege::Sudo {
                password: self.password.clone(),
            }
        } else {
            Privilege::None
        }
    }
}

/// Resolves a path of this machine, or says what is wrong with it.
pub(super) fn local_path(directory: &Path, value: &str, place: Place, problems: &mut Problems) -> Option<PathBuf> {
    match paths::local(directory, value) {
        Ok(path) => Some(path),
        Err(complaint) => {
            problems.check(place, Err(complaint));
            None
        }
    }
}

fn must_exist(key: &str, path: &Path) -> Result<(), Complaint> {
    // With an agent, ssh is content with the public half of a key.
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    if path.is_file() || (key == "identity_file" && Path::new(&public).is_file()) {
        return Ok(());
    }
    let why = if path.exists() { "is no file" } else { "does not exist" };
    Err(Complaint::new(format!(
        "`{key}`: {} {why}",
        quote(&path.to_string_lossy())
    )))
}

fn password(field: Field, directory: &Path, problems: &mut Problems) -> Option<PasswordSource> {
    const HELP: &str = "write `ask`, `{file: PATH}` or `{env: NAME}`; the password itself does not belong here";
    match &field.node.value {
        Value::String(word) if word == "ask" => Some(PasswordSource::Ask),
        Value::Map(_) => {
            let what = "`become_password`";
            let section = Section::open(field.node, what, field.key.place, &["file", "env"], problems)?;
            let source = section.one_of(&["file", "env"], problems)?;
            let value = source.string(problems)?;
            if source.key.name == "file" {
                return local_path(directory, value, source.node.place, problems).map(PasswordSource::File);
            }
            problems
                .check(source.node.place, names::environment(value))
                .then(|| PasswordSource::Env(value.to_owned()))
        }
        // Neither the value nor its line is shown: it may well be the password.
        _ => {
            let place = field.key.place;
            problems.error_unseen(place, "`become_password` must say where the password comes from", HELP);
            None
        }
    }
}
