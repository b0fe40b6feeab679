use super::{KubernetesError, Node, cluster::PAUSE};
use crate::{
    boot,
    host::{Call, HostError, Script, Transport},
};
use std::time::Duration;
use tokio::time::Instant;

/// A node that is not Ready for so long is looked at for swap, beside which a kubelet does not start.
const SWAP_AFTER: Duration = Duration::from_secs(60);

impl Node {
    /// Waits until the kubelet of the host's present boot has reported Ready. What it said before the reboot stays in the API for a
    /// while: the boot id tells one from the other.
    ///
    /// # Errors
    /// When that takes longer than it may.
    pub async fn ready(&self, host: &dyn Transport, timeout: Duration) -> Result<Vec<String>, KubernetesError> {
        let begin = Instant::now();
        let boot = boot::running(host)
            .await
            .map_err(|error| self.host_gone(error))?
            .to_string();
        let mut evidence = Vec::new();
        let mut swap = Swap::NotLookedAt;
        loop {
            let state = self.state().await?;
            let reported = state.boot_id == boot;
            if state.ready && reported {
                evidence.push(format!("node {} is Ready, by the kubelet of boot {boot}", self.name()));
                return Ok(evidence);
            }
            if begin.elapsed() >= timeout {
                let why = match reported {
                    true => state.why_not_ready,
                    false => format!(
                        "no kubelet has reported since the reboot (systemctl status kubelet on the host tells more); before it, {}",
                        state.boot_id
                    ),
                };
                return Err(KubernetesError::NotReady {
                    node: self.name().to_owned(),
                    after: timeout,
                    why,
                });
            }
            if begin.elapsed() >= SWAP_AFTER.min(timeout / 2) && swap == Swap::NotLookedAt {
                swap = Swap::LookedAt;
                let call = Call::new(Script::SwapOff);
                let answer = host.run(call).await.and_then(|answer| answer.success(Script::SwapOff));
                evidence.extend(answer.map_err(|error| self.host_gone(error))?.evidence);
            }
            tokio::time::sleep(PAUSE.min(timeout)).await;
        }
    }

    fn host_gone(&self, error: HostError) -> KubernetesError {
        KubernetesError::Door {
            at: format!("the host of node {}", self.name()),
            error,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Swap {
    NotLookedAt,
    LookedAt,
}
