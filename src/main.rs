//! The command line of imaform.

use std::process::ExitCode;

fn main() -> ExitCode {
    imaform::cli::main()
}
