use super::{AttestationKey, Quote, QuoteFault, QuoteSignature, Scheme};
use crate::ima::{
    measurement::{Composite, Evidence, Verification},
    pcr::{Pcr, PcrValues},
};

/// A quote, its signature and its nonce, checked; what it says of the registers is compared with a list afterwards.
#[derive(Debug, Clone)]
pub struct QuoteProof {
    /// The quote, or why it is none.
    pub quote: Result<Quote, QuoteFault>,
    /// How it is signed; `None` where the signature is not the key's over this quote.
    pub scheme: Option<Scheme>,
    /// Whether it answers the question that was asked.
    pub nonce: Nonce,
    /// Whether its digest is that of the registers' values; `None` until a list or values are compared.
    pub pcr_digest: Option<PcrDigest>,
}

/// Whether a quote answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonce {
    /// It holds the nonce.
    Match,
    /// It holds another one: it is older, or was made for somebody else.
    Mismatch,
    /// No nonce is known: it may be an old one.
    Unasked,
}

/// The digest in a quote against the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PcrDigest {
    /// It is theirs.
    Match,
    /// It is not.
    Mismatch,
}

impl QuoteProof {
    /// Checks what needs no values: form, signature, nonce.
    pub fn new(message: &[u8], signature: &[u8], key: &AttestationKey, nonce: Option<&[u8]>) -> Self {
        let quote = Quote::parse(message);
        let signed = quote.as_ref().map_or(message, Quote::message);
        let nonce = match (&quote, nonce) {
            (_, None) => Nonce::Unasked,
            (Ok(quote), Some(nonce)) if quote.nonce() == nonce => Nonce::Match,
            _ => Nonce::Mismatch,
        };
        Self {
            scheme: key.verify(signed, &QuoteSignature::parse(signature)),
            quote,
            nonce,
            pcr_digest: None,
        }
    }

    /// The registers that it is over.
    pub fn selection(&self) -> &[Pcr] {
        self.quote.as_ref().map(Quote::selection).unwrap_or_default()
    }

    /// The digest that a list has to reach, where the values that are known do not settle it.
    pub fn open_composite(&self, values: &PcrValues) -> Option<Composite> {
        let composite = self.quote.as_ref().ok()?.composite().ok()?;
        known(&composite, values).is_none().then_some(composite)
    }

    /// Compares the digest with the values, and with what a list makes where values are missing.
    pub fn compare(&mut self, evidence: &Evidence, verification: &Verification) {
        let composite = self.quote.as_ref().ok().and_then(|quote| quote.composite().ok());
        let is_match = match (composite, verification.composite) {
            (Some(_), Some(proof)) => proof.matched_at.is_some(),
            (Some(composite), None) => {
                known(&composite, &evidence.values).is_some_and(|digest| digest == composite.digest)
            }
            (None, _) => false,
        };
        self.pcr_digest = Some(if is_match {
            PcrDigest::Match
        } else {
            PcrDigest::Mismatch
        });
    }

    /// Whether it covers a register that the list extends, so that it says something of the list.
    pub fn covers(&self, verification: &Verification) -> bool {
        verification.composite.is_some()
            || (verification.registers.iter()).any(|proof| self.selection().contains(&proof.pcr))
    }

    /// Whether nothing speaks against it. A nonce that nobody asked for does not.
    pub fn is_sound(&self) -> bool {
        self.quote.is_ok()
            && self.scheme.is_some()
            && self.nonce != Nonce::Mismatch
            && self.pcr_digest == Some(PcrDigest::Match)
    }
}

/// The digest of the values, where all are known.
fn known(composite: &Composite, values: &PcrValues) -> Option<Vec<u8>> {
    let selected: Option<Vec<&[u8]>> = composite.selection.iter().map(|pcr| values.get(*pcr)).collect();
    Some(composite.hash.hash(selected?))
}
