//! The objects of the cluster, their resource versions and the pods that terminate.

use super::{
    budgets,
    resources::{BUDGETS, PODS, Resource},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Plural, namespace (empty for a node) and name.
type Key = (&'static str, String, String);

#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<State>>);

impl Shared {
    /// The state as of now: without the pods whose termination is over.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.lock().expect("no test panicked here");
        state.forget_terminated();
        state
    }
}

pub struct State {
    objects: BTreeMap<Key, Value>,
    terminating: BTreeMap<Key, Instant>,
    /// How long the termination of a pod takes.
    graces: BTreeMap<Key, Duration>,
    revision: u64,
    pub healthy: bool,
    pub requests: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            terminating: BTreeMap::new(),
            graces: BTreeMap::new(),
            revision: 1000,
            healthy: true,
            requests: Vec::new(),
        }
    }
}

impl State {
    /// A new object: it gets a uid.
    pub fn insert(&mut self, resource: &Resource, mut object: Value) {
        let number = self.revision + 1;
        object["apiVersion"] = json!(resource.api_version(resource.versions[0]));
        object["kind"] = json!(resource.kind);
        object["metadata"]["uid"] = json!(format!("{number:08x}-5a1d-4c0d-8000-{number:012x}"));
        object["metadata"]["creationTimestamp"] = json!(timestamp(Duration::ZERO));
        self.store(resource, object);
    }

    /// The object in a new resource version.
    pub fn store(&mut self, resource: &Resource, mut object: Value) -> Value {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = json!(self.revision.to_string());
        let key = key(resource, namespace(&object), name(&object));
        self.objects.insert(key, object.clone());
        object
    }

    pub fn get(&self, resource: &Resource, namespace: &str, name: &str) -> Option<Value> {
        self.objects
            .get(&key(resource, namespace, name))
            .map(|object| self.with_status(resource, object))
    }

    /// Those of one namespace, or of all.
    pub fn list(&self, resource: &Resource, only: Option<&str>) -> Vec<Value> {
        self.objects
            .iter()
            .filter(|((plural, namespace, _), _)| {
                *plural == resource.plural && only.is_none_or(|only| namespace == only)
            })
            .map(|(_, object)| self.with_status(resource, object))
            .collect()
    }

    pub fn revision(&self) -> String {
        self.revision.to_string()
    }

    pub fn set_grace(&mut self, namespace: &str, name: &str, grace: Duration) {
        self.graces.insert(key(&PODS, namespace, name), grace);
    }

    /// The pod gets its deletionTimestamp, and vanishes after its grace, at once if `period` is 0.
    pub fn terminate(&mut self, mut pod: Value, period: Option<u64>) {
        let key = key(&PODS, namespace(&pod), name(&pod));
        let grace = if period == Some(0) {
            Duration::ZERO
        } else {
            self.graces[&key]
        };
        let gone = Instant::now() + grace;
        let terminating = self.terminating.entry(key).or_insert(gone);
        *terminating = gone.min(*terminating);
        if pod["metadata"]["deletionTimestamp"].is_null() {
            let seconds = period
                .or(pod["spec"]["terminationGracePeriodSeconds"].as_u64())
                .unwrap_or(30);
            pod["metadata"]["deletionTimestamp"] = json!(timestamp(Duration::from_secs(seconds)));
            pod["metadata"]["deletionGracePeriodSeconds"] = json!(seconds);
            self.store(&PODS, pod);
        }
        self.forget_terminated();
    }

    fn forget_terminated(&mut self) {
        let now = Instant::now();
        let Self {
            objects,
            terminating,
            revision,
            ..
        } = self;
        terminating.retain(|pod, gone| {
            let stays = *gone > now;
            if !stays {
                objects.remove(pod);
                *revision += 1;
            }
            stays
        });
    }

    fn with_status(&self, resource: &Resource, object: &Value) -> Value {
        let mut object = object.clone();
        if resource.plural == BUDGETS.plural {
            object["status"] = budgets::status(self, &object);
        }
        object
    }
}

fn key(resource: &Resource, namespace: &str, name: &str) -> Key {
    (resource.plural, namespace.to_owned(), name.to_owned())
}

pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().expect("an object has a name")
}

pub fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}

/// The time so far ahead, as `2025-01-31T12:00:00Z`.
pub fn timestamp(ahead: Duration) -> String {
    let seconds = (SystemTime::now() + ahead)
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let (mut year, mut day) = (1970, seconds / 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}
