use crate::guest::PATIENCE;
use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Instant,
};

/// A guest's serial console. It is read all the time: the guest stands still over what nobody reads.
pub struct Console {
    keys: UnixStream,
    bytes: Receiver<Vec<u8>>,
    /// Without what steers a terminal: a slow GRUB says where the cursor is after each key.
    shown: String,
    within: Within,
}

/// Where in the stream the last byte was (ECMA-48: ESC, `[`, parameters, a letter).
#[derive(Clone, Copy)]
enum Within {
    Text,
    Escape,
    Sequence,
}

impl Within {
    /// What follows after a byte, and whether that is text.
    fn hear(self, byte: u8) -> (Self, bool) {
        match (self, byte) {
            (Self::Text, 0x1b) => (Self::Escape, false),
            (Self::Text, _) => (Self::Text, true),
            (Self::Escape, b'[') => (Self::Sequence, false),
            (Self::Sequence, b'@'..=b'~') | (Self::Escape, _) => (Self::Text, false),
            (Self::Sequence, _) => (Self::Sequence, false),
        }
    }
}

impl Console {
    pub fn open(socket: &Path) -> Self {
        let keys = UnixStream::connect(socket).unwrap();
        let mut screen = keys.try_clone().unwrap();
        let (sender, bytes) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keys,
            bytes,
            shown: String::new(),
            within: Within::Text,
        }
    }

    /// Waits until the console shows these words, and forgets what was shown up to them.
    pub fn until(&mut self, words: &str) {
        let begin = Instant::now();
        loop {
            if let Some(at) = self.shown.find(words) {
                self.shown.drain(..at + words.len());
                return;
            }
            let bytes = self.bytes.recv_timeout(PATIENCE.saturating_sub(begin.elapsed()));
            let bytes = bytes.unwrap_or_else(|_| panic!("the console never shows {words:?}: {}", self.shown));
            let mut text = Vec::new();
            for byte in bytes {
                let is_text;
                (self.within, is_text) = self.within.hear(byte);
                text.extend(is_text.then_some(byte));
            }
            self.shown.push_str(&String::from_utf8_lossy(&text));
        }
    }

    /// Presses these keys.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }
}
