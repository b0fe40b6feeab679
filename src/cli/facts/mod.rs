//! `imaform facts`: what the hosts are now, kept for plans that are made without them.

mod saved;

pub use saved::SavedFacts;

use super::{
    exit::Exit,
    options::Options,
    session::{CliError, Session, say},
};
use crate::words::{count, printable};
use clap::Args;
use jiff::{Timestamp, Unit};
use std::{fmt::Write, path::PathBuf};

pub const EXAMPLES: &str = "\
Examples:
  imaform facts inventory.yml --out facts
  imaform plan inventory.yml --facts facts     on a machine that reaches no host

Exit codes:
  0  the facts of all hosts are written
  1  error
  3  some hosts unreachable; of those the earlier facts are kept";

/// Arguments of `imaform facts`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Where they are written: a file a host, HOST.json
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Looks at the hosts and writes what they are.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let session = Session::open(&arguments.options).await?;
    let observed = session.probe().await;
    let members = session.fleet.members.clone();
    session.close().await;
    let now = Timestamp::now().round(Unit::Second)?;
    let mut text = String::new();
    let mut written = 0;
    for (member, observed) in members.iter().zip(observed) {
        let target = &member.target;
        match observed {
            Ok(observed) => {
                SavedFacts::new(target, now, observed).write(&arguments.out, &target.name)?;
                written += 1;
            }
            Err(error) => {
                let error = printable(&error.to_string()).replace('\n', "\n  ");
                let _ = writeln!(text, "{}: unreachable: {error}", target.name);
            }
        }
    }
    let place = arguments.out.display();
    let _ = writeln!(
        text,
        "the facts of {written} of {} are in {place}",
        count(members.len(), "host")
    );
    say(text)?;
    Ok(if written == members.len() {
        Exit::OK
    } else {
        Exit::UNREACHABLE
    })
}

/// How old facts are, in the largest unit that fits.
pub fn age(taken: Timestamp) -> String {
    let seconds = Timestamp::now().duration_since(taken).as_secs().max(0);
    let unit = |size: i64, word| count(usize::try_from(seconds / size).unwrap_or_default(), word);
    match seconds {
        ..60 => unit(1, "second"),
        60..3600 => unit(60, "minute"),
        3600..172_800 => unit(3600, "hour"),
        _ => unit(86_400, "day"),
    }
}
