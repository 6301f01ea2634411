//! The end of an address: town, state, ZIP code, country.

use super::number::ordinal_number;
use super::places::{COUNTRIES, STATES};
use super::street::is_city;
use super::suffix::suffix;
use super::tables::{DIRECTIONS, FLOORS, lookup};
use super::words::Word;

/// What the end of an address says, by the words it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tail {
    /// Where the end starts: the words before it are street and town.
    pub(super) start: usize,
    /// The words of the state and its code.
    pub(super) state: Option<(usize, usize, &'static str)>,
    /// The words of the postal code.
    pub(super) zip: Option<(usize, usize)>,
    /// Whether a country is named.
    pub(super) country: bool,
}

fn joined(words: &[Word], from: usize, until: usize) -> String {
    words[from..until].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// A ZIP code: five digits, nine with or without a dash.
pub(super) fn is_zip(word: &str) -> bool {
    let bytes = word.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match bytes.len() {
        5 | 9 => digits(bytes),
        10 => digits(&bytes[..5]) && bytes[5] == b'-' && digits(&bytes[6..]),
        _ => false,
    }
}

/// The state that ends before a place: its words and its code.
pub(super) fn state_before(words: &[Word], end: usize) -> Option<(usize, &'static str)> {
    // Most words end no state; the others are put together and looked up.
    let last = words.get(end.checked_sub(1)?)?.text.as_str();
    if !STATES.iter().any(|(full, code)| *code == last || full.ends_with(last)) {
        return None;
    }
    [3, 2, 1].into_iter().filter(|length| *length <= end).find_map(|length| {
        let start = end - length;
        let inner_break = words[start..end - 1].iter().any(Word::breaks);
        let name = joined(words, start, end);
        let found = STATES.iter().find(|(full, code)| *full == name || *code == name).map(|(_, code)| *code);
        found.filter(|_| !inner_break).map(|code| (start, code))
    })
}

/// Reads the end of a text that is one address.
pub(super) fn tail(words: &[Word]) -> Tail {
    let mut tail = Tail { start: words.len(), ..Tail::default() };
    for length in [4, 2, 1] {
        if words.len() > length && COUNTRIES.contains(&joined(words, words.len() - length, words.len()).as_str()) {
            tail.start -= length;
            tail.country = true;
            break;
        }
    }
    take_zip(words, &mut tail);
    take_state(words, &mut tail);
    if tail.zip.is_none() {
        take_zip(words, &mut tail);
    }
    tail
}

fn take_zip(words: &[Word], tail: &mut Tail) {
    let end = tail.start;
    let Some(last) = end.checked_sub(1) else { return };
    let first_of_all = last == 0 && words.len() > 1 && tail.state.is_none();
    if is_zip(&words[last].text) && !first_of_all {
        tail.zip = Some((last, end));
    } else if last > 0 && is_outward(&words[last - 1].text) && is_inward(&words[last].text) {
        tail.zip = Some((last - 1, end));
    } else if words[..last].iter().any(Word::breaks)
        && words[last].text.len() == 4
        && words[last].text.bytes().all(|byte| byte.is_ascii_digit())
        && last > 0
        && !words[last - 1].breaks()
        && suffix(&words[last - 1].text).is_none()
    {
        // Four digits after a town are a postal code elsewhere.
        tail.zip = Some((last, end));
    }
    if let Some((start, _)) = tail.zip {
        tail.start = start;
    }
}

/// The two halves of a British postal code.
fn is_outward(word: &str) -> bool {
    (2..=4).contains(&word.len())
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_inward(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 3 && bytes[0].is_ascii_digit() && bytes[1..].iter().all(u8::is_ascii_uppercase)
}

fn is_floor(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        || ordinal_number(word).is_some()
        || lookup(FLOORS, word).is_some()
}

/// The state's code as a machine or a hurried hand misread it, which the ZIP code behind it shows:
/// `Ll` for IL, `0H` for OH.
fn misread_state(words: &[Word], end: usize) -> Option<(usize, &'static str)> {
    let start = end.checked_sub(1)?;
    let word = words[start].text.as_bytes();
    if word.len() != 2 || suffix(&words[start].text).is_some() || lookup(DIRECTIONS, &words[start].text).is_some() {
        return None;
    }
    let alike = |read: u8, meant: u8| {
        read == meant
            || matches!((read, meant), (b'L' | b'1', b'I') | (b'I' | b'1', b'L') | (b'0', b'O') | (b'5', b'S'))
    };
    let mut codes = STATES.iter().map(|(_, code)| *code);
    codes.find(|code| word.iter().zip(code.bytes()).all(|(read, meant)| alike(*read, meant))).map(|code| (start, code))
}

fn take_state(words: &[Word], tail: &mut Tail) {
    let end = tail.start;
    let misread = || tail.zip.and_then(|_| misread_state(words, end));
    let Some((start, code)) = state_before(words, end).or_else(misread) else { return };
    let after_comma = start > 0 && words[start - 1].breaks();
    let with_zip = tail.zip.is_some() || tail.country;
    let word = words[start].text.as_str();
    let short = end - start == 1 && word.len() == 2;
    let other_meaning = lookup(DIRECTIONS, word).is_some() || suffix(word).is_some();
    let town_before = start >= 2 && (1..start - 1).any(|at| suffix(&words[at].text).is_some() || words[at].breaks());
    let city_before = start > 0 && is_city(&words[start - 1].text);
    // A full name may be a street: `122 N Virginia`. Two letters may be its kind: `9 Oak Ct`.
    let alone = start == 0 && !(words[0].text == "NEW" || short);
    let town_alone = start > 0 && !words[0].text.starts_with(|first: char| first.is_ascii_digit()) && !other_meaning;
    // `2nd Fl` is a floor.
    let floor = word == "FL" && start > 0 && tail.zip.is_none() && !after_comma && is_floor(&words[start - 1].text);
    let fits = if floor {
        false
    } else if short && !other_meaning {
        start > 0
    } else {
        after_comma || with_zip || city_before || town_before || town_alone || alone
    };
    if fits {
        tail.state = Some((start, end, code));
        tail.start = start;
    }
}
