//! What a letter asks, and whether the draft answers each.

use serde::{Deserialize, Serialize};

use super::{Concern, ConcernKind, Inspected, Standing, Weight, concern, is_own_letter, stands};
use crate::letter::Topic;
use crate::replies::compose::Paragraph;

/// A question or request of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Its words.
    pub text: String,
    /// Where it starts in the letter, in characters.
    pub start: usize,
    /// What it is about, when somebody can tell.
    pub topic: Option<Topic>,
}

/// The topics and asks that no standing paragraph answers.
pub(super) fn unanswered(inspected: &Inspected<'_>, paragraphs: &[Paragraph]) -> Vec<Concern> {
    // Who writes the letter anew answers in words that cannot be looked up.
    let weight = if is_own_letter(paragraphs, inspected.body) { Weight::Look } else { Weight::NeedsReason };
    let answers = |topic: Topic| {
        topic == Topic::Other
            || paragraphs.iter().any(|paragraph| {
                paragraph.topic == Some(topic)
                    && paragraph.id != "title"
                    && stands(paragraph, inspected.body) != Standing::Gone
            })
    };
    let mut concerns = Vec::new();
    for topic in inspected.topics.iter().filter(|topic| !answers(**topic)) {
        let what = format!("nothing answers what was asked about: {}", topic.title().to_lowercase());
        concerns.push(concern(ConcernKind::Unanswered, weight, topic.as_str(), what));
    }
    for ask in inspected.asks {
        let Some(topic) = ask.topic.filter(|topic| !inspected.topics.contains(topic) && !answers(*topic)) else {
            continue;
        };
        let what =
            format!("\"{}\" seems to be about {}, which nothing answers", ask.text, topic.title().to_lowercase());
        concerns.push(concern(ConcernKind::Unanswered, Weight::Look, &ask.start.to_string(), what));
    }
    concerns
}
