//! The HTML form of a reply, made from the same text that goes out as plain text.

use serde_json::{Value, json};

use super::blocks::{Block, blocks};
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
        "blocks": printed(body, &titles),
    });
    set.html().render("mail", &data)
}

/// The blocks as the template names them. A heading is a paragraph that is the title of a section,
/// however the text around it was changed.
fn printed(body: &str, titles: &[&str]) -> Vec<Value> {
    let value = |block| match block {
        Block::Paragraph(text) if titles.contains(&text.as_str()) => json!({ "heading": text }),
        Block::Paragraph(text) => json!({ "paragraph": text }),
        Block::Items(items) => json!({ "items": items }),
    };
    blocks(body).into_iter().map(value).collect()
}
