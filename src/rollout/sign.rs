//! Signing: the host tells digests, the signatures are made here, the host sets them.

use super::{Events, Failure, Member};
use crate::{
    host::{Call, HostError, Script},
    resource::{Digests, HostPath, Signable, SigningOrder, StepId, files_left},
    signing::SigningKey,
    words::count,
};
use std::{sync::Arc, time::Duration};

/// Who changes a file in each of so many rounds does so all the time.
const ROUNDS: usize = 5;

/// So many files are named.
const NAMED: usize = 20;

const DEADLINE: Duration = Duration::from_secs(24 * 3600);

/// Signs what carries no signature of the wanted key, and verifies those that are there.
///
/// # Errors
/// When the key cannot be used, a file never stands still, or carries a signature of another content.
pub(super) async fn sign(
    member: &Member,
    order: &SigningOrder,
    id: &StepId,
    events: &Events,
) -> Result<Vec<String>, Failure> {
    let certificate = &order.signing.certificate;
    let key = SigningKey::open(&order.signing).map_err(|error| Failure::Unsigned(error.to_string()))?;
    let key = Arc::new(key);
    let mut signed = 0;
    let mut left = Vec::new();
    for round in 0..ROUNDS {
        if round > 0 {
            // What is younger than a second has not stood still.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let call = Call::new(Script::DigestFiles)
            .input(order.scope.clone())
            .deadline(DEADLINE);
        let answer = member.run_told(call, id, events).await?.success(Script::DigestFiles)?;
        let digests = Digests::parse(&answer.stdout, certificate)?;
        left = digests.busy;
        let files = digests.unsigned.len();
        if files > 0 {
            let (key, unsigned) = (Arc::clone(&key), digests.unsigned);
            let input = tokio::task::spawn_blocking(move || labels(&key, &unsigned));
            let input = input.await.map_err(|_| HostError::Lost { script: "sign" })?;
            let call = Call::new(Script::SetSignatures)
                .args([files.to_string()])
                .input(input.map_err(Failure::Unsigned)?)
                .deadline(DEADLINE);
            let answer = member.transport.run(call).await?.success(Script::SetSignatures)?;
            let not_set = files_left(&answer.stdout)?;
            signed += files.saturating_sub(not_set.len());
            left.extend(not_set);
        }
        // A file that was replaced while it was looked at had the digest of the one and the label of the other.
        if left.is_empty() && (digests.stale.is_empty() || round > 0) {
            if digests.stale.is_empty() {
                let (made, sound) = (count(signed, "signature"), count(digests.sound, "earlier one"));
                return Ok(vec![format!(
                    "{made} of {certificate} made and read back, {sound} verified"
                )]);
            }
            let why = "signed by this key, but with another content: it was changed in place afterwards. Install the package again, or take the label away (setfattr -x security.ima) and apply, which signs what is there";
            return Err(Failure::Unsigned(listed(&digests.stale, why)));
        }
    }
    let why = "it changes all the time, cannot be read, or takes no label (a read-only or immutable file): sign what stands still";
    Err(Failure::Unsigned(listed(&left, why)))
}

/// Lines for `set-signatures.sh`.
fn labels(key: &SigningKey, files: &[Signable]) -> Result<Vec<u8>, String> {
    let mut lines = Vec::new();
    for file in files {
        let label = key
            .sign(&file.digest)
            .map_err(|error| format!("the key does not sign: {error}"))?;
        lines.extend(file.line(&label));
    }
    Ok(lines)
}

fn listed(files: &[HostPath], why: &str) -> String {
    let mut text = format!("{}: {why}:", count(files.len(), "file"));
    for file in files.iter().take(NAMED) {
        text += &format!("\n  {file}");
    }
    if files.len() > NAMED {
        text += &format!("\n  and {} more", files.len() - NAMED);
    }
    text
}
