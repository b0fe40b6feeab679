//! `imaform runs`: what is kept of the runs that were started here.

use super::{
    exit::Exit,
    format::Format,
    session::{CliError, say},
};
use crate::{
    report::seconds,
    rollout::journal::{Directory, Ending, Kept, Record, Story, Verdict},
    words::{count, printable},
};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::{fmt::Write, time::Duration};

pub const EXAMPLES: &str = "Examples:
  imaform runs
  imaform runs show last                         what happened, host by host
  imaform runs show last --format json | jq -r 'select(.event == \"finished\") | .host'";

/// Arguments of `imaform runs`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<RunsCommand>,
}

#[derive(Debug, Subcommand)]
enum RunsCommand {
    /// Tell the story of a run, host by host, with times
    Show {
        /// Its name, or `last`
        run: String,
        /// text for people, json for programs: the lines of its journal
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

/// Lists the runs, or shows one.
///
/// # Errors
/// When a journal cannot be read.
pub fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let said = |error: crate::rollout::journal::JournalError| format!("error: {error}");
    let directory = Directory::of_user().map_err(said)?;
    let runs = directory.runs().map_err(said)?;
    let Some(RunsCommand::Show { run, format }) = &arguments.command else {
        let mut text = String::new();
        for run in &runs {
            match directory.read(run) {
                Ok(story) => text.push_str(&line(&story)),
                Err(error) => eprintln!("warning: {error}"),
            }
        }
        if runs.is_empty() {
            eprintln!("no run has been started here");
        }
        say(printable(&text))?;
        return Ok(Exit::OK);
    };
    let run = match run.as_str() {
        "last" => runs.last().cloned().ok_or("error: no run has been started here")?,
        name => name.parse().map_err(|error| format!("error: {name}: {error}"))?,
    };
    let story = directory.read(&run).map_err(said)?;
    match format {
        Format::Text => say(printable(&show(&story)))?,
        Format::Json => say(std::fs::read(directory.file(&run))?)?,
    }
    Ok(Exit::OK)
}

/// A run in one line.
fn line(story: &Story) -> String {
    let header = &story.header;
    format!(
        "{}  {}  {:.0}  {}: {}\n",
        header.run,
        header.by,
        story.began,
        header.command.join(" "),
        ended(story)
    )
}

fn ended(story: &Story) -> String {
    let endings = story.endings();
    let well = endings
        .values()
        .filter(|ending| matches!(ending.outcome, Kept::Done | Kept::UpToDate));
    let hosts = format!("{} of {} as wanted", well.count(), count(story.hosts.len(), "host"));
    match story.verdict() {
        Verdict::Ended(code) => format!("{hosts}, exit code {code}"),
        Verdict::AtWork => format!("{hosts}, at work"),
        Verdict::Died => format!("{hosts}, broken off: its process died"),
    }
}

fn show(story: &Story) -> String {
    let header = &story.header;
    let mut out = format!("run {} of {}\n", header.run, header.by);
    let _ = writeln!(out, "{}", header.command.join(" "));
    let _ = writeln!(out, "inventory {}", header.inventory.display());
    if let Some(before) = &header.resumes {
        let _ = writeln!(out, "goes on with run {before}");
    }
    let _ = writeln!(out, "\n{}  begins", clock(story.began));
    for line in &story.lines {
        if let Some(words) = rollout_words(&line.record) {
            let _ = writeln!(out, "{}  {words}", clock(line.at));
        }
    }
    let endings = story.endings();
    for planned in &story.hosts {
        let _ = writeln!(out, "\n{}\n  {}", planned.host, planned.plan);
        for line in &story.lines {
            for words in host_words(&line.record, &planned.host) {
                let _ = writeln!(out, "  {}  {words}", clock(line.at));
            }
        }
        match endings.get(planned.host.as_str()) {
            Some(ending) => {
                let _ = writeln!(out, "  {}: {}", mark(ending), ending.line.replace('\n', "\n    "));
            }
            None if planned.steps > 0 => out.push_str("  nothing is known of its end\n"),
            None => {}
        }
    }
    let _ = writeln!(out, "\n{}", ended(story));
    out
}

fn mark(ending: &Ending) -> &'static str {
    match ending.outcome {
        Kept::UpToDate | Kept::Done => "ok",
        Kept::Stopped => "stopped",
        Kept::NotBegun => "untouched",
        Kept::Failed => "FAILED",
    }
}

fn clock(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn rollout_words(record: &Record) -> Option<String> {
    Some(match record {
        Record::Wave {
            wave,
            of,
            canary,
            hosts,
        } => {
            let canary = if *canary { ", canary" } else { "" };
            format!("wave {wave} of {of}{canary}: {}", hosts.join(", "))
        }
        Record::Closed { wave, until } => format!("wave {wave} waits for its window until {until:.0}"),
        Record::Soak { wave, until } => format!("wave {wave} soaks until {until:.0}"),
        Record::Look { wave } => format!("the hosts of wave {wave} are looked at again"),
        Record::Stopped { why } => format!("stopped: {why}"),
        Record::End { exit } => format!("ends with exit code {exit}"),
        _ => return None,
    })
}

/// What a line tells of this host.
fn host_words(record: &Record, of: &str) -> Vec<String> {
    match record {
        Record::Started { host, steps } if host == of => vec![count(*steps, "step")],
        Record::StepStarted { host, stage, title, .. } if host == of => vec![format!("{stage}: {title}")],
        Record::StepDone {
            host,
            title,
            evidence,
            seconds: took,
            ..
        } if host == of => {
            let took = Duration::try_from_secs_f64(*took).unwrap_or_default();
            let mut lines = vec![format!("  done in {}: {title}", seconds(took))];
            lines.extend(evidence.iter().map(|line| format!("    {line}")));
            lines
        }
        Record::Planned { host, .. } if host == of => vec!["planned anew".to_owned()],
        _ => Vec::new(),
    }
}
