//! The command line of imaform.
fn main() {}
