//! The form of a template file: a header between lines `+++`, then paragraphs with marks.
//!
//! ```text
//! == id locked|editable|choice [when VALUE | without VALUE] [cite KEY,KEY]
//! == part _name [when VALUE | without VALUE]
//! ? VALUE            opens a choice of a paragraph
//! ? otherwise        the choice when no other holds
//! ? anyway           the same, for a text that is true whether anything is known or not
//! ```
//! A part without marks is a phrase, which stands within the text of a paragraph.

use jiff::civil::Date;
use serde::Deserialize;

use super::fault::{Fault, FaultKind, Spot};
use crate::letter::words::words;

words! {
    /// What a person may do with a paragraph.
    ParagraphKind("kind of paragraph") {
        /// Its words stand as they are.
        Locked = "locked",
        /// Its words may be changed.
        Editable = "editable",
        /// One of several texts, chosen by the data; a person may take another.
        Choice = "choice",
    }
}

words! {
    /// Who may be told what a template says.
    Disclosure("disclosure class") {
        /// Anybody.
        General = "general",
        /// Who may know of the account.
        Account = "account",
        /// Nobody by letter: access codes, illness, shelter.
        Sensitive = "sensitive",
    }
}

/// The header of a template.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name; the file's without the ending.
    pub name: String,
    /// The topic it answers; none for parts.
    pub topic: Option<String>,
    /// Its language.
    pub language: String,
    /// Counts its changes.
    pub version: u32,
    /// From which day it holds.
    pub from: toml::value::Datetime,
    /// Until which day it holds, that day included.
    pub until: Option<toml::value::Datetime>,
    /// Who answers for it.
    pub owner: String,
    /// The subject of a reply that opens with it.
    pub subject: Option<String>,
    /// The heading over it.
    pub title: Option<String>,
    /// Who may be told what it says.
    pub disclosure: Disclosure,
    /// Where a part stands: `here`, or `after` all sections of the reply, once.
    #[serde(default)]
    pub place: PartPlace,
    /// The most words it may have.
    pub words: Option<usize>,
    /// The paragraphs that may not be left out, neither here nor by who edits the reply.
    #[serde(default)]
    pub required: Vec<String>,
    /// The sources of what it says.
    #[serde(default)]
    pub citations: Vec<String>,
}

words! {
    /// Where the paragraphs of a part stand in a reply.
    #[derive(Default)]
    PartPlace("place of a part") {
        /// Where it is called.
        #[default]
        Here = "here",
        /// After the sections of all topics, once.
        After = "after",
    }
}

impl Header {
    /// Whether it holds on a day; false too when its dates are none.
    #[must_use]
    pub fn holds(&self, on: Date) -> bool {
        day(&self.from).is_some_and(|from| from <= on)
            && self.until.as_ref().is_none_or(|until| day(until).is_some_and(|until| on <= until))
    }
}

/// The day of a date in TOML.
pub(super) fn day(datetime: &toml::value::Datetime) -> Option<Date> {
    datetime.date?.to_string().parse().ok()
}

/// A template file, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// `en/dispute.hbs`.
    pub(super) file: String,
    pub(super) header: Header,
    /// The header's text, which begins at line 2.
    pub(super) header_text: String,
    pub(super) items: Vec<Item>,
}

/// What stands in a template, in order.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// A paragraph of its own.
    Paragraph(Paragraph),
    /// The paragraphs of a part.
    Part { name: String, when: Option<Condition>, spot: Spot },
    /// The text of a phrase.
    Phrase(Text),
}

/// A paragraph with its choices; one that is no choice has one.
#[derive(Debug, Clone)]
pub(super) struct Paragraph {
    pub(super) id: String,
    pub(super) kind: ParagraphKind,
    pub(super) when: Option<Condition>,
    pub(super) citations: Vec<String>,
    pub(super) choices: Vec<Choice>,
    pub(super) spot: Spot,
}

/// One text of a paragraph.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) when: Chosen,
    pub(super) text: Text,
    pub(super) spot: Spot,
}

/// When a choice is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    /// When the value is there and true.
    Value(String),
    /// When no other is.
    Otherwise,
    /// When no other is, also when nothing is known.
    Anyway,
}

/// Whether a value must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) path: String,
    pub(super) wanted: bool,
}

/// A piece of Handlebars and the line it begins at.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) source: String,
    pub(super) line: usize,
}

/// Takes a file apart; everything that is wrong with its form is told.
pub(super) fn parse_form(file: &str, content: &str) -> Result<Form, Vec<Fault>> {
    let header_fault = |spot: Spot, what: String| {
        vec![spot.fault(file, FaultKind::Header, what, "see docs/replies.md for the keys of the header")]
    };
    let Some((header_text, body)) = content.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n")) else {
        return Err(header_fault(Spot::line(1), "it does not open with a header between lines +++".to_owned()));
    };
    let header: Header = toml::from_str(header_text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let mut spot = spot_of(header_text, at);
        spot.line += 1;
        header_fault(spot, error.message().replace('\n', " "))
    })?;
    let first_line = header_text.lines().count() + 3;
    let mut marks = Marks { file, items: Vec::new(), faults: Vec::new(), next: first_line };
    marks.read(body);
    if marks.faults.is_empty() {
        Ok(Form { file: file.to_owned(), header, header_text: header_text.to_owned(), items: marks.items })
    } else {
        Err(marks.faults)
    }
}

/// The place of a byte in a text.
pub(super) fn spot_of(text: &str, at: usize) -> Spot {
    let before = &text[..at.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    Spot { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

/// Reads the marks of a body, line by line.
struct Marks<'a> {
    file: &'a str,
    items: Vec<Item>,
    faults: Vec<Fault>,
    next: usize,
}

impl Marks<'_> {
    fn read(&mut self, body: &str) {
        let marked = body.lines().any(|line| line.starts_with("== "));
        if !marked {
            let text = Text { source: body.trim().to_owned(), line: self.next + leading_lines(body) };
            self.items.push(Item::Phrase(text));
            return;
        }
        for line in body.lines() {
            let spot = Spot::line(self.next);
            if let Some(mark) = line.strip_prefix("== ") {
                self.mark(mark, spot);
            } else if let Some(mark) = line.strip_prefix("? ") {
                self.choice(mark, spot);
            } else {
                self.text(line, spot);
            }
            self.next += 1;
        }
        self.trim();
    }

    fn fault(&mut self, spot: Spot, what: String, advice: &str) {
        self.faults.push(spot.fault(self.file, FaultKind::Mark, what, advice));
    }

    fn mark(&mut self, mark: &str, spot: Spot) {
        const FORM: &str = "write `== id locked|editable|choice`, then `when VALUE`, `without VALUE` or `cite KEY,KEY`";
        let mut words = mark.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let rest: Vec<&str> = words.collect();
        let mut when = None;
        let mut citations = Vec::new();
        for pair in rest.chunks(2) {
            match *pair {
                ["when", path] => when = Some(Condition { path: path.to_owned(), wanted: true }),
                ["without", path] => when = Some(Condition { path: path.to_owned(), wanted: false }),
                ["cite", keys] => citations = keys.split(',').map(ToOwned::to_owned).collect(),
                _ => return self.fault(spot, format!("`{}` is no part of a mark", pair.join(" ")), FORM),
            }
        }
        if first == "part" {
            self.items.push(Item::Part { name: second.to_owned(), when, spot });
            return;
        }
        if !is_id(first) {
            return self.fault(spot, format!("\"{first}\" is no name of a paragraph"), "use small letters and _");
        }
        match second.parse::<ParagraphKind>() {
            Ok(kind) => {
                let id = first.to_owned();
                self.items.push(Item::Paragraph(Paragraph { id, kind, when, citations, choices: Vec::new(), spot }));
            }
            Err(error) => self.fault(spot, error.to_string(), FORM),
        }
    }

    fn choice(&mut self, mark: &str, spot: Spot) {
        let mark = mark.trim();
        let when = match mark {
            "otherwise" => Chosen::Otherwise,
            "anyway" => Chosen::Anyway,
            path => Chosen::Value(path.to_owned()),
        };
        match self.items.last_mut() {
            Some(Item::Paragraph(paragraph)) if paragraph.kind == ParagraphKind::Choice => {
                let text = Text { source: String::new(), line: spot.line + 1 };
                paragraph.choices.push(Choice { when, text, spot });
            }
            _ => self.fault(spot, format!("`? {mark}` stands outside a choice"), "put it under a mark `== id choice`"),
        }
    }

    fn text(&mut self, line: &str, spot: Spot) {
        match self.items.last_mut() {
            Some(Item::Paragraph(paragraph)) => {
                if paragraph.choices.is_empty() {
                    if line.trim().is_empty() {
                        return;
                    }
                    let text = Text { source: String::new(), line: spot.line };
                    paragraph.choices.push(Choice { when: Chosen::Anyway, text, spot });
                    if paragraph.kind == ParagraphKind::Choice {
                        let what = "text stands before the first `?` of a choice".to_owned();
                        return self.fault(spot, what, "open each text with `? VALUE`");
                    }
                }
                if let Some(choice) = paragraph.choices.last_mut() {
                    choice.text.source.push_str(line);
                    choice.text.source.push('\n');
                }
            }
            Some(Item::Part { .. } | Item::Phrase(_)) | None if line.trim().is_empty() => {}
            Some(Item::Part { .. } | Item::Phrase(_)) | None => {
                self.fault(spot, "text stands outside a paragraph".to_owned(), "put a mark `== id kind` above it");
            }
        }
    }

    fn trim(&mut self) {
        for item in &mut self.items {
            if let Item::Paragraph(paragraph) = item {
                for choice in &mut paragraph.choices {
                    choice.text.line += leading_lines(&choice.text.source);
                    choice.text.source = choice.text.source.trim().to_owned();
                }
            }
        }
    }
}

fn leading_lines(text: &str) -> usize {
    text[..text.len() - text.trim_start().len()].matches('\n').count()
}

fn is_id(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
