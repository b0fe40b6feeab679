//! A measurement list that a kernel wrote, with what the TPM said of it: a directory of tests/lists (tests/lab/lists made it).
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use imaform::ima::{
    hex,
    measurement::{Composite, Evidence, Field, List, Verification, verify},
    pcr::{Pcr, PcrBank, PcrValues},
};
use std::{fs, path::PathBuf};

pub struct Sample {
    pub name: String,
    directory: PathBuf,
    about: String,
}

/// One of the lists of a sample.
pub struct Listing {
    /// Of the sample and the file.
    pub name: String,
    pub ascii: bool,
    pub bank: PcrBank,
    pub bytes: Vec<u8>,
}

/// An entry as the library reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub pcr: u32,
    pub hash: Vec<u8>,
    pub template: String,
    pub violation: bool,
    pub path: Vec<u8>,
    pub digest: Option<String>,
    pub fields: Vec<(Field, Vec<u8>)>,
}

impl Sample {
    pub fn all() -> Vec<Self> {
        let mut samples: Vec<Self> = fs::read_dir("tests/lists")
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|path| Self::named(path.file_name().unwrap().to_str().unwrap()))
            .collect();
        samples.sort_by(|a, b| a.name.cmp(&b.name));
        samples
    }

    pub fn named(name: &str) -> Self {
        let directory = PathBuf::from("tests/lists").join(name);
        Self {
            name: name.to_owned(),
            about: fs::read_to_string(directory.join("about")).unwrap(),
            directory,
        }
    }

    pub fn about(&self, key: &str) -> &str {
        self.about
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
            .unwrap_or_else(|| panic!("{}: {key}", self.name))
    }

    pub fn has_tpm(&self) -> bool {
        self.about("banks") != "none"
    }

    pub fn entries(&self) -> u64 {
        self.about("entries").parse().unwrap()
    }

    pub fn entries_at_quote(&self) -> u64 {
        self.about("entries at quote").parse().unwrap()
    }

    pub fn listing(&self, file: &str) -> Listing {
        let (form, bank) = file.split_once('_').unwrap_or((file, "sha1"));
        Listing {
            name: format!("{}/{file}", self.name),
            ascii: form == "ascii",
            bank: PcrBank::from_name(bank).unwrap(),
            bytes: fs::read(self.directory.join(file)).unwrap(),
        }
    }

    /// Those of every bank, in both forms.
    pub fn listings(&self) -> Vec<Listing> {
        let files = fs::read_dir(&self.directory).unwrap();
        let mut names: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("ascii") || name.starts_with("binary"))
            .collect();
        names.sort();
        names.iter().map(|name| self.listing(name)).collect()
    }

    /// All registers when the quotes were made.
    pub fn at_quote(&self) -> PcrValues {
        self.registers("pcrs-at-quote.txt")
    }

    /// All registers when the list was read.
    pub fn after(&self) -> PcrValues {
        self.registers("pcrs-after.txt")
    }

    fn registers(&self, file: &str) -> PcrValues {
        let mut values = PcrValues::default();
        for line in fs::read_to_string(self.directory.join(file)).unwrap().lines() {
            let [bank, index, value] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let pcr = Pcr {
                bank: PcrBank::from_name(bank).unwrap(),
                index: index.parse().unwrap(),
            };
            values.insert(pcr, hex::decode(value).unwrap()).unwrap();
        }
        values
    }

    /// What the quotes hold: `sha1:10+sha256:10`, say, and the digest, with which the attested structure ends.
    pub fn quotes(&self) -> Vec<Composite> {
        let quote = |text: &str| {
            let (key, selection) = text.split_once(' ').unwrap();
            let message = fs::read(self.directory.join(format!("{key}.msg"))).unwrap();
            Composite {
                hash: PcrBank::Sha256,
                selection: selection.split('+').flat_map(selected).collect(),
                digest: message[message.len() - 32..].to_vec(),
            }
        };
        self.about("quotes").split(", ").map(quote).collect()
    }
}

fn selected(bank: &str) -> impl Iterator<Item = Pcr> {
    let (bank, indices) = bank.split_once(':').unwrap();
    let bank = PcrBank::from_name(bank).unwrap();
    indices.split(',').map(move |index| Pcr {
        bank,
        index: index.parse().unwrap(),
    })
}

impl Listing {
    pub fn read(&self) -> Vec<Read> {
        let mut list = List::open(self.bytes.as_slice()).unwrap();
        let mut entries = Vec::new();
        while let Some(batch) = list.next_batch().unwrap() {
            entries.extend(batch.entries().map(|entry| Read {
                pcr: entry.pcr,
                hash: entry.template_hash.to_vec(),
                template: entry.layout.name().to_owned(),
                violation: entry.is_violation(),
                path: entry.path().to_vec(),
                digest: entry.digest().map(|digest| digest.to_string()),
                fields: entry.fields().map(|(field, data)| (field, data.to_vec())).collect(),
            }));
        }
        entries
    }
}

/// The list against these registers.
pub fn verified(list: &[u8], values: &PcrValues) -> Verification {
    let evidence = Evidence {
        values: values.clone(),
        ..Evidence::default()
    };
    verify(|| Ok(list), &evidence).unwrap()
}
