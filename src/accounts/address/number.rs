//! House numbers, and streets that are called by a number.

use super::tables::{CARDINALS, ORDINALS, number_of};
use super::words::Word;

/// The house number at a place, in its standard form, and where the words after it start.
pub(super) fn house_number(words: &[Word], at: usize) -> Option<(String, usize)> {
    let word = words.get(at)?;
    if let Some((number, next)) = number_in_words(words, at) {
        return Some((number.to_string(), next));
    }
    let mut number = in_figures(&word.text)?;
    let mut next = at + 1;
    let text = |at: usize| words.get(at).map(|word| word.text.as_str());
    // A range with blanks around its dash.
    if text(next) == Some("-")
        && let Some(range) = text(next + 1).and_then(|high| in_figures(&format!("{}-{high}", word.text)))
    {
        number = range;
        next += 2;
    }
    if let Some(half) = text(next).filter(|half| matches!(*half, "1/2" | "½")) {
        let _ = half;
        number.push_str(" 1/2");
        next += 1;
    }
    Some((number, next))
}

/// A number in figures: `1608`, `1608R`, `1608-10`, `1608R-10`, `1608½`. Both ends of a range are
/// on the same block, so the City writes the last two figures of the second only.
fn in_figures(word: &str) -> Option<String> {
    if let Some(whole) = word.strip_suffix('½') {
        return in_figures(whole).map(|number| format!("{number} 1/2"));
    }
    let (low, high) = word.split_once('-').map_or((word, None), |(low, high)| (low, Some(high)));
    let digits = low.bytes().take_while(u8::is_ascii_digit).count();
    let letter = &low[digits..];
    if !(1..=6).contains(&digits) || letter.len() > 1 || !letter.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let Some(high) = high else { return Some(low.to_owned()) };
    // Of three numbers the first and the last say it all: `1234-36-38`.
    let high = match high.split_once('-') {
        Some(_) if high.split('-').any(|part| part.len() > 2 || part.len() >= digits) => return None,
        Some((_, rest)) => rest.rsplit('-').next().unwrap_or(rest),
        None => high,
    };
    let high_digits = high.bytes().take_while(u8::is_ascii_digit).count();
    let high_letter = &high[high_digits..];
    if !(1..=6).contains(&high_digits)
        || high_letter.len() > 1
        || !high_letter.bytes().all(|byte| byte.is_ascii_uppercase())
    {
        // A letter may be hung on: `1608-R`.
        let hung = high.len() == 1 && letter.is_empty() && high.bytes().all(|byte| byte.is_ascii_uppercase());
        return hung.then(|| format!("{low}{high}"));
    }
    let same_block = high_digits == digits && digits > 2 && high[..digits - 2] == low[..digits - 2];
    let short = if same_block { &high[digits - 2..] } else { high };
    Some(format!("{low}-{short}"))
}

/// The first number of a range, which is what a property is known by.
pub(super) fn low_number(number: &str) -> String {
    match number.split_once('-') {
        Some((low, high)) if high.len() <= 3 && low.len() > high.len().min(2) => {
            let half = high.split_once(' ').map_or("", |(_, half)| half);
            if half.is_empty() { low.to_owned() } else { format!("{low} {half}") }
        }
        _ => number.to_owned(),
    }
}

/// `One`, `Twenty Five`, `Two Hundred`.
fn number_in_words(words: &[Word], at: usize) -> Option<(u32, usize)> {
    let word = words.get(at).filter(|word| word.capital)?;
    let number = number_of(CARDINALS, &word.text)?;
    let next = words.get(at + 1).filter(|_| !word.breaks())?;
    match next.text.as_str() {
        "HUNDRED" => Some((number * 100, at + 2)),
        "THOUSAND" => Some((number * 1000, at + 2)),
        unit if number >= 20 => match number_of(CARDINALS, unit) {
            Some(unit) if unit < 10 => Some((number + unit, at + 2)),
            _ => Some((number, at + 1)),
        },
        _ => Some((number, at + 1)),
    }
}

/// A number with its ending: `5TH`, `22ND`.
pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "TH",
        (_, 1) => "ST",
        (_, 2) => "ND",
        (_, 3) => "RD",
        _ => "TH",
    };
    format!("{number}{ending}")
}

/// The number that a word says as the name of a street, in figures with any ending of English or
/// Spanish, or in words: `5TH`, `22TH`, `FIFTH`, `5TA`.
pub(super) fn ordinal_number(word: &str) -> Option<u32> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return number_of(ORDINALS, word).or_else(|| {
            let (tens, unit) = word.split_once('-')?;
            Some(
                number_of(CARDINALS, tens).filter(|tens| *tens >= 20)?
                    + number_of(ORDINALS, unit).filter(|unit| *unit < 10)?,
            )
        });
    }
    let ending = &word[digits..];
    let known = matches!(
        ending,
        "ST" | "ND" | "RD" | "TH" | "HT" | "T" | "TA" | "VA" | "MA" | "NA" | "RA" | "DA" | "º" | "ª" | "°"
    );
    (known && digits <= 3).then(|| word[..digits].parse().ok()).flatten()
}
