use super::{Answer, Call, HostError, Progress, transport::Sudo};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

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
        let mut fed = stdin.write_all(&input).await;
        while let Some(dialogue) = &call.dialogue
            && fed.is_ok()
            && let Some(line) = dialogue.question().await
        {
            fed = stdin.write_all(&line).await;
        }
        let _ = stdin.shutdown().await;
    };
    let errors = async move {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let heard = async { tokio::join!(read_protocol(stdout, call), errors) };
    tokio::pin!(heard);
    // Who asks may still wait for an answer when the script is gone.
    let ((ready, stdout, evidence), stderr) = tokio::select! {
        heard = &mut heard => heard,
        () = feed => heard.await,
    };
    Streams {
        ready,
        stdout,
        evidence,
        stderr,
    }
}

async fn read_protocol(stdout: impl AsyncRead + Unpin, call: &Call) -> (bool, Vec<u8>, Vec<String>) {
    let (mut ready, mut plain, mut evidence) = (false, Vec::new(), Vec::new());
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut line).await {
        match line
            .strip_prefix(call.mark.as_bytes())
            .and_then(|rest| rest.strip_prefix(b" "))
            .map(|rest| String::from_utf8_lossy(rest).trim_end().to_owned())
        {
            Some(mark) if mark == "ready" => ready = true,
            Some(mark) if mark.starts_with("progress ") => {
                if let (Some(sender), Some(report)) = (&call.progress, Progress::parse(&mark["progress ".len()..])) {
                    let _ = sender.send(report);
                }
            }
            Some(mark) if mark.starts_with("answer ") => {
                if let Some(dialogue) = &call.dialogue {
                    dialogue.answer(mark["answer ".len()..].to_owned());
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
