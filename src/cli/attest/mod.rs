//! `imaform attest`: what the TPMs of live hosts say of their measurement lists.

use super::{
    exit::Exit,
    format::Format,
    log::verified,
    options::Options,
    session::{CliError, Session, say},
};
use crate::{
    rollout::Member,
    tpm::{AttestError, Attested, Question, Verdict},
};
use clap::Args;

pub const EXAMPLES: &str = "x";

/// Arguments of `imaform attest`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Attests every host.
///
/// # Errors
/// Input that is wrong.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let session = Session::open(&arguments.options)?;
    let ask = |member: Member| async move {
        let question = Question::new([]).map_err(AttestError::Loopback)?;
        Attested::ask(member.transport.as_ref(), question).await
    };
    let answers = session.fleet.look(session.concurrency, &session.events, ask).await;
    session.close().await;
    for answer in answers {
        match answer {
            Some(Ok(attested)) => {
                let proof = attested.proof()?;
                say(verified::text(&proof))?;
            }
            Some(Err(error)) => say(format!("{error}\n"))?,
            None => say("none")?,
        }
    }
    Ok(Exit::OK)
}
