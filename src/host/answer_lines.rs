use super::{HostError, Script};

/// What a script says when it has said all.
const END: &[u8] = b"end\n";

impl Script {
    /// The lines of its answer but for the closing `end`; empty ones are left out.
    ///
    /// # Errors
    /// When the answer is cut off.
    pub fn lines(self, answer: &[u8]) -> Result<impl Iterator<Item = &[u8]>, HostError> {
        let lines = answer
            .strip_suffix(END)
            .filter(|lines| lines.is_empty() || lines.ends_with(b"\n"))
            .ok_or_else(|| self.bad_answer("it ends in the middle".into()))?;
        Ok(lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()))
    }

    /// It answered with a line that it never says.
    pub fn odd_line(self, line: &[u8]) -> HostError {
        self.bad_answer(format!("a line is `{}`", line.escape_ascii()))
    }

    /// It answered with something else than it should.
    pub fn bad_answer(self, what: String) -> HostError {
        HostError::Answer {
            script: self.name(),
            what,
        }
    }
}
