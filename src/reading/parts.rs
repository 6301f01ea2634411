//! The account of a message's parts: each leaf that came in, and where it is found again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Attachment;
use super::attachments::measured;
use super::outline::Outline;
use super::structure::{Shape, Structure};
use crate::ids::Digest;

/// One leaf of the tree of parts, those of messages in the message included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The declared type.
    pub content_type: String,
    /// Its size after decoding.
    pub bytes: u64,
    /// The digest of its decoded bytes.
    pub sha256: Digest,
    /// Where a person finds it.
    pub place: Place,
    /// How many messages stand around it, beside the outermost.
    pub within_messages: usize,
}

/// Where a part of a message is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the text.
    Text,
    /// In the display of the text, as HTML.
    Display,
    /// The attachment at this position, or within it.
    Attachment(usize),
    /// Nowhere: the problems say so.
    Lost,
}

/// Where every leaf went. A leaf without a place is a fault of this program, and told.
pub(super) fn account(
    structure: &Structure<'_>,
    outline: &Outline,
    attachments: &[Attachment],
    problems: &mut Vec<String>,
) -> Vec<Part> {
    let places = places(structure, outline);
    let mut parts = Vec::new();
    let mut lost = 0;
    for leaf in structure.leaves() {
        let place = places[leaf];
        // The list of attachments has the digest of a file already.
        let listed = match place {
            Place::Attachment(position) if outline.attachments[position] == leaf => attachments.get(position),
            _ => None,
        };
        let (bytes, sha256) = match listed {
            Some(attachment) => (attachment.bytes, attachment.sha256.clone()),
            None => measured(structure, leaf),
        };
        lost += usize::from(place == Place::Lost);
        let content_type = structure.parts[leaf].fields.content_type.clone();
        parts.push(Part { content_type, bytes, sha256, place, within_messages: structure.messages_around(leaf) });
    }
    if lost > 0 {
        problems.push(format!("{lost} of its {} parts could not be shown", parts.len()));
    }
    parts
}

/// The place of each part. A part stands after the one it belongs to, so that one pass does.
fn places(structure: &Structure<'_>, outline: &Outline) -> Vec<Place> {
    let mut places = vec![Place::Lost; structure.parts.len()];
    outline.text.iter().for_each(|part| places[*part] = Place::Text);
    outline.display.iter().for_each(|part| places[*part] = Place::Display);
    outline.attachments.iter().enumerate().for_each(|(position, part)| places[*part] = Place::Attachment(position));
    for part in 0..structure.parts.len() {
        let parent = structure.parts[part].parent;
        if let Some(parent) = parent.filter(|_| places[part] == Place::Lost)
            && matches!(places[parent], Place::Attachment(_))
        {
            places[part] = places[parent];
        }
    }
    places
}

/// The decoded bytes of every leaf of a message, in order, and how many messages stand in it.
#[must_use]
pub fn leaves(raw: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let structure = Structure::of(raw);
    let messages = structure.parts.iter().filter(|part| part.shape == Shape::Message).count();
    (structure.leaves().map(|leaf| structure.decoded(leaf)).map(Cow::into_owned).collect(), messages)
}
