//! Past letters like the one of a case, with the replies that went out. What these say of another
//! customer is taken out.

use serde_json::Value;

use super::Site;
use crate::accounts::personal_data::masked;
use crate::clock::local_date;
use crate::letter::{Language, Topic};
use crate::pipeline::learning::Resembling;
use crate::reading::Reading;
use crate::store::{CaseRow, LetterRow, RevisionRow, StoreError, Tx};

/// How many past cases are shown.
const SHOWN: usize = 3;
/// Stands where something of another customer was.
const TAKEN_OUT: &str = "[\u{2026}]";
/// Numbers with at least so many digits are of an account or a person; telephones have fewer.
const LONG_NUMBER: usize = 11;

/// A past case with its reply.
pub(in crate::web) struct SimilarReply {
    /// What people call the case.
    pub(in crate::web) reference: String,
    /// What it was about.
    pub(in crate::web) about: String,
    /// How alike the letters are, in percent.
    pub(in crate::web) percent: u8,
    /// When the reply was written.
    pub(in crate::web) written_on: String,
    /// The language of the reply.
    pub(in crate::web) language: String,
    /// The reply, without what it says of the other customer.
    pub(in crate::web) body: String,
}

impl SimilarReply {
    /// For the API.
    pub(in crate::web) fn json(&self) -> Value {
        serde_json::json!({
            "reference": self.reference, "about": self.about, "likeness": f64::from(self.percent) / 100.0,
            "written_on": self.written_on, "language": self.language, "body": self.body,
        })
    }
}

/// The past cases most like a case's newest letter of a person, in the language of the case.
pub(in crate::web) async fn similar(
    site: &Site,
    tx: &mut Tx,
    case: &CaseRow,
    letters: &[LetterRow],
) -> Result<Vec<SimilarReply>, StoreError> {
    let Some(reading) = letters.iter().rev().find_map(of_a_person) else { return Ok(Vec::new()) };
    let text = if reading.new_text.trim().is_empty() { &reading.body } else { &reading.new_text };
    // Where the program is unsure of the topics, any past case may help.
    let topics: &[Topic] = if case.unsure { &[] } else { &case.topics };
    let found = site.past.resembling(&site.in_use.judge(), (&reading.subject, text), (&case.id, topics), SHOWN * 3);
    let mut replies = Vec::new();
    for past in found {
        if replies.len() == SHOWN {
            break;
        }
        replies.extend(reply(site, tx, case.language, &past).await?);
    }
    Ok(replies)
}

fn of_a_person(letter: &LetterRow) -> Option<Reading> {
    if letter.kind.as_deref() != Some("person") {
        return None;
    }
    serde_json::from_str(letter.reading.as_deref()?).ok()
}

async fn reply(
    site: &Site,
    tx: &mut Tx,
    language: Language,
    past: &Resembling,
) -> Result<Option<SimilarReply>, StoreError> {
    let (Some(case), Some(revision)) = (tx.case(&past.case).await?, tx.revision(&past.revision).await?) else {
        return Ok(None);
    };
    if case.language != language {
        return Ok(None);
    }
    let account = match &case.account_number {
        Some(number) => tx.whole_account(number).await?.map(|rows| rows.account),
        None => None,
    };
    let account = account.and_then(|account| serde_json::to_value(account).ok()).unwrap_or_default();
    let own_domain = site.office.organization.address.rsplit('@').next().unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a likeness is between 0 and 1")]
    let percent = (past.likeness.clamp(0.0, 1.0) * 100.0).round() as u8;
    Ok(Some(SimilarReply {
        about: case.topics.iter().map(|topic| topic.title()).collect::<Vec<_>>().join(", "),
        percent,
        written_on: local_date(crate::clock::from_microseconds(revision.created_at), &site.office.organization.zone)
            .to_string(),
        language: revision.language.clone(),
        body: without_the_other(&revision.body, &words_of(&case, &revision, &account), own_domain),
        reference: case.reference.to_string(),
    }))
}

/// Everything that a reply may say of its customer: the names, and every text that the account
/// brought into it.
fn words_of(case: &CaseRow, revision: &RevisionRow, account: &Value) -> Vec<String> {
    let mut words = Vec::new();
    let facts: Value = serde_json::from_str(&revision.facts).unwrap_or_default();
    texts(&facts["account"], &mut words);
    texts(&facts["customer"], &mut words);
    for name in ["account_number", "name", "co_name", "email", "phone", "mailing_address", "service_address"] {
        texts(&account[name], &mut words);
    }
    let names: Vec<String> = [case.customer_name.as_deref(), account["name"].as_str(), account["co_name"].as_str()]
        .into_iter()
        .flatten()
        .chain(facts["customer"]["name"].as_str())
        .flat_map(|name| name.split(|character: char| !character.is_alphanumeric()))
        .filter(|part| part.chars().count() >= 3)
        .map(ToOwned::to_owned)
        .collect();
    words.extend(names);
    words.extend(case.account_number.clone());
    words.retain(|word| word.chars().count() >= 3);
    // The longest first, so that a whole name goes before its parts.
    words.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
    words.dedup();
    words
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.trim().to_owned()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(values) => values.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A reply without these words, mail addresses of others and long numbers.
fn without_the_other(body: &str, words: &[String], own_domain: &str) -> String {
    let mut text = body.to_owned();
    for word in words {
        text = replaced(&text, word);
    }
    masked(&without_numbers(&without_addresses(&text, own_domain)))
}

/// The text with every whole occurrence of a word taken out, however its letters are cased.
fn replaced(text: &str, word: &str) -> String {
    let (folded, wanted) = (text.to_lowercase(), word.to_lowercase());
    // Where folding moves the bytes, only the same spelling is found.
    let (haystack, needle) = if folded.len() == text.len() { (folded.as_str(), wanted.as_str()) } else { (text, word) };
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for (start, found) in haystack.match_indices(needle) {
        let end = start + found.len();
        if start < at || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            continue;
        }
        let part_of_a_word =
            text[..start].ends_with(char::is_alphanumeric) || text[end..].starts_with(char::is_alphanumeric);
        if !part_of_a_word {
            kept.push_str(&text[at..start]);
            kept.push_str(TAKEN_OUT);
            at = end;
        }
    }
    kept.push_str(&text[at..]);
    kept
}

fn without_addresses(text: &str, own_domain: &str) -> String {
    let foreign = |word: &str| {
        let bare = word.trim_matches(|character: char| !character.is_alphanumeric());
        bare.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.eq_ignore_ascii_case(own_domain)
        })
    };
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let (bare, end) = word.split_at(word.trim_end().len());
            if foreign(bare) { format!("{TAKEN_OUT}{end}") } else { word.to_owned() }
        })
        .collect()
}

/// Digits with blanks or hyphens between them, when they are many, become dots but for the last
/// four.
fn without_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut run = String::new();
    let end_run = |run: &mut String, kept: &mut String| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let mut seen = 0;
        for character in run.drain(..) {
            seen += usize::from(character.is_ascii_digit());
            let hidden = digits >= LONG_NUMBER && character.is_ascii_digit() && seen + 4 <= digits;
            kept.push(if hidden { '\u{2022}' } else { character });
        }
    };
    for character in text.chars() {
        let inside = character.is_ascii_digit() || (!run.is_empty() && matches!(character, ' ' | '-'));
        if inside {
            run.push(character);
        } else {
            end_run(&mut run, &mut kept);
            kept.push(character);
        }
    }
    end_run(&mut run, &mut kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(body: &str, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        without_the_other(body, &words, "utility.example")
    }

    #[test]
    fn names_addresses_and_account_facts_of_the_other_customer_are_gone() {
        let body = "Dear ANA Pérez,\n\nYour account ending in 1234 at 12 N 5th St owes $412.10. Write to \
                    ana@customer.example or inquiries@utility.example, or call (215) 555-0100.";
        let words = ["Ana Pérez", "ending in 1234", "12 N 5th St", "$412.10"];
        assert_eq!(
            out(body, &words),
            "Dear [\u{2026}],\n\nYour account [\u{2026}] at [\u{2026}] owes [\u{2026}]. Write to [\u{2026}] or \
             inquiries@utility.example, or call (215) 555-0100."
        );
    }

    #[test]
    fn a_name_inside_a_word_is_left() {
        assert_eq!(out("Banana for Ana.", &["Ana"]), "Banana for [\u{2026}].");
    }

    #[test]
    fn long_numbers_keep_their_last_four_digits() {
        assert_eq!(
            out("account 1234 5678 9012 now", &[]),
            "account \u{2022}\u{2022}\u{2022}\u{2022} \u{2022}\u{2022}\u{2022}\u{2022} 9012 now"
        );
        assert_eq!(out("call 215-555-0100", &[]), "call 215-555-0100");
    }
}
