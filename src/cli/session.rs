use super::{limit::limit, options::Options, passwords::Passwords, pod};
use crate::{
    config::{Group, Site},
    host::HostError,
    report::{self, Plain},
    resource::Observed,
    rollout::{Events, Fleet},
};
use std::{
    io::{BufRead, ErrorKind, IsTerminal, Write, stderr, stdin, stdout},
    path::PathBuf,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// What ends a command early; already worded for people.
pub type CliError = Box<dyn std::error::Error + Send + Sync>;

/// Whom a command talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contact {
    Hosts,
    Nobody,
}

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
    /// The inventory, as it was given.
    pub given: PathBuf,
    /// `--no-drain`.
    pub no_drain: bool,
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
    pub async fn open(options: &Options) -> Result<Self, CliError> {
        Self::with(options, Contact::Hosts).await
    }

    /// The same for a command that contacts nobody: no password is asked for.
    ///
    /// # Errors
    /// When any input is wrong.
    pub async fn offline(options: &Options) -> Result<Self, CliError> {
        Self::with(options, Contact::Nobody).await
    }

    async fn with(options: &Options, contact: Contact) -> Result<Self, CliError> {
        let site = Site::load(&options.inventory)?;
        let fingerprint = site.fingerprint();
        let inventory = site.inventory.canonicalize()?;
        let mut passwords = Passwords::default();
        let patterns = match &options.limit {
            Some(patterns) => pod::patterns(patterns, &site.targets, &mut passwords).await?,
            None => Vec::new(),
        };
        let mut targets = limit(site.targets, &patterns, &inventory)?;
        if options.no_drain {
            targets.iter_mut().for_each(|target| target.kubernetes = None);
        }
        if contact == Contact::Hosts {
            passwords.ask_for(&targets)?;
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        let bars =
            stderr().is_terminal() && !options.plain && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let reporter = report::for_person(if bars { Plain::Bars } else { Plain::Lines });
        Ok(Self {
            groups: site.groups,
            inventory,
            given: options.inventory.clone(),
            no_drain: options.no_drain,
            fingerprint,
            fleet: Fleet::new(targets, passwords.known()),
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
