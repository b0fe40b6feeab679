//! `security.ima`, as an xattr of a host's file has it.

#![no_main]

use imaform::ima::Label;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(label) = Label::parse(bytes) {
        assert_eq!(Label::parse(&label.to_bytes()).as_ref(), Ok(&label));
        let _ = label.to_string();
    }
    let _ = Label::parse_hex(&String::from_utf8_lossy(bytes));
});
