//! The paragraphs and lists of a reply's text.

/// A part of the text that stands by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// Lines that belong together; the writer's own line ends are kept.
    Paragraph(String),
    /// The items of a list.
    Items(Vec<String>),
}

/// Parts a text into its blocks.
pub(super) fn blocks(body: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for block in body.split("\n\n") {
        let mut lines: Vec<&str> = Vec::new();
        let mut items: Vec<String> = Vec::new();
        for line in block.lines() {
            if let Some(item) = line.trim_start().strip_prefix("- ") {
                end_paragraph(&mut blocks, &mut lines);
                items.push(item.to_owned());
            } else if let Some(item) = items.last_mut() {
                item.push(' ');
                item.push_str(line.trim());
            } else {
                lines.push(line.trim());
            }
        }
        end_paragraph(&mut blocks, &mut lines);
        if !items.is_empty() {
            blocks.push(Block::Items(items));
        }
    }
    blocks
}

fn end_paragraph(blocks: &mut Vec<Block>, lines: &mut Vec<&str>) {
    let text = lines.join("\n").trim().to_owned();
    lines.clear();
    if !text.is_empty() {
        blocks.push(Block::Paragraph(text));
    }
}
