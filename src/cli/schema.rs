//! `imaform schema`: what an editor needs to complete and check inventories and playbooks, and what a plan is to programs.

use super::plan_file::PlanFile;
use crate::config::schema;
use clap::ValueEnum;
use std::io::{self, Write};

pub(super) const EXAMPLES: &str = "\
Examples:
  imaform schema inventory >inventory.schema.json
  imaform schema playbook | jq -r '.properties | keys[]'

In the first line of a file, for yaml-language-server:
  # yaml-language-server: $schema=inventory.schema.json";

/// What has a schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Document {
    /// Hosts, groups and how they are reached
    Inventory,
    /// What is wanted of hosts
    Playbook,
    /// What `plan --out` and `plan --format json` write
    Plan,
}

/// Prints the JSON Schema.
///
/// # Errors
/// It cannot be written.
pub fn run(document: Document, out: &mut dyn Write) -> io::Result<()> {
    let text = match document {
        Document::Inventory => schema::inventory(),
        Document::Playbook => schema::playbook(),
        Document::Plan => schema::written::<PlanFile>(),
    };
    out.write_all(text.as_bytes())
}
