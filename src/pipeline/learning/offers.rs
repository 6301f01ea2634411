//! Letters whose label would teach most: those that the classifier is least sure of, and that
//! are unlike each other.

use std::sync::Arc;

use super::Text;
use super::drift::WEEK;
use super::in_use::{InUse, Judge};
use super::sketch::Sketch;
use crate::ids::LetterId;
use crate::letter::{Flag, Topic};
use crate::store::{OfferedLetter, Store, StoreError};

/// Letters of so many weeks are offered.
const WEEKS: i64 = 12;
/// How many of the least sure letters are judged again.
const CANDIDATES: i64 = 100;

/// A letter to be labelled.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The letter.
    pub letter_id: LetterId,
    /// Its case, as people call it.
    pub reference: String,
    /// Its subject.
    pub subject: String,
    /// What the writer wrote.
    pub text: String,
    /// The likeliest topics with their probabilities.
    pub labels: Vec<(Topic, f32)>,
    /// The topics that the classifier would give it.
    pub topics: Vec<Topic>,
    /// The circumstances that it would give it.
    pub flags: Vec<Flag>,
}

/// A candidate with how much its label would teach.
struct Candidate {
    offer: Offer,
    sketch: Sketch,
    doubt: f32,
}

/// The letters to be labelled, the most telling first.
pub async fn offers(store: &Store, in_use: &InUse, now: i64, most: usize) -> Result<Vec<Offer>, StoreError> {
    let rows = store.read().await?.unlabelled_letters(now - WEEKS * WEEK, CANDIDATES).await?;
    let judge = in_use.judge();
    let chosen = tokio::task::spawn_blocking(move || {
        let candidates = rows.into_iter().map(|row| candidate(&judge, row)).collect();
        unlike(candidates, most)
    });
    Ok(chosen.await.unwrap_or_default())
}

fn candidate(judge: &Arc<Judge>, row: OfferedLetter) -> Candidate {
    let text = Text::of(&row.reading);
    let found = judge.classify(&text.subject, text.written());
    let first = |at: usize| found.labels.get(at).map_or(0.0, |(_, probability)| *probability);
    let sketch = Sketch::of(judge.classifier.features(&text.subject, text.written()));
    let mut flags: Vec<Flag> = Vec::new();
    for found in &found.flags {
        if !flags.contains(&found.flag) {
            flags.push(found.flag);
        }
    }
    let offer = Offer {
        letter_id: row.letter_id,
        reference: row.reference,
        text: text.written().to_owned(),
        subject: text.subject,
        labels: found.labels.iter().take(3).copied().collect(),
        topics: found.topics,
        flags,
    };
    Candidate { offer, sketch, doubt: 1.0 - (first(0) - first(1)).clamp(0.0, 1.0) }
}

/// Takes the most doubtful candidate, then always the one that is doubtful and unlike those that
/// were taken: two letters alike teach little more than one.
fn unlike(mut candidates: Vec<Candidate>, most: usize) -> Vec<Offer> {
    let mut taken: Vec<Candidate> = Vec::new();
    while taken.len() < most && !candidates.is_empty() {
        let worth = |candidate: &Candidate| {
            let alike = taken.iter().map(|other| candidate.sketch.likeness(&other.sketch)).fold(0.0_f32, f32::max);
            candidate.doubt * (1.0 - alike)
        };
        let worths: Vec<f32> = candidates.iter().map(worth).collect();
        let best = (0..worths.len()).fold(0, |best, at| if worths[at] > worths[best] { at } else { best });
        taken.push(candidates.remove(best));
    }
    taken.into_iter().map(|candidate| candidate.offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, doubt: f32, features: &[(u32, f32)]) -> Candidate {
        let offer = Offer {
            letter_id: LetterId::from(name.to_owned()),
            reference: String::new(),
            subject: String::new(),
            text: String::new(),
            labels: Vec::new(),
            topics: Vec::new(),
            flags: Vec::new(),
        };
        Candidate { offer, sketch: Sketch::of(features.to_vec()), doubt }
    }

    #[test]
    fn doubtful_letters_come_first_and_those_alike_last() {
        let candidates = vec![
            candidate("sure", 0.2, &[(9, 1.0)]),
            candidate("doubtful", 0.9, &[(1, 1.0)]),
            candidate("the same", 0.89, &[(1, 1.0)]),
            candidate("another", 0.7, &[(2, 1.0)]),
        ];
        let chosen = unlike(candidates, 3);
        let names: Vec<&str> = chosen.iter().map(|offer| offer.letter_id.as_str()).collect();
        assert_eq!(names, ["doubtful", "another", "sure"]);
    }
}
