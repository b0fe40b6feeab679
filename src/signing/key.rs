use crate::{
    config::{KeySource, Signing},
    ima::{Certificate, Label, Signature},
};
use openssl::{
    error::ErrorStack,
    md::Md,
    pkey::{Id, PKey, Private},
    pkey_ctx::PkeyCtx,
    rsa::Padding,
};
use std::{fs::File, io::Read, os::unix::fs::PermissionsExt, path::Path};
use zeroize::Zeroizing;

/// A private key that is open for signing. It is in no plan and no log, and OpenSSL wipes it when it is dropped.
pub struct SigningKey {
    key: PKey<Private>,
    certificate: Certificate,
}

/// Why there is nothing to sign with. No word of the key itself is in here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signing key in {source_name}: {why}")]
pub struct KeyError {
    source_name: String,
    why: String,
}

impl SigningKey {
    /// Reads the key, and sees that it belongs to the certificate.
    ///
    /// # Errors
    /// When it cannot be read, others can read it, too, it is encrypted, or it is another key.
    pub fn open(signing: &Signing) -> Result<Self, KeyError> {
        let error = |why: String| KeyError {
            source_name: signing.key.to_string(),
            why,
        };
        let pem = match &signing.key {
            KeySource::File(path) => read_private(path).map_err(error)?,
            KeySource::Env(name) => std::env::var(name)
                .map(|text| Zeroizing::new(text.into_bytes()))
                .map_err(|_| error("it is not set, or is no text".into()))?,
        };
        let mut is_encrypted = false;
        let key = PKey::private_key_from_pem_callback(&pem, |_| {
            is_encrypted = true;
            Ok(0)
        });
        if is_encrypted {
            let help = "it is encrypted, and imaform asks for no passphrase: give the decrypted key in an environment variable, `key: {env: NAME}`, with `NAME=$(openssl pkey -in KEY) imaform …`";
            return Err(error(help.into()));
        }
        let key = key.map_err(|_| error("it is no private key in PEM".into()))?;
        if !key.public_eq(signing.certificate.key()) {
            let why = format!("it is not the key of the certificate {}", signing.certificate);
            return Err(error(why));
        }
        Ok(Self {
            key,
            certificate: signing.certificate.clone(),
        })
    }

    /// The label of a file whose content has this SHA-256.
    ///
    /// # Errors
    /// What OpenSSL says.
    pub fn sign(&self, digest: &[u8]) -> Result<Label, ErrorStack> {
        let mut context = PkeyCtx::new(&self.key)?;
        context.sign_init()?;
        if self.key.id() == Id::RSA {
            context.set_rsa_padding(Padding::PKCS1)?;
        }
        context.set_signature_md(Md::sha256())?;
        let mut bytes = Vec::new();
        context.sign_to_vec(digest, &mut bytes)?;
        Ok(Label::Signature(Signature::over_sha256(&self.certificate, bytes)))
    }
}

/// A file that nobody else can read, as ssh demands of its keys.
fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "others than its owner can read or write it (mode {mode:04o}): chmod 600 it"
        ));
    }
    // With its size known beforehand the buffer never moves and leaves no copy behind.
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    let mut pem = Zeroizing::new(Vec::with_capacity(size.min(1 << 20) + 1));
    file.by_ref()
        .take(1 << 20)
        .read_to_end(&mut pem)
        .map_err(|error| error.to_string())?;
    Ok(pem)
}
