//! The tree of a message's parts, as ranges of its bytes.
//!
//! The parser's own tree re-encodes parts that call themselves text, ends the process on deep
//! nesting and leaves out what follows a broken boundary. This walk reads every line once,
//! holds decoded only messages that came encoded (at most four times the bytes), and is the
//! account of what came in.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::fields::Fields;
use super::transfer::Transfer;

/// Multiparts and messages within one another.
const DEPTH: usize = 60;
/// Messages that are encoded within encoded messages.
const ENCODED_DEPTH: usize = 4;
/// Parts of one message.
const PARTS: usize = 10_000;

/// What a part is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Parts.
    Multipart,
    /// A message.
    Message,
    /// Bytes.
    Leaf,
}

/// One part: a message's root is one as well.
#[derive(Debug)]
pub(super) struct Part {
    /// What its header says.
    pub(super) fields: Fields,
    /// What it is made of.
    pub(super) shape: Shape,
    /// The part that it belongs to.
    pub(super) parent: Option<usize>,
    /// The parts that it is made of, in order.
    pub(super) children: Vec<usize>,
    /// Where its header stands, in its buffer.
    header: Range<usize>,
    /// Where its encoded body stands, in its buffer.
    body: Range<usize>,
    buffer: usize,
}

/// The parts of a message; the first is its root.
#[derive(Debug)]
pub(super) struct Structure<'x> {
    /// The parts in the order in which they stand.
    pub(super) parts: Vec<Part>,
    /// What could not be followed, one sentence each.
    pub(super) notes: Vec<&'static str>,
    /// The message, and messages that stood in it in encoded form.
    buffers: Vec<Cow<'x, [u8]>>,
}

/// A part whose end is not reached yet.
struct Open {
    part: usize,
    /// Empty for what no line of its own ends.
    boundary: Vec<u8>,
    is_over: bool,
}

impl<'x> Structure<'x> {
    /// The tree of a message.
    pub(super) fn of(raw: &'x [u8]) -> Self {
        let mut structure = Self { parts: Vec::new(), notes: Vec::new(), buffers: vec![Cow::Borrowed(raw)] };
        // Each buffer with the message part it was decoded from and its depth of encoding.
        let mut waiting = vec![(0, None, 0)];
        while let Some((buffer, parent, encoded_depth)) = waiting.pop() {
            let first = structure.parts.len();
            let bytes = std::mem::take(&mut structure.buffers[buffer]);
            Walk { structure: &mut structure, raw: &bytes, buffer, open: Vec::new() }.run(parent);
            structure.buffers[buffer] = bytes;
            for part in first..structure.parts.len() {
                if structure.parts[part].is_encoded_message() && encoded_depth < ENCODED_DEPTH {
                    let decoded = structure.decoded(part).into_owned();
                    structure.parts[part].shape = Shape::Message;
                    structure.buffers.push(Cow::Owned(decoded));
                    waiting.push((structure.buffers.len() - 1, Some(part), encoded_depth + 1));
                }
            }
        }
        structure
    }

    /// The bytes of a part as they were before they were encoded for transport.
    pub(super) fn decoded(&self, part: usize) -> Cow<'_, [u8]> {
        let part = &self.parts[part];
        let encoded = self.buffers[part.buffer].get(part.body.clone()).unwrap_or_default();
        if part.shape == Shape::Multipart { Cow::Borrowed(encoded) } else { part.fields.transfer.decode(encoded) }
    }

    /// The header block of a part.
    pub(super) fn header(&self, part: usize) -> &[u8] {
        let part = &self.parts[part];
        self.buffers[part.buffer].get(part.header.clone()).unwrap_or_default()
    }

    /// The parts that are made of bytes.
    pub(super) fn leaves(&self) -> impl Iterator<Item = usize> {
        (0..self.parts.len()).filter(|part| self.parts[*part].shape == Shape::Leaf)
    }

    /// How many messages stand around a part, beside the outermost one.
    pub(super) fn messages_around(&self, part: usize) -> usize {
        let mut count = 0;
        let mut at = self.parts[part].parent;
        while let Some(part) = at {
            count += usize::from(self.parts[part].shape == Shape::Message);
            at = self.parts[part].parent;
        }
        count
    }

    fn note(&mut self, note: &'static str) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl Part {
    fn is_encoded_message(&self) -> bool {
        self.shape == Shape::Leaf && is_message(&self.fields) && self.fields.transfer != Transfer::Identity
    }
}

fn is_message(fields: &Fields) -> bool {
    matches!(fields.content_type.as_str(), "message/rfc822" | "message/global")
}

struct Walk<'w, 'x> {
    structure: &'w mut Structure<'x>,
    raw: &'w [u8],
    buffer: usize,
    open: Vec<Open>,
}

impl Walk<'_, '_> {
    fn run(mut self, parent: Option<usize>) {
        let mut at = self.begin(0, parent);
        while at < self.raw.len() {
            let next = line_end(self.raw, at);
            match self.boundary(&self.raw[at..next]) {
                None => at = next,
                Some((level, is_last)) => {
                    let end = before_line_end(self.raw, at);
                    self.close_above(level, end);
                    if is_last {
                        self.open[level].is_over = true;
                        at = next;
                    } else {
                        at = self.begin(next, Some(self.open[level].part));
                    }
                }
            }
        }
        if self.open.iter().any(|open| !open.boundary.is_empty() && !open.is_over) {
            self.structure.note("its end is missing: the last part may be incomplete");
        }
        self.close_all();
    }

    /// Opens the part whose header begins at `at`, with the messages and the multipart that
    /// begin there too, and tells where the next line to look at begins.
    fn begin(&mut self, mut at: usize, mut parent: Option<usize>) -> usize {
        loop {
            let body = self.header_end(at);
            let default_type = match parent.map(|parent| self.structure.parts[parent].fields.content_type.as_str()) {
                Some("multipart/digest") => "message/rfc822",
                _ => "text/plain",
            };
            let fields = Fields::of(&self.raw[at..body], default_type);
            let shape = self.shape(&fields);
            let boundary = match shape {
                Shape::Multipart => fields.boundary.clone().unwrap_or_default().trim_end().as_bytes().to_vec(),
                Shape::Message | Shape::Leaf => Vec::new(),
            };
            let Some(part) = self.add(fields, shape, parent, at, body) else { return body };
            self.open.push(Open { part, boundary, is_over: false });
            if shape != Shape::Message {
                return body;
            }
            parent = Some(part);
            at = body;
        }
    }

    fn shape(&mut self, fields: &Fields) -> Shape {
        let has_parts = fields.main_type() == "multipart"
            && fields.boundary.as_ref().is_some_and(|boundary| !boundary.trim_end().is_empty());
        let is_plain_message = is_message(fields) && fields.transfer == Transfer::Identity;
        if !has_parts && !is_plain_message {
            return Shape::Leaf;
        }
        if self.open.len() >= DEPTH {
            self.structure.note("its parts are nested too deep: the innermost are kept as one attachment");
            return Shape::Leaf;
        }
        if has_parts { Shape::Multipart } else { Shape::Message }
    }

    fn add(&mut self, fields: Fields, shape: Shape, parent: Option<usize>, at: usize, body: usize) -> Option<usize> {
        let parts = &mut self.structure.parts;
        let part = parts.len();
        if part >= PARTS {
            self.structure.note("it has too many parts: the last ones were left out");
            return None;
        }
        if let Some(parent) = parent {
            parts[parent].children.push(part);
        }
        parts.push(Part {
            fields,
            shape,
            parent,
            children: Vec::new(),
            header: at..body,
            body: body..self.raw.len(),
            buffer: self.buffer,
        });
        Some(part)
    }

    /// Where the body begins whose header begins at `at`: after the empty line, or at a
    /// boundary that came before one. Lines among which no header stands are a body already.
    fn header_end(&self, at: usize) -> usize {
        let mut end = at;
        let mut has_header = false;
        while end < self.raw.len() {
            let next = line_end(self.raw, end);
            let line = &self.raw[end..next];
            if matches!(line, b"\n" | b"\r\n") {
                return if has_header || end == at { next } else { at };
            }
            if self.boundary(line).is_some() {
                break;
            }
            has_header |= is_header(line);
            end = next;
        }
        if has_header { end } else { at }
    }

    /// The open multipart whose boundary the line is, and whether it is the last one. What
    /// follows a boundary on its line means nothing, unless it makes it another's.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let rest = line.strip_prefix(b"--")?;
        let matches = |is_exact: bool| {
            (0..self.open.len()).rev().find_map(|level| {
                let open = &self.open[level];
                if open.boundary.is_empty() || open.is_over {
                    return None;
                }
                let rest = rest.strip_prefix(open.boundary.as_slice())?;
                match (rest.trim_ascii(), rest) {
                    (b"", _) => Some((level, false)),
                    (b"--", _) => Some((level, true)),
                    (_, [b' ' | b'\t', ..]) if !is_exact => Some((level, false)),
                    (_, [b'-', b'-', ..]) if !is_exact => Some((level, true)),
                    _ => None,
                }
            })
        };
        matches(true).or_else(|| matches(false))
    }

    fn close_above(&mut self, level: usize, end: usize) {
        for open in self.open.drain(level + 1..) {
            let body = &mut self.structure.parts[open.part].body;
            body.end = end.max(body.start);
        }
    }

    /// At the end of the bytes: a multipart of which no part was found is its own text.
    fn close_all(&mut self) {
        for open in self.open.drain(..) {
            let part = &mut self.structure.parts[open.part];
            if part.shape == Shape::Multipart && part.children.is_empty() {
                part.shape = Shape::Leaf;
                "text/plain".clone_into(&mut part.fields.content_type);
                self.structure.note("its parts could not be told apart: they are read as one text");
            }
        }
    }
}

/// Whether a line begins a header; some programs leave a blank before the colon.
fn is_header(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return false };
    let name = line[..colon].trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// Where the line that begins at `at` ends, its line end included.
fn line_end(raw: &[u8], at: usize) -> usize {
    memchr(b'\n', &raw[at..]).map_or(raw.len(), |length| at + length + 1)
}

/// The end of what stands before the line at `at`: the line end before a boundary belongs to it.
fn before_line_end(raw: &[u8], at: usize) -> usize {
    match &raw[..at] {
        [.., b'\r', b'\n'] => at - 2,
        [.., b'\n'] => at - 1,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(message: &str) -> Vec<String> {
        let structure = Structure::of(message.as_bytes());
        structure.leaves().map(|leaf| String::from_utf8_lossy(&structure.decoded(leaf)).into_owned()).collect()
    }

    #[test]
    fn the_line_end_before_a_boundary_is_no_part_of_the_bytes() {
        let message = "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\none\r\n\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue";
        assert_eq!(leaves(message), ["one\r\n", "two"]);
    }

    #[test]
    fn a_part_that_never_ends_and_a_boundary_within_a_header_lose_nothing() {
        let message = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n--b\n\ntwo";
        assert_eq!(leaves(message), ["", "two"]);
        assert!(!Structure::of(message.as_bytes()).notes.is_empty());
    }

    #[test]
    fn an_outer_boundary_ends_an_inner_multipart() {
        let message = "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n--o--\n";
        assert_eq!(leaves(message), ["one", "two"]);
    }

    #[test]
    fn one_boundary_may_begin_with_another() {
        let message = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n--bb--\n--b\n\ntwo\n--b--\n";
        assert_eq!(leaves(message), ["one", "two"]);
    }

    #[test]
    fn a_multipart_without_its_boundary_is_read_as_text() {
        assert_eq!(leaves("Content-Type: multipart/mixed; boundary=b\n\nMy bill tripled.\n"), ["My bill tripled.\n"]);
    }

    #[test]
    fn an_encoded_message_is_looked_into() {
        let message = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKSGk=\n";
        let structure = Structure::of(message.as_bytes());
        assert_eq!((leaves(message), structure.messages_around(1)), (vec!["Hi".to_owned()], 1));
    }
}
