//! A street: direction, name, kind. The same words are read in a text that is one address and in
//! running text, where less is believed.

use std::fmt;

use super::number::{ordinal, ordinal_number};
use super::places::{STATES, TOWN_STARTS};
use super::suffix::{repaired_suffix, slipped_suffix, suffix};
use super::tables::{
    CARDINALS, DIRECTIONS, LEADING_SUFFIXES, NUMBERED_ROADS, ORDINALS, ROAD_OWNERS, SENTENCE_WORDS, SHORT_NAMES,
    lookup, number_of,
};
use super::unit::{named_unit, post_office_box};
use super::words::Word;

/// A street in the City's form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Street {
    /// The direction in front: `N`.
    pub pre_direction: Option<&'static str>,
    /// The name: `5TH`, `SPRING GARDEN`.
    pub name: String,
    /// The kind: `ST`.
    pub suffix: Option<&'static str>,
    /// The direction behind.
    pub post_direction: Option<&'static str>,
}

impl fmt::Display for Street {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.pre_direction, Some(self.name.as_str()), self.suffix, self.post_direction];
        let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        formatter.write_str(&parts.join(" "))
    }
}

/// A street among the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StreetAt {
    pub(super) street: Street,
    /// Its first word.
    pub(super) start: usize,
    /// The word after it.
    pub(super) end: usize,
    /// Whether its kind had to be repaired.
    pub(super) repaired: bool,
}

/// How much of the words can belong to the street.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// One address, and its town stands elsewhere.
    Closed,
    /// One address, and the town may follow without a comma.
    Open,
    /// Running text.
    Running,
}

/// Where the kind of street stands among the words of its name.
struct Kind {
    at: usize,
    standard: &'static str,
    repaired: bool,
}

/// The street that starts at a place.
pub(super) fn street(words: &[Word], at: usize, end: usize, setting: Setting) -> Option<StreetAt> {
    // In running text a street is near its number, and further words cost time.
    let end = if setting == Setting::Running { end.min(at + 8) } else { end };
    let stretch = (at..end).find(|at| words[*at].breaks()).map_or(end, |at| at + 1);
    let pre = pre_direction(words, at, stretch);
    let name = at + usize::from(pre.is_some());
    if name >= stretch {
        return None;
    }
    // `Route # 4` is a road, not a unit.
    let names_road = |at: usize| words[at].text == "#" && NUMBERED_ROADS.contains(&words[at - 1].text.as_str());
    let limit = (name + 1..stretch).find(|at| ends_name(words, *at) && !names_road(*at)).unwrap_or(stretch);
    let found = leading(words, name, limit, setting)
        .or_else(|| numbered_road(words, name, limit))
        .or_else(|| named(words, name, limit, setting, limit < stretch || stretch < end))?;
    let mut found = StreetAt { start: at, ..found };
    found.street.pre_direction = pre.or(found.street.pre_direction);
    follow_direction(words, &mut found, limit, setting);
    Some(found)
}

/// Whether a word cannot belong to the name of a street any more.
fn ends_name(words: &[Word], at: usize) -> bool {
    named_unit(words, at).is_some() || post_office_box(words, at).is_some() || is_city(&words[at].text)
}

/// Whether a word names the City.
pub(super) fn is_city(word: &str) -> bool {
    matches!(word, "PHILA" | "PHILLY" | "PHILADELPHIA" | "FILADELFIA")
        || (word.len() >= 10
            && (word.starts_with("PHI") || word.starts_with("FIL"))
            && strsim::osa_distance(word, "PHILADELPHIA") <= 2)
}

/// A direction in front, unless it is the name itself, as of South Street.
fn pre_direction(words: &[Word], at: usize, limit: usize) -> Option<&'static str> {
    let direction = lookup(DIRECTIONS, &words.get(at)?.text)?;
    if at + 1 >= limit || words[at].breaks() {
        return None;
    }
    let next = &words[at + 1].text;
    let follows = |at: usize| at < limit && suffix(&words[at].text).is_some();
    let last = at + 2 >= limit || ends_name(words, at + 2) || words[at + 2].text.len() <= 1;
    let road = NUMBERED_ROADS.contains(&next.as_str()) && at + 2 < limit && is_figure(&words[at + 2].text);
    let is_name = (suffix(next).is_some() && !follows(at + 2) && !road) || (last && repaired_suffix(next).is_some());
    let spoken = is_name || named_unit(words, at + 1).is_some();
    (!spoken).then_some(direction)
}

/// The kind in front, as Spanish has it: `CALLE CAMBRIA`, `AVENIDA GIRARD`.
fn leading(words: &[Word], at: usize, limit: usize, setting: Setting) -> Option<StreetAt> {
    let standard = lookup(LEADING_SUFFIXES, &words[at].text)?;
    let mut name = at + 1;
    while name < limit && matches!(words[name].text.as_str(), "DE" | "LA" | "DEL") && name + 1 < limit {
        name += 1;
    }
    let pre = pre_direction(words, name, limit);
    name += usize::from(pre.is_some());
    let taken = leading_name(words, name, limit, setting);
    let mut end = name + taken;
    if taken == 0 {
        return None;
    }
    // `Calle Cambria St` says it twice.
    let (kind, name_end) = match suffix(&words[end - 1].text).filter(|_| taken > 1) {
        Some(said_again) => (said_again, end - 1),
        None => (standard, end),
    };
    let mut street = Street { pre_direction: pre, suffix: Some(kind), ..Street::default() };
    street.name = standard_name(&words[name..name_end], true);
    // The direction behind the name is the one that English puts in front.
    if pre.is_none()
        && let Some(direction) = words.get(end).filter(|_| end < limit).and_then(|word| lookup(DIRECTIONS, &word.text))
    {
        street.pre_direction = Some(direction);
        end += 1;
    }
    Some(StreetAt { street, start: at, end, repaired: false })
}

/// How many words the name has after a kind in front.
fn leading_name(words: &[Word], name: usize, limit: usize, setting: Setting) -> usize {
    let all = (name..limit)
        .take(4)
        .take_while(|at| {
            let text = words[*at].text.as_str();
            let number = *at > name && (text == "#" || text.bytes().next().is_some_and(|byte| byte.is_ascii_digit()));
            let stops = SENTENCE_WORDS.contains(&text) || matches!(text, "NUMERO" | "NÚMERO" | "NUM" | "NÚM");
            let turns = *at > name && lookup(DIRECTIONS, text).is_some();
            !(number || stops || turns)
        })
        .count();
    let number_follows = words.get(name + all).is_some_and(|word| {
        word.text == "#" || word.text.starts_with(|first: char| first.is_ascii_digit()) || word.text.starts_with('N')
    });
    if setting != Setting::Running || (number_follows && all <= 3) || all == 0 {
        return all;
    }
    // In a sentence small letters go on with it, not with the name.
    1 + (name + 1..name + all).take_while(|at| words[*at].capital && !words[*at - 1].breaks()).count()
}

/// A road that is called by a number: `US HIGHWAY 50`, `COUNTY ROAD GV`, `CA 72`, `INTERSTATE 35`.
fn numbered_road(words: &[Word], at: usize, limit: usize) -> Option<StreetAt> {
    let text = |at: usize| (at < limit).then(|| words[at].text.as_str());
    let mut next = at;
    let owned = ROAD_OWNERS.contains(&text(at)?) || (text(at + 1).is_some() && is_state(text(at)?));
    if owned {
        next += 1;
    }
    let road = text(next).filter(|word| {
        NUMBERED_ROADS.contains(word) || (owned && matches!(*word, "ROAD" | "RD" | "TRUNK" | "LOOP" | "PIKE"))
    });
    let direct = owned && road.is_none() && text(next).is_some_and(is_figure) && !ROAD_OWNERS[1..].contains(&text(at)?);
    if !direct {
        road?;
        next += 1;
    }
    let signs = next;
    while matches!(text(next), Some("NO" | "#")) {
        next += 1;
    }
    let number = text(next).filter(|word| {
        is_figure(word)
            || next > signs
            || (owned
                && road.is_some_and(|road| road != "HWYS")
                && word.len() <= 3
                && lookup(DIRECTIONS, word).is_none()
                && suffix(word).is_none())
    })?;
    let _ = number;
    next += 1;
    while matches!(text(next), Some("AND" | "&" | "BUSINESS" | "BYPASS")) || text(next).is_some_and(is_figure) {
        next += 1;
    }
    // A letter that closes it is a branch of it: `Highway 139 A, …`.
    let branches = |word: &str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    if next + 1 == limit && words[next].breaks() && text(next).is_some_and(branches) {
        next += usize::from(lookup(DIRECTIONS, &words[next].text).is_none());
    }
    let name = words[at..next].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    Some(StreetAt { street: Street { name, ..Street::default() }, start: at, end: next, repaired: false })
}

fn is_figure(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (1..=4).contains(&digits) && word.len() <= digits + 1 || (digits > 0 && word.len() <= 5 && word.contains('-'))
}

fn is_state(word: &str) -> bool {
    STATES.iter().any(|(name, code)| *code == word || *name == word)
}

/// A street by its name, with its kind behind.
fn named(words: &[Word], at: usize, limit: usize, setting: Setting, more: bool) -> Option<StreetAt> {
    let kind = match setting {
        Setting::Running => running_kind(words, at, limit),
        Setting::Open if !more => open_kind(words, at, limit),
        Setting::Open | Setting::Closed => closed_kind(words, at, limit),
    };
    let Some(kind) = kind else {
        let end = match setting {
            Setting::Running => running_name(words, at, limit)?,
            Setting::Open if !more => name_without_kind(words, at, limit),
            Setting::Open | Setting::Closed => limit,
        };
        let name = standard_name(&words[at..end], false);
        return Some(StreetAt { street: Street { name, ..Street::default() }, start: at, end, repaired: false });
    };
    let name = standard_name(&words[at..kind.at], true);
    let street = Street { name, suffix: Some(kind.standard), ..Street::default() };
    Some(StreetAt { street, start: at, end: kind.at + 1, repaired: kind.repaired })
}

fn exact(words: &[Word], at: usize) -> Option<Kind> {
    suffix(&words[at].text).map(|standard| Kind { at, standard, repaired: false })
}

fn repaired(words: &[Word], at: usize) -> Option<Kind> {
    repaired_suffix(&words[at].text).map(|standard| Kind { at, standard, repaired: true })
}

/// The kind where the words hold the street and no town: the last word, or the last before a
/// direction or the number of a unit.
fn closed_kind(words: &[Word], at: usize, limit: usize) -> Option<Kind> {
    let mut last = limit - 1;
    if last > at + 1 && suffix(&words[last].text).is_none() {
        let text = words[last].text.as_str();
        let short = text.len() <= 5 && (text.len() == 1 || text.bytes().any(|byte| byte.is_ascii_digit()));
        if lookup(DIRECTIONS, text).is_some() || short {
            last -= 1;
        }
    }
    if last <= at {
        return None;
    }
    exact(words, last)
        .or_else(|| repaired(words, last))
        .or_else(|| (at + 1..last).find_map(|at| exact(words, at)))
        .or_else(|| (at + 1..last).find_map(|at| repaired(words, at).filter(|_| words[at].text.len() > 4)))
}

/// The kind where a town follows without a comma: the first.
fn open_kind(words: &[Word], at: usize, limit: usize) -> Option<Kind> {
    let first = (at + 1..limit).find_map(|at| exact(words, at));
    let Some(first) = first else {
        return (at + 1..limit).find_map(|at| repaired(words, at).filter(|_| words[at].text.len() > 3));
    };
    let second = (first.at + 1 < limit).then(|| exact(words, first.at + 1)).flatten();
    // Of two in a row the second is the kind, unless it begins the town: `Pl St Louis`.
    second
        .filter(|second| second.at + 1 == limit || !TOWN_STARTS.contains(&words[second.at].text.as_str()))
        .or(Some(first))
}

/// Where a name ends that has no kind and is followed by a town.
fn name_without_kind(words: &[Word], at: usize, limit: usize) -> usize {
    if words[at].text == "BROADWAY" || limit - at < 2 {
        return at + 1;
    }
    let town = (at + 1..limit - 1).find(|at| TOWN_STARTS.contains(&words[*at].text.as_str())).unwrap_or(limit - 1);
    let bare = (at + 1..town).find(|at| words[*at].text.bytes().any(|byte| byte.is_ascii_digit()));
    bare.unwrap_or(town)
}

/// The kind in running text: near, after words that can be a name.
fn running_kind(words: &[Word], at: usize, limit: usize) -> Option<Kind> {
    for place in at..limit.min(at + 6) {
        let word = &words[place];
        if place > at
            && let Some(kind) = exact(words, place)
        {
            let next_is_kind = place + 1 < limit && !word.breaks() && suffix(&words[place + 1].text).is_some();
            if !next_is_kind {
                return Some(kind);
            }
        } else if place > at
            && let Some(kind) = repaired(words, place)
            && slipped_suffix(&word.text).is_some()
        {
            // A short word is a misspelt kind only where nothing else follows.
            let closes = word.breaks()
                || place + 1 == words.len()
                || words.get(place + 1).is_some_and(|next| is_city(&next.text));
            if word.text.len() > 4 || closes {
                return Some(kind);
            }
        }
        if !can_be_name(words, place, at, limit) {
            return None;
        }
    }
    None
}

/// Where a name without its kind ends in running text: a number, or up to two words with capitals.
fn running_name(words: &[Word], at: usize, limit: usize) -> Option<usize> {
    if ordinal_number(&words[at].text).is_some() {
        return Some(at + 1);
    }
    let named = (at..limit.min(at + 2)).take_while(|at| {
        let word = &words[*at];
        word.capital && word.text.chars().all(char::is_alphabetic) && !SENTENCE_WORDS.contains(&word.text.as_str())
    });
    Some(at + named.count()).filter(|end| *end > at)
}

/// Whether a word in running text can belong to the name of a street.
fn can_be_name(words: &[Word], place: usize, first: usize, limit: usize) -> bool {
    let word = &words[place];
    let text = word.text.as_str();
    let kind_follows = place + 1 < limit && suffix(&words[place + 1].text).is_some();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return place == first && text.len() <= 3 && kind_follows;
    }
    let letters = text.chars().all(|character| character.is_alphanumeric() || character == '-');
    let letter_or_article = text.len() == 1 || matches!(text, "DE" | "LA" | "EL");
    let said = SENTENCE_WORDS.contains(&text) && !(letter_or_article && word.capital && kind_follows);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    letters && !said && (digits == 0 || ordinal_number(text).is_some())
}

/// The direction behind the kind, where it is one and not the beginning of a town's name.
fn follow_direction(words: &[Word], found: &mut StreetAt, limit: usize, setting: Setting) {
    let Some(word) = words.get(found.end).filter(|_| found.end < limit && !words[found.end - 1].breaks()) else {
        return;
    };
    let Some(direction) = lookup(DIRECTIONS, &word.text) else { return };
    let full = word.text.len() > 2;
    let followed = found.end + 1 < limit && !word.breaks();
    let begins_town = match setting {
        Setting::Closed => false,
        // A word in full begins the town: `Ave East Chester`; a letter ends the street: `Ave N Chester`.
        Setting::Open => followed && (full || words.get(found.end + 1).is_some_and(|next| next.text == "PALM")),
        // `on 5th St north of Girard`
        Setting::Running => followed && full,
    };
    if begins_town {
        return;
    }
    found.end += 1;
    let numbered = found.street.name.starts_with(|first: char| first.is_ascii_digit());
    if numbered && found.street.suffix.is_some() && found.street.pre_direction.is_none() && direction.len() == 1 {
        // The City puts the direction of a numbered street in front.
        found.street.pre_direction = Some(direction);
    } else {
        found.street.post_direction = Some(direction);
    }
}

/// A name in the City's form.
fn standard_name(words: &[Word], has_kind: bool) -> String {
    let mut parts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    if parts.len() == 2 && matches!(parts[1].as_str(), "ST" | "ND" | "RD" | "TH") && is_digits(&parts[0]) {
        parts = vec![parts.concat()];
    }
    if parts.len() == 2
        && let (Some(tens), Some(unit)) = (number_of(CARDINALS, &parts[0]), number_of(ORDINALS, &parts[1]))
        && tens >= 20
        && unit < 10
    {
        return ordinal(tens + unit);
    }
    if let [only] = parts.as_slice() {
        if let Some(number) = ordinal_number(only) {
            return ordinal(number);
        }
        if has_kind && is_digits(only) && only.len() <= 3 {
            return only.parse().map_or_else(|_| only.clone(), ordinal);
        }
    }
    let name = parts.join(" ");
    lookup(SHORT_NAMES, &name).map_or(name, ToOwned::to_owned)
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes a direction after a house number that stands behind: `calle Cambria 2217 este`.
pub(super) fn turn(words: &[Word], at: usize, street: &mut Street) -> bool {
    let direction =
        words.get(at).filter(|_| at > 0 && !words[at - 1].breaks()).and_then(|word| lookup(DIRECTIONS, &word.text));
    if street.pre_direction.is_some() || direction.is_none() {
        return false;
    }
    street.pre_direction = direction;
    true
}
