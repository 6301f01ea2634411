//! HTML as a row of tags and texts.

/// A tag with its attributes.
pub(super) struct Tag<'a> {
    /// The name in small letters.
    pub(super) name: String,
    pub(super) closes: bool,
    attributes: &'a str,
}

/// Names above this length are no tags that matter.
const NAME_BYTES: usize = 40;
/// Attributes beyond this length are not looked at.
const ATTRIBUTE_BYTES: usize = 4096;

impl Tag<'_> {
    /// Whether it can have no content.
    pub(super) fn is_void(&self) -> bool {
        matches!(
            self.name.as_str(),
            "br" | "hr" | "img" | "meta" | "input" | "link" | "base" | "col" | "area" | "wbr" | "source" | "embed"
        )
    }

    /// The value of an attribute in small letters.
    pub(super) fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|character: char| character.is_whitespace() || character == '/');
            if rest.is_empty() {
                return None;
            }
            let name_end =
                rest.find(|character: char| character.is_whitespace() || character == '=').unwrap_or(rest.len());
            let name = &rest[..name_end.max(1).min(rest.len())];
            rest = rest[name.len()..].trim_start();
            let value = if let Some(after) = rest.strip_prefix('=') {
                let (value, after) = value(after.trim_start());
                rest = after;
                value
            } else {
                ""
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(value.to_lowercase());
            }
        }
    }
}

/// The value at the beginning of a text, and what follows it.
fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// A piece of HTML.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Tag(Tag<'a>),
}

/// The pieces of HTML in their order; comments, styles and scripts are passed over.
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    fn pass_over(&mut self, end: &str) {
        self.rest = self.rest.find(end).map_or("", |at| &self.rest[at + end.len()..]);
    }

    /// Passes over the content of an element that shows nothing.
    fn pass_content(&mut self, name: &str) {
        let bytes = self.rest.as_bytes();
        let end = (0..bytes.len()).find(|at| {
            bytes[*at] == b'<'
                && bytes.get(at + 1) == Some(&b'/')
                && bytes.get(at + 2..at + 2 + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
        });
        self.rest = end.map_or("", |at| &self.rest[at..]);
    }

    fn tag(&mut self) -> Option<Tag<'a>> {
        let inner = &self.rest[1..];
        let closes = inner.starts_with('/');
        let body = if closes { &inner[1..] } else { inner };
        if !body.starts_with(|character: char| character.is_ascii_alphabetic()) {
            return None;
        }
        let end = tag_end(body);
        let (content, rest) = (&body[..end], body.get(end + 1..).unwrap_or_default());
        let name_end = content
            .find(|character: char| character.is_whitespace() || matches!(character, '/' | '>'))
            .unwrap_or(content.len());
        self.rest = rest;
        let name = if name_end <= NAME_BYTES { content[..name_end].to_ascii_lowercase() } else { String::new() };
        Some(Tag { name, closes, attributes: limited(&content[name_end..]) })
    }
}

fn limited(text: &str) -> &str {
    let mut end = text.len().min(ATTRIBUTE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Where the `>` of a tag stands: the first one outside a quoted value.
fn tag_end(body: &str) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in body.bytes().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            None if byte == b'>' => return at,
            None if after_equals && matches!(byte, b'"' | b'\'') => quote = Some(byte),
            Some(_) | None => {}
        }
        after_equals = byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    body.len()
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if self.rest.starts_with("<!--") {
                self.rest = &self.rest[4..];
                self.pass_over("-->");
            } else if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
                self.pass_over(">");
            } else if self.rest.starts_with('<') {
                if let Some(tag) = self.tag() {
                    if !tag.closes && matches!(tag.name.as_str(), "style" | "script" | "title" | "template") {
                        self.pass_content(&tag.name);
                    }
                    return Some(Piece::Tag(tag));
                }
                // A lone sign is text.
                let end = self.rest[1..].find('<').map_or(self.rest.len(), |at| at + 1);
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Piece::Text(text));
            } else {
                let (text, rest) = self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
                self.rest = rest;
                return Some(Piece::Text(text));
            }
        }
    }
}
