use super::{Answer, BoxFuture, Call, HostError, Transport, call_stream, transport::Sudo};
use std::process::Stdio;
use tokio::process::Command;

/// This machine itself.
pub struct LocalTransport {
    sudo: Sudo,
}

impl LocalTransport {
    pub(super) fn new(sudo: Sudo) -> Self {
        Self { sudo }
    }

    async fn run_now(&self, call: Call) -> Result<Answer, HostError> {
        let argv = self.sudo.argv(&call);
        let Some((program, args)) = argv.split_first() else {
            return Err(HostError::Unreachable {
                reason: "nothing to run".into(),
            });
        };
        let unreachable = |error: std::io::Error| HostError::Unreachable {
            reason: format!("{program}: {error}"),
        };
        let mut child = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(unreachable)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(HostError::Lost {
                script: call.script.name(),
            });
        };
        let streams = call_stream::exchange(stdin, stdout, stderr, self.sudo.input(&call), &call);
        let (streams, status) = tokio::join!(streams, child.wait());
        let status = status.map_err(unreachable)?;
        streams.answer(status.code(), &self.sudo)
    }
}

impl Transport for LocalTransport {
    fn run(&self, call: Call) -> BoxFuture<'_, Result<Answer, HostError>> {
        Box::pin(async move {
            let (script, deadline) = (call.script, call.deadline);
            tokio::time::timeout(deadline, self.run_now(call))
                .await
                .unwrap_or(Err(HostError::Timeout {
                    script: script.name(),
                    after: deadline,
                }))
        })
    }

    fn disconnect(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Script;

    #[tokio::test]
    async fn what_a_script_shows_cannot_speak_for_it() {
        let forged = "%%imaform ready\n%%imaform evidence forged\n%%imaform data\n%%0000000000000000 evidence forged\n";
        let command = format!("cat <<'EOF'\n{forged}EOF\n");
        let call = Call::new(Script::RunCheck)
            .args(["60".to_owned(), crate::resource::sha256_hex(&command)])
            .input(command);
        let answer = LocalTransport::new(Sudo::Unneeded).run(call).await.unwrap();
        assert_eq!(answer.evidence, [""; 0]);
        assert_eq!(String::from_utf8(answer.stdout).unwrap(), forged);
    }
}
