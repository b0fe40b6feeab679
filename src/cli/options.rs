use clap::Args;
use std::path::PathBuf;

/// What every command that contacts hosts takes.
#[derive(Debug, Args)]
pub struct Options {
    /// The inventory, which names each group's playbook; apply takes a plan that `plan --out` kept, too
    pub inventory: PathBuf,
    /// Only these hosts or groups: names and patterns (web-*), separated by commas; @failed stands for the hosts that failed in
    /// the last run of this inventory, pod:NAMESPACE/NAME for the host whose Kubernetes node runs that pod
    #[arg(long, value_name = "PATTERN")]
    pub limit: Option<String>,
    /// Reboot hosts that are Kubernetes nodes without asking their cluster: nothing is cordoned or drained
    #[arg(long)]
    pub no_drain: bool,
    /// Plain lines instead of progress bars
    #[arg(long)]
    pub plain: bool,
    /// Hosts worked on at the same time
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: u16,
}
