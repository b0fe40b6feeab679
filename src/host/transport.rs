use super::{Answer, Call, HostError, LocalTransport, SshTransport};
use crate::config::{Connection, Privilege};
use std::{pin::Pin, sync::Arc};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The way to one host. It connects when it is first needed and stays connected.
pub trait Transport: Send + Sync {
    /// Runs a script as the privileged user.
    fn run(&self, call: Call) -> BoxFuture<'_, Result<Answer, HostError>>;

    /// Drops the connection: the next run makes a fresh one.
    fn disconnect(&self) -> BoxFuture<'_, ()>;
}

/// The transport that an inventory asks for. `password` is sudo's, where one is needed.
pub fn open(connection: &Connection, privilege: &Privilege, password: Option<String>) -> Arc<dyn Transport> {
    let sudo = Sudo::new(privilege, password);
    match connection {
        Connection::Local => Arc::new(LocalTransport::new(sudo)),
        Connection::Ssh(ssh) => Arc::new(SshTransport::new(ssh.clone(), sudo)),
    }
}

/// How a script becomes root's.
pub(super) enum Sudo {
    Unneeded,
    WithoutPassword,
    WithPassword(String),
}

impl Sudo {
    fn new(privilege: &Privilege, password: Option<String>) -> Self {
        match (privilege, password) {
            (Privilege::None, _) => Self::Unneeded,
            (Privilege::Sudo { .. }, None) => Self::WithoutPassword,
            (Privilege::Sudo { .. }, Some(password)) => Self::WithPassword(password),
        }
    }

    /// The whole argument list of a call, the program first.
    pub(super) fn argv(&self, call: &Call) -> Vec<String> {
        let prefix: &[&str] = match self {
            Self::Unneeded => &[],
            Self::WithoutPassword => &["sudo", "-n", "--"],
            // -k: a cached credential would leave the password unread on standard input.
            Self::WithPassword(_) => &["sudo", "-k", "-S", "-p", "", "--"],
        };
        let mut argv: Vec<String> = prefix.iter().map(|word| (*word).to_owned()).collect();
        argv.extend([
            "sh".to_owned(),
            "-c".to_owned(),
            call.script.text(),
            "imaform".to_owned(),
        ]);
        argv.extend(call.args.iter().cloned());
        argv
    }

    /// What goes to standard input: the password where sudo reads one, the mark that the prelude waits for and
    /// the run that must hold the lock, the data.
    pub(super) fn input(&self, call: &Call) -> Vec<u8> {
        let mut input = Vec::with_capacity(call.input.len() + 64);
        if let Self::WithPassword(password) = self {
            input.extend_from_slice(password.as_bytes());
            input.push(b'\n');
        }
        let holder = call.holder.as_ref().map_or_else(String::new, |run| format!(" {run}"));
        input.extend_from_slice(format!("%%imaform data {}{holder}\n", call.mark).as_bytes());
        input.extend_from_slice(&call.input);
        input
    }

    /// The error of a run in which the script never began.
    pub(super) fn refusal(&self, stderr: &str) -> HostError {
        let reason = stderr.trim();
        let help = match self {
            Self::Unneeded => "the remote user needs a shell that can run sh -c",
            Self::WithoutPassword if reason.contains("password") => {
                "allow the user NOPASSWD in sudoers, or set `become_password` in the inventory (ask, file or env)"
            }
            Self::WithPassword(_) if reason.contains("incorrect") || reason.contains("no password") => {
                "the password from `become_password` is wrong"
            }
            _ if reason.contains("not found") => "install sudo on the host, or log in as root with `become: none`",
            _ => "check sudoers on the host",
        };
        HostError::Privilege {
            reason: if reason.is_empty() { "no reason given" } else { reason }.to_owned(),
            help,
        }
    }
}
