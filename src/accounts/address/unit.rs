//! What stands after the street: apartment, suite, floor, rear, basement, and boxes.

use super::number::ordinal_number;
use super::street::is_city;
use super::tables::{FLOORS, UNITS, UNITS_ALONE, lookup};
use super::tail::is_zip;
use super::words::Word;

/// A unit inside a building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// What it is: `APT`, `UNIT`, `STE`, `FL`, `REAR`, or `#` where nothing was said.
    pub kind: &'static str,
    /// Its number or letter, where it has one.
    pub number: Option<String>,
}

impl Unit {
    fn new(kind: &'static str, number: Option<String>) -> Self {
        Self { kind, number }
    }
}

fn text(words: &[Word], at: usize) -> Option<&str> {
    words.get(at).map(|word| word.text.as_str())
}

/// Whether a word can be the number of a unit.
fn is_identifier(word: &str) -> bool {
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let fits = word.len() <= 8 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/'));
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    fits && (digits > 0 || (word.len() == 1 && letters == 1))
}

/// The unit at a place and where the words after it start.
pub(super) fn unit(words: &[Word], at: usize) -> Option<(Unit, usize)> {
    named_unit(words, at).or_else(|| {
        let word = text(words, at)?;
        let kind = lookup(UNITS_ALONE, word)?;
        // Towns have such words in their names: `Upper Darby`, `Front Royal`.
        let next = text(words, at + 1).filter(|_| !ends_line(words, at));
        let closes = next.is_none_or(|next| is_city(next) || is_zip(next) || named_unit(words, at + 1).is_some());
        let plain = !matches!(word, "UPPER" | "LOWER" | "FRONT" | "OFFICE" | "GARAGE");
        (plain || closes).then(|| (Unit::new(kind, None), at + 1))
    })
}

/// A unit that shows itself by its word and its number, so that it cannot be part of a name.
pub(super) fn named_unit(words: &[Word], at: usize) -> Option<(Unit, usize)> {
    let word = text(words, at)?;
    if let Some(found) = floor(words, at) {
        return Some(found);
    }
    if let Some(number) = word.strip_suffix("FL").or_else(|| word.strip_suffix("FLR"))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some((Unit::new("FL", Some(number.to_owned())), at + 1));
    }
    if word == "#" {
        return after_sign(words, at + 1);
    }
    let kind = lookup(UNITS, word)?;
    let mut next = at + 1;
    while matches!(text(words, next), Some("#" | "NO" | "NUM" | "NUMERO" | "NÚMERO" | "NRO" | "Nº" | "-")) {
        next += 1;
    }
    let number = text(words, next).filter(|_| !ends_line(words, next - 1))?;
    if kind == "FL"
        && let Some(floor) = lookup(FLOORS, number).map(ToOwned::to_owned).or_else(|| ordinal_text(number))
    {
        return Some((Unit::new("FL", Some(floor)), next + 1));
    }
    if is_identifier(number) {
        return Some((Unit::new(kind, Some(number.to_owned())), next + 1));
    }
    // `APT REAR`: the place is the number.
    let place = lookup(UNITS_ALONE, number).filter(|_| matches!(kind, "APT" | "UNIT" | "FL"))?;
    Some((Unit::new(kind, Some(place.to_owned())), next + 1))
}

fn ends_line(words: &[Word], at: usize) -> bool {
    words.get(at).is_some_and(Word::breaks)
}

/// After `#`: a number, or a unit in words.
fn after_sign(words: &[Word], at: usize) -> Option<(Unit, usize)> {
    let number = text(words, at)?;
    if lookup(UNITS, number).is_some()
        && let Some(found) = named_unit(words, at)
    {
        return Some(found);
    }
    if let Some(floor) = ordinal_text(number) {
        return Some((Unit::new("FL", Some(floor)), at + 1));
    }
    let short = number.len() <= 5 && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (short || is_identifier(number)).then(|| (Unit::new("#", Some(number.to_owned())), at + 1))
}

/// `3RD FLOOR`, `GROUND FLOOR`, `2ND FL`, `SEGUNDO PISO`, `2 PISO`.
fn floor(words: &[Word], at: usize) -> Option<(Unit, usize)> {
    let kind = text(words, at + 1).and_then(|kind| lookup(UNITS, kind)).filter(|kind| *kind == "FL")?;
    let first = text(words, at).filter(|_| !ends_line(words, at))?;
    let number = lookup(FLOORS, first)
        .map(ToOwned::to_owned)
        .or_else(|| ordinal_text(first))
        .or_else(|| plain_floor(words, at))
        .or_else(|| matches!(first, "1ER" | "2DO" | "3ER" | "4TO" | "5TO").then(|| first[..1].to_owned()))?;
    Some((Unit::new(kind, Some(number)), at + 2))
}

/// `15 FL`, when the number of the floor does not follow.
fn plain_floor(words: &[Word], at: usize) -> Option<String> {
    let number =
        text(words, at).filter(|number| number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit()))?;
    let closes = ends_line(words, at + 1) || text(words, at + 2).is_none_or(|next| !is_identifier(next));
    closes.then(|| number.to_owned())
}

fn ordinal_text(word: &str) -> Option<String> {
    // A single letter after the figure is an apartment: `2A`, `1T`.
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    (letters > 1).then(|| ordinal_number(word)).flatten().map(|number| number.to_string())
}

/// A number without a word after the street: `1234 MARKET ST 15`, `… ST 2F`, `… ST 2ND`.
pub(super) fn bare_unit(words: &[Word], at: usize) -> Option<(Unit, usize)> {
    let number = text(words, at)?;
    if let Some(floor) = ordinal_text(number) {
        return Some((Unit::new("FL", Some(floor)), at + 1));
    }
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let fits = number.len() <= 5
        && is_identifier(number)
        && !is_zip(number)
        && (digits > 0 || number.len() == 1)
        && !number.contains('/');
    fits.then(|| (Unit::new("#", Some(number.to_owned())), at + 1))
}

/// A box at the post office: its number, and where the words after it start.
pub(super) fn post_office_box(words: &[Word], at: usize) -> Option<(String, usize)> {
    let spoken = |at: usize| text(words, at);
    let mut next = match (spoken(at)?, spoken(at + 1), spoken(at + 2)) {
        ("P", Some("O"), Some("BOX")) | ("POST", Some("OFFICE"), Some("BOX")) => at + 3,
        ("PO" | "P0" | "ROUTE", Some("BOX"), _) | ("APARTADO", Some("POSTAL"), _) => at + 2,
        ("POB" | "POBOX" | "APARTADO" | "BOX", _, _) => at + 1,
        _ => return None,
    };
    while matches!(spoken(next), Some("#" | "NO" | "NUM" | "NÚM")) {
        next += 1;
    }
    let number = spoken(next)?;
    let fits = number.len() <= 10
        && number.bytes().any(|byte| byte.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| (number.to_owned(), next + 1))
}
