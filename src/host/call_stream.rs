use super::{Answer, Call, HostError, Progress, transport::Sudo};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    sync::mpsc::UnboundedSender,
};

/// What came back on the streams of one run.
pub(super) struct Streams {
    ready: bool,
    stdout: Vec<u8>,
    evidence: Vec<String>,
    stderr: String,
}

/// Feeds a script and reads it until it closes its output. A script that stops reading its input is no error here: its
/// exit status tells.
pub(super) async fn exchange(
    mut stdin: impl AsyncWrite + Unpin,
    stdout: impl AsyncRead + Unpin,
    mut stderr: impl AsyncRead + Unpin,
    input: Vec<u8>,
    call: &Call,
) -> Streams {
    let feed = async move {
        let _ = stdin.write_all(&input).await;
        let _ = stdin.shutdown().await;
    };
    let errors = async move {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let ((), (ready, stdout, evidence), stderr) =
        tokio::join!(feed, read_protocol(stdout, &call.mark, call.progress.as_ref()), errors);
    Streams {
        ready,
        stdout,
        evidence,
        stderr,
    }
}

async fn read_protocol(
    stdout: impl AsyncRead + Unpin,
    mark: &str,
    progress: Option<&UnboundedSender<Progress>>,
) -> (bool, Vec<u8>, Vec<String>) {
    let (mut ready, mut plain, mut evidence) = (false, Vec::new(), Vec::new());
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut line).await {
        match line
            .strip_prefix(mark.as_bytes())
            .and_then(|rest| rest.strip_prefix(b" "))
            .map(|rest| String::from_utf8_lossy(rest).trim_end().to_owned())
        {
            Some(mark) if mark == "ready" => ready = true,
            Some(mark) if mark.starts_with("progress ") => {
                if let (Some(sender), Some(report)) = (progress, Progress::parse(&mark["progress ".len()..])) {
                    let _ = sender.send(report);
                }
            }
            Some(mark) if mark.starts_with("evidence ") => evidence.push(mark["evidence ".len()..].to_owned()),
            _ => plain.extend_from_slice(&line),
        }
        line.clear();
    }
    (ready, plain, evidence)
}

impl Streams {
    /// The answer, once the exit status is known.
    pub(super) fn answer(self, status: Option<i32>, sudo: &Sudo) -> Result<Answer, HostError> {
        if !self.ready {
            return Err(sudo.refusal(&self.stderr));
        }
        Ok(Answer {
            status,
            stdout: self.stdout,
            evidence: self.evidence,
            stderr: self.stderr,
        })
    }
}
