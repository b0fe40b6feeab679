//! `imaform completions`: scripts by which shells complete the command line.

use clap_complete::{Shell, generate};
use std::io::Write;

pub(super) const EXAMPLES: &str = "\
Examples:
  imaform completions bash >~/.local/share/bash-completion/completions/imaform
  imaform completions zsh >~/.zfunc/_imaform            a directory of $fpath
  imaform completions fish >~/.config/fish/completions/imaform.fish";

/// Writes the script for a shell.
pub fn run(shell: Shell, mut command: clap::Command, out: &mut dyn Write) {
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, out);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::{CommandFactory, ValueEnum};
    use std::{io::Write, process::Command};

    fn script(shell: Shell) -> String {
        let mut script = Vec::new();
        run(shell, crate::cli::Arguments::command(), &mut script);
        String::from_utf8(script).unwrap()
    }

    #[test]
    fn every_shell_completes_every_subcommand() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for subcommand in crate::cli::Arguments::command().get_subcommands() {
                assert!(
                    script.contains(subcommand.get_name()),
                    "{shell}: {}",
                    subcommand.get_name()
                );
            }
        }
    }

    #[test]
    fn bash_completes_by_it() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(script(Shell::Bash).as_bytes()).unwrap();
        let ask = "source \"$1\"; COMP_WORDS=(imaform policy sh); COMP_CWORD=2; _imaform imaform sh policy; echo \"${COMPREPLY[@]}\"";
        let bash = Command::new("bash")
            .args(["-c", ask, "bash"])
            .arg(file.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&bash.stdout), "show\n", "{bash:?}");
        let checked = Command::new("bash").arg("-n").arg(file.path()).output().unwrap();
        assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
    }
}
