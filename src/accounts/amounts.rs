//! Amounts of money in a text, as English and Spanish write them.

use super::figures::{words_after, words_before};
use crate::money::Cents;

/// The most characters a number has.
const LONGEST: usize = 24;

/// What stands after a number of dollars.
const CURRENCIES: &[&str] =
    &["dollars", "dollar", "dólares", "dolares", "dólar", "dolar", "bucks", "usd", "us dollars"];

/// Words before a bare number with cents, of which it is the amount.
const MONEY_WORDS: &[&str] = &[
    "paid",
    "pay",
    "amount",
    "balance",
    "total",
    "due",
    "owe",
    "owed",
    "charge",
    "charged",
    "payment",
    "bill of",
    "bill for",
    "bill is",
    "bill was",
    "refund",
    "credit",
    "fee",
    "pagué",
    "pague",
    "pago",
    "pagar",
    "monto",
    "saldo",
    "importe",
    "cobro",
    "cobraron",
    "debo",
    "factura de",
    "factura por",
    "cargo",
    "reembolso",
    "crédito",
    "credito",
];

/// What a number measures that is no money.
const MEASURES: &[&str] = &[
    "ccf",
    "hcf",
    "cf",
    "cubic",
    "gal",
    "pies",
    "feet",
    "foot",
    "ft",
    "inch",
    "pulg",
    "percent",
    "por ciento",
    "psi",
    "gpm",
];

/// The amounts in a text, in order.
#[must_use]
pub(super) fn find_amounts(text: &str) -> Vec<Cents> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let point = bytes[at] == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !bytes[at].is_ascii_digit() && !point {
            at += 1;
            continue;
        }
        let written =
            bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')).count();
        let number = text[at..at + written].trim_end_matches(['.', ',']);
        let free = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'.' | b','));
        if free
            && number.len() <= LONGEST
            && let Some(amount) = amount_at(text, at, number)
        {
            found.push(amount);
        }
        at += written.max(1);
    }
    found
}

/// The amount that a number is, when a sign, a currency or a word of money says so.
fn amount_at(text: &str, at: usize, number: &str) -> Option<Cents> {
    let before = words_before(text, at, 40);
    let end = at + number.len();
    let after = words_after(text, end, 16);
    let trimmed = before.trim_end();
    let (sign, rest) = match trimmed.strip_suffix('$') {
        Some(rest) => (true, rest.trim_end_matches("us").trim_end()),
        None => (trimmed.ends_with("usd"), trimmed),
    };
    let next = after.trim_start();
    let named = CURRENCIES
        .iter()
        .any(|currency| next.strip_prefix(currency).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
        || next.starts_with('$') && !next[1..].starts_with(|one: char| one.is_ascii_digit());
    let with_cents = number.len() > 3 && matches!(number.as_bytes()[number.len() - 3], b'.' | b',');
    let spoken = || {
        let alone = !after.starts_with(|one: char| one.is_alphanumeric() || matches!(one, '%' | '/' | '-'));
        let measured = MEASURES.iter().any(|measure| next.starts_with(measure));
        with_cents && alone && !measured && MONEY_WORDS.iter().any(|word| contains_word(&before, word))
    };
    if !sign && !named && !spoken() {
        return None;
    }
    let amount = cents(number)?;
    let minus = sign
        && (rest.ends_with('-') || rest.ends_with('−'))
        && !rest[..rest.len() - 1].ends_with(char::is_alphanumeric);
    Some(if minus { -amount } else { amount })
}

fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(char::is_alphanumeric) && !text[at + word.len()..].starts_with(char::is_alphanumeric)
    })
}

/// A number with its marks. The last mark before one or two figures sets the cents apart, every
/// other one the thousands: `1,234.56` and `1.234,56` are the same.
fn cents(number: &str) -> Option<Cents> {
    let mark = number.rfind(['.', ',']);
    let (whole, fraction) = match mark {
        Some(mark) if (1..=2).contains(&(number.len() - mark - 1)) => (&number[..mark], &number[mark + 1..]),
        _ => (number, ""),
    };
    let mut groups = whole.split(['.', ',']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    if rest.iter().any(|group| group.len() != 3) || (!rest.is_empty() && !(1..=3).contains(&first.len())) {
        return None;
    }
    let whole = if whole.is_empty() { "0".to_owned() } else { format!("{first}{}", rest.concat()) };
    format!("{whole}.{fraction:0<2}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amounts(text: &str) -> Vec<i64> {
        find_amounts(text).into_iter().map(|amount| amount.0).collect()
    }

    #[test]
    fn both_languages_marks_are_read() {
        for (text, wanted) in [
            ("$1,234.56", 123_456),
            ("$ 1.234,56", 123_456),
            ("$1.234", 123_400),
            ("US$ 12.5", 1_250),
            ("$.75", 75),
            ("-$5.00", -500),
            ("200 dollars", 20_000),
            ("1.500 dólares", 150_000),
            ("45,50 dolares", 4_550),
            ("USD 45", 4_500),
            ("50$", 5_000),
            ("I paid 85.20 last week", 8_520),
            ("un saldo de 85,20.", 8_520),
        ] {
            assert_eq!(amounts(text), [wanted], "{text}");
        }
        assert_eq!(amounts("between $45-$50"), [4_500, 5_000]);
    }

    #[test]
    fn other_numbers_are_no_amounts() {
        for text in [
            "3 months",
            "I paid on 5/6/2025",
            "the total was 3.75 ccf",
            "12.50",
            "version 1.2.3",
            "$",
            "$1,23,4",
            "200 dollarstore",
        ] {
            assert!(amounts(text).is_empty(), "{text}: {:?}", amounts(text));
        }
    }

    proptest! {
        #[test]
        fn an_amount_as_it_is_printed_is_found_again(cents in 0_i64..10_000_000_000) {
            prop_assert_eq!(amounts(&format!("You owe {} now", Cents(cents).dollars())), [cents]);
        }
    }
}
