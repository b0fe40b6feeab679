/// What was perhaps meant: the name that is close enough to be a slip of the pen.
pub(super) fn nearest(found: &str, known: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    let lower = found.to_ascii_lowercase();
    let slip = |name: &str| 1 + name.len() / 4;
    known
        .into_iter()
        // Comparing costs the product of the lengths; names of other lengths are too far away anyway.
        .filter(|name| name.len().abs_diff(lower.len()) <= slip(name))
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance <= slip(name))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
