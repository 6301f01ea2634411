//! What a finding says, in both languages, and where it knows it from.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::letter::Language;
use crate::money::{Cents, CubicFeet, grouped};
use crate::policy::{Mark, Policy, long_date};

/// A text in English and in Spanish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wording {
    /// In English.
    pub en: String,
    /// In Spanish.
    pub es: String,
}

impl Wording {
    /// The text in a language; English where there is no other.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Spanish => &self.es,
            Language::English | Language::Other => &self.en,
        }
    }

    /// This text and another after it.
    pub(super) fn then(mut self, other: &Self) -> Self {
        self.en.push(' ');
        self.en.push_str(&other.en);
        self.es.push(' ');
        self.es.push_str(&other.es);
        self
    }
}

/// A text in both languages.
pub(super) fn say(en: impl Into<String>, es: impl Into<String>) -> Wording {
    Wording { en: en.into(), es: es.into() }
}

/// A date in both languages.
pub(super) fn dated(date: Date) -> Wording {
    Wording { en: long_date(date, Language::English), es: long_date(date, Language::Spanish) }
}

/// Several texts as one list, between semicolons.
pub(super) fn listed(texts: &[Wording]) -> Wording {
    let join = |of: fn(&Wording) -> &str| texts.iter().map(of).collect::<Vec<_>>().join("; ");
    Wording { en: join(|text| &text.en), es: join(|text| &text.es) }
}

/// Where a finding knows a value from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Source {
    /// A row of the extract.
    Row {
        /// In which file.
        file: &'static str,
        /// Which row.
        row: String,
    },
    /// A fact of the policy table.
    Policy {
        /// Which fact.
        fact: String,
        /// The key of its own source.
        source: String,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row { file, row } => write!(formatter, "{file} {row}"),
            Self::Policy { fact, source } => write!(formatter, "policy {fact} ({source})"),
        }
    }
}

/// A row of the extract as a source.
pub(super) fn row(file: &'static str, row: impl Into<String>) -> Source {
    Source::Row { file, row: row.into() }
}

/// The policy table on one day, which remembers what it was asked for.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    policy: &'a Policy,
    on: Date,
    asked: Vec<Source>,
}

impl<'a> Rules<'a> {
    pub(super) const fn new(policy: &'a Policy, on: Date) -> Self {
        Self { policy, on, asked: Vec::new() }
    }

    fn remember(&mut self, key: &str) {
        if let Some(fact) = self.policy.fact(key, self.on) {
            let source = Source::Policy { fact: key.to_owned(), source: fact.source.clone() };
            if !self.asked.contains(&source) {
                self.asked.push(source);
            }
        }
    }

    /// A whole number; nothing when the table does not have it that day.
    pub(super) fn number(&mut self, key: &str) -> Option<i64> {
        self.remember(key);
        self.policy.number(key, self.on)
    }

    /// A day of each year.
    pub(super) fn day_of_year(&mut self, key: &str) -> Option<(i8, i8)> {
        self.remember(key);
        self.policy.day_of_year(key, self.on)
    }

    /// A fact as it is printed in both languages.
    pub(super) fn printed(&mut self, key: &str) -> Option<Wording> {
        self.remember(key);
        let fact = self.policy.fact(key, self.on)?;
        Some(Wording { en: fact.printed(Language::English)?, es: fact.printed(Language::Spanish)? })
    }

    /// The newest fact of that name that began between two days, and its first day.
    pub(super) fn began_between(&mut self, key: &str, after: Date, until: Date) -> Option<Date> {
        let fact = self.policy.began_between(key, after, until)?;
        debug_assert!(fact.mark != Mark::NotFound);
        self.asked.push(Source::Policy { fact: key.to_owned(), source: fact.source.clone() });
        fact.since()
    }

    /// What it was asked for.
    pub(super) fn sources(self) -> Vec<Source> {
        self.asked
    }
}

/// Something worked out from an account's rows: the values, how, and from what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding<T> {
    /// What was found.
    #[serde(flatten)]
    pub value: T,
    /// What it says.
    pub sentence: Wording,
    /// How it was worked out.
    pub steps: Vec<Wording>,
    /// The rows and policy facts that it rests on.
    pub sources: Vec<Source>,
}

impl<T> Finding<T> {
    /// The values as templates see them, with sentence, steps and sources.
    pub(super) fn facts(&self, language: Language, values: Facts) -> Value {
        let steps: Vec<&str> = self.steps.iter().map(|step| step.in_language(language)).collect();
        let sources: Vec<String> = self.sources.iter().map(ToString::to_string).collect();
        values
            .with("sentence", json!(self.sentence.in_language(language)))
            .with("steps", json!(steps))
            .with("sources", json!(sources))
            .done()
    }
}

/// An object of facts for templates: what is not known is not in it.
#[derive(Debug)]
pub(super) struct Facts {
    language: Language,
    values: Map<String, Value>,
}

impl Facts {
    pub(super) fn new(language: Language) -> Self {
        Self { language, values: Map::new() }
    }

    /// Any value, unless it is null.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        if !value.is_null() {
            self.values.insert(name.to_owned(), value);
        }
        self
    }

    pub(super) fn flag(self, name: &str, flag: bool) -> Self {
        self.with(name, json!(flag))
    }

    pub(super) fn text(self, name: &str, text: impl Into<String>) -> Self {
        self.with(name, Value::String(text.into()))
    }

    pub(super) fn wording(self, name: &str, wording: Option<&Wording>) -> Self {
        let text = wording.map(|wording| wording.in_language(self.language).to_owned());
        self.with(name, json!(text))
    }

    pub(super) fn number(self, name: &str, number: Option<i64>) -> Self {
        self.with(name, json!(number.map(grouped)))
    }

    pub(super) fn count(self, name: &str, count: usize) -> Self {
        self.number(name, Some(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    /// An amount with its sign.
    pub(super) fn amount(self, name: &str, amount: Option<Cents>) -> Self {
        self.with(name, json!(amount.map(Cents::dollars)))
    }

    /// An amount without its sign, and `up` or `down` beside it.
    pub(super) fn change(self, name: &str, amount: Cents) -> Self {
        self.text(name, magnitude(amount)).flag("up", amount.0 > 0).flag("down", amount.0 < 0)
    }

    pub(super) fn date(self, name: &str, date: Option<Date>) -> Self {
        let text = date.map(|date| long_date(date, self.language));
        self.with(name, json!(text))
    }

    pub(super) fn volume(self, cubic_feet: &str, gallons: &str, volume: Option<CubicFeet>) -> Self {
        self.with(cubic_feet, json!(volume.map(CubicFeet::grouped)))
            .with(gallons, json!(volume.map(|volume| grouped(volume.gallons()))))
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.values)
    }
}

/// An amount without its sign.
pub(super) fn magnitude(amount: Cents) -> String {
    Cents(amount.0.saturating_abs()).dollars()
}
