//! The HTML form of a reply, made from the same text that goes out as plain text.

use serde_json::{Value, json};

use super::templates::{Templates, folder};
use crate::letter::Language;

/// Renders the HTML of a reply's text.
pub fn html(
    templates: &Templates,
    language: Language,
    (subject, body): (&str, &str),
    (organization, reference): (&str, &str),
) -> Result<String, handlebars::RenderError> {
    let set = templates.set();
    let titles: Vec<&str> = set.titles(language).collect();
    let data = json!({
        "language": folder(language), "subject": subject, "organization": organization, "reference": reference,
        "blocks": blocks(body, &titles),
    });
    set.html().render("mail", &data)
}

/// Headings, paragraphs and lists, as the plain text shows them. A heading is a paragraph that
/// is the title of a section, however the text around it was changed.
fn blocks(body: &str, titles: &[&str]) -> Vec<Value> {
    let mut blocks = Vec::new();
    for block in body.split("\n\n") {
        if titles.contains(&block.trim()) {
            blocks.push(json!({ "heading": block.trim() }));
            continue;
        }
        let mut lines: Vec<&str> = Vec::new();
        let mut items: Vec<String> = Vec::new();
        for line in block.lines() {
            if let Some(item) = line.trim_start().strip_prefix("- ") {
                flush_paragraph(&mut blocks, &mut lines);
                items.push(item.to_owned());
            } else if let Some(item) = items.last_mut() {
                item.push(' ');
                item.push_str(line.trim());
            } else {
                lines.push(line.trim());
            }
        }
        flush_paragraph(&mut blocks, &mut lines);
        if !items.is_empty() {
            blocks.push(json!({ "items": items }));
        }
    }
    blocks
}

fn flush_paragraph(blocks: &mut Vec<Value>, lines: &mut Vec<&str>) {
    let text = lines.join("\n").trim().to_owned();
    lines.clear();
    if !text.is_empty() {
        blocks.push(json!({ "paragraph": text }));
    }
}
