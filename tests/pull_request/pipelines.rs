//! The pipelines as they are given to people.

use crate::support::page;
use serde_json::Value;
use std::fs;

pub const PAGE: &str = "docs/pull-requests.md";

/// GitHub's pipeline.
pub fn workflow() -> Value {
    serde_yaml::from_str(&fs::read_to_string(".github/workflows/imaform-plan.yml").unwrap()).unwrap()
}

pub fn steps() -> Vec<Value> {
    workflow()["jobs"]["plan"]["steps"].as_array().unwrap().clone()
}

/// The script of a step.
pub fn step(name: &str) -> String {
    let step = steps().into_iter().find(|step| step["name"] == name).expect(name);
    step["run"].as_str().unwrap().to_owned()
}

/// GitLab's.
pub fn pipeline() -> Value {
    let page = fs::read_to_string(PAGE).unwrap();
    let blocks = page::blocks(&page, "yaml");
    let block = blocks.iter().find(|block| block.starts_with("# .gitlab-ci.yml"));
    serde_yaml::from_str(block.unwrap()).unwrap()
}

pub fn gitlab_script() -> String {
    pipeline()["imaform-plan"]["script"][0].as_str().unwrap().to_owned()
}
