//! Turns the bytes of a message into a [`Reading`]: what a person would see of it.
//!
//! Reading never fails: what cannot be understood becomes a note in `problems`, and a message
//! that is no message at all is `unreadable`. Nothing here stores, classifies or looks
//! anything up; the same bytes always give the same reading.

mod attachments;
mod authentication;
mod automatic;
mod body;
mod bounce;
mod cards;
mod charset;
mod content;
mod digest;
mod encoded_words;
mod fields;
mod headers;
mod html;
mod limits;
mod message;
mod outline;
mod parts;
#[cfg(test)]
mod properties;
mod quotes;
mod received;
mod rtf;
pub mod scan;
mod sender;
mod structure;
mod tnef;
mod transfer;

pub use authentication::{Authentication, Verdict, authentication};
pub use digest::content_digest;
pub use headers::count_headers;
pub use html::{display_html, text as html_text};
pub use message::{attachment_bytes, html_body, read};
pub use parts::{Part, Place, leaves};
pub use quotes::{Parts, split, split_html};
pub use received::{Arrival, arrival};
pub use sender::judge_sender;

use serde::{Deserialize, Serialize};

use crate::ids::Digest;
use crate::letter::LetterKind;

/// What one message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What sort of message it is.
    pub kind: LetterKind,
    /// Its Message-ID without the angle brackets.
    pub message_id: Option<String>,
    /// The Message-IDs it answers.
    pub in_reply_to: Vec<String>,
    /// The Message-IDs of its conversation, oldest first.
    pub references: Vec<String>,
    /// When the writer says it was sent (RFC 3339).
    pub date: Option<String>,
    /// Who wrote it, as far as the header tells.
    pub from: Option<Mailbox>,
    /// Where answers are asked to go, when the header says so.
    pub reply_to: Vec<Mailbox>,
    /// To whom it was addressed.
    pub to: Vec<Mailbox>,
    /// Who was copied.
    pub cc: Vec<Mailbox>,
    /// Its subject; empty when it has none.
    pub subject: String,
    /// All the text that a person would read.
    pub body: String,
    /// What the writer wrote this time.
    pub new_text: String,
    /// The quoted history.
    pub quoted: String,
    /// The signature.
    pub signature: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// Whether the sender's domain confirms that it wrote; nothing until somebody trusted says.
    #[serde(default)]
    pub authentication: Authentication,
    /// What a delivery report says, when this is one.
    pub bounce: Option<Bounce>,
    /// What could not be understood or looks wrong, one sentence each.
    pub problems: Vec<String>,
    /// The account of its parts: what came in, and where each is found.
    #[serde(default)]
    pub parts: Vec<Part>,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name; empty when there is none. Anybody can claim any name.
    pub name: String,
    /// The address itself, as written.
    pub address: String,
}

/// One attachment; its bytes are found again in the raw message by its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its file name as the message gives it; only ever shown, never used as a path.
    pub name: String,
    /// The type that its bytes have, or the declared one where they do not tell.
    pub content_type: String,
    /// Its size after decoding.
    pub bytes: u64,
    /// The digest of its decoded bytes.
    pub sha256: Digest,
    /// Whether it belongs inside the text.
    pub inline: bool,
    /// Its text, where it is text.
    pub text: Option<String>,
    /// The type that the message declares.
    #[serde(default)]
    pub declared_type: String,
    /// The identifier by which the HTML of the message shows it.
    #[serde(default)]
    pub content_id: Option<String>,
}

/// What a delivery report says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bounce {
    /// The Message-ID of the message it speaks of.
    pub original_message_id: Option<String>,
    /// What became of each recipient.
    pub recipients: Vec<BouncedRecipient>,
}

/// What a delivery report says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BouncedRecipient {
    /// The recipient's address.
    pub address: String,
    /// failed, delayed, delivered, relayed or expanded.
    pub action: String,
    /// The enhanced status code, such as 5.1.1.
    pub status: String,
    /// The server's words.
    pub reason: String,
}

/// Why bytes are not read at all, when they are beyond what any letter needs.
#[must_use]
pub fn beyond_limits(raw: &[u8]) -> Option<String> {
    limits::exceeded(raw, structure::Structure::of(raw).parts.len())
}

impl Reading {
    /// The reading of bytes that are no message: nothing but the reason.
    #[must_use]
    pub fn unreadable(problem: String) -> Self {
        Self {
            kind: LetterKind::Unreadable,
            message_id: None,
            in_reply_to: Vec::new(),
            references: Vec::new(),
            date: None,
            from: None,
            reply_to: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: String::new(),
            body: String::new(),
            new_text: String::new(),
            quoted: String::new(),
            signature: String::new(),
            attachments: Vec::new(),
            authentication: Authentication::default(),
            bounce: None,
            problems: vec![problem],
            parts: Vec::new(),
        }
    }

    /// The address that wrote, folded for comparison.
    #[must_use]
    pub fn sender_key(&self) -> Option<String> {
        self.from.as_ref().map(|from| from.address.trim().to_lowercase())
    }
}
