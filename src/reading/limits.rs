//! What a message may ask of the parser, checked by a cheap scan before the parser sees it.
//!
//! The parser recurses into nested messages: a few tens of thousands of levels overflow its
//! stack, which ends the process and cannot be caught. These limits stand well below that.

use memchr::{memchr, memchr_iter};

/// The longest header block that is read.
const HEADER_BYTES: usize = 256 * 1024;
/// The most lines that may open a header block of a part.
const PARTS: usize = 1000;
/// The most messages within messages.
const NESTED_MESSAGES: usize = 50;
/// Beyond so many multiparts, this is the most of bytes times multiparts: the parser looks for the
/// boundary of each to the end.
const FEW_MULTIPARTS: usize = 20;
const SEARCHED_BYTES: usize = 1 << 28;
/// The most continuation parameters (`name*12=`) that are put together.
const PARAMETER_CONTINUATIONS: usize = 200;

/// Why the message, in which so many parts were found, is not given to the parser; `None` when
/// it may be.
pub(super) fn exceeded(raw: &[u8], found: usize) -> Option<String> {
    if header_length(raw) > HEADER_BYTES {
        return Some(format!("its header is longer than {HEADER_BYTES} bytes"));
    }
    let mut parts = 0_usize;
    let mut continuations = 0_usize;
    for line in lines(raw) {
        match line.first() {
            Some(b'c' | b'C') => parts += usize::from(opens_part(line)),
            Some(b' ' | b'\t') if line.len() < 1000 => continuations += usize::from(memchr(b'*', line).is_some()),
            _ => {}
        }
    }
    let (nested, multiparts) = named_containers(raw);
    if parts.max(found) > PARTS {
        return Some(format!("it has more than {PARTS} parts"));
    }
    if nested > NESTED_MESSAGES {
        return Some(format!("it has more than {NESTED_MESSAGES} messages within messages"));
    }
    if multiparts > FEW_MULTIPARTS && multiparts.saturating_mul(raw.len()) > SEARCHED_BYTES {
        return Some(format!("it has {multiparts} multiparts, too many for its size"));
    }
    if continuations > PARAMETER_CONTINUATIONS && header_parameters_continue(raw) {
        return Some(format!("its header has more than {PARAMETER_CONTINUATIONS} continued parameters"));
    }
    None
}

fn lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr_iter(b'\n', raw).chain(std::iter::once(raw.len())).map(move |end| {
        let line = raw.get(start..end).unwrap_or_default();
        start = end + 1;
        line
    })
}

fn opens_part(line: &[u8]) -> bool {
    line.get(..13).is_some_and(|name| name.eq_ignore_ascii_case(b"content-type:"))
}

/// How often a type of message and how often one of multipart is named, wherever: it may stand
/// on a folded line.
fn named_containers(raw: &[u8]) -> (usize, usize) {
    let (mut messages, mut multiparts) = (0, 0);
    for slash in memchr_iter(b'/', raw) {
        let names = |main_type: &[u8]| {
            let start = slash.checked_sub(main_type.len());
            start.is_some_and(|start| raw[start..slash].eq_ignore_ascii_case(main_type))
        };
        match slash.checked_sub(1).map(|before| raw[before]) {
            Some(b'e' | b'E') => messages += usize::from(names(b"message")),
            Some(b't' | b'T') => multiparts += usize::from(names(b"multipart")),
            _ => {}
        }
    }
    (messages, multiparts)
}

/// Whether continued parameters, not merely text with asterisks, make up those lines.
fn header_parameters_continue(raw: &[u8]) -> bool {
    let continued = lines(raw)
        .filter(|line| line.first().is_some_and(u8::is_ascii_whitespace))
        .filter(|line| {
            let star = line.iter().position(|byte| *byte == b'*');
            star.is_some_and(|at| {
                let digits = line[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                digits > 0 && matches!(line.get(at + 1 + digits), Some(b'=' | b'*'))
            })
        })
        .count();
    continued > PARAMETER_CONTINUATIONS
}

fn header_length(raw: &[u8]) -> usize {
    let mut at = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line == b"\n" || line == b"\r\n" {
            break;
        }
        at += line.len();
        if at > HEADER_BYTES {
            break;
        }
    }
    at
}

pub(super) fn contains_ignoring_case(line: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else { return true };
    let mut rest = line;
    while rest.len() >= word.len() {
        let window = rest.len() - word.len() + 1;
        let Some(at) = rest[..window].iter().position(|byte| byte.eq_ignore_ascii_case(first)) else {
            return false;
        };
        if rest[at..at + word.len()].eq_ignore_ascii_case(word) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_messages_beyond_the_limit_are_kept_from_the_parser() {
        let bomb = b"Content-Type: message/rfc822\r\n\r\n".repeat(40_000);
        assert!(exceeded(&bomb, 1).is_some());
    }

    #[test]
    fn many_multiparts_pass_only_in_a_small_message() {
        let multiparts = b"Content-Type: multipart/mixed; boundary=missing\n\n".repeat(100);
        assert_eq!(exceeded(&multiparts, 1), None);
        let large = [multiparts, b"text\n".repeat(1_000_000)].concat();
        assert!(exceeded(&large, 1).is_some_and(|reason| reason.contains("100 multiparts")));
    }

    #[test]
    fn an_ordinary_message_passes() {
        let message = b"From: a@customer.example\r\nSubject: hi\r\n\r\n* one\r\n * two\r\n";
        assert_eq!(exceeded(message, 1), None);
    }

    #[test]
    fn a_text_with_many_stars_passes_but_continued_parameters_do_not() {
        let mut text = b"Subject: list\r\n\r\n".to_vec();
        text.extend(b" * item\r\n".repeat(5000));
        assert_eq!(exceeded(&text, 1), None);

        let mut bomb = b"Content-Type: text/plain;\r\n".to_vec();
        for number in 0..5000 {
            bomb.extend(format!(" name*{number}=x;\r\n").bytes());
        }
        assert!(exceeded(&bomb, 1).is_some());
    }
}
