//! The graph of steps: what it refuses, and in which order it gives them away.

use imaform::{
    config::Stage,
    host::Script,
    plan::{Graph, PlanError},
    resource::{ScriptCall, Step, StepId},
};
use std::collections::BTreeSet;

fn id(name: &str) -> StepId {
    StepId::new("x", name)
}

fn step(name: &str, stage: Stage, needs: &[&str]) -> Step {
    let action = ScriptCall::new(Script::BootId, [""; 0], "").into();
    Step::new(id(name), stage, name, "why", action, "how").needs(needs.iter().map(|name| id(name)))
}

fn names<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<String> {
    steps.into_iter().map(|step| step.title.clone()).collect()
}

#[test]
fn a_cycle_is_an_error_that_names_its_members() {
    let steps = vec![
        step("a", Stage::Prepare, &[]),
        step("b", Stage::Prepare, &["a", "d"]),
        step("c", Stage::Prepare, &["b"]),
        step("d", Stage::Prepare, &["c"]),
        step("e", Stage::Prepare, &["d"]),
    ];
    let error = Graph::join(steps).err().unwrap();
    assert_eq!(error.to_string(), "these steps wait for each other: x/b, x/c, x/d");
}

#[test]
fn a_cycle_through_the_order_of_stages_is_seen() {
    let steps = vec![step("a", Stage::Prepare, &["b"]), step("b", Stage::Fix, &[])];
    let error = Graph::join(steps).err().unwrap();
    assert_eq!(
        error,
        PlanError::Cycle {
            members: vec![id("a"), id("b")]
        }
    );
}

#[test]
fn a_step_that_waits_for_itself_is_a_cycle_of_one() {
    let error = Graph::join(vec![step("a", Stage::Prepare, &["a"])]).err().unwrap();
    assert_eq!(error.to_string(), "these steps wait for each other: x/a");
}

#[test]
fn two_steps_of_one_name_are_refused() {
    let steps = vec![step("a", Stage::Prepare, &[]), step("a", Stage::Fix, &[])];
    assert_eq!(
        Graph::join(steps).err().unwrap().to_string(),
        "two steps are called x/a"
    );
}

#[test]
fn a_dependency_on_a_step_that_is_not_there_is_met() {
    let graph = Graph::join(vec![step("a", Stage::Prepare, &["absent"])]).unwrap();
    assert_eq!(names(graph.ready(&BTreeSet::new())), ["a"]);
}

#[test]
fn what_is_free_is_ready_at_once_and_a_stage_waits_for_the_one_before() {
    let graph = Graph::join(vec![
        step("late", Stage::Label, &[]),
        step("a", Stage::Prepare, &[]),
        step("b", Stage::Prepare, &[]),
        step("c", Stage::Prepare, &["a"]),
        step("fix", Stage::Fix, &[]),
    ])
    .unwrap();
    let ready = |done: &[&str]| names(graph.ready(&done.iter().map(|name| id(name)).collect()));
    assert_eq!(ready(&[]), ["a", "b"]);
    assert_eq!(ready(&["a"]), ["b", "c"]);
    assert_eq!(ready(&["a", "b"]), ["c"]);
    assert_eq!(ready(&["a", "b", "c"]), ["fix"]);
    assert_eq!(ready(&["a", "b", "c", "fix"]), ["late"]);
    assert_eq!(names(graph.ordered()), ["a", "b", "c", "fix", "late"]);
    assert_eq!((graph.len(), graph.is_empty()), (5, false));
}
