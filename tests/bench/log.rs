//! Verification of a long measurement list, beside evmctl, keylime, and the bare hashing: `make bench-log`.
//! Arguments: the number of entries, the number of rounds.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bare;
mod command;
mod synthetic;

use command::Run;
use imaform::ima::{
    hex,
    measurement::{Composite, Evidence, verify},
    pcr::{Pcr, PcrBank, PcrValues},
};
use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use synthetic::{Files, Synthetic};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "verify") {
        return verified(&arguments[1..]);
    }
    let number = |at: usize, default| arguments.get(at).map_or(default, |text| text.parse().unwrap());
    let (entries, rounds) = (number(0, 1_000_000), number(1, 5));
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-log");
    fs::create_dir_all(&directory).unwrap();

    let list = Synthetic::new(entries);
    let files = list.write(&directory).unwrap();
    let tenth = Synthetic::new(entries / 10);
    fs::create_dir_all(directory.join("tenth")).unwrap();
    let tenth_files = tenth.write(&directory.join("tenth")).unwrap();

    let registers = (list.sha1.clone(), list.sha256.clone());
    let bare = |hashing: fn(&Synthetic) -> (Vec<u8>, Vec<u8>)| {
        command::in_memory(|| assert!(hashing(&list) == registers, "the registers differ"))
    };
    let imaform = |file: &Path, list: &Synthetic| {
        let pcr = |bank, value| format!("{bank}:10={}", hex::encode(value));
        let mut command = vec![
            env::args().next().unwrap(),
            "verify".to_owned(),
            file.display().to_string(),
        ];
        for pcr in [pcr("sha1", &list.sha1), pcr("sha256", &list.sha256)] {
            command.extend(["--pcr".to_owned(), pcr]);
        }
        command
    };
    let mut contestants: Vec<Contestant<'_>> = vec![
        Contestant::new("hashing alone, one thread", || bare(bare::on_one_thread)),
        Contestant::new("hashing alone, a thread a bank", || bare(bare::on_a_thread_a_bank)),
        Contestant::new("hashing alone, shared by two threads", || bare(bare::on_two_threads)),
        Contestant::new("imaform", || command::run(&imaform(&files.binary, &list))),
        Contestant::new("imaform, ASCII list", || command::run(&imaform(&files.ascii, &list))),
        Contestant::new("imaform, a tenth of the list", || {
            command::run(&imaform(&tenth_files.binary, &tenth))
        }),
        Contestant::new("imaform, quote of unknown registers", || {
            command::in_memory(|| quote(&files.binary, &list))
        }),
        Contestant::new("evmctl", || command::run(&evmctl(&files))),
    ];
    if let Some(python) = env::var_os("KEYLIME_PYTHON") {
        let command = [
            python.into_string().unwrap(),
            "tests/bench/replay_by_keylime.py".to_owned(),
            files.ascii.display().to_string(),
            hex::encode(&list.sha256),
        ];
        contestants.push(Contestant::new("keylime, ASCII list, one bank", move || {
            command::run(&command)
        }));
    }
    for _ in 0..rounds {
        for contestant in &mut contestants {
            contestant.runs.push((contestant.run)());
        }
    }
    for contestant in &contestants {
        let (time, busy) = (contestant.median(|run| run.time), contestant.median(|run| run.busy));
        println!(
            "{:40} {:8.3} s {:8.3} s {:8.0} ns an entry {:8.1} MiB",
            contestant.name,
            time,
            busy,
            busy * 1e9 / entries as f64,
            contestant.peak() as f64 / 1024.0
        );
    }
    ExitCode::SUCCESS
}

struct Contestant<'a> {
    name: &'static str,
    run: Box<dyn Fn() -> Run + 'a>,
    runs: Vec<Run>,
}

impl<'a> Contestant<'a> {
    fn new(name: &'static str, run: impl Fn() -> Run + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
            runs: Vec::new(),
        }
    }

    fn median(&self, of: fn(&Run) -> Duration) -> f64 {
        let mut times: Vec<f64> = self.runs.iter().map(|run| of(run).as_secs_f64()).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }

    fn peak(&self) -> u64 {
        self.runs.iter().map(|run| run.peak).max().unwrap()
    }
}

fn evmctl(files: &Files) -> Vec<String> {
    let list = files.binary.display().to_string();
    let pcrs = |bank, path: &Path| format!("{bank},{}", path.display());
    let (sha1, sha256) = (pcrs("sha1", &files.sha1_pcrs), pcrs("sha256", &files.sha256_pcrs));
    let words = [
        "evmctl",
        "ima_measurement",
        "--ignore-violations",
        "--pcrs",
        &sha1,
        "--pcrs",
        &sha256,
        &list,
    ];
    words.map(str::to_owned).to_vec()
}

fn quote(file: &Path, list: &Synthetic) {
    let register = |bank| (0..=10).map(move |index| Pcr { bank, index });
    let selection: Vec<Pcr> = register(PcrBank::Sha1).chain(register(PcrBank::Sha256)).collect();
    let zeros = [0; 32];
    let values = selection.iter().map(|pcr| match (pcr.bank, pcr.index) {
        (PcrBank::Sha1, 10) => &list.sha1[..],
        (_, 10) => &list.sha256[..],
        (bank, _) => &zeros[..bank.digest_len()],
    });
    let digest = PcrBank::Sha256.hash(values);
    let evidence = Evidence {
        composite: Some(Composite {
            hash: PcrBank::Sha256,
            selection,
            digest,
        }),
        ..Evidence::default()
    };
    let verification = verify(|| File::open(file), &evidence).unwrap();
    assert!(verification.is_sound() && verification.proven() == Some(verification.entries));
}

fn verified(arguments: &[String]) -> ExitCode {
    let mut evidence = Evidence::default();
    for value in arguments[1..].iter().filter(|argument| *argument != "--pcr") {
        for (pcr, value) in value.parse::<PcrValues>().unwrap().iter() {
            evidence.values.insert(pcr, value.to_vec()).unwrap();
        }
    }
    let verification = verify(|| File::open(&arguments[0]), &evidence).unwrap();
    assert!(
        verification.is_sound() && verification.proven() == Some(verification.entries),
        "{verification:?}"
    );
    ExitCode::SUCCESS
}
