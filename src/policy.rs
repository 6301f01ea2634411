//! Dated facts of the trade: rates, limits, phone numbers, each with source and dates.
//!
//! Nothing of it stands in code. A fact outside its dates is not there at all, so that a reply
//! which needs it cannot be sent.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::MONTHS;
use crate::letter::Language;
use crate::money::{Cents, grouped};

/// The table of facts.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    facts: BTreeMap<String, Vec<Fact>>,
}

/// One fact while it holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Its name, with dots: `shutoff.threshold`.
    pub key: String,
    /// What kind of value it is: money, percent, phone, text and so on.
    pub kind: String,
    /// The value: money in cents, percent in hundredths of a percent, a day of the year as
    /// `12-01`, else as it is printed. A fact that was not found has none.
    pub value: Option<toml::Value>,
    /// The value in Spanish, for texts that differ.
    pub value_es: Option<String>,
    /// From when it holds.
    pub from: toml::value::Datetime,
    /// Until when it holds, that day included.
    pub until: Option<toml::value::Datetime>,
    /// How sure it is.
    pub mark: Mark,
    /// The key of its source.
    pub source: String,
    /// What else should be known of it.
    pub note: Option<String>,
}

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Its source states it, and nothing newer speaks against it.
    Confirmed,
    /// Its source is some years old.
    Older,
    /// It was worked out from others.
    Derived,
    /// It was looked for and not found: it is named here so that nobody prints a guess.
    NotFound,
}

/// Why a table of facts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not the right TOML.
    #[error("policy table: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A fact is wrong in itself.
    #[error("policy fact `{key}`: {reason}")]
    Fact {
        /// Which.
        key: String,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
struct File {
    fact: Vec<Fact>,
}

impl Policy {
    /// Reads a table of facts.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text)?;
        let mut policy = Self::default();
        for fact in file.fact {
            let wrong = |reason: &str| PolicyError::Fact { key: fact.key.clone(), reason: reason.to_owned() };
            date(&fact.from).ok_or_else(|| wrong("`from` should be a date"))?;
            if let Some(until) = &fact.until {
                date(until).ok_or_else(|| wrong("`until` should be a date"))?;
            }
            match (fact.mark, &fact.value) {
                (Mark::NotFound, None) => {}
                (Mark::NotFound, Some(_)) => return Err(wrong("what was not found has no value")),
                (_, None) => return Err(wrong("it has no value")),
                (_, Some(_)) if fact.printed(Language::English).is_none() => {
                    return Err(wrong("its value does not fit its kind"));
                }
                (_, Some(_)) => {}
            }
            policy.facts.entry(fact.key.clone()).or_default().push(fact);
        }
        policy.refuse_branches()?;
        Ok(policy)
    }

    /// A key cannot be a value and have keys below it.
    fn refuse_branches(&self) -> Result<(), PolicyError> {
        let keys: BTreeSet<&String> = self.facts.keys().collect();
        for key in &keys {
            let inner = format!("{key}.");
            if let Some(below) = keys.iter().find(|other| other.starts_with(&inner)) {
                return Err(PolicyError::Fact { key: (*key).clone(), reason: format!("`{below}` stands below it") });
            }
        }
        Ok(())
    }

    /// The fact with that name on that day; of several, the one that began last. What was not
    /// found is never there.
    #[must_use]
    pub fn fact(&self, key: &str, on: Date) -> Option<&Fact> {
        let holding = self.facts.get(key)?.iter().filter(|fact| fact.holds(on));
        holding.max_by_key(|fact| date(&fact.from)).filter(|fact| fact.mark != Mark::NotFound)
    }

    /// The newest fact with that name that began after one day and on or before another.
    #[must_use]
    pub fn began_between(&self, key: &str, after: Date, until: Date) -> Option<&Fact> {
        let began = |fact: &&Fact| date(&fact.from).is_some_and(|from| after < from && from <= until);
        self.facts
            .get(key)?
            .iter()
            .filter(began)
            .filter(|fact| fact.mark != Mark::NotFound)
            .max_by_key(|fact| date(&fact.from))
    }

    /// A whole number: days, months, cents, hundredths of a percent.
    #[must_use]
    pub fn number(&self, key: &str, on: Date) -> Option<i64> {
        self.fact(key, on)?.value.as_ref()?.as_integer()
    }

    /// A day of each year, as month and day.
    #[must_use]
    pub fn day_of_year(&self, key: &str, on: Date) -> Option<(i8, i8)> {
        let fact = self.fact(key, on)?;
        if fact.kind == MONTH_DAY { month_day(fact.value.as_ref()?.as_str()?) } else { None }
    }

    /// Whether the table has that name, on whatever day.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        self.facts.contains_key(key)
    }

    /// Every fact that holds on that day, printed in a language, as nested objects.
    #[must_use]
    pub fn printed(&self, language: Language, on: Date) -> Value {
        let mut root = Map::new();
        for key in self.facts.keys() {
            if let Some(text) = self.fact(key, on).and_then(|fact| fact.printed(language)) {
                insert(&mut root, key, text);
            }
        }
        Value::Object(root)
    }
}

fn insert(root: &mut Map<String, Value>, key: &str, text: String) {
    let mut table = root;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            table.insert(part.to_owned(), Value::String(text));
            return;
        }
        let inner = table.entry(part.to_owned()).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(next) = inner else { return };
        table = next;
    }
}

/// The kind of a fact that is a day of each year.
const MONTH_DAY: &str = "month_day";

/// Reads `12-01`.
fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year, so that every day of the year is one.
    Date::new(2024, month, day).ok().map(|_| (month, day))
}

impl Fact {
    /// The day from which it holds.
    #[must_use]
    pub fn since(&self) -> Option<Date> {
        date(&self.from)
    }

    fn holds(&self, on: Date) -> bool {
        date(&self.from).is_some_and(|from| from <= on)
            && self.until.as_ref().and_then(date).is_none_or(|until| on <= until)
    }

    /// The value as a reply prints it; `None` when it does not fit its kind.
    #[must_use]
    pub fn printed(&self, language: Language) -> Option<String> {
        if language == Language::Spanish
            && let Some(text) = &self.value_es
        {
            return Some(text.clone());
        }
        match (self.kind.as_str(), self.value.as_ref()?) {
            (MONTH_DAY, toml::Value::String(text)) => {
                let (month, day) = month_day(text)?;
                Some(month_and_day(month, day, language))
            }
            (MONTH_DAY, _) => None,
            ("money" | "dollars_per_mcf", toml::Value::Integer(cents)) => Some(whole_dollars(Cents(*cents))),
            ("percent", toml::Value::Integer(hundredths)) => Some(percent(*hundredths)),
            ("money" | "dollars_per_mcf" | "percent", _) => None,
            (_, toml::Value::Integer(number)) => Some(grouped(*number)),
            (_, toml::Value::String(text)) => Some(text.clone()),
            (_, toml::Value::Datetime(datetime)) => date(datetime).map(|date| long_date(date, language)),
            (_, toml::Value::Float(_) | toml::Value::Boolean(_) | toml::Value::Array(_) | toml::Value::Table(_)) => {
                None
            }
        }
    }
}

/// Whole dollars without cents, as rules are printed; else with them.
#[must_use]
pub fn whole_dollars(amount: Cents) -> String {
    let printed = amount.dollars();
    printed.strip_suffix(".00").map_or(printed.clone(), ToOwned::to_owned)
}

/// Hundredths of a percent as they are printed: `25%`, `0.5%`.
#[must_use]
pub fn percent(hundredths: i64) -> String {
    let whole = hundredths / 100;
    match hundredths % 100 {
        0 => format!("{whole}%"),
        rest if rest % 10 == 0 => format!("{whole}.{}%", rest / 10),
        rest => format!("{whole}.{rest:02}%"),
    }
}

fn date(datetime: &toml::value::Datetime) -> Option<Date> {
    let date = datetime.date?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

/// A date as a letter writes it: `March 5, 2026`, `5 de marzo de 2026`.
#[must_use]
pub fn long_date(date: Date, language: Language) -> String {
    let day = month_and_day(date.month(), date.day(), language);
    match language {
        Language::Spanish => format!("{day} de {}", date.year()),
        Language::English | Language::Other => format!("{day}, {}", date.year()),
    }
}

/// A day of each year: `March 5`, `5 de marzo`.
fn month_and_day(month: i8, day: i8, language: Language) -> String {
    let month = usize::try_from(month - 1).unwrap_or(0);
    match language {
        Language::Spanish => format!("{day} de {}", MONTHS[month].1),
        Language::English | Language::Other => format!("{} {day}", MONTHS[month].0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TABLE: &str = r#"
        [[fact]]
        key = "rate.water"
        kind = "money"
        value = 4599
        from = 2021-09-01
        until = 2022-08-31
        mark = "confirmed"
        source = "RATE21"

        [[fact]]
        key = "late.percent"
        kind = "percent"
        value = 50
        from = 2020-01-01
        mark = "confirmed"
        source = "PG-PAY"
    "#;

    #[test]
    fn a_fact_is_there_only_within_its_dates() {
        let policy = Policy::parse(TABLE).expect("the table is right");
        assert_eq!(policy.number("rate.water", date(2022, 8, 31)), Some(4599));
        assert_eq!(policy.number("rate.water", date(2022, 9, 1)), None);
        assert_eq!(policy.printed(Language::English, date(2022, 1, 1))["rate"]["water"], "$45.99");
        assert!(policy.printed(Language::English, date(2026, 1, 1)).get("rate").is_none());
    }

    #[test]
    fn values_are_printed_by_their_kind() {
        let policy = Policy::parse(TABLE).expect("the table is right");
        assert_eq!(policy.printed(Language::Spanish, date(2026, 1, 1))["late"]["percent"], "0.5%");
        assert_eq!(long_date(date(2026, 3, 5), Language::Spanish), "5 de marzo de 2026");
        assert_eq!(long_date(date(2026, 3, 5), Language::English), "March 5, 2026");
    }

    #[test]
    fn a_value_that_does_not_fit_its_kind_is_named() {
        let broken = TABLE.replace("value = 50", "value = \"half\"");
        let error = Policy::parse(&broken).expect_err("it does not fit").to_string();
        assert!(error.contains("late.percent"), "{error}");
    }

    #[test]
    fn what_was_not_found_is_never_there() {
        let table = format!(
            "{TABLE}\n[[fact]]\nkey = \"hearing.request_days\"\nkind = \"number\"\nfrom = 2020-01-01\n\
             mark = \"not_found\"\nsource = \"none\"\n"
        );
        let policy = Policy::parse(&table).expect("the table is right");
        assert_eq!(policy.fact("hearing.request_days", date(2026, 1, 1)), None);
        assert!(policy.printed(Language::English, date(2026, 1, 1)).get("hearing").is_none());
        let guessed = table.replace("mark = \"not_found\"", "mark = \"not_found\"\nvalue = 30");
        assert!(Policy::parse(&guessed).is_err(), "a guess has no place in the table");
        let empty = TABLE.replace("value = 50", "");
        assert!(Policy::parse(&empty).is_err(), "a fact that was found has a value");
    }

    #[test]
    fn a_day_of_the_year_is_printed_in_both_languages() {
        let table =
            TABLE.replace("kind = \"percent\"\n        value = 50", "kind = \"month_day\"\n        value = \"12-01\"");
        let policy = Policy::parse(&table).expect("the table is right");
        assert_eq!(policy.day_of_year("late.percent", date(2026, 1, 1)), Some((12, 1)));
        assert_eq!(policy.printed(Language::Spanish, date(2026, 1, 1))["late"]["percent"], "1 de diciembre");
        assert!(Policy::parse(&table.replace("12-01", "02-30")).is_err());
    }
}
