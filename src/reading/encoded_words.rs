//! Brings the encoded words (RFC 2047) of a header into one form that the parser reads safely.
//!
//! Programs split a character between two words, put blanks into a word, or name a charset
//! that the bytes are not in. Here neighbouring words are joined, decoded with the same care
//! as a body, and written again as one word in UTF-8; nothing else of the header changes.

use std::fmt::Write as _;

use super::charset;
use super::transfer::{base64, escapes};

/// The longest word that is looked for, so that marks without an end cost little.
const WORD_BYTES: usize = 2048;
/// The longest name of a charset.
const CHARSET_BYTES: usize = 40;

/// The header block with its encoded words in UTF-8.
pub(super) fn normalised(block: &str) -> String {
    let mut result = String::with_capacity(block.len());
    let mut rest = block;
    while let Some(at) = rest.find("=?") {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((run, after)) = Run::at(rest) {
            run.write(&mut result);
            rest = after;
        } else {
            result.push_str("=?");
            rest = &rest[2..];
        }
    }
    result.push_str(rest);
    result
}

/// Neighbouring encoded words.
struct Run {
    text: String,
}

impl Run {
    fn at(text: &str) -> Option<(Self, &str)> {
        let (mut word, mut after) = Word::at(text)?;
        let mut run = Self { text: String::new() };
        while let Some((next, after_next)) = Word::at(after.trim_start_matches([' ', '\t', '\r', '\n'])) {
            // A character may be split between words only where they are in the same charset.
            if next.charset == word.charset {
                word.bytes.extend(next.bytes);
            } else {
                run.take(&word);
                word = next;
            }
            after = after_next;
        }
        run.take(&word);
        Some((run, after))
    }

    fn take(&mut self, word: &Word) {
        self.text.push_str(&charset::decode(&word.bytes, Some(&word.charset)).text);
    }

    fn write(&self, result: &mut String) {
        result.push_str("=?utf-8?q?");
        for byte in self.text.bytes() {
            // A line end within a name is an attack on whoever writes it into a header.
            let byte = if byte.is_ascii_control() { b' ' } else { byte };
            let _ = write!(result, "={byte:02X}");
        }
        result.push_str("?=");
    }
}

struct Word {
    charset: String,
    bytes: Vec<u8>,
}

impl Word {
    /// The word that `text` begins with, and what follows it.
    fn at(text: &str) -> Option<(Self, &str)> {
        let rest = text.strip_prefix("=?")?;
        let charset_end =
            rest.bytes().take(CHARSET_BYTES).position(|byte| matches!(byte, b'?' | b'\n' | b'<' | b'"'))?;
        let (charset, rest) = rest.split_at(charset_end);
        let rest = rest.strip_prefix('?')?;
        let encoding = rest.chars().next()?.to_ascii_lowercase();
        let rest = rest.get(1..)?.strip_prefix('?')?;
        let encoded_end = end_of(rest, encoding)?;
        let (encoded, after) = (&rest[..encoded_end], &rest[encoded_end + 2..]);
        let bytes = match encoding {
            'b' => base64(encoded.as_bytes()),
            'q' => quoted(encoded),
            _ => return None,
        };
        let charset = charset.split('*').next().unwrap_or_default().trim().to_ascii_lowercase();
        (!charset.is_empty()).then_some((Self { charset, bytes }, after))
    }
}

/// Where `?=` ends the word: within the same header, however it is folded.
fn end_of(rest: &str, encoding: char) -> Option<usize> {
    let bytes = &rest.as_bytes()[..rest.len().min(WORD_BYTES)];
    let mut at = 0;
    while at + 1 < bytes.len() {
        match bytes[at] {
            // In `a?=20b?=` the first mark is the letter before an escape.
            b'?' if bytes[at + 1] == b'=' && (encoding != 'q' || !is_escape(&bytes[at + 2..])) => return Some(at),
            b'\n' if !matches!(bytes[at + 1], b' ' | b'\t') => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether two digits and, in the same word, another end follow.
fn is_escape(after: &[u8]) -> bool {
    const NEAR: usize = 80;
    let near = &after[..after.len().min(NEAR)];
    let word = near.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    word.len() > 2 && word[..2].iter().all(u8::is_ascii_hexdigit) && word.windows(2).any(|pair| pair == b"?=")
}

fn quoted(encoded: &str) -> Vec<u8> {
    let unfolded: Vec<u8> = encoded
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .map(|byte| if byte == b'_' { b' ' } else { byte })
        .collect();
    escapes(&unfolded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(block: &str) -> String {
        let header = format!("Subject: {}\r\n\r\n", normalised(block));
        let parser = mail_parser::MessageParser::default();
        parser.parse_headers(&header).and_then(|message| message.subject().map(str::to_owned)).unwrap_or_default()
    }

    #[test]
    fn a_character_split_between_words_is_whole_again() {
        assert_eq!(value("=?utf-8?q?a=C3?= =?utf-8?q?=B1o?="), "a\u{f1}o");
        assert_eq!(value("=?UTF-8?B?YcM=?=\r\n =?UTF-8?B?sW8=?="), "a\u{f1}o");
    }

    #[test]
    fn a_word_in_another_charset_than_it_names_is_read() {
        assert_eq!(value("=?utf-8?q?a=F1o?= nuevo"), "a\u{f1}o nuevo");
    }

    #[test]
    fn blanks_within_a_word_do_not_end_it() {
        assert_eq!(value("=?iso-8859-1?Q?Mi cuenta =F1?="), "Mi cuenta \u{f1}");
    }

    #[test]
    fn what_is_no_encoded_word_stays() {
        assert_eq!(value("Is 1 =? 2, and =?what?"), "Is 1 =? 2, and =?what?");
    }
}
