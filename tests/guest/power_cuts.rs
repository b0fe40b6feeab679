//! The power goes at random moments of an apply: `make test-power-cuts`. IMAFORM_POWER_CUTS is how many (25), IMAFORM_SEED
//! repeats a run.

use crate::{
    guest::Guest,
    imaform::{Running, apply_again, imaform},
};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use std::{
    env,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Emulated guests share two cores.
const AT_ONCE: usize = 2;

#[test]
fn every_host_boots_and_the_next_apply_ends_in_enforce() {
    let seed = setting("IMAFORM_SEED", || {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    });
    let cuts = setting("IMAFORM_POWER_CUTS", || 25);
    eprintln!("{cuts} power cuts, IMAFORM_SEED={seed}");
    let stock = Guest::stock("power");
    stock.off();
    let undisturbed = undisturbed(&stock);

    let next = AtomicUsize::new(0);
    let numbers = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < cuts);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(number) = numbers() {
                    cut(&stock, number, Moment::of(seed, number, &undisturbed));
                }
            });
        }
    });
}

fn setting<T: FromStr>(name: &str, otherwise: impl Fn() -> T) -> T {
    let said = env::var(name).ok();
    said.map_or_else(otherwise, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}"))
    })
}

/// When each line of an apply that nothing disturbs is said, from its beginning; the last one is its end.
fn undisturbed(stock: &Guest) -> Vec<Duration> {
    let guest = stock.copy("power-none");
    guest.on();
    let begin = Instant::now();
    let mut run = Running::start("apply", &guest.inventory("debian.yml"), &["--yes"]);
    let mut times = Vec::new();
    while run.line() {
        times.push(begin.elapsed());
    }
    run.finish().expect(0, &["enforcing"]);
    times
}

/// So long after so many lines. Time alone would depend on what else the machine does.
struct Moment {
    lines: usize,
    after: Duration,
}

impl Moment {
    /// Anywhere in the time of the undisturbed run.
    fn of(seed: u64, number: usize, undisturbed: &[Duration]) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&(number as u64).to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes).next_u32();
        let time = undisturbed
            .last()
            .unwrap()
            .mul_f64(f64::from(random) / f64::from(u32::MAX));
        let lines = undisturbed.iter().take_while(|said| **said <= time).count();
        let said = lines.checked_sub(1).map_or(Duration::ZERO, |last| undisturbed[last]);
        Self {
            lines,
            after: time - said,
        }
    }
}

fn cut(stock: &Guest, number: usize, moment: Moment) {
    let guest = stock.copy(&format!("power-{number}"));
    let inventory = guest.inventory("debian.yml");
    guest.on();
    let mut run = Running::start("apply", &inventory, &["--yes"]);
    while run.said().len() < moment.lines && run.line() {}
    // The moment is what is random here; nothing is waited for.
    thread::sleep(moment.after);
    guest.cut();
    let last = run.said().last().cloned().unwrap_or_default();
    run.kill();

    guest.on();
    let mode = guest.mode();
    apply_again(&guest, &inventory)
        .finish()
        .expect(0, &["enforcing", "1 host: 1 as wanted, 0 not"]);
    assert_eq!(guest.mode(), "enforce");
    imaform("plan", &inventory, &["--detailed-exitcode"]).expect(0, &["1 up to date"]);
    eprintln!(
        "power cut {number}: {:.1} s after line {} ({last}): booted, {mode}; then enforced",
        moment.after.as_secs_f64(),
        moment.lines
    );
}
