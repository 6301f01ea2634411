//! What came with a message: its files, the messages in it, and what winmail.dat holds.

use std::borrow::Cow;
use std::collections::HashSet;

use super::fields::{Disposition, Fields};
use super::outline::Outline;
use super::structure::{Shape, Structure};
use super::{Attachment, body, content, headers, html, message, tnef};
use crate::ids::Digest;

/// The longest text of an attachment that is kept in the reading; the bytes are kept whole.
const TEXT_BYTES: usize = 64 * 1024;
/// Containers of one message that are opened.
const CONTAINERS: usize = 5;
/// Messages in a message whose text is shown beside it.
const SHOWN_MESSAGES: usize = 20;

/// All attachments in order, and the text of a container when it holds one.
pub(super) struct Attached {
    /// The attachments; their positions are those of `bytes_at`.
    pub(super) list: Vec<Attachment>,
    /// The texts that stood in winmail.dat.
    pub(super) texts: Vec<String>,
    /// What is to say of them, one sentence each.
    pub(super) problems: Vec<String>,
}

/// The attachments of a message with this outline.
pub(super) fn attached(structure: &Structure<'_>, outline: &Outline) -> Attached {
    let shown = shown_images(structure, outline);
    let mut attached = Attached { list: Vec::new(), texts: Vec::new(), problems: Vec::new() };
    let mut containers = Vec::new();
    let mut messages = 0;
    for part in &outline.attachments {
        let bytes = structure.decoded(*part);
        let mut attachment = file(&structure.parts[*part].fields, &bytes, &shown);
        if structure.parts[*part].shape == Shape::Message {
            messages += 1;
            describe_message(structure, *part, messages <= SHOWN_MESSAGES, &mut attachment);
        }
        if attachment.content_type == "application/ms-tnef" && containers.len() < CONTAINERS {
            containers.push(bytes);
        }
        attached.list.push(attachment);
    }
    for container in containers {
        attached.open(&container, &shown);
    }
    attached
}

impl Attached {
    /// Adds the files of a container behind the container itself.
    fn open(&mut self, container: &[u8], shown: &HashSet<String>) {
        let Some(contents) = tnef::read(container) else {
            return self.problems.push("its winmail.dat could not be read".to_owned());
        };
        if contents.is_cut {
            self.problems.push("its winmail.dat ends too early: files may be missing".to_owned());
        }
        if !contents.class.is_empty()
            && !contents.class.eq_ignore_ascii_case("IPM.Note")
            && !contents.class.eq_ignore_ascii_case("IPM.Microsoft Mail.Note")
        {
            self.problems.push(format!("its winmail.dat is of the class {}", message::one_line(&contents.class)));
        }
        self.texts.push(body::tidy(&contents.body));
        for inner in contents.files {
            let fields = Fields {
                content_type: inner.content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
                name: Some(inner.name),
                content_id: inner.content_id,
                ..Fields::default()
            };
            self.list.push(file(&fields, &container[inner.bytes], shown));
        }
    }
}

/// The decoded bytes of the attachment at a position.
pub(super) fn bytes_at(structure: &Structure<'_>, outline: &Outline, position: usize) -> Option<Vec<u8>> {
    if let Some(part) = outline.attachments.get(position) {
        return Some(structure.decoded(*part).into_owned());
    }
    let mut left = position - outline.attachments.len();
    let containers = outline.attachments.iter().filter(|part| is_container(structure, **part)).take(CONTAINERS);
    for part in containers {
        let container = structure.decoded(*part);
        let Some(contents) = tnef::read(&container) else { continue };
        if let Some(inner) = contents.files.get(left) {
            return Some(container[inner.bytes.clone()].to_vec());
        }
        left -= contents.files.len();
    }
    None
}

fn is_container(structure: &Structure<'_>, part: usize) -> bool {
    let fields = &structure.parts[part].fields;
    content::type_of(&structure.decoded(part), &fields.content_type) == "application/ms-tnef"
}

fn file(fields: &Fields, bytes: &[u8], shown: &HashSet<String>) -> Attachment {
    let content_type = content::type_of(bytes, &fields.content_type);
    let is_shown = [&fields.content_id, &fields.location].into_iter().flatten().any(|id| shown.contains(id));
    Attachment {
        name: message::one_line(fields.name.as_deref().unwrap_or_default()),
        text: text(fields, &content_type, bytes),
        content_type,
        bytes: bytes.len() as u64,
        sha256: Digest::of(bytes),
        inline: is_shown || fields.disposition == Disposition::Inline,
        declared_type: fields.content_type.clone(),
        content_id: fields.content_id.clone(),
    }
}

fn text(fields: &Fields, content_type: &str, bytes: &[u8]) -> Option<String> {
    let is_textual = content_type.starts_with("text/")
        || matches!(content_type, "message/delivery-status" | "message/disposition-notification" | "application/ics");
    // What calls itself text may be anything.
    if !is_textual || bytes.len() > TEXT_BYTES || bytes.contains(&0) {
        return None;
    }
    Some(body::part_text(fields, bytes).0)
}

/// A message in a message is named by its subject, and its text can be read beside it.
fn describe_message(structure: &Structure<'_>, part: usize, is_read: bool, attachment: &mut Attachment) {
    "message/rfc822".clone_into(&mut attachment.content_type);
    let Some(root) = structure.parts[part].children.first().copied() else { return };
    let header = headers::Shown::of(structure.header(root));
    if attachment.name.is_empty() && !header.subject.is_empty() {
        attachment.name = format!("{}.eml", body::prefix(&header.subject, 120));
    }
    if is_read {
        let outline = Outline::of(structure, root);
        let text = body::readable_text(structure, &outline, &mut Vec::new());
        let whole = format!("{}\n\n{text}", header.lines());
        attachment.text = (whole.len() <= TEXT_BYTES).then(|| whole.trim().to_owned());
    }
}

/// What the HTML of the message shows within itself.
fn shown_images(structure: &Structure<'_>, outline: &Outline) -> HashSet<String> {
    let parts = outline.text.iter().chain(&outline.display);
    parts
        .filter(|part| structure.parts[**part].fields.content_type == "text/html")
        .flat_map(|part| html::image_references(&String::from_utf8_lossy(&structure.decoded(*part))))
        .collect()
}

/// The HTML of a message for display, and the positions of its attachments by Content-ID.
pub(super) fn html_and_images(structure: &Structure<'_>, outline: &Outline) -> Option<(String, Vec<(String, usize)>)> {
    let is_html = |part: &&usize| structure.parts[**part].fields.content_type == "text/html";
    let pieces: Vec<String> = outline
        .display
        .iter()
        .chain(&outline.text)
        .filter(is_html)
        .map(|part| body::decoded_text(&structure.parts[*part].fields, &structure.decoded(*part)).text.into_owned())
        .collect();
    if pieces.is_empty() {
        return None;
    }
    let images = outline.attachments.iter().enumerate().filter_map(|(position, part)| {
        let fields = &structure.parts[*part].fields;
        Some((fields.content_id.clone()?, position))
    });
    Some((pieces.join("\n<hr>\n"), images.collect()))
}

/// The bytes of a part, for the account of all parts.
pub(super) fn measured(structure: &Structure<'_>, part: usize) -> (u64, Digest) {
    let bytes: Cow<'_, [u8]> = structure.decoded(part);
    (bytes.len() as u64, Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use crate::ids::Digest;
    use crate::reading::{attachment_bytes, read};

    fn attribute(name: u16, value: &[u8]) -> Vec<u8> {
        let length = u32::try_from(value.len()).expect("it is short").to_le_bytes();
        [&[2][..], &name.to_le_bytes(), &[0, 0], &length, value, &[0, 0]].concat()
    }

    fn letter_with(container: &[u8]) -> Vec<u8> {
        let head = b"From: a@customer.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\nContent-Type: application/octet-stream; name=winmail.dat\n\n";
        [
            head,
            container,
            b"\n--b\nContent-Type: text/plain; name=note.txt\nContent-Disposition: attachment\n\nlast\n--b--\n",
        ]
        .concat()
    }

    #[test]
    fn the_files_of_winmail_dat_stand_behind_it_with_their_bytes() {
        let attributes = [
            attribute(0x8008, b"IPM.Note\0"),
            attribute(0x800c, b"My bill tripled.\0"),
            attribute(0x9002, &[0; 14]),
            attribute(0x8010, b"bill.pdf\0"),
            attribute(0x800f, b"%PDF-1.7 x"),
        ];
        let raw = letter_with(&[&b"\x78\x9f\x3e\x22\x01\0"[..], &attributes.concat()].concat());
        let reading = read(&raw);
        let listed: Vec<_> =
            reading.attachments.iter().map(|one| (one.name.as_str(), one.content_type.as_str())).collect();
        assert_eq!(
            listed,
            [("winmail.dat", "application/ms-tnef"), ("note.txt", "text/plain"), ("bill.pdf", "application/pdf")]
        );
        let bytes = attachment_bytes(&raw, 2).expect("it is listed");
        assert_eq!((bytes.as_slice(), Digest::of(&bytes)), (&b"%PDF-1.7 x"[..], reading.attachments[2].sha256.clone()));
        assert_eq!(attachment_bytes(&raw, 3), None);
        assert_eq!(reading.body, "My bill tripled.");
    }

    #[test]
    fn a_broken_winmail_dat_is_told() {
        let reading = read(&letter_with(b"\x78\x9f\x3e\x22\x01\0\x02\x0f\x80\0\0\xff\xff\xff\xff"));
        assert_eq!(reading.attachments.len(), 2);
        assert!(reading.problems.iter().any(|problem| problem.contains("ends too early")), "{:?}", reading.problems);
    }

    #[test]
    fn calendar_and_card_parts_can_be_read() {
        let raw = b"From: a@customer.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nSUMMARY:Meter reading\nEND:VCALENDAR\n--b\nContent-Type: text/x-vcard; name=ana.vcf\n\nBEGIN:VCARD\nFN:Ana Diaz\nEND:VCARD\n--b--\n";
        let reading = read(raw);
        let texts: Vec<_> = reading.attachments.iter().filter_map(|one| one.text.as_deref()).collect();
        assert_eq!(texts, ["Event: Meter reading", "Name: Ana Diaz"]);
    }
}
