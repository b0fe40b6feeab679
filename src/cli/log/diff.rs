//! `imaform log diff`: what changed from one list to another.

use super::{
    Exit, Format, diffed, diffed_json,
    list_file::{FileError, ListFile},
};
use crate::{
    cli::session::CliError,
    ima::measurement::{
        Form, List, ListError,
        diff::{Diff, Parting, Relation, Snapshot, parting},
    },
};
use clap::Args;
use std::{
    io::{self, BufWriter, ErrorKind, Read, Write, stdout},
    path::{Path, PathBuf},
};

pub const EXAMPLES: &str = "\
Examples:
  imaform log diff monday.list tuesday.list
  ssh web-1 sudo cat /sys/kernel/security/ima/binary_runtime_measurements | imaform log diff web-1.list -
  imaform log diff a b --format json | jq -r '.changed[] | select(.package_manager == null) | .path'
  imaform log diff a b --detailed-exitcode >/dev/null; [ $? -ne 2 ] || echo something changed

Exit codes:
  0  both lists were read, whether they differ or not
  1  error: a file that cannot be read, or is no list
  2  with --detailed-exitcode: they differ (a restart, or a longer list, is no difference in itself)";

pub const MEANING: &str = "\
Show what changed from a measurement list A to a later list B of the same host.

The lists may be ASCII or binary, of any template and bank. Digests are compared; signatures, owners and modes are not. \
Digests of different hash algorithms cannot be compared: where a file has no others, that is said.

How B stands to A:
  same           the same entries
  continued      B begins with all of A and goes on: the same boot, or one that began alike
  shortened      B is the beginning of A: the older of the two, or cut off
  new_boot       boot_aggregate differs (firmware, its settings, the boot loader or what it
                 loaded), or it is written with another template or hash, or another kernel ran
  in_doubt       the same boot_aggregate, and neither list is the beginning of the other
  contradiction  lists known to be of one boot, and B does not go on where A ended

In doubt is a restart of an unchanged machine, which has the same boot_aggregate, as much as a list that was altered. Shown \
are where the lists part, and how much of what both have comes in the same order: a restart seldom repeats the order of \
many entries, an alteration keeps it. A quote decides (imaform log verify).

Package managers: a list does not say which package a file is of. A change counts as one that a package manager may explain \
where the list shows dpkg or rpm at work before it:
  - scripts of packages (/var/lib/dpkg/info/*.postinst, /var/lib/dpkg/tmp.ci/*, rpm-tmp.*)
  - files measured before they are renamed into place (*.dpkg-new, *;65a1b2c3), dpkg-split
  - records rewritten (/var/lib/dpkg/status, /var/lib/dpkg/info/*.list, /var/lib/rpm/*)
  - after a restart: all of that in A after it measured the file, and modules of another kernel
That dpkg or rpm was executed, or its records read, is not enough: they also run to answer questions. Packages are named \
where a trace has the name. Mind that
  - whoever is root can make a package manager run: such a change is not proven to be harmless
  - an upgrade after A was taken and before a restart has its traces in neither list
  - the kernel measures the same content once a boot: a second upgrade leaves fewer traces

A violation is a file that was measured while it was open for writing, or opened for writing while it was in use as \
measured; which of the two, no list tells.

Text shows the first 200 of each group, the most alarming group first; in a group, what changes by itself comes last (/var, \
/run, /tmp, /home, /dev, /proc, /sys). JSON has everything:
  format_version   1
  a, b             source, entries, names, violations, boot_aggregate, template, boot_id
  relation         kind (as above); where they apply: added, missing, reason, shared, same_order,
                   parting {entry, a, b}
  coverage         alike; begun, ended, wider, narrower: one list is of a time when much less
                   was measured
  differs          what --detailed-exitcode tells
  package_manager  at_work, from_entry (null: some time between the lists), in_a_until_entry (after
                   a restart), managers, asked (ran, and nothing shows them at work), traces,
                   packages, new_kernels, gone_kernels
  changed          path, old, new; way: other, back (B has only contents that A had before
                   its latest), or other_stage (one is of the initramfs and one is not);
                   package_manager: unpacked (the content was measured as *.dpkg-new or the
                   like), at_work, or null
  violations       path, a and b (how many), last_entry
  new, gone        path, contents {digest, entry}, more (contents beyond 16, not kept)
  incomparable     path, a, b (contents)
A path that is no UTF-8 is there as path_hex, too.";

/// Arguments of `imaform log diff`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The earlier list, ASCII or binary; - for standard input
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The later list; - for standard input
    #[arg(value_name = "B")]
    after: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Exit with 2 when the lists differ
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Shows what changed. That the reader of the output has gone, as with `| head`, is no error.
///
/// # Errors
/// A file that cannot be read or is no list, or an output that cannot be written.
pub fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let paths = [arguments.before.as_path(), arguments.after.as_path()];
    if paths == [Path::new("-"); 2] {
        return Err("error: only one of the two lists can be standard input".into());
    }
    let [a, b] = [ListFile::new(paths[0])?, ListFile::new(paths[1])?];
    let (mut before, form_a) = snapshot(&a, None)?;
    let (after, form_b) = snapshot(&b, Some(before.entries()))?;
    if after.entries() < before.entries() {
        (before, _) = snapshot(&a, Some(after.entries()))?;
    }
    let diff = Diff::between(&before, &after);
    let parting = match diff.relation {
        Relation::InDoubt(_) | Relation::Contradiction => part(&a, &b)?,
        _ => None,
    };
    let sources = [(&a, form_a), (&b, form_b)].map(|(file, form)| format!("{}: {form}", file.path().display()));
    let [source_a, source_b] = &sources;
    let sides = [
        diffed::Side {
            name: "A",
            source: source_a,
        },
        diffed::Side {
            name: "B",
            source: source_b,
        },
    ];
    match write(arguments.format, &diff, sides, parting.as_ref()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(if arguments.detailed_exitcode && !diff.is_empty() {
        Exit::CHANGES
    } else {
        Exit::OK
    })
}

fn write(format: Format, diff: &Diff<'_>, sides: [diffed::Side<'_>; 2], parting: Option<&Parting>) -> io::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    match format {
        Format::Text => out.write_all(diffed::text(diff, sides, parting).as_bytes())?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &diffed_json::Object::of(diff, sides, parting))?;
            writeln!(out)?;
        }
    }
    out.flush()
}

fn snapshot(file: &ListFile, mark: Option<u64>) -> Result<(Snapshot, Form), CliError> {
    let mut list = open(file)?;
    let snapshot = Snapshot::read(&mut list, mark).map_err(told(file))?;
    Ok((snapshot, *list.form()))
}

fn part(a: &ListFile, b: &ListFile) -> Result<Option<Parting>, CliError> {
    // What is wrong with either of them would have been found before.
    parting(&mut open(a)?, &mut open(b)?).map_err(told(b))
}

fn open(file: &ListFile) -> Result<List<impl Read + use<>>, CliError> {
    let source = file.open().map_err(FileError::of(file.path()))?;
    List::open(source).map_err(told(file))
}

/// Names the file.
fn told(file: &ListFile) -> impl FnOnce(ListError) -> CliError {
    |error| match error {
        ListError::Read(error) => FileError::of(file.path())(error).into(),
        fault => format!("error: {}: {fault}", file.path().display()).into(),
    }
}
