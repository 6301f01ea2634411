//! From bytes to text when the declared charset is missing, unknown or wrong.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// The detector looks at no more than this.
const DETECTED_BYTES: usize = 64 * 1024;

/// Text, and what had to be assumed to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded<'x> {
    /// The text.
    pub(super) text: Cow<'x, str>,
    /// One sentence when the declaration was not followed or something was lost.
    pub(super) note: Option<String>,
}

impl<'x> Decoded<'x> {
    fn plain(text: impl Into<Cow<'x, str>>) -> Self {
        Self { text: text.into(), note: None }
    }

    fn noted(text: impl Into<Cow<'x, str>>, note: String) -> Self {
        Self { text: text.into(), note: Some(note) }
    }
}

/// Decodes bytes that declare this charset, or none.
pub(super) fn decode<'x>(bytes: &'x [u8], declared: Option<&str>) -> Decoded<'x> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Decoded::plain(encoding.decode_without_bom_handling(&bytes[mark..]).0);
    }
    let label = declared.map(|label| label.trim().trim_matches(['"', '\'']).to_ascii_lowercase()).unwrap_or_default();
    let Some(encoding) = named(&label) else {
        return undeclared(bytes, &label);
    };
    if encoding == UTF_8 {
        return utf8(bytes, &label);
    }
    let escapes = matches!(encoding.name(), "ISO-2022-JP" | "UTF-16LE" | "UTF-16BE" | "replacement");
    if !escapes && let Ok(text) = std::str::from_utf8(bytes) {
        // Eight-bit text that is UTF-8 by chance does not occur in practice.
        return if text.is_ascii() {
            Decoded::plain(text)
        } else {
            Decoded::noted(text, format!("its text is UTF-8 although it says {label}"))
        };
    }
    let (text, _, has_errors) = encoding.decode(bytes);
    // Bytes of eight bits in a charset of seven are in another one.
    if has_errors && encoding == ISO_2022_JP && !bytes.is_ascii() {
        let encoding = if SHIFT_JIS.decode_without_bom_handling(bytes).1 { detected(bytes) } else { SHIFT_JIS };
        let text = encoding.decode_without_bom_handling(bytes).0;
        return Decoded::noted(text, format!("its text is not {label} as it says: it was read as {}", encoding.name()));
    }
    if has_errors {
        return Decoded::noted(text, format!("some characters are not {label} as its text says"));
    }
    Decoded::plain(text)
}

/// The encoding of a label; `None` for those that say nothing.
fn named(label: &str) -> Option<&'static Encoding> {
    match label {
        "utf-16" | "utf16" | "ucs-2" => Some(UTF_16BE),
        "utf-16le" => Some(UTF_16LE),
        // Programs write these when they do not know.
        "x-user-defined" | "unknown-8bit" | "x-unknown" | "default" => None,
        "us-ascii" | "ascii" | "ansi_x3.4-1968" => Some(UTF_8),
        other => Encoding::for_label_no_replacement(other.as_bytes())
            .or_else(|| Encoding::for_label_no_replacement(other.replace('_', "-").as_bytes())),
    }
}

fn utf8<'x>(bytes: &'x [u8], label: &str) -> Decoded<'x> {
    let text = String::from_utf8_lossy(bytes);
    let Cow::Owned(lossy) = text else {
        return escaped(bytes).map_or_else(|| Decoded::plain(text), Decoded::plain);
    };
    if is_mostly_utf8(&lossy) {
        return Decoded::noted(lossy, "some characters of the text could not be decoded".to_owned());
    }
    let encoding = detected(bytes);
    Decoded::noted(
        encoding.decode_without_bom_handling(bytes).0,
        format!("its text is not {label} as it says: it was read as {}", encoding.name()),
    )
}

/// Whether characters beyond ASCII were mostly decoded: then a few bytes were damaged.
fn is_mostly_utf8(lossy: &str) -> bool {
    let lost = lossy.chars().filter(|character| *character == char::REPLACEMENT_CHARACTER).count();
    let kept = lossy.chars().filter(|character| !character.is_ascii()).count() - lost;
    kept > lost
}

fn undeclared<'x>(bytes: &'x [u8], label: &str) -> Decoded<'x> {
    if let Some(decoder) = (!label.is_empty()).then(|| charset_decoder(label.as_bytes())).flatten() {
        return Decoded::plain(decoder(bytes));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return escaped(bytes).map_or_else(|| Decoded::plain(text), Decoded::plain);
    }
    let lossy = String::from_utf8_lossy(bytes);
    if is_mostly_utf8(&lossy) {
        return Decoded::noted(lossy, "some characters of the text could not be decoded".to_owned());
    }
    let encoding = detected(bytes);
    let told = if label.is_empty() { "no charset" } else { "an unknown charset" };
    Decoded::noted(
        encoding.decode_without_bom_handling(bytes).0,
        format!("its text declares {told}: it was read as {}", encoding.name()),
    )
}

/// Japanese in seven bits, which is ASCII to every other test.
fn escaped(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let has_escapes = bytes.windows(3).any(|window| matches!(window, b"\x1b$B" | b"\x1b$@"));
    if !has_escapes {
        return None;
    }
    let (text, has_errors) = ISO_2022_JP.decode_without_bom_handling(bytes);
    (!has_errors).then_some(text)
}

/// The charset that bytes which are no UTF-8 are most likely in.
pub(super) fn detected(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(DETECTED_BYTES)], true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    if encoding.decode_without_bom_handling(bytes).1 { WINDOWS_1252 } else { encoding }
}

/// The charset that HTML declares of itself near its beginning.
pub(super) fn declared_in_html(html: &[u8]) -> Option<String> {
    let start = &html[..html.len().min(2048)];
    let lower = String::from_utf8_lossy(start).to_ascii_lowercase();
    let mut rest = lower.as_str();
    while let Some(at) = rest.find("<meta") {
        rest = &rest[at + 5..];
        let tag = rest.split('>').next().unwrap_or_default();
        if let Some((_, value)) = tag.split_once("charset") {
            let value = value.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
            let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(value.len());
            return (end > 0).then(|| value[..end].to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_without_or_with_a_wrong_charset_is_read_and_told() {
        for declared in [None, Some("us-ascii"), Some("utf-8"), Some("x-unknown"), Some("iso-8859-1")] {
            let decoded = decode(b"La facturaci\xf3n de mi cuenta est\xe1 mal, se\xf1or", declared);
            assert_eq!(decoded.text, "La facturaci\u{f3}n de mi cuenta est\u{e1} mal, se\u{f1}or", "{declared:?}");
            assert_eq!(decoded.note.is_some(), declared != Some("iso-8859-1"), "{declared:?}");
        }
    }

    #[test]
    fn utf8_that_calls_itself_latin_is_utf8() {
        let decoded = decode("a\u{f1}o \u{2014} \u{20ac}41".as_bytes(), Some("ISO-8859-1"));
        assert_eq!(decoded.text, "a\u{f1}o \u{2014} \u{20ac}41");
        assert!(decoded.note.is_some());
    }

    #[test]
    fn quotes_of_windows_in_latin_are_quotes() {
        assert_eq!(
            decode(b"\x93my bill\x94 \x96 \x8041", Some("iso-8859-1")).text,
            "\u{201c}my bill\u{201d} \u{2013} \u{20ac}41"
        );
    }

    #[test]
    fn a_damaged_byte_does_not_make_utf8_something_else() {
        let decoded = decode(b"a\xc3\xb1o, ma\xc3\xb1ana, se\xc3", Some("utf-8"));
        assert_eq!(decoded.text, "a\u{f1}o, ma\u{f1}ana, se\u{fffd}");
    }

    #[test]
    fn html_tells_its_charset() {
        let html = b"<html><head><META http-equiv='Content-Type' content=\"text/html; charset=windows-1251\">";
        assert_eq!(declared_in_html(html).as_deref(), Some("windows-1251"));
        assert_eq!(declared_in_html(b"<meta charset=\"utf-8\">").as_deref(), Some("utf-8"));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_charset_give_text(bytes in proptest::collection::vec(any::<u8>(), 0..300), label in "[a-z0-9-]{0,12}") {
            prop_assert!(decode(&bytes, Some(&label)).text.len() <= bytes.len() * 3 + 8);
        }
    }
}
