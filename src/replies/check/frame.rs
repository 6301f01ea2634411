//! Headers, names, languages, paragraphs and parts: what a set must have, and what each file.

use std::collections::BTreeSet;

use super::super::fault::{FaultKind, Spot};
use super::super::form::{Chosen, Form, Item, ParagraphKind, day};
use super::super::templates::{FRAME, LANGUAGES, MAIL_PAGE};
use super::{Checked, rules};
use crate::letter::Topic;

/// How deep parts may hold parts.
const DEPTH: usize = 4;

pub(super) fn check(checked: &mut Checked<'_>, mail_page: Option<&str>) {
    missing_files(checked);
    page(checked, mail_page);
    let forms: Vec<Form> = checked.forms.values().cloned().collect();
    for form in &forms {
        header(checked, form);
        paragraphs(checked, form);
        parts(checked, form);
    }
    for form in &forms {
        required(checked, form);
    }
    unused(checked, &forms);
}

fn missing_files(checked: &mut Checked<'_>) {
    let topics = Topic::ALL.iter().map(|topic| topic.as_str());
    let wanted: BTreeSet<&str> = FRAME.into_iter().chain(topics).collect();
    let mut names: BTreeSet<String> =
        checked.forms.keys().filter_map(|name| name.split_once('/').map(|(_, name)| name.to_owned())).collect();
    names.extend(wanted.iter().map(|name| (*name).to_owned()));
    // A file whose form is wrong was told about already.
    let told: BTreeSet<String> = checked.faults.iter().map(|fault| fault.file.clone()).collect();
    for name in names {
        for language in LANGUAGES {
            let file = format!("{language}/{name}.hbs");
            if !checked.forms.contains_key(&format!("{language}/{name}")) && !told.contains(&file) {
                let what = format!("`{name}` is missing in the language \"{language}\"");
                let advice = "write it there too: every reply must be possible in both languages";
                checked.fault(&file, Spot::line(1), FaultKind::Missing, (what, advice));
            }
        }
    }
}

fn header(checked: &mut Checked<'_>, form: &Form) {
    let header = &form.header;
    let mut fault = |key: &str, kind: FaultKind, what: String, advice: &str| {
        checked.fault(&form.file, form.key_spot(key), kind, (what, advice));
    };
    let name = form.file.trim_end_matches(".hbs").split('/').nth(1).unwrap_or_default();
    if header.name != name {
        fault(
            "name",
            FaultKind::WrongName,
            format!("its name is \"{}\", its file `{name}.hbs`", header.name),
            "write the file's name",
        );
    }
    if header.language != form.folder() {
        let what = format!("its language is \"{}\", its folder \"{}\"", header.language, form.folder());
        fault("language", FaultKind::WrongLanguage, what, "move the file or change the language");
    }
    match &header.topic {
        Some(topic) if topic.parse::<Topic>().is_err() => {
            let known: Vec<&str> = Topic::ALL.iter().map(|topic| topic.as_str()).collect();
            fault(
                "topic",
                FaultKind::UnknownTopic,
                format!("\"{topic}\" is no topic"),
                &format!("write one of {}", known.join(", ")),
            );
        }
        Some(topic) if *topic != header.name => {
            fault(
                "topic",
                FaultKind::WrongName,
                format!("the template of the topic \"{topic}\" is named \"{}\"", header.name),
                "name it like its topic: replies look for it by that name",
            );
        }
        None if name.parse::<Topic>().is_ok() => {
            fault(
                "name",
                FaultKind::UnknownTopic,
                "it has the name of a topic, and no topic".to_owned(),
                &format!("add `topic = \"{name}\"`"),
            );
        }
        Some(_) | None => {}
    }
    if header.owner.trim().is_empty() {
        fault("owner", FaultKind::NoOwner, "nobody answers for it".to_owned(), "name the office that keeps it right");
    }
    if header.version == 0 {
        fault("version", FaultKind::Header, "versions begin at 1".to_owned(), "write `version = 1`");
    }
    dates(checked, form);
    subject(checked, form);
}

fn dates(checked: &mut Checked<'_>, form: &Form) {
    let today = checked.against.today;
    let mut fault = |key: &str, kind: FaultKind, what: String, advice: &str| {
        checked.fault(&form.file, form.key_spot(key), kind, (what, advice));
    };
    let Some(from) = day(&form.header.from) else {
        return fault("from", FaultKind::Header, "`from` is no day".to_owned(), "write a date: 2026-10-01");
    };
    if from > today {
        fault("from", FaultKind::NotInForce, format!("it holds only from {from}"), "keep the earlier text until then");
    }
    if let Some(until) = &form.header.until {
        match day(until) {
            None => fault("until", FaultKind::Header, "`until` is no day".to_owned(), "write a date: 2026-10-01"),
            Some(until) if until < from => {
                fault("until", FaultKind::Header, "it ends before it begins".to_owned(), "look at both dates");
            }
            Some(until) if until < today => {
                fault(
                    "until",
                    FaultKind::NotInForce,
                    format!("it held until {until}"),
                    "have its owner look at it and set new dates",
                );
            }
            Some(_) => {}
        }
    }
}

fn subject(checked: &mut Checked<'_>, form: &Form) {
    let mut fault = |what: &str, advice: &str| {
        checked.fault(&form.file, form.key_spot("subject"), FaultKind::Subject, (what.to_owned(), advice));
    };
    match &form.header.subject {
        None if form.header.topic.is_some() => fault("it has no subject", "add `subject`, with {{case.reference}}"),
        Some(subject) if !subject.contains("{{case.reference}}") => {
            fault("its subject does not name the case", "put {{case.reference}} in, so that answers find their case");
        }
        Some(subject) if subject.chars().count() > 90 => {
            fault("its subject is too long", "keep it under 90 characters");
        }
        Some(_) | None => {}
    }
}

fn paragraphs(checked: &mut Checked<'_>, form: &Form) {
    let mut seen = BTreeSet::new();
    for item in &form.items {
        let Item::Paragraph(paragraph) = item else { continue };
        if !seen.insert(&paragraph.id) && paragraph.when.is_none() {
            let what = format!("the paragraph `{}` stands there twice", paragraph.id);
            checked.fault(&form.file, paragraph.spot, FaultKind::DuplicateParagraph, (what, "give each its own name"));
        }
        let empty = |text: &str| text.trim().is_empty();
        if paragraph.choices.is_empty() {
            let what = format!("the paragraph `{}` says nothing", paragraph.id);
            checked.fault(
                &form.file,
                paragraph.spot,
                FaultKind::EmptyParagraph,
                (what, "write it or take its mark out"),
            );
            continue;
        }
        for choice in paragraph.choices.iter().filter(|choice| empty(&choice.text.source)) {
            let what = format!("a text of the paragraph `{}` says nothing", paragraph.id);
            checked.fault(&form.file, choice.spot, FaultKind::EmptyParagraph, (what, "write it or take its mark out"));
        }
        if paragraph.kind == ParagraphKind::Choice {
            choices(checked, form, paragraph);
        }
    }
    if form.items.is_empty() || matches!(form.items.as_slice(), [Item::Phrase(text)] if text.source.is_empty()) {
        let what = "the template says nothing".to_owned();
        checked.fault(&form.file, Spot::line(1), FaultKind::EmptyParagraph, (what, "write it or take the file out"));
    }
}

fn choices(checked: &mut Checked<'_>, form: &Form, paragraph: &super::super::form::Paragraph) {
    let mut fault = |spot: Spot, what: String, advice: &str| {
        checked.fault(&form.file, spot, FaultKind::Choices, (what, advice));
    };
    let last = paragraph.choices.len() - 1;
    let mut seen: Vec<&Chosen> = Vec::new();
    for (at, choice) in paragraph.choices.iter().enumerate() {
        if seen.contains(&&choice.when) {
            fault(
                choice.spot,
                "the same choice stands there twice".to_owned(),
                "the second can never be taken: change or drop it",
            );
        } else if at < last && matches!(choice.when, Chosen::Otherwise | Chosen::Anyway) {
            fault(
                choice.spot,
                "the choice for the rest is not the last".to_owned(),
                "put it last: what follows is never taken",
            );
        }
        seen.push(&choice.when);
    }
    if paragraph.choices.len() == 1 {
        fault(
            paragraph.spot,
            format!("`{}` has only one choice", paragraph.id),
            "make it locked or editable, with `when`",
        );
    }
}

/// The parts that a template holds, with those they hold.
fn parts(checked: &mut Checked<'_>, form: &Form) {
    for item in &form.items {
        let Item::Part { name, spot, .. } = item else { continue };
        let key = format!("{}/{name}", form.folder());
        let file_told = !checked.is_clean(&format!("{key}.hbs"));
        match checked.forms.get(&key) {
            None if file_told => {}
            None => {
                let what = format!("there is no part `{name}` in this language");
                checked.fault(&form.file, *spot, FaultKind::UnknownPart, (what, "write its name as the file has it"));
            }
            Some(part) if matches!(part.items.first(), Some(Item::Phrase(_))) => {
                let what = format!("`{name}` is a phrase without paragraphs");
                let advice = "put it into a paragraph as {{> name}}, or give it marks";
                checked.fault(&form.file, *spot, FaultKind::UnknownPart, (what, advice));
            }
            Some(part) => {
                let (class, loops) = (part.header.disclosure, reaches(checked, &key, &form.file, 0));
                if class > form.header.disclosure {
                    let what = format!("the part `{name}` is {class}, this template only {}", form.header.disclosure);
                    let advice = "raise the class of this template, or take the part out";
                    checked.fault(&form.file, *spot, FaultKind::Disclosure, (what, advice));
                }
                if loops {
                    let what = format!("the part `{name}` holds this template again");
                    checked.fault(&form.file, *spot, FaultKind::PartLoop, (what, "break the ring"));
                }
            }
        }
    }
}

fn reaches(checked: &Checked<'_>, name: &str, file: &str, depth: usize) -> bool {
    let Some(form) = checked.forms.get(name) else { return false };
    form.file == file
        || depth >= DEPTH
        || form.items.iter().any(|item| match item {
            Item::Part { name, .. } => reaches(checked, &format!("{}/{name}", form.folder()), file, depth + 1),
            Item::Paragraph(_) | Item::Phrase(_) => false,
        })
}

/// The names of the paragraphs of a template and its parts.
fn paragraph_names(checked: &Checked<'_>, form: &Form, depth: usize, names: &mut BTreeSet<String>) {
    for item in &form.items {
        match item {
            Item::Paragraph(paragraph) => {
                names.insert(paragraph.id.clone());
            }
            Item::Part { name, .. } if depth < DEPTH => {
                if let Some(part) = checked.forms.get(&format!("{}/{name}", form.folder())) {
                    paragraph_names(checked, part, depth + 1, names);
                }
            }
            Item::Part { .. } | Item::Phrase(_) => {}
        }
    }
}

/// Whether a part of it is not there; that was told by its own name.
fn lacks_a_part(checked: &Checked<'_>, form: &Form, depth: usize) -> bool {
    depth < DEPTH
        && form.items.iter().any(|item| match item {
            Item::Part { name, .. } => {
                let part = checked.forms.get(&format!("{}/{name}", form.folder()));
                part.is_none_or(|part| lacks_a_part(checked, part, depth + 1))
            }
            Item::Paragraph(_) | Item::Phrase(_) => false,
        })
}

fn required(checked: &mut Checked<'_>, form: &Form) {
    if !checked.is_clean(&form.file) || lacks_a_part(checked, form, 0) {
        return;
    }
    let mut names = BTreeSet::new();
    paragraph_names(checked, form, 0, &mut names);
    for wanted in form.header.required.iter().filter(|wanted| !names.contains(*wanted)) {
        let what = format!("it requires the paragraph `{wanted}`, which is not there");
        checked.fault(
            &form.file,
            form.key_spot("required"),
            FaultKind::RequiredParagraph,
            (what, "write the paragraph"),
        );
    }
    let topic = form.header.topic.as_deref().and_then(|topic| topic.parse::<Topic>().ok());
    let rules = topic.map_or_else(|| rules::required_of_frame(&form.header.name), rules::required);
    for wanted in rules.iter().filter(|wanted| !names.contains(**wanted)) {
        let what = format!("a reply of this kind must have a paragraph `{wanted}`");
        let advice = "write it, or call the part that has it (docs/replies.md says which rule asks for it)";
        checked.fault(&form.file, form.key_spot("name"), FaultKind::RequiredParagraph, (what, advice));
    }
}

fn unused(checked: &mut Checked<'_>, forms: &[Form]) {
    // A call may stand in a file that could not be read.
    if !checked.faults.is_empty() {
        return;
    }
    for form in forms.iter().filter(|form| form.header.name.starts_with('_')) {
        let phrase = format!("{{{{> {}", form.header.name);
        let called = forms.iter().filter(|other| other.folder() == form.folder()).any(|other| {
            other.items.iter().any(|item| match item {
                Item::Part { name, .. } => *name == form.header.name,
                Item::Phrase(text) => text.source.contains(&phrase),
                Item::Paragraph(paragraph) => {
                    paragraph.choices.iter().any(|choice| choice.text.source.contains(&phrase))
                }
            })
        });
        if !called {
            let what = format!("no template uses `{}`", form.header.name);
            checked.fault(&form.file, form.key_spot("name"), FaultKind::UnusedPart, (what, "call it or take it out"));
        }
    }
}

/// The page around a mail: it must say its language, and fetch nothing.
fn page(checked: &mut Checked<'_>, page: Option<&str>) {
    let Some(page) = page else {
        let what = "the page around mails is missing".to_owned();
        return checked.fault(
            MAIL_PAGE,
            Spot::line(1),
            FaultKind::Missing,
            (what, "copy it from the embedded templates"),
        );
    };
    let mut fault = |at: usize, kind: FaultKind, what: String, advice: &str| {
        let spot = super::super::form::spot_of(page, at);
        checked.fault(MAIL_PAGE, spot, kind, (what, advice));
    };
    if let Err(error) = handlebars::template::Template::compile(page) {
        let at = error.pos().map_or(0, |(line, _)| page.lines().take(line - 1).map(|line| line.len() + 1).sum());
        return fault(at, FaultKind::Syntax, "it is not Handlebars".to_owned(), "look at the braces");
    }
    for braces in ["{{{", "{{&"] {
        if let Some(at) = page.find(braces) {
            fault(
                at,
                FaultKind::TripleBraces,
                "a value is put in without being made harmless".to_owned(),
                "use two braces",
            );
        }
    }
    for wanted in ["lang=\"{{language}}\"", "<title>", "<h1", "<main", "<meta charset"] {
        if !page.contains(wanted) {
            fault(0, FaultKind::MailPage, format!("it lacks `{wanted}`"), "readers and screen readers need it");
        }
    }
    let small = page.to_ascii_lowercase();
    for barred in ["http://", "https://", "src=", "url(", "<script", "<link", "@import", "<iframe", "<form", "<object"]
    {
        if let Some(at) = small.find(barred) {
            fault(
                at,
                FaultKind::MailPage,
                format!("`{barred}` fetches or runs something"),
                "a mail holds all it shows",
            );
        }
    }
}
