//! The readable text of a message, whatever form its body has.

use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, PartType};

/// The longest HTML that is turned into text; what follows is noted, never lost: the raw
/// message keeps it.
const HTML_BYTES: usize = 2 * 1024 * 1024;

/// All the text that a person would read, and what was left out.
pub(super) fn readable_text(message: &Message<'_>, problems: &mut Vec<String>) -> String {
    let mut text = String::new();
    for id in &message.text_body {
        let Some(part) = message.part(*id) else { continue };
        let piece = match &part.body {
            PartType::Text(plain) => plain.to_string(),
            PartType::Html(html) => {
                if html.len() > HTML_BYTES {
                    problems.push(format!("only the first {HTML_BYTES} bytes of the HTML text were read"));
                }
                html_to_text(prefix(html, HTML_BYTES))
            }
            PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Message(_) | PartType::Multipart(_) => continue,
        };
        if part.is_encoding_problem {
            problems.push("some characters of the text could not be decoded".to_owned());
        }
        let piece = tidy(&piece);
        if piece.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&piece);
    }
    text
}

/// At most `limit` bytes of the text, cut between characters.
fn prefix(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// One kind of line end, no trailing blanks, at most one empty line in a row, and no control
/// characters that a page or a database cannot hold.
pub(super) fn tidy(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut empty_lines = 0;
    let mut cleaned = String::new();
    for line in text.lines() {
        cleaned.clear();
        cleaned.extend(line.chars().filter_map(|character| match character {
            '\t' => Some('\t'),
            '\u{a0}' => Some(' '),
            '\u{feff}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            other => (!other.is_control()).then_some(other),
        }));
        let line = cleaned.trim_end();
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        if !result.is_empty() {
            result.push_str(if empty_lines > 0 { "\n\n" } else { "\n" });
        }
        empty_lines = 0;
        result.push_str(line);
    }
    result
}
