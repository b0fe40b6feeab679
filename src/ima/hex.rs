//! Hexadecimal digits, of one case: a value in which the case changes was not written by one program.

use std::fmt::Write;

/// The bytes of an even number of digits, all in lower case or all in upper case.
pub fn decode(digits: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let digits = digits.as_ref();
    let (lower, upper) = (
        digits.iter().any(|byte| matches!(byte, b'a'..=b'f')),
        digits.iter().any(|byte| matches!(byte, b'A'..=b'F')),
    );
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    if lower && upper {
        return None;
    }
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs
        .iter()
        .map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?))
        .collect()
}

/// Lower-case digits.
pub fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_of_one_case() {
        assert_eq!(decode("00ff1a"), Some(vec![0, 0xff, 0x1a]));
        assert_eq!(decode("00FF1A"), Some(vec![0, 0xff, 0x1a]));
        for wrong in ["0", "00fF", "0g", "+1", "0x", " 1"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        assert_eq!(encode(&[0, 0xff, 0x1a]), "00ff1a");
    }
}
