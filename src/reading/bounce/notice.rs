//! The part of a report that its system wrote, apart from the message that it returns.

use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use super::{address, phrases};

/// Longer notices are read up to here; systems write a page or two.
const NOTICE_BYTES: usize = 256 * 1024;

/// A report taken apart.
#[derive(Debug, Default)]
pub(super) struct Notice {
    /// What the system wrote for people.
    pub(super) text: String,
    /// The delivery status parts, as text.
    pub(super) status: Vec<String>,
    /// The feedback parts, as text.
    pub(super) feedback: Vec<String>,
    /// The Message-ID of the returned message.
    pub(super) original_id: Option<String>,
    /// To whom the returned message was addressed.
    pub(super) original_to: Vec<String>,
}

impl Notice {
    /// Takes a report apart.
    pub(super) fn of(message: &Message<'_>) -> Self {
        let mut notice = Self::default();
        let (mut plain, mut html) = (String::new(), String::new());
        let mut before_original = true;
        for part in &message.parts {
            let Some(subtype) = subtype(part) else {
                if before_original {
                    append(&mut plain, part_text(part).as_deref());
                }
                continue;
            };
            if let PartType::Message(original) = &part.body {
                notice.take_original(original);
                before_original = false;
            } else if subtype.ends_with("delivery-status") {
                notice.status.extend(part_text(part));
                before_original = false;
            } else if subtype == "feedback-report" {
                notice.feedback.extend(part_text(part));
                before_original = false;
            } else if subtype.starts_with("rfc822") || subtype == "partial" {
                notice.take_headers(&part_text(part).unwrap_or_default());
                before_original = false;
            } else if before_original {
                match &part.body {
                    PartType::Text(text) => append(&mut plain, Some(text)),
                    PartType::Html(text) => append(&mut html, Some(&html_to_text(prefix(text)))),
                    // A multipart without a boundary comes as bytes.
                    PartType::Binary(bytes) if is_multipart(part) => {
                        append(&mut plain, Some(&String::from_utf8_lossy(bytes)));
                    }
                    _ => {}
                }
            }
        }
        notice.divide(if plain.trim().is_empty() { &html } else { &plain });
        notice
    }

    /// Ends the notice where the returned message begins.
    fn divide(&mut self, text: &str) {
        let text = prefix(text);
        let mut end = text.len();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if at > 0 && begins_original(line) || is_first_header(line) {
                end = at;
                break;
            }
            at += line.len();
        }
        text[..end].clone_into(&mut self.text);
        self.take_headers(&text[end..]);
        if self.original_id.is_none() {
            self.original_id = message_id(&text[..end]);
        }
    }

    fn take_original(&mut self, original: &Message<'_>) {
        if self.original_id.is_none() {
            self.original_id = original.message_id().map(ToOwned::to_owned).filter(|id| !id.trim().is_empty());
        }
        if self.original_to.is_empty() {
            let to = original.to().into_iter().flat_map(mail_parser::Address::iter);
            self.original_to = to.filter_map(|mailbox| mailbox.address()).map(str::to_lowercase).take(2).collect();
        }
    }

    fn take_headers(&mut self, headers: &str) {
        if self.original_id.is_none() {
            self.original_id = message_id(headers);
        }
        if self.original_to.is_empty() {
            let to = headers.lines().find(|line| starts_with(line.trim_start(), "to:"));
            self.original_to = to
                .map(|line| address::all(line).map(|found| found.address.to_lowercase()).take(2).collect())
                .unwrap_or_default();
        }
    }
}

fn append(text: &mut String, more: Option<&str>) {
    if let Some(more) = more.filter(|_| text.len() < NOTICE_BYTES) {
        text.push_str(prefix(more));
        text.push_str("\n\n");
    }
}

/// The subtype of a part in lower case; `None` where the part does not tell.
fn subtype(part: &MessagePart<'_>) -> Option<String> {
    part.content_type().and_then(|content_type| content_type.subtype()).map(str::to_ascii_lowercase)
}

fn is_multipart(part: &MessagePart<'_>) -> bool {
    part.content_type().is_some_and(|content_type| content_type.ctype().eq_ignore_ascii_case("multipart"))
}

fn part_text(part: &MessagePart<'_>) -> Option<String> {
    match &part.body {
        PartType::Text(text) => Some(text.to_string()),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        // A status part may itself hold a header and a body by the parser's reading.
        PartType::Message(inner) => Some(String::from_utf8_lossy(inner.raw_message()).into_owned()),
        PartType::Html(_) | PartType::Multipart(_) => None,
    }
}

fn prefix(text: &str) -> &str {
    let mut end = text.len().min(NOTICE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a line announces the returned message: by a phrase, or by a ruled line that names it.
fn begins_original(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    if line.len() > 200 {
        return false;
    }
    let ruled = line.starts_with(['-', '=', '*', '_', '|']);
    let named = |words: &[&str]| words.iter().any(|word| line.contains(word));
    ruled
        && named(&["original", "return", "unsent", "undelivered m", "devuelto", "source"])
        && named(&["messag", "mail", "mensaje", "nachricht", "письм", "сообщ"])
        || phrases::RETURNED.iter().any(|phrase| line.contains(phrase)) && (ruled || line.len() < 90)
        || ["old message:", "original message:", "original message", "mensaje original:"].contains(&line.as_str())
}

/// Whether a line is the kind of header that a returned message begins with.
fn is_first_header(line: &str) -> bool {
    let line = line.trim_start_matches(['>', '|', ' ', '\t']);
    ["received: ", "return-path:", "dkim-signature:", "delivered-to:", "x-original-to:"]
        .iter()
        .any(|name| starts_with(line, name))
}

fn starts_with(line: &str, lower: &str) -> bool {
    line.get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower))
}

/// The first Message-ID of some header lines, also when it stands on the line after its name.
fn message_id(text: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', '|', ' ', '\t']);
        if !starts_with(line, "message-id:") {
            continue;
        }
        let value = line["message-id:".len()..].trim();
        let value = if value.is_empty() { lines.next()?.trim() } else { value };
        let value = value.split_whitespace().next()?.trim_matches(['<', '>', ',', ';']);
        return (!value.is_empty()).then(|| value.to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;

    fn notice(body: &str) -> Notice {
        let raw = format!("From: MAILER-DAEMON@mx.example\r\nSubject: failure\r\n\r\n{body}");
        Notice::of(&MessageParser::default().parse(raw.as_bytes()).expect("a message"))
    }

    #[test]
    fn the_returned_message_is_cut_off_and_its_identifier_kept() {
        let notice = notice(
            "Sorry.\n<ana@customer.example>: no such user\n\n--- Below this line is a copy of the message.\n\n\
             Return-Path: <office@water.example>\nTo: ana@customer.example\nMessage-ID:\n <r1@water.example>\n\nDear Ana",
        );
        assert!(notice.text.ends_with("no such user\n\n"), "{}", notice.text);
        assert_eq!(notice.original_id.as_deref(), Some("r1@water.example"));
        assert_eq!(notice.original_to, ["ana@customer.example"]);
    }

    #[test]
    fn a_ruled_line_about_the_failure_does_not_end_the_notice() {
        let notice = notice(
            "|--- Failed addresses follow: ---|\n ana@customer.example ... unknown host\n-------server message\n550 no\n",
        );
        assert!(notice.text.contains("550 no"));
    }
}
