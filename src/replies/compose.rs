//! One draft: a greeting, a section for each topic, what happens next, a closing; each paragraph
//! with its name, kind, template and sources, every missing value named.

use std::collections::BTreeSet;

use handlebars::RenderErrorReason;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::form::{Chosen, Condition, Form, Item, Paragraph as Marked, ParagraphKind, PartPlace};
use super::templates::{Set, Templates, choice_key, folder};
use super::walk::plain;
use crate::letter::{Language, Topic};
use crate::policy::{Policy, long_date};

/// The most values that are filled in as missing before a template is given up.
const MISSING: usize = 40;
/// How deep parts may hold parts; what is deeper is left out.
const DEPTH: usize = 4;

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
    /// Which templates it was made from, with their versions: `en/dispute@2`, parted by blanks.
    pub template: String,
    /// What it was made from; `paragraphs` holds the paragraphs.
    pub facts: Value,
    /// Its paragraphs in order.
    pub paragraphs: Vec<Paragraph>,
    /// The names of values that were missing: while any is, it cannot be sent.
    pub missing: Vec<String>,
}

/// A paragraph of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// Its name within its template.
    pub id: String,
    /// What a person may do with it.
    pub kind: ParagraphKind,
    /// The template it comes from: `en/dispute`.
    pub template: String,
    /// That template's version.
    pub version: u32,
    /// The topic that it answers; none for what every reply has.
    pub topic: Option<Topic>,
    /// Whether it may not be left out.
    pub required: bool,
    /// Its text.
    pub text: String,
    /// The other texts that a person may take instead.
    pub alternatives: Vec<String>,
    /// The sources of what it says.
    pub citations: Vec<String>,
    /// The values that stand in its text.
    pub sources: Vec<Source>,
}

/// A value that stands in a text, and where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The value's name.
    pub name: String,
    /// The value as it is printed.
    pub value: String,
    /// Where it is from: a key of the list of sources, or `account`, `letter`, `case`.
    pub from: String,
}

/// Composes the draft of a reply.
#[must_use]
pub fn compose(templates: &Templates, situation: &Situation<'_>) -> Draft {
    let (set, withdrawn) = (templates.set(), templates.withdrawn());
    let sections = sections(&set, situation, &withdrawn);
    let mut writer = Writer {
        set: &set,
        situation,
        withdrawn: &withdrawn,
        facts: facts(situation),
        missing: Vec::new(),
        used: Vec::new(),
        parts: BTreeSet::new(),
        after: Vec::new(),
        next: Vec::new(),
    };
    let subject = writer.subject(&sections[0].0);
    let paragraphs = writer.reply(&sections);
    let body = paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect::<Vec<_>>().join("\n\n");
    let template = writer.used.join(" ");
    let (mut facts, missing) = (writer.facts, writer.missing);
    facts["on"] = json!(situation.today);
    facts["paragraphs"] = json!(paragraphs);
    Draft { subject, body, template, facts, paragraphs, missing }
}

/// The templates of the topics, each once, in the order of the letter.
fn sections(set: &Set, situation: &Situation<'_>, withdrawn: &BTreeSet<String>) -> Vec<(String, Topic)> {
    let topics: &[Topic] = if situation.topics.is_empty() { &[Topic::Other] } else { situation.topics };
    let mut sections: Vec<(String, Topic)> = Vec::new();
    for topic in topics {
        let name = set.for_topic(situation.language, *topic, Some(situation.today), withdrawn);
        if !sections.iter().any(|(other, _)| *other == name) {
            sections.push((name, *topic));
        }
    }
    // The general acknowledgement adds nothing to an answer.
    if sections.len() > 1 {
        sections.retain(|(name, _)| !name.ends_with("/other"));
    }
    sections
}

/// The places of a text that stand for a missing value.
#[must_use]
pub fn missing_marks(text: &str) -> Vec<String> {
    text.split("[missing: ").skip(1).filter_map(|rest| rest.split_once(']').map(|(name, _)| name.to_owned())).collect()
}

/// Writes one reply.
struct Writer<'a> {
    set: &'a Set,
    situation: &'a Situation<'a>,
    withdrawn: &'a BTreeSet<String>,
    facts: Value,
    missing: Vec<String>,
    /// `en/dispute@2`
    used: Vec<String>,
    /// The parts that stand in the reply already.
    parts: BTreeSet<String>,
    /// Parts that stand after the sections.
    after: Vec<(String, Option<Topic>)>,
    /// The paragraphs of what happens next.
    next: Vec<Paragraph>,
}

impl Writer<'_> {
    fn subject(&mut self, section: &str) -> String {
        let name = format!("{section}#subject");
        if self.set.text.has_template(&name) {
            self.render(&name)
        } else {
            format!("{} ({})", self.situation.subject, self.situation.reference)
        }
    }

    fn reply(&mut self, sections: &[(String, Topic)]) -> Vec<Paragraph> {
        let folder = folder(self.situation.language);
        let mut paragraphs = self.template(&format!("{folder}/greeting"), None, 0);
        for (name, topic) in sections {
            let inside = self.template(name, Some(*topic), 0);
            if sections.len() > 1 && !inside.is_empty() {
                paragraphs.extend(self.title(name, Some(*topic)));
            }
            paragraphs.extend(inside);
        }
        let mut at = 0;
        // A part may call for further parts while it is written.
        while let Some((name, topic)) = self.after.get(at).cloned() {
            let inside = self.template(&name, topic, 0);
            if !inside.is_empty() {
                paragraphs.extend(self.title(&name, topic));
            }
            paragraphs.extend(inside);
            at += 1;
        }
        let general = self.template(&format!("{folder}/next"), None, 0);
        let next = std::mem::take(&mut self.next);
        if !next.is_empty() || !general.is_empty() {
            paragraphs.extend(self.title(&format!("{folder}/next"), None));
            paragraphs.extend(next);
            paragraphs.extend(general);
        }
        paragraphs.extend(self.template(&format!("{folder}/closing"), None, 0));
        paragraphs
    }

    /// The heading over a section.
    fn title(&self, name: &str, topic: Option<Topic>) -> Option<Paragraph> {
        let header = &self.set.forms.get(name)?.header;
        Some(Paragraph {
            id: "title".to_owned(),
            kind: ParagraphKind::Locked,
            template: name.to_owned(),
            version: header.version,
            topic,
            required: false,
            text: header.title.clone()?,
            alternatives: Vec::new(),
            citations: Vec::new(),
            sources: Vec::new(),
        })
    }

    /// The paragraphs of a template and its parts.
    fn template(&mut self, name: &str, topic: Option<Topic>, depth: usize) -> Vec<Paragraph> {
        let set = self.set;
        let Some(form) = set.forms.get(name) else {
            self.miss(name);
            return Vec::new();
        };
        let used = format!("{name}@{}", form.header.version);
        if !self.used.contains(&used) {
            self.used.push(used);
        }
        let mut paragraphs = Vec::new();
        for item in &form.items {
            match item {
                Item::Paragraph(marked) if self.holds(marked.when.as_ref()) => {
                    let Some(paragraph) = self.paragraph((name, form), marked, topic) else { continue };
                    if paragraph.id == "next" && topic.is_some() {
                        self.next.push(paragraph);
                    } else {
                        paragraphs.push(paragraph);
                    }
                }
                Item::Part { name: part, when, .. } if depth < DEPTH && self.holds(when.as_ref()) => {
                    paragraphs.extend(self.part(part, topic, depth));
                }
                Item::Paragraph(_) | Item::Part { .. } | Item::Phrase(_) => {}
            }
        }
        paragraphs
    }

    /// A part stands once in a reply, where it is called first or after all sections.
    fn part(&mut self, part: &str, topic: Option<Topic>, depth: usize) -> Vec<Paragraph> {
        let name = format!("{}/{part}", folder(self.situation.language));
        if self.set.is_withdrawn(&name, self.withdrawn) || !self.parts.insert(name.clone()) {
            return Vec::new();
        }
        let after = self.set.forms.get(&name).is_some_and(|form| form.header.place == PartPlace::After);
        if after {
            self.after.push((name, topic));
            return Vec::new();
        }
        self.template(&name, topic, depth + 1)
    }

    fn holds(&self, condition: Option<&Condition>) -> bool {
        condition.is_none_or(|condition| is_there(&self.facts, &condition.path) == condition.wanted)
    }

    fn paragraph(&mut self, (name, form): (&str, &Form), marked: &Marked, topic: Option<Topic>) -> Option<Paragraph> {
        let (chosen, others) = self.choices(marked);
        let chosen = chosen?;
        let key = choice_key(name, &marked.id, chosen);
        let text = self.render(&key);
        if text.is_empty() {
            return None;
        }
        // What only another text would need is not missing.
        let alternatives = others
            .into_iter()
            .filter_map(|number| self.set.text.render(&choice_key(name, &marked.id, number), &self.facts).ok())
            .map(|other| tidy(&other))
            .filter(|other| !other.is_empty() && *other != text)
            .collect();
        let citations = if marked.citations.is_empty() { &form.header.citations } else { &marked.citations };
        Some(Paragraph {
            id: marked.id.clone(),
            kind: marked.kind,
            template: name.to_owned(),
            version: form.header.version,
            topic,
            required: form.header.required.contains(&marked.id),
            sources: self.sources(&key, &text),
            text,
            alternatives,
            citations: citations.clone(),
        })
    }

    /// The choice that the data takes, and those that are possible beside it.
    fn choices(&self, marked: &Marked) -> (Option<usize>, Vec<usize>) {
        let mut possible: Vec<usize> = Vec::new();
        let mut rest = None;
        for (number, choice) in marked.choices.iter().enumerate() {
            match &choice.when {
                Chosen::Value(path) if is_there(&self.facts, path) => possible.push(number),
                Chosen::Value(_) => {}
                Chosen::Otherwise | Chosen::Anyway => rest = Some(number),
            }
        }
        match possible.first().copied() {
            Some(first) => {
                let always = rest.filter(|number| marked.choices[*number].when == Chosen::Anyway);
                (Some(first), possible[1..].iter().copied().chain(always).collect())
            }
            None => (rest, Vec::new()),
        }
    }

    /// The values of the text with where they are from.
    fn sources(&self, key: &str, text: &str) -> Vec<Source> {
        let mut paths: Vec<&String> = Vec::new();
        let mut keys = vec![key.to_owned()];
        let mut at = 0;
        while let Some(key) = keys.get(at).cloned() {
            at += 1;
            for path in self.set.prints.get(&key).into_iter().flatten() {
                match path.strip_prefix("> ") {
                    Some(phrase) if at <= DEPTH => keys.push(phrase.to_owned()),
                    Some(_) => {}
                    None => paths.push(path),
                }
            }
        }
        let mut sources: Vec<Source> = Vec::new();
        for path in paths {
            let Some(value) = look_up(&self.facts, path).and_then(as_printed) else { continue };
            let known = sources.iter().any(|source| source.name == *path);
            if !known && !value.is_empty() && text.contains(&value) {
                sources.push(Source { name: path.clone(), value, from: self.origin(path) });
            }
        }
        sources
    }

    fn origin(&self, path: &str) -> String {
        let fact = path.strip_prefix("policy.").and_then(|key| self.situation.policy.fact(key, self.situation.today));
        match fact {
            Some(fact) => fact.source.clone(),
            None => path.split('.').next().unwrap_or_default().to_owned(),
        }
    }

    /// Renders one text; a value that is missing is named, marked in the text, and the
    /// rendering goes on, so that all missing values are known at once.
    fn render(&mut self, name: &str) -> String {
        for _ in 0..MISSING {
            let error = match self.set.text.render(name, &self.facts) {
                Ok(text) => return tidy(&text),
                Err(error) => error,
            };
            let RenderErrorReason::MissingVariable(Some(path)) = error.reason() else {
                self.miss(&format!("{name}: {error}"));
                return format!("[missing: {name}]");
            };
            let path = path.clone();
            self.miss(&path);
            if !fill(&mut self.facts, &path) {
                break;
            }
        }
        self.miss(name);
        format!("[missing: {name}]")
    }

    fn miss(&mut self, what: &str) {
        if !self.missing.iter().any(|known| known == what) {
            self.missing.push(what.to_owned());
        }
    }
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
    if language == Language::Other {
        facts["customer"]["other_language"] = json!(true);
    }
    if let Some(account) = &situation.account {
        // What only shows that the account is known has a name of its own, so that no template
        // takes what was kept back for what is not there.
        let withheld = account.get("withheld").and_then(Value::as_bool) == Some(true);
        facts[if withheld { "existence" } else { "account" }] = account.clone();
    }
    facts
}

/// The value of a name.
pub(super) fn look_up<'a>(facts: &'a Value, path: &str) -> Option<&'a Value> {
    plain(path).split('.').try_fold(facts, |place, part| place.get(part))
}

/// Whether a value is there and says yes, as `#if` would find it.
fn is_there(facts: &Value, path: &str) -> bool {
    match look_up(facts, path) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
    }
}

fn as_printed(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
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
