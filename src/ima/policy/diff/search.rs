use super::{
    Change, Coverage, Effect, Outcome, attribute::Attribute, candidates::Candidates, groups::Groups,
    partition::Partition, region::Region,
};
use crate::ima::policy::{Access, Class, Func, Kernel, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// The search for accesses about which two policies decide otherwise in one class.
pub(super) struct Search<'a, 'k> {
    class: Class,
    kernel: &'k Kernel,
    rules: [Vec<&'a Rule>; 2],
    partitions: BTreeMap<Attribute, Partition>,
    groups: Groups<'a>,
    /// The share of all accesses that was compared, and whether any was left out.
    compared: f64,
    left_out: bool,
}

/// Accesses of which as much is known as rules were found to ask for.
struct Node<'a> {
    access: Access,
    region: Region,
    sides: [Candidates<'a>; 2],
    /// Their share of all accesses.
    share: f64,
}

impl<'a, 'k> Search<'a, 'k> {
    /// Finds all, or what `most` sorts of accesses show.
    pub fn run(
        class: Class,
        policies: [&'a [Rule]; 2],
        kernel: &'k Kernel,
        most: usize,
    ) -> (Vec<Change<'a>>, Coverage) {
        // What a rule of hash does rests on the rules of appraise too.
        let concerns = |of: Class| of == class || class == Class::Hash && of == Class::Appraise;
        let rules = policies.map(|rules| rules.iter().filter(|rule| concerns(rule.action.class())).collect());
        let mut search = Self {
            class,
            kernel,
            rules,
            partitions: BTreeMap::new(),
            groups: Groups::default(),
            compared: 0.0,
            left_out: false,
        };
        // One hook is not like another, even where the same rules ask for both. Masks are always known.
        let hooks = search.hooks();
        let masked = hooks
            .iter()
            .flat_map(|hook| search.split(hook, Attribute::Mask))
            .collect();
        search.walk_all(masked, most);
        let coverage = if search.left_out {
            Coverage::Share(search.compared)
        } else {
            Coverage::All
        };
        (search.groups.into_changes(class, &search.partitions), coverage)
    }

    /// All accesses, by hook. The rules have not been asked yet.
    fn hooks(&mut self) -> Vec<Node<'a>> {
        let hooks = self.partition(Attribute::Func).values;
        let share = 1.0 / hooks.len() as f64;
        let sides = self
            .rules
            .each_ref()
            .map(|rules| Candidates::unasked(rules.iter().copied()));
        let nodes = hooks.iter().enumerate().map(|(at, hook)| {
            let mut access = Access::new(Func::FileCheck);
            hook.put(Attribute::Func, &mut access);
            Node {
                access,
                region: Region::default().with(Attribute::Func, BTreeSet::from([at])),
                sides: sides.clone(),
                share,
            }
        });
        nodes.collect()
    }

    /// Compares the decisions about these accesses, told apart as far as need be into at most `most` sorts; says how many
    /// it were.
    fn walk(&mut self, node: Node<'a>, most: usize) -> usize {
        let [before, after] = &node.sides;
        if !before.agree(after, self.class) {
            if let Some(attribute) = before.next_attribute(after, &node.access) {
                let children = self.split(&node, attribute);
                return self.walk_all(children, most);
            }
            self.decided(&node);
        }
        self.compared += node.share;
        1
    }

    /// The same for several, each of which gets an even share of what is left.
    fn walk_all(&mut self, nodes: Vec<Node<'a>>, most: usize) -> usize {
        let step = nodes.len().div_ceil(most.max(1)).max(1);
        self.left_out |= step > 1;
        let chosen: Vec<_> = nodes.into_iter().step_by(step).collect();
        let count = chosen.len();
        let mut used = 0;
        for (at, node) in chosen.into_iter().enumerate() {
            used += self.walk(node, (most - used) / (count - at));
        }
        used
    }

    /// Notes accesses about which both policies have decided.
    fn decided(&mut self, node: &Node<'a>) {
        let sides = node.sides.each_ref().map(|candidates| {
            let rule = candidates.decision(self.class);
            Outcome::new(rule, Effect::of(self.class, rule, &node.access, self.kernel))
        });
        let [before, after] = &sides;
        if !before.effect.is_same(&after.effect) {
            self.groups.add(sides, node.region.clone(), node.access.clone());
        }
    }

    /// These accesses by the values of an attribute, those together that leave the same rules.
    fn split(&mut self, node: &Node<'a>, attribute: Attribute) -> Vec<Node<'a>> {
        let partition = self.partition(attribute);
        let mut groups: Vec<(Access, [Candidates<'a>; 2], BTreeSet<usize>)> = Vec::new();
        let mut possible = 0;
        for (at, value) in partition.values.iter().enumerate() {
            if !value.is_possible(attribute, &node.access) {
                continue;
            }
            possible += 1;
            let mut access = node.access.clone();
            value.put(attribute, &mut access);
            let sides = node.sides.each_ref().map(|side| side.narrowed(&access, self.kernel));
            let like = groups.iter_mut().find(|(_, others, _)| *others == sides);
            match like {
                Some((_, _, values)) => {
                    values.insert(at);
                }
                None => groups.push((access, sides, BTreeSet::from([at]))),
            }
        }
        let nodes = groups.into_iter().map(|(access, sides, values)| Node {
            access,
            share: node.share * values.len() as f64 / f64::from(possible),
            region: node.region.with(attribute, values),
            sides,
        });
        nodes.collect()
    }

    fn partition(&mut self, attribute: Attribute) -> Partition {
        let of = || Partition::of(attribute, &self.rules.concat(), self.class, self.kernel);
        self.partitions.entry(attribute).or_insert_with(of).clone()
    }
}
