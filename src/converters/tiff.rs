//! The pages of a TIFF: where each begins, and a file in which one of them comes first.
//!
//! The decoder of images shows the first page only; a TIFF is a chain of directories, one a
//! page, so that pointing its header at another directory makes that page the first.

/// The most directories that are followed: a chain may be a circle.
const MOST: usize = 2_000;

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
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    let entries = usize::from(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) });
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

    proptest! {
        #[test]
        fn any_bytes_have_pages_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut tiff = b"II*\0".to_vec();
            tiff.extend(bytes);
            prop_assert!(pages(&tiff).len() <= MOST);
        }
    }
}
