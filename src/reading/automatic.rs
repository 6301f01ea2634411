//! Tells a person's letter from automatic mail and delivery reports.
//!
//! The marks are those of RFC 3834 and the ones that mail systems use beside it. A wrong
//! "automatic" would leave a customer unanswered, so that a subject or a sender's name alone
//! never decides.

use mail_parser::{HeaderValue, Message, MimeHeaders, PartType};

use super::{Bounce, BouncedRecipient};
use crate::letter::LetterKind;

/// What sort of message a parsed one is.
pub(super) fn kind(message: &Message<'_>) -> LetterKind {
    if is_report(message) || is_null_sender_report(message) {
        return LetterKind::Bounce;
    }
    if is_automatic(message) { LetterKind::Automatic } else { LetterKind::Person }
}

fn is_report(message: &Message<'_>) -> bool {
    message.content_type().is_some_and(|content_type| {
        content_type.c_type.eq_ignore_ascii_case("multipart")
            && content_type.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))
            && content_type.attribute("report-type").is_none_or(|report| report.eq_ignore_ascii_case("delivery-status"))
    })
}

/// The free form: an empty return path and a sender that only mail systems have.
fn is_null_sender_report(message: &Message<'_>) -> bool {
    let from_system = sender_local_part(message)
        .is_some_and(|local| local.eq_ignore_ascii_case("mailer-daemon") || local.eq_ignore_ascii_case("postmaster"));
    from_system && header(message, "Return-Path").is_some_and(|path| matches!(path.trim(), "<>" | ""))
}

fn is_automatic(message: &Message<'_>) -> bool {
    let auto_submitted =
        header(message, "Auto-Submitted").is_some_and(|value| !value.trim().to_ascii_lowercase().starts_with("no"));
    let precedence = header(message, "Precedence").is_some_and(|value| {
        ["bulk", "junk", "list", "auto_reply"].iter().any(|word| value.trim().eq_ignore_ascii_case(word))
    });
    let marked = [
        "X-Autoreply",
        "X-Autorespond",
        "X-Auto-Reply-From",
        "X-Mail-Autoreply",
        "X-Penstock-Loop",
        "List-Id",
        "List-Unsubscribe",
    ]
    .iter()
    .any(|name| message.header(*name).is_some());
    let null_sender = header(message, "Return-Path").is_some_and(|path| path.trim() == "<>");
    let from_system = sender_local_part(message).is_some_and(|local| local.eq_ignore_ascii_case("mailer-daemon"));
    auto_submitted || precedence || marked || null_sender || from_system
}

fn sender_local_part<'x>(message: &'x Message<'_>) -> Option<&'x str> {
    let address = message.from()?.first()?.address()?;
    address.split_once('@').map_or(Some(address), |(local, _)| Some(local))
}

fn header<'x>(message: &'x Message<'_>, name: &'static str) -> Option<&'x str> {
    message.header_raw(name)
}

/// What the machine-readable part of a delivery report (RFC 3464) says.
pub(super) fn bounce(message: &Message<'_>) -> Bounce {
    let mut bounce = Bounce::default();
    for part in &message.parts {
        match &part.body {
            PartType::Text(text) if is_delivery_status(part) => read_status(text, &mut bounce),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) if is_delivery_status(part) => {
                read_status(&String::from_utf8_lossy(bytes), &mut bounce);
            }
            PartType::Message(original) => {
                bounce.original_message_id = original.message_id().map(ToOwned::to_owned);
            }
            PartType::Text(text) if is_headers_only(part) => {
                bounce.original_message_id = message_id_line(text);
            }
            PartType::Text(_)
            | PartType::Html(_)
            | PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Multipart(_) => {}
        }
    }
    bounce
}

fn is_delivery_status(part: &mail_parser::MessagePart<'_>) -> bool {
    subtype_is(part, "delivery-status")
}

fn is_headers_only(part: &mail_parser::MessagePart<'_>) -> bool {
    subtype_is(part, "rfc822-headers")
}

fn subtype_is(part: &mail_parser::MessagePart<'_>, wanted: &str) -> bool {
    part.content_type()
        .and_then(|content_type| content_type.subtype())
        .is_some_and(|subtype| subtype.eq_ignore_ascii_case(wanted))
}

fn message_id_line(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("message-id").then(|| value.trim().trim_matches(['<', '>']).to_owned())
    })
}

fn read_status(text: &str, bounce: &mut Bounce) {
    for group in text.replace("\r\n", "\n").split("\n\n") {
        let field = |wanted: &str| {
            group.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
            })
        };
        let Some(recipient) = field("Final-Recipient").or_else(|| field("Original-Recipient")) else { continue };
        let untyped = |value: String| value.split_once(';').map_or(value.clone(), |(_, rest)| rest.trim().to_owned());
        bounce.recipients.push(BouncedRecipient {
            address: untyped(recipient),
            action: field("Action").unwrap_or_default().to_lowercase(),
            status: field("Status").unwrap_or_default(),
            reason: field("Diagnostic-Code").map(untyped).unwrap_or_default(),
        });
    }
}

/// The identifiers of a header that holds several.
pub(super) fn identifiers(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(text) => vec![text.to_string()],
        HeaderValue::TextList(list) => list.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
    .into_iter()
    .filter(|id| !id.trim().is_empty())
    .collect()
}
