use super::session::CliError;
use crate::config::{Kubectl, PasswordSource, Privilege, Target};
use std::collections::BTreeMap;

/// The passwords for sudo, each asked for or read once.
#[derive(Default)]
pub struct Passwords(BTreeMap<PasswordSource, String>);

impl Passwords {
    /// Those that are known, by where they came from.
    pub fn known(&self) -> &BTreeMap<PasswordSource, String> {
        &self.0
    }

    /// Learns what these hosts, and the machines on which kubectl runs for them, need.
    ///
    /// # Errors
    /// When a password cannot be had.
    pub fn ask_for(&mut self, targets: &[Target]) -> Result<(), CliError> {
        targets.iter().try_for_each(|target| self.learn(&target.privilege))?;
        self.ask_for_clusters(targets)
    }

    /// Learns what the machines need on which kubectl runs for these hosts.
    ///
    /// # Errors
    /// When a password cannot be had.
    pub fn ask_for_clusters(&mut self, targets: &[Target]) -> Result<(), CliError> {
        for kubernetes in targets.iter().filter_map(|target| target.kubernetes.as_ref()) {
            if let Kubectl::Host(via) = &kubernetes.cluster.kubectl {
                self.learn(&via.privilege)?;
            }
        }
        Ok(())
    }

    fn learn(&mut self, privilege: &Privilege) -> Result<(), CliError> {
        let Privilege::Sudo { password: Some(source) } = privilege else {
            return Ok(());
        };
        if !self.0.contains_key(source) {
            self.0.insert(source.clone(), password(source)?);
        }
        Ok(())
    }
}

fn password(source: &PasswordSource) -> Result<String, CliError> {
    let password = match source {
        PasswordSource::Ask => rpassword::prompt_password("sudo password: ")
            .map_err(|error| format!("error: the sudo password cannot be asked for: {error}"))?,
        PasswordSource::File(path) => std::fs::read_to_string(path)
            .map_err(|error| format!("error: the sudo password in {}: {error}", path.display()))?
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        PasswordSource::Env(name) => std::env::var(name)
            .map_err(|_| format!("error: the sudo password: the environment has no variable {name}"))?,
    };
    if password.is_empty() || password.contains('\n') {
        return Err("error: the sudo password is empty or has several lines".into());
    }
    Ok(password)
}
