//! The list of sources, and the citations that name them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::fault::{Fault, FaultKind, Spot};
use super::super::form::{Form, Item, day};
use super::super::templates::SOURCES;
use super::Checked;

/// One source of what replies say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    key: String,
    /// What it is; for people who look it up.
    #[serde(rename = "title")]
    _title: String,
    /// The last day on which it may be cited.
    until: Option<toml::value::Datetime>,
}

#[derive(Deserialize)]
struct File {
    source: Vec<Source>,
}

pub(super) fn parse(text: Option<&str>, faults: &mut Vec<Fault>) -> BTreeMap<String, Source> {
    let Some(text) = text else {
        let advice = "copy it from the embedded templates";
        faults.push(Spot::line(1).fault(SOURCES, FaultKind::Missing, "the list of sources is missing", advice));
        return BTreeMap::new();
    };
    match toml::from_str::<File>(text) {
        Ok(file) => file.source.into_iter().map(|source| (source.key.clone(), source)).collect(),
        Err(error) => {
            let spot = super::super::form::spot_of(text, error.span().map_or(0, |span| span.start));
            faults.push(spot.fault(SOURCES, FaultKind::Header, error.message().replace('\n', " "), "look at the line"));
            BTreeMap::new()
        }
    }
}

pub(super) fn check(checked: &mut Checked<'_>, sources: &BTreeMap<String, Source>) {
    if !checked.is_clean(SOURCES) {
        return;
    }
    let forms: Vec<Form> = checked.forms.values().cloned().collect();
    for form in &forms {
        let spot = form.key_spot("citations");
        let frame = super::super::templates::FRAME.contains(&form.header.name.as_str());
        let phrase = matches!(form.items.first(), Some(Item::Phrase(_)));
        if form.header.citations.is_empty() && !frame && !phrase {
            let what = "nothing says where it is from".to_owned();
            let advice = "add `citations` with keys of sources.toml";
            checked.fault(&form.file, form.key_spot("name"), FaultKind::Citation, (what, advice));
        }
        for key in &form.header.citations {
            cited(checked, form, (key, spot), sources);
        }
        for item in &form.items {
            let Item::Paragraph(paragraph) = item else { continue };
            for key in paragraph.citations.iter().filter(|key| !form.header.citations.contains(key)) {
                let what = format!("the paragraph `{}` cites \"{key}\", the header does not", paragraph.id);
                checked.fault(
                    &form.file,
                    paragraph.spot,
                    FaultKind::Citation,
                    (what, "add it to the header's citations"),
                );
            }
        }
    }
}

fn cited(checked: &mut Checked<'_>, form: &Form, (key, spot): (&str, Spot), sources: &BTreeMap<String, Source>) {
    let today = checked.against.today;
    match sources.get(key) {
        None => {
            let what = format!("\"{key}\" is in no list of sources");
            let advice = "write the key as sources.toml has it, or enter the source there";
            checked.fault(&form.file, spot, FaultKind::Citation, (what, advice));
        }
        Some(source) => {
            if let Some(until) = source.until.as_ref().and_then(day).filter(|until| *until < today) {
                let what = format!("the source \"{key}\" no longer holds since {until}");
                let advice = "cite a newer one, and look at what the text says";
                checked.fault(&form.file, spot, FaultKind::OutOfDate, (what, advice));
            }
        }
    }
}
