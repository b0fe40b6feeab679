use super::{
    apply::steps_only,
    change::Change,
    exit::Exit,
    gate,
    options::Options,
    plan,
    session::{CliError, Session},
};
use crate::{
    plan::{Afterwards, Maintenance, Plan},
    rollout::Way,
};
use clap::Args;
use std::time::Duration;

pub const ABOUT: &str = "Run a command on enforcing hosts, and keep their labels right

Runs the command as root, word by word without a shell, and then labels anew what it changed in the playbook's scope, by
setxattr: no reboot is needed. The gate is asked again: would enforce deny anything now? The command goes on when the
connection is lost; its output is in /var/lib/imaform/maintenance.log on the host. With --reboot, a trial boot follows: a new
kernel that does not come up, or refuses the policy, is followed by the kernel of before.";

pub const EXAMPLES: &str = "Examples:
  imaform maintain inventory.yml -- apt-get -y -q dist-upgrade
  imaform maintain inventory.yml --reboot --limit web-1 -- apt-get -y -q install linux-image-amd64
  imaform maintain inventory.yml -- sh -c 'make -C /opt/agent install && systemctl restart agent'

Exit codes:
  0  done
  1  the command failed, or an error
  3  some hosts unreachable
  4  enforce would deny something now, or a host fell back from its trial boot";

/// Arguments of `imaform maintain`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    change: Change,
    /// Reboot on trial afterwards
    #[arg(long)]
    reboot: bool,
    /// Stop the command after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 7200, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Let the gate pass although it finds this, as `apply` does
    #[arg(long, value_name = "FINDING")]
    accept: Vec<String>,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Shows the plan, asks, and runs the command.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let maintenance = Maintenance {
        command: arguments.command,
        timeout: Duration::from_secs(arguments.timeout),
        afterwards: if arguments.reboot {
            Afterwards::Reboot
        } else {
            Afterwards::GoOn
        },
    };
    let session = Session::open(&arguments.options).await?;
    let observed = session.probe().await;
    let plans = plan::make(&session.fleet.members, &observed, |member, observed| {
        Plan::maintain(&member.target.desired, observed, &maintenance)
    })?;
    let accept = gate::acceptance(arguments.accept);
    steps_only(session, plans, Way::Forth, accept, arguments.change).await
}
