//! Splits HTML into tags and text in one pass, as browsers do where it matters.

use std::collections::HashSet;

use super::references::resolved;
use crate::reading::body::prefix;

/// A piece of HTML. Comments, declarations and processing instructions are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'x> {
    /// Text with its character references.
    Text(&'x str),
    /// What stands in an element that holds no markup: scripts, styles, titles.
    Raw(&'x str),
    /// A start tag: its name as written and its attributes.
    Open(&'x str, &'x str),
    /// An end tag: its name as written.
    Close(&'x str),
}

/// The longest Content-ID that is looked for.
const IDENTIFIER_BYTES: usize = 500;

/// What stands at a `<`.
enum Markup<'x> {
    Tag(Token<'x>),
    /// A comment or the like.
    Nothing,
    Text,
}

/// Elements whose content is no markup.
const RAW: &[&str] = &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

/// The tokens of HTML.
pub(super) struct Tokens<'x> {
    rest: &'x str,
    /// The element without markup that was just opened.
    raw: Option<&'x str>,
}

impl<'x> Tokens<'x> {
    pub(super) fn of(html: &'x str) -> Self {
        Self { rest: html, raw: None }
    }

    fn take(&mut self, length: usize) -> &'x str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn raw_text(&mut self, name: &str) -> Token<'x> {
        let bytes = self.rest.as_bytes();
        let mut at = 0;
        let end = loop {
            let Some(next) = self.rest[at..].find("</") else { break bytes.len() };
            at += next;
            let after = &bytes[at + 2..];
            if after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
                break at;
            }
            at += 2;
        };
        Token::Raw(self.take(end))
    }

    /// What stands at the `<` that `rest` begins with.
    fn markup(&mut self) -> Markup<'x> {
        let bytes = self.rest.as_bytes();
        match bytes.get(1).copied().unwrap_or_default() {
            b'!' if bytes.starts_with(b"<!--") => {
                let end = comment_end(&self.rest[4..]).map_or(self.rest.len(), |end| end + 4);
                self.take(end);
                Markup::Nothing
            }
            b'!' | b'?' => {
                let end = self.rest.find('>').map_or(self.rest.len(), |end| end + 1);
                self.take(end);
                Markup::Nothing
            }
            b'/' if bytes.get(2).is_some_and(u8::is_ascii_alphabetic) => {
                let end = tag_end(bytes).unwrap_or(bytes.len());
                let tag = self.take(end);
                Markup::Tag(Token::Close(name_of(&tag[2..]).0))
            }
            first if first.is_ascii_alphabetic() => {
                let end = tag_end(bytes).unwrap_or(bytes.len());
                let tag = self.take(end);
                let (name, attributes) = name_of(tag[1..].strip_suffix('>').unwrap_or(&tag[1..]));
                self.raw = RAW.iter().any(|raw| raw.eq_ignore_ascii_case(name)).then_some(name);
                Markup::Tag(Token::Open(name, attributes))
            }
            _ => Markup::Text,
        }
    }
}

impl<'x> Iterator for Tokens<'x> {
    type Item = Token<'x>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if let Some(name) = self.raw.take() {
                return Some(self.raw_text(name));
            }
            let markup = if self.rest.starts_with('<') { self.markup() } else { Markup::Text };
            match markup {
                Markup::Tag(token) => return Some(token),
                Markup::Nothing => continue,
                Markup::Text => {}
            }
            // Looked for among bytes: a character of several may stand first.
            let end = self.rest.bytes().skip(1).position(|byte| byte == b'<').map_or(self.rest.len(), |at| at + 1);
            return Some(Token::Text(self.take(end)));
        }
    }
}

fn name_of(tag: &str) -> (&str, &str) {
    let end = tag.find(|character: char| character.is_ascii_whitespace() || matches!(character, '/' | '>'));
    tag.split_at(end.unwrap_or(tag.len()))
}

/// Where a tag ends, its `>` included: not within a quoted value.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'"' | b'\'') if after_equals => quote = Some(*byte),
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
        after_equals = match byte {
            b'=' => true,
            byte if byte.is_ascii_whitespace() => after_equals,
            _ => false,
        };
    }
    None
}

/// Where a comment ends; the empty forms `<!-->` and `<!--->` end at once.
fn comment_end(rest: &str) -> Option<usize> {
    if rest.starts_with('>') {
        return Some(1);
    }
    if rest.starts_with("->") {
        return Some(2);
    }
    let mut at = 0;
    loop {
        at += rest[at..].find("--")?;
        let after = &rest[at + 2..];
        match (after.strip_prefix('>'), after.strip_prefix("!>")) {
            (Some(_), _) => return Some(at + 3),
            (_, Some(_)) => return Some(at + 4),
            _ => at += 1,
        }
    }
}

/// The attributes of a start tag as (name, value as written); a name alone has an empty value.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let blank = |character: char| character.is_ascii_whitespace() || character == '/';
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(blank);
        if rest.is_empty() {
            return None;
        }
        // An equals sign that stands first belongs to the name.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end =
            rest[first..].find(|character| blank(character) || character == '=').map_or(rest.len(), |end| first + end);
        let (name, after) = rest.split_at(end);
        let after_blank = after.trim_start();
        let Some(value) = after_blank.strip_prefix('=') else {
            rest = after;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = &value[1..];
                let end = inner.find(quote).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            _ => value.split_at(value.find(|character: char| character.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        rest = after;
        Some((name, value))
    })
}

/// The Content-IDs of the images that HTML shows within itself.
pub(in crate::reading) fn image_references(html: &str) -> HashSet<String> {
    let mut rest = html;
    let mut found = HashSet::new();
    while let Some(at) = rest.find("cid:") {
        rest = &rest[at + 4..];
        let near = prefix(rest, IDENTIFIER_BYTES);
        let end = near.find(['"', '\'', ')', '>', ' ', '\n']).unwrap_or(near.len());
        found.insert(super::display::content_id(&resolved(&near[..end])));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_text_and_content_without_markup_are_told_apart() {
        let html = "a<b title='x>y'>c</b><!-- <i> --><style>p > a {}</style>1 < 2";
        let tokens: Vec<_> = Tokens::of(html).collect();
        assert_eq!(
            tokens,
            [
                Token::Text("a"),
                Token::Open("b", " title='x>y'"),
                Token::Text("c"),
                Token::Close("b"),
                Token::Open("style", ""),
                Token::Raw("p > a {}"),
                Token::Close("style"),
                Token::Text("1 "),
                Token::Text("< 2"),
            ]
        );
    }

    #[test]
    fn attributes_come_with_and_without_quotes() {
        let found: Vec<_> = attributes(" href = \"a b\" checked width=5 alt='' /").collect();
        assert_eq!(found, [("href", "a b"), ("checked", ""), ("width", "5"), ("alt", "")]);
    }
}
