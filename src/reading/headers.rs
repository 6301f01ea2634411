//! Walks the header block of raw bytes: for what must be known before, or without, a parse.

use std::borrow::Cow;

use mail_parser::Address;

use super::message::{HEADER_PARSER, one_line, sent_at};
use super::{charset, encoded_words};

/// More of the header of a message within a message is not looked at.
const SHOWN_BYTES: usize = 64 * 1024;

/// A header block as the parser reads it without loss: eight-bit characters in UTF-8, encoded
/// words whole and in UTF-8.
pub(super) fn repaired(block: &[u8]) -> Cow<'_, [u8]> {
    let text = match std::str::from_utf8(block) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => charset::decode(block, None).text,
    };
    if text.contains("=?") {
        return Cow::Owned(encoded_words::normalised(&text).into_bytes());
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// At most `limit` bytes of a header block, repaired, with the empty line without which the
/// parser takes the last header for one that goes on.
pub(super) fn block(header: &[u8], limit: usize) -> Vec<u8> {
    [&repaired(&header[..header.len().min(limit)]), &b"\r\n\r\n"[..]].concat()
}

/// What a person is shown of the header of a message within a message.
#[derive(Debug, Default)]
pub(super) struct Shown {
    from: String,
    to: String,
    date: String,
    /// Its subject.
    pub(super) subject: String,
}

impl Shown {
    /// Reads it from a header block.
    pub(super) fn of(header: &[u8]) -> Self {
        let block = block(header, SHOWN_BYTES);
        let Some(message) = HEADER_PARSER.parse_headers(&block) else { return Self::default() };
        let people = |address: Option<&Address<'_>>| {
            let entries = address.into_iter().flat_map(Address::iter);
            let people: Vec<String> = entries
                .map(|entry| match (entry.name(), entry.address()) {
                    (Some(name), Some(address)) => format!("{name} <{address}>"),
                    (name, address) => address.or(name).unwrap_or_default().to_owned(),
                })
                .take(20)
                .collect();
            one_line(&people.join(", "))
        };
        Self {
            from: people(message.from()),
            to: people(message.to()),
            date: sent_at(&message).unwrap_or_default(),
            subject: one_line(message.subject().unwrap_or_default()),
        }
    }

    /// The lines above its text.
    pub(super) fn lines(&self) -> String {
        [("From", &self.from), ("To", &self.to), ("Date", &self.date), ("Subject", &self.subject)]
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}: {value}"))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The headers of the block that `raw` opens with, as (name, unfolded value) in order.
pub(super) fn headers(raw: &[u8]) -> impl Iterator<Item = (&[u8], Vec<u8>)> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        loop {
            let (line, after) = split_line(rest)?;
            if line.is_empty() {
                return None;
            }
            rest = after;
            let mut value_tail = Vec::new();
            while let Some((next, after)) = split_line(rest) {
                if !matches!(next.first(), Some(b' ' | b'\t')) {
                    break;
                }
                value_tail.extend_from_slice(next);
                rest = after;
            }
            // A line without a colon is no header: mbox leaves such lines at the top.
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let mut value = line[colon + 1..].trim_ascii().to_vec();
            value.extend_from_slice(&value_tail);
            return Some((line[..colon].trim_ascii(), value));
        }
    })
}

/// How many headers of that name, in lower case, there are.
#[must_use]
pub fn count_headers(raw: &[u8], wanted: &[u8]) -> usize {
    headers(raw).filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).count()
}

/// The bytes after the header block.
pub(super) fn body(raw: &[u8]) -> &[u8] {
    let mut rest = raw;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        if line.is_empty() {
            break;
        }
    }
    rest
}

/// The first line without its ending, and what follows it; `None` at the end.
fn split_line(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    if raw.is_empty() {
        return None;
    }
    let end = raw.iter().position(|byte| *byte == b'\n').unwrap_or(raw.len());
    let line = &raw[..end];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some((line, raw.get(end + 1..).unwrap_or_default()))
}
