use std::sync::Arc;
use tokio::sync::{
    Mutex,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// The host's side of a conversation with a script that runs: lines go to its standard input one at a time, and what it
/// says behind `answer` comes back.
#[derive(Debug, Clone)]
pub struct Dialogue {
    questions: Arc<Mutex<UnboundedReceiver<Vec<u8>>>>,
    answers: UnboundedSender<String>,
}

/// The asking side. The script's input ends when it is dropped.
#[derive(Debug)]
pub struct Asker {
    questions: UnboundedSender<Vec<u8>>,
    answers: UnboundedReceiver<String>,
}

impl Dialogue {
    /// Both sides.
    pub fn new() -> (Asker, Self) {
        let (to_host, questions) = unbounded_channel();
        let (answers, from_host) = unbounded_channel();
        let asker = Asker {
            questions: to_host,
            answers: from_host,
        };
        let questions = Arc::new(Mutex::new(questions));
        (asker, Self { questions, answers })
    }

    /// The next line for the script; `None` once nothing more will be asked.
    pub(super) async fn question(&self) -> Option<Vec<u8>> {
        self.questions.lock().await.recv().await
    }

    /// Hands on what the script said.
    pub(super) fn answer(&self, text: String) {
        // An asker that is gone misses it.
        let _ = self.answers.send(text);
    }
}

impl Asker {
    /// Asks, and waits for the answer; `None` where the script has ended.
    pub async fn ask(&mut self, mut line: Vec<u8>) -> Option<String> {
        line.push(b'\n');
        self.questions.send(line).ok()?;
        self.hear().await
    }

    /// Waits for what the script says by itself.
    pub async fn hear(&mut self) -> Option<String> {
        self.answers.recv().await
    }
}
