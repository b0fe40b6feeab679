//! `binary_runtime_measurements` (`ima_measurements_show` in security/integrity/ima/ima_fs.c).

use super::{
    Endian, ListFault,
    batch::{Layouts, Place},
    entry::counted,
    layout::LONGEST_NAME,
};

/// Longer than any file name, signature or buffer that is measured.
pub(super) const LONGEST_DATA: u32 = 16 << 20;

/// The first entry in `bytes`.
pub(super) enum Cut {
    /// Where it is, and how many bytes it takes.
    Whole(Place, usize),
    /// It goes on beyond the end of the bytes.
    Open,
}

/// Cuts the entry that begins at `at`. `hash_len` is the length of the file's template hashes.
///
/// # Errors
/// An entry that no kernel writes.
pub(super) fn cut(
    bytes: &[u8],
    at: usize,
    hash_len: usize,
    endian: Endian,
    layouts: &mut Layouts,
) -> Result<Cut, ListFault> {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some((pcr, rest)) = rest.split_first_chunk() else {
        return Ok(Cut::Open);
    };
    let Some(rest) = rest.get(hash_len..) else {
        return Ok(Cut::Open);
    };
    let hash = at + 4;
    let Some((name_len, _)) = rest.split_first_chunk() else {
        return Ok(Cut::Open);
    };
    let name_len = endian.u32(*name_len);
    if name_len == 0 || name_len as usize > LONGEST_NAME {
        return Err(ListFault::Length {
            what: "the template's name",
            length: name_len.into(),
            room: LONGEST_NAME as u64,
        });
    }
    let Some((name, rest)) = counted(rest, endian) else {
        return Ok(Cut::Open);
    };
    let layout = layouts.find(name)?;
    let begin = hash + hash_len + 4 + name.len();
    let first = layouts.get(layout).is_some_and(super::Layout::is_first);
    let data = if first {
        match first_template(rest, endian)? {
            Some(len) => begin..begin + len,
            None => return Ok(Cut::Open),
        }
    } else {
        let Some((data_len, rest)) = rest.split_first_chunk() else {
            return Ok(Cut::Open);
        };
        let data_len = endian.u32(*data_len);
        if data_len > LONGEST_DATA {
            return Err(ListFault::Length {
                what: "the data",
                length: data_len.into(),
                room: LONGEST_DATA.into(),
            });
        }
        if rest.len() < data_len as usize {
            return Ok(Cut::Open);
        }
        begin + 4..begin + 4 + data_len as usize
    };
    let end = data.end;
    let place = Place {
        pcr: endian.u32(*pcr),
        hash,
        layout,
        data,
    };
    Ok(Cut::Whole(place, end - at))
}

/// The length of the data of the template `ima`: a digest without length (20 bytes, 16 with `ima_hash=md5`), the length of
/// the name, the name.
fn first_template(rest: &[u8], endian: Endian) -> Result<Option<usize>, ListFault> {
    let mut said = 0;
    for digest in [20, 16] {
        let Some(len) = rest.get(digest..).and_then(<[u8]>::first_chunk) else {
            return Ok(None);
        };
        let len = endian.u32(*len);
        said = len;
        if (1..256).contains(&len) {
            let end = digest + 4 + len as usize;
            return Ok((rest.len() >= end).then_some(end));
        }
    }
    Err(ListFault::Length {
        what: "the name",
        length: said.into(),
        room: 255,
    })
}
