use std::{env, os::unix::process::CommandExt, process::Command};

/// libtss2 writes to standard error what it thinks of bytes that are no quote, and of every answer of a TPM that is an
/// error, as that a certificate is not there. Only its environment tells it not to, and the environment of a process that
/// runs cannot be changed safely: so the process begins once more. Where it cannot, there is only more to read.
pub fn ensure() {
    let mut arguments = env::args_os();
    let Some(name) = arguments.next().filter(|_| env::var_os(LOG).is_none()) else {
        return;
    };
    let _ = Command::new("/proc/self/exe")
        .arg0(name)
        .args(arguments)
        .env(LOG, "all+none")
        .exec();
}

/// `TSS2_LOG=MODULE+LEVEL` (tpm2-tss, doc/logging.md).
const LOG: &str = "TSS2_LOG";
