//! Figures of a text: amounts, percentages, dates, phones, counts; and those without a source.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Concern, ConcernKind, Inspected, Weight, concern};
use crate::clock::MONTHS;

/// A figure with its place in bytes, and what it means whatever way it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Figure {
    meaning: String,
    start: usize,
    end: usize,
}

/// The figures of the draft that are in no fact.
pub(super) fn orphans(inspected: &Inspected<'_>) -> Vec<Concern> {
    let mut sourced = BTreeSet::new();
    gather(inspected.facts, &mut sourced);
    let mut orphans: Vec<Concern> = Vec::new();
    for (text, is_body) in [(inspected.subject, false), (inspected.body, true)] {
        let (mut bytes, mut characters) = (0, 0);
        for figure in figures(text) {
            characters += text[bytes..figure.start].chars().count();
            bytes = figure.start;
            if sourced.contains(&figure.meaning) {
                continue;
            }
            let words = &text[figure.start..figure.end];
            let what = format!("\"{words}\" is in no fact, policy or finding");
            let mut orphan = concern(ConcernKind::Orphan, Weight::NeedsReason, words, what);
            orphan.place = is_body.then(|| (characters, characters + words.chars().count()));
            if !orphans.iter().any(|other| other.key == orphan.key) {
                orphans.push(orphan);
            }
        }
    }
    orphans
}

/// The figures of every fact; what the draft says itself and why is no fact.
fn gather(facts: &Value, sourced: &mut BTreeSet<String>) {
    match facts {
        Value::String(text) => sourced.extend(figures(text).map(|figure| figure.meaning)),
        Value::Number(number) => {
            sourced.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, sourced)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if matches!(name.as_str(), "paragraphs" | "reasons") {
                    continue;
                }
                gather(value, sourced);
                // A percentage of the account is kept without its sign.
                if let Some(share) = value.as_str().filter(|_| name.contains("percent")) {
                    sourced.insert(format!("{}%", share.replace(',', "")));
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// The figures of a text, in order.
fn figures(text: &str) -> impl Iterator<Item = Figure> {
    let words = words(text);
    let mut figures = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (figure, used) = dated(text, &words[at..])
            .or_else(|| phone(text, &words[at..]))
            .or_else(|| single(text, words[at]).map(|figure| (figure, 1)))
            .map_or((None, 1), |(figure, used)| (Some(figure), used));
        figures.extend(figure);
        at += used;
    }
    figures.into_iter()
}

/// The words of a text without the marks around them.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let outside =
            |character: char| !(character.is_alphanumeric() || matches!(character, '$' | '%' | '(' | ')' | '-'));
        let bare = piece.trim().trim_matches(outside);
        if !bare.is_empty() {
            let at = start + piece.find(bare).unwrap_or_default();
            words.push((at, at + bare.len()));
        }
        start += piece.len();
    }
    words
}

/// `May 4, 2026`, `May 2026`, `May 4`, `4 de mayo de 2026`, `mayo de 2026`.
fn dated(text: &str, words: &[(usize, usize)]) -> Option<(Figure, usize)> {
    let word = |at: usize| words.get(at).map(|(start, end)| &text[*start..*end]);
    let month = |at: usize| {
        let name = word(at)?.to_lowercase();
        let named = |(english, spanish): &(&str, &str)| english.eq_ignore_ascii_case(&name) || *spanish == name;
        MONTHS.iter().position(named).map(|month| month + 1)
    };
    let number = |at: usize, most: u32| word(at)?.parse::<u32>().ok().filter(|number| (1..=most).contains(number));
    let year = |at: usize| number(at, 2999).filter(|year| *year >= 1900);
    let of = |at: usize| word(at).is_some_and(|word| matches!(word, "de" | "del"));
    let made =
        |meaning: String, used: usize| Some((Figure { meaning, start: words[0].0, end: words.get(used - 1)?.1 }, used));
    if let Some(month) = month(0) {
        return match (number(1, 31), year(2), year(1)) {
            (Some(day), Some(year), _) => made(format!("{year}-{month:02}-{day:02}"), 3),
            (Some(day), None, _) => made(format!("-{month:02}-{day:02}"), 2),
            (None, _, Some(year)) => made(format!("{year}-{month:02}"), 2),
            (None, _, None) if of(1) => year(2).and_then(|year| made(format!("{year}-{month:02}"), 3)),
            (None, _, None) => None,
        };
    }
    let day = number(0, 31).filter(|_| of(1))?;
    let month = month(2)?;
    match year(4).filter(|_| of(3)) {
        Some(year) => made(format!("{year}-{month:02}-{day:02}"), 5),
        None => made(format!("-{month:02}-{day:02}"), 3),
    }
}

/// `(215) 685-6300`, which is two words.
fn phone(text: &str, words: &[(usize, usize)]) -> Option<(Figure, usize)> {
    let [(start, first_end), (second, end), ..] = words else { return None };
    let area = text[*start..*first_end].strip_prefix('(')?.strip_suffix(')')?;
    let rest = &text[*second..*end];
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (area.len() == 3 && digits.len() == 7 && area.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| (Figure { meaning: format!("tel {area}{digits}"), start: *start, end: *end }, 2))
}

/// One word with a digit in it.
fn single(text: &str, (start, end): (usize, usize)) -> Option<Figure> {
    let word = &text[start..end];
    if !word.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bare = word.trim_matches(['(', ')']);
    let digits: String = bare.chars().filter(char::is_ascii_digit).collect();
    let plain = |text: &str| {
        text.chars().all(|character| character.is_ascii_digit() || matches!(character, ',' | '.')) && !text.is_empty()
    };
    let meaning = if let Some(amount) = bare.trim_start_matches('-').strip_prefix('$').filter(|amount| plain(amount)) {
        format!("${}", cents(amount))
    } else if let Some(share) = bare.strip_suffix('%').filter(|share| plain(share)) {
        format!("{}%", share.trim_end_matches(".0"))
    } else if plain(bare) {
        bare.replace(',', "")
    } else if digits.len() == 10
        && bare.chars().all(|character| character.is_ascii_digit() || matches!(character, '-' | '.'))
    {
        format!("tel {digits}")
    } else if let Some(day) = numeric_date(bare) {
        day
    } else {
        bare.to_uppercase()
    };
    Some(Figure { meaning, start, end })
}

/// `1,240.5` as cents.
fn cents(amount: &str) -> String {
    let amount = amount.replace(',', "");
    let (whole, part) = amount.split_once('.').unwrap_or((&amount, ""));
    format!("{whole}{part:0<2}").trim_start_matches('0').to_owned()
}

/// `5/4/2026` and `2026-05-04`.
fn numeric_date(word: &str) -> Option<String> {
    let parts: Vec<u32> = word.split(['/', '-']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [month, day, year] if *year > 1900 => Some(format!("{year}-{month:02}-{day:02}")),
        [year, month, day] if *year > 1900 => Some(format!("{year}-{month:02}-{day:02}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(text: &str) -> Vec<String> {
        figures(text).map(|figure| figure.meaning).collect()
    }

    #[test]
    fn the_same_figure_means_the_same_however_it_is_written() {
        assert_eq!(meanings("On May 4, 2026 you paid $1,240.50."), ["2026-05-04", "$124050"]);
        assert_eq!(meanings("El 4 de mayo de 2026 usted pagó $1,240.50"), ["2026-05-04", "$124050"]);
        assert_eq!(meanings("5/4/2026 2026-05-04"), ["2026-05-04", "2026-05-04"]);
        assert_eq!(meanings("Call (215) 685-6300 or 215-685-6300."), ["tel 2156856300", "tel 2156856300"]);
        assert_eq!(meanings("$60 and $60.00, 25%, 2,300 cubic feet"), ["$6000", "$6000", "25%", "2300"]);
        assert_eq!(meanings("In May 2026, before March 31, mayo de 2026"), ["2026-05", "-03-31", "2026-05"]);
    }

    #[test]
    fn words_without_digits_are_no_figures() {
        assert_eq!(meanings("We may write in May, or later."), Vec::<String>::new());
    }
}
