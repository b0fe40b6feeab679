//! `imaform log show`: the entries of a list, for people and for scripts.

use super::{
    Exit, Format,
    list_file::{FileError, ListFile},
    shown,
};
use crate::{
    cli::session::CliError,
    ima::measurement::{Entry, List, ListError},
    pattern::matches,
};
use clap::Args;
use std::{
    io::{self, BufWriter, ErrorKind, Write, stdout},
    path::PathBuf,
};

pub const EXAMPLES: &str = "\
Examples:
  imaform log show list --path '/usr/bin/*'
  imaform log show list --violations
  ssh web-1 sudo cat /sys/kernel/security/ima/binary_runtime_measurements | imaform log show -
  imaform log show list --format json | jq -r '.entries[] | select(.template == \"ima-sig\") | .path'";

pub const COLUMNS: &str = "\
Show the entries of a measurement list.

Columns:
  ENTRY     the place in the list; the first entry, boot_aggregate, is the hash of what firmware and boot loader measured
  PCR       the register of the TPM that was extended
  TEMPLATE  which fields the entry has: a name of the kernel's, or the list of fields (ima_template_fmt=)
  DIGEST    the hash of what was measured; of a violation: none. `verity:` marks the digest of fs-verity
  PATH      the file when it was measured, or what the kernel calls what it measured; blanks are written _
  MORE      the other fields: signatures with their key, owner, group, mode, xattrs, measured buffers

A violation is a file that was measured while it was open for writing (open_writers), or opened for writing while it was
in use as measured (ToMToU): what was read may not be what was measured. Its digest is zeros, the register gets ones, and
nothing protects its name.";

/// Arguments of `imaform log show`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The list, ASCII or binary; - for standard input
    file: PathBuf,
    /// Only paths that match; * stands for anything
    #[arg(long, value_name = "PATTERN")]
    path: Option<String>,
    /// Only entries of this template
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Only violations
    #[arg(long)]
    violations: bool,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Shows a list as it is read. That the reader of the output has gone, as with `| head`, is no error.
///
/// # Errors
/// A file that cannot be read or is no list, or an output that cannot be written.
pub fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let file = ListFile::new(&arguments.file)?;
    let mut out = BufWriter::new(stdout().lock());
    match show(arguments, &file, &mut out).and_then(|fault| out.flush().map(|()| fault).map_err(Into::into)) {
        Ok(None) => Ok(Exit::OK),
        Ok(Some(fault)) => Err(format!("error: {}: {fault}", file.path().display()).into()),
        Err(error) => match error.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::OK),
            _ => Err(error),
        },
    }
}

/// Shows what can be read, and gives what stopped it.
fn show(arguments: &Arguments, file: &ListFile, out: &mut impl Write) -> Result<Option<ListError>, CliError> {
    let unreadable = FileError::of(file.path());
    let mut list = match List::open(file.open().map_err(&unreadable)?) {
        Ok(list) => list,
        Err(ListError::Read(error)) => return Err(unreadable(error).into()),
        Err(fault) => return Ok(Some(fault)),
    };
    let mut table = match arguments.format {
        Format::Text => shown::Table::text(out)?,
        Format::Json => shown::Table::json(out, list.form())?,
    };
    let fault = loop {
        match list.next_batch() {
            Ok(Some(batch)) => {
                for entry in batch.entries().filter(|entry| arguments.wants(entry)) {
                    table.entry(out, &entry)?;
                }
            }
            Ok(None) => break None,
            Err(ListError::Read(error)) => return Err(unreadable(error).into()),
            Err(fault) => break Some(fault),
        }
    };
    table.end(out, fault.as_ref())?;
    Ok(fault)
}

impl Arguments {
    fn wants(&self, entry: &Entry<'_>) -> bool {
        let path = |pattern: &String| matches(pattern, &String::from_utf8_lossy(entry.path()));
        let template = |name: &String| name == entry.layout.name();
        self.path.as_ref().is_none_or(path)
            && self.template.as_ref().is_none_or(template)
            && (!self.violations || entry.is_violation())
    }
}
