//! The letters themselves, made from invented accounts: complete, not too long, easy to read.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::super::catalogue::{ValueKind, values};
use super::super::compose::{Situation, compose};
use super::super::fault::{FaultKind, Spot};
use super::super::form::{Form, Item};
use super::super::templates::{Files, Templates, choice_key};
use super::Checked;
use super::grade::Measured;
use crate::letter::{Language, Topic};

/// The hardest grade in English.
const GRADE: f64 = 8.0;
/// The least ease in Spanish that goes with it.
const EASE: f64 = 60.0;
/// Below that many words a measure of reading says nothing.
const FEW_WORDS: usize = 40;
/// The most words of a whole letter, when its template says nothing.
const LETTER_WORDS: usize = 1_000;
/// The most words of a part.
const PART_WORDS: usize = 300;

/// What an invented account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    /// Everything.
    All,
    /// Only what is always there.
    Least,
    /// As least, and null where there could be something.
    Nulls,
}

pub(super) fn check(checked: &mut Checked<'_>, files: &Files) {
    let templates = match Templates::from_files(files) {
        Ok(templates) => templates,
        Err(error) => {
            let what = error.to_string();
            return checked.fault("", Spot::line(1), FaultKind::Syntax, (what, "look at the braces"));
        }
    };
    for (language, folder) in [(Language::English, "en"), (Language::Spanish, "es")] {
        for topic in Topic::ALL {
            letter(checked, &templates, (language, folder), *topic);
        }
    }
    let forms: Vec<Form> = checked.forms.values().cloned().collect();
    for form in &forms {
        measure(checked, &templates, form);
    }
}

/// Composes the letters of one topic and looks at them.
fn letter(checked: &mut Checked<'_>, templates: &Templates, (language, folder): (Language, &str), topic: Topic) {
    let file = format!("{folder}/{topic}.hbs");
    let Some(form) = checked.forms.get(&format!("{folder}/{topic}")).cloned() else { return };
    let mut most = 0;
    for fill in [Some(Fill::All), Some(Fill::Least), Some(Fill::Nulls), None] {
        let draft = compose(templates, &situation(checked, language, topic, fill.map(account)));
        if let Some(missing) = draft.missing.first() {
            let what = format!("`{missing}` is missing in a letter that could be written");
            let advice = "ask for it before it is printed";
            checked.fault(&file, Spot::line(1), FaultKind::Unguarded, (what, advice));
            return;
        }
        for paragraph in &draft.paragraphs {
            if let Some(at) = ["  ", " .", " ,", "()", "..", "null"].iter().find(|at| paragraph.text.contains(**at)) {
                let what = format!("the paragraph `{}` comes out with \"{at}\" in it", paragraph.id);
                let file = format!("{}.hbs", paragraph.template);
                let advice = "look at the blanks beside what may be left out";
                checked.fault(&file, Spot::line(1), FaultKind::Spelling, (what, advice));
            }
        }
        most = most.max(draft.body.split_whitespace().count());
    }
    let limit = form.header.words.unwrap_or(LETTER_WORDS);
    if most > limit {
        let what = format!("the longest letter from it has {most} words, its limit is {limit}");
        checked.fault(&file, form.key_spot("words"), FaultKind::Length, (what, "say less, or leave a part out"));
    }
}

fn situation<'a>(checked: &Checked<'a>, language: Language, topic: Topic, account: Option<Value>) -> Situation<'a> {
    Situation {
        language,
        topics: Topic::ALL.iter().position(|other| *other == topic).map_or(&[], |at| &Topic::ALL[at..=at]),
        reference: "PW-2026-000000",
        customer_name: "",
        subject: "",
        received_on: checked.against.today,
        today: checked.against.today,
        account,
        policy: checked.against.policy,
    }
}

/// The reading grade of a template's own words, and the length of a part.
fn measure(checked: &mut Checked<'_>, templates: &Templates, form: &Form) {
    let text = all_texts(checked, templates, form);
    let measured = Measured::of(&text, form.folder());
    let part = form.header.topic.is_none();
    let limit = form.header.words.unwrap_or(PART_WORDS);
    if part && measured.words > limit {
        let what = format!("it has {} words, its limit is {limit}", measured.words);
        checked.fault(&form.file, form.key_spot("name"), FaultKind::Length, (what, "say less"));
    }
    if measured.words < FEW_WORDS {
        return;
    }
    let advice = "shorter sentences, shorter words";
    if form.folder() == "es" {
        let ease = measured.ease();
        if ease < EASE {
            let what = format!("its reading ease is {ease:.1}, {EASE} is the least");
            checked.fault(&form.file, Spot::line(1), FaultKind::Reading, (what, advice));
        }
    } else if measured.grade() > GRADE {
        let what = format!("its reading grade is {:.1}, {GRADE} is the most", measured.grade());
        checked.fault(&form.file, Spot::line(1), FaultKind::Reading, (what, advice));
    }
}

/// Every text of a template, each choice once, with everything filled in.
fn all_texts(checked: &Checked<'_>, templates: &Templates, form: &Form) -> String {
    let language = if form.folder() == "es" { Language::Spanish } else { Language::English };
    let set = templates.set();
    let name = form.file.trim_end_matches(".hbs");
    let facts = compose(templates, &situation(checked, language, Topic::Other, Some(account(Fill::All)))).facts;
    let mut texts = Vec::new();
    for item in &form.items {
        let Item::Paragraph(paragraph) = item else { continue };
        for number in 0..paragraph.choices.len() {
            texts.extend(set.text.render(&choice_key(name, &paragraph.id, number), &facts).ok());
        }
    }
    texts.join("\n\n")
}

/// An invented account.
fn account(fill: Fill) -> Value {
    let mut root = Map::new();
    let mut left_out: Vec<&str> = Vec::new();
    for named in values().filter(|named| named.path.starts_with("account.")) {
        if left_out
            .iter()
            .any(|out| named.path.starts_with(&format!("{out}.")) || named.path.starts_with(&format!("{out}[]")))
        {
            continue;
        }
        let sample = match (named.always || fill == Fill::All, fill) {
            (true, _) => sample(named.path, named.kind, fill),
            (false, Fill::Nulls) => Value::Null,
            (false, _) => {
                left_out.push(named.path);
                continue;
            }
        };
        if sample.is_null() {
            left_out.push(named.path);
        }
        put(&mut root, named.path.trim_start_matches("account."), sample);
    }
    Value::Object(root)
}

fn put(table: &mut Map<String, Value>, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let name = first.trim_end_matches("[]");
    let Some(rest) = rest else {
        table.insert(name.to_owned(), value);
        return;
    };
    let inner = table.entry(name.to_owned()).or_insert_with(|| json!({}));
    match inner {
        Value::Object(fields) => put(fields, rest, value),
        Value::Array(items) => {
            for item in items {
                if let Value::Object(fields) = item {
                    put(fields, rest, value.clone());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn sample(path: &str, kind: ValueKind, fill: Fill) -> Value {
    match kind {
        ValueKind::Flag => json!(fill == Fill::All),
        ValueKind::Group => json!({}),
        ValueKind::List if fill == Fill::All => json!([{}]),
        ValueKind::List => json!([]),
        ValueKind::Text => json!(sample_text(path)),
    }
}

/// A text of the right form, by the last word of the value's name.
fn sample_text(path: &str) -> String {
    let name = path.rsplit('.').next().unwrap_or_default();
    let day = ["_on", "since", "until", "_of", "period_start", "period_end", "recertify_by", "as_of"];
    if day.iter().any(|ending| name.ends_with(ending)) || name == "on" {
        return crate::policy::long_date(Date::constant(2026, 5, 4), Language::English);
    }
    match name {
        "masked" => "ending in 1111",
        "service_address" => "1234 N 5TH ST",
        "sentence" => "This is what the bills show.",
        "label" => "water used",
        "percent" | "down_percent" => "25",
        "winter_from" => "December 1",
        "count" | "months" | "days" | "bills" | "months_low" | "months_high" | "overlap_days" | "ask_within_days" => {
            "12"
        }
        _ => "$1,240.50",
    }
    .to_owned()
}
