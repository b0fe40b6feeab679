use super::PlanError;
use crate::resource::{Step, StepId};
use petgraph::{
    Direction,
    algo::{tarjan_scc, toposort},
    graph::{DiGraph, NodeIndex},
};
use std::collections::{BTreeMap, BTreeSet};

/// The steps of one host with an edge from each step to those that wait for it.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    graph: DiGraph<Step, ()>,
}

impl Graph {
    /// Joins steps by the dependencies that they declare, and each stage to the one before it. A dependency on a step
    /// that is not needed on this host is already met.
    ///
    /// # Errors
    /// When steps wait for each other, or share a name.
    pub fn join(steps: Vec<Step>) -> Result<Self, PlanError> {
        let mut graph = DiGraph::new();
        let mut by_id: BTreeMap<StepId, NodeIndex> = BTreeMap::new();
        for step in steps {
            let id = step.id.clone();
            let node = graph.add_node(step);
            if by_id.insert(id.clone(), node).is_some() {
                return Err(PlanError::Twice(id));
            }
        }
        for node in graph.node_indices() {
            let step = &graph[node];
            let declared = step.needs.iter().filter_map(|id| by_id.get(id).copied());
            let earlier = graph.node_indices().filter(|other| graph[*other].stage < step.stage);
            let before: BTreeSet<NodeIndex> = declared.chain(earlier).collect();
            for other in before {
                graph.add_edge(other, node, ());
            }
        }
        if toposort(&graph, None).is_err() {
            let cycle = tarjan_scc(&graph)
                .into_iter()
                .find(|members| members.len() > 1 || members.iter().any(|node| graph.contains_edge(*node, *node)))
                .unwrap_or_default();
            let mut members: Vec<StepId> = cycle.into_iter().map(|node| graph[node].id.clone()).collect();
            members.sort();
            return Err(PlanError::Cycle { members });
        }
        Ok(Self { graph })
    }

    /// The steps in an order in which each comes after what it needs; among free ones, the order of planning.
    pub fn ordered(&self) -> Vec<&Step> {
        let mut done = BTreeSet::new();
        let mut order = Vec::new();
        while order.len() < self.graph.node_count() {
            let Some(node) = self.free(&done).next() else { break };
            done.insert(node);
            order.push(&self.graph[node]);
        }
        order
    }

    /// The steps that can begin: everything that they need is in `done`.
    pub fn ready<'a>(&'a self, done: &'a BTreeSet<StepId>) -> impl Iterator<Item = &'a Step> {
        let done: BTreeSet<NodeIndex> = self
            .graph
            .node_indices()
            .filter(|node| done.contains(&self.graph[*node].id))
            .collect();
        let free: Vec<NodeIndex> = self.free(&done).collect();
        free.into_iter().map(|node| &self.graph[node])
    }

    /// These steps, and all that must be done before one of them ([`Direction::Incoming`]) or can only be done after one
    /// ([`Direction::Outgoing`]).
    pub(super) fn reach(&self, from: &BTreeSet<StepId>, direction: Direction) -> BTreeSet<StepId> {
        let begin = self
            .graph
            .node_indices()
            .filter(|node| from.contains(&self.graph[*node].id));
        let mut stack: Vec<NodeIndex> = begin.collect();
        let mut seen = BTreeSet::new();
        while let Some(node) = stack.pop() {
            if seen.insert(node) {
                stack.extend(self.graph.neighbors_directed(node, direction));
            }
        }
        seen.into_iter().map(|node| self.graph[node].id.clone()).collect()
    }

    /// The steps, to be shown otherwise; their order stays.
    pub(super) fn steps_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        self.graph.node_weights_mut()
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn free<'a>(&'a self, done: &'a BTreeSet<NodeIndex>) -> impl Iterator<Item = NodeIndex> + 'a {
        self.graph.node_indices().filter(move |node| {
            !done.contains(node)
                && self
                    .graph
                    .neighbors_directed(*node, Direction::Incoming)
                    .all(|before| done.contains(&before))
        })
    }
}
