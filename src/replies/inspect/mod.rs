//! The checks of one draft: every figure has its source, every question its answer, nothing is
//! told that should not be, and it goes to the right address.
//!
//! Pure: what only others can know (account numbers found, addresses on file) is handed in.

mod asks;
mod figures;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use asks::Ask;

use super::compose::{Paragraph, missing_marks};
use crate::letter::words::words;
use crate::letter::{Language, Topic};

words! {
    /// What sort of concern a draft raises.
    ConcernKind("kind of concern") {
        /// A value stands in the text as missing.
        Missing = "missing",
        /// A figure that is in no fact, policy or finding.
        Orphan = "orphan",
        /// A question of the letter that nothing answers.
        Unanswered = "unanswered",
        /// The words of a locked paragraph were changed.
        Locked = "locked",
        /// A required paragraph was taken out.
        Required = "required",
        /// The number of another account.
        AccountNumber = "account_number",
        /// A social security, card or bank number.
        PersonalData = "personal_data",
        /// The name of somebody who has nothing to do with the account.
        Name = "name",
        /// Facts of an account for somebody who may not know them.
        Disclosure = "disclosure",
        /// An address that neither wrote nor is on file.
        Recipient = "recipient",
        /// A template that was withdrawn since.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What a concern means for the reply.
    Weight("weight of a concern") {
        /// It cannot be sent like this.
        Stops = "stops",
        /// It can be sent when somebody gives a reason.
        NeedsReason = "needs_reason",
        /// People should look at it.
        Look = "look",
    }
}

/// Something about a draft that people must see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// What sort.
    pub kind: ConcernKind,
    /// What it means for the reply.
    pub weight: Weight,
    /// What a reason is given for: the same concern has the same name in every revision.
    pub key: String,
    /// In words.
    pub what: String,
    /// Where it stands in the text, in characters; nothing for what is not there.
    pub place: Option<(usize, usize)>,
    /// Why it may stay, when somebody said so.
    pub reason: Option<String>,
}

impl Concern {
    /// Whether it keeps the reply from going out.
    #[must_use]
    pub fn holds_back(&self) -> bool {
        match self.weight {
            Weight::Stops => true,
            Weight::NeedsReason => self.reason.is_none(),
            Weight::Look => false,
        }
    }
}

/// What is inspected.
#[derive(Debug, Clone, Copy)]
pub struct Inspected<'a> {
    /// The subject of the reply.
    pub subject: &'a str,
    /// Its text.
    pub body: &'a str,
    /// Its language.
    pub language: Language,
    /// The facts it was made from, as the revision keeps them.
    pub facts: &'a Value,
    /// The templates it was made from, as the revision keeps them.
    pub template: &'a str,
    /// What the case is about.
    pub topics: &'a [Topic],
    /// The questions of the letter.
    pub asks: &'a [Ask],
    /// What only others can know.
    pub known: &'a Known<'a>,
}

/// What the surroundings know of a draft.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// The numbers of accounts in the text that are not the case's.
    pub other_accounts: Vec<Found>,
    /// Numbers of persons, cards and banks in the text.
    pub personal_data: Vec<Found>,
    /// The names of people who have to do with the account or the letter.
    pub names: Vec<String>,
    /// To whom the reply goes.
    pub recipient: Option<&'a str>,
    /// The addresses that wrote in this case, or are on file.
    pub addresses: Vec<String>,
    /// Whether it goes by post, to the lines of an address.
    pub posted: bool,
    /// Whether the recipient may know of the account.
    pub may_know: bool,
    /// The templates that are withdrawn: `en/dispute@3`.
    pub withdrawn: Vec<String>,
}

/// Something found in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is, without repeating it: `a card number`, `an account ending in 1234`.
    pub what: String,
    /// Where it stands, in characters.
    pub place: (usize, usize),
}

/// Everything about a draft that people must see.
#[must_use]
pub fn inspect(inspected: &Inspected<'_>) -> Vec<Concern> {
    let paragraphs = paragraphs_of(inspected.facts);
    let reasons: BTreeMap<String, String> =
        serde_json::from_value(inspected.facts["reasons"].clone()).unwrap_or_default();
    let mut concerns = Vec::new();
    missing(inspected, &mut concerns);
    concerns.extend(figures::orphans(inspected));
    standing(inspected, &paragraphs, &mut concerns);
    concerns.extend(asks::unanswered(inspected, &paragraphs));
    disclosure(inspected, &paragraphs, &mut concerns);
    names(inspected, &mut concerns);
    recipient(inspected, &mut concerns);
    withdrawn(inspected, &mut concerns);
    for concern in &mut concerns {
        concern.reason = reasons.get(&concern.key).cloned();
    }
    concerns
}

/// The paragraphs that a revision keeps.
#[must_use]
pub fn paragraphs_of(facts: &Value) -> Vec<Paragraph> {
    serde_json::from_value(facts["paragraphs"].clone()).unwrap_or_default()
}

fn concern(kind: ConcernKind, weight: Weight, key: &str, what: String) -> Concern {
    Concern { kind, weight, key: format!("{kind}:{key}"), what, place: None, reason: None }
}

fn missing(inspected: &Inspected<'_>, concerns: &mut Vec<Concern>) {
    for name in missing_marks(inspected.subject).into_iter().chain(missing_marks(inspected.body)) {
        let what = format!("the value {name} is missing");
        concerns.push(concern(ConcernKind::Missing, Weight::Stops, &name, what));
    }
}

/// How a composed paragraph stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Word for word, or as one of its choices.
    Whole,
    /// In other words.
    Changed,
    /// Not at all.
    Gone,
}

fn stands(paragraph: &Paragraph, text: &str) -> Standing {
    let body = one_blank(text);
    let whole = |text: &String| body.contains(&one_blank(text));
    if whole(&paragraph.text) || paragraph.alternatives.iter().any(whole) {
        return Standing::Whole;
    }
    let lower = paragraph.text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|character: char| !character.is_alphanumeric()).filter(|word| word.chars().count() > 3).collect();
    if kept_somewhere(&words, lower.split("\n\n").count(), text) { Standing::Changed } else { Standing::Gone }
}

/// Whether most of the words stand together in some blocks of the text.
fn kept_somewhere(words: &[&str], count: usize, text: &str) -> bool {
    let lower = text.to_lowercase();
    let blocks: Vec<&str> = lower.split("\n\n").collect();
    blocks.windows(count.clamp(1, blocks.len())).any(|window| {
        let kept = words.iter().filter(|word| window.iter().any(|block| block.contains(**word))).count();
        !words.is_empty() && kept * 10 >= words.len() * 7
    })
}

fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a person wrote the letter by their own words: then no paragraph can be missed.
fn is_own_letter(paragraphs: &[Paragraph], body: &str) -> bool {
    !paragraphs.iter().any(|paragraph| {
        paragraph.topic.is_some() && paragraph.id != "title" && stands(paragraph, body) == Standing::Whole
    })
}

/// Locked and required paragraphs that were changed or taken out.
fn standing(inspected: &Inspected<'_>, paragraphs: &[Paragraph], concerns: &mut Vec<Concern>) {
    let weight = if is_own_letter(paragraphs, inspected.body) { Weight::Look } else { Weight::NeedsReason };
    for paragraph in paragraphs.iter().filter(|paragraph| paragraph.id != "title") {
        let locked = paragraph.kind != super::form::ParagraphKind::Editable;
        let name = format!("{}#{}", paragraph.template, paragraph.id);
        match stands(paragraph, inspected.body) {
            Standing::Changed if locked => {
                let what = format!("the words of the {} paragraph `{name}` were changed", paragraph.kind);
                concerns.push(concern(ConcernKind::Locked, weight, &name, what));
            }
            Standing::Gone if paragraph.required => {
                let what = format!("the required paragraph `{name}` was taken out");
                concerns.push(concern(ConcernKind::Required, weight, &name, what));
            }
            Standing::Whole | Standing::Changed | Standing::Gone => {}
        }
    }
}

fn disclosure(inspected: &Inspected<'_>, paragraphs: &[Paragraph], concerns: &mut Vec<Concern>) {
    let known = inspected.known;
    for (kind, found) in known
        .other_accounts
        .iter()
        .map(|found| (ConcernKind::AccountNumber, found))
        .chain(known.personal_data.iter().map(|found| (ConcernKind::PersonalData, found)))
    {
        let mut concern =
            concern(kind, Weight::Stops, &format!("{}", found.place.0), format!("the text holds {}", found.what));
        concern.place = Some(found.place);
        concerns.push(concern);
    }
    let told = paragraphs.iter().find(|paragraph| {
        paragraph.sources.iter().any(|source| source.from == "account")
            && stands(paragraph, inspected.body) != Standing::Gone
    });
    if let Some(paragraph) = told.filter(|_| !known.may_know) {
        let what = format!(
            "the paragraph `{}#{}` tells facts of the account, and the recipient is not on file for it",
            paragraph.template, paragraph.id
        );
        concerns.push(concern(ConcernKind::Disclosure, Weight::Stops, "account", what));
    }
}

/// Names after a form of address that belong to nobody of the account or the letter.
fn names(inspected: &Inspected<'_>, concerns: &mut Vec<Concern>) {
    const BEFORE: &[&str] =
        &["dear", "mr", "mrs", "ms", "dr", "estimado", "estimada", "estimado/a", "sr", "sra", "señor", "señora"];
    let known: Vec<String> = inspected
        .known
        .names
        .iter()
        .flat_map(|name| name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>())
        .collect();
    for line in inspected.body.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            let bare = word.trim_end_matches(['.', ',', ':']).to_lowercase();
            if !BEFORE.contains(&bare.as_str()) {
                continue;
            }
            let name: Vec<&str> = words[at + 1..]
                .iter()
                .take(4)
                .map(|word| word.trim_matches(|character: char| !character.is_alphanumeric()))
                .take_while(|word| word.chars().next().is_some_and(char::is_uppercase))
                .collect();
            // `Dear Mr. X`: the name is looked at behind `Mr.`.
            if name.first().is_some_and(|first| BEFORE.contains(&first.to_lowercase().as_str())) {
                continue;
            }
            let stranger = |word: &&&str| word.chars().count() > 1 && !known.contains(&word.to_lowercase());
            if name.iter().any(|word| stranger(&word)) {
                let name = name.join(" ");
                let what = format!("\"{name}\" is no name of the account or the letter");
                concerns.push(concern(ConcernKind::Name, Weight::NeedsReason, &name, what));
            }
        }
    }
}

fn recipient(inspected: &Inspected<'_>, concerns: &mut Vec<Concern>) {
    let Some(recipient) = inspected.known.recipient else {
        let what = "there is no address to answer to".to_owned();
        return concerns.push(concern(ConcernKind::Recipient, Weight::Stops, "none", what));
    };
    let on_file = inspected.known.addresses.iter().any(|address| address.eq_ignore_ascii_case(recipient));
    if !on_file {
        // A letter shows its postal address inside; whoever approves sees it and the reason for it.
        let weight = if inspected.known.posted { Weight::NeedsReason } else { Weight::Stops };
        let what = "the address neither wrote in this case nor is on file".to_owned();
        concerns.push(concern(ConcernKind::Recipient, weight, "address", what));
    }
}

fn withdrawn(inspected: &Inspected<'_>, concerns: &mut Vec<Concern>) {
    for used in inspected.template.split_whitespace() {
        if inspected.known.withdrawn.iter().any(|withdrawn| withdrawn == used) {
            let what = format!("the template `{used}` was withdrawn; draft the reply anew");
            concerns.push(concern(ConcernKind::Withdrawn, Weight::Stops, used, what));
        }
    }
}
