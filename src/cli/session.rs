use super::{limit::limit, options::Options};
use crate::{
    config::{Group, PasswordSource, Privilege, Site, Target},
    host::HostError,
    report::{self, Plain},
    resource::Observed,
    rollout::{Events, Fleet},
};
use std::{
    collections::BTreeMap,
    io::{BufRead, ErrorKind, IsTerminal, Write, stderr, stdin, stdout},
    path::PathBuf,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// What ends a command early; already worded for people.
pub type CliError = Box<dyn std::error::Error + Send + Sync>;

/// Hosts behind open doors, and who hears of what happens to them.
pub struct Session {
    /// The hosts.
    pub fleet: Fleet,
    /// The groups of the inventory.
    pub groups: Vec<Group>,
    /// Where events go.
    pub events: Events,
    /// The inventory, absolute.
    pub inventory: PathBuf,
    /// Stands for everything that it and what it names say.
    pub fingerprint: String,
    /// How many hosts at a time.
    pub concurrency: usize,
    reporter: JoinHandle<()>,
}

impl Session {
    /// Loads everything and asks for passwords. Nothing is contacted before all input is valid.
    ///
    /// # Errors
    /// When any input is wrong.
    pub fn open(options: &Options) -> Result<Self, CliError> {
        let site = Site::load(&options.inventory)?;
        let fingerprint = site.fingerprint();
        let inventory = site.inventory.canonicalize()?;
        let targets = limit(site.targets, options.limit.as_deref(), &inventory)?;
        let passwords = passwords(&targets)?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let bars =
            stderr().is_terminal() && !options.plain && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let reporter = report::for_person(if bars { Plain::Bars } else { Plain::Lines });
        Ok(Self {
            groups: site.groups,
            inventory,
            fingerprint,
            fleet: Fleet::new(targets, &passwords),
            events: Events::new(sender),
            concurrency: usize::from(options.concurrency),
            reporter: report::spawn(reporter, receiver),
        })
    }

    /// The names of the hosts, in their order.
    pub fn names(&self) -> Vec<String> {
        let members = self.fleet.members.iter();
        members.map(|member| member.target.name.clone()).collect()
    }

    /// Looks at every host.
    pub async fn probe(&self) -> Vec<Result<Observed, HostError>> {
        self.fleet.probe(self.concurrency, &self.events).await
    }

    /// Closes the doors and lets the reporter finish.
    pub async fn close(self) {
        self.fleet.close().await;
        drop(self.events);
        // A reporter that failed has nothing more to show.
        let _ = self.reporter.await;
    }
}

/// Runs a command that waits for hosts.
///
/// # Errors
/// The command's own.
pub fn block_on<T>(future: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(future)
}

/// Writes to standard output. That its reader has gone, as with `| head`, is no error.
///
/// # Errors
/// Any other failure to write.
pub fn say(text: impl AsRef<[u8]>) -> std::io::Result<()> {
    let mut out = stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Asks a yes-or-no question.
///
/// # Errors
/// Without a terminal to ask on: silence is no answer.
pub fn confirmed(question: &str) -> Result<bool, CliError> {
    if !stdin().is_terminal() {
        return Err("error: there is no terminal to ask on; --yes carries the plan out without asking".into());
    }
    eprint!("{question} Only 'yes' is taken as an answer: ");
    stderr().flush()?;
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

fn passwords(targets: &[Target]) -> Result<BTreeMap<PasswordSource, String>, CliError> {
    let mut passwords = BTreeMap::new();
    for target in targets {
        let Privilege::Sudo { password: Some(source) } = &target.privilege else {
            continue;
        };
        if passwords.contains_key(source) {
            continue;
        }
        let password = match source {
            PasswordSource::Ask => rpassword::prompt_password("sudo password: ")
                .map_err(|error| format!("error: the sudo password cannot be asked for: {error}"))?,
            PasswordSource::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("error: the sudo password in {}: {error}", path.display()))?
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
            PasswordSource::Env(name) => std::env::var(name)
                .map_err(|_| format!("error: the sudo password: the environment has no variable {name}"))?,
        };
        if password.is_empty() || password.contains('\n') {
            return Err("error: the sudo password is empty or has several lines".into());
        }
        passwords.insert(source.clone(), password);
    }
    Ok(passwords)
}
