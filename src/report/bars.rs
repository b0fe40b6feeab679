use super::{Lines, Reporter, eta::Eta, lines::progress_words};
use crate::{
    rollout::{Event, EventKind, RolloutEvent, What},
    words::printable,
};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{collections::BTreeMap, time::Duration};

/// A bar for each host on a terminal, and a line for each step that is done.
pub struct Bars {
    all: MultiProgress,
    hosts: BTreeMap<String, ProgressBar>,
    etas: BTreeMap<String, Eta>,
    /// Of the hosts that are taken together, above all others.
    wave: Option<(ProgressBar, Vec<String>)>,
}

impl Default for Bars {
    fn default() -> Self {
        Self {
            all: MultiProgress::new(),
            hosts: BTreeMap::new(),
            etas: BTreeMap::new(),
            wave: None,
        }
    }
}

impl Bars {
    fn bar(&mut self, host: &str) -> &ProgressBar {
        let all = &self.all;
        self.hosts.entry(host.to_owned()).or_insert_with(|| {
            let bar = all.add(ProgressBar::new_spinner());
            bar.set_style(spinner());
            bar.set_prefix(host.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        })
    }

    fn say(&mut self, host: &str, message: &str) {
        self.bar(host).set_message(printable(message));
    }

    fn print(&self, text: &str) {
        // A line that the terminal does not take is lost; the summary says it again.
        let _ = self.all.println(printable(text));
    }
}

impl Reporter for Bars {
    fn event(&mut self, event: &Event) {
        match &event.what {
            What::Host { host, kind } => self.host(host.clone(), kind),
            What::Rollout(RolloutEvent::Ended { .. }) => {}
            What::Rollout(event) => {
                self.print(&event.to_string());
                if let RolloutEvent::Wave { wave, of, hosts, .. } = event {
                    self.begin_wave(*wave, *of, hosts);
                }
            }
        }
    }

    fn end(&mut self) {
        let _ = self.all.clear();
    }
}

impl Bars {
    /// A wave that goes on after it was closed keeps its bar.
    fn begin_wave(&mut self, wave: usize, of: usize, hosts: &[String]) {
        if self.wave.as_ref().is_some_and(|(_, known)| known == hosts) {
            return;
        }
        if let Some((bar, _)) = self.wave.take() {
            bar.finish_and_clear();
        }
        let bar = self.all.insert(0, ProgressBar::new(hosts.len() as u64));
        bar.set_style(wave_bar());
        bar.set_prefix(format!("wave {wave} of {of}"));
        self.wave = Some((bar, hosts.to_vec()));
    }

    fn host(&mut self, host: String, kind: &EventKind) {
        match kind {
            EventKind::Probing => self.say(&host, "looking"),
            EventKind::Probed => {
                if let Some(bar) = self.hosts.remove(&host) {
                    bar.finish_and_clear();
                }
            }
            EventKind::Begins => self.say(&host, "its turn"),
            EventKind::Started { steps } => {
                let length = *steps as u64;
                let bar = self.bar(&host);
                bar.set_style(steps_bar());
                bar.set_length(length);
                bar.set_position(0);
            }
            EventKind::Planned { text } => self.print(&format!("{host}: planned anew\n{text}")),
            EventKind::StepStarted { stage, title, .. } => self.say(&host, &format!("{stage}: {title}")),
            EventKind::StepProgress { progress, .. } => {
                let eta = *self.etas.entry(host.clone()).or_insert_with(|| Eta::start(*progress));
                let words = progress_words(*progress, eta);
                self.say(&host, &words);
            }
            EventKind::StepDone { title, evidence, .. } => {
                self.etas.remove(&host);
                self.bar(&host).inc(1);
                self.print(&format!("{host}: {title}"));
                for line in evidence {
                    self.print(&format!("    {line}"));
                }
            }
            EventKind::Finished(_) => {
                if let Some((bar, _)) = self.wave.as_ref().filter(|(_, hosts)| hosts.contains(&host)) {
                    bar.inc(1);
                }
                if let Some(bar) = self.hosts.remove(&host) {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

/// The reporter for a terminal, or for a pipe.
pub fn for_person(plain: Plain) -> Box<dyn Reporter> {
    match plain {
        Plain::Lines => Box::new(Lines::default()),
        Plain::Bars => Box::new(Bars::default()),
    }
}

/// What the terminal allows and the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// Plain lines.
    Lines,
    /// Bars.
    Bars,
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix}: {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn wave_bar() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} [{bar:20}] {pos} of {len} hosts {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn steps_bar() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} [{bar:20}] {pos}/{len} {elapsed} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
