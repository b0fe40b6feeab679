//! What `read-labels.sh` answers, line by line; the script says what each line means.

use super::{FaultyFile, HostPath, LabelAudit, LabelFault, Signed, Signer, Writer};
use crate::{
    host::{HostError, Script},
    ima::{Appraisal, HashAlgorithm, Label, hex},
};
use std::collections::BTreeMap;

impl LabelAudit {
    /// Reads the answer of a host in this mode.
    ///
    /// # Errors
    /// When the answer is cut off or holds what the script never says.
    pub fn parse(answer: &[u8], mode: Appraisal) -> Result<Self, HostError> {
        let script = Script::ReadLabels;
        let mut reader = Reader {
            audit: Self::default(),
            mode,
            writer: None,
            written: BTreeMap::new(),
        };
        for line in script.lines(answer)? {
            reader.line(line).ok_or_else(|| script.odd_line(line))?;
        }
        Ok(reader.end())
    }
}

struct Reader {
    audit: LabelAudit,
    mode: Appraisal,
    /// From the line before the one that names the file.
    writer: Option<Writer>,
    written: BTreeMap<HostPath, Writer>,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Option<()> {
        let (kind, rest) = cut(line, b" ")?;
        match kind {
            b"fits" => {
                let (program, count) = cut(rest, b" ")?;
                let name = std::str::from_utf8(program).ok()?.strip_suffix("sum")?;
                add(&mut self.audit.fits, HashAlgorithm::from_name(name)?, number(count)?);
            }
            b"signed" => {
                let (count, header) = cut(rest, b" ")?;
                add(&mut self.audit.signed, signer(header)?, number(count)?);
            }
            b"settled" => self.audit.settled.push(HostPath::from_getfattr(rest)?),
            b"stale" => self.fault(rest, LabelFault::Stale)?,
            b"missing" => self.fault(rest, LabelFault::Unlabelled)?,
            b"label" => {
                let (label, path) = cut(rest, b" ")?;
                match Label::parse_hex(std::str::from_utf8(label).ok()?) {
                    Ok(label) => add(&mut self.audit.unchecked, label.algorithm(), 1),
                    Err(error) => self.fault(path, LabelFault::Invalid(error))?,
                }
            }
            b"unreadable" => {
                let (words, path) = cut(rest, b": ")?;
                let fault = match words {
                    b"Permission denied" if self.mode == Appraisal::Enforce => LabelFault::Refused,
                    words => LabelFault::Unreadable(String::from_utf8_lossy(words).into_owned()),
                };
                self.fault(path, fault)?;
            }
            b"writer" => {
                let (pid, command) = cut(rest, b" ")?;
                self.writer = Some(Writer {
                    pid: number(pid)?,
                    command: String::from_utf8_lossy(command).trim_end().to_owned(),
                });
            }
            b"writes" => {
                self.written.insert(HostPath::from_getfattr(rest)?, self.writer.take()?);
            }
            _ => return None,
        }
        Some(())
    }

    fn fault(&mut self, path: &[u8], fault: LabelFault) -> Option<()> {
        self.audit.faulty.push(FaultyFile {
            path: HostPath::from_getfattr(path)?,
            fault,
            writer: None,
        });
        Some(())
    }

    fn end(mut self) -> LabelAudit {
        for file in &mut self.audit.faulty {
            // A label that is none is not repaired by closing the file.
            if matches!(
                file.fault,
                LabelFault::Stale | LabelFault::Refused | LabelFault::Unlabelled
            ) {
                file.writer = self.written.remove(&file.path);
            }
        }
        self.audit.faulty.sort_by(|one, other| one.path.cmp(&other.path));
        self.audit.settled.sort();
        self.audit
    }
}

/// Whose signature begins with these bytes: type, version, algorithm and key.
fn signer(header: &[u8]) -> Option<Signer> {
    // Only the header came: the shortest signature stands for the one that is there.
    let bytes = [hex::decode(header)?.as_slice(), &[0, 1, 0]].concat();
    let (signed, signature) = match Label::parse(&bytes).ok()? {
        Label::Signature(signature) => (Signed::Content, signature),
        Label::Verity(signature) => (Signed::Verity, signature),
        Label::Digest { .. } => return None,
    };
    Some(Signer {
        signed,
        key_id: signature.key_id,
        algorithm: signature.algorithm,
    })
}

fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, count: u64) {
    let sum = counts.entry(key).or_default();
    *sum = sum.saturating_add(count);
}

fn number<N: std::str::FromStr>(digits: &[u8]) -> Option<N> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn cut<'a>(line: &'a [u8], between: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = line.windows(between.len()).position(|bytes| bytes == between)?;
    Some((&line[..at], &line[at + between.len()..]))
}

#[cfg(test)]
#[path = "label_answer_tests.rs"]
mod tests;
