use super::text::Time;
use schemars::JsonSchema;

/// How the hosts of a group are taken: in waves.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Rollout {
    /// Hosts of the first wave; a batch as any other where this is not given.
    canary: Option<SomeHosts>,
    /// Hosts of each further wave; `100%` where this is not given.
    batch: Option<SomeHosts>,
    /// So many may fail, unreachable ones among them; with one more no further host begins. 0 where this is not given.
    max_failures: Option<Share>,
    /// So many may be out of service at the same time; not limited where this is not given.
    max_unavailable: Option<SomeHosts>,
    /// What follows a wave in which a host has failed, where `max_failures` allows it; `stop` where this is not given.
    failed_wave: Option<FailedWave>,
    /// In which order the waves take the hosts; `inventory` where this is not given.
    order: Option<Order>,
    /// How long nothing is done between two waves, before the hosts of the wave are looked at again; not at all where
    /// this is not given.
    soak: Option<Time>,
    /// How long one host may take: no step of it begins later; `4h` where this is not given.
    deadline: Option<Time>,
    /// When hosts may begin; at any time where this is not given.
    windows: Option<Vec<Window>>,
}

/// A number of hosts, or a percentage of the group, rounded down: `3`, `25%`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Share {
    Hosts(usize),
    Percent(#[schemars(regex(pattern = r"^0*([0-9]|[1-9][0-9]|100)%$"))] String),
}

/// A number of hosts, or a percentage of the group, but not none: `3`, `25%`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum SomeHosts {
    Hosts(#[schemars(range(min = 1))] usize),
    Percent(#[schemars(regex(pattern = r"^0*([1-9][0-9]?|100)%$"))] String),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum FailedWave {
    /// Nothing.
    Stop,
    /// The next wave.
    Continue,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Order {
    /// As this file has them.
    Inventory,
    /// The last one first.
    Reverse,
    /// By name.
    Name,
}

/// When hosts may begin: hours of some days of each week.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Window {
    /// The days on which it opens; each where this is not given.
    #[schemars(length(min = 1))]
    days: Option<Vec<Day>>,
    /// From when to when: `"22:00-05:00"` ends on the next day; the whole day where this is not given.
    hours: Option<Hours>,
    /// The time zone: `Europe/Berlin`, `UTC`.
    zone: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

#[derive(JsonSchema)]
struct Hours(
    #[schemars(regex(
        pattern = r"^\s*(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\s*-\s*(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\s*$"
    ))]
    String,
);
