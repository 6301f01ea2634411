//! Where each line of a letter stands, and on which page.

use super::chart::{self, Bar, UsageChart};
use super::face::{Face, Faces};
use super::window::{self, WINDOW};
use super::{PostError, PostedLetter};
use crate::replies::blocks::{Block, blocks};

/// The size of a page, US Letter, in points.
pub(super) const PAGE: (f32, f32) = (612.0, 792.0);
/// The margins: left and right, top, bottom.
pub(super) const SIDE: f32 = 72.0;
const TOP: f32 = 64.0;
const BOTTOM: f32 = 72.0;
/// The folds of the sheet, from its top.
pub(super) const FOLDS: [f32; 2] = [288.0, 540.0];
/// Where the text begins on the first page: under the first fold.
const TEXT: f32 = 312.0;
/// The width of the code and where it stands.
pub(super) const CODE: f32 = 62.0;
pub(super) const CODE_TOP: f32 = 40.0;
/// How far list items stand in.
const INDENT: f32 = 14.0;

/// What a line is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A paragraph; lines with the same number are one.
    Paragraph,
    /// The subject.
    Heading,
    /// A heading within the letter.
    Subheading,
    /// The mark before a list item.
    Mark,
    /// The words of a list item.
    Item,
    /// A cell of the table's head.
    Head,
    /// A cell that names its row.
    RowHead,
    /// Another cell.
    Cell,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Its page, from zero.
    pub(super) page: usize,
    /// Where it begins, and its base, in points from the top left corner.
    pub(super) x: f32,
    pub(super) y: f32,
    /// The height of its letters.
    pub(super) size: f32,
    /// Whether it is bold.
    pub(super) bold: bool,
    /// What it says.
    pub(super) text: String,
    /// What it is.
    pub(super) role: Role,
    /// The block, list or table that it belongs to.
    pub(super) group: usize,
    /// The item or cell within that.
    pub(super) part: usize,
}

/// The chart's place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlacedChart {
    pub(super) page: usize,
    /// The base of its bars.
    pub(super) base: f32,
    pub(super) bars: Vec<Bar>,
    /// The group of the line before it.
    pub(super) after_group: usize,
}

/// A letter with every line in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LaidOut {
    pub(super) lines: Vec<Line>,
    pub(super) chart: Option<PlacedChart>,
    pub(super) pages: usize,
    /// The height of the text's letters.
    pub(super) size: f32,
}

struct Setting<'a> {
    faces: &'a Faces,
    size: f32,
    leading: f32,
    page: usize,
    /// The upper edge of the next line.
    y: f32,
    group: usize,
    lines: Vec<Line>,
}

/// Places everything.
pub(super) fn lay_out(letter: &PostedLetter<'_>, faces: &Faces) -> Result<LaidOut, PostError> {
    let size = if letter.large_print { 18.0 } else { 10.5 };
    let mut setting = Setting { faces, size, leading: size * 1.4, page: 0, y: TEXT, group: 0, lines: Vec::new() };
    setting.letterhead(letter);
    setting.address(letter)?;
    setting.paragraph(letter.printed_date);
    setting.heading(letter.subject, Role::Heading, size * 1.15);
    for block in blocks(letter.body) {
        match block {
            Block::Paragraph(text) => setting.paragraph(&text),
            Block::Items(items) => setting.list(&items),
        }
    }
    let chart = letter.usage.map(|usage| setting.chart(usage));
    Ok(LaidOut { chart, pages: setting.page + 1, size, lines: setting.lines })
}

impl Setting<'_> {
    fn letterhead(&mut self, letter: &PostedLetter<'_>) {
        let mut y = CODE_TOP + 12.0;
        for (number, text) in letter.letterhead.iter().enumerate() {
            let (bold, size) = (number == 0, if number == 0 { 13.0 } else { 9.0 });
            self.put(SIDE, y, size, bold, text, Role::Paragraph, 0);
            y += if number == 0 { 16.0 } else { 12.0 };
        }
        self.group += 1;
        let y = CODE_TOP + CODE + 11.0;
        let reference = letter.reference.as_str();
        let x = PAGE.0 - SIDE - self.faces.text.width(reference, 9.0);
        self.put(x, y, 9.0, false, reference, Role::Paragraph, 0);
        self.group += 1;
    }

    fn address(&mut self, letter: &PostedLetter<'_>) -> Result<(), PostError> {
        let placed = window::place(letter.address, &self.faces.text)?;
        let mut y = placed.first_line;
        for line in letter.address {
            self.put(WINDOW.left, y, placed.size, false, line, Role::Paragraph, 0);
            y += placed.leading;
        }
        self.group += 1;
        Ok(())
    }

    fn paragraph(&mut self, text: &str) {
        let lines: Vec<String> = text.lines().flat_map(|line| self.broken(line, PAGE.0 - 2.0 * SIDE)).collect();
        self.keep_together(lines.len());
        for (number, line) in lines.iter().enumerate() {
            self.next_line(number, lines.len());
            self.put_here(SIDE, false, line, Role::Paragraph, 0);
        }
        self.end_block();
    }

    fn heading(&mut self, text: &str, role: Role, size: f32) {
        let plain = std::mem::replace(&mut self.size, size);
        let lines = broken(text, &self.faces.bold, size, PAGE.0 - 2.0 * SIDE);
        // A heading never stands alone at the foot of a page.
        self.need(lines.len() + 2);
        for line in lines {
            self.put_here(SIDE, true, &line, role, 0);
        }
        self.size = plain;
        self.end_block();
    }

    fn list(&mut self, items: &[String]) {
        for (part, item) in items.iter().enumerate() {
            let lines = self.broken(item, PAGE.0 - 2.0 * SIDE - INDENT);
            self.keep_together(lines.len());
            for (number, line) in lines.iter().enumerate() {
                self.next_line(number, lines.len());
                if number == 0 {
                    let y = self.y + self.size;
                    self.put(SIDE, y, self.size, false, "•", Role::Mark, part);
                }
                self.put_here(SIDE + INDENT, false, line, Role::Item, part);
            }
            self.y += self.leading * 0.2;
        }
        self.end_block();
    }

    fn chart(&mut self, usage: &UsageChart) -> PlacedChart {
        let rows = usage.bars.len() + 1;
        // The chart stands with its title; the table begins on the same page.
        self.need_points(chart::HEIGHT + self.leading * 6.0);
        self.heading(&usage.title, Role::Subheading, self.size);
        let after_group = self.group - 1;
        let (page, base) = (self.page, self.y + chart::HEIGHT);
        self.y = base + self.leading;
        let column = (PAGE.0 - 2.0 * SIDE) * 0.6;
        for row in 0..rows {
            self.need(1);
            let bar = row.checked_sub(1).and_then(|number| usage.bars.get(number));
            let texts = bar.map_or_else(|| usage.columns.clone(), |bar| [bar.label.clone(), bar.printed.clone()]);
            let roles = if bar.is_some() { [Role::RowHead, Role::Cell] } else { [Role::Head, Role::Head] };
            let y = self.y + self.size;
            self.put(SIDE, y, self.size, bar.is_none(), &texts[0], roles[0], row);
            self.put_here(SIDE + column, bar.is_none(), &texts[1], roles[1], row);
        }
        self.end_block();
        PlacedChart { page, base, bars: chart::bars(usage, PAGE.0 - 2.0 * SIDE), after_group }
    }

    fn broken(&self, text: &str, width: f32) -> Vec<String> {
        broken(text, &self.faces.text, self.size, width)
    }

    /// Lines of one block are not parted with one line alone on either page.
    fn keep_together(&mut self, lines: usize) {
        self.need(if lines <= 3 { lines } else { 2 });
    }

    fn next_line(&mut self, number: usize, lines: usize) {
        // The last two lines stay together.
        self.need(if number + 2 == lines && lines > 3 { 2 } else { 1 });
    }

    fn need(&mut self, lines: usize) {
        let lines = f32::from(u16::try_from(lines).unwrap_or(u16::MAX));
        self.need_points(self.leading * lines);
    }

    fn need_points(&mut self, points: f32) {
        if self.y + points > PAGE.1 - BOTTOM {
            self.page += 1;
            self.y = TOP;
        }
    }

    fn put_here(&mut self, x: f32, bold: bool, text: &str, role: Role, part: usize) {
        let y = self.y + self.size;
        self.put(x, y, self.size, bold, text, role, part);
        self.y += self.leading;
    }

    #[expect(clippy::too_many_arguments, reason = "a line is what it says, where it stands, and what it is")]
    fn put(&mut self, x: f32, y: f32, size: f32, bold: bool, text: &str, role: Role, part: usize) {
        let text = text.to_owned();
        self.lines.push(Line { page: self.page, x, y, size, bold, text, role, group: self.group, part });
    }

    fn end_block(&mut self) {
        self.group += 1;
        self.y += self.leading * 0.6;
    }
}

/// Parts a text into lines of at most that width; a word that is longer is cut.
fn broken(text: &str, face: &Face, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0.0;
    let blank = face.width(" ", size);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for piece in pieces(word, face, size, width) {
            let length = face.width(piece, size);
            if !line.is_empty() && used + blank + length > width {
                lines.push(std::mem::take(&mut line));
            }
            if line.is_empty() {
                used = length;
            } else {
                line.push(' ');
                used += blank + length;
            }
            line.push_str(piece);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A word, in pieces that fit into a line.
fn pieces<'a>(word: &'a str, face: &Face, size: f32, width: f32) -> Vec<&'a str> {
    if face.width(word, size) <= width {
        return vec![word];
    }
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0.0);
    for (at, character) in word.char_indices() {
        let length = face.width(character.encode_utf8(&mut [0; 4]), size);
        if used + length > width && at > start {
            pieces.push(&word[start..at]);
            (start, used) = (at, 0.0);
        }
        used += length;
    }
    pieces.push(&word[start..]);
    pieces
}
