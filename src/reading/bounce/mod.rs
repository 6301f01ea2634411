//! Delivery reports: whether a message is one, and what it says became of each recipient.
//!
//! Reports come as fields for machines (RFC 3464), as complaints (RFC 5965), as JSON, and as
//! plain words in the forms of many mail systems; the words fill in what the fields leave out.

mod address;
mod code;
mod fields;
mod notice;
mod notification;
pub(super) mod origin;
mod phrases;
mod recipients;
#[cfg(test)]
mod stories;

use mail_parser::{Message, MimeHeaders};

use self::fields::Fields;
use self::notice::Notice;
use self::origin::Origin;
use self::recipients::Named;
use super::{Bounce, BouncedRecipient};

/// More recipients than a report of ours can have; the rest of a longer one is left unread.
const RECIPIENTS: usize = 1000;

/// The longest reason that is kept.
const REASON_CHARACTERS: usize = 1000;

/// Whether a header may be that of a delivery report.
pub(super) fn may_be_report(origin: &Origin) -> bool {
    origin.has_any(&["x-failed-recipients"]) || origin.is_caretaker()
}

/// Whether a message is a delivery report. `automatic` says that a program marked it as its own.
pub(super) fn is_report(message: &Message<'_>, origin: &Origin, automatic: bool) -> bool {
    match report_type(message).as_deref() {
        Some("delivery-status" | "feedback-report" | "") => return true,
        // A receipt that a letter was read is automatic, but no delivery report.
        Some(_) => return false,
        None => {}
    }
    if origin.has_any(&["x-failed-recipients"]) || origin.is_daemon() {
        return true;
    }
    let system = origin.has_null_sender() || origin.is_caretaker() || origin.is_submitted_by_program();
    if !system && !automatic && !has_status(message) {
        return false;
    }
    let notice = Notice::of(message);
    notification::read(&notice.text).is_some()
        || if system { speaks_of_failure(message, &notice) } else { is_plainly_a_report(message, &notice) }
}

/// The `report-type` of a multipart/report, empty when it has none.
fn report_type(message: &Message<'_>) -> Option<String> {
    let content_type = message.content_type()?;
    let is_report = content_type.ctype().eq_ignore_ascii_case("multipart")
        && content_type.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"));
    is_report.then(|| content_type.attribute("report-type").unwrap_or_default().to_ascii_lowercase())
}

/// Whether a part of the message itself, not of one inside it, is a delivery status.
fn has_status(message: &Message<'_>) -> bool {
    message.parts.iter().any(|part| {
        part.content_type()
            .and_then(|content_type| content_type.subtype())
            .is_some_and(|subtype| subtype.eq_ignore_ascii_case("delivery-status"))
    })
}

/// Whether what a mail system wrote says that something failed, and for whom.
fn speaks_of_failure(message: &Message<'_>, notice: &Notice) -> bool {
    if !notice.status.is_empty() {
        return true;
    }
    let says_so = names_failure(message.subject().unwrap_or_default()) || names_failure(start(&notice.text, 2000));
    says_so && (!recipients::in_notice(&notice.text, &own(message)).is_empty() || !notice.original_to.is_empty())
}

/// Whether a message of no system that we know is a report all the same: a newsletter or a list
/// may quote one, and a customer may pass one on with a question.
fn is_plainly_a_report(message: &Message<'_>, notice: &Notice) -> bool {
    const ANSWERED_OR_PASSED_ON: &[&str] = &["re:", "fw:", "fwd:", "rv:", "tr:", "wg:", "aw:", "rm:"];
    let subject = message.subject().unwrap_or_default().trim().to_lowercase();
    !ANSWERED_OR_PASSED_ON.iter().any(|prefix| subject.starts_with(prefix))
        && (names_failure(&subject) || !notice.status.is_empty())
        && names_failure(start(&notice.text, 500))
        && (!recipients::in_notice(&notice.text, &own(message)).is_empty() || !notice.status.is_empty())
}

fn names_failure(text: &str) -> bool {
    contains_any(&text.to_lowercase(), phrases::FAILURE)
}

fn start(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What a delivery report says.
pub(super) fn read(message: &Message<'_>) -> Bounce {
    let notice = Notice::of(message);
    if let Some(bounce) = notification::read(&notice.text) {
        return bounce;
    }
    let recipients = if notice.feedback.is_empty() { failed(message, &notice) } else { complained(&notice) };
    let answered = || super::automatic::identifiers(message.in_reply_to()).into_iter().next();
    Bounce { original_message_id: notice.original_id.or_else(answered), recipients }
}

fn complained(notice: &Notice) -> Vec<BouncedRecipient> {
    let told = notice.feedback.iter().map(|text| fields::feedback(text)).next().unwrap_or_default();
    let recipients = if told.recipients.is_empty() { notice.original_to.clone() } else { told.recipients };
    recipients
        .into_iter()
        .map(|address| BouncedRecipient {
            address,
            action: if told.refused { "failed" } else { "delivered" }.to_owned(),
            status: if told.refused { "5.7.0" } else { "" }.to_owned(),
            reason: complaint(&told.kind),
        })
        .collect()
}

/// The reason that stands for a complaint: the message arrived, and was not welcome.
fn complaint(kind: &str) -> String {
    one_line(&format!("complaint: {kind}"))
}

fn failed(message: &Message<'_>, notice: &Notice) -> Vec<BouncedRecipient> {
    let mut fields: Vec<Fields> =
        notice.status.iter().flat_map(|text| fields::recipients(text)).take(RECIPIENTS).collect();
    if fields.is_empty() {
        // Some programs write the fields into the notice itself.
        fields = fields::recipients(&notice.text);
    }
    let named = recipients::in_notice(&notice.text, &own(message));
    if fields.is_empty() { from_words(message, notice, named) } else { from_fields(notice, &fields, &named) }
}

fn from_fields(notice: &Notice, fields: &[Fields], named: &[Named]) -> Vec<BouncedRecipient> {
    let only = fields.len() == 1;
    let words: std::collections::HashMap<&str, &str> =
        named.iter().map(|named| (named.address.as_str(), named.words.as_str())).collect();
    fields
        .iter()
        .map(|fields| {
            let address = fields.address();
            let words = words.get(address.as_str()).copied().unwrap_or_default();
            let action = action(&fields.action, &fields.status);
            let class = if action == "delayed" { "4.0.0" } else { "5.0.0" };
            let all = if only { notice.text.as_str() } else { "" };
            let status = if matches!(action, "failed" | "delayed") {
                status(&[&fields.diagnostic, words, all], &fields.status, class)
            } else {
                fields.status.split_whitespace().next().unwrap_or_default().to_owned()
            };
            let reason = if fields.diagnostic.is_empty() { words } else { &fields.diagnostic };
            BouncedRecipient { address, action: action.to_owned(), status, reason: one_line(reason) }
        })
        .collect()
}

/// A report in words only. Where it names no recipient in a form that is known, the one to whom
/// the returned message was addressed is meant.
fn from_words(message: &Message<'_>, notice: &Notice, named: Vec<Named>) -> Vec<BouncedRecipient> {
    let mut listed: Vec<String> =
        Origin::of(message).values("x-failed-recipients").flat_map(lowercase_addresses).take(RECIPIENTS).collect();
    if listed.is_empty() && named.is_empty() && notice.original_to.len() == 1 {
        listed.clone_from(&notice.original_to);
    }
    let named = if listed.is_empty() { named } else { with_words(listed, named) };
    let lower = notice.text.to_lowercase();
    let subject = message.subject().unwrap_or_default().to_lowercase();
    let late = (contains_any(&lower, phrases::DELAY) || subject.contains("delay") || subject.starts_with("warning"))
        && !contains_any(&lower, phrases::FINAL);
    let (action, class) = if late { ("delayed", "4.0.0") } else { ("failed", "5.0.0") };
    let only = named.len() == 1;
    named
        .into_iter()
        .map(|named| {
            let all = if only { notice.text.as_str() } else { "" };
            let status = status(&[&named.words, all], "", class);
            let reason = if only { telling(named.words, all) } else { named.words };
            BouncedRecipient { address: named.address, action: action.to_owned(), status, reason }
        })
        .collect()
}

/// The words about the only recipient, or the first paragraph with a server's answer when they
/// have none: many notices name the recipient here and tell the reason there.
fn telling(words: String, notice: &str) -> String {
    let answers = |text: &str| code::enhanced(text).is_some() || code::class_of_reply(text).is_some();
    if answers(&words) {
        return words;
    }
    let mut paragraph = String::new();
    for line in notice.lines().chain([""]) {
        if !line.trim().is_empty() {
            paragraph.push_str(line);
            paragraph.push(' ');
        } else if answers(&paragraph) {
            return one_line(&paragraph);
        } else {
            paragraph.clear();
        }
    }
    words
}

/// The recipients that the header lists, with the words that the notice has about each.
fn with_words(listed: Vec<String>, named: Vec<Named>) -> Vec<Named> {
    let only = listed.len() == 1;
    let first = named.first().map(|named| named.words.clone()).unwrap_or_default();
    let mut words: std::collections::HashMap<String, String> =
        named.into_iter().map(|named| (named.address, named.words)).collect();
    listed
        .into_iter()
        .map(|address| {
            let words = words.remove(&address).unwrap_or_else(|| if only { first.clone() } else { String::new() });
            Named { address, words }
        })
        .collect()
}

/// The status of a recipient: what the receiving server said counts before what the reporting
/// one made of it, and a code that tells what happened before one that tells only its class.
/// `words` begin with the most trusted.
fn status(words: &[&str], field: &str, class: &str) -> String {
    let field = code::enhanced(field);
    let trusted = words.first().copied().unwrap_or_default();
    code::specific(trusted)
        .or_else(|| field.filter(|code| code::is_specific(code)))
        .or_else(|| code::enhanced(trusted))
        .or_else(|| words.iter().find_map(|text| code::specific(text)))
        .or(field)
        .or_else(|| words.iter().find_map(|text| code::enhanced(text)))
        .or_else(|| words.iter().find_map(|text| code::class_of_reply(text)))
        .unwrap_or(class)
        .to_owned()
}

/// One of the five actions, whatever a program wrote there.
fn action(field: &str, status: &str) -> &'static str {
    let word = field.split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "delayed" | "delay" | "deferred" => "delayed",
        "delivered" | "deliverable" => "delivered",
        "relayed" => "relayed",
        "expanded" => "expanded",
        "" if status.trim_start().starts_with('4') => "delayed",
        "" if status.trim_start().starts_with('2') => "delivered",
        _ => "failed",
    }
}

/// The addresses that the report was sent to: the sender of what failed.
fn own(message: &Message<'_>) -> Vec<String> {
    let to = message.to().into_iter().flat_map(mail_parser::Address::iter).take(20);
    to.filter_map(|mailbox| mailbox.address()).map(str::to_lowercase).collect()
}

fn lowercase_addresses(text: &str) -> impl Iterator<Item = String> {
    address::all(text).map(|found| found.address.to_lowercase())
}

fn contains_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}

/// The words of a server on one line, without what a page or a database cannot hold.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|character| !character.is_control()));
        if line.len() > 4 * REASON_CHARACTERS {
            break;
        }
    }
    match line.char_indices().nth(REASON_CHARACTERS) {
        Some((end, _)) => line[..end].to_owned(),
        None => line,
    }
}
