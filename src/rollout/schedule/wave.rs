use super::{Entry, Rules, Work};
use crate::config::Order;

/// Hosts that a rollout takes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Its rules, by their place in the list.
    pub rules: usize,
    /// Whether it is the first one of a group, which shows what the others have to expect.
    pub kind: Kind,
    /// Its hosts, by their place in the list.
    pub hosts: Vec<usize>,
}

/// What a wave is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To show what the others have to expect.
    Canary,
    /// To go on.
    Batch,
}

/// Divides the hosts that have work into waves: group after group, as the inventory has them.
pub fn divide(rules: &[Rules], entries: &[Entry], names: &[&str]) -> Vec<Wave> {
    let indices: Vec<usize> = (0..entries.len()).collect();
    let groups = indices.chunk_by(|one, other| entries[*one].rules == entries[*other].rules);
    groups
        .flat_map(|group| divide_group(rules, entries, names, group))
        .collect()
}

fn divide_group(rules: &[Rules], entries: &[Entry], names: &[&str], group: &[usize]) -> Vec<Wave> {
    let has_work = |host: &usize| !matches!(entries[*host].work, Work::None(_));
    let mut hosts: Vec<usize> = group.iter().copied().filter(has_work).collect();
    let Some(first) = hosts.first() else {
        return Vec::new();
    };
    let index = entries[*first].rules;
    let rules = &rules[index];
    match rules.order {
        Order::Inventory => {}
        Order::Reverse => hosts.reverse(),
        Order::Name => hosts.sort_by_key(|host| names[*host]),
    }
    let wave = |kind: Kind, hosts: &[usize]| Wave {
        rules: index,
        kind,
        hosts: hosts.to_vec(),
    };
    let (canaries, others) = hosts.split_at(rules.canary.unwrap_or_default().min(hosts.len()));
    let canary = (!canaries.is_empty()).then(|| wave(Kind::Canary, canaries));
    let batch = rules.batch.unwrap_or(hosts.len());
    let batches = others.chunks(batch).map(|hosts| wave(Kind::Batch, hosts));
    canary.into_iter().chain(batches).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::schedule::Fate;

    const WORK: Work = Work::Disruptive;
    const NONE: Work = Work::None(Fate::Well);

    fn waves(rules: Rules, work: &[Work]) -> Vec<(Kind, Vec<usize>)> {
        let entries: Vec<Entry> = work.iter().map(|work| Entry { rules: 0, work: *work }).collect();
        let names: Vec<String> = (0..work.len()).map(|host| format!("{}", 9 - host)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let waves = divide(&[rules], &entries, &names);
        waves.into_iter().map(|wave| (wave.kind, wave.hosts)).collect()
    }

    #[test]
    fn only_hosts_with_work_are_in_a_wave_and_the_canary_is_the_first_of_them() {
        let rules = Rules {
            canary: Some(1),
            batch: Some(2),
            ..Rules::none()
        };
        let expected = vec![
            (Kind::Canary, vec![1]),
            (Kind::Batch, vec![2, 4]),
            (Kind::Batch, vec![5]),
        ];
        assert_eq!(waves(rules.clone(), &[NONE, WORK, WORK, NONE, WORK, WORK]), expected);
        assert_eq!(waves(rules.clone(), &[WORK]), [(Kind::Canary, vec![0])]);
        assert_eq!(waves(rules, &[NONE]), []);
        assert_eq!(
            waves(Rules::none(), &[WORK, WORK, WORK]),
            [(Kind::Batch, vec![0, 1, 2])]
        );
    }

    #[test]
    fn hosts_are_taken_in_the_order_that_is_asked_for() {
        let taken = |order| waves(Rules { order, ..Rules::none() }, &[WORK, WORK, WORK]).remove(0).1;
        assert_eq!(taken(Order::Inventory), [0, 1, 2]);
        assert_eq!(taken(Order::Reverse), [2, 1, 0]);
        assert_eq!(taken(Order::Name), [2, 1, 0], "their names are 9, 8 and 7");
    }

    #[test]
    fn groups_come_one_after_the_other_and_those_without_rules_together() {
        let entries = [0, 0, 1, 1, 0].map(|rules| Entry { rules, work: WORK });
        let rules = [
            Rules::none(),
            Rules {
                batch: Some(1),
                ..Rules::none()
            },
        ];
        let waves = divide(&rules, &entries, &["", "", "", "", ""]);
        let hosts: Vec<&[usize]> = waves.iter().map(|wave| wave.hosts.as_slice()).collect();
        assert_eq!(hosts, [&[0, 1][..], &[2], &[3], &[4]]);
    }
}
