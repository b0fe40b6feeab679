use crate::host::Progress;
use std::time::{Duration, Instant};

/// How long the rest of a labelling will take, judged from what is done: mostly hashing, so bytes count, and each file costs
/// as much as some bytes.
#[derive(Debug, Clone, Copy)]
pub struct Eta {
    begin: Instant,
    work_at_begin: u64,
}

/// What opening one file costs, in bytes hashed in the same time (seen in the lab: about 20 KiB).
const BYTES_A_FILE: u64 = 20 << 10;

impl Eta {
    /// Begins to watch.
    pub fn start(progress: Progress) -> Self {
        Self {
            begin: Instant::now(),
            work_at_begin: done(progress),
        }
    }

    /// The time left; `None` until there is something to judge from.
    pub fn left(&self, progress: Progress) -> Option<Duration> {
        let all = progress.bytes_total + progress.files_total * BYTES_A_FILE;
        let since = done(progress)
            .checked_sub(self.work_at_begin)
            .filter(|work| *work > 0)?;
        let left = all.saturating_sub(done(progress));
        Some(self.begin.elapsed().mul_f64(left as f64 / since as f64))
    }
}

fn done(progress: Progress) -> u64 {
    progress.bytes + progress.files * BYTES_A_FILE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_at_the_end_and_nothing_is_known_at_the_start() {
        let progress = |files| Progress {
            files,
            files_total: 10,
            bytes: files << 20,
            bytes_total: 10 << 20,
        };
        let eta = Eta::start(progress(0));
        assert_eq!(eta.left(progress(0)), None);
        assert_eq!(eta.left(progress(10)), Some(Duration::ZERO));
    }
}
