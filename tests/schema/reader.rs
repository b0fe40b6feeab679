use imaform::config::{Diagnostic, Site, schema};
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::TempDir;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Inventory,
    Playbook,
}

impl Kind {
    pub fn schema(self) -> Value {
        let text = match self {
            Self::Inventory => schema::inventory(),
            Self::Playbook => schema::playbook(),
        };
        serde_json::from_str(&text).unwrap()
    }
}

/// A directory with all that the documents name.
pub struct Reader(TempDir);

impl Reader {
    pub fn new() -> Self {
        let reader = Self(tempfile::tempdir().unwrap());
        for name in ["key", "known_hosts", "ssh_config", "kubeconfig", "sudo"] {
            reader.put(name, "");
        }
        reader.put(
            "certificate.pem",
            include_str!("../../src/resource/gate/verdict_tests.pem"),
        );
        reader.put("policy.j2", "measure func=BPRM_CHECK\n");
        reader.put("audit.j2", "-w /etc\n");
        reader.put("p.yml", "name: p\nappraisal: log\n");
        reader
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    /// What the reader has against a document. It gets JSON, which is YAML, too.
    pub fn errors(&self, kind: Kind, document: &Value) -> Vec<Diagnostic> {
        let inventory = match kind {
            Kind::Inventory => document.to_string(),
            Kind::Playbook => {
                self.put("p.yml", &document.to_string());
                "groups: {g: {playbook: p.yml, hosts: [a]}}".to_owned()
            }
        };
        self.put("i.yml", &inventory);
        match Site::load(&self.0.path().join("i.yml")) {
            Ok(_) => Vec::new(),
            Err(found) => found.iter().cloned().collect(),
        }
    }
}

/// YAML 1.2 as the reader and editors take it: `y` is a text.
pub fn document(text: &str) -> Value {
    serde_yaml::from_str_with_options(text, serde_yaml::options! { strict_booleans: true }).unwrap()
}

pub fn read(path: &Path) -> Value {
    document(&fs::read_to_string(path).unwrap())
}
