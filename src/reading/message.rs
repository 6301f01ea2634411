//! From bytes to a [`Reading`], with mail-parser doing the parse.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Address, Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::{Attachment, Authentication, Mailbox, Reading, automatic, body, limits, quotes};
use crate::ids::Digest;
use crate::letter::LetterKind;

/// The longest text of an attachment that is kept in the reading; the bytes are kept whole.
const ATTACHMENT_TEXT_BYTES: usize = 64 * 1024;

/// Reads one message. Never fails: bytes that are no message give an `unreadable` reading.
#[must_use]
pub fn read(raw: &[u8]) -> Reading {
    if let Some(reason) = limits::exceeded(raw) {
        return Reading::unreadable(reason);
    }
    // The parser is tested against any bytes; should it still panic, one letter is unreadable
    // instead of a batch lost.
    match std::panic::catch_unwind(|| MessageParser::default().parse(raw).map(|message| from_message(&message))) {
        Ok(Some(reading)) => reading,
        Ok(None) => Reading::unreadable("it has no header that a message has".to_owned()),
        Err(_) => Reading::unreadable("the parser gave up on it".to_owned()),
    }
}

fn from_message(message: &Message<'_>) -> Reading {
    if !looks_like_mail(message) {
        return Reading::unreadable("it has no header that a message has".to_owned());
    }
    let mut problems = Vec::new();
    note_repeated_headers(message, &mut problems);
    // The mailbox's fetcher puts this line before the beginning of a message that is too large.
    if let Some(words) = message.header_raw("X-Penstock-Incomplete") {
        problems.push(format!("it is not whole: {}", one_line(words)));
    }
    let text = body::readable_text(message, &mut problems);
    let parts = quotes::split(&text);
    let attachments = attachments(message);
    if text.is_empty() && attachments.is_empty() {
        problems.push("it has no readable text".to_owned());
    }
    let kind = automatic::kind(message);
    Reading {
        kind,
        message_id: message.message_id().map(str::trim).filter(|id| !id.is_empty()).map(ToOwned::to_owned),
        in_reply_to: automatic::identifiers(message.in_reply_to()),
        references: automatic::identifiers(message.references()),
        date: message.date().filter(|date| date.is_valid()).map(mail_parser::DateTime::to_rfc3339),
        from: first_mailbox(message),
        reply_to: mailboxes(message.reply_to()),
        to: mailboxes(message.to()),
        cc: mailboxes(message.cc()),
        subject: one_line(message.subject().unwrap_or_default()),
        new_text: parts.new_text,
        quoted: parts.quoted,
        signature: parts.signature,
        body: text,
        attachments,
        authentication: Authentication::default(),
        bounce: (kind == LetterKind::Bounce).then(|| automatic::bounce(message)),
        problems,
    }
}

/// Whether any header is one that messages have: random bytes may hold a colon too.
fn looks_like_mail(message: &Message<'_>) -> bool {
    const MAIL_HEADERS: &[&str] = &[
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Received",
        "Return-Path",
        "Sender",
        "MIME-Version",
        "Content-Type",
    ];
    MAIL_HEADERS.iter().any(|name| message.header(*name).is_some())
}

/// Two senders in one message are an attack or a broken program; a person must see it.
fn note_repeated_headers(message: &Message<'_>, problems: &mut Vec<String>) {
    for name in ["From", "Sender", "Date", "Message-ID", "Subject"] {
        let count = message.header_values(name).count();
        if count > 1 {
            problems.push(format!("it has {count} {name} headers"));
        }
    }
    if message.from().is_some_and(|from| from.iter().count() > 1) {
        problems.push("it names several senders".to_owned());
    }
}

/// The first sender of the first From header: the parser would give the last header, which is
/// the one a forger adds.
fn first_mailbox(message: &Message<'_>) -> Option<Mailbox> {
    let first = message.header_values("From").next()?.as_address();
    mailboxes(first).into_iter().next()
}

fn mailboxes(address: Option<&Address<'_>>) -> Vec<Mailbox> {
    let Some(address) = address else { return Vec::new() };
    address
        .iter()
        .filter_map(|entry| {
            let address = one_line(entry.address()?);
            (!address.is_empty()).then(|| Mailbox { name: one_line(entry.name().unwrap_or_default()), address })
        })
        .collect()
}

fn one_line(text: &str) -> String {
    body::tidy(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attachments(message: &Message<'_>) -> Vec<Attachment> {
    message
        .attachments
        .iter()
        .filter_map(|id| message.part(*id))
        .map(|part| {
            let bytes = part_bytes(message, part);
            Attachment {
                name: one_line(part.attachment_name().unwrap_or_default()),
                content_type: declared_type(part),
                bytes: bytes.len() as u64,
                sha256: Digest::of(&bytes),
                inline: part.content_disposition().is_some_and(mail_parser::ContentType::is_inline),
                text: attachment_text(part),
            }
        })
        .collect()
}

fn attachment_text(part: &MessagePart<'_>) -> Option<String> {
    match &part.body {
        PartType::Text(text) if text.len() <= ATTACHMENT_TEXT_BYTES => Some(body::tidy(text)),
        PartType::Message(nested) => {
            let mut ignored = Vec::new();
            let text = body::readable_text(nested, &mut ignored);
            (text.len() <= ATTACHMENT_TEXT_BYTES).then_some(text)
        }
        PartType::Text(_)
        | PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Multipart(_) => None,
    }
}

fn declared_type(part: &MessagePart<'_>) -> String {
    if matches!(part.body, PartType::Message(_)) {
        return "message/rfc822".to_owned();
    }
    part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |content_type| match content_type.subtype() {
            Some(subtype) => format!("{}/{subtype}", content_type.ctype()).to_lowercase(),
            None => content_type.ctype().to_lowercase(),
        },
    )
}

/// The decoded bytes of a part exactly as they were attached. The parser's own bytes are
/// converted to UTF-8 where a part calls itself text, so they are decoded from the raw range.
fn part_bytes(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    let (start, end) = (part.offset_body as usize, part.offset_end as usize);
    let encoded = message.raw_message.get(start..end).unwrap_or_default();
    let decoded = match part.encoding {
        Encoding::None => Some(encoded.to_vec()),
        Encoding::QuotedPrintable => quoted_printable_decode(encoded),
        Encoding::Base64 => base64_decode(encoded),
    };
    // What does not decode is kept as the parser understood it.
    decoded.unwrap_or_else(|| part.contents().to_vec())
}

/// The bytes of the attachment at `position`, from the raw message it came in.
#[must_use]
pub fn attachment_bytes(raw: &[u8], position: usize) -> Option<Vec<u8>> {
    if limits::exceeded(raw).is_some() {
        return None;
    }
    let message = MessageParser::default().parse(raw)?;
    let part = message.part(*message.attachments.get(position)?)?;
    Some(part_bytes(&message, part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_letter_with_only_html_has_readable_text() {
        let reading = read(b"From: Ana <ana@customer.example>\r\nSubject: Bill\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>My bill <b>tripled</b>.</p><p>Why?</p>");
        assert_eq!(reading.kind, LetterKind::Person);
        assert!(reading.body.contains("My bill tripled"), "{}", reading.body);
        assert!(!reading.body.contains('<'));
    }

    #[test]
    fn an_attachment_labelled_text_keeps_its_bytes() {
        let mut raw = b"From: a@customer.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee photo\r\n--b\r\nContent-Type: text/plain; name=meter.png\r\nContent-Disposition: attachment; filename=meter.png\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
        raw.extend(b"iVBORw0KGgr//v8A\r\n--b--\r\n");
        let reading = read(&raw);
        let bytes = attachment_bytes(&raw, 0).expect("the attachment is there");
        assert_eq!(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0xfe, 0xff, 0x00]);
        assert_eq!(reading.attachments[0].sha256, Digest::of(&bytes));
        assert_eq!(reading.attachments[0].name, "meter.png");
    }

    #[test]
    fn of_two_senders_the_first_counts_and_both_are_noted() {
        let reading = read(b"From: real@customer.example\r\nFrom: evil@elsewhere.example\r\nSubject: x\r\n\r\nHi");
        assert_eq!(reading.from.map(|from| from.address).as_deref(), Some("real@customer.example"));
        assert!(reading.problems.iter().any(|problem| problem.contains("2 From headers")));
    }

    #[test]
    fn automatic_mail_and_reports_are_told_from_letters() {
        let kind = |headers: &str| {
            read(format!("From: a@b.example\r\nSubject: Out of office\r\n{headers}\r\n\r\nHello").as_bytes()).kind
        };
        assert_eq!(kind("Auto-Submitted: auto-replied"), LetterKind::Automatic);
        assert_eq!(kind("Precedence: bulk"), LetterKind::Automatic);
        assert_eq!(kind("Auto-Submitted: no"), LetterKind::Person);
        assert_eq!(kind("X-Mailer: phone"), LetterKind::Person);
        assert_eq!(kind("Content-Type: multipart/report; report-type=delivery-status; boundary=b"), LetterKind::Bounce);
    }

    #[test]
    fn an_empty_message_id_is_none() {
        assert_eq!(read(b"From: a@b.example\r\nMessage-ID: <>\r\n\r\nHi").message_id, None);
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_reading(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let reading = read(&raw);
            prop_assert!(reading.kind != LetterKind::Unreadable || !reading.problems.is_empty());
        }

        #[test]
        fn any_text_after_a_header_gives_a_reading(text in "\\PC{0,400}") {
            let raw = format!("From: a@b.example\r\nContent-Type: text/html\r\n\r\n{text}");
            prop_assert_eq!(read(raw.as_bytes()).kind, LetterKind::Person);
        }
    }
}
