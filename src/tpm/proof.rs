use super::QuoteProof;
use crate::ima::measurement::{Evidence, Verification, verify};
use std::io::{self, Read};

/// A measurement list against all that is known of the registers.
#[derive(Debug)]
pub struct Proof {
    /// What the list itself proves.
    pub verification: Verification,
    /// The quote, where there is one.
    pub quote: Option<QuoteProof>,
    /// Evidence that cannot be read or contradicts itself: a reason to trust none of it.
    pub faults: Vec<String>,
}

/// What a proof amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Registers vouch for the list, and nothing speaks against it.
    Verified,
    /// Nothing speaks against the list, and no register for it.
    Unproven,
    /// Something speaks against it.
    Failed,
}

impl Verdict {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unproven => "unproven",
            Self::Failed => "failed",
        }
    }
}

impl Proof {
    /// Verifies a list. `open` gives it from its beginning, twice where the kernel may be one that pads SHA-1 hashes.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn of<R: Read>(
        open: impl Fn() -> io::Result<R>,
        mut evidence: Evidence,
        mut quote: Option<QuoteProof>,
        mut faults: Vec<String>,
    ) -> io::Result<Self> {
        evidence.composite = quote.as_ref().and_then(|quote| quote.open_composite(&evidence.values));
        let verification = verify(open, &evidence)?;
        if let Some(quote) = &mut quote {
            quote.compare(&evidence, &verification);
            if quote.quote.is_ok() && !quote.covers(&verification) {
                faults.push("the quote covers none of the registers that the list extends".to_owned());
            }
            if !verification.is_of_one_moment(quote.selection()) {
                faults
                    .push("the list never makes all quoted registers at the same time: an entry was moved".to_owned());
            }
        }
        Ok(Self {
            verification,
            quote,
            faults,
        })
    }

    /// What it amounts to.
    pub fn verdict(&self) -> Verdict {
        let quote = self.quote.as_ref().is_none_or(QuoteProof::is_sound);
        if !self.faults.is_empty() || !quote || !self.verification.is_sound() {
            return Verdict::Failed;
        }
        match self.verification.proven() {
            Some(_) => Verdict::Verified,
            None => Verdict::Unproven,
        }
    }
}
