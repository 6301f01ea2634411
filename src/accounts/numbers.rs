//! Finds account numbers in a letter, however their digits are grouped.

use std::collections::HashSet;
use std::ops::Range;

use super::figures::{Group, digits, each_run, evenly_set, separator};
use super::rows::AccountNumber;

/// An account number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNumber {
    /// The number.
    pub number: AccountNumber,
    /// Whether a letter was read as a digit, as a scanner confuses them.
    pub repaired: bool,
    /// Where it stands in the text, in bytes.
    pub place: Range<usize>,
}

/// Digits of an account number.
const DIGITS: usize = 16;

/// Of sixteen characters at most so many may be letters that stand for digits.
const MOST_REPAIRS: usize = 4;

/// How many runs of nearly the right length are considered.
const MOST_UNEVEN: usize = 3;

/// The account numbers in a text, each once: sixteen digits in a row, with blanks, dashes or dots
/// between them. A longer or shorter run is none, but other numbers may stand beside one.
#[must_use]
pub fn find_account_numbers(text: &str) -> Vec<FoundNumber> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    each_run(text, |run| {
        for groups in account_groups(text, run) {
            let repairs: usize = groups.iter().map(|group| group.repairs).sum();
            let place = groups[0].start..groups[groups.len() - 1].end;
            let mail = text[place.end..].starts_with('@');
            if repairs <= MOST_REPAIRS
                && !mail
                && let Ok(number) = digits(text, groups).parse::<AccountNumber>()
                && seen.insert(number.clone())
            {
                found.push(FoundNumber { number, repaired: repairs > 0, place });
            }
        }
    });
    found
}

/// The parts of a run that are sixteen digits long: the whole run, a group of sixteen, or groups
/// set apart alike, with something else around them.
fn account_groups<'a>(text: &str, run: &'a [Group]) -> Vec<&'a [Group]> {
    if run.iter().map(|group| group.length()).sum::<usize>() == DIGITS {
        return vec![run];
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < run.len() {
        let end = window(text, run, at);
        if let Some(end) = end {
            found.push(&run[at..end]);
        }
        at = end.unwrap_or(at + 1);
    }
    found
}

/// Where the groups end that start at a place and are an account number.
fn window(text: &str, run: &[Group], at: usize) -> Option<usize> {
    let mut sum = 0;
    for end in at + 1..=run.len() {
        sum += run[end - 1].length();
        if sum < DIGITS {
            continue;
        }
        let groups = &run[at..end];
        return (sum == DIGITS && stands_alone(text, run, at, end) && evenly_set(text, groups)).then_some(end);
    }
    None
}

/// Whether the groups are set apart from the others of their run.
fn stands_alone(text: &str, run: &[Group], at: usize, end: usize) -> bool {
    let groups = &run[at..end];
    if let [_] = groups {
        return true;
    }
    let inside = separator(text, &groups[0], &groups[1]);
    let fours = groups.iter().all(|group| group.length() == 4);
    let apart = |one: &Group, other: &Group, neighbour: &Group| {
        separator(text, one, other) != inside || (fours && neighbour.length() != 4)
    };
    (at == 0 || apart(&run[at - 1], &run[at], &run[at - 1]))
        && (end == run.len() || apart(&run[end - 1], &run[end], &run[end]))
}

/// Nine digits without a word that explains them: an access code, or the number of a person.
/// Nobody may guess which, so they are no account number.
#[must_use]
pub fn find_nine_digits(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    each_run(text, |run| {
        if let [group] = run
            && group.length() == 9
            && group.repairs == 0
        {
            found.push(group.start..group.end);
        }
    });
    found
}

/// The numbers that differ from this one by one wrong digit or two digits exchanged: what a
/// writer may have meant.
#[must_use]
pub fn near_numbers(number: &AccountNumber) -> Vec<String> {
    let digits: Vec<char> = number.as_str().chars().collect();
    let mut near = Vec::with_capacity(160);
    for at in 0..digits.len() {
        for digit in '0'..='9' {
            if digit != digits[at] {
                let mut other = digits.clone();
                other[at] = digit;
                near.push(other.iter().collect());
            }
        }
        if at + 1 < digits.len() && digits[at] != digits[at + 1] {
            let mut other = digits.clone();
            other.swap(at, at + 1);
            near.push(other.iter().collect());
        }
    }
    near
}

/// Runs of digits that are one short of an account number or one longer: fifteen or seventeen.
#[must_use]
pub fn find_uneven_numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_run(text, |run| {
        let length: usize = run.iter().map(|group| group.length()).sum();
        let repaired = run.iter().any(|group| group.repairs > 0);
        if matches!(length, 15 | 17) && !repaired && evenly_set(text, run) {
            let number = digits(text, run);
            if !found.contains(&number) && found.len() < MOST_UNEVEN {
                found.push(number);
            }
        }
    });
    found
}

/// The account numbers that become of fifteen digits with one more, or of seventeen with one less.
#[must_use]
pub fn uneven_neighbours(number: &str) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..=number.len() {
        if !number.is_char_boundary(at) {
            continue;
        }
        let (front, back) = number.split_at(at);
        if number.len() < DIGITS {
            found.extend(('0'..='9').map(|digit| format!("{front}{digit}{back}")));
        } else if let Some(rest) = back.get(1..) {
            found.push(format!("{front}{rest}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(text: &str) -> Vec<String> {
        find_account_numbers(text).into_iter().map(|found| found.number.to_string()).collect()
    }

    #[test]
    fn grouped_digits_are_one_number() {
        for text in ["Acct 1234567890123456.", "1234 5678 9012 3456", "123-45678-90123-456", "#1234.5678.9012.3456,"] {
            assert_eq!(numbers(text), ["1234567890123456"], "{text}");
        }
    }

    #[test]
    fn a_longer_or_shorter_run_is_none() {
        assert!(numbers("12345678901234567").is_empty());
        assert!(numbers("123456789012345").is_empty());
        assert!(numbers("call 215-555-0100").is_empty());
    }

    #[test]
    fn scanned_letters_for_digits_are_repaired_and_marked() {
        let found = find_account_numbers("account 123456789O1234l6 please");
        assert_eq!(found[0].number.as_str(), "1234567890123416");
        assert!(found[0].repaired);
        let found = find_account_numbers("Account O234 S678 90I2 34B6");
        assert_eq!(found[0].number.as_str(), "0234567890123486");
        assert!(!find_account_numbers("1234567890123456")[0].repaired);
    }

    #[test]
    fn a_house_number_or_a_telephone_beside_the_number_does_not_hide_it() {
        for text in [
            "1234567890123456 2217 E Cambria St",
            "acct 1234 5678 9012 3456 - 215-555-0100",
            "123-45678-90123-456 19133",
            "acct1234567890123456",
        ] {
            assert_eq!(numbers(text), ["1234567890123456"], "{text}");
        }
    }

    #[test]
    fn nine_digits_are_no_account_number() {
        assert!(numbers("my code is 123456789").is_empty());
        let found = find_nine_digits("my code is 123456789, zip 19133");
        assert_eq!((found.len(), found[0].clone()), (1, 11..20));
    }

    #[test]
    fn a_digit_too_few_or_too_many_is_remembered() {
        assert_eq!(find_uneven_numbers("acct 1234 5678 9012 345"), ["123456789012345"]);
        assert!(uneven_neighbours("123456789012345").contains(&"1234567890912345".to_owned()));
        assert!(uneven_neighbours("12345678901234567").contains(&"1234567890124567".to_owned()));
        assert!(find_uneven_numbers("call 215-555-0100 or 12345").is_empty());
    }

    #[test]
    fn addresses_of_mail_hold_no_account_number() {
        assert!(numbers("1234567890123456@customer.example").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_panic(text in "\\PC{0,300}") {
            let found = find_account_numbers(&text);
            prop_assert!(found.iter().all(|found| found.number.as_str().len() == 16));
        }

        #[test]
        fn a_number_in_a_sentence_is_found(digits in "[0-9]{16}", before in "[a-z ]{0,20}: ", after in "[,.] [a-z ]{0,20}") {
            prop_assert_eq!(numbers(&format!("{before}{digits}{after}")), [digits]);
        }
    }
}
