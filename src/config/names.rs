//! Grammars of what ends up in an argument list or a file on a host. Each is narrow on purpose: what it lets through cannot
//! be taken for an option, a second line or a piece of shell.

use super::{problems::Complaint, quote};

type Verdict = Result<(), Complaint>;

/// A host's name in the inventory; also its address where none is given.
pub(super) fn host(name: &str) -> Verdict {
    no_dot("host name", name)?;
    grammar(
        "host name",
        name,
        253,
        |c| c.is_ascii_alphanumeric() || "._-:".contains(c),
        "a host name is made of letters, digits, `.`, `_`, `-` and `:`",
    )
}

/// A group's name.
pub(super) fn group(name: &str) -> Verdict {
    no_dot("group name", name)?;
    grammar(
        "group name",
        name,
        64,
        |c| c.is_ascii_alphanumeric() || "._-".contains(c),
        "a group name is made of letters, digits, `.`, `_` and `-`",
    )
}

/// A host name, an IP address or an alias of `~/.ssh/config`.
pub(super) fn address(address: &str) -> Verdict {
    if address.contains('@') {
        return Err(Complaint::new(format!("the address {} holds a user", quote(address)))
            .with_help("give the user by itself: `user: NAME`"));
    }
    grammar(
        "address",
        address,
        253,
        |c| c.is_ascii_alphanumeric() || "._-:%".contains(c),
        "an address is a host name, an IPv4 or an IPv6 address (without brackets), or an alias of ~/.ssh/config",
    )
}

/// `[USER@]HOST[:PORT]`, more of them with commas between.
pub(super) fn jump_host(value: &str) -> Verdict {
    const HELP: &str = "a jump host is written [USER@]HOST[:PORT]; several with commas between";
    for hop in value.split(',') {
        let (name, host) = hop
            .split_once('@')
            .map_or((None, hop), |(user, host)| (Some(user), host));
        if let Some(name) = name {
            user("user", name)?;
        }
        grammar(
            "jump host",
            host,
            260,
            |c| c.is_ascii_alphanumeric() || "._-:%[]".contains(c),
            HELP,
        )?;
    }
    Ok(())
}

/// A user or group name, or a numeric id.
pub(super) fn user(what: &str, name: &str) -> Verdict {
    grammar(
        what,
        name,
        64,
        |c| c.is_ascii_alphanumeric() || "._-+@\\$".contains(c),
        "a name is made of letters, digits, `.`, `_`, `-`, `+`, `@`, `$` and `\\`",
    )
}

/// A Debian package name (Debian Policy, 5.6.1).
pub(super) fn package(name: &str) -> Verdict {
    const HELP: &str = "a package name has two or more lower-case letters, digits, `+`, `-` and `.`, and begins with a letter or digit";
    let good = name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c));
    if good {
        Ok(())
    } else {
        Err(Complaint::new(format!("{} is no package name", quote(name))).with_help(HELP))
    }
}

/// A systemd unit name (systemd.unit(5)), with or without its type.
pub(super) fn service(name: &str) -> Verdict {
    grammar(
        "service name",
        name,
        255,
        |c| c.is_ascii_alphanumeric() || ":_.\\@-".contains(c),
        "a service is the name of a systemd unit: letters, digits, `:`, `_`, `.`, `\\`, `@` and `-`",
    )
}

/// The name of a Kubernetes node: a DNS subdomain (RFC 1123), as the API server wants it.
pub(super) fn node(name: &str) -> Verdict {
    const HELP: &str =
        "the name of a node is made of lower-case letters, digits, `-` and `.`; `kubectl get nodes` lists them";
    grammar(
        "node name",
        name,
        253,
        |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c),
        HELP,
    )
}

/// A context of a kubeconfig file.
pub(super) fn context(name: &str) -> Verdict {
    grammar(
        "context",
        name,
        253,
        |c| !c.is_whitespace(),
        "a context is a name that `kubectl config get-contexts` lists",
    )
}

/// A variable's name, as templates can use it.
pub(super) fn variable(name: &str) -> Verdict {
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !good {
        return Err(Complaint::new(format!("{} is no name for a variable", quote(name)))
            .with_help("letters, digits and `_`, and no digit first, so that templates can use it"));
    }
    if matches!(name, "host" | "group") {
        return Err(Complaint::new(format!("the variable `{name}` is set by imaform"))
            .with_help("every template already knows `host` and `group`: choose another name"));
    }
    Ok(())
}

/// An environment variable's name.
pub(super) fn environment(name: &str) -> Verdict {
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if good {
        Ok(())
    } else {
        Err(Complaint::new(format!(
            "{} is no environment variable's name",
            quote(name)
        )))
    }
}

/// Anything that people read: one line without control characters.
pub(super) fn title(what: &str, text: &str) -> Verdict {
    if text.trim().is_empty() {
        return Err(Complaint::new(format!("the {what} is empty")));
    }
    no_control(what, text)
}

/// Refuses newlines, NUL and every other control character.
pub(super) fn no_control(what: &str, text: &str) -> Verdict {
    match text.chars().find(|c| c.is_control()) {
        None => Ok(()),
        Some('\n') => Err(Complaint::new(format!("the {what} holds a newline: {}", quote(text)))),
        Some('\0') => Err(Complaint::new(format!(
            "the {what} holds a NUL character: {}",
            quote(text)
        ))),
        Some(_) => Err(Complaint::new(format!(
            "the {what} holds a control character: {}",
            quote(text)
        ))),
    }
}

/// Names also become file names: `..` and hidden files are kept out.
fn no_dot(what: &str, name: &str) -> Verdict {
    if name.starts_with('.') {
        return Err(Complaint::new(format!("the {what} {} begins with `.`", quote(name))));
    }
    Ok(())
}

fn grammar(what: &str, text: &str, longest: usize, allowed: impl Fn(char) -> bool, help: &str) -> Verdict {
    let complain = |message: String| Err(Complaint::new(message).with_help(help));
    if text.is_empty() {
        return complain(format!("the {what} is empty"));
    }
    no_control(what, text).map_err(|complaint| complaint.with_help(help))?;
    if text.starts_with('-') {
        return complain(format!(
            "the {what} {} begins with `-`, so a program would take it for an option",
            quote(text)
        ));
    }
    if text.len() > longest {
        return complain(format!("the {what} is longer than {longest} characters"));
    }
    match text.chars().find(|c| !allowed(*c)) {
        Some(c) => complain(format!(
            "the {what} {} holds the character {}",
            quote(text),
            quote(&c.to_string())
        )),
        None => Ok(()),
    }
}
