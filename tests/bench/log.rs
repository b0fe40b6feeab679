//! Verification of a long measurement list, beside evmctl, keylime, and the bare hashing: `make bench-log`.
//! Arguments: the number of entries, the number of rounds.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bare;
mod command;
mod contestant;
mod demand;
mod synthetic;

use command::Run;
use contestant::Contestant;
use demand::Demand;
use imaform::ima::{
    hex,
    measurement::{Composite, Evidence, verify},
    pcr::{Pcr, PcrBank},
};
use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::ExitCode,
};
use synthetic::{Files, Synthetic};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
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
        let (sha1, sha256) = (pcr("sha1", &list.sha1), pcr("sha256", &list.sha256));
        let list = file.display().to_string();
        let words = [
            env!("CARGO_BIN_EXE_imaform"),
            "log",
            "verify",
            &list,
            "--pcr",
            &sha1,
            "--pcr",
            &sha256,
        ];
        words.map(str::to_owned)
    };
    let whole = |name, run: Box<dyn Fn() -> Run>| Contestant::new(name, entries, run);
    let mut contestants = [
        whole("hashing alone, one thread", Box::new(|| bare(bare::on_one_thread))),
        whole(
            "hashing alone, a thread a bank",
            Box::new(|| bare(bare::on_a_thread_a_bank)),
        ),
        whole(
            "hashing alone, shared by two threads",
            Box::new(|| bare(bare::on_two_threads)),
        ),
        whole("imaform", Box::new(|| command::run(&imaform(&files.binary, &list)))),
        whole(
            "imaform, ASCII list",
            Box::new(|| command::run(&imaform(&files.ascii, &list))),
        ),
        Contestant::new("imaform, a tenth of the list", entries / 10, || {
            command::run(&imaform(&tenth_files.binary, &tenth))
        }),
        whole(
            "imaform, quote of unknown registers",
            Box::new(|| quote(&files.binary, &list)),
        ),
        whole("evmctl", Box::new(|| command::run(&evmctl(&files)))),
    ];
    let python = env::var("KEYLIME_PYTHON").ok();
    let keylime = python.map(|python| keylime(&python, &files, &list));
    let mut keylime = keylime.map(|command| whole("keylime, ASCII list", Box::new(move || command::run(&command))));
    for round in 0..rounds {
        contestants.iter_mut().for_each(Contestant::go);
        // It takes longer than all others together.
        if round == 0 {
            keylime.iter_mut().for_each(Contestant::go);
        }
    }
    println!("{entries} entries, {rounds} rounds; medians:");
    println!(
        "{:44} {:>9} {:>9} {:>9} {:>9}",
        "", "s", "s of CPU", "ns/entry", "peak MiB"
    );
    contestants
        .iter()
        .chain(&keylime)
        .for_each(|contestant| println!("{contestant}"));

    let [one, a_bank, two, imaform, _, tenth, _, evmctl] = &contestants;
    let least = a_bank.time().min(two.time());
    let mut demands = vec![
        Demand::at_least("evmctl / imaform", evmctl.time() / imaform.time(), 6.0),
        Demand::at_most("imaform / hashing alone on two threads", imaform.time() / least, 1.5),
        Demand::at_most("the same, of CPU", imaform.busy() / one.busy(), 1.5),
        Demand::at_most(
            "MiB more than for a tenth of the list",
            (imaform.peak() as f64 - tenth.peak() as f64) / 1024.0,
            4.0,
        ),
    ];
    match &keylime {
        Some(keylime) => demands.push(Demand::at_least(
            "keylime / imaform",
            keylime.time() / imaform.time(),
            100.0,
        )),
        None => println!("keylime is not installed, and was left out"),
    }
    demands.iter().for_each(|demand| println!("{demand}"));
    ExitCode::from(u8::from(!demands.iter().all(Demand::is_met)))
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

fn keylime(python: &str, files: &Files, list: &Synthetic) -> [String; 5] {
    [
        python.to_owned(),
        "tests/bench/replay_by_keylime.py".to_owned(),
        files.ascii.display().to_string(),
        hex::encode(&list.sha1),
        hex::encode(&list.sha256),
    ]
}

/// A quote of registers 0 to 10 of both banks, of which nothing else is known.
fn quote(file: &Path, list: &Synthetic) -> Run {
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
    command::in_memory(|| {
        let verification = verify(|| File::open(file), &evidence).unwrap();
        assert!(verification.is_sound() && verification.proven() == Some(verification.entries));
    })
}
