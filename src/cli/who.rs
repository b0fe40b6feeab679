use std::{env, fs, os::unix::fs::MetadataExt};

/// Who calls, `user@machine`: hosts record it.
pub fn who() -> String {
    let user = ["SUDO_USER", "LOGNAME", "USER"]
        .into_iter()
        .find_map(|name| env::var(name).ok())
        .or_else(|| Some(name_of(fs::metadata("/proc/self").ok()?.uid())));
    let machine = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let who = format!("{}@{}", user.unwrap_or_default(), machine.trim());
    // What is recorded is lines.
    who.replace(char::is_control, "?")
}

/// A user's name in /etc/passwd; cron and containers set no variable that would say it.
fn name_of(uid: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_it = |line: &&str| line.split(':').nth(2) == Some(&uid.to_string());
    let name = users.lines().find(is_it).and_then(|line| line.split(':').next());
    name.map_or_else(|| format!("uid-{uid}"), str::to_owned)
}
