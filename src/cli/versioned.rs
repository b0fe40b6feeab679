//! imaform's own files of JSON, which say by `format_version` how they are to be read.

use serde::{Deserialize, de::DeserializeOwned};

/// Why a file is not what it should be. Its name goes before, what would write one behind.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON, or without `format_version`.
    #[error("is no {what}: {error}")]
    Other {
        what: &'static str,
        error: serde_json::Error,
    },
    /// Written by another imaform.
    #[error("is of format {found}, this imaform reads {read}")]
    Format { found: u32, read: u32 },
    /// Cut, or changed by hand.
    #[error("is no whole {what}: {error}")]
    Incomplete {
        what: &'static str,
        error: serde_json::Error,
    },
}

/// Reads such a file. `what` it should be, `version` of its form.
///
/// # Errors
/// When it is not that.
pub fn parse<T: DeserializeOwned>(text: &str, what: &'static str, version: u32) -> Result<T, Unreadable> {
    #[derive(Deserialize)]
    struct Form {
        format_version: u32,
    }
    let form: Form = serde_json::from_str(text).map_err(|error| Unreadable::Other { what, error })?;
    if form.format_version != version {
        return Err(Unreadable::Format {
            found: form.format_version,
            read: version,
        });
    }
    serde_json::from_str(text).map_err(|error| Unreadable::Incomplete { what, error })
}
