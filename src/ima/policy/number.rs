//! Numbers as the kernel reads them (lib/kstrtox.c).

use std::fmt;

/// `kstrtoul(text, 10)`: decimal digits, one `+` before them allowed.
pub(super) fn decimal(text: &str) -> Option<u64> {
    digits(text.strip_prefix('+').unwrap_or(text), 10)
}

/// `kstrtoul(text, 16)`: hexadecimal digits, `0x` and one `+` before them allowed.
pub fn hexadecimal(text: &str) -> Option<u64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    digits(
        text.strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .unwrap_or(text),
        16,
    )
}

/// `kstrtoint(text, 10)`: as [`decimal`], or with one `-` before the digits.
pub(super) fn integer(text: &str) -> Option<i64> {
    let value = match text.strip_prefix('-') {
        Some(rest) => -i64::try_from(digits(rest, 10)?).ok()?,
        None => i64::try_from(decimal(text)?).ok()?,
    };
    i32::try_from(value).ok().map(i64::from)
}

fn digits(text: &str, radix: u32) -> Option<u64> {
    // `from_str_radix` alone would take a sign.
    if text.is_empty() || !text.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    u64::from_str_radix(text, radix).ok()
}

/// A UUID as `uuid_parse()` of lib/uuid.c reads it: what follows the 36 characters is not looked at.
pub fn uuid(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes().get(..36)?;
    let mut nibbles = Vec::with_capacity(32);
    for (at, byte) in text.iter().enumerate() {
        match at {
            8 | 13 | 18 | 23 if *byte == b'-' => {}
            8 | 13 | 18 | 23 => return None,
            _ => nibbles.push(u8::try_from(char::from(*byte).to_digit(16)?).ok()?),
        }
    }
    let mut uuid = [0; 16];
    for (byte, pair) in uuid.iter_mut().zip(nibbles.chunks_exact(2)) {
        if let [high, low] = pair {
            *byte = high << 4 | low;
        }
    }
    Some(uuid)
}

/// A UUID as it is written.
pub(super) struct UuidText<'a>(pub &'a [u8; 16]);

impl fmt::Display for UuidText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let hyphen = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{hyphen}{byte:02x}")?;
        }
        Ok(())
    }
}
