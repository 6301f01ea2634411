//! Service addresses in Philadelphia's forms, brought to one form so that they can be compared.

/// The normal form of an address: `1608 N BROAD ST` and `APT 2F`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AddressKey {
    /// House number, direction, street and suffix.
    pub street: String,
    /// The unit inside, empty when there is none.
    pub unit: String,
}

const DIRECTIONS: &[(&str, &str)] =
    &[("N", "N"), ("NORTH", "N"), ("S", "S"), ("SOUTH", "S"), ("E", "E"), ("EAST", "E"), ("W", "W"), ("WEST", "W")];

const SUFFIXES: &[(&str, &str)] = &[
    ("ST", "ST"),
    ("STREET", "ST"),
    ("STR", "ST"),
    ("AVE", "AVE"),
    ("AVENUE", "AVE"),
    ("AV", "AVE"),
    ("RD", "RD"),
    ("ROAD", "RD"),
    ("DR", "DR"),
    ("DRIVE", "DR"),
    ("LN", "LN"),
    ("LANE", "LN"),
    ("PL", "PL"),
    ("PLACE", "PL"),
    ("CT", "CT"),
    ("COURT", "CT"),
    ("BLVD", "BLVD"),
    ("BOULEVARD", "BLVD"),
    ("TER", "TER"),
    ("TERRACE", "TER"),
    ("TERR", "TER"),
    ("WAY", "WAY"),
    ("PKWY", "PKWY"),
    ("PARKWAY", "PKWY"),
    ("SQ", "SQ"),
    ("SQUARE", "SQ"),
    ("CIR", "CIR"),
    ("CIRCLE", "CIR"),
    ("PIKE", "PIKE"),
    ("WALK", "WALK"),
    ("ROW", "ROW"),
    ("MEWS", "MEWS"),
];

const UNITS: &[(&str, &str)] = &[
    ("APT", "APT"),
    ("APARTMENT", "APT"),
    ("APTO", "APT"),
    ("APARTAMENTO", "APT"),
    ("UNIT", "UNIT"),
    ("STE", "STE"),
    ("SUITE", "STE"),
    ("FL", "FL"),
    ("FLOOR", "FL"),
    ("PISO", "FL"),
    ("REAR", "REAR"),
    ("BSMT", "BSMT"),
    ("BASEMENT", "BSMT"),
    ("#", "#"),
];

const NUMBERED: &[(&str, &str)] = &[
    ("FIRST", "1ST"),
    ("SECOND", "2ND"),
    ("THIRD", "3RD"),
    ("FOURTH", "4TH"),
    ("FIFTH", "5TH"),
    ("SIXTH", "6TH"),
    ("SEVENTH", "7TH"),
    ("EIGHTH", "8TH"),
    ("NINTH", "9TH"),
    ("TENTH", "10TH"),
];

fn lookup(table: &[(&'static str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(written, _)| *written == word).map(|(_, standard)| *standard)
}

/// The words of a text, upper case, with the punctuation that addresses carry taken off.
fn words(text: &str) -> Vec<String> {
    text.replace('#', " # ")
        .split(|character: char| character.is_whitespace() || matches!(character, ',' | ';' | '(' | ')'))
        .map(|word| {
            word.trim_matches(|character: char| matches!(character, '.' | ':' | '"' | '\'' | '!' | '?')).to_uppercase()
        })
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_house_number(word: &str) -> bool {
    let digits = word.chars().take_while(char::is_ascii_digit).count();
    let rest = &word[digits..];
    (1..=5).contains(&digits)
        && (rest.is_empty()
            || (rest.len() == 1 && rest.chars().all(|character| character.is_ascii_alphabetic()))
            || rest.strip_prefix('-').is_some_and(|range| {
                (1..=4).contains(&range.len()) && range.chars().all(|character| character.is_ascii_digit())
            }))
}

/// The address that a text is; `None` when it is not one.
#[must_use]
pub fn address_key(text: &str) -> Option<AddressKey> {
    let words = words(text);
    let start = words.iter().position(|word| is_house_number(word))?;
    parse(&words[start..], false).map(|(key, _)| key)
}

/// Every address in a text, in order. In running text only a street with its suffix counts.
#[must_use]
pub fn find_addresses(text: &str) -> Vec<AddressKey> {
    let mut found = Vec::new();
    for line in text.lines() {
        let words = words(line);
        let mut at = 0;
        while at < words.len() {
            let parsed = is_house_number(&words[at]).then(|| parse(&words[at..], true)).flatten();
            if let Some((key, length)) = parsed {
                if !found.contains(&key) {
                    found.push(key);
                }
                at += length;
            } else {
                at += 1;
            }
        }
    }
    found
}

/// Reads an address from the words that start with its house number; gives how many it took.
fn parse(words: &[String], suffix_required: bool) -> Option<(AddressKey, usize)> {
    let number = words.first()?;
    let mut at = 1;
    let mut street = vec![number.clone()];
    if words.get(at).is_some_and(|word| word == "1/2") {
        street.push("1/2".to_owned());
        at += 1;
    }
    if let Some(direction) = words.get(at).and_then(|word| lookup(DIRECTIONS, word))
        && words.len() > at + 1
    {
        street.push(direction.to_owned());
        at += 1;
    }
    let mut name_words = 0;
    let mut suffix = None;
    while let Some(word) = words.get(at) {
        if name_words > 0
            && let Some(standard) = lookup(SUFFIXES, word)
        {
            suffix = Some(standard);
            at += 1;
            break;
        }
        if name_words > 0 && (lookup(UNITS, word).is_some() || word.starts_with("PHILA") || word.starts_with("191")) {
            break;
        }
        if name_words == 3
            || !word.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '\'' | '.'))
        {
            return None;
        }
        street.push(lookup(NUMBERED, word).map_or_else(|| word.clone(), ToOwned::to_owned));
        name_words += 1;
        at += 1;
    }
    if name_words == 0 || (suffix_required && suffix.is_none()) {
        return None;
    }
    street.extend(suffix.map(ToOwned::to_owned));
    let (unit, used) = unit(&words[at..]);
    Some((AddressKey { street: street.join(" "), unit }, at + used))
}

fn unit(words: &[String]) -> (String, usize) {
    let Some(kind) = words.first().and_then(|word| lookup(UNITS, word)) else { return (String::new(), 0) };
    if matches!(kind, "REAR" | "BSMT") {
        return (kind.to_owned(), 1);
    }
    match words.get(1) {
        Some(number) if number == "#" => (words.get(2).cloned().unwrap_or_default(), 3.min(words.len())),
        Some(number) if number.len() <= 5 => (number.clone(), 2),
        _ => (String::new(), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(street: &str, unit: &str) -> AddressKey {
        AddressKey { street: street.to_owned(), unit: unit.to_owned() }
    }

    #[test]
    fn one_address_has_one_form_however_it_is_written() {
        for text in
            ["1608 N. Fifth Street, Apt 2F", "1608 North 5th St Apt. 2F, Philadelphia PA 19133", "1608 N 5TH ST #2F"]
        {
            assert_eq!(address_key(text), Some(key("1608 N 5TH ST", "2F")), "{text}");
        }
    }

    #[test]
    fn addresses_are_found_in_running_text() {
        let found = find_addresses("I live at 2217 E Cambria St. since 2019.\nMi casa: 415 W. Girard Avenue, piso 2.");
        assert_eq!(found, [key("2217 E CAMBRIA ST", ""), key("415 W GIRARD AVE", "2")]);
    }

    #[test]
    fn numbers_without_a_street_are_no_address() {
        assert!(find_addresses("I paid 120 dollars on 5 March for 3 months of water").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_panic(text in "\\PC{0,200}") {
            let found = find_addresses(&text);
            prop_assert!(found.iter().all(|key| !key.street.is_empty()));
            let _ = address_key(&text);
        }
    }
}
