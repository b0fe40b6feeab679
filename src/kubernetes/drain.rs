use super::{KubernetesError, Node, cluster::PAUSE};
use std::time::Duration;
use tokio::{sync::watch, time::Instant};

/// kubectl drains for so long at a time: in between others get their turn, and an interruption is heard.
const SLICE: Duration = Duration::from_secs(30);

impl Node {
    /// Drains the node, until no pod is left that a drain moves.
    ///
    /// # Errors
    /// When that takes longer than it may: with the pods that are left and what holds them. [`KubernetesError::Interrupted`]
    /// when a person stops it.
    pub async fn drain(&self, run: &str, stop: &watch::Receiver<bool>) -> Result<Vec<String>, KubernetesError> {
        let drain = &self.settings.drain;
        let begin = Instant::now();
        let mut evidence = Vec::new();
        loop {
            if *stop.borrow() {
                return Err(KubernetesError::Interrupted);
            }
            self.is_ours(run).await?;
            let left = drain.timeout.saturating_sub(begin.elapsed());
            let slice = SLICE.min(left).max(Duration::from_secs(1));
            let timeout = format!("--timeout={}s", slice.as_secs());
            let options = drain.options();
            let arguments = ["drain", self.name(), timeout.as_str()].into_iter();
            let arguments: Vec<&str> = arguments.chain(options.iter().map(String::as_str)).collect();
            let answer = self.cluster.run(&arguments, slice + Duration::from_secs(120)).await;
            let words = match answer {
                Ok(answer) => {
                    evidence.extend(evicted(&answer.stdout));
                    if answer.status == Some(0) {
                        evidence.push(self.ensure_drained().await?);
                        return Ok(evidence);
                    }
                    answer.stderr
                }
                Err(error) if error.may_pass() => error.to_string(),
                Err(error) => return Err(error),
            };
            let pods = self.left().await?;
            if refuses(&words) {
                return Err(KubernetesError::Undrainable {
                    node: self.name().to_owned(),
                    words: first_error(&words),
                    holders: self.holders(&pods).await,
                });
            }
            if begin.elapsed() >= drain.timeout {
                return Err(KubernetesError::Held {
                    node: self.name().to_owned(),
                    after: drain.timeout,
                    holders: match pods.is_empty() {
                        true => vec![first_error(&words)],
                        false => self.holders(&pods).await,
                    },
                });
            }
            tokio::time::sleep(PAUSE.min(left)).await;
        }
    }

    /// Looks once more, right before a reboot.
    ///
    /// # Errors
    /// When the node takes pods, or has some that a drain moves.
    pub async fn ensure_drained(&self) -> Result<String, KubernetesError> {
        let name = self.name();
        let not_drained = |why: String| KubernetesError::NotDrained {
            node: name.to_owned(),
            why,
        };
        if !self.state().await?.cordoned {
            return Err(not_drained("somebody has uncordoned it".to_owned()));
        }
        let pods: Vec<String> = self.left().await?.iter().map(|pod| pod.name()).collect();
        if !pods.is_empty() {
            return Err(not_drained(format!("it runs {}", pods.join(", "))));
        }
        Ok(format!(
            "node {name} is cordoned, and no pod is left on it that a drain moves"
        ))
    }

    /// Who has lost the host to another run drains nothing.
    async fn is_ours(&self, run: &str) -> Result<(), KubernetesError> {
        match self.state().await?.cordoned_by {
            Some(by) if by != run => Err(self.taken_over(&by)),
            _ => Ok(()),
        }
    }
}

fn evicted(stdout: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stdout);
    let done = |line: &&str| line.ends_with(" evicted") || line.ends_with(" deleted");
    text.lines().filter(done).map(str::to_owned).collect()
}

/// Whether kubectl did not begin: another attempt would end the same way. (`--force` and its like, which it names.)
fn refuses(words: &str) -> bool {
    words.contains("cannot delete ") && words.contains("use --")
}

fn first_error(words: &str) -> String {
    let says = |part: &str| words.lines().find(|line| line.contains(part));
    let line = says("cannot delete ")
        .or_else(|| says("error:"))
        .or_else(|| words.lines().last());
    line.unwrap_or_default().trim().to_owned()
}
