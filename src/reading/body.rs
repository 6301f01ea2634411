//! The readable text of the parts of a message, whatever form they have.

use super::fields::Fields;
use super::outline::Outline;
use super::quotes::{self, Parts};
use super::structure::Structure;
use super::{cards, charset, html};

/// The longest text of one part that is read; what follows is noted, never lost: the raw
/// message keeps it.
const TEXT_BYTES: usize = 2 * 1024 * 1024;

/// The text that a person would read of a message with this outline, and what was left out.
pub(super) fn readable_text(structure: &Structure<'_>, outline: &Outline, problems: &mut Vec<String>) -> String {
    let mut text = String::new();
    for part in &outline.text {
        let bytes = structure.decoded(*part);
        let (piece, note) = part_text(&structure.parts[*part].fields, &bytes);
        if let Some(note) = note
            && !problems.contains(&note)
        {
            problems.push(note);
        }
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

/// What of the readable text is new, quoted or a signature. HTML marks its quotations better than
/// any line could, so it is split before it becomes plain.
pub(super) fn split_text(structure: &Structure<'_>, outline: &Outline, text: &str) -> Parts {
    if !outline.text.iter().any(|part| is_html(&structure.parts[*part].fields)) {
        return quotes::split(text);
    }
    let mut parts = Parts::default();
    for part in &outline.text {
        let fields = &structure.parts[*part].fields;
        let bytes = structure.decoded(*part);
        let further = if is_html(fields) {
            let split = quotes::split_html(&decoded_text(fields, &bytes[..bytes.len().min(TEXT_BYTES)]).text);
            Parts { new_text: tidy(&split.new_text), quoted: tidy(&split.quoted), signature: tidy(&split.signature) }
        } else {
            quotes::split(&part_text(fields, &bytes).0)
        };
        parts.append(&further);
    }
    parts
}

fn is_html(fields: &Fields) -> bool {
    matches!(fields.content_type.as_str(), "text/html" | "application/xhtml+xml")
}

/// The text of one part that is of a textual type, tidied, and what is to say about it.
pub(super) fn part_text(fields: &Fields, bytes: &[u8]) -> (String, Option<String>) {
    let is_cut = bytes.len() > TEXT_BYTES;
    let bytes = &bytes[..bytes.len().min(TEXT_BYTES)];
    let decoded = decoded_text(fields, bytes);
    let text = match fields.content_type.as_str() {
        "text/html" | "application/xhtml+xml" => html::text(&decoded.text),
        "text/enriched" | "text/richtext" => html::text(&decoded.text.replace("<<", "&lt;")),
        _ if fields.is_flowed => unflowed(&decoded.text, fields.deletes_space),
        _ => match cards::readable(&decoded.text) {
            Some(lines) => lines,
            None => decoded.text.into_owned(),
        },
    };
    let cut = || format!("only the first {TEXT_BYTES} bytes of a text were read");
    (tidy(&text), if is_cut { Some(cut()) } else { decoded.note })
}

/// The text of a part as it was written, HTML as HTML.
pub(super) fn decoded_text<'x>(fields: &Fields, bytes: &'x [u8]) -> charset::Decoded<'x> {
    match &fields.charset {
        Some(charset) => charset::decode(bytes, Some(charset)),
        None if fields.content_type == "text/html" => {
            charset::decode(bytes, charset::declared_in_html(bytes).as_deref())
        }
        None => charset::decode(bytes, None),
    }
}

/// Puts together lines that their program broke (RFC 3676). Quoted lines stay as they are.
fn unflowed(text: &str, deletes_space: bool) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.lines() {
        // A blank before a line that would look quoted is no part of it.
        let is_quoted = line.starts_with('>');
        let line = if is_quoted { line } else { line.strip_prefix(' ').unwrap_or(line) };
        let goes_on = line.ends_with(' ') && line != "-- " && !is_quoted;
        result.push_str(if goes_on && deletes_space { &line[..line.len() - 1] } else { line });
        if !goes_on {
            result.push('\n');
        }
    }
    result
}

/// At most `limit` bytes of the text, cut between characters.
pub(super) fn prefix(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// One kind of line end, no trailing blanks, at most one empty line in a row, and no control
/// characters that a page or a database cannot hold.
pub(super) fn tidy(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut empty_lines = 0;
    let mut cleaned = String::new();
    for line in text.lines() {
        if line.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
            // Most lines need no more.
            add_line(&mut result, line, &mut empty_lines);
            continue;
        }
        cleaned.clear();
        cleaned.extend(line.chars().filter_map(|character| match character {
            '\t' => Some('\t'),
            '\u{a0}' => Some(' '),
            '\u{feff}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            other => (!other.is_control()).then_some(other),
        }));
        add_line(&mut result, &cleaned, &mut empty_lines);
    }
    result
}

fn add_line(result: &mut String, line: &str, empty_lines: &mut usize) {
    let line = line.trim_end();
    if line.is_empty() {
        *empty_lines += 1;
        return;
    }
    if !result.is_empty() {
        result.push_str(if *empty_lines > 0 { "\n\n" } else { "\n" });
    }
    *empty_lines = 0;
    result.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_one_paragraph_and_the_signature_stays_apart() {
        assert_eq!(
            unflowed("My bill \ntripled.\n> quoted \n-- \nAna", false),
            "My bill tripled.\n> quoted \n-- \nAna\n"
        );
    }
}
