//! The message of a reply: headers, the text, the same text as HTML.

use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;
use lettre::message::header::{ContentType, InReplyTo, References};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

/// What a message is built from.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// The organization's name.
    pub from_name: &'a str,
    /// The organization's address.
    pub from_address: &'a str,
    /// To whom it goes.
    pub to: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The same text as HTML.
    pub html: &'a str,
    /// Its Message-ID, without angle brackets.
    pub message_id: &'a str,
    /// Where answers should go, when that is not the sender.
    pub reply_to: Option<&'a str>,
    /// The Message-ID it answers.
    pub in_reply_to: Option<&'a str>,
    /// The Message-IDs of the conversation, oldest first.
    pub references: &'a [String],
    /// When it was approved.
    pub date: Timestamp,
}

/// A message that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An address is none.
    #[error("\"{0}\" is not an e-mail address")]
    Address(String),
    /// A header would break the message.
    #[error("the {0} has a line break or another control character")]
    Header(&'static str),
    /// The library refuses.
    #[error("the message cannot be built: {0}")]
    Library(#[from] lettre::error::Error),
}

/// Builds the bytes of a message.
pub fn build(outgoing: &Outgoing<'_>) -> Result<Vec<u8>, BuildError> {
    for (name, value) in
        [("subject", outgoing.subject), ("name", outgoing.from_name), ("Message-ID", outgoing.message_id)]
    {
        if value.chars().any(char::is_control) {
            return Err(BuildError::Header(name));
        }
    }
    let address = |text: &str| text.parse::<Address>().map_err(|_| BuildError::Address(text.to_owned()));
    let seconds = u64::try_from(outgoing.date.as_second()).unwrap_or(0);
    let mut builder = Message::builder()
        .from(Mailbox::new(Some(outgoing.from_name.to_owned()), address(outgoing.from_address)?))
        .to(Mailbox::new(None, address(outgoing.to)?))
        .subject(outgoing.subject)
        .date(UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<{}>", outgoing.message_id)));
    if let Some(reply_to) = outgoing.reply_to {
        builder = builder.reply_to(Mailbox::new(Some(outgoing.from_name.to_owned()), address(reply_to)?));
    }
    if let Some(answered) = outgoing.in_reply_to.filter(|id| is_plain(id)) {
        builder = builder.header(InReplyTo::from(format!("<{answered}>")));
    }
    let references: Vec<String> =
        outgoing.references.iter().filter(|id| is_plain(id)).map(|id| format!("<{id}>")).collect();
    if !references.is_empty() {
        builder = builder.header(References::from(references.join(" ")));
    }
    let body = MultiPart::alternative()
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(outgoing.text.to_owned()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(outgoing.html.to_owned()));
    Ok(builder.multipart(body)?.formatted())
}

/// A customer's Message-ID is repeated only when it is one word of ordinary characters.
fn is_plain(id: &str) -> bool {
    !id.is_empty()
        && id.len() < 500
        && id.chars().all(|character| character.is_ascii_graphic() && !matches!(character, '<' | '>'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::read;

    #[test]
    fn the_message_reads_back_as_it_was_meant() {
        let bytes = build(&Outgoing {
            from_name: "Water Department",
            from_address: "help@penstock.example",
            to: "ana@customer.example",
            subject: "Su factura, año 2026",
            text: "Estimada Ana:\n\nGracias.",
            html: "<p>Estimada Ana:</p>",
            message_id: "1@penstock.example",
            reply_to: None,
            in_reply_to: Some("2@customer.example"),
            references: &["0@customer.example".to_owned(), "2@customer.example".to_owned()],
            date: Timestamp::UNIX_EPOCH,
        })
        .expect("it can be built");
        let reading = read(&bytes);
        assert_eq!(reading.subject, "Su factura, año 2026");
        assert_eq!(reading.message_id.as_deref(), Some("1@penstock.example"));
        assert_eq!(reading.in_reply_to, ["2@customer.example"]);
        assert_eq!(reading.references, ["0@customer.example", "2@customer.example"]);
        assert_eq!(reading.to[0].address, "ana@customer.example");
        assert!(reading.body.starts_with("Estimada Ana:"));
    }
}
