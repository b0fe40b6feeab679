//! What the guide tells to type for editors, shells and manual pages.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{fs, path::Path, process::Command};

const COMMANDS: &str = "
imaform init my-site
cd my-site
imaform schema inventory >schema/inventory.json
imaform schema playbook >schema/playbook.json
mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions
imaform completions bash >~/.local/share/bash-completion/completions/imaform
imaform completions zsh >~/.zfunc/_imaform
imaform completions fish >~/.config/fish/completions/imaform.fish
imaform man ~/.local/share/man/man1
";

#[test]
fn the_guides_commands_do_what_it_says() {
    let home = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_imaform")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    let shell = shell.args(["-ec", COMMANDS]).current_dir(home.path());
    let done = shell.env("HOME", home.path()).env("PATH", path).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    for (file, part) in [
        ("my-site/schema/inventory.json", "Inventory of imaform"),
        ("my-site/schema/playbook.json", "Playbook of imaform"),
        (
            ".local/share/bash-completion/completions/imaform",
            "complete -F _imaform",
        ),
        (".zfunc/_imaform", "#compdef imaform"),
        (".config/fish/completions/imaform.fish", "complete -c imaform"),
        (".local/share/man/man1/imaform-apply.1", ".SH EXAMPLES"),
    ] {
        assert!(
            fs::read_to_string(home.path().join(file)).unwrap().contains(part),
            "{file}"
        );
    }
}
