//! `imaform man`: the help texts as manual pages.

use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  imaform man ~/.local/share/man/man1        then: man imaform-apply";

/// A page or its directory could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct Error {
    path: PathBuf,
    reason: io::Error,
}

/// Writes the page of a command and of each of its subcommands into a directory, which is made when it is not there.
///
/// # Errors
/// The directory or a page cannot be written.
pub fn run(command: clap::Command, directory: &Path) -> Result<(), Error> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |reason| Error { path, reason }
    };
    fs::create_dir_all(directory).map_err(fail(directory))?;
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut commands = vec![command];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().cloned());
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let path = directory.join(format!("{name}.1"));
        let text = page(&name, command).map_err(fail(&path))?;
        fs::write(&path, text).map_err(fail(&path))?;
    }
    Ok(())
}

/// The usual sections, and one for each part of the text after the help, whose lines are kept as they are.
fn page(name: &str, command: clap::Command) -> io::Result<Vec<u8>> {
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    let has_subcommands = command.has_subcommands();
    let man = Man::new(command);
    let mut text = Vec::new();
    // The crate's own title line leaves an empty date out, and what follows is taken for it.
    writeln!(text, ".TH {name} 1 \"\" \"imaform {}\"", env!("CARGO_PKG_VERSION"))?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_subcommands {
        man.render_subcommands_section(&mut text)?;
    }
    sections(&after).to_writer(&mut text)?;
    Ok(text)
}

fn sections(after: &str) -> Roff {
    let mut roff = Roff::new();
    for line in after.lines() {
        match line.strip_suffix(':') {
            Some(heading) if !line.starts_with(' ') => {
                roff.control("fi", [])
                    .control("SH", [heading.to_uppercase().as_str()])
                    .control("nf", []);
            }
            _ => {
                roff.text([roman(line)]);
            }
        }
    }
    roff
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use clap::CommandFactory;
    use std::process::Command;

    /// The programs that may be there to render a page, each asked for its warnings.
    const RENDERERS: [(&str, &[&str]); 3] = [
        ("man", &["--warnings", "-E", "UTF-8", "-Tutf8", "-l"]),
        ("groff", &["-Kutf8", "-ww", "-man", "-Tutf8"]),
        ("mandoc", &["-Wwarning", "-Tutf8"]),
    ];

    fn pages() -> (tempfile::TempDir, Vec<PathBuf>) {
        let directory = tempfile::tempdir().unwrap();
        let made = directory.path().join("man1");
        run(crate::cli::Arguments::command(), &made).unwrap();
        let pages = fs::read_dir(&made).unwrap().map(|page| page.unwrap().path()).collect();
        (directory, pages)
    }

    #[test]
    fn each_subcommand_has_a_page_with_its_examples() {
        let (directory, pages) = pages();
        let page = |name: &str| fs::read_to_string(directory.path().join("man1").join(name)).unwrap();
        assert!(page("imaform.1").contains("\n.SH \"EXIT CODES\"\n"));
        assert!(page("imaform-policy-show.1").contains("\n.SH EXAMPLES\n.nf\n  imaform policy show "));
        assert!(!pages.iter().any(|page| page.to_string_lossy().contains("help")));
        for subcommand in crate::cli::Arguments::command().get_subcommands() {
            let text = page(&format!("imaform-{}.1", subcommand.get_name()));
            assert!(text.contains(&format!("{} \\- ", subcommand.get_name())), "{text}");
        }
    }

    #[test]
    fn pages_render_without_a_warning() {
        let (_directory, pages) = pages();
        for (program, arguments) in RENDERERS {
            for page in &pages {
                let rendered = match Command::new(program).args(arguments).arg(page).output() {
                    Ok(rendered) => rendered,
                    Err(error) => {
                        eprintln!("not rendered by {program}: {error}");
                        break;
                    }
                };
                let told = String::from_utf8_lossy(&rendered.stderr);
                assert!(
                    rendered.status.success() && told.is_empty(),
                    "{program} {}: {told}",
                    page.display()
                );
                let text = String::from_utf8_lossy(&rendered.stdout).replace(' ', "");
                assert!(
                    text.contains(concat!("imaform", env!("CARGO_PKG_VERSION"))),
                    "{program}: {text}"
                );
            }
        }
    }
}
