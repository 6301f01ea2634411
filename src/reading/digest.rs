//! The digest of what the writer sent, which the same message has however it came.
//!
//! Trace headers differ between two copies of one message, the Message-ID alone can be forged
//! or reused. So the digest covers the writer's own headers and the body: equal digests are
//! one letter, an equal Message-ID with another digest is another letter.

use sha2::{Digest as _, Sha256};

use super::headers::{body, headers};
use crate::ids::Digest;

/// Headers that the writer's own program set, and that no relay changes.
const OWN_HEADERS: &[&[u8]] = &[b"from", b"to", b"cc", b"subject", b"date", b"message-id"];

/// The digest of what the writer sent.
///
/// A message without Message-ID and Date is only equal to itself, byte for byte: nothing tells
/// whether two such messages were sent once or twice.
#[must_use]
pub fn content_digest(raw: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    let mut identified = false;
    for (name, value) in headers(raw) {
        let name = name.to_ascii_lowercase();
        if !OWN_HEADERS.contains(&name.as_slice()) {
            continue;
        }
        let value = collapsed(&value);
        identified |= !value.is_empty() && (name == b"message-id" || name == b"date");
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(&name);
        hash.update((value.len() as u64).to_le_bytes());
        hash.update(&value);
    }
    if !identified {
        return Digest::of(without_stamp(raw));
    }
    hash_body(&mut hash, body(raw));
    Digest::from_hash(&hash.finalize())
}

/// The bytes below a first `Authentication-Results`: intake puts one there when it verifies
/// senders, and the result may differ when the same message is taken again.
fn without_stamp(raw: &[u8]) -> &[u8] {
    const NAME: &[u8] = b"authentication-results:";
    if !raw.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME)) {
        return raw;
    }
    let ends = raw.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let below = ends.into_iter().find(|at| !matches!(raw.get(*at), Some(b' ' | b'\t')));
    below.map_or(raw, |at| &raw[at..])
}

/// Line ends and trailing blanks change on the way; text does not.
fn hash_body(hash: &mut Sha256, body: &[u8]) {
    let mut blank_lines = 0_u64;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            blank_lines += 1;
            continue;
        }
        for _ in 0..blank_lines {
            hash.update(b"\n");
        }
        blank_lines = 0;
        hash.update(line);
        hash.update(b"\n");
    }
}

fn collapsed(value: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(value.len());
    for word in value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        if !result.is_empty() {
            result.push(b' ');
        }
        result.extend_from_slice(word);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &[u8] = b"Received: by a\r\nMessage-ID: <1@customer.example>\r\nSubject: My bill\r\n\r\nHello\r\n";

    #[test]
    fn two_copies_with_other_trace_headers_are_one_letter() {
        let other_way = b"Delivered-To: b\nReceived: by c\n\tfor d\nMessage-ID:  <1@customer.example>\nSubject: My\n bill\n\nHello\n\n";
        assert_eq!(content_digest(LETTER), content_digest(other_way));
    }

    #[test]
    fn the_same_message_id_with_another_text_is_another_letter() {
        let forged = b"Message-ID: <1@customer.example>\r\nSubject: My bill\r\n\r\nGoodbye\r\n";
        assert_ne!(content_digest(LETTER), content_digest(forged));
    }

    #[test]
    fn without_message_id_and_date_only_equal_bytes_are_equal() {
        let one = b"Received: by a\r\nSubject: My bill\r\n\r\nHello\r\n";
        let two = b"Received: by b\r\nSubject: My bill\r\n\r\nHello\r\n";
        assert_ne!(content_digest(one), content_digest(two));
        assert_eq!(content_digest(one), content_digest(one));
        let stamped = [b"Authentication-Results: us;\n\tspf=pass\n".as_slice(), one].concat();
        assert_eq!(content_digest(&stamped), content_digest(one), "however its sender was judged");
    }
}
