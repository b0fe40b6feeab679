//! Pages of documentation: what they show is what is printed.

use std::{fs, path::Path, process::Command};

/// The blocks of a page that are of this kind.
pub fn blocks(page: &str, kind: &str) -> Vec<String> {
    let open = format!("```{kind}\n");
    page.split(&open)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// Runs each command of a page's `console` blocks in a directory; what it prints must be what the page shows, where a line
/// `…` stands for any lines. Says how many there were.
pub fn run(page: &str, directory: &Path) -> usize {
    let page = fs::read_to_string(page).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_imaform")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut commands = 0;
    for block in blocks(&page, "console") {
        for part in block.split("$ ").skip(1) {
            let (command, shown) = part.split_once('\n').unwrap();
            let output = Command::new("sh")
                .args(["-c", command])
                .current_dir(directory)
                .env("PATH", &path)
                .output()
                .unwrap();
            let printed = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
            let mut rest = printed.as_str();
            for piece in shown.split("…\n") {
                let at = rest
                    .find(piece)
                    .unwrap_or_else(|| panic!("{command}\nshown:\n{piece}\nprinted:\n{printed}"));
                rest = &rest[at + piece.len()..];
            }
            commands += 1;
        }
    }
    commands
}
