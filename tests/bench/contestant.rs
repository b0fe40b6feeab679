use super::command::Run;
use std::{fmt, time::Duration};

/// One way to do the work, and what its runs took.
pub struct Contestant<'a> {
    name: &'static str,
    entries: u64,
    run: Box<dyn Fn() -> Run + 'a>,
    runs: Vec<Run>,
}

impl<'a> Contestant<'a> {
    pub fn new(name: &'static str, entries: u64, run: impl Fn() -> Run + 'a) -> Self {
        Self {
            name,
            entries,
            run: Box::new(run),
            runs: Vec::new(),
        }
    }

    pub fn go(&mut self) {
        self.runs.push((self.run)());
    }

    /// Seconds on the clock, the median.
    pub fn time(&self) -> f64 {
        self.median(|run| run.time)
    }

    /// Seconds of processors, the median.
    pub fn busy(&self) -> f64 {
        self.median(|run| run.busy)
    }

    /// KiB, at most.
    pub fn peak(&self) -> u64 {
        self.runs.iter().map(|run| run.peak).max().unwrap()
    }

    fn median(&self, of: fn(&Run) -> Duration) -> f64 {
        let mut seconds: Vec<f64> = self.runs.iter().map(|run| of(run).as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    }
}

/// A line of the table.
impl fmt::Display for Contestant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, busy) = (self.time(), self.busy());
        let an_entry = time * 1e9 / self.entries as f64;
        write!(f, "{:44} {time:9.3} {busy:9.3} {an_entry:9.0}", self.name)?;
        match self.peak() {
            0 => Ok(()),
            peak => write!(f, " {:9.1}", peak as f64 / 1024.0),
        }
    }
}
