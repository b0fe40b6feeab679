use crate::{
    config::{Diagnostics, Excerpt},
    ima::policy::{Severity, codes, page},
    words::printable,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    env, fs, io,
    ops::Range,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// The most results that GitHub takes in a run; a file with more is refused as a whole.
const MOST_RESULTS: usize = 25_000;

/// The rule of what is wrong in an inventory, a playbook or a template. It has no page.
const CONFIG: &str = "config";

/// A log in SARIF 2.1.0 with what GitHub's code scanning asks for beyond the standard.
pub struct Sarif {
    /// What paths are relative to.
    directory: PathBuf,
    results: Vec<Value>,
    /// What was said of each fingerprint, and where.
    said: HashMap<String, HashSet<(usize, Range<usize>, String)>>,
}

/// What is found, and where.
pub struct Finding<'f> {
    /// Its code.
    pub code: &'f str,
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter and what to do about it.
    pub message: String,
    /// In which rendering, where there are several.
    pub rendering: Option<String>,
    /// The part of a file that it is about.
    pub region: Region<'f>,
    /// The line that it is about, which names it while other lines come and go.
    pub line: &'f str,
}

/// A part of a line of a file.
pub struct Region<'f> {
    /// The file.
    pub file: &'f Path,
    /// The line, from 1.
    pub line: usize,
    /// Its characters, from 1.
    pub columns: Range<usize>,
}

impl<'f> Region<'f> {
    /// Stands for a file as a whole: GitHub shows nothing that has no line.
    pub fn whole(file: &'f Path) -> Self {
        Self {
            file,
            line: 1,
            columns: 1..1,
        }
    }
}

impl Sarif {
    /// An empty log.
    ///
    /// # Errors
    /// A working directory that is gone.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            directory: env::current_dir()?.canonicalize()?,
            results: Vec::new(),
            said: HashMap::new(),
        })
    }

    /// Adds a finding. What several renderings of a template have in common is said of the first.
    pub fn add(&mut self, finding: Finding<'_>) {
        let Finding { code, region, .. } = finding;
        let uri = self.uri(region.file);
        let digest = Sha256::digest(format!("{uri}\n{code}\n{}", finding.line.trim()));
        let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let said = self.said.entry(digest.clone()).or_default();
        if !said.insert((region.line, region.columns.clone(), finding.message.clone())) {
            return;
        }
        let count = said.len();
        let text = [Some(finding.message), finding.rendering];
        let text = text.into_iter().flatten().collect::<Vec<_>>().join("\n");
        self.results.push(json!({
            "ruleId": code,
            "ruleIndex": codes().take_while(|known| known != &code).count(),
            "level": match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            "message": { "text": printable(&text) },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": uri },
                    "region": {
                        "startLine": region.line,
                        "startColumn": region.columns.start,
                        "endLine": region.line,
                        "endColumn": region.columns.end,
                    },
                },
            }],
            // GitHub's upload-sarif adds its own beside it.
            "partialFingerprints": { "ruleAndLine/v1": format!("{digest}:{count}") },
        }));
    }

    /// Adds what is wrong with an inventory and what it names.
    pub fn add_config(&mut self, found: &Diagnostics) {
        for diagnostic in found.iter() {
            let excerpt = diagnostic.excerpt.as_deref();
            let width = |excerpt: &Excerpt| {
                excerpt
                    .text
                    .get(excerpt.start..excerpt.end)
                    .map(|text| text.chars().count())
            };
            let region = match diagnostic.line {
                0 => Region::whole(&diagnostic.file),
                line => Region {
                    file: &diagnostic.file,
                    line,
                    columns: diagnostic.column..diagnostic.column + excerpt.and_then(width).unwrap_or(0),
                },
            };
            self.add(Finding {
                code: CONFIG,
                severity: Severity::Error,
                message: with_help(&diagnostic.message, diagnostic.help.as_deref()),
                rendering: None,
                region,
                line: excerpt.map_or(&diagnostic.message, |excerpt| &excerpt.text),
            });
        }
    }

    /// The log as JSON; errors come first, as those that are left last.
    pub fn json(mut self) -> Value {
        self.results.sort_by_key(|result| result["level"] != "error");
        self.results.truncate(MOST_RESULTS);
        let repository = env!("CARGO_PKG_REPOSITORY");
        let rules = codes().map(rule).chain([config_rule()]);
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {
                    "driver": {
                        "name": env!("CARGO_PKG_NAME"),
                        "informationUri": repository,
                        "version": env!("CARGO_PKG_VERSION"),
                        "semanticVersion": env!("CARGO_PKG_VERSION"),
                        "rules": rules.collect::<Vec<_>>(),
                    },
                },
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        })
    }

    /// A file below the directory relative to it, as GitHub compares it with the repository. Links are followed, since GitHub
    /// shows nothing at a link.
    fn uri(&self, file: &Path) -> String {
        let real = fs::canonicalize(file);
        let path = real.as_deref().unwrap_or(file);
        let path = path.strip_prefix(&self.directory).unwrap_or(path);
        let encoded = path.as_os_str().as_bytes().iter().map(|&byte| match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        let scheme = if path.is_absolute() { "file://" } else { "" };
        scheme.chars().map(String::from).chain(encoded).collect()
    }
}

/// What is the matter and what to do about it.
pub fn with_help(message: &str, help: Option<&str>) -> String {
    match help {
        Some(help) => format!("{message}\n{help}"),
        None => message.to_owned(),
    }
}

/// A code with its page.
fn rule(code: &str) -> Value {
    let text = page(code).unwrap_or_default();
    let mut paragraphs = text.split("\n\n");
    let title = paragraphs.next().unwrap_or_default();
    let (_, title) = title.split_once(": ").unwrap_or(("", title));
    let first = paragraphs.next().unwrap_or_default().replace('\n', " ");
    json!({
        "id": code,
        "shortDescription": { "text": title },
        "fullDescription": { "text": first },
        "help": { "text": text, "markdown": text },
        "helpUri": format!("{}/blob/main/docs/policy/{code}.md", env!("CARGO_PKG_REPOSITORY")),
    })
}

fn config_rule() -> Value {
    let what = "an inventory, a playbook or a template cannot be taken as it is";
    json!({
        "id": CONFIG,
        "shortDescription": { "text": what },
        "fullDescription": { "text": "What stands in the file cannot be meant, or no kernel takes what it becomes." },
        "help": { "text": "`imaform inventory INVENTORY` says the same, without contacting any host." },
    })
}
