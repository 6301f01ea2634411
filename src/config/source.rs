//! Reads tables of a TOML text key by key, remembering every problem with its line.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file or environment variable it stands in.
    pub place: String,
    /// The line, from 1; `None` for an environment variable or a missing key.
    pub line: Option<usize>,
    /// The key, with its tables: `database.url`.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.place)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(formatter, ": {}", self.key)?;
        }
        write!(formatter, ": {}", self.message)
    }
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

/// A settings text with the environment that overrides it.
pub(super) struct Source<'a> {
    place: String,
    text: &'a str,
    environment: &'a BTreeMap<String, String>,
    used_variables: RefCell<BTreeSet<String>>,
    problems: RefCell<Vec<Problem>>,
}

/// One table of the settings.
pub(super) struct Section<'a, 's> {
    source: &'s Source<'a>,
    path: String,
    table: Option<&'s DeTable<'a>>,
    line: Option<usize>,
    used_keys: RefCell<BTreeSet<&'static str>>,
}

/// Variables that are not settings.
const OTHER_VARIABLES: &[&str] = &["PENSTOCK_CONFIG"];

impl<'a> Source<'a> {
    pub(super) fn new(file: Option<&Path>, text: &'a str, environment: &'a BTreeMap<String, String>) -> Self {
        Self {
            place: file.map_or_else(|| "settings".to_owned(), |file| file.display().to_string()),
            text,
            environment,
            used_variables: RefCell::default(),
            problems: RefCell::default(),
        }
    }

    /// Parses the text; a text that is no TOML is one problem.
    pub(super) fn parse(&self) -> DeTable<'a> {
        match DeTable::parse(self.text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let line = error.span().map(|span| self.line_of(span.start));
                self.report(self.place.clone(), line, "", error.message());
                DeTable::new()
            }
        }
    }

    pub(super) fn section<'s>(&'s self, path: &str, table: Option<&'s DeTable<'a>>) -> Section<'a, 's> {
        Section { source: self, path: path.to_owned(), table, line: None, used_keys: RefCell::default() }
    }

    /// Ends the reading: variables that nobody asked for are misspelt.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Problems> {
        for name in self.environment.keys() {
            let known = self.used_variables.borrow().contains(name) || OTHER_VARIABLES.contains(&name.as_str());
            if name.starts_with("PENSTOCK_") && !known {
                let message = "no setting has this name; see docs/configuration.md for the list";
                self.report(name.clone(), None, "", message);
            }
        }
        let problems = self.problems.into_inner();
        if problems.is_empty() { Ok(value) } else { Err(Problems(problems)) }
    }

    fn report(&self, place: String, line: Option<usize>, key: &str, message: &str) {
        let (key, message) = (key.to_owned(), message.to_owned());
        self.problems.borrow_mut().push(Problem { place, line, key, message });
    }

    fn line_of(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Where a value was found, for the word about it.
struct Found<'s> {
    place: String,
    line: Option<usize>,
    value: FoundValue<'s>,
}

enum FoundValue<'s> {
    Text(String),
    Toml(&'s DeValue<'s>),
}

impl<'a, 's> Section<'a, 's> {
    /// A table inside this one.
    pub(super) fn inner(&self, key: &'static str) -> Section<'a, 's> {
        self.used_keys.borrow_mut().insert(key);
        let path = self.key_path(key);
        let found = self.table.and_then(|table| table.get_key_value(key));
        let table = found.and_then(|(name, value)| {
            let table = value.get_ref().as_table();
            if table.is_none() {
                let line = Some(self.source.line_of(name.span().start));
                self.source.report(self.source.place.clone(), line, &path, "it should be a table");
            }
            table
        });
        self.source.section(&path, table)
    }

    /// Whether the table stands in the file, or the environment sets something in it.
    pub(super) fn is_there(&self) -> bool {
        let prefix = format!("{}_", variable(&self.path));
        self.table.is_some() || self.source.environment.keys().any(|name| name.starts_with(&prefix))
    }

    /// The tables of a list: `[[mailbox]]`. The environment can add to them by number.
    pub(super) fn list(&self, key: &'static str) -> Vec<Section<'a, 's>> {
        self.used_keys.borrow_mut().insert(key);
        let path = self.key_path(key);
        let values: Vec<&Spanned<DeValue<'a>>> = match self.table.and_then(|table| table.get_key_value(key)) {
            None => Vec::new(),
            Some((name, value)) => value.get_ref().as_array().map_or_else(
                || {
                    let line = Some(self.source.line_of(name.span().start));
                    let message = format!("it should be a list of tables: [[{path}]]");
                    self.source.report(self.source.place.clone(), line, &path, &message);
                    Vec::new()
                },
                |array| array.iter().collect(),
            ),
        };
        let in_environment = (0..100)
            .take_while(|number| {
                let prefix = format!("{}_{number}_", variable(&path));
                self.source.environment.keys().any(|name| name.starts_with(&prefix))
            })
            .count();
        (0..values.len().max(in_environment))
            .map(|number| {
                let value = values.get(number);
                let mut section =
                    self.source.section(&format!("{path}.{number}"), value.and_then(|v| v.get_ref().as_table()));
                section.line = value.map(|value| self.source.line_of(value.span().start));
                section
            })
            .collect()
    }

    /// A text, or the default.
    pub(super) fn text(&self, key: &'static str, default: &str) -> String {
        self.optional_text(key).unwrap_or_else(|| default.to_owned())
    }

    /// A text that must be there.
    pub(super) fn required_text(&self, key: &'static str) -> String {
        self.optional_text(key).filter(|text| !text.is_empty()).unwrap_or_else(|| {
            self.missing(key);
            String::new()
        })
    }

    /// A text that may be there.
    pub(super) fn optional_text(&self, key: &'static str) -> Option<String> {
        let found = self.find(key)?;
        match found.value {
            FoundValue::Text(text) => Some(text),
            FoundValue::Toml(DeValue::String(text)) => Some(text.to_string()),
            FoundValue::Toml(_) => {
                self.wrong(key, found.place, found.line, "it should be a text in quotes");
                None
            }
        }
    }

    /// A list of texts, or none. In the environment they are parted by commas.
    pub(super) fn texts(&self, key: &'static str) -> Vec<String> {
        let Some(found) = self.find(key) else { return Vec::new() };
        let texts = match &found.value {
            FoundValue::Text(text) => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                return texts.map(ToOwned::to_owned).collect();
            }
            FoundValue::Toml(DeValue::Array(values)) => {
                values.iter().map(|value| value.get_ref().as_str().map(ToOwned::to_owned)).collect::<Vec<_>>()
            }
            FoundValue::Toml(_) => vec![None],
        };
        if texts.contains(&None) {
            self.wrong(key, found.place, found.line, "it should be a list of texts in quotes: [\"one\", \"other\"]");
        }
        texts.into_iter().flatten().collect()
    }

    /// A path, relative ones taken from the working folder.
    pub(super) fn optional_path(&self, key: &'static str) -> Option<PathBuf> {
        self.optional_text(key).map(PathBuf::from)
    }

    /// One word of a closed list, or the default.
    pub(super) fn word<T>(&self, key: &'static str, default: T) -> T
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.checked(key, "a word in quotes").unwrap_or(default)
    }

    /// Any value that is parsed from a text, or `None` when it is not there or wrong.
    pub(super) fn checked<T>(&self, key: &'static str, kind: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let found = self.find(key)?;
        let text = match &found.value {
            FoundValue::Text(text) => text.clone(),
            FoundValue::Toml(DeValue::String(text)) => text.to_string(),
            FoundValue::Toml(_) => {
                self.wrong(key, found.place, found.line, &format!("it should be {kind}"));
                return None;
            }
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(key, found.place, found.line, &error.to_string());
                None
            }
        }
    }

    /// A whole number within bounds, or the default.
    pub(super) fn number<T>(&self, key: &'static str, default: T, (least, most): (T, T)) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let Some(found) = self.find(key) else { return default };
        let text = match &found.value {
            FoundValue::Text(text) => text.clone(),
            FoundValue::Toml(DeValue::Integer(integer)) => integer.as_str().to_owned(),
            FoundValue::Toml(_) => String::new(),
        };
        match text.parse::<T>() {
            Ok(number) if number >= least && number <= most => number,
            _ => {
                self.wrong(
                    key,
                    found.place,
                    found.line,
                    &format!("it should be a whole number from {least} to {most}"),
                );
                default
            }
        }
    }

    /// True or false, or the default.
    pub(super) fn truth(&self, key: &'static str, default: bool) -> bool {
        let Some(found) = self.find(key) else { return default };
        match &found.value {
            FoundValue::Toml(DeValue::Boolean(truth)) => *truth,
            FoundValue::Text(text) if text == "true" => true,
            FoundValue::Text(text) if text == "false" => false,
            FoundValue::Text(_) | FoundValue::Toml(_) => {
                self.wrong(key, found.place, found.line, "it should be true or false");
                default
            }
        }
    }

    /// A secret: given in place, or in a file of its own named by `<key>_file`.
    pub(super) fn secret(&self, key: &'static str, file_key: &'static str) -> Option<String> {
        let in_place = self.optional_text(key);
        let Some(file) = self.optional_path(file_key) else { return in_place };
        if in_place.is_some() {
            self.wrong(
                file_key,
                self.source.place.clone(),
                self.line,
                &format!("give either {key} or {file_key}, not both"),
            );
        }
        match std::fs::read_to_string(&file) {
            Ok(text) => Some(text.trim_end_matches(['\n', '\r']).to_owned()),
            Err(error) => {
                let message = format!("cannot read {}: {error}", file.display());
                self.wrong(file_key, self.source.place.clone(), self.line, &message);
                None
            }
        }
    }

    /// Reports something about a key that only the settings as a whole show.
    pub(super) fn complain(&self, key: &'static str, message: &str) {
        let line = self.line_of_key(key).or(self.line);
        self.wrong(key, self.source.place.clone(), line, message);
    }

    /// Ends the table: keys that nobody asked for are misspelt.
    pub(super) fn finish(self) {
        let Some(table) = self.table else { return };
        for name in table.keys() {
            if !self.used_keys.borrow().contains(name.get_ref().as_ref()) {
                let known: Vec<&str> = self.used_keys.borrow().iter().copied().collect();
                let message = format!("no setting has this name; here are: {}", known.join(", "));
                let line = Some(self.source.line_of(name.span().start));
                let key = self.key_path(name.get_ref());
                self.source.report(self.source.place.clone(), line, &key, &message);
            }
        }
    }

    fn find(&self, key: &'static str) -> Option<Found<'_>> {
        self.used_keys.borrow_mut().insert(key);
        let name = variable(&self.key_path(key));
        if let Some(text) = self.source.environment.get(&name) {
            self.source.used_variables.borrow_mut().insert(name.clone());
            return Some(Found { place: name, line: None, value: FoundValue::Text(text.clone()) });
        }
        let value = self.table?.get(key)?;
        let line = Some(self.source.line_of(value.span().start));
        Some(Found { place: self.source.place.clone(), line, value: FoundValue::Toml(value.get_ref()) })
    }

    fn line_of_key(&self, key: &str) -> Option<usize> {
        let value = self.table?.get(key)?;
        Some(self.source.line_of(value.span().start))
    }

    fn missing(&self, key: &'static str) {
        let message = format!("it is missing; set it here or as {}", variable(&self.key_path(key)));
        self.wrong(key, self.source.place.clone(), self.line, &message);
    }

    fn wrong(&self, key: &str, place: String, line: Option<usize>, message: &str) {
        self.source.report(place, line, &self.key_path(key), message);
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The environment variable of a key: `database.url` is `PENSTOCK_DATABASE_URL`.
fn variable(path: &str) -> String {
    format!("PENSTOCK_{}", path.replace('.', "_").to_uppercase())
}
