//! Everything that a letter mentions and a clerk would want to look up: account numbers,
//! addresses, telephones, e-mail addresses, amounts.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use super::address::locate_addresses;
use super::amounts::find_amounts;
use super::figures::{Group, digits, each_run, separator};
use super::numbers::{find_account_numbers, find_nine_digits};
use super::personal_data::find_personal_data;

/// What a letter mentions, each thing once, in the order in which it stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mentions {
    /// Account numbers, sixteen digits each.
    pub account_numbers: Vec<String>,
    /// Addresses in the City's standard form.
    pub addresses: Vec<String>,
    /// Telephones: `215-555-0100`, with an extension `215-555-0100 x12`.
    pub phones: Vec<String>,
    /// E-mail addresses in small letters.
    pub emails: Vec<String>,
    /// Amounts in dollars: `1234.56`.
    pub amounts: Vec<String>,
    /// Those of the account numbers in which a letter was read as a digit.
    pub repaired_account_numbers: Vec<String>,
    /// Nine digits without an explanation, all but the last four hidden: an access code, or the
    /// number of a person.
    pub unclear_numbers: Vec<String>,
}

/// Everything that a text mentions.
#[must_use]
pub fn mentions(text: &str) -> Mentions {
    let personal = find_personal_data(text);
    let hidden = |place: &Range<usize>| {
        let next = personal.partition_point(|found| found.bytes.start <= place.start);
        next.checked_sub(1).is_some_and(|last| personal[last].bytes.contains(&place.start))
    };
    let mut mentions = Mentions::default();
    let numbers = find_account_numbers(text);
    for found in numbers.iter().filter(|found| !hidden(&found.place)) {
        mentions.account_numbers.push(found.number.to_string());
        if found.repaired {
            mentions.repaired_account_numbers.push(found.number.to_string());
        }
    }
    mentions.addresses = once(locate_addresses(text).into_iter().map(|found| found.address.to_string()));
    mentions.phones =
        once(find_phones(text).into_iter().filter(|found| !hidden(&found.place)).map(|found| found.number));
    mentions.emails = once(find_emails(text).into_iter());
    mentions.amounts = once(find_amounts(text).into_iter().map(|amount| amount.to_string()));
    let explained: HashSet<usize> = personal.iter().map(|found| found.bytes.start).collect();
    let unclear = find_nine_digits(text).into_iter().filter(|place| !explained.contains(&place.start));
    mentions.unclear_numbers = once(unclear.map(|place| format!("•••••{}", &text[place.end - 4..place.end])));
    mentions
}

fn once(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    all.filter(|one| seen.insert(one.clone())).collect()
}

/// A telephone in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPhone {
    /// Area, exchange and number with dashes, and the extension.
    pub number: String,
    /// Where it stands, in bytes, without the extension.
    pub place: Range<usize>,
}

/// The telephones in a text, in the forms of the United States.
#[must_use]
pub fn find_phones(text: &str) -> Vec<FoundPhone> {
    let mut found = Vec::new();
    each_run(text, |run| {
        let mut at = 0;
        while at < run.len() {
            let Some((number, end)) = phone(text, run, at) else {
                at += 1;
                continue;
            };
            let place = run[at].start..run[end - 1].end;
            let number = match extension(&text[place.end..]) {
                Some(extension) => format!("{number} x{extension}"),
                None => number,
            };
            found.push(FoundPhone { number, place });
            at = end;
        }
    });
    found
}

/// The telephone that starts at a group, and the group after it.
fn phone(text: &str, run: &[Group], at: usize) -> Option<(String, usize)> {
    let lengths = |from: usize, count: usize| -> Vec<usize> {
        run[from..run.len().min(from + count)].iter().map(|group| group.length()).collect()
    };
    let country = run[at].length() == 1 && &text[run[at].start..run[at].end] == "1";
    let from = at + usize::from(country);
    let end = match lengths(from, 3).as_slice() {
        [3, 3, 4] => from + 3,
        [3, 7, ..] | [6, 4, ..] => from + 2,
        [10 | 11, ..] => from + 1,
        _ => return None,
    };
    // A dash that goes on in front or behind makes it part of a longer number.
    let joined = |one: usize, other: usize| matches!(separator(text, &run[one], &run[other]), "-" | ".");
    let glued = (at > 0 && joined(at - 1, at)) || (end < run.len() && joined(end - 1, end));
    if glued || run[at..end].iter().any(|group| group.repairs > 0) {
        return None;
    }
    let digits = digits(text, &run[from..end]);
    let number = match digits.len() {
        11 => digits.strip_prefix('1')?,
        _ => digits.as_str(),
    };
    is_phone(number).then(|| (format!("{}-{}-{}", &number[..3], &number[3..6], &number[6..]), end))
}

/// Whether ten digits can be a telephone: neither the area nor the exchange starts with 0 or 1.
fn is_phone(number: &str) -> bool {
    let bytes = number.as_bytes();
    bytes.len() == 10 && bytes[0] >= b'2' && bytes[3] >= b'2' && &bytes[1..3] != b"11"
}

/// The extension after a telephone: `x12`, `ext. 12`, `extensión 12`.
fn extension(after: &str) -> Option<String> {
    let start: String = after.chars().take(24).collect::<String>().to_lowercase();
    let rest = start.trim_start_matches([' ', ',', ';', '(']);
    let rest = ["extension", "extensión", "ext", "x", "anexo"].iter().find_map(|word| rest.strip_prefix(word))?;
    let rest = rest.trim_start_matches([' ', '.', ':', '#']);
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (1..=6).contains(&digits.len()).then_some(digits)
}

/// The e-mail addresses in a text, in small letters, without the punctuation around them.
#[must_use]
pub fn find_emails(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let at_signs = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@').map(|(at, _)| at);
    at_signs.filter_map(|at| email_around(text, at)).collect()
}

/// The longest that the parts before and after the sign are.
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;

fn email_around(text: &str, at: usize) -> Option<String> {
    let bytes = text.as_bytes();
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-'&/=".contains(byte) || *byte >= 0x80;
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || *byte >= 0x80;
    let before = bytes[..at].iter().rev().take(LONGEST_LOCAL + 1).take_while(|byte| is_local(byte)).count();
    let after = bytes[at + 1..].iter().take(LONGEST_DOMAIN + 1).take_while(|byte| is_domain(byte)).count();
    if before > LONGEST_LOCAL || after > LONGEST_DOMAIN {
        return None;
    }
    let local = text.get(at - before..at)?.trim_start_matches(|one: char| !one.is_alphanumeric() && one != '_');
    let local = local.rsplit(['/', '=']).next()?;
    let domain = text.get(at + 1..at + 1 + after)?.trim_matches(|one: char| !one.is_alphanumeric());
    let (name, top) = domain.rsplit_once('.')?;
    let labels = name.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let fits = top.chars().count() >= 2 && top.chars().all(char::is_alphabetic) && labels;
    let dots = !local.is_empty() && !local.ends_with('.') && !local.contains("..");
    let written = domain.starts_with(|first: char| text[at + 1..].starts_with(first));
    (fits && dots && written).then(|| format!("{local}@{domain}").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_english_letter_gives_all_that_it_mentions() {
        let found = mentions(
            "My account 1234 5678 9012 3456 at 88 W. Norris Street is wrong: I paid $1,234.50 and you ask 20 dollars more.\n\
             Call (215) 555-0100 ext. 12 or write to Ana.Ruiz@Customer.Example.",
        );
        assert_eq!(found.account_numbers, ["1234567890123456"]);
        assert_eq!(found.addresses, ["88 W NORRIS ST"]);
        assert_eq!(found.phones, ["215-555-0100 x12"]);
        assert_eq!(found.emails, ["ana.ruiz@customer.example"]);
        assert_eq!(found.amounts, ["1234.50", "20.00"]);
    }

    #[test]
    fn a_spanish_letter_gives_all_that_it_mentions() {
        let found = mentions(
            "Mi cuenta es 1234-5678-9012-3456, vivo en la calle Norris 31 oeste. Pagué 1.234,50 dólares y me cobran $85. \
             Mi teléfono: +1 267.555.0123, correo rosa@customer.example.",
        );
        assert_eq!(found.account_numbers, ["1234567890123456"]);
        assert_eq!(found.addresses, ["31 W NORRIS ST"]);
        assert_eq!(found.phones, ["267-555-0123"]);
        assert_eq!(found.emails, ["rosa@customer.example"]);
        assert_eq!(found.amounts, ["1234.50", "85.00"]);
    }

    #[test]
    fn a_repaired_number_is_marked_and_nine_digits_are_apart() {
        let found = mentions("account l234567890l23456, code 246813579");
        assert_eq!(found.account_numbers, ["1234567890123456"]);
        assert_eq!(found.repaired_account_numbers, found.account_numbers);
        assert_eq!(found.unclear_numbers, ["•••••3579"]);
    }

    #[test]
    fn a_card_or_bank_account_is_neither_account_number_nor_telephone() {
        let found = mentions("my visa 4111111111111111, my checking account 2155550100");
        assert!(found.account_numbers.is_empty() && found.phones.is_empty());
    }

    #[test]
    fn telephones_have_many_forms() {
        for text in [
            "2155550100",
            "215.555.0100",
            "(215)555-0100",
            "1-215-555-0100",
            "tel:215 555 0100.",
            "+1 (215) 555 - 0100",
        ] {
            assert_eq!(mentions(text).phones, ["215-555-0100"], "{text}");
        }
        for text in ["115-555-0100", "215-155-0100", "1234-215-555-0100", "12155550100123"] {
            assert!(mentions(text).phones.is_empty(), "{text}");
        }
    }

    #[test]
    fn addresses_of_mail_lose_the_punctuation_around_them() {
        for text in [
            "<a.b@customer.example>",
            "mailto:a.b@customer.example.",
            "(a.b@customer.example)",
            "'a.b@customer.example',",
        ] {
            assert_eq!(find_emails(text), ["a.b@customer.example"], "{text}");
        }
        for text in ["a@b", "@customer.example", "a@.example", "me @ home.", "a@b..example"] {
            assert!(find_emails(text).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_panic(text in "\\PC{0,300}") {
            let found = mentions(&text);
            prop_assert!(found.account_numbers.iter().all(|number| number.len() == 16));
            prop_assert!(found.emails.iter().all(|email| email.contains('@')));
        }

        #[test]
        fn marks_and_figures_in_any_order_are_searched_without_panic(text in "[0-9OIl .,$@x#()\\-a-eñ•]{0,120}") {
            let _ = mentions(&text);
        }
    }
}
