//! The text of an HTML letter, line by line, and which lines the HTML itself marks as quoted
//! or as a signature.
//!
//! It reads tags, not documents: no tree is built, so that broken and endless HTML costs one
//! pass and nothing is refused.

mod marks;
mod tags;

use mail_parser::decoders::html::html_to_text;

use super::attribution::introduces;
use super::line::{Line, Owner};
use super::{Parts, parts};
use marks::{Extent, Mark, mark};
use tags::{Piece, Pieces, Tag};

/// Splits an HTML body into what is new, what is quoted and the signature.
#[must_use]
pub fn split_html(html: &str) -> Parts {
    let page = Page::read(html);
    let mut lines: Vec<Line<'_>> = page.lines().collect();
    settle(&mut lines);
    parts(&mut lines)
}

/// A plain `<blockquote>` is quoted when a line introduces it, when a certain quotation stands
/// above or when nothing but quotations follow; between lines of the writer it stays new.
fn settle(lines: &mut [Line<'_>]) {
    let last_words = lines.iter().rposition(|line| line.is_new() && line.has_words()).unwrap_or(0);
    let (mut introduced, mut quoted_above) = (false, false);
    for (at, line) in lines.iter_mut().enumerate() {
        if line.owner == Owner::PerhapsQuoted {
            line.owner = if introduced || quoted_above || at > last_words { Owner::Quoted } else { Owner::New };
        } else if line.has_words() {
            quoted_above |= line.owner == Owner::Quoted;
            introduced = line.is_new() && introduces(line.text);
        }
    }
}

/// All the text of an HTML body, in the same lines as [`split_html`] has it.
#[cfg(test)]
pub(super) fn html_text(html: &str) -> String {
    let page = Page::read(html);
    let texts: Vec<&str> = page.lines().map(|line| line.text).collect();
    texts.join("\n").trim().to_owned()
}

/// An open element whose text has another owner.
struct Region {
    tag: String,
    depth: usize,
    owner: Owner,
    /// Gmail puts the attribution and the quotation into one element, and answers written below
    /// the quotation too: the region ends with the quotation inside it.
    until_quotation: bool,
}

#[derive(Default)]
struct Page {
    /// The lines behind one another: a letter may be millions of them.
    text: String,
    /// Where in the text each line ends, and whose it is.
    ends: Vec<(usize, Owner)>,
    line: String,
    /// A blank waits to be written before the next word.
    blank: bool,
    /// A paragraph has ended: the next line is set off by an empty one.
    paragraph: bool,
    preformatted: usize,
    region: Option<Region>,
    /// From here on everything is quoted.
    rest_quoted: bool,
}

impl Page {
    fn read(html: &str) -> Self {
        let mut page = Self::default();
        for piece in Pieces::new(html) {
            match piece {
                Piece::Text(text) => page.write(text),
                Piece::Tag(tag) => page.pass(&tag),
            }
        }
        page.end_line();
        page
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |(end, owner)| {
            let text = &self.text[start..*end];
            start = *end;
            Line { text, owner: *owner }
        })
    }

    fn add_line(&mut self, owner: Owner) {
        self.text.push_str(&self.line);
        self.line.clear();
        self.ends.push((self.text.len(), owner));
    }

    fn owner(&self) -> Owner {
        if self.rest_quoted { Owner::Quoted } else { self.region.as_ref().map_or(Owner::New, |region| region.owner) }
    }

    fn write(&mut self, text: &str) {
        if self.preformatted > 0 {
            for (count, line) in text.split('\n').enumerate() {
                if count > 0 {
                    self.break_line();
                }
                self.line.push_str(&decoded(line.trim_end_matches('\r')));
            }
            return;
        }
        self.blank |= text.starts_with(char::is_whitespace);
        for word in text.split(|character: char| character.is_ascii_whitespace()).filter(|word| !word.is_empty()) {
            let word = decoded(word);
            self.note_forward(&word);
            if self.blank && !self.line.is_empty() {
                self.line.push(' ');
            }
            self.line.push_str(&word);
            self.blank = true;
        }
        self.blank = text.ends_with(|character: char| character.is_ascii_whitespace());
    }

    /// A region that begins with dashes holds a forwarded letter, to its own end.
    fn note_forward(&mut self, word: &str) {
        if let Some(region) = self.region.as_mut().filter(|region| region.until_quotation && self.line.is_empty()) {
            region.until_quotation = !word.starts_with("---");
        }
    }

    fn pass(&mut self, tag: &Tag<'_>) {
        match tag.name.as_str() {
            "br" => self.break_line(),
            "p" | "blockquote" | "pre" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_line();
                self.paragraph = true;
            }
            "div" | "li" | "tr" | "hr" | "section" | "article" | "header" | "footer" | "center" | "address" | "dl"
            | "dt" | "dd" | "form" | "body" => self.end_line(),
            "td" | "th" => self.blank = true,
            _ => {}
        }
        if tag.name == "pre" {
            self.preformatted = if tag.closes { self.preformatted.saturating_sub(1) } else { self.preformatted + 1 };
        }
        if tag.closes { self.close(tag) } else { self.open(tag) }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        if self.rest_quoted || tag.is_void() {
            self.rest_quoted |= mark(tag).is_some_and(|mark| mark.extent == Extent::Rest);
            return;
        }
        if let Some(region) = &mut self.region {
            if region.until_quotation && tag.name == "blockquote" {
                *region = Region { tag: tag.name.clone(), depth: 1, owner: Owner::Quoted, until_quotation: false };
                return;
            }
            region.depth += usize::from(region.tag == tag.name);
            if region.owner == Owner::Quoted {
                return;
            }
        }
        let Some(Mark { owner, extent }) = mark(tag) else { return };
        if self.region.is_some() && owner != Owner::Quoted {
            return;
        }
        self.end_line();
        if extent == Extent::Rest {
            self.rest_quoted = true;
        } else {
            let until_quotation = extent == Extent::UntilQuotation;
            self.region = Some(Region { tag: tag.name.clone(), depth: 1, owner, until_quotation });
        }
    }

    fn close(&mut self, tag: &Tag<'_>) {
        let Some(region) = self.region.as_mut().filter(|region| region.tag == tag.name) else { return };
        region.depth -= 1;
        if region.depth == 0 {
            self.end_line();
            self.region = None;
        }
    }

    /// Ends the line, an empty one too.
    fn break_line(&mut self) {
        if self.line.is_empty() {
            self.set_off();
        } else {
            self.end_line();
        }
    }

    /// Ends the line if it has begun.
    fn end_line(&mut self) {
        self.blank = false;
        if self.line.is_empty() {
            return;
        }
        if std::mem::take(&mut self.paragraph) {
            self.set_off();
        }
        let owner = self.owner();
        self.add_line(owner);
    }

    /// One empty line, not two.
    fn set_off(&mut self) {
        let start = self.ends.len().checked_sub(2).map_or(0, |before| self.ends[before].0);
        if !self.text[start..].trim().is_empty() {
            let owner = self.owner();
            self.ends.push((self.text.len(), owner));
        }
    }
}

/// The text with its character references resolved.
fn decoded(text: &str) -> String {
    if !text.contains('&') || text.contains('<') {
        return text.replace('\u{a0}', " ");
    }
    // The decoder drops blanks at both ends, which preformatted text needs.
    let start = text.len() - text.trim_start().len();
    format!("{}{}", &text[..start], html_to_text(&text[start..])).replace('\u{a0}', " ")
}
