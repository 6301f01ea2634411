//! Addresses in running text, English and Spanish, with where they stand and how sure it is.
//!
//! A sentence has many numbers, so a number counts as a house only before a street with its
//! kind, or where the words around leave no doubt. Each number looks at a few hundred bytes
//! after it and no further, so the time grows with the text only.

use super::number::{house_number, ordinal_number};
use super::parse::is_number_sign;
use super::street::{Setting, StreetAt, is_city, street, turn};
use super::tables::{LEADING_SUFFIXES, NUMBERED_ROADS, SENTENCE_WORDS, lookup};
use super::tail::{is_zip, state_before};
use super::unit::{Unit, bare_unit, named_unit, post_office_box, unit};
use super::words::{Gap, Word, words};
use super::{Address, Written};

/// An address in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundAddress {
    /// The address.
    pub address: Address,
    /// Where it starts in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// How sure it is, from 0 to 1.
    pub confidence: f32,
}

/// Phrases after which an address is to be expected.
const INTRODUCTIONS: &[&str] = &[
    "address",
    "service at",
    "live at",
    "lives at",
    "living at",
    "property",
    "home at",
    "house at",
    "house is",
    "located at",
    "reside at",
    "moved to",
    "move to",
    "moving to",
    "account at",
    "account for",
    "bill for",
    "dirección",
    "direccion",
    "vivo en",
    "casa en",
    "propiedad",
    "domicilio",
    "servicio en",
    "residencia",
    "ubicada en",
    "ubicado en",
];

/// Kinds of street that are ordinary words too: in small letters they need more to go by.
const COMMON_NOUNS: &[&str] = &[
    "DRIVE", "SQUARE", "WAY", "PLACE", "COURT", "CIRCLE", "PATH", "LOOP", "ROW", "WALK", "TRAIL", "PLAZA", "CROSSING",
    "PIKE",
];

/// So many words show whether a street follows a number.
const FIRST_WORDS: usize = 10;

/// So many words an address has in running text.
const FOLLOWING_WORDS: usize = 24;

/// Every address in a text, in order.
#[must_use]
pub fn locate_addresses(text: &str) -> Vec<FoundAddress> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = next_start(text, at) {
        match address_at(text, start) {
            Some(address) => {
                at = address.end.max(start + 1);
                found.push(address);
            }
            None => at = word_end(text, start),
        }
    }
    found
}

/// The next place where an address may start: a word that begins with a digit, or one of the few
/// words that begin one.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let inside =
            at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80 || bytes[at - 1] == b'$');
        if !inside && (bytes[at].is_ascii_digit() || begins(&bytes[at..])) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn begins(bytes: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "calle ",
        "c/ ",
        "avenida ",
        "avda",
        "po box",
        "p.o",
        "p o box",
        "p. o",
        "post office",
        "apartado ",
        "one ",
        "two ",
        "three ",
        "four ",
        "five ",
        "six ",
        "seven ",
        "eight ",
        "nine ",
        "ten ",
        "twenty ",
        "thirty ",
        "forty ",
        "fifty ",
    ];
    matches!(bytes[0] | 0x20, b'a' | b'c' | b'p' | b'o' | b't' | b'f' | b's' | b'e' | b'n')
        && WORDS
            .iter()
            .any(|word| bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes())))
}

fn word_end(text: &str, start: usize) -> usize {
    text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length)
}

fn address_at(text: &str, start: usize) -> Option<FoundAddress> {
    let first = text.as_bytes()[start];
    if first.is_ascii_digit() && !starts_house(&text.as_bytes()[start..]) {
        return None;
    }
    // Most numbers are no house: the first words show it, and the others are not looked at.
    Finder::search(text, &words(text, start, FIRST_WORDS), start)?;
    let words = words(text, start, FOLLOWING_WORDS);
    let (mut finder, end, mut confidence) = Finder::search(text, &words, start)?;
    if introduced(text, start) {
        confidence += 0.1;
    }
    let (end, last) = (words[end - 1].end, confidence.min(0.99));
    finder.address.written = finder.written;
    (last >= 0.5).then_some(FoundAddress { address: finder.address, start, end, confidence: last })
}

/// A quick look before anything is taken apart: up to six digits, and then a word. A further
/// number may follow only where it is a street: `12 5th St`, `12 5 St`, or a half or a range.
fn starts_house(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // `3. …` counts the items of a list.
    let item = bytes.get(digits) == Some(&b'.') && bytes.get(digits + 1).is_none_or(u8::is_ascii_whitespace);
    if digits > 6 || item || matches!(bytes.get(digits), Some(b'%' | b':' | b'@')) {
        return false;
    }
    let mut following =
        bytes[..bytes.len().min(80)].split(u8::is_ascii_whitespace).skip(1).filter(|word| !word.is_empty());
    let is_number = |word: &[u8]| word.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'/'));
    match following.next() {
        Some(next) if next == b"1/2" || next == b"-" => true,
        Some(next) if is_number(next) => following.next().is_some_and(|after| !is_number(after)),
        Some(_) => true,
        None => false,
    }
}

/// Whether the words before say that an address follows.
fn introduced(text: &str, start: usize) -> bool {
    let mut from = start.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text[from..start].to_lowercase();
    INTRODUCTIONS.iter().any(|phrase| before.contains(phrase))
}

struct Finder<'a> {
    text: &'a str,
    words: &'a [Word],
    address: Address,
    written: Written,
}

impl<'a> Finder<'a> {
    fn search(text: &'a str, words: &'a [Word], start: usize) -> Option<(Self, usize, f32)> {
        if words.first()?.start != start {
            return None;
        }
        let mut finder = Finder { text, words, address: Address::default(), written: Written::default() };
        let (end, confidence) = finder.boxed().or_else(|| finder.numbered()).or_else(|| finder.spanish())?;
        Some((finder, end, confidence))
    }

    fn slice(&self, from: usize, until: usize) -> Option<String> {
        (from < until).then(|| self.text[self.words[from].start..self.words[until - 1].end].to_owned())
    }

    fn boxed(&mut self) -> Option<(usize, f32)> {
        if self.words[0].text == "BOX" {
            return None;
        }
        let (number, next) = post_office_box(self.words, 0)?;
        self.written.po_box = self.slice(0, next);
        self.address.po_box = Some(number);
        let end = self.take_place(next);
        Some((end, 0.9))
    }

    /// A house number and a street.
    fn numbered(&mut self) -> Option<(usize, f32)> {
        let (number, mut next) = house_number(self.words, 0)?;
        if self.words[..next].iter().any(Word::breaks) || next >= self.words.len() {
            return None;
        }
        while matches!(self.words[next].text.as_str(), "DE" | "LA") && next + 2 < self.words.len() {
            next += 1;
        }
        let found = street(self.words, next, self.words.len(), Setting::Running)?;
        self.written.house_number = self.slice(0, next);
        self.address.house_number = Some(number);
        self.finish(found, next)
    }

    /// The number behind a street whose kind stands in front: `calle Cambria 2217`.
    fn spanish(&mut self) -> Option<(usize, f32)> {
        lookup(LEADING_SUFFIXES, &self.words[0].text)?;
        let found = street(self.words, 0, self.words.len(), Setting::Running)?;
        let mut at = found.end;
        while self.words.get(at).is_some_and(|word| is_number_sign(&word.text)) {
            at += 1;
        }
        let (number, next) = house_number(self.words, at)?;
        if found.end > 1 && self.words[..found.end - 1].iter().any(Word::breaks) {
            return None;
        }
        self.written.house_number = self.slice(at, next);
        self.address.house_number = Some(number);
        let street_end = found.end;
        self.written.street = self.slice(0, street_end);
        self.address.street = Some(found.street);
        let mut end = next;
        if let Some(street) = &mut self.address.street {
            end += usize::from(turn(self.words, next, street));
        }
        let end = self.take_units(end);
        Some((self.take_place(end), 0.7))
    }

    /// After the street: units, town, ZIP code; then the judgement.
    fn finish(&mut self, found: StreetAt, name_start: usize) -> Option<(usize, f32)> {
        let (suffixed, repaired, end) = (found.street.suffix.is_some(), found.repaired, found.end);
        let name = &self.words[name_start..end];
        let capital = name.iter().any(|word| word.capital);
        let directed = found.street.pre_direction.is_some();
        let numbered = ordinal_number(found.street.name.split(' ').next().unwrap_or_default()).is_some();
        let road = !suffixed && found.street.name.bytes().any(|byte| byte.is_ascii_digit()) && !numbered;
        let road = road && name.iter().any(|word| NUMBERED_ROADS.contains(&word.text.as_str()) || word.text == "ROAD");
        let common = name.last().is_some_and(|word| COMMON_NOUNS.contains(&word.text.as_str()));
        let leading = lookup(LEADING_SUFFIXES, &name[0].text).is_some();
        let closes = name.last().is_some_and(Word::breaks) || end == self.words.len();
        self.written.street = self.slice(name_start, end);
        self.address.street = Some(found.street);
        let units_end = self.take_units(end);
        let place_end = self.take_place(units_end);
        let (with_unit, with_place) = (units_end > end, place_end > units_end);
        // Two letters of a state alone are too little.
        let sure_place =
            with_place && (self.address.zip_code.is_some() || self.address.city.as_deref() == Some("PHILADELPHIA"));
        let mut confidence = if suffixed && !repaired { 0.7 } else { 0.35 };
        confidence += if repaired { 0.2 } else { 0.0 };
        confidence += if directed || numbered { 0.1 } else { 0.0 };
        confidence += if with_unit { 0.1 } else { 0.0 };
        confidence += if with_place { 0.2 } else { 0.0 };
        let written_as_name = capital || directed || numbered || leading;
        confidence -= match (written_as_name, common) {
            (true, _) => 0.0,
            (false, false) => 0.15,
            (false, true) => 0.25,
        };
        if !suffixed {
            let shown = (directed && (numbered || (capital && (closes || with_unit)))) || (capital && sure_place);
            let in_sentence = name.iter().any(|word| SENTENCE_WORDS.contains(&word.text.as_str()));
            if !(shown || road && capital) || in_sentence {
                return None;
            }
            confidence += 0.1;
        }
        Some((place_end, confidence))
    }

    fn take_units(&mut self, from: usize) -> usize {
        let mut at = from;
        while at < self.words.len() && !matches!(self.words[at - 1].after, Gap::Stop) {
            let bare = || {
                let letters = self.words[at].text.bytes().any(|byte| byte.is_ascii_alphabetic());
                let digits = self.words[at].text.bytes().any(|byte| byte.is_ascii_digit());
                bare_unit(self.words, at).filter(|_| at == from && letters && digits && !self.words[at - 1].breaks())
            };
            let alone = self.words[at].capital || self.words[at].breaks() || at + 1 == self.words.len();
            let found = named_unit(self.words, at).or_else(|| unit(self.words, at).filter(|_| alone)).or_else(bare);
            let Some((unit, next)) = found.filter(|(unit, _)| believable(unit)) else { break };
            let written = self.slice(at, next);
            self.written.unit = match (self.written.unit.take(), written) {
                (Some(before), Some(written)) => Some(format!("{before} {written}")),
                (before, written) => before.or(written),
            };
            self.address.units.push(unit);
            at = next;
        }
        at
    }

    /// Town, state and ZIP code, where they follow.
    fn take_place(&mut self, from: usize) -> usize {
        let mut at = from;
        if at == 0 || at >= self.words.len() || self.words[at - 1].after == Gap::Stop {
            return at;
        }
        if is_city(&self.words[at].text) {
            self.written.city = self.slice(at, at + 1);
            self.address.city = Some("PHILADELPHIA".to_owned());
            at += 1;
        } else if let Some((town_end, ..)) = self.town_with_state(at) {
            self.written.city = self.slice(at, town_end);
            self.address.city = self.written.city.as_deref().map(str::to_uppercase);
            at = town_end;
        }
        if let Some((length, code)) = self.state_at(at) {
            self.address.state = Some(code);
            self.written.state = self.slice(at, at + length);
            at += length;
        }
        if self.words.get(at).is_some_and(|word| is_zip(&word.text)) && !self.number_follows(at) {
            self.written.postcode = self.slice(at, at + 1);
            self.address.zip_code = self.written.postcode.clone();
            at += 1;
        }
        at
    }

    /// Whether a five-digit word is the house number of a further address rather than a ZIP code.
    fn number_follows(&self, at: usize) -> bool {
        at > 0 && self.words[at - 1].after == Gap::Line && !self.words[at].breaks() && at + 1 < self.words.len()
    }

    fn state_at(&self, at: usize) -> Option<(usize, &'static str)> {
        (1..=2).rev().find_map(|length| {
            let end = at + length;
            let (start, code) = (end <= self.words.len()).then(|| state_before(self.words, end)).flatten()?;
            let short = length == 1 && self.words[at].text.len() == 2;
            let written = self.slice(at, end)?;
            // Two small letters are words of the language: `in`, `or`, `me`.
            let shown = !short
                || written.bytes().all(|byte| !byte.is_ascii_lowercase())
                || self.words.get(end).is_some_and(|word| is_zip(&word.text));
            (start == at && shown).then_some((length, code))
        })
    }

    /// A town of up to three words before a state.
    fn town_with_state(&self, at: usize) -> Option<(usize, &'static str)> {
        (at + 1..=at + 3).find_map(|end| {
            let town = self.words.get(at..end)?;
            let fits =
                town.iter().all(|word| word.capital && word.text.chars().all(|one| one.is_alphabetic() || one == '-'))
                    && !town[..town.len() - 1].iter().any(Word::breaks);
            let (_, code) = self.state_at(end).filter(|_| fits)?;
            Some((end, code))
        })
    }
}

/// In running text a unit needs its number or a plain name.
fn believable(unit: &Unit) -> bool {
    unit.number.is_some() || matches!(unit.kind, "REAR" | "BSMT" | "PH" | "FRNT")
}
