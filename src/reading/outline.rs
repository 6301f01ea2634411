//! Which parts of a message are its text, which are the same text in HTML, and which came with it.
//!
//! Every leaf of the message ends in exactly one of these, or within a message that does.

use super::fields::Disposition;
use super::structure::{Part, Shape, Structure};

/// The parts of a message by what they are for a reader, as positions in its structure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Outline {
    /// What a person reads, in order; HTML where no plain text was sent.
    pub(super) text: Vec<usize>,
    /// The text as it should be displayed, where that differs: HTML beside plain text.
    pub(super) display: Vec<usize>,
    /// What came with it: files, and whole messages.
    pub(super) attachments: Vec<usize>,
    /// The text and the display of the first message in it.
    forwarded: Option<(Vec<usize>, Vec<usize>)>,
}

impl Outline {
    /// The outline of the message whose root is `root`.
    pub(super) fn of(structure: &Structure<'_>, root: usize) -> Self {
        let mut outline = Self::default();
        outline.place(structure, root, true);
        if outline.text.iter().all(|part| structure.decoded(*part).trim_ascii().is_empty()) {
            outline.promote(structure);
        }
        outline
    }

    fn place(&mut self, structure: &Structure<'_>, at: usize, is_root: bool) {
        let part = &structure.parts[at];
        match part.shape {
            Shape::Message => self.place_message(structure, at),
            Shape::Multipart => self.place_multipart(structure, part),
            Shape::Leaf if is_root && is_readable(part) => self.text.push(at),
            Shape::Leaf
                if is_readable(part)
                    && part.fields.disposition != Disposition::Attachment
                    && part.fields.name.is_none() =>
            {
                self.text.push(at);
            }
            Shape::Leaf => self.attachments.push(at),
        }
    }

    fn place_file(&mut self, structure: &Structure<'_>, at: usize) {
        match structure.parts[at].shape {
            Shape::Message => self.place_message(structure, at),
            Shape::Multipart | Shape::Leaf => self.attachments.push(at),
        }
    }

    /// A message that came with the letter is kept whole, and its files can be had apart.
    fn place_message(&mut self, structure: &Structure<'_>, at: usize) {
        self.attachments.push(at);
        if let Some(root) = structure.parts[at].children.first() {
            let inner = Self::of(structure, *root);
            self.attachments.extend(inner.attachments);
            self.forwarded.get_or_insert((inner.text, inner.display));
        }
    }

    fn place_multipart(&mut self, structure: &Structure<'_>, part: &Part) {
        match part.fields.content_type.as_str() {
            "multipart/alternative" => self.place_alternatives(structure, part),
            "multipart/related" => self.place_related(structure, part),
            // What follows the first part tells programs about it.
            "multipart/report" | "multipart/signed" => {
                for (position, child) in part.children.iter().enumerate() {
                    if position == 0 || structure.parts[*child].shape == Shape::Multipart {
                        self.place(structure, *child, false);
                    } else {
                        self.place_file(structure, *child);
                    }
                }
            }
            _ => part.children.iter().for_each(|child| self.place(structure, *child, false)),
        }
    }

    /// The plain form is read and the HTML one displayed. A plain form that is empty, or only
    /// says that the text is in the HTML, is no text.
    fn place_alternatives(&mut self, structure: &Structure<'_>, part: &Part) {
        let mut plain = Vec::new();
        let mut rich = Vec::new();
        for child in &part.children {
            let mut alternative = Self::default();
            alternative.place(structure, *child, false);
            self.attachments.append(&mut alternative.attachments);
            self.forwarded = self.forwarded.take().or(alternative.forwarded);
            rich.append(&mut alternative.display);
            for text in alternative.text {
                if structure.parts[text].fields.content_type == "text/html" { &mut rich } else { &mut plain }
                    .push(text);
            }
        }
        let says_something = plain.iter().any(|text| !is_stub(&structure.decoded(*text), !rich.is_empty()));
        if rich.is_empty() || says_something {
            self.text.append(&mut plain);
            self.display.append(&mut rich);
        } else {
            self.display.append(&mut plain);
            self.text.append(&mut rich);
        }
    }

    /// One root and what it refers to. Some programs put an image before the text.
    fn place_related(&mut self, structure: &Structure<'_>, part: &Part) {
        let may_hold_text =
            |child: &usize| structure.parts[*child].shape == Shape::Multipart || is_readable(&structure.parts[*child]);
        let root = part.children.iter().position(may_hold_text);
        for (position, child) in part.children.iter().enumerate() {
            let is_second_text = structure.parts[*child].shape == Shape::Leaf && root != Some(position);
            if is_second_text { self.place_file(structure, *child) } else { self.place(structure, *child, false) }
        }
    }

    /// Where a letter has no text of its own, it is the text that has a file name, unless that
    /// asks to be a file; or what a report says; or the message that was forwarded with it.
    fn promote(&mut self, structure: &Structure<'_>) {
        let is_named_text = |at: &usize| {
            let part = &structure.parts[*at];
            part.shape == Shape::Leaf && is_readable(part) && part.fields.disposition != Disposition::Attachment
        };
        if let Some(position) = self.attachments.iter().position(is_named_text) {
            return self.text.push(self.attachments.remove(position));
        }
        let is_report = |at: &&usize| structure.parts[**at].fields.content_type == "message/delivery-status";
        if let Some(report) = self.attachments.iter().find(is_report) {
            return self.text.push(*report);
        }
        if let Some((text, display)) = self.forwarded.take() {
            self.text.extend(text);
            self.display.extend(display);
        }
    }
}

/// Whether a leaf is of a type that people read as the text of a message.
fn is_readable(part: &Part) -> bool {
    matches!(
        part.fields.content_type.as_str(),
        "text/plain" | "text/html" | "text/enriched" | "text/richtext" | "text/x-markdown" | "text/markdown"
    )
}

/// Whether a plain text says nothing, or only that there is HTML.
fn is_stub(text: &[u8], has_html: bool) -> bool {
    const STUB_BYTES: usize = 400;
    let text = text.trim_ascii();
    if text.is_empty() {
        return true;
    }
    has_html && text.len() < STUB_BYTES && super::limits::contains_ignoring_case(text, b"html")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types of the parts in each place.
    fn places(message: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
        let structure = Structure::of(message.as_bytes());
        let outline = Outline::of(&structure, 0);
        let types = |parts: &[usize]| -> Vec<String> {
            parts.iter().map(|part| structure.parts[*part].fields.content_type.clone()).collect()
        };
        (types(&outline.text), types(&outline.display), types(&outline.attachments))
    }

    fn multipart(kind: &str, parts: &[&str]) -> String {
        let boundary = format!("b-{kind}");
        let between = format!("\n--{boundary}\n");
        format!(
            "Content-Type: multipart/{kind}; boundary={boundary}\n{between}{}\n--{boundary}--\n",
            parts.join(&between)
        )
    }

    const PLAIN: &str = "Content-Type: text/plain\n\nMy bill tripled.";
    const HTML: &str = "Content-Type: text/html\n\n<p>My bill tripled.";
    const IMAGE: &str = "Content-Type: image/png\nContent-ID: <a>\n\nx";

    #[test]
    fn of_two_forms_the_plain_is_read_and_the_html_displayed() {
        let related = multipart("related", &[HTML, IMAGE]);
        let message =
            multipart("mixed", &[&multipart("alternative", &[PLAIN, &related]), "Content-Type: application/pdf\n\nx"]);
        let (text, display, attachments) = places(&message);
        assert_eq!((text, display), (vec!["text/plain".to_owned()], vec!["text/html".to_owned()]));
        assert_eq!(attachments, ["image/png", "application/pdf"]);
    }

    #[test]
    fn a_plain_form_that_only_points_to_the_html_is_not_read() {
        let stub = "Content-Type: text/plain\n\nThis message needs an HTML viewer.";
        assert_eq!(places(&multipart("alternative", &[stub, HTML])).0, ["text/html"]);
        assert_eq!(places(&multipart("alternative", &["Content-Type: text/plain\n\n \n", HTML])).0, ["text/html"]);
    }

    #[test]
    fn text_before_and_after_a_file_is_all_read() {
        let file = "Content-Type: application/pdf\nContent-Disposition: inline; filename=bill.pdf\n\nx";
        assert_eq!(places(&multipart("mixed", &[PLAIN, file, PLAIN])).0.len(), 2);
    }

    #[test]
    fn a_letter_that_only_forwards_another_reads_as_that_one() {
        let forwarded = format!("Content-Type: message/rfc822\n\nSubject: Bill\n{PLAIN}");
        let (text, _, attachments) = places(&multipart("mixed", &["Content-Type: text/plain\n\n", &forwarded]));
        assert_eq!((text.len(), attachments), (2, vec!["message/rfc822".to_owned()]));
        let (text, _, attachments) = places(&multipart("related", &[&forwarded]));
        assert_eq!((text, attachments), (vec!["text/plain".to_owned()], vec!["message/rfc822".to_owned()]));
    }
}
