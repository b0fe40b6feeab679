//! One file a subcommand, each thin.

mod apply;
mod attest;
mod change;
mod completions;
mod exit;
mod facts;
mod format;
mod gate;
mod init;
mod inventory;
mod labels;
mod limit;
mod log;
mod maintain;
mod man;
mod options;
mod passwords;
mod plan;
mod plan_file;
mod pod;
mod policy;
mod quiet_tss;
mod recording;
mod resume;
mod rollback;
mod runs;
mod saved_plan;
mod schema;
mod session;
mod show;
mod shown;
mod status;
mod versioned;
mod who;
mod whole_file;

use clap::{CommandFactory, Parser, Subcommand};
use exit::Exit;
use std::{path::PathBuf, process::ExitCode};

/// Configures the Linux Integrity Measurement Architecture on fleets of hosts, over SSH, and proves it.
#[derive(Debug, Parser)]
#[command(name = "imaform", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  imaform init my-site                       start with a small inventory, playbook and templates
  imaform plan my-site/inventory.yml         what would change, and nothing is changed
  imaform apply my-site/inventory.yml        show the plan, ask, carry it out
  imaform plan my-site/inventory.yml --out plan.json     keep it; then: imaform apply plan.json
  imaform status my-site/inventory.yml       what each host is now
  imaform maintain my-site/inventory.yml -- apt-get -y dist-upgrade
  imaform rollback my-site/inventory.yml --to fix --limit web-1
  imaform policy show tcb                    the rules that the kernel itself brings
  imaform attest my-site/inventory.yml       what the hosts' TPMs say of what was measured
  imaform log diff monday tuesday            what changed between two measurement lists

Exit codes:
    0  done, or nothing to do
    1  error
    2  changes present (--detailed-exitcode)
    3  some hosts unreachable
    4  a gate refused, or a host fell back
    5  verification failed
  130  interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a small commented inventory, playbook and templates that load
    #[command(after_help = "Examples:\n  imaform init my-site")]
    Init {
        /// Where; it is made where it is not there
        directory: PathBuf,
    },
    /// Show what would be done, host by host
    #[command(after_help = plan::EXAMPLES)]
    Plan(plan::Arguments),
    /// Show a plan that was kept in a file
    #[command(after_help = show::EXAMPLES)]
    Show(show::Arguments),
    /// Keep what the hosts are now, for plans that are made without them
    #[command(after_help = facts::EXAMPLES)]
    Facts(facts::Arguments),
    /// Bring the hosts to what their playbooks want
    #[command(after_help = apply::EXAMPLES)]
    Apply(apply::Arguments),
    /// Show what the hosts are now
    #[command(
        after_help = "Examples:\n  imaform status inventory.yml\n  imaform status inventory.yml --format json | jq '.hosts[] | {host, now}'\n  imaform status inventory.yml --labels            name the files whose label does not fit\n  imaform status inventory.yml --labels --format json | jq -r '.hosts[].label_audit.stale[]?.path'\n\nExit codes:\n  0  done; with --labels: every label that can be checked here holds\n  1  error, or labels could not be compared\n  3  some hosts unreachable\n  4  a host fell back from a trial boot\n  5  with --labels: files are stale, unlabelled, unreadable or their label is none"
    )]
    Status(status::Arguments),
    /// Let the hosts' TPMs vouch for their measurement lists, and compare them with what is kept of each host
    #[command(after_help = attest::EXAMPLES, long_about = attest::ABOUT)]
    Attest(attest::Arguments),
    /// Bring prepared hosts back to an earlier appraisal mode
    #[command(
        after_help = "Examples:\n  imaform rollback inventory.yml --to fix --limit web-1\n  imaform rollback inventory.yml --to fix --card    what to type at the console of a host that cannot be reached"
    )]
    Rollback(rollback::Arguments),
    #[command(after_help = maintain::EXAMPLES, long_about = maintain::ABOUT)]
    /// Run a command on enforcing hosts, and keep their labels right
    Maintain(maintain::Arguments),
    /// Show the hosts, or one host with its variables and its rendered playbook
    #[command(
        after_help = "Examples:\n  imaform inventory inventory.yml\n  imaform inventory inventory.yml --host web-1"
    )]
    Inventory {
        /// The inventory
        inventory: PathBuf,
        /// Everything about this host
        #[arg(long, value_name = "NAME")]
        host: Option<String>,
    },
    /// What is kept of the runs that were started here
    #[command(after_help = runs::EXAMPLES)]
    Runs(runs::Arguments),
    /// Labels apart from a whole apply
    #[command(subcommand)]
    Labels(labels::LabelsCommand),
    /// What kernels make of policies
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Measurement lists: show them, prove them against a TPM, compare them
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Print the JSON Schema of inventories or playbooks, for editors, or of plans
    #[command(after_help = schema::EXAMPLES)]
    Schema {
        /// Of what
        document: schema::Document,
    },
    /// Print the script by which a shell completes imaform's command line
    #[command(after_help = completions::EXAMPLES)]
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Write manual pages, one for each subcommand
    #[command(after_help = man::EXAMPLES)]
    Man {
        /// Where; it is made where it is not there
        directory: PathBuf,
    },
}

/// Parses the arguments, runs the command and turns its result into an exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let mut out = Vec::new();
    let result = match arguments.command {
        Command::Init { directory } => init::run(&directory, &mut out).map(|()| Exit::OK).map_err(Into::into),
        Command::Inventory { inventory, host } => inventory::run(&inventory, host.as_deref(), &mut out)
            .map(|()| Exit::OK)
            .map_err(Into::into),
        Command::Schema { document } => schema::run(document, &mut out).map(|()| Exit::OK).map_err(Into::into),
        Command::Completions { shell } => {
            completions::run(shell, Arguments::command(), &mut out);
            Ok(Exit::OK)
        }
        Command::Man { directory } => man::run(Arguments::command(), &directory)
            .map(|()| Exit::OK)
            .map_err(Into::into),
        Command::Policy(command) => policy::run(&command, &mut out),
        Command::Log(command) => {
            if command.reads_quote() {
                quiet_tss::ensure();
            }
            log::run(&command)
        }
        Command::Show(arguments) => show::run(&arguments),
        Command::Facts(arguments) => session::block_on(facts::run(arguments)),
        Command::Plan(arguments) => session::block_on(plan::run(arguments)),
        Command::Apply(arguments) => {
            quiet_tss::ensure();
            session::block_on(apply::run(arguments))
        }
        Command::Status(arguments) => session::block_on(status::run(arguments)),
        Command::Labels(command) => session::block_on(labels::run(command)),
        Command::Attest(arguments) => {
            quiet_tss::ensure();
            session::block_on(attest::run(arguments))
        }
        Command::Maintain(arguments) => {
            quiet_tss::ensure();
            session::block_on(maintain::run(arguments))
        }
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Rollback(arguments) => session::block_on(rollback::run(arguments)),
    };
    match session::say(out).map_err(Into::into).and(result) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("{error}");
            Exit::ERROR.into()
        }
    }
}

/// Help goes to standard output and is no error; a wrong command line is 1: clap's own 2 would say that changes are present.
fn usage(error: &clap::Error) -> ExitCode {
    // Whoever reads neither stream misses it.
    let _ = error.print();
    if error.use_stderr() {
        Exit::ERROR.into()
    } else {
        Exit::OK.into()
    }
}
