//! The pages of a TIFF: where each begins, how it is encoded, and a file in which one of them
//! comes first.
//!
//! The decoder of images shows the first page only; a TIFF is a chain of directories, one a
//! page, so that pointing its header at another directory makes that page the first.

/// The most directories that are followed: a chain may be a circle.
const MOST: usize = 2_000;

/// Fields of a directory, by the numbers that the format gives them.
const COMPRESSION: u16 = 259;
const FILL_ORDER: u16 = 266;
const RESOLUTION_ACROSS: u16 = 282;
const RESOLUTION_DOWN: u16 = 283;

/// The offsets of the pages' directories, in their order.
#[must_use]
pub(super) fn pages(bytes: &[u8]) -> Vec<u32> {
    let Some(little) = is_little(bytes) else { return Vec::new() };
    let mut found = Vec::new();
    let mut next = number(bytes, 4, little).unwrap_or(0);
    while next != 0 && found.len() < MOST && !found.contains(&next) {
        let Some(after) = after(bytes, next, little) else { break };
        found.push(next);
        next = after;
    }
    found
}

/// The same file with the page at `offset` first.
#[must_use]
pub(super) fn with_first(mut bytes: Vec<u8>, offset: u32) -> Vec<u8> {
    let little = is_little(&bytes).unwrap_or(true);
    if let Some(place) = bytes.get_mut(4..8) {
        place.copy_from_slice(&if little { offset.to_le_bytes() } else { offset.to_be_bytes() });
    }
    bytes
}

/// Whether the page at `offset` is encoded as faxes are and is not read here: in CCITT Group 3,
/// or with its bits the other way round.
#[must_use]
pub(super) fn is_fax(bytes: &[u8], offset: u32) -> bool {
    let Some(little) = is_little(bytes) else { return false };
    let says = |tag| field(bytes, offset, tag, little);
    matches!(says(COMPRESSION), Some(2 | 3)) || says(FILL_ORDER) == Some(2)
}

/// How many dots the page at `offset` has to the inch across and down, where it has fewer down:
/// faxes have half as many.
#[must_use]
pub(super) fn flattened(bytes: &[u8], offset: u32) -> Option<(u32, u32)> {
    let little = is_little(bytes)?;
    let resolution = |tag| {
        let at = usize::try_from(field(bytes, offset, tag, little)?).ok()?;
        let (over, under) = (number(bytes, at, little)?, number(bytes, at.checked_add(4)?, little)?);
        over.checked_div(under).filter(|dots| (50..=2400).contains(dots))
    };
    let (across, down) = (resolution(RESOLUTION_ACROSS)?, resolution(RESOLUTION_DOWN)?);
    (across * 2 >= down * 3 && across <= down * 5).then_some((across, down))
}

/// The value of a field: a number of two bytes or of four, or where it stands.
fn field(bytes: &[u8], offset: u32, tag: u16, little: bool) -> Option<u32> {
    const TWO_BYTES: u16 = 3;
    let at = usize::try_from(offset).ok()?;
    let entries = usize::from(short(bytes, at, little)?);
    let entry = (0..entries).map(|entry| at + 2 + entry * 12).find(|at| short(bytes, *at, little) == Some(tag))?;
    match short(bytes, entry + 2, little)? {
        TWO_BYTES => short(bytes, entry + 8, little).map(u32::from),
        _ => number(bytes, entry + 8, little),
    }
}

fn short(bytes: &[u8], at: usize, little: bool) -> Option<u16> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
}

fn is_little(bytes: &[u8]) -> Option<bool> {
    match bytes.get(..4)? {
        b"II*\0" => Some(true),
        b"MM\0*" => Some(false),
        _ => None,
    }
}

fn number(bytes: &[u8], at: usize, little: bool) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
}

/// The offset of the directory after the one at `offset`.
fn after(bytes: &[u8], offset: u32, little: bool) -> Option<u32> {
    let at = usize::try_from(offset).ok()?;
    let entries = usize::from(short(bytes, at, little)?);
    number(bytes, at + 2 + entries * 12, little)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two empty directories, at 8 and at 14.
    const TWO: &[u8] = b"II*\0\x08\0\0\0\0\0\x0e\0\0\0\0\0\0\0\0\0";

    #[test]
    fn the_chain_of_pages_is_followed_and_can_begin_elsewhere() {
        assert_eq!(pages(TWO), [8, 14]);
        assert_eq!(pages(&with_first(TWO.to_vec(), 14)), [14]);
    }

    #[test]
    fn a_circle_ends() {
        let mut circle = TWO.to_vec();
        circle[16] = 8;
        assert_eq!(pages(&circle), [8, 14]);
    }

    /// One directory with these fields and the value 204 at offset 60, 98 at 68.
    fn fax(fields: &[(u16, u32)]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        bytes.extend(u16::try_from(fields.len()).expect("few").to_le_bytes());
        for (tag, value) in fields {
            bytes.extend(tag.to_le_bytes());
            bytes.extend([4, 0, 1, 0, 0, 0]);
            bytes.extend(value.to_le_bytes());
        }
        bytes.resize(60, 0);
        bytes.extend([204_u32, 1, 98, 1].iter().flat_map(|number| number.to_le_bytes()));
        bytes
    }

    #[test]
    fn faxes_are_known_by_their_encoding_and_their_flat_dots() {
        assert!(is_fax(&fax(&[(COMPRESSION, 3)]), 8));
        assert!(is_fax(&fax(&[(COMPRESSION, 4), (FILL_ORDER, 2)]), 8));
        assert!(!is_fax(&fax(&[(COMPRESSION, 4), (FILL_ORDER, 1)]), 8));
        assert_eq!(flattened(&fax(&[(RESOLUTION_ACROSS, 60), (RESOLUTION_DOWN, 68)]), 8), Some((204, 98)));
        assert_eq!(flattened(&fax(&[(RESOLUTION_ACROSS, 60), (RESOLUTION_DOWN, 60)]), 8), None);
    }

    proptest! {
        #[test]
        fn any_bytes_have_pages_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut tiff = b"II*\0".to_vec();
            tiff.extend(bytes);
            prop_assert!(pages(&tiff).len() <= MOST);
            for offset in pages(&tiff) {
                let _ = (is_fax(&tiff, offset), flattened(&tiff, offset));
            }
        }
    }
}
