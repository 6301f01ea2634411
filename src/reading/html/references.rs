//! Character references: `&eacute;`, `&#233;`, and the ways in which mail programs write them.

use std::borrow::Cow;

use mail_parser::decoders::html::add_html_token;

/// The longest name that is looked up.
const NAME_BYTES: usize = 32;

/// The text with its character references replaced.
pub(super) fn resolved(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = reference(rest, &mut result);
        rest = &rest[length..];
    }
    result.push_str(rest);
    Cow::Owned(result)
}

/// Writes what the reference at the beginning of `text` stands for and tells its length.
fn reference(text: &str, result: &mut String) -> usize {
    let body = &text[1..];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let length = body.bytes().take(NAME_BYTES).take_while(|byte| is_name(byte)).count();
    let name = &body[..length];
    let is_closed = body[length..].starts_with(';');
    if let Some(character) = name.strip_prefix('#').and_then(numbered) {
        result.push(character);
        return 1 + length + usize::from(is_closed);
    }
    let before = result.len();
    if length > 0 {
        add_html_token(result, format!("&{name};").as_bytes(), false);
    }
    // What is unknown comes back as it was.
    if length == 0 || result[before..].starts_with('&') && result.len() > before + 1 {
        result.truncate(before);
        result.push('&');
        return 1;
    }
    1 + length + usize::from(is_closed)
}

/// Numbers from 128 to 159 are meant in windows-1252, as browsers read them.
fn numbered(digits: &str) -> Option<char> {
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => digits.parse().ok()?,
    };
    match u8::try_from(number) {
        Ok(byte @ 0x80..=0x9f) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next(),
        Ok(0) => Some(char::REPLACEMENT_CHARACTER),
        _ => char::from_u32(number).or(Some(char::REPLACEMENT_CHARACTER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_become_characters() {
        assert_eq!(resolved("a&ntilde;o &amp; &#36;41 &#x20AC; &#146;"), "a\u{f1}o & $41 \u{20ac} \u{2019}");
        assert_eq!(resolved("&nbsp x &copy 2026"), "\u{a0} x \u{a9} 2026");
    }

    #[test]
    fn what_is_no_reference_stays() {
        assert_eq!(resolved("Q&A, a & b &unknown; &;"), "Q&A, a & b &unknown; &;");
    }
}
