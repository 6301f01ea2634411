//! Finds account numbers in a letter, however their digits are grouped.

use super::rows::AccountNumber;

/// An account number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNumber {
    /// The number.
    pub number: AccountNumber,
    /// Whether a letter was read as a digit, as a scanner confuses them.
    pub repaired: bool,
}

/// The account numbers in a text: sixteen digits in a row, with blanks, dashes or dots between
/// them. A longer or shorter run is none.
#[must_use]
pub fn find_account_numbers(text: &str) -> Vec<FoundNumber> {
    let mut found: Vec<FoundNumber> = Vec::new();
    let mut digits = String::new();
    let mut repairs = 0;
    let mut gap = 0;
    let mut finish = |digits: &mut String, repairs: &mut usize| {
        if *repairs <= 4
            && let Ok(number) = digits.parse::<AccountNumber>()
            && !found.iter().any(|known| known.number == number)
        {
            found.push(FoundNumber { number, repaired: *repairs > 0 });
        }
        digits.clear();
        *repairs = 0;
    };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        // A letter stands for a digit only inside a number: beside a digit on both sides.
        let next_is_digit = characters
            .peek()
            .is_some_and(|next| next.is_ascii_digit() || matches!(next, 'O' | 'o' | 'l' | 'I' | '-' | ' '));
        let repaired = match character {
            'O' | 'o' if !digits.is_empty() && gap == 0 && next_is_digit => Some('0'),
            'l' | 'I' if !digits.is_empty() && gap == 0 && next_is_digit => Some('1'),
            _ => None,
        };
        if character.is_ascii_digit() {
            digits.push(character);
            gap = 0;
        } else if let Some(digit) = repaired {
            digits.push(digit);
            repairs += 1;
        } else if matches!(character, ' ' | '-' | '.' | '\u{2010}'..='\u{2015}') && !digits.is_empty() && gap < 2 {
            gap += 1;
        } else {
            finish(&mut digits, &mut repairs);
            gap = 0;
        }
    }
    finish(&mut digits, &mut repairs);
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
