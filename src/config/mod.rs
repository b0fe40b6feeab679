//! What is wanted: inventory and playbooks, read from YAML, checked and rendered before any host is contacted.

mod desired;
mod diagnostic;
mod duration;
mod inventory;
mod kubernetes;
mod load;
mod names;
mod node;
mod paths;
mod playbook;
mod problems;
mod range;
mod rollout;
pub mod schema;
mod section;
mod settings;
mod show;
mod site;
mod source;
mod source_map;
mod templates;
#[cfg(test)]
mod tests;
mod vars;

pub use desired::{
    Apt, Audit, Boot, Check, CheckTime, Desired, FileContent, Kernel, KeySource, LabelHook, LabelMethod, Labels, Mount,
    Policy, PolicyLoad, Signing, Stage, Token,
};
pub use diagnostic::{Diagnostic, Diagnostics, Excerpt};
pub use kubernetes::{Cluster, Drain, Kubectl, Kubernetes, Via, is_kubernetes_name};
pub use rollout::{FailedWave, Order, Rollout, Share, Window};
pub use site::{Connection, Group, PasswordSource, Privilege, Site, SshConnection, Target};
pub use source_map::{SourceLine, SourceMap};
pub use vars::Origin;

/// A text of somebody else's in a message: quoted, its control characters escaped, cut where it is long.
fn quote(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() > MOST {
        let cut: String = text.chars().take(MOST).collect();
        return format!("{cut:?}…");
    }
    format!("{text:?}")
}
