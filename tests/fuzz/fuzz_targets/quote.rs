//! What a host says of its TPM, and files of tpm2-tools. The first byte chooses the reader.
#![no_main]

use imaform::tpm::{EkCertificate, Quote, QuoteSignature, parse_pcrs};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((reader, bytes)) = bytes.split_first() else { return };
    match reader % 4 {
        0 => {
            if let Ok(quote) = Quote::parse(bytes) {
                assert!(bytes.ends_with(quote.message()));
                let _ = quote.composite();
            }
        }
        1 => drop(QuoteSignature::parse(bytes)),
        2 => drop(parse_pcrs(bytes)),
        _ => drop(EkCertificate::parse(bytes)),
    }
});
