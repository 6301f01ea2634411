//! HTML as the text that a person would read.

use super::references::resolved;
use super::tokens::{Token, Tokens, attributes};

/// Quotations within one another that are still marked.
const QUOTE_DEPTH: usize = 6;
/// Lists within one another that are still indented.
const LIST_DEPTH: usize = 12;

/// The readable text of HTML: paragraphs apart, list items marked, quotations behind `> `.
#[must_use]
pub fn text(html: &str) -> String {
    let mut page = Page::default();
    for token in Tokens::of(html) {
        match token {
            Token::Text(text) => page.text(&resolved(text)),
            Token::Raw(text) => page.raw(text),
            Token::Open(name, attributes) => page.open(&name.to_ascii_lowercase(), attributes),
            Token::Close(name) => page.close(&name.to_ascii_lowercase()),
        }
    }
    page.text
}

/// What is done with text.
#[derive(Default)]
enum Mode {
    /// Its blanks and line ends are one blank.
    #[default]
    Flow,
    /// It stays as it is.
    Preformatted,
    /// It is not shown.
    Head,
}

#[derive(Default)]
struct Page {
    text: String,
    /// Line ends to write before the next word.
    pending_lines: usize,
    /// Whether a blank stands before the next word.
    pending_blank: bool,
    /// What stands before the first word of the next line, such as the mark of a list item.
    pending_mark: String,
    /// For each blockquote whether it quotes.
    quotes: Vec<bool>,
    /// How many of them quote.
    quote_depth: usize,
    /// How many quoted around the last line.
    last_depth: usize,
    /// For each list the number of its last item; `None` where items are not numbered.
    lists: Vec<Option<u32>>,
    mode: Mode,
    /// Whether the element without markup that is open is shown.
    shows_raw: bool,
}

impl Page {
    fn open(&mut self, name: &str, attributes: &str) {
        match name {
            "head" => self.mode = Mode::Head,
            "body" => self.mode = Mode::Flow,
            "textarea" | "xmp" => self.shows_raw = true,
            "script" | "style" | "title" | "iframe" | "noembed" | "noframes" => self.shows_raw = false,
            "br" => self.break_line(),
            "hr" => self.lines(2),
            "pre" => {
                self.lines(2);
                self.mode = Mode::Preformatted;
            }
            "blockquote" => {
                self.lines(2);
                let quotes = is_quotation(attributes);
                self.quotes.push(quotes);
                self.quote_depth += usize::from(quotes);
            }
            "ul" | "ol" | "menu" | "dir" => {
                self.lines(if self.lists.is_empty() { 2 } else { 1 });
                self.lists.push((name == "ol").then_some(0));
            }
            "li" => self.item(),
            "td" | "th" => self.cell(),
            name => self.lines(lines_around(name)),
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "head" => self.mode = Mode::Flow,
            "pre" => {
                self.lines(2);
                self.mode = Mode::Flow;
            }
            "blockquote" => {
                self.lines(2);
                self.quote_depth -= usize::from(self.quotes.pop() == Some(true));
            }
            "ul" | "ol" | "menu" | "dir" => {
                self.lists.pop();
                self.lines(if self.lists.is_empty() { 2 } else { 1 });
            }
            "br" => self.break_line(),
            name => self.lines(lines_around(name)),
        }
    }

    /// At least so many line ends before what follows.
    fn lines(&mut self, count: usize) {
        if count > 0 {
            self.pending_lines = self.pending_lines.max(count);
            self.pending_blank = false;
        }
    }

    fn break_line(&mut self) {
        self.pending_lines = (self.pending_lines + 1).min(2);
        self.pending_blank = false;
    }

    fn item(&mut self) {
        self.lines(1);
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(LIST_DEPTH));
        self.pending_mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{indent}{number}. ")
            }
            _ => format!("{indent}- "),
        };
    }

    fn cell(&mut self) {
        if self.pending_lines == 0 && !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push(' ');
            self.pending_blank = true;
        }
    }

    fn raw(&mut self, text: &str) {
        if self.shows_raw {
            self.text(&resolved(text));
        }
    }

    fn text(&mut self, text: &str) {
        match self.mode {
            Mode::Head => return,
            Mode::Preformatted => return self.preformatted(text),
            Mode::Flow => {}
        }
        let blank = [' ', '\t', '\r', '\n', '\u{c}'];
        let mut words = text.split(blank);
        if let Some(first) = words.next() {
            self.word(first);
        }
        for word in words {
            self.pending_blank = true;
            self.word(word);
        }
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        self.begin_line();
        if self.pending_blank && !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
            self.text.push(' ');
        }
        self.pending_blank = false;
        self.text.push_str(word);
    }

    fn preformatted(&mut self, text: &str) {
        for (position, line) in text.split('\n').enumerate() {
            if position > 0 {
                self.pending_lines = (self.pending_lines + 1).min(3);
            }
            let line = line.trim_end_matches('\r');
            if !line.is_empty() {
                self.begin_line();
                self.text.push_str(line);
            }
        }
        self.pending_blank = false;
    }

    fn begin_line(&mut self) {
        if !self.text.is_empty() && self.pending_lines == 0 {
            return;
        }
        let depth = self.quote_depth.min(QUOTE_DEPTH);
        if !self.text.is_empty() {
            for line in 0..self.pending_lines {
                // The line between two belongs to a quotation that both stand in.
                if line > 0 {
                    self.text.push_str("> ".repeat(depth.min(self.last_depth)).trim_end());
                }
                self.text.push('\n');
            }
        }
        self.last_depth = depth;
        self.text.push_str(&"> ".repeat(depth));
        self.text.push_str(&std::mem::take(&mut self.pending_mark));
        self.pending_lines = 0;
        self.pending_blank = false;
    }
}

/// How many line ends stand before and after an element.
fn lines_around(name: &str) -> usize {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "dl" | "fieldset" | "figure" => 2,
        "div" | "tr" | "li" | "dt" | "dd" | "address" | "article" | "aside" | "caption" | "center" | "footer"
        | "form" | "header" | "main" | "nav" | "section" | "tbody" | "thead" | "tfoot" | "legend" | "option"
        | "title" | "body" | "html" | "figcaption" | "details" | "summary" => 1,
        _ => 0,
    }
}

/// Whether a blockquote quotes: many mail programs also indent with it.
fn is_quotation(text: &str) -> bool {
    attributes(text).any(|(name, value)| {
        let value = value.to_ascii_lowercase();
        match name.to_ascii_lowercase().as_str() {
            "type" => value == "cite",
            "cite" => true,
            "class" | "id" => value.contains("quote") || value.contains("cite"),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paragraphs_lines_and_blanks_are_as_a_person_sees_them() {
        let html = "<html><head><title>x</title><style>p{}</style></head><body>\n<p>My  bill\n <b>trip</b>led.</p><p>Why?<br>Ana</p></body>";
        assert_eq!(text(html), "My bill tripled.\n\nWhy?\nAna");
    }

    #[test]
    fn lists_and_tables_stay_in_order() {
        assert_eq!(text("<p>Both:</p><ul><li>one<li>two</ul>end"), "Both:\n\n- one\n- two\n\nend");
        assert_eq!(text("<ol><li>a</li><li>b</li></ol>"), "1. a\n2. b");
        assert_eq!(
            text("<table><tr><td>Account</td><td>123</td></tr><tr><td>Due</td></tr></table>"),
            "Account 123\nDue"
        );
    }

    #[test]
    fn a_quotation_is_marked_and_an_indent_is_not() {
        assert_eq!(
            text("Yes.<blockquote type=\"cite\"><p>Is it</p><p>so?</p></blockquote>"),
            "Yes.\n\n> Is it\n>\n> so?"
        );
        assert_eq!(text("<blockquote style='margin:0'>Yes</blockquote>"), "Yes");
    }

    #[test]
    fn preformatted_text_keeps_its_lines() {
        assert_eq!(text("<pre>a  b\n  c</pre>"), "a  b\n  c");
    }

    proptest! {
        #[test]
        fn any_text_gives_text(html in "[<>/!a-z \"'=&;#\\n\\-]{0,200}") {
            // Marks and line ends add to it, but only so much for each tag.
            prop_assert!(text(&html).len() <= html.len() * 12);
        }
    }
}
