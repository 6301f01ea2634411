//! One draft: templates rendered strictly, every missing value named.

use handlebars::RenderErrorReason;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::templates::{Templates, folder};
use crate::letter::{Language, Topic};
use crate::policy::{Policy, long_date};

/// The most values that are filled in as missing before a template is given up.
const MISSING: usize = 40;

/// What a reply is composed from.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// The language of the reply.
    pub language: Language,
    /// What the letter is about, the primary topic first.
    pub topics: &'a [Topic],
    /// What people call the case.
    pub reference: &'a str,
    /// The name that the writer gave; empty when none.
    pub customer_name: &'a str,
    /// The letter's subject.
    pub subject: &'a str,
    /// The day the letter came.
    pub received_on: Date,
    /// The day of the reply.
    pub today: Date,
    /// The account's facts, only when the recipient may know of them.
    pub account: Option<Value>,
    /// The dated facts of the trade.
    pub policy: &'a Policy,
}

/// A reply as the program proposes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its subject.
    pub subject: String,
    /// Its text: paragraphs between empty lines, list items after `- `.
    pub body: String,
    /// Which templates it was made from, with their versions.
    pub template: String,
    /// What it was made from.
    pub facts: Value,
    /// The names of values that were missing: while any is, it cannot be sent.
    pub missing: Vec<String>,
}

/// Composes the draft of a reply.
#[must_use]
pub fn compose(templates: &Templates, situation: &Situation<'_>) -> Draft {
    let language = situation.language;
    let topics: &[Topic] = if situation.topics.is_empty() { &[Topic::Other] } else { situation.topics };
    let mut sections: Vec<String> = Vec::new();
    for topic in topics {
        let name = templates.for_topic(language, *topic);
        if !sections.contains(&name) {
            sections.push(name);
        }
    }
    let mut facts = facts(situation);
    let mut missing = Vec::new();
    let parts: Vec<String> = std::iter::once(format!("{}/greeting", folder(language)))
        .chain(sections.iter().cloned())
        .chain(std::iter::once(format!("{}/closing", folder(language))))
        .map(|name| render(templates, &name, &mut facts, &mut missing))
        .filter(|text| !text.is_empty())
        .collect();
    let subject_template = format!("{}#subject", sections[0]);
    let subject = if templates.text().has_template(&subject_template) {
        render(templates, &subject_template, &mut facts, &mut missing)
    } else {
        format!("{} ({})", situation.subject, situation.reference)
    };
    let versions: Vec<String> = sections
        .iter()
        .map(|name| format!("{name}@{}", templates.header(name).map_or(0, |header| header.version)))
        .collect();
    Draft { subject, body: parts.join("\n\n"), template: versions.join(" "), facts, missing }
}

/// The places of a text that stand for a missing value.
#[must_use]
pub fn missing_marks(text: &str) -> Vec<String> {
    text.split("[missing: ").skip(1).filter_map(|rest| rest.split_once(']').map(|(name, _)| name.to_owned())).collect()
}

fn facts(situation: &Situation<'_>) -> Value {
    let language = situation.language;
    let mut facts = json!({
        "case": { "reference": situation.reference },
        "today": long_date(situation.today, language),
        "letter": { "received_on": long_date(situation.received_on, language) },
        "customer": {},
        "policy": situation.policy.printed(language, situation.today),
    });
    if !situation.subject.is_empty() {
        facts["letter"]["subject"] = json!(situation.subject);
    }
    if !situation.customer_name.is_empty() {
        facts["customer"]["name"] = json!(situation.customer_name);
    }
    if let Some(account) = &situation.account {
        // What only shows that the account is known has a name of its own, so that no template
        // takes what was kept back for what is not there.
        let withheld = account.get("withheld").and_then(Value::as_bool) == Some(true);
        facts[if withheld { "existence" } else { "account" }] = account.clone();
    }
    facts
}

/// Renders one template; a value that is missing is named, marked in the text, and the
/// rendering goes on, so that all missing values are known at once.
fn render(templates: &Templates, name: &str, facts: &mut Value, missing: &mut Vec<String>) -> String {
    for _ in 0..MISSING {
        let error = match templates.text().render(name, facts) {
            Ok(text) => return tidy(&text),
            Err(error) => error,
        };
        let RenderErrorReason::MissingVariable(Some(path)) = error.reason() else {
            missing.push(format!("{name}: {error}"));
            return format!("[missing: {name}]");
        };
        let path = path.clone();
        if !missing.contains(&path) {
            missing.push(path.clone());
        }
        if !fill(facts, &path) {
            break;
        }
    }
    missing.push(name.to_owned());
    format!("[missing: {name}]")
}

/// Puts a mark where a value is missing; false when there is no place for it.
fn fill(facts: &mut Value, path: &str) -> bool {
    let mut place = facts;
    for part in path.split(['.', '/']).filter(|part| !part.is_empty() && *part != "this") {
        if place.is_null() {
            *place = json!({});
        }
        let Value::Object(fields) = place else { return false };
        place = fields.entry(part.to_owned()).or_insert(Value::Null);
    }
    if !place.is_null() {
        return false;
    }
    *place = json!(format!("[missing: {path}]"));
    true
}

/// Paragraphs between exactly one empty line, whatever branches of a template left behind.
fn tidy(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut empty = false;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            empty = !result.is_empty();
            continue;
        }
        if !result.is_empty() {
            result.push_str(if empty { "\n\n" } else { "\n" });
        }
        empty = false;
        result.push_str(line);
    }
    result
}
