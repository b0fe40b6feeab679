use crate::guest::{Guest, PATIENCE};
use std::{
    fmt,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::{self, JoinHandle},
    time::Instant,
};

/// A program that has ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The exit code must be this, and all of these must have been said, on either stream.
    #[track_caller]
    pub fn expect(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        for word in words {
            assert!(
                self.stdout.contains(word) || self.stderr.contains(word),
                "nothing says {word:?}\n{self}"
            );
        }
        self
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "killed".into(), |code| format!("exit {code}"));
        write!(f, "{code}\n-- stdout\n{}\n-- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Runs `imaform COMMAND INVENTORY --plain ARGUMENTS…` to its end.
pub fn imaform(command: &str, inventory: &Path, arguments: &[&str]) -> Ran {
    Running::start(command, inventory, arguments).finish()
}

/// `imaform apply --yes` to its end.
pub fn apply(inventory: &Path) -> Ran {
    imaform("apply", inventory, &["--yes"])
}

/// `imaform apply --yes` where a run may have been killed, whose lock it takes over.
pub fn apply_again(guest: &Guest, inventory: &Path) -> Running {
    let killed = guest.locked_by();
    let mut arguments = vec!["--yes"];
    arguments.extend(killed.iter().flat_map(|run| ["--take-over", run]));
    Running::start("apply", inventory, &arguments)
}

/// An imaform at work. What it tells people is read line by line.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    stdout: Option<JoinHandle<String>>,
}

impl Running {
    pub fn start(command: &str, inventory: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_imaform"))
            .arg(command)
            .arg(inventory)
            .arg("--plain")
            .args(arguments)
            .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // Shown where the test fails, or with --nocapture.
                eprintln!("{line}");
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut stdout = child.stdout.take().unwrap();
        let stdout = thread::spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
            stdout: Some(stdout),
        }
    }

    /// Waits for a line that holds one of these words; none may be missed by the end of the run.
    pub fn until(&mut self, words: &[&str]) {
        let begin = Instant::now();
        loop {
            let Some(line) = self.next_line(begin) else {
                panic!("it ended without saying any of {words:?}:\n{}", self.seen.join("\n"));
            };
            if words.iter().any(|word| line.contains(word)) {
                return;
            }
        }
    }

    /// Waits for the next line; false at the end of the run.
    pub fn line(&mut self) -> bool {
        self.next_line(Instant::now()).is_some()
    }

    /// What it has said to people so far.
    pub fn said(&self) -> &[String] {
        &self.seen
    }

    /// `kill -9`: nothing is tidied up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn finish(mut self) -> Ran {
        let begin = Instant::now();
        while self.next_line(begin).is_some() {}
        let stdout = self.stdout.take().unwrap().join().unwrap();
        Ran {
            code: self.child.wait().unwrap().code(),
            stdout,
            stderr: self.seen.join("\n"),
        }
    }

    fn next_line(&mut self, begin: Instant) -> Option<String> {
        let left = (PATIENCE * 3).saturating_sub(begin.elapsed());
        match self.lines.recv_timeout(left) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no end after {left:?}:\n{}", self.seen.join("\n")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of a run that has ended there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
