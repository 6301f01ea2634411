//! `templates check`: everything that could go wrong with a set of templates, found before it is
//! put in place.

mod frame;
mod grade;
mod parity;
mod rendered;
mod rules;
mod scope;
mod sources;
mod texts;
mod values;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::fault::{Fault, FaultKind, Spot};
use super::form::{Form, Text, parse_form};
use super::templates::{Files, LANGUAGES, MAIL_PAGE, SOURCES};
use crate::policy::Policy;

/// What the templates are checked against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The dated facts of the trade.
    pub policy: &'a Policy,
    /// The day they are to be used.
    pub today: Date,
}

/// A set under check.
struct Checked<'a> {
    against: Against<'a>,
    /// The templates whose form is right, by name: `en/dispute`.
    forms: BTreeMap<String, Form>,
    faults: Vec<Fault>,
}

/// Finds the faults of a set of templates; none means that it can be put in place.
///
/// Letters are measured and languages compared only when nothing else is wrong, so that one fault
/// is told once.
#[must_use]
pub fn check(files: &Files, against: Against<'_>) -> Vec<Fault> {
    let mut checked = Checked { against, forms: BTreeMap::new(), faults: Vec::new() };
    for (file, content) in files {
        checked.read(file, content);
    }
    let sources = sources::parse(files.get(SOURCES).map(String::as_str), &mut checked.faults);
    frame::check(&mut checked, files.get(MAIL_PAGE).map(String::as_str));
    values::check(&mut checked);
    texts::check(&mut checked);
    sources::check(&mut checked, &sources);
    if checked.faults.is_empty() {
        rendered::check(&mut checked, files);
        parity::check(&mut checked);
    }
    let mut faults = checked.faults;
    faults.sort_by(|a, b| (&a.file, a.line, a.column, a.fault).cmp(&(&b.file, b.line, b.column, b.fault)));
    faults.dedup();
    faults
}

impl Checked<'_> {
    fn read(&mut self, file: &str, content: &str) {
        if matches!(file, MAIL_PAGE | SOURCES) {
            return;
        }
        let known = file
            .strip_suffix(".hbs")
            .and_then(|name| name.split_once('/'))
            .is_some_and(|(language, _)| LANGUAGES.contains(&language));
        if !known {
            let advice = "keep only .hbs files in the folders of the languages";
            self.faults.push(Spot::line(1).fault(file, FaultKind::StrayFile, "nothing looks for this file", advice));
            return;
        }
        if let Some(at) = content.find('\u{fffd}') {
            let spot = super::form::spot_of(content, at);
            self.faults.push(spot.fault(file, FaultKind::Unreadable, "the file is not UTF-8", "save it as UTF-8"));
            return;
        }
        match parse_form(file, content) {
            Ok(form) => {
                self.forms.insert(file.trim_end_matches(".hbs").to_owned(), form);
            }
            Err(faults) => self.faults.extend(faults),
        }
    }

    /// Whether a file has no fault so far.
    fn is_clean(&self, file: &str) -> bool {
        !self.faults.iter().any(|fault| fault.file == file)
    }

    fn fault(&mut self, file: &str, spot: Spot, kind: FaultKind, (what, advice): (String, &str)) {
        self.faults.push(spot.fault(file, kind, what, advice));
    }
}

impl Form {
    /// The line of a key of the header.
    fn key_spot(&self, key: &str) -> Spot {
        let line = self
            .header_text
            .lines()
            .position(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')));
        Spot::line(line.map_or(1, |line| line + 2))
    }

    /// A key of the header with its value, as its line stands there.
    fn key_text(&self, key: &str) -> Option<Text> {
        let line = self.key_spot(key).line;
        let source = self.header_text.lines().nth(line.checked_sub(2)?)?.to_owned();
        Some(Text { source, line })
    }

    /// `en` of `en/dispute.hbs`.
    fn folder(&self) -> &str {
        self.file.split('/').next().unwrap_or_default()
    }
}
