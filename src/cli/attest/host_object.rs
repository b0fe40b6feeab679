use super::host_report::{HostReport, Kept, sides};
use crate::{
    cli::log::{diffed, diffed_json, verified},
    tpm::{Chain, KeyStanding, TpmAnswer},
};
use serde_json::{Value, json};

impl HostReport {
    /// For scripts.
    pub fn object(&self) -> Value {
        let (host, group, path) = (&self.host, &self.group, self.path.display().to_string());
        let attestation = match &self.answer {
            Ok(attestation) => attestation,
            Err(error) => {
                let word = self.no_answer_word();
                return json!({ "host": host, "group": group, "verdict": word, "error": error.to_string() });
            }
        };
        let sides = sides(&path);
        let [a, b] = sides.each_ref().map(|(name, source)| diffed::Side { name, source });
        let differences = attestation
            .diff()
            .map(|diff| json!(diffed_json::Object::of(&diff, [a, b], None)));
        json!({
            "host": host,
            "group": group,
            "verdict": attestation.standing().as_str(),
            "key": attestation.tpm.as_ref().map(|tpm| json!({
                "name": tpm.key_name.to_string(),
                "pem": tpm.key.to_pem(),
            })),
            "endorsement": attestation.tpm.as_ref().map(endorsement_object),
            "key_standing": key_word(attestation.key()),
            "evidence": verified::object(&attestation.proof),
            "reference": { "path": path, "kept": attestation.has_reference(), "written": self.kept == Kept::Taken },
            "differences": differences,
        })
    }
}

fn endorsement_object(tpm: &TpmAnswer) -> Value {
    match tpm.endorsement.as_ref() {
        Err(fault) => json!({ "fault": fault.to_string() }),
        Ok(endorsement) => json!({
            "certificate": endorsement.certificate.as_ref().map(|certificate| json!({
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "serial": certificate.serial,
                "sha256": certificate.fingerprint,
                "not_before": certificate.not_before,
                "not_after": certificate.not_after,
            })),
            "activated": endorsement.activated,
            "chain": match &endorsement.chain {
                Chain::NotAsked => "not_asked",
                Chain::Trusted { .. } => "trusted",
                Chain::Untrusted { .. } => "untrusted",
            },
            "words": endorsement.to_string(),
        }),
    }
}

fn key_word(standing: KeyStanding) -> &'static str {
    match standing {
        KeyStanding::New => "new",
        KeyStanding::Known => "known",
        KeyStanding::Other => "other",
        KeyStanding::Lost => "lost",
        KeyStanding::NoTpm => "no_tpm",
    }
}
