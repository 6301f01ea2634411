//! Rewrites foreign HTML as a small, balanced subset before a browser's parser sees it.
//!
//! That parser's work grows with the square of the nesting, and markup that is out of order
//! makes it repeat elements. After this step nothing nests deep and nothing is out of order,
//! so that the sanitiser's time is bounded by the size; it also is a second guard before it.

use std::fmt::Write as _;

use super::references::resolved;
use super::tokens::{Token, Tokens, attributes};
use crate::reading::body::prefix;

/// More HTML is cut: the message as text has it all.
const HTML_BYTES: usize = 1024 * 1024;
/// Elements within one another; those further inside lose their tags, not their text.
const DEPTH: usize = 100;
/// Elements of looks within one another, such as `font`.
const LOOK_DEPTH: usize = 24;
/// Elements of one message.
const ELEMENTS: usize = 20_000;
/// The longest text that the sanitiser is given in one piece.
const TEXT_BYTES: usize = 4096;
/// The longest attribute that is kept, but for images that stand in the HTML.
const VALUE_BYTES: usize = 4096;

/// Elements that are kept, with the kind that decides what they close.
pub(super) const ELEMENTS_KEPT: &[(&str, Kind)] = &[
    ("a", Kind::Look),
    ("abbr", Kind::Look),
    ("address", Kind::Block),
    ("b", Kind::Look),
    ("bdi", Kind::Look),
    ("bdo", Kind::Look),
    ("big", Kind::Look),
    ("blockquote", Kind::Block),
    ("br", Kind::Void),
    ("caption", Kind::Table),
    ("center", Kind::Block),
    ("cite", Kind::Look),
    ("code", Kind::Look),
    ("dd", Kind::Block),
    ("del", Kind::Look),
    ("div", Kind::Block),
    ("dl", Kind::Block),
    ("dt", Kind::Block),
    ("em", Kind::Look),
    ("font", Kind::Look),
    ("h1", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("h5", Kind::Block),
    ("h6", Kind::Block),
    ("hr", Kind::Void),
    ("i", Kind::Look),
    ("img", Kind::Void),
    ("ins", Kind::Look),
    ("kbd", Kind::Look),
    ("li", Kind::Block),
    ("ol", Kind::Block),
    ("p", Kind::Block),
    ("pre", Kind::Block),
    ("q", Kind::Look),
    ("s", Kind::Look),
    ("samp", Kind::Look),
    ("small", Kind::Look),
    ("span", Kind::Look),
    ("strike", Kind::Look),
    ("strong", Kind::Look),
    ("sub", Kind::Look),
    ("sup", Kind::Look),
    ("table", Kind::Block),
    ("tbody", Kind::Table),
    ("td", Kind::Table),
    ("tfoot", Kind::Table),
    ("th", Kind::Table),
    ("thead", Kind::Table),
    ("tr", Kind::Table),
    ("tt", Kind::Look),
    ("u", Kind::Look),
    ("ul", Kind::Block),
    ("var", Kind::Look),
];

/// Attributes that are kept for the sanitiser to judge.
pub(super) const ATTRIBUTES_KEPT: &[&str] = &[
    "align",
    "alt",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "color",
    "colspan",
    "dir",
    "face",
    "height",
    "href",
    "lang",
    "rowspan",
    "size",
    "src",
    "start",
    "style",
    "title",
    "type",
    "valign",
    "width",
];

/// What an element does to those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It has no content.
    Void,
    /// It stands within a line.
    Look,
    /// It ends a paragraph.
    Block,
    /// It is a piece of a table.
    Table,
}

/// The HTML as a balanced document of known elements.
pub(super) fn rewritten(html: &str) -> String {
    let html = prefix(html, HTML_BYTES);
    let mut writer = Writer { result: String::with_capacity(html.len() + 64), ..Writer::default() };
    for token in Tokens::of(html) {
        match token {
            Token::Text(text) => writer.text(&resolved(text)),
            Token::Raw(_) => {}
            Token::Open(name, attributes) => writer.open(name, attributes),
            Token::Close(name) => writer.close(name),
        }
    }
    writer.close_to(0);
    writer.result
}

#[derive(Default)]
struct Writer {
    result: String,
    open: Vec<(&'static str, Kind)>,
    looks: usize,
    written: usize,
    /// Elements that were opened too deep to be kept.
    skipped: usize,
    /// Elements whose content is dropped with them.
    dropped: Vec<String>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if !self.dropped.is_empty() {
            return;
        }
        // The sanitiser searches the rest of a text at each character that it escapes: what is no
        // element of ours, and so goes, keeps the texts short.
        let mut rest = text;
        while rest.len() > TEXT_BYTES {
            let piece = prefix(rest, TEXT_BYTES);
            escape(piece, &mut self.result);
            self.result.push_str("<wbr>");
            rest = &rest[piece.len()..];
        }
        escape(rest, &mut self.result);
    }

    fn open(&mut self, name: &str, attributes: &str) {
        let name = name.to_ascii_lowercase();
        if is_dropped_with_content(&name) && !attributes.trim_end().ends_with('/') && self.dropped.len() < DEPTH {
            self.dropped.push(name);
            return;
        }
        if !self.dropped.is_empty() {
            return;
        }
        let Ok(position) = ELEMENTS_KEPT.binary_search_by_key(&name.as_str(), |(name, _)| *name) else { return };
        let (name, kind) = ELEMENTS_KEPT[position];
        self.close_implied(name, kind);
        if self.written >= ELEMENTS || (kind == Kind::Table && !self.open.iter().any(|(name, _)| *name == "table")) {
            return;
        }
        if kind == Kind::Void {
            return self.write_tag(name, attributes);
        }
        if self.open.len() >= DEPTH || (kind == Kind::Look && self.looks >= LOOK_DEPTH) {
            self.skipped += 1;
            return;
        }
        self.write_tag(name, attributes);
        self.looks += usize::from(kind == Kind::Look);
        self.open.push((name, kind));
    }

    /// Closes what an element ends by its mere beginning.
    fn close_implied(&mut self, name: &str, kind: Kind) {
        let (ended, within): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "table"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl", "table"]),
            "td" | "th" => (&["td", "th", "caption"], &["table"]),
            "tr" => (&["tr", "caption"], &["table"]),
            "tbody" | "thead" | "tfoot" | "caption" => (&["tbody", "thead", "tfoot", "caption"], &["table"]),
            "a" => (&["a"], &["table"]),
            _ if kind == Kind::Block => (&["p"], &["table"]),
            _ => return,
        };
        let stop = self.open.iter().rposition(|(open, _)| within.contains(open)).map_or(0, |at| at + 1);
        if let Some(at) = self.open[stop..].iter().position(|(open, _)| ended.contains(open)) {
            self.close_to(stop + at);
        }
        if kind == Kind::Block && name != "p" && self.open[stop..].iter().any(|(open, _)| *open == "p") {
            self.close_implied("p", Kind::Block);
        }
    }

    fn close(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        if let Some(at) = self.dropped.iter().rposition(|dropped| *dropped == name) {
            self.dropped.truncate(at);
            return;
        }
        if !self.dropped.is_empty() || ELEMENTS_KEPT.binary_search_by_key(&name.as_str(), |(name, _)| *name).is_err() {
            return;
        }
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        // Nothing in a cell closes what stands around its table.
        let stop =
            if name == "table" { 0 } else { self.open.iter().rposition(|(open, _)| *open == "table").unwrap_or(0) };
        if let Some(at) = self.open[stop..].iter().rposition(|(open, _)| *open == name) {
            self.close_to(stop + at);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some((name, kind)) = self.open.pop() else { return };
            self.looks -= usize::from(kind == Kind::Look);
            let _ = write!(self.result, "</{name}>");
        }
        if depth < DEPTH {
            self.skipped = 0;
        }
    }

    fn write_tag(&mut self, name: &str, text: &str) {
        self.written += 1;
        self.result.push('<');
        self.result.push_str(name);
        for (attribute, value) in attributes(text).take(40) {
            let attribute = attribute.to_ascii_lowercase();
            let value = resolved(value);
            let is_short = value.len() <= VALUE_BYTES || (attribute == "src" && value.starts_with("data:image/"));
            if is_short && ATTRIBUTES_KEPT.binary_search(&attribute.as_str()).is_ok() {
                let _ = write!(self.result, " {attribute}=\"");
                escape(&value, &mut self.result);
                self.result.push('"');
            }
        }
        self.result.push('>');
    }
}

/// Elements that say nothing to a reader of mail, or could draw what they like.
fn is_dropped_with_content(name: &str) -> bool {
    matches!(
        name,
        "svg" | "math" | "template" | "object" | "applet" | "audio" | "video" | "canvas" | "select" | "map" | "head"
    )
}

fn escape(text: &str, result: &mut String) {
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\0' => {}
            other => result.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_texts_are_given_in_pieces_and_shown_whole() {
        let text = "a&amp;\u{f1}".repeat(3000);
        assert_eq!(rewritten(&text).matches("<wbr>").count(), 2);
        assert_eq!(crate::reading::display_html(&text, |_| None, false), text);
    }

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        assert!(ELEMENTS_KEPT.is_sorted_by_key(|(name, _)| *name));
        assert!(ATTRIBUTES_KEPT.is_sorted());
    }

    #[test]
    fn unclosed_and_misnested_elements_come_out_balanced() {
        assert_eq!(rewritten("<p><b>a<p>b</b>"), "<p><b>a</b></p><p>b</p>");
        assert_eq!(
            rewritten("<table><tr><td>a<td>b<tr><td>c</table>d"),
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d"
        );
        assert_eq!(rewritten("<ul><li>a<li>b</ul>"), "<ul><li>a</li><li>b</li></ul>");
    }

    #[test]
    fn deep_nesting_loses_its_tags_and_keeps_its_text() {
        let html = format!("{}bottom{}after", "<div>".repeat(40_000), "</div>".repeat(40_000));
        let result = rewritten(&html);
        assert!(result.contains("bottom") && result.ends_with("after"), "{}", &result[result.len() - 60..]);
        assert_eq!(result.matches("<div>").count(), DEPTH);
    }

    #[test]
    fn what_is_no_text_goes_with_its_content() {
        assert_eq!(rewritten("a<script>b</script><svg><text>c</text></svg><style>d</style>e"), "ae");
    }

    proptest! {
        #[test]
        fn any_text_gives_balanced_tags(html in "(<(/)?(p|b|a|table|td|tr|li|ul|div|font|svg)>|x){0,60}") {
            let result = rewritten(&html);
            for name in ["p", "b", "a", "table", "td", "tr", "li", "ul", "div", "font"] {
                let opened = result.matches(&format!("<{name}>")).count();
                prop_assert_eq!(opened, result.matches(&format!("</{name}>")).count());
            }
        }
    }
}
