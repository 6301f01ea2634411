//! The languages side by side: the same paragraphs, values, dates and sources.

use std::collections::BTreeSet;

use handlebars::template::Template;

use super::super::fault::{FaultKind, Spot};
use super::super::form::{Chosen, Form, Item, Paragraph, Text};
use super::super::walk::printed;
use super::Checked;

/// The languages that are compared with the first.
const OTHERS: &[&str] = &["es"];

pub(super) fn check(checked: &mut Checked<'_>) {
    let first: Vec<Form> = checked.forms.values().filter(|form| form.folder() == "en").cloned().collect();
    for form in &first {
        for language in OTHERS {
            let Some(other) = checked.forms.get(&format!("{language}/{}", form.header.name)).cloned() else { continue };
            // One fault is told once: what is wrong in one language is not compared.
            if checked.is_clean(&form.file) && checked.is_clean(&other.file) {
                headers(checked, form, &other);
                items(checked, form, &other);
            }
        }
    }
}

const ADVICE: &str = "both languages must say the same: change one of them";

fn headers(checked: &mut Checked<'_>, form: &Form, other: &Form) {
    let (one, two) = (&form.header, &other.header);
    let citations = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    let differences = [
        ("topic", one.topic != two.topic),
        ("version", one.version != two.version),
        ("from", one.from != two.from),
        ("until", one.until != two.until),
        ("disclosure", one.disclosure != two.disclosure),
        ("place", one.place != two.place),
        ("required", one.required != two.required),
        ("citations", citations(&one.citations) != citations(&two.citations)),
        ("title", one.title.is_some() != two.title.is_some()),
        ("subject", one.subject.is_some() != two.subject.is_some()),
    ];
    for (key, _) in differences.iter().filter(|(_, differs)| *differs) {
        let what = format!("`{key}` differs from `{}`", form.file);
        checked.fault(&other.file, other.key_spot(key), FaultKind::Parity, (what, ADVICE));
    }
}

fn items(checked: &mut Checked<'_>, form: &Form, other: &Form) {
    let mut fault = |spot: Spot, what: String| checked.fault(&other.file, spot, FaultKind::Parity, (what, ADVICE));
    let names = |form: &Form| form.items.iter().map(name).collect::<Vec<_>>();
    let (one, two) = (names(form), names(other));
    if one != two {
        let at = one.iter().zip(&two).position(|(one, two)| one != two).unwrap_or(one.len().min(two.len()));
        let spot = other.items.get(at).or(other.items.last()).map_or(Spot::line(1), spot);
        let wanted = one.get(at).map_or("nothing", String::as_str);
        let found = two.get(at).map_or("nothing", String::as_str);
        return fault(spot, format!("here stands {found}, and {wanted} in `{}`", form.file));
    }
    for (one, two) in form.items.iter().zip(&other.items) {
        match (one, two) {
            (Item::Paragraph(one), Item::Paragraph(two)) => {
                if let Some(what) = paragraphs(one, two) {
                    fault(two.spot, what);
                }
            }
            (Item::Phrase(one), Item::Phrase(two)) => {
                if let Some(what) = values(std::iter::once(one), std::iter::once(two)) {
                    fault(Spot::line(two.line), what);
                }
            }
            (Item::Part { when: one, .. }, Item::Part { when: two, spot, .. }) if one != two => {
                fault(*spot, "the part has another condition".to_owned());
            }
            _ => {}
        }
    }
}

fn name(item: &Item) -> String {
    match item {
        Item::Paragraph(paragraph) => format!("the {} paragraph `{}`", paragraph.kind, paragraph.id),
        Item::Part { name, .. } => format!("the part `{name}`"),
        Item::Phrase(_) => "a phrase".to_owned(),
    }
}

fn spot(item: &Item) -> Spot {
    match item {
        Item::Paragraph(paragraph) => paragraph.spot,
        Item::Part { spot, .. } => *spot,
        Item::Phrase(text) => Spot::line(text.line),
    }
}

fn paragraphs(one: &Paragraph, two: &Paragraph) -> Option<String> {
    if one.when != two.when {
        return Some("the paragraph has another condition".to_owned());
    }
    if one.citations.iter().collect::<BTreeSet<_>>() != two.citations.iter().collect::<BTreeSet<_>>() {
        return Some("the paragraph has other sources".to_owned());
    }
    let choices =
        |paragraph: &Paragraph| paragraph.choices.iter().map(|choice| choice.when.clone()).collect::<Vec<Chosen>>();
    if choices(one) != choices(two) {
        return Some("the paragraph has other choices".to_owned());
    }
    one.choices
        .iter()
        .zip(&two.choices)
        .find_map(|(one, two)| values(std::iter::once(&one.text), std::iter::once(&two.text)))
}

/// The values, which hold every number, date and address, must be the same.
fn values<'a>(one: impl Iterator<Item = &'a Text>, two: impl Iterator<Item = &'a Text>) -> Option<String> {
    let of = |texts: &mut dyn Iterator<Item = &'a Text>| {
        texts
            .filter_map(|text| Template::compile(&text.source).ok())
            .flat_map(|text| printed(&text))
            .collect::<BTreeSet<_>>()
    };
    let (mut one, mut two) = (one, two);
    let (one, two) = (of(&mut one), of(&mut two));
    let only = |from: &BTreeSet<String>, other: &BTreeSet<String>| from.difference(other).next().cloned();
    if let Some(value) = only(&one, &two) {
        return Some(format!("`{value}` is printed in English only"));
    }
    only(&two, &one).map(|value| format!("`{value}` is printed here only"))
}
