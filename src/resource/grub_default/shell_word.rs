//! How far a word of a shell file reaches (POSIX.1-2024, Shell Command Language, 2.2 and 2.3).

/// The end of the word that begins at `start`.
///
/// # Errors
/// Where something begins that never ends.
pub(super) fn word_end(text: &str, start: usize) -> Result<usize, usize> {
    let mut at = start;
    while let Some(byte) = byte_at(text, at) {
        at = match byte {
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
            _ => part_end(text, at)?,
        };
    }
    Ok(at)
}

/// The end of one character, quoted part or substitution.
fn part_end(text: &str, start: usize) -> Result<usize, usize> {
    let next = byte_at(text, start + 1);
    match byte_at(text, start) {
        Some(b'\\') => Ok((start + 2).min(text.len())),
        Some(b'\'') => {
            let rest = text.get(start + 1..).and_then(|rest| rest.find('\''));
            rest.map(|len| start + len + 2).ok_or(start)
        }
        Some(b'"') => closed(text, start, start + 1, b'"', true),
        Some(b'`') => closed(text, start, start + 1, b'`', true),
        Some(b'$') if next == Some(b'(') => closed(text, start, start + 2, b')', false),
        Some(b'$') if next == Some(b'{') => closed(text, start, start + 2, b'}', false),
        _ => Ok(start + 1),
    }
}

/// The end of what `close` ends, from `at` inside it; single quotes mean nothing inside double ones.
fn closed(text: &str, start: usize, mut at: usize, close: u8, quoted: bool) -> Result<usize, usize> {
    while let Some(byte) = byte_at(text, at) {
        at = match byte {
            _ if byte == close => return Ok(at + 1),
            b'\'' if quoted => at + 1,
            b'"' if close == b'`' => at + 1,
            b'(' if close == b')' => closed(text, start, at + 1, b')', false)?,
            _ => part_end(text, at)?,
        };
    }
    Err(start)
}

fn byte_at(text: &str, at: usize) -> Option<u8> {
    text.as_bytes().get(at).copied()
}
