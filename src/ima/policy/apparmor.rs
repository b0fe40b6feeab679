//! What AppArmor takes as a profile while no profile is loaded, which is when a policy is loaded: `aa_label_parse()` in
//! security/apparmor/label.c and what it calls.

/// Whether `subj_role=` with this value is taken. There is only `unconfined`, which may be shortened
/// (`aa_lookupn_profile()` compares as many characters as are written), and no namespace has a name.
pub(super) fn takes(label: &str) -> bool {
    let label = label.trim_start_matches(is_space);
    if label.is_empty() {
        return false;
    }
    let mut rest = Some(label.strip_prefix('&').unwrap_or(label));
    while let Some(stack) = rest {
        let (component, others) = split(stack);
        if !is_unconfined(component) {
            return false;
        }
        rest = others;
    }
    true
}

/// The first profile of a stack, and the others: `//&` divides where something stands before it
/// (`aa_label_strn_split()`).
fn split(stack: &str) -> (&str, Option<&str>) {
    let mut places = stack.match_indices("//&").filter(|(at, _)| *at > 0);
    match places.next() {
        Some((at, divider)) => (stack.get(..at).unwrap_or(stack), stack.get(at + divider.len()..)),
        None => (stack, None),
    }
}

/// A profile with its namespace, `:namespace:profile` (`aa_splitn_fqname()`); without a profile it is the namespace's
/// default.
fn is_unconfined(component: &str) -> bool {
    let component = component.trim_start_matches(is_space);
    let name = match component.strip_prefix(':') {
        None => component,
        Some(rest) => {
            let rest = rest.trim_start_matches(is_space);
            match rest.split_once(':') {
                None => return rest.is_empty(),
                Some(("", name)) => name.strip_prefix("//").filter(|name| !name.is_empty()).unwrap_or(name),
                Some(_) => return false,
            }
        }
    };
    "unconfined".starts_with(name.trim_start_matches(is_space))
}

/// The kernel's `isspace()`, of what can stand within a word.
fn is_space(c: char) -> bool {
    matches!(c, '\u{b}' | '\u{c}' | '\r')
}
