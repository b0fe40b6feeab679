//! What `gate.sh` answers, line by line; the script says what each line means.

use super::{Answer, FileFacts, Mount};
use crate::{
    host::{HostError, Script},
    ima::Appraisal,
    resource::{HostPath, LabelAudit, Writer},
};
use std::{collections::BTreeMap, str::FromStr};

impl Answer {
    /// Reads the answer of a host.
    ///
    /// # Errors
    /// When it is cut off or holds what the script never says.
    pub fn parse(answer: &[u8]) -> Result<Self, HostError> {
        let script = Script::Gate;
        let mut reader = Reader::default();
        for line in script.lines(answer)? {
            reader.line(line).ok_or_else(|| script.odd_line(line))?;
        }
        // Nothing is denied while the gate looks, so that what cannot be read is not refused by the kernel.
        let labels = [reader.labels.as_slice(), b"end\n"].concat();
        let labels = LabelAudit::parse(&labels, Appraisal::Fix).map_err(|error| match error {
            HostError::Answer { what, .. } => script.bad_answer(what),
            other => other,
        })?;
        let command = |pid| reader.processes.get(&pid).cloned().unwrap_or_default();
        let writer = |pid| Writer {
            pid,
            command: command(pid),
        };
        let open = reader.open.iter().map(|(path, pid)| (path.clone(), writer(*pid)));
        Ok(Self {
            labels,
            open: open.collect(),
            ..reader.answer
        })
    }
}

#[derive(Default)]
struct Reader {
    answer: Answer,
    /// Lines that [`LabelAudit`] reads.
    labels: Vec<u8>,
    processes: BTreeMap<u32, String>,
    open: Vec<(HostPath, u32)>,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Option<()> {
        let answer = &mut self.answer;
        let mut words = Words(line);
        match words.next()? {
            b"settled" | b"stale" | b"missing" | b"label" | b"unreadable" => {
                self.labels.extend(line);
                self.labels.push(b'\n');
            }
            b"boot" => answer.boot = words.number()?,
            b"looked" => answer.looked = words.number()?,
            b"compared" => answer.compared = words.number()?,
            b"mount" => answer.mounts.add(Mount::parse(words.0)?),
            b"facts" => {
                let facts = FileFacts {
                    owner: words.number()?,
                    group: words.number()?,
                    mode: u32::from_str_radix(std::str::from_utf8(words.next()?).ok()?, 8).ok()?,
                    modified: words.number()?,
                    changed: words.number()?,
                };
                answer.facts.insert(words.path()?, facts);
            }
            b"directory" => {
                let owner = words.number()?;
                answer.directories.insert(words.path()?, owner);
            }
            b"recorded" => drop(answer.recorded.insert(words.path()?)),
            b"hashed" => drop(answer.hashed.insert(words.path()?)),
            b"grub" => drop(answer.grub.insert(words.path()?)),
            b"process" => {
                let pid = words.number()?;
                let command = String::from_utf8_lossy(words.0).trim_end().to_owned();
                self.processes.insert(pid, command);
            }
            b"open" => {
                let pid = words.number()?;
                self.open.push((words.path()?, pid));
            }
            b"apt" => answer.apt_user = Some(String::from_utf8_lossy(words.0).into_owned()),
            _ => return None,
        }
        Some(())
    }
}

/// The words of a line; what is not taken yet may be a name, with blanks.
struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let at = self.0.iter().position(|byte| *byte == b' ')?;
        let word = &self.0[..at];
        self.0 = &self.0[at + 1..];
        Some(word)
    }

    /// The next word, or the last one.
    fn number<N: FromStr>(&mut self) -> Option<N> {
        let word = self.next().unwrap_or(self.0);
        std::str::from_utf8(word).ok()?.parse().ok()
    }

    fn path(&mut self) -> Option<HostPath> {
        HostPath::from_getfattr(self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::resource::LabelFault;
    use proptest::prelude::*;

    const ANSWER: &str = "boot 1000\nlooked 30\ncompared 4\nmissing /opt/a b\nlabel 0x01 /opt/\\012\n\
        settled /opt/mended\nrecorded /mnt/x\nopen 7 /var/log/a\nopen 8 /var/log/b\nprocess 7 system d \ngrub /boot/grub/grubenv\n\
        apt _apt\nmount ext4 0fc63daf-8483-4772-8e79-3d69d8477de4 rw /\nfacts 0 4 755 1200 1201 /opt/a b\n\
        directory 33 /opt\nend\n";

    #[test]
    fn reads_what_the_script_says() {
        let answer = Answer::parse(ANSWER.as_bytes()).unwrap();
        assert_eq!((answer.boot, answer.looked, answer.compared), (1000, 30, 4));
        let path = |name: &str| HostPath::from_getfattr(name.as_bytes()).unwrap();
        let faults: Vec<_> = answer.labels.faulty.iter().map(|file| &file.path).collect();
        assert_eq!(faults, [&path("/opt/\\012"), &path("/opt/a b")]);
        assert_eq!(answer.labels.faulty[1].fault, LabelFault::Unlabelled);
        assert_eq!(answer.labels.settled, [path("/opt/mended")]);
        let facts = answer.facts[&path("/opt/a b")];
        assert_eq!(
            (facts.owner, facts.group, facts.mode, facts.changed),
            (0, 4, 0o755, 1201)
        );
        assert_eq!(answer.directories[&path("/opt")], 33);
        assert_eq!(answer.open[&path("/var/log/a")].to_string(), "7 system d");
        assert_eq!(answer.open[&path("/var/log/b")].to_string(), "8 ");
        assert_eq!(answer.mounts.of(b"/x").unwrap().fstype, "ext4");
        assert_eq!(answer.apt_user.as_deref(), Some("_apt"));
    }

    #[test]
    fn an_answer_that_is_cut_off_or_odd_is_refused() {
        for end in 0..ANSWER.len() {
            let error = Answer::parse(&ANSWER.as_bytes()[..end]).unwrap_err().to_string();
            assert!(error.contains("it ends in the middle"), "{error}");
        }
        for line in [
            "fits sha256sum 3",
            "facts 0 0 9 1 1 /x",
            "open x /x",
            "label 0x01",
            "mount ext4",
            "x",
        ] {
            let error = Answer::parse(format!("{line}\nend\n").as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains("the answer of 'gate' cannot be read"), "{line}: {error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(answer in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Answer::parse(&[answer.as_slice(), b"\nend\n"].concat());
        }
    }
}
