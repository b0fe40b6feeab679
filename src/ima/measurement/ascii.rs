//! `ascii_runtime_measurements` (`ima_ascii_measurements_show` in security/integrity/ima/ima_fs.c): lines, turned into the
//! bytes of a binary list, since these are what is hashed.

use super::{
    Endian, Field, ListFault,
    batch::{Layouts, Place},
    entry::push_counted,
};
use crate::ima::hex;

/// Reads one entry: a line, and, where a file's name has line breaks, the lines that belong to it. Its bytes go to `out`.
///
/// # Errors
/// A line that no kernel prints.
pub(super) fn entry(
    line: &[u8],
    hash_len: usize,
    endian: Endian,
    layouts: &mut Layouts,
    out: &mut Vec<u8>,
) -> Result<Place, ListFault> {
    let (pcr, line) = pcr(line)?;
    let mut words = line.split(|byte| *byte == b' ');
    let hash = words
        .next()
        .filter(|digits| digits.len() == 2 * hash_len && !digits.iter().any(u8::is_ascii_uppercase))
        .and_then(hex::decode)
        .ok_or(ListFault::Line(
            "the template hash is not as many hexadecimal digits as in the first line",
        ))?;
    let layout = layouts.find(words.next().unwrap_or_default())?;
    let fields = layouts.get(layout).map(super::Layout::fields).unwrap_or_default();
    let first = layouts.get(layout).is_some_and(super::Layout::is_first);
    let at = out.len();
    out.extend(hash);
    let begin = out.len();
    for field in fields {
        let word = words.next().ok_or(ListFault::Line("a field is missing"))?;
        let bytes = field.read_ascii(word, endian).map_err(|fault| ListFault::Field {
            field: field.id(),
            fault,
        })?;
        match field {
            Field::Digest if first => out.extend(bytes),
            Field::Name if first => push_counted(out, bytes.strip_suffix(b"\0").unwrap_or(&bytes), endian),
            _ => push_counted(out, &bytes, endian),
        }
    }
    if words.next().is_some() {
        return Err(ListFault::Line("more words than the template has fields"));
    }
    Ok(Place {
        pcr,
        hash: at,
        layout,
        data: begin..out.len(),
    })
}

/// The register, printed with `%2d`, and what follows.
fn pcr(line: &[u8]) -> Result<(u32, &[u8]), ListFault> {
    let wrong = ListFault::Line("a line begins with the number of a register, in two places");
    let (number, rest) = match line {
        [b' ', digit @ b'0'..=b'9', b' ', rest @ ..] => (u32::from(digit - b'0'), rest),
        [tens @ b'1'..=b'9', ones @ b'0'..=b'9', b' ', rest @ ..] => {
            (u32::from(tens - b'0') * 10 + u32::from(ones - b'0'), rest)
        }
        _ => return Err(wrong),
    };
    Ok((number, rest))
}

/// Digits of the template hash in a line that begins an entry; `None` for a line that goes on with a file's name.
pub(super) fn begins_entry(line: &[u8]) -> Option<usize> {
    let (_, rest) = pcr(line).ok()?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    (digits >= 40 && rest.get(digits) == Some(&b' ')).then_some(digits)
}
