//! What kind of street a word says, also when it is misspelt.

use super::tables::{SUFFIX_VARIANTS, SUFFIXES, lookup};

/// The rows of the keyboard, to tell a slip of the finger from another word.
const KEYBOARD: [&str; 3] = ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"];

/// Words of street names that differ from a kind of street by one letter and are right.
const OTHER_WORDS: &[&str] = &[
    "COUNTY", "COURSE", "STRESS", "STRICT", "PLEASE", "COULD", "WOULD", "DRIVER", "DRIVEN", "LAKE", "LAND", "LINE",
    "PINE", "BATH", "BROAD", "BAY", "DAY", "MAY", "RAY", "JAY", "HAY", "KAY", "WALL", "LOOK", "COUNT", "PIPE", "LONE",
    "LANG", "LANCE", "PALACE", "STREAM", "TRAIN", "ROSE", "ROAD", "DOVE", "ROE", "ROWE", "TEN", "TREE", "STATE",
    "PINES", "LAKES", "LINES", "DRAKE", "BRIDGE", "CURT", "CREST", "CROSS", "PARK", "CENTER", "CARTER", "GROVE",
    "ALLEN",
];

/// The kind of street that a word says as it stands.
pub(super) fn suffix(word: &str) -> Option<&'static str> {
    lookup(SUFFIXES, word).or_else(|| lookup(SUFFIX_VARIANTS, word))
}

/// The kind of street that a misspelt word means.
pub(super) fn repaired_suffix(word: &str) -> Option<&'static str> {
    let length = word.len();
    if !(2..=14).contains(&length) || OTHER_WORDS.contains(&word) || !word.bytes().all(|byte| byte.is_ascii_uppercase())
    {
        return None;
    }
    if let Some(standard) = lookup(SUFFIXES, &word[..length / 2]).filter(|_| word[..length / 2] == word[length / 2..]) {
        return Some(standard);
    }
    if length == 2 {
        return SUFFIXES.iter().find(|(written, _)| is_slip(word, written)).map(|(_, standard)| *standard);
    }
    // The full words come first among equals: they leave less to chance.
    SUFFIXES
        .iter()
        .filter_map(|(written, standard)| {
            let allowed = allowed(word, written);
            let distance = near(word, written, allowed).then(|| strsim::osa_distance(word, written))?;
            (distance <= allowed).then_some((distance, *standard))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, standard)| standard)
}

/// Whether two words can be so few slips apart: each changes the length by one at most, and two
/// of the letters that occur. It spares measuring what is far away.
fn near(word: &str, written: &str, slips: usize) -> bool {
    let letters = |word: &str| word.bytes().fold(0_u32, |letters, byte| letters | 1 << (byte - b'A'));
    slips > 0
        && word.len().abs_diff(written.len()) <= slips
        && (letters(word) ^ letters(written)).count_ones() as usize <= 2 * slips
}

/// The same in a sentence, where other words are more likely than two slips in a short word.
pub(super) fn slipped_suffix(word: &str) -> Option<&'static str> {
    repaired_suffix(word).filter(|standard| {
        let one_slip = |(written, meant): &(&str, &str)| meant == standard && strsim::osa_distance(word, written) <= 1;
        word.len() > 6 || SUFFIXES.iter().any(one_slip)
    })
}

/// How many slips turn a written word into this one without it being another.
fn allowed(word: &str, written: &str) -> usize {
    match word.len().min(written.len()) {
        0..=2 => usize::from(written.len() == 2 && is_slip(word, written)),
        3 | 4 => 1,
        _ => 2,
    }
}

/// Whether a short word is an abbreviation with one slip: a neighbouring key, a key twice, one
/// left out, two exchanged.
fn is_slip(word: &str, written: &str) -> bool {
    let (word, written) = (word.as_bytes(), written.as_bytes());
    match (word.len(), written.len()) {
        (2, 2) => match (word[0] == written[0], word[1] == written[1]) {
            (true, false) => are_neighbours(word[1], written[1]),
            (false, true) => are_neighbours(word[0], written[0]),
            (false, false) => word[0] == written[1] && word[1] == written[0],
            (true, true) => true,
        },
        (3, 2) => (word[0] == word[1] || word[1] == word[2]) && word[0] == written[0] && word[2] == written[1],
        (2, 3) => word == &written[1..] || word == [written[0], written[2]],
        _ => false,
    }
}

fn are_neighbours(one: u8, other: u8) -> bool {
    let place = |key: u8| {
        KEYBOARD.iter().enumerate().find_map(|(row, keys)| Some((row, keys.bytes().position(|other| other == key)?)))
    };
    match (place(one), place(other)) {
        (Some((row, column)), Some((other_row, other_column))) => {
            let (upper, lower) = if row <= other_row { (column, other_column) } else { (other_column, column) };
            match row.abs_diff(other_row) {
                0 => upper.abs_diff(lower) == 1,
                // Each row lies half a key to the right of the one above.
                1 => lower == upper || lower + 1 == upper,
                _ => false,
            }
        }
        _ => false,
    }
}
