use super::{problems::Complaint, quote};

/// More hosts than one line of an inventory can mean.
const MOST: usize = 10_000;

const HELP: &str = "a range is written `name-[01:20]`: numbers, the smaller one first";

/// The host names that a key of `hosts:` stands for: itself, or those of its ranges (`wrkr-[01:20]`, zeros kept).
pub(super) fn expand(pattern: &str) -> Result<Vec<String>, Complaint> {
    let mut names = vec![String::new()];
    let mut rest = pattern;
    while let Some(open) = rest.find('[') {
        let (literal, tail) = (&rest[..open], &rest[open + 1..]);
        let complain = |why: &str| Complaint::new(format!("the range {} {why}", quote(pattern))).with_help(HELP);
        let close = tail.find(']').ok_or_else(|| complain("is not closed"))?;
        let numbers = numbers(&tail[..close]).map_err(complain)?;
        if names.len().saturating_mul(numbers.count()) > MOST {
            return Err(complain(&format!("stands for more than {MOST} hosts")));
        }
        names = names
            .iter()
            .flat_map(|name| numbers.iter().map(move |number| format!("{name}{literal}{number}")))
            .collect();
        rest = &tail[close + 1..];
    }
    if rest.contains(']') {
        return Err(Complaint::new(format!("the range {} has `]` without `[`", quote(pattern))).with_help(HELP));
    }
    for name in &mut names {
        name.push_str(rest);
    }
    Ok(names)
}

/// Whether a key is a range.
pub(super) fn is_range(pattern: &str) -> bool {
    pattern.contains('[')
}

struct Numbers {
    first: u64,
    last: u64,
    width: usize,
}

impl Numbers {
    fn count(&self) -> usize {
        usize::try_from((self.last - self.first).saturating_add(1)).unwrap_or(usize::MAX)
    }

    fn iter(&self) -> impl Iterator<Item = String> + use<> {
        let width = self.width;
        (self.first..=self.last).map(move |number| format!("{number:0width$}"))
    }
}

fn numbers(inside: &str) -> Result<Numbers, &'static str> {
    let (first, last) = inside.split_once(':').ok_or("has no `:` between its two ends")?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(first) || !is_number(last) {
        return Err("does not go from a number to a number");
    }
    let padded = first.starts_with('0') && first.len() > 1;
    if padded && first.len() != last.len() {
        return Err("has ends of different lengths, so its zeros are ambiguous");
    }
    let width = if padded { first.len() } else { 0 };
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(Numbers { first, last, width }),
        (Ok(_), Ok(_)) => Err("is empty: it ends before it begins"),
        _ => Err("has a number that is too large"),
    }
}
