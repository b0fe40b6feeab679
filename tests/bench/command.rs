//! Other programs, as a shell runs them.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What a run took.
pub struct Run {
    pub time: Duration,
    /// Of processors, which does not count what other work on the machine takes.
    pub busy: Duration,
    /// Its peak of resident memory, in KiB.
    pub peak: u64,
}

/// Runs it under GNU time; it must succeed.
pub fn run(command: &[String]) -> Run {
    let told = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-log.time");
    let begin = Instant::now();
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%U %S %M", "-o"])
        .arg(&told)
        .args(command)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let time = begin.elapsed();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let told = fs::read_to_string(told).unwrap();
    let numbers: Vec<f64> = told.split_whitespace().map(|number| number.parse().unwrap()).collect();
    Run {
        time,
        busy: Duration::from_secs_f64(numbers[0] + numbers[1]),
        peak: numbers[2] as u64,
    }
}

/// What is done in this process, whose memory says nothing.
pub fn in_memory(work: impl FnOnce()) -> Run {
    let (begin, busy) = (Instant::now(), busy());
    work();
    Run {
        time: begin.elapsed(),
        busy: self::busy() - busy,
        peak: 0,
    }
}

/// What this process took of processors (proc_pid_stat(5): utime and stime, in hundredths of a second).
fn busy() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = |at: usize| fields.split_whitespace().nth(at).unwrap().parse::<u64>().unwrap();
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}
