//! A directory of root's files with real labels on a real sshd's host, and imaform run over it.

use super::sshd::{Sshd, is_root};
use imaform::ima::hex;
use serde_json::{Value, json};
use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Names that a careless script takes for several files, for options, for its own marks or for no text at all.
pub const HOSTILE: [&[u8]; 20] = [
    b" lead",
    b"trail ",
    b"new\nline",
    b"end\n",
    b"carriage\rreturn",
    b"end\r",
    br"back\slash",
    br"oct\012al",
    b"tab\tbed",
    b"not\xffutf8\xfe",
    b"x: FAILED",
    b"x: FAILED open or read",
    b"x: OK",
    b"x: security.ima: No such attribute",
    b"-n",
    b"$(touch hit)",
    b"it's a \"quote\" `id`",
    b"*",
    b"stale",
    b"%%imaform end",
];

/// A directory of root's files that is all the scope there is.
pub struct Bench {
    pub sshd: Sshd,
    pub files: PathBuf,
}

impl Bench {
    /// `None` without root, who alone may set `security.ima`.
    pub fn new() -> Option<Self> {
        if !is_root() {
            eprintln!("not tested: only root may set security.ima");
            return None;
        }
        let sshd = Sshd::start();
        let files = sshd.path("files");
        fs::create_dir(&files).unwrap();
        let bench = Self { sshd, files };
        fs::write(bench.sshd.path("p.yml"), bench.playbook()).unwrap();
        fs::write(bench.sshd.path("i.yml"), bench.sshd.inventory("become: none")).unwrap();
        bench.file("probe", b"");
        bench.label("probe", "0x01");
        fs::remove_file(bench.files.join("probe")).unwrap();
        Some(bench)
    }

    pub fn playbook(&self) -> String {
        let df = Command::new("df")
            .arg("--output=fstype")
            .arg(&self.files)
            .output()
            .unwrap();
        let df = String::from_utf8(df.stdout).unwrap();
        json!({
            "name": "p",
            "boot": { "cmdline": { "ima_policy": ["appraise_tcb"] } },
            "labels": { "filesystem": df.lines().last().unwrap(), "owner": "root", "exclude": all_but(&self.files) },
            "appraisal": "log",
        })
        .to_string()
    }

    pub fn file(&self, name: impl AsRef<OsStr>, content: &[u8]) {
        fs::write(self.files.join(name.as_ref()), content).unwrap();
    }

    pub fn label(&self, name: impl AsRef<OsStr>, label: &str) {
        self.label_all(&[name], label);
    }

    pub fn label_all(&self, names: &[impl AsRef<OsStr>], label: &str) {
        let setfattr = Command::new("setfattr")
            .args(["-n", "security.ima", "-v", label, "--"])
            .args(names.iter().map(|name| self.files.join(name.as_ref())))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&setfattr.stderr);
        assert!(
            setfattr.status.success(),
            "a TMPDIR on a file system with xattrs is needed: {said}"
        );
    }

    /// A file whose label is what `program` makes of it, after `header`.
    pub fn fitting(&self, name: impl AsRef<OsStr>, header: &str, program: &str) {
        self.file(&name, name.as_ref().as_bytes());
        let input = fs::File::open(self.files.join(name.as_ref())).unwrap();
        let sum = Command::new(program).stdin(input).output().unwrap();
        let sum = String::from_utf8(sum.stdout).unwrap();
        self.label(name, &format!("{header}{}", sum.split(' ').next().unwrap()));
    }

    /// A file with another label than its content asks for.
    pub fn stale(&self, name: impl AsRef<OsStr>) {
        self.file(&name, name.as_ref().as_bytes());
        self.label(name, &wrong());
    }

    pub fn status(&self, arguments: &[&str]) -> Ran {
        Ran::of(
            imaform()
                .arg("status")
                .arg(self.sshd.path("i.yml"))
                .args(["--plain", "--labels"])
                .args(arguments),
        )
    }

    pub fn audit(&self, code: i32) -> Value {
        let ran = self.status(&["--format", "json"]);
        assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
        let status: Value = serde_json::from_str(&ran.out).unwrap();
        status["hosts"][0]["label_audit"].clone()
    }

    pub fn path(&self, name: &str) -> Value {
        json!(self.files.join(name))
    }

    /// The names in a list of the answer, the directory cut off.
    pub fn names(&self, list: &Value) -> Vec<OsString> {
        let path = |file: &Value| match file.get("path_hex") {
            Some(bytes) => OsString::from_vec(hex::decode(bytes.as_str().unwrap()).unwrap()),
            None => file["path"].as_str().unwrap().into(),
        };
        let name = |file| {
            Path::new(&path(file))
                .strip_prefix(&self.files)
                .unwrap()
                .as_os_str()
                .to_owned()
        };
        list.as_array().unwrap().iter().map(name).collect()
    }
}

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().expect("killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The lines that are about labels.
    pub fn labels(&self) -> String {
        let lines = self.out.lines().skip_while(|line| !line.starts_with("  labels:"));
        let lines: Vec<_> = lines.take_while(|line| !line.starts_with("  differs")).collect();
        lines.join("\n")
    }
}

pub fn imaform() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imaform"));
    command.stdin(Stdio::null());
    command
}

pub fn wrong() -> String {
    format!("0x0404{}", "0".repeat(64))
}

/// Patterns of `find -path` for every path that does not lead to this one: for each beginning, what goes on otherwise.
pub fn all_but(path: &Path) -> Vec<String> {
    let path = path.to_str().unwrap();
    let mut patterns = Vec::new();
    for (at, next) in path.char_indices().skip(1) {
        let begin = &path[..at];
        patterns.push(format!("{begin}[!{next}]*"));
        if next != '/' && !begin.ends_with("/") && !begin.ends_with("/.") {
            patterns.push(begin.to_owned());
        }
    }
    patterns
}

pub fn prefixed(prefix: &str, name: &[u8]) -> OsString {
    OsString::from_vec([prefix.as_bytes(), name].concat())
}
