//! Numbers that nobody should write in a letter to the Department: social security, cards, bank
//! accounts. They are found so that pages and logs can hide them.

use std::fmt::Write as _;
use std::ops::Range;

use serde::Serialize;

use super::figures::{Group, each_run, evenly_set, pure_digits, separator, words_after, words_before};
use crate::letter::words::words;

words! {
    /// What kind of number it is.
    PersonalKind("kind of personal data") {
        /// A social security or taxpayer number.
        SocialSecurity = "social_security",
        /// The number of a credit or debit card.
        Card = "card",
        /// The routing number of a bank.
        BankRouting = "bank_routing",
        /// An account at a bank.
        BankAccount = "bank_account",
    }
}

/// A number that should be hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonalDatum {
    /// What it is.
    pub kind: PersonalKind,
    /// Where it starts, in characters.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The same place in bytes.
    #[serde(skip)]
    pub bytes: Range<usize>,
}

const SOCIAL_SECURITY_WORDS: &[&str] = &[
    "ssn",
    "ss#",
    "ss #",
    "s.s.n",
    "social security",
    "social sec",
    "social:",
    "my social",
    "seguro social",
    "itin",
    "taxpayer",
    "tax id",
    "contribuyente",
];
const CARD_WORDS: &[&str] = &[
    "card",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "discover",
    "debit",
    "credit",
    "tarjeta",
    "débito",
    "crédito",
    "cvv",
];
const CARD_WORDS_AFTER: &[&str] = &["cvv", "cvc", "exp", "vence", "venc", "security code"];
const ACCOUNT_WORDS: &[&str] = &["account", "acct", "a/c", "cuenta", "customer", "cliente", "water"];
const ROUTING_WORDS: &[&str] = &["routing", "aba", "rtn", "transit", "ruta", "routing/transit"];
const BANK_WORDS: &[&str] = &[
    "bank account",
    "bank acct",
    "checking",
    "savings",
    "cuenta bancaria",
    "cuenta de banco",
    "cuenta corriente",
    "cuenta de ahorro",
    "cuenta de cheques",
    "direct deposit",
    "iban",
];

/// How far the words that explain a number may stand from it, in bytes.
const REACH: usize = 48;

/// The numbers in a text that should be hidden, in order, with their places.
#[must_use]
pub fn find_personal_data(text: &str) -> Vec<PersonalDatum> {
    let mut found: Vec<(PersonalKind, Range<usize>)> = Vec::new();
    let mut routing_end: Option<usize> = None;
    each_run(text, |run| {
        let mut at = 0;
        while at < run.len() {
            let Some((kind, end)) = personal_at(text, run, at, routing_end) else {
                at += 1;
                continue;
            };
            let place = run[at].start..run[end - 1].end;
            if kind == PersonalKind::BankRouting {
                routing_end = Some(place.end);
            }
            found.push((kind, place));
            at = end;
        }
    });
    in_characters(text, found)
}

/// Counts the characters before each place in one pass.
fn in_characters(text: &str, found: Vec<(PersonalKind, Range<usize>)>) -> Vec<PersonalDatum> {
    let (mut bytes, mut characters) = (0, 0);
    let mut data = Vec::with_capacity(found.len());
    for (kind, place) in found {
        characters += text[bytes..place.start].chars().count();
        bytes = place.start;
        let start = characters;
        // What is found is digits with marks between; only the marks may be wider than a byte.
        let end = start + text[place.clone()].chars().count();
        data.push(PersonalDatum { kind, start, end, bytes: place });
    }
    data
}

/// What starts at a group of a run, and the group after it.
fn personal_at(text: &str, run: &[Group], at: usize, routing_end: Option<usize>) -> Option<(PersonalKind, usize)> {
    if let Some(end) = social_security(text, run, at) {
        return Some((PersonalKind::SocialSecurity, end));
    }
    if let Some(end) = card(text, run, at) {
        return Some((PersonalKind::Card, end));
    }
    let number = pure_digits(text, &run[at..=at])?;
    let before = introduction(text, run[at].start);
    if number.len() == 9 && is_routing_number(&number) && says(&before, ROUTING_WORDS) {
        return Some((PersonalKind::BankRouting, at + 1));
    }
    let after_routing = routing_end.is_some_and(|end| run[at].start - end < 96) && number.len() != 16;
    let named = says(&before, BANK_WORDS) || (after_routing && says(&before, ACCOUNT_WORDS));
    ((6..=17).contains(&number.len()) && named).then_some((PersonalKind::BankAccount, at + 1))
}

/// The words that can explain a number: those between it and the number before.
fn introduction(text: &str, at: usize) -> String {
    let before = words_before(text, at, REACH);
    match before.rfind(|one: char| one.is_ascii_digit()) {
        Some(digit) => before[digit + 1..].to_owned(),
        None => before,
    }
}

/// Whether one of the words stands in a text, at the start of a word.
fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        text.match_indices(word).any(|(at, _)| {
            let after = &text[at + word.len()..];
            // Short words have to stand alone: `aba` is no part of `trabaja`.
            let whole = word.len() > 4 || !after.starts_with(char::is_alphanumeric);
            !text[..at].ends_with(char::is_alphanumeric) && whole
        })
    })
}

/// Nine digits as 3-2-4 with dashes, or in another form where words explain them.
fn social_security(text: &str, run: &[Group], at: usize) -> Option<usize> {
    let lengths: Vec<usize> = run[at..run.len().min(at + 3)].iter().map(|group| group.length()).collect();
    let (end, dashed) = match lengths.as_slice() {
        [3, 2, 4] if evenly_set(text, &run[at..at + 3]) => {
            let mark = separator(text, &run[at], &run[at + 1]);
            (at + 3, !matches!(mark, " " | "/" | "."))
        }
        [9, ..] => (at + 1, false),
        _ => return None,
    };
    let joined = |one: usize, other: usize| {
        run[at..end].len() > 1 && separator(text, &run[one], &run[other]) == separator(text, &run[at], &run[at + 1])
    };
    if (at > 0 && joined(at - 1, at)) || (end < run.len() && joined(end - 1, end)) {
        return None;
    }
    let number = pure_digits(text, &run[at..end]).filter(|number| is_social_security(number))?;
    let explained = || says(&introduction(text, run[at].start), SOCIAL_SECURITY_WORDS);
    (number.len() == 9 && (dashed || explained())).then_some(end)
}

/// Whether nine digits can be a social security number, or a taxpayer number that stands for one.
fn is_social_security(number: &str) -> bool {
    let (area, group, serial) = (&number[..3], &number[3..5], &number[5..]);
    let taxpayer = area.starts_with('9') && matches!(group.parse::<u32>(), Ok(50..=65 | 70..=88 | 90..=92 | 94..=99));
    let person = !area.starts_with('9') && area != "000" && area != "666" && group != "00";
    (person || taxpayer) && serial != "0000"
}

/// A card: the right beginning and length for its issuer, a right check digit, and nothing that
/// says it is an account of ours. Sixteen digits without any word are left to be an account.
fn card(text: &str, run: &[Group], at: usize) -> Option<usize> {
    let mut sum = 0;
    for end in at + 1..=run.len().min(at + 5) {
        sum += run[end - 1].length();
        if sum < 13 {
            continue;
        }
        if sum > 19 {
            return None;
        }
        let groups = &run[at..end];
        let grouped = matches!(
            groups.iter().map(|group| group.length()).collect::<Vec<_>>().as_slice(),
            [_] | [4, 4, 4, 4] | [4, 6, 4 | 5] | [4, 4, 4, 4, 3]
        );
        if !grouped || !evenly_set(text, groups) {
            continue;
        }
        let Some(number) = pure_digits(text, groups).filter(|number| is_card(number)) else { continue };
        let before = introduction(text, run[at].start);
        let after = words_after(text, run[end - 1].end, REACH);
        let named = says(&before, CARD_WORDS) || says(&after, CARD_WORDS_AFTER);
        let ours = says(&before, ACCOUNT_WORDS);
        let shaped = groups.len() > 1 || number.len() != 16;
        if named || (shaped && !ours) {
            return Some(end);
        }
    }
    None
}

/// Whether the digits begin as an issuer's cards do, are as many, and add up.
fn is_card(number: &str) -> bool {
    let length = number.len();
    let first = |digits: usize| number[..digits].parse::<u32>().unwrap_or(0);
    let issued = match (first(1), first(2), first(3), first(4)) {
        (4, ..) => matches!(length, 13 | 16 | 19),
        (_, 51..=55, ..) | (_, _, _, 2221..=2720) => length == 16,
        (_, 34 | 37, ..) => length == 15,
        (_, 36 | 38 | 39, ..) | (_, _, 300..=305, _) => matches!(length, 14 | 16..=19),
        (_, 62 | 65, ..) | (_, _, 644..=649, _) | (_, _, _, 6011 | 3528..=3589) => (16..=19).contains(&length),
        _ => false,
    };
    issued && adds_up(number)
}

/// The check of cards (Luhn): every second digit from the right doubled, all digits summed.
fn adds_up(number: &str) -> bool {
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0') * if at % 2 == 1 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The check of routing numbers: weights 3, 7, 1, and a beginning that the Federal Reserve gives.
fn is_routing_number(number: &str) -> bool {
    let sum: u32 =
        number.bytes().zip([3, 7, 1].into_iter().cycle()).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    let district = matches!(number[..2].parse::<u32>(), Ok(1..=12 | 21..=32 | 61..=72 | 80));
    district && sum.is_multiple_of(10)
}

/// The text with the numbers hidden but for their last four digits: `•••-••-1234`.
#[must_use]
pub fn mask(text: &str, found: &[PersonalDatum]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for datum in found {
        let Some(number) = text.get(datum.bytes.clone()).filter(|_| datum.bytes.start >= at) else { continue };
        masked.push_str(&text[at..datum.bytes.start]);
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let shown = if digits >= 8 { 4 } else { 2 };
        let mut seen = 0;
        for character in number.chars() {
            seen += usize::from(character.is_ascii_digit());
            let hidden = character.is_ascii_digit() && seen + shown <= digits;
            let _ = masked.write_char(if hidden { '•' } else { character });
        }
        at = datum.bytes.end;
    }
    masked.push_str(&text[at..]);
    masked
}

/// The text with every number hidden that should be.
#[must_use]
pub fn masked(text: &str) -> String {
    mask(text, &find_personal_data(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<PersonalKind> {
        find_personal_data(text).into_iter().map(|found| found.kind).collect()
    }

    #[test]
    fn social_security_numbers_are_hidden_but_for_four_digits() {
        assert_eq!(masked("My number: 123-45-6789."), "My number: •••-••-6789.");
        assert_eq!(masked("SSN 123456789"), "SSN •••••6789");
        assert_eq!(masked("mi seguro social es 123 45 6789"), "mi seguro social es ••• •• 6789");
    }

    #[test]
    fn numbers_that_were_never_given_out_are_none() {
        for text in
            ["000-12-3456", "666-12-3456", "123-00-3456", "123-45-0000", "912-12-3456", "123 45 6789", "123456789"]
        {
            assert!(kinds(text).is_empty(), "{text}");
        }
        assert_eq!(kinds("912-70-3456"), [PersonalKind::SocialSecurity]);
    }

    #[test]
    fn zip_codes_and_telephones_are_left() {
        assert!(kinds("Philadelphia 19133-1234, 215-555-0100, 2025-11-0042").is_empty());
    }

    #[test]
    fn cards_need_their_check_digit_and_our_accounts_are_no_cards() {
        assert_eq!(masked("visa 4111 1111 1111 1111 exp 12/27"), "visa •••• •••• •••• 1111 exp 12/27");
        assert_eq!(kinds("mi tarjeta 5555555555554444"), [PersonalKind::Card]);
        assert_eq!(kinds("378282246310005"), [PersonalKind::Card]);
        assert!(kinds("visa 4111 1111 1111 1112").is_empty());
        assert!(kinds("my account 4111111111111111").is_empty());
        assert!(kinds("4111111111111111").is_empty());
    }

    #[test]
    fn bank_accounts_are_known_by_the_words_around() {
        let text = "routing number 021000021, account 12345678";
        assert_eq!(kinds(text), [PersonalKind::BankRouting, PersonalKind::BankAccount]);
        assert_eq!(kinds("cuenta de ahorros 123456789012"), [PersonalKind::BankAccount]);
        assert!(kinds("routing number 021000022").is_empty());
        assert!(kinds("Él trabaja 021000021").is_empty());
    }

    #[test]
    fn places_count_characters() {
        let found = find_personal_data("¡Señor! 123-45-6789");
        assert_eq!((found[0].start, found[0].end), (8, 19));
    }

    proptest! {
        #[test]
        fn masking_changes_digits_only(text in "[0-9 .,a-eñ\\-]{0,160}") {
            let masked = masked(&text);
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            let same = text.chars().zip(masked.chars()).all(|(one, other)| one == other || (one.is_ascii_digit() && other == '•'));
            prop_assert!(same);
        }

        #[test]
        fn a_written_number_never_shows(area in 100_u32..665, group in 1_u32..99, serial in 1_u32..9999) {
            let text = format!("my social security number is {area}-{group:02}-{serial:04}, thanks");
            prop_assert_eq!(masked(&text), format!("my social security number is •••-••-{serial:04}, thanks"));
        }
    }
}
