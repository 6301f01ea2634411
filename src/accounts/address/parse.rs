//! A text that is one address, taken apart. The end is read first (country, ZIP code, state),
//! then the front (unit, house number, street), and what is left between is the town.

use super::Address;
use super::number::house_number;
use super::places::STATES;
use super::street::{Setting, Street, StreetAt, is_city, street, turn};
use super::suffix::suffix;
use super::tables::{LEADING_SUFFIXES, NUMBERED_ROADS, ROAD_OWNERS, STREETS_ALONE, lookup};
use super::tail::{Tail, is_zip, tail};
use super::unit::{Unit, bare_unit, named_unit, post_office_box, unit};
use super::words::{Gap, MOST_WORDS, Word, words};

/// Takes a text apart that is one address; `None` when there is nothing to take.
pub(super) fn parse(text: &str) -> Option<Address> {
    let mut words = words(text, 0, MOST_WORDS);
    // In one address there is no end of a sentence: a full stop abbreviates.
    for word in &mut words {
        if word.after == Gap::Stop {
            word.after = Gap::Blank;
        }
    }
    if words.is_empty() {
        return None;
    }
    let tail = tail(&words);
    let mut parser = Parser { text, words: &words, end: tail.start, address: Address::default() };
    parser.take_tail(&tail);
    parser.take_rest(&tail);
    (parser.address != Address::default()).then_some(parser.address)
}

/// Takes the words of an address one part after the other.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) words: &'a [Word],
    /// Where the end of the address starts.
    pub(super) end: usize,
    pub(super) address: Address,
}

impl Parser<'_> {
    /// The words as they are written.
    pub(super) fn written(&self, from: usize, until: usize) -> Option<String> {
        (from < until).then(|| self.text[self.words[from].start..self.words[until - 1].end].to_owned())
    }

    fn take_tail(&mut self, tail: &Tail) {
        if let Some((from, until, code)) = tail.state {
            self.address.state = Some(code);
            self.address.written.state = self.written(from, until);
        }
        if let Some((from, until)) = tail.zip {
            self.address.zip_code = self.written(from, until);
            self.address.written.postcode = self.address.zip_code.clone();
        }
    }

    fn take_rest(&mut self, tail: &Tail) {
        let mut at = 0;
        if let Some(after) = self.take_box() {
            return self.take_town(after);
        }
        // A unit may stand in front: `Apt. 42, 233 …`.
        while at < self.end
            && let Some((unit, next)) = named_unit(self.words, at).filter(|(_, next)| *next < self.end)
            && house_number(self.words, next).is_some()
        {
            self.take_unit(unit, at, next);
            at = next;
        }
        at += self.landmarks(at);
        let open = tail.state.is_some() || tail.zip.is_some() || tail.country;
        let setting = if open { Setting::Open } else { Setting::Closed };
        let next = self
            .take_spanish(at)
            .or_else(|| self.take_numbered(at, setting))
            .or_else(|| self.take_crossing(at, setting))
            .or_else(|| self.take_trailing_number(at, setting))
            .or_else(|| self.take_street_alone(at, setting));
        let after = next.map_or(at, |next| self.take_units(next));
        if next.is_some() && after < self.end && post_office_box(self.words, after).is_some() {
            self.take_box_at(after);
            return;
        }
        self.take_town(after);
    }

    /// How many words only say that roads meet here: `Junction Highway 76`.
    fn landmarks(&self, at: usize) -> usize {
        let words = self.words[at..].iter().take_while(|word| {
            matches!(word.text.as_str(), "JUNCTION" | "JCT" | "JCTN" | "CROSSROADS" | "CRSRDS" | "XRDS" | "CRUCE")
        });
        let count = words.count();
        let road = self.words.get(at + count).is_some_and(|word| NUMBERED_ROADS.contains(&word.text.as_str()));
        if road { count } else { 0 }
    }

    /// A box instead of a street; gives the word after it.
    fn take_box(&mut self) -> Option<usize> {
        let at = (0..self.end).find(|at| post_office_box(self.words, *at).is_some())?;
        if house_number(self.words, 0).is_some() && at > 2 {
            return None;
        }
        let mut front = 0;
        while let Some((unit, next)) = named_unit(self.words, front).filter(|(_, next)| *next <= at) {
            self.take_unit(unit, front, next);
            front = next;
        }
        Some(self.take_box_at(at))
    }

    fn take_box_at(&mut self, at: usize) -> usize {
        let Some((number, next)) = post_office_box(self.words, at) else { return at };
        self.address.written.po_box = self.written(at, next);
        self.address.po_box = Some(number);
        let mut next = next;
        while next < self.end
            && let Some((unit, after)) = named_unit(self.words, next)
        {
            self.take_unit(unit, next, after);
            next = after;
        }
        next
    }

    /// A kind in front, a name, and then the number: `calle Cambria 2217`.
    fn take_spanish(&mut self, at: usize) -> Option<usize> {
        lookup(LEADING_SUFFIXES, &self.words.get(at)?.text)?;
        let found = street(self.words, at, self.end, Setting::Closed)?;
        let mut number = found.end;
        while number < self.end && is_number_sign(&self.words[number].text) {
            number += 1;
        }
        let (standard, mut next) = house_number(self.words, number).filter(|(_, next)| *next <= self.end)?;
        self.address.written.house_number = self.written(number, next);
        self.address.house_number = Some(standard);
        self.take_street(found);
        if let Some(street) = &mut self.address.street
            && next < self.end
        {
            next += usize::from(turn(self.words, next, street));
        }
        Some(next)
    }

    /// The house number and its street, in front or after a name that nobody needs.
    fn take_numbered(&mut self, at: usize, setting: Setting) -> Option<usize> {
        if let Some(found) = self.numbered_at(at, setting) {
            return Some(self.take_numbered_at(at, found));
        }
        for place in at + 1..self.end {
            let figure = self.words[place].text.starts_with(|first: char| first.is_ascii_digit());
            if !figure || is_road_number(self.words, place) {
                continue;
            }
            if let Some(found) = self
                .numbered_at(place, setting)
                .filter(|(_, found)| found.street.suffix.is_some() || found.street.pre_direction.is_some())
                && house_number(self.words, at).is_none()
            {
                return Some(self.take_numbered_at(place, found));
            }
        }
        let placed = (at + 1..self.end).find(|place| {
            self.words[place - 1].breaks()
                && self.words[*place].text.starts_with(|first: char| first.is_ascii_digit())
                && self.words[at..*place].iter().all(|word| !word.text.bytes().any(|byte| byte.is_ascii_digit()))
                && suffix(&self.words[place - 1].text).is_none()
        })?;
        let found = self.numbered_at(placed, setting)?;
        Some(self.take_numbered_at(placed, found))
    }

    fn numbered_at(&self, at: usize, setting: Setting) -> Option<((String, usize), StreetAt)> {
        let (number, mut next) = house_number(self.words, at)?;
        if next >= self.end || is_crossing_sign(&self.words[next].text) {
            return None;
        }
        // `5th St & …` begins with a street, not with a house.
        if suffix(&self.words[next].text).is_some()
            && self.words.get(next + 1).is_some_and(|word| is_crossing_sign(&word.text))
        {
            return None;
        }
        while matches!(self.words[next].text.as_str(), "DE" | "LA") && next + 2 < self.end {
            next += 1;
        }
        let found = street(self.words, next, self.end, setting)?;
        let named = found.street.name.chars().any(char::is_alphanumeric);
        named.then_some(((number, next), found))
    }

    fn take_numbered_at(&mut self, at: usize, ((number, next), found): ((String, usize), StreetAt)) -> usize {
        self.address.written.house_number = self.written(at, next);
        self.address.house_number = Some(number);
        self.take_street(found)
    }

    fn take_street(&mut self, found: StreetAt) -> usize {
        self.address.written.street = self.written(found.start, found.end);
        self.address.street = Some(found.street);
        found.end
    }

    /// Two streets that cross: `Broad St & Girard Ave`, `5th and Cambria`.
    fn take_crossing(&mut self, at: usize, setting: Setting) -> Option<usize> {
        let at = at + usize::from(matches!(self.words.get(at)?.text.as_str(), "CORNER" | "CNR" | "ESQUINA"));
        let at = at + usize::from(matches!(self.words.get(at)?.text.as_str(), "OF" | "DE"));
        let sign = (at + 1..self.end).find(|at| is_crossing_sign(&self.words[*at].text))?;
        if sign + 1 >= self.end {
            return None;
        }
        let first = street(self.words, at, sign, Setting::Closed)?;
        let second = street(self.words, sign + 1, self.end, setting)?;
        let symbol = matches!(self.words[sign].text.as_str(), "&" | "@");
        let kinds = first.street.suffix.is_some() || second.street.suffix.is_some();
        let words_apart = symbol || kinds || (sign - at == 1 && second.end - second.start == 1);
        if !words_apart || house_number(self.words, at).is_some_and(|(_, next)| next == sign && !kinds) {
            return None;
        }
        self.address.written.street = self.written(at, sign);
        let end = second.end;
        self.address.street = Some(first.street);
        self.address.crossing = Some(second.street);
        Some(end)
    }

    /// The house number behind the name, as in Spanish and most of Europe.
    fn take_trailing_number(&mut self, at: usize, setting: Setting) -> Option<usize> {
        if house_number(self.words, at).is_some()
            && self.words[at].text.bytes().any(|byte| byte.is_ascii_digit())
            && self.words.get(at + 1).is_none_or(|word| suffix(&word.text).is_none())
        {
            return None;
        }
        let number = (at + 1..self.end).find(|place| {
            let text = self.words[*place].text.as_str();
            text.starts_with(|first: char| first.is_ascii_digit())
                && text.bytes().filter(u8::is_ascii_digit).count() <= 5
                && super::number::ordinal_number(text).is_none()
                && (text.contains('/') || house_number(self.words, *place).is_some())
                && !is_road_number(self.words, *place)
        })?;
        let start = (at..number - 1).rev().find(|at| self.words[*at].breaks()).map_or(at, |at| at + 1);
        let mut name_end = number;
        while name_end > start + 1 && is_number_sign(&self.words[name_end - 1].text) {
            name_end -= 1;
        }
        let found = street(self.words, start, name_end, Setting::Closed)?;
        if found.end != name_end && setting != Setting::Closed && suffix(&self.words[found.end - 1].text).is_some() {
            return None;
        }
        self.address.written.street = self.written(start, name_end);
        self.address.street = Some(found.street);
        let (standard, next) =
            house_number(self.words, number).unwrap_or_else(|| (self.words[number].text.clone(), number + 1));
        self.address.written.house_number = self.written(number, next);
        self.address.house_number = Some(standard);
        if start > at && next >= self.end {
            // The town stands in front.
            self.address.written.city = self.written(at, start);
            self.address.city = self.address.written.city.as_deref().map(str::to_uppercase);
        }
        Some(next)
    }

    /// A street without a house number, where its kind or number shows it.
    fn take_street_alone(&mut self, at: usize, setting: Setting) -> Option<usize> {
        let found = street(self.words, at, self.end, setting)?;
        let road = found.street.suffix.is_none()
            && (at..found.end).any(|at| is_road_number(self.words, at))
            && found.end > found.start + 1;
        // `Main, Mars Hill, ME`: streets that go without their kind, before a town.
        let known = found.end == found.start + 1
            && self.words[found.start].breaks()
            && setting == Setting::Open
            && found.end < self.end
            && STREETS_ALONE.contains(&found.street.name.as_str());
        let shown =
            (found.street.suffix.is_some() && !found.repaired) || road || known || found.street.name == "BROADWAY";
        shown.then(|| self.take_street(found))
    }

    fn take_unit(&mut self, unit: Unit, from: usize, until: usize) {
        let written = self.written(from, until);
        let before = self.address.written.unit.take();
        self.address.written.unit = match (before, written) {
            (Some(before), Some(written)) => Some(format!("{before} {written}")),
            (before, written) => before.or(written),
        };
        self.address.units.push(unit);
    }

    /// The units after a street, also behind the name of a building; gives the word after them.
    fn take_units(&mut self, from: usize) -> usize {
        let mut at = from;
        while at < self.end {
            let bare = || {
                bare_unit(self.words, at)
                    .filter(|(_, next)| at == from && (*next >= self.end || !is_city(&self.words[at].text)))
            };
            let Some((unit, next)) = unit(self.words, at).or_else(bare).filter(|(_, next)| *next <= self.end) else {
                break;
            };
            if self.words[at].text.len() == 1
                && unit.kind == "#"
                && self.words[at].text != "#"
                && next < self.end
                && !self.words[at].breaks()
                && self.words[at].text.bytes().all(|byte| byte.is_ascii_alphabetic())
            {
                break;
            }
            self.take_unit(unit, at, next);
            at = next;
        }
        if at == from {
            // `…, The Merchant, Unit 6, Charleston`
            let later = (from..self.end).find_map(|at| named_unit(self.words, at).map(|(unit, next)| (at, unit, next)));
            if let Some((start, unit, next)) = later.filter(|(_, _, next)| *next <= self.end) {
                self.take_unit(unit, start, next);
                return next;
            }
        }
        at
    }

    /// The town: the last of what is left, without its county.
    fn take_town(&mut self, from: usize) {
        if self.address.city.is_some() || from >= self.end {
            return;
        }
        let mut end = self.end;
        let start_of = |end: usize| (from..end - 1).rev().find(|at| self.words[*at].breaks()).map_or(from, |at| at + 1);
        let mut start = start_of(end);
        if self.words[end - 1].text == "COUNTY" && start > from {
            end = start;
            start = start_of(end);
        }
        if self.address.zip_code.is_none() && start + 1 < end && is_zip(&self.words[start].text) {
            self.address.zip_code = self.written(start, start + 1);
            self.address.written.postcode = self.address.zip_code.clone();
            start += 1;
        }
        let text = self.written(start, end).filter(|text| text.chars().filter(|one| one.is_alphabetic()).count() > 1);
        self.address.city = text
            .as_deref()
            .map(|text| if is_city(&self.words[start].text) { "PHILADELPHIA".to_owned() } else { text.to_uppercase() });
        self.address.written.city = text;
    }
}

/// A word that says that a number follows.
pub(super) fn is_number_sign(word: &str) -> bool {
    matches!(word, "#" | "NO" | "NUM" | "NÚM" | "NUMERO" | "NÚMERO" | "Nº")
}

fn is_crossing_sign(word: &str) -> bool {
    matches!(word, "&" | "@" | "AND" | "AT" | "Y" | "CON" | "UND")
}

/// Whether a number is that of a road: `Highway 80`, `CA 72`, `Highways 16 and 63`.
fn is_road_number(words: &[Word], at: usize) -> bool {
    if at >= 3 && words[at - 1].text == "AND" && is_road_number(words, at - 2) {
        return words[at].text.starts_with(|first: char| first.is_ascii_digit());
    }
    let Some(before) = at.checked_sub(1).map(|before| words[before].text.as_str()) else { return false };
    let figure = words[at].text.starts_with(|first: char| first.is_ascii_digit());
    figure
        && (NUMBERED_ROADS.contains(&before)
            || (at == 1 && STATES.iter().any(|(_, code)| *code == before))
            || (at >= 2 && matches!(before, "ROAD" | "RD") && ROAD_OWNERS.contains(&words[at - 2].text.as_str())))
}

/// The street of a crossing and the other, in the City's form.
pub(super) fn crossing(first: &Street, second: &Street) -> String {
    let mut first = first.clone();
    if first.suffix.is_none() && first.name.starts_with(|one: char| one.is_ascii_digit()) {
        first.suffix = Some("ST");
    }
    format!("{first} & {second}")
}
