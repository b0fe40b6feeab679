//! A list as a kernel with `ima_template=ima-ng` and `ima_hash=sha256` writes it, and what a TPM holds afterwards.

use imaform::ima::hex;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::Range,
    path::{Path, PathBuf},
};

/// One entry in this many says that a file changed around its measurement.
const VIOLATION_EVERY: u64 = 1000;

const DIRECTORIES: [&str; 8] = [
    "/usr/bin",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/python3/dist-packages",
    "/usr/share/perl/5.36.0/unicore/lib",
    "/usr/lib/modules/6.1.0-49-amd64/kernel/drivers/net",
    "/opt/vendor/application/releases",
    "/var/lib/containerd/snapshots",
    "/etc/systemd/system",
];

const WORDS: [&str; 12] = [
    "alsa", "crypto", "firmware", "gettext", "kernel", "libpam", "mapper", "network", "resolver", "session", "udev",
    "zlib",
];

/// The data of all entries, and the registers that they make.
pub struct Synthetic {
    /// The template data, one after the other.
    bytes: Vec<u8>,
    places: Vec<Place>,
    pub sha1: Vec<u8>,
    pub sha256: Vec<u8>,
}

struct Place {
    data: Range<usize>,
    violation: bool,
}

/// Where it was written.
pub struct Files {
    pub binary: PathBuf,
    pub ascii: PathBuf,
    /// As evmctl reads them: `PCR-10: HEX`.
    pub sha1_pcrs: PathBuf,
    pub sha256_pcrs: PathBuf,
}

impl Synthetic {
    pub fn new(entries: u64) -> Self {
        let mut whole = Self {
            bytes: Vec::new(),
            places: Vec::new(),
            sha1: vec![0; 20],
            sha256: vec![0; 32],
        };
        let mut random = Random(1);
        for number in 0..entries {
            let violation = number % VIOLATION_EVERY == VIOLATION_EVERY - 1;
            let digest = if violation { [0; 32] } else { random.digest() };
            whole.push(&digest, &path(number, &mut random), violation);
        }
        whole
    }

    fn push(&mut self, digest: &[u8; 32], path: &str, violation: bool) {
        let begin = self.bytes.len();
        self.bytes.extend(40_u32.to_le_bytes());
        self.bytes.extend(b"sha256:\0");
        self.bytes.extend(digest);
        self.bytes.extend((path.len() as u32 + 1).to_le_bytes());
        self.bytes.extend(path.as_bytes());
        self.bytes.push(0);
        let data = begin..self.bytes.len();
        extend::<Sha1>(&mut self.sha1, &self.bytes[data.clone()], violation);
        extend::<Sha256>(&mut self.sha256, &self.bytes[data.clone()], violation);
        self.places.push(Place { data, violation });
    }

    /// What is hashed for each entry; `None` for a violation, which extends ones.
    pub fn hashed(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        let data = |place: &Place| (!place.violation).then(|| &self.bytes[place.data.clone()]);
        self.places.iter().map(data)
    }

    /// The list in both forms, and the registers.
    pub fn write(&self, directory: &Path) -> io::Result<Files> {
        let files = Files {
            binary: directory.join("binary_runtime_measurements"),
            ascii: directory.join("ascii_runtime_measurements"),
            sha1_pcrs: directory.join("pcrs.sha1"),
            sha256_pcrs: directory.join("pcrs.sha256"),
        };
        let mut binary = BufWriter::new(File::create(&files.binary)?);
        let mut ascii = BufWriter::new(File::create(&files.ascii)?);
        for place in &self.places {
            let data = &self.bytes[place.data.clone()];
            let hash = if place.violation {
                vec![0; 20]
            } else {
                Sha1::digest(data).to_vec()
            };
            binary.write_all(&10_u32.to_le_bytes())?;
            binary.write_all(&hash)?;
            binary.write_all(&6_u32.to_le_bytes())?;
            binary.write_all(b"ima-ng")?;
            binary.write_all(&(data.len() as u32).to_le_bytes())?;
            binary.write_all(data)?;
            let (digest, path) = (hex::encode(&data[12..44]), &data[48..data.len() - 1]);
            write!(ascii, "10 {} ima-ng sha256:{digest} ", hex::encode(&hash))?;
            ascii.write_all(path)?;
            ascii.write_all(b"\n")?;
        }
        binary.flush()?;
        ascii.flush()?;
        fs::write(&files.sha1_pcrs, pcrs(&self.sha1))?;
        fs::write(&files.sha256_pcrs, pcrs(&self.sha256))?;
        Ok(files)
    }
}

fn extend<D: Digest>(register: &mut Vec<u8>, data: &[u8], violation: bool) {
    let hash = if violation {
        vec![0xff; register.len()]
    } else {
        D::digest(data).to_vec()
    };
    *register = D::new()
        .chain_update(&register[..])
        .chain_update(hash)
        .finalize()
        .to_vec();
}

/// All registers to the tenth: evmctl counts the lines.
fn pcrs(last: &[u8]) -> String {
    let zeros = vec![0; last.len()];
    let line = |index| {
        let value = if index == 10 { last } else { &zeros };
        format!("PCR-{index:02}:{}\n", hex::encode(value))
    };
    (0..=10).map(line).collect()
}

/// 30 to 80 bytes, no two alike.
fn path(number: u64, random: &mut Random) -> String {
    if number == 0 {
        return "boot_aggregate".to_owned();
    }
    let mut path = format!("{}/", random.one_of(&DIRECTORIES));
    let enough = 30 + random.below(40);
    while path.len() < enough as usize {
        path.push_str(random.one_of(&WORDS));
        path.push('-');
    }
    path.truncate(72);
    path.push_str(&format!("{number:07x}"));
    path
}

/// SplitMix64: the same list every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn digest(&mut self) -> [u8; 32] {
        let mut digest = [0; 32];
        for eight in digest.chunks_exact_mut(8) {
            eight.copy_from_slice(&self.next().to_le_bytes());
        }
        digest
    }
}
