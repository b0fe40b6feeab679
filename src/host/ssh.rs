use super::{Answer, BoxFuture, Call, HostError, Transport, call_stream, transport::Sudo};
use crate::config::SshConnection;
use openssh::{ControlPersist, KnownHosts, Session, SessionBuilder, Stdio};
use std::{error::Error, io::ErrorKind, num::NonZeroUsize, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// How long a master that imaform left behind (it was killed) outlives its last use.
const MASTER_IDLE_SECONDS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(119);

/// A host behind the system's ssh: one master connection, over which every script travels.
pub struct SshTransport {
    connection: SshConnection,
    sudo: Sudo,
    session: Mutex<Option<Arc<Session>>>,
}

impl SshTransport {
    pub(super) fn new(connection: SshConnection, sudo: Sudo) -> Self {
        Self {
            connection,
            sudo,
            session: Mutex::new(None),
        }
    }

    async fn session(&self) -> Result<Arc<Session>, HostError> {
        let mut slot = self.session.lock().await;
        if let Some(session) = slot.as_ref() {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(self.connect().await?);
        *slot = Some(Arc::clone(&session));
        Ok(session)
    }

    async fn connect(&self) -> Result<Session, HostError> {
        let c = &self.connection;
        let mut builder = SessionBuilder::default();
        builder
            .known_hosts_check(KnownHosts::Strict)
            .connect_timeout(c.connect_timeout)
            .server_alive_interval(Duration::from_secs(15))
            .control_persist(ControlPersist::IdleFor(MASTER_IDLE_SECONDS));
        if let Some(user) = &c.user {
            builder.user(user.clone());
        }
        if let Some(port) = c.port {
            builder.port(port);
        }
        if let Some(key) = &c.identity_file {
            builder.keyfile(key);
        }
        if let Some(jump) = &c.jump_host {
            builder.jump_hosts([jump]);
        }
        if let Some(file) = &c.known_hosts {
            builder.user_known_hosts_file(file);
        }
        if let Some(file) = &c.ssh_config {
            builder.config_file(file);
        }
        // ConnectTimeout covers the TCP handshake alone: a host that accepts and then hangs must not hold us up.
        let patience = c.connect_timeout * 2;
        match tokio::time::timeout(patience, builder.connect_mux(&c.address)).await {
            Ok(result) => result.map_err(|error| connect_error(&error)),
            Err(_) => Err(HostError::Unreachable {
                reason: format!("no ssh session within {} s", patience.as_secs()),
            }),
        }
    }

    async fn run_now(&self, call: Call) -> Result<Answer, HostError> {
        let session = self.session().await?;
        let argv = self.sudo.argv(&call);
        let lost = |_| HostError::Lost {
            script: call.script.name(),
        };
        let Some((program, args)) = argv.split_first() else {
            return Err(HostError::Unreachable {
                reason: "nothing to run".into(),
            });
        };
        let mut child = session
            .command(program.as_str())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .await
            .map_err(lost)?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin().take(), child.stdout().take(), child.stderr().take())
        else {
            return Err(HostError::Lost {
                script: call.script.name(),
            });
        };
        let streams = call_stream::exchange(stdin, stdout, stderr, self.sudo.input(&call), &call).await;
        let status = match child.wait().await {
            Ok(status) => status.code(),
            // The crate's reading of exit 127: a missing sudo, or a check that runs what is not there.
            Err(openssh::Error::Remote(error)) if error.kind() == ErrorKind::NotFound => Some(127),
            Err(error) => return Err(lost(error)),
        };
        streams.answer(status, &self.sudo)
    }
}

impl Transport for SshTransport {
    fn run(&self, call: Call) -> BoxFuture<'_, Result<Answer, HostError>> {
        Box::pin(async move {
            let (script, deadline) = (call.script, call.deadline);
            let result = tokio::time::timeout(deadline, self.run_now(call))
                .await
                .unwrap_or(Err(HostError::Timeout {
                    script: script.name(),
                    after: deadline,
                }));
            if matches!(result, Err(HostError::Lost { .. } | HostError::Timeout { .. })) {
                self.disconnect().await;
            }
            result
        })
    }

    fn disconnect(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let session = self.session.lock().await.take();
            if let Some(session) = session.and_then(Arc::into_inner) {
                // The master may hang on a dead connection; what it leaves goes away by itself when idle.
                let _ = tokio::time::timeout(Duration::from_secs(5), session.close()).await;
            }
        })
    }
}

/// ssh's own words, sorted into what a person must do.
fn connect_error(error: &openssh::Error) -> HostError {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        reason = cause.to_string();
        source = cause.source();
    }
    let reason = reason.trim().trim_end_matches('.').to_owned();
    if reason.to_lowercase().contains("host key") || reason.contains("REMOTE HOST IDENTIFICATION") {
        return HostError::HostKey { reason };
    }
    HostError::Unreachable { reason }
}
