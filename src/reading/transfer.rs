//! Undoes transfer encodings byte for byte, whatever became of the encoded text on its way.

use std::borrow::Cow;

/// How the body of a part was made fit for transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Transfer {
    /// It stands as it is.
    #[default]
    Identity,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
    /// The form of the program uuencode.
    Uuencode,
}

impl Transfer {
    /// The encoding of a Content-Transfer-Encoding value; an unknown one changes nothing.
    pub(super) fn named(value: &str) -> Self {
        let word = value.trim().trim_matches(['"', '\'']);
        let word = word.split([';', ' ', '\t', '(', ',']).next().unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            "base64" | "b" => Self::Base64,
            "quoted-printable" | "quotedprintable" | "q" => Self::QuotedPrintable,
            "x-uuencode" | "uuencode" | "x-uue" | "uue" | "x-uu" => Self::Uuencode,
            _ => Self::Identity,
        }
    }

    /// The bytes that were encoded. Never longer than what is given.
    pub(super) fn decode(self, encoded: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Identity => Cow::Borrowed(encoded),
            Self::Base64 => Cow::Owned(base64(encoded)),
            Self::QuotedPrintable => Cow::Owned(quoted_printable(encoded)),
            Self::Uuencode => Cow::Owned(uuencoded(encoded).unwrap_or_else(|| encoded.to_vec())),
        }
    }
}

const NO_DIGIT: u8 = 0xff;

const BASE64_DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0_u8;
    while value < 64 {
        digits[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

/// Base64 with everything that is not of its alphabet skipped. What follows the padding is
/// decoded only when it is Base64 again: lists add their footers in plain text there.
pub(super) fn base64(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let mut group = 0_u32;
    let mut digits = 0_u8;
    for (at, byte) in encoded.iter().enumerate() {
        let digit = BASE64_DIGITS[usize::from(*byte)];
        if digit != NO_DIGIT {
            group = group << 6 | u32::from(digit);
            digits += 1;
            if digits == 4 {
                bytes.extend_from_slice(&group.to_be_bytes()[1..]);
                (group, digits) = (0, 0);
            }
        } else if *byte == b'=' && digits >= 2 {
            push_incomplete(&mut bytes, group, digits);
            (group, digits) = (0, 0);
            if !goes_on_as_base64(&encoded[at + 1..]) {
                return bytes;
            }
        }
    }
    push_incomplete(&mut bytes, group, digits);
    bytes
}

fn push_incomplete(bytes: &mut Vec<u8>, group: u32, digits: u8) {
    match digits {
        2 => bytes.push((group >> 4).to_be_bytes()[3]),
        3 => bytes.extend_from_slice(&(group >> 2).to_be_bytes()[2..]),
        _ => {}
    }
}

/// Looks at a bounded piece only, so that many paddings do not make the work quadratic.
fn goes_on_as_base64(rest: &[u8]) -> bool {
    let piece = &rest[..rest.len().min(400)];
    piece.iter().all(|byte| {
        BASE64_DIGITS[usize::from(*byte)] != NO_DIGIT || matches!(byte, b'=' | b'\r' | b'\n' | b' ' | b'\t')
    })
}

/// Quoted-printable; a wrong escape stays as it is written.
pub(super) fn quoted_printable(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    for line in encoded.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii_end();
        let line_end: &[u8] = match line {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        // Blanks before a line end were added on the way, those before the end of the part not.
        let content = if line_end.is_empty() { line } else { content };
        let (content, line_end) = match content.strip_suffix(b"=") {
            Some(before) => (before, &b""[..]),
            None => (content, line_end),
        };
        escaped_line(content, &mut bytes);
        bytes.extend_from_slice(line_end);
    }
    bytes
}

/// The bytes with their `=XX` escapes undone, as encoded words have them.
pub(super) fn escapes(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len());
    escaped_line(content, &mut bytes);
    bytes
}

fn escaped_line(mut content: &[u8], bytes: &mut Vec<u8>) {
    while let Some(at) = content.iter().position(|byte| *byte == b'=') {
        bytes.extend_from_slice(&content[..at]);
        if let (Some(high), Some(low)) = (hexadecimal(content.get(at + 1)), hexadecimal(content.get(at + 2))) {
            bytes.push(high << 4 | low);
            content = &content[at + 3..];
        } else {
            bytes.push(b'=');
            content = &content[at + 1..];
        }
    }
    bytes.extend_from_slice(content);
}

fn hexadecimal(byte: Option<&u8>) -> Option<u8> {
    let value = char::from(*byte?).to_digit(16)?;
    u8::try_from(value).ok()
}

/// The lines between `begin` and `end`, or all lines when they have that form without a
/// `begin`; `None` otherwise.
fn uuencoded(encoded: &[u8]) -> Option<Vec<u8>> {
    let lines = || encoded.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let start = match lines().position(|line| line.starts_with(b"begin ")) {
        Some(begin) => begin + 1,
        None if lines().find(|line| !line.is_empty()).is_some_and(is_uuencoded_line) => 0,
        None => return None,
    };
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    for line in lines().skip(start).take_while(|line| line.trim_ascii() != b"end") {
        uuencoded_line(line, &mut bytes);
    }
    Some(bytes)
}

fn is_uuencoded_line(line: &[u8]) -> bool {
    let length = usize::from(line[0].wrapping_sub(b' ') & 0x3f);
    line.iter().all(|byte| (b' '..=b'`').contains(byte)) && (line.len() - 1).abs_diff(length.div_ceil(3) * 4) <= 2
}

fn uuencoded_line(line: &[u8], bytes: &mut Vec<u8>) {
    let Some((length, digits)) = line.split_first() else { return };
    let length = usize::from(length.wrapping_sub(b' ') & 0x3f);
    let start = bytes.len();
    for group in digits.chunks(4) {
        let value = (0..4).fold(0_u32, |value, at| {
            let digit = group.get(at).map_or(0, |byte| byte.wrapping_sub(b' ') & 0x3f);
            value << 6 | u32::from(digit)
        });
        bytes.extend_from_slice(&value.to_be_bytes()[1..]);
    }
    bytes.truncate(start + length);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_survives_foreign_characters_and_lacking_padding() {
        assert_eq!(base64(b"SGVs\r\nbG8"), b"Hello");
        assert_eq!(base64(b"SG Vs*bG8="), b"Hello");
    }

    #[test]
    fn a_plain_footer_after_base64_is_not_decoded_but_a_second_piece_is() {
        assert_eq!(base64(b"SGVsbG8=\r\n-- \r\nA mailing list\r\n"), b"Hello");
        assert_eq!(base64(b"SGVsbG8=\r\nSGVsbG8=\r\n"), b"HelloHello");
    }

    #[test]
    fn quoted_printable_joins_lines_and_keeps_wrong_escapes() {
        assert_eq!(
            quoted_printable(b"a=C3=b1o=\r\n nuevo  \r\n100=% sure="),
            "a\u{f1}o nuevo\r\n100=% sure".as_bytes()
        );
    }

    #[test]
    fn uuencoded_lines_are_decoded() {
        assert_eq!(Transfer::named("X-UUencode").decode(b"begin 644 a.txt\n%2&5L;&\\\n`\nend\n").as_ref(), b"Hello");
    }

    #[test]
    fn an_encoding_is_known_with_what_programs_add_to_it() {
        assert_eq!(Transfer::named(" Base64; x=y"), Transfer::Base64);
        assert_eq!(Transfer::named("\"quoted-printable\""), Transfer::QuotedPrintable);
        assert_eq!(Transfer::named("8bit"), Transfer::Identity);
    }

    proptest! {
        #[test]
        fn decoding_any_bytes_never_makes_them_more(encoded in proptest::collection::vec(any::<u8>(), 0..500)) {
            for transfer in [Transfer::Identity, Transfer::Base64, Transfer::QuotedPrintable, Transfer::Uuencode] {
                prop_assert!(transfer.decode(&encoded).len() <= encoded.len().max(1));
            }
        }
    }
}
