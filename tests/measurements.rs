//! docs/measurements.md, on lists of real kernels.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{fs, path::Path};

/// The page's files: a list with every template and quotes of its registers, and the lists of a host that was upgraded.
#[test]
fn the_page_shows_what_is_printed() {
    let directory = tempfile::tempdir().unwrap();
    let sample = Path::new("tests/lists/debian-6.1-templates");
    for (from, to) in [
        ("binary", "list"),
        ("rsa.msg", "quote.msg"),
        ("rsa.sig", "quote.sig"),
        ("rsa.pcrs", "quote.pcrs"),
        ("rsa.pem", "ak.pem"),
        ("nonce", "nonce"),
        ("pcrs-after.txt", "pcrs.txt"),
    ] {
        fs::copy(sample.join(from), directory.path().join(to)).unwrap();
    }
    let upgrade = fs::read_to_string("tests/log_diff/upgrade.list").unwrap();
    for (name, lines) in [("monday", 691), ("tuesday", 707)] {
        let list: Vec<&str> = upgrade.split_inclusive('\n').take(lines).collect();
        fs::write(directory.path().join(name), list.concat()).unwrap();
    }
    assert!(support::page::run("docs/measurements.md", directory.path()) >= 5);
}
