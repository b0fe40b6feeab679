//! `imaform policy diff`: what changes in effect from one policy to another.

use super::{
    super::exit::Exit,
    Format, diffed,
    judge_options::{KernelError, KernelOptions},
    policy_file::{self, PolicyFileError},
};
use crate::{
    ima::{
        KernelVersion,
        policy::{
            Kernel, Rule,
            diff::{Coverage, Difference},
        },
    },
    words::printable,
};
use clap::Args;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

pub const EXAMPLES: &str = "\
Examples:
  imaform policy diff old.policy new.policy
  imaform policy diff old.policy new.policy --kernel 6.1 --format json | jq '.changes[] | {class, conditions}'

Exit codes:
  0  no change in effect
  1  error, or no change found though not everything could be compared
  2  changes in effect";

/// Arguments of `imaform policy diff`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The policy as it was
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The policy as it will be
    #[arg(value_name = "B")]
    after: PathBuf,
    #[command(flatten)]
    kernel: KernelOptions,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Why two policies could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel is not known.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// A file that cannot be read.
    #[error(transparent)]
    File(#[from] PolicyFileError),
    /// The kernel refuses rules, and so loads no policy that could be compared.
    #[error(
        "{}: Linux {kernel} refuses {}; `imaform policy check` tells why",
        path.display(),
        in_words(lines)
    )]
    Refused {
        /// The file.
        path: PathBuf,
        /// The kernel.
        kernel: KernelVersion,
        /// The lines, from 1.
        lines: Vec<usize>,
    },
    /// The output was closed.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

/// Shows what changes; the exit code says whether anything does.
///
/// # Errors
/// A kernel that is not known, a policy that cannot be read or that the kernel refuses, or an output that cannot be
/// written.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Error> {
    let kernel = arguments.kernel.kernel()?;
    let before = rules(&arguments.before, &kernel)?;
    let after = rules(&arguments.after, &kernel)?;
    let difference = Difference::between(&before, &after, &kernel);
    let text = match arguments.format {
        Format::Text => printable(&diffed::text(
            &difference,
            [&arguments.before, &arguments.after],
            &kernel,
        )),
        Format::Json => format!("{:#}\n", diffed::json(&difference, &kernel)),
    };
    out.write_all(text.as_bytes())?;
    Ok(match difference.coverage {
        _ if !difference.changes.is_empty() => Exit::CHANGES,
        Coverage::All => Exit::OK,
        Coverage::Share(_) => Exit::ERROR,
    })
}

/// The rules of a file. One without any is no error: a policy may be compared with none.
fn rules(path: &Path, kernel: &Kernel) -> Result<Vec<Rule>, Error> {
    let policy = policy_file::read(path)?;
    let judgement = policy.judge(kernel);
    let refused = judgement.lines.iter().filter(|(_, verdict)| verdict.is_err());
    let lines: Vec<usize> = refused.map(|(line, _)| line.number).collect();
    if lines.is_empty() {
        return Ok(judgement.rules().cloned().collect());
    }
    Err(Error::Refused {
        path: path.to_owned(),
        kernel: kernel.version(),
        lines,
    })
}

fn in_words(lines: &[usize]) -> String {
    let numbers: Vec<_> = lines.iter().map(ToString::to_string).collect();
    format!("line{} {}", if lines.len() == 1 { "" } else { "s" }, numbers.join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Parser;
    use serde_json::{Value, json};
    use std::fs;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn compared(before: &str, after: &str, options: &str) -> Result<(Exit, String), String> {
        let directory = tempfile::tempdir().unwrap();
        let [old, new] = [("old.policy", before), ("new.policy", after)].map(|(name, text)| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        });
        let words = ["diff", &old, &new].into_iter().chain(options.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        let within = format!("{}/", directory.path().display());
        let exit = run(&line.arguments, &mut out).map_err(|error| error.to_string().replace(&within, ""))?;
        Ok((exit, String::from_utf8(out).unwrap().replace(&within, "")))
    }

    #[test]
    fn tells_what_a_person_would_want_to_know() {
        let (exit, said) = compared(
            "# as it was\nappraise func=BPRM_CHECK appraise_type=imasig\nmeasure uid=0\n",
            "measure uid=0\nappraise func=BPRM_CHECK appraise_type=imasig fowner=0\n",
            "--kernel 6.1",
        )
        .unwrap();
        assert_eq!(exit, Exit::CHANGES);
        assert_eq!(
            said,
            "No longer appraised: func=BPRM_CHECK, fowner>0\n  \
             - appraised: must have a signature in its label (old.policy line 2: appraise func=BPRM_CHECK appraise_type=imasig)\n  \
             + not appraised (no rule)\n  \
             for example: func=BPRM_CHECK mask=MAY_EXEC fowner=1000\n\n\
             1 change in effect (Linux 6.1, built as Debian builds it)\n"
        );
    }

    #[test]
    fn another_text_is_no_change() {
        let (exit, said) = compared(
            "measure func=PATH_CHECK mask=MAY_READ\naudit\n",
            "# why\naudit\nmeasure mask=MAY_READ func=FILE_CHECK\nmeasure func=FILE_CHECK mask=MAY_READ pcr=10\n",
            "--kernel 6.1",
        )
        .unwrap();
        assert_eq!(exit, Exit::OK);
        assert_eq!(said, "no change in effect (Linux 6.1, built as Debian builds it)\n");
    }

    #[test]
    fn json_names_the_rules_and_an_example() {
        let (exit, said) = compared("audit uid=0\n", "", "--format json").unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(exit, Exit::CHANGES);
        assert_eq!((&said["format_version"], &said["complete"]), (&json!(1), &json!(true)));
        let change = &said["changes"][0];
        assert_eq!(change["class"], "audit");
        assert_eq!(change["before"]["rule"], 1);
        assert_eq!(change["after"], json!({ "rule": null, "effect": "not audited" }));
        assert_eq!(change["conditions"], "uid=0");
        assert_eq!(change["example"]["user"]["real"], 0);
    }

    #[test]
    fn refuses_what_the_kernel_refuses() {
        let error = compared("measure\n", "measur\naudit\naudit audit\n", "--kernel 6.1").unwrap_err();
        assert_eq!(
            error,
            "new.policy: Linux 6.1 refuses lines 1, 3; `imaform policy check` tells why"
        );
        let line = Line::try_parse_from(["diff", "/nowhere/a", "/nowhere/b"]).unwrap();
        let error = run(&line.arguments, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nowhere/a: "), "{error}");
    }
}
