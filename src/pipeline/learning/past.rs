//! Past letters whose replies went out, kept in memory so that similar ones are found at once:
//! some kilobytes for each, the newest of so many cases, built anew at every start and added to.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Text;
use super::in_use::Judge;
use super::sketch::Sketch;
use crate::ids::{CaseId, Digest, RevisionId};
use crate::letter::Topic;
use crate::store::{Store, StoreError};

/// How many replies are read at once.
const BATCH: i64 = 200;
/// How far back it is looked again: a transaction may commit after one that began later.
const OVERLAP: i64 = 30_000_000;
/// Letters less alike than this have nothing to say to each other.
const ALIKE: f32 = 0.1;

/// A past case that resembles a letter.
#[derive(Debug, Clone, PartialEq)]
pub struct Resembling {
    /// The case.
    pub case: CaseId,
    /// The reply that went out.
    pub revision: RevisionId,
    /// How alike its letter is: 0 to 1.
    pub likeness: f32,
}

/// The past cases; clones share them.
#[derive(Debug, Clone)]
pub struct Past {
    most: usize,
    answered: Arc<RwLock<Answered>>,
}

#[derive(Debug, Default)]
struct Answered {
    /// Identifiers of cases sort by time, so the first is the oldest.
    cases: BTreeMap<CaseId, PastCase>,
    /// Up to when replies were read, and with whose eyes; `None` before the first time.
    until: Option<(i64, Digest)>,
}

/// What is kept of a case.
#[derive(Debug)]
struct PastCase {
    revision: RevisionId,
    topics: Vec<Topic>,
    sketch: Sketch,
}

impl Past {
    /// No past cases yet, later at most so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, answered: Arc::default() }
    }

    /// Reads the replies that went out since the last time; all anew when another model judges,
    /// which knows other features.
    pub async fn follow(&self, store: &Store, judge: &Arc<Judge>) -> Result<(), StoreError> {
        if self.most == 0 {
            return Ok(());
        }
        let until = self.answered.read().unwrap_or_else(PoisonError::into_inner).until.clone();
        let mut since = if let Some((until, _)) = until.filter(|(_, digest)| *digest == judge.digest) {
            until - OVERLAP
        } else {
            let most = i64::try_from(self.most).unwrap_or(i64::MAX);
            store.read().await?.newest_answers_since(most).await?
        };
        loop {
            let rows = store.read().await?.answered_since(since, BATCH).await?;
            let full = i64::try_from(rows.len()) == Ok(BATCH);
            let last = rows.last().map_or(since, |row| row.settled_at);
            let reader = Arc::clone(judge);
            let sketched = tokio::task::spawn_blocking(move || {
                let sketch = |reading: &str| {
                    let text = Text::of(reading);
                    Sketch::of(reader.classifier.features(&text.subject, text.written()))
                };
                rows.into_iter()
                    .map(|row| {
                        let topics = row.topics.split(' ').filter_map(|topic| topic.parse().ok()).collect();
                        let revision = RevisionId::from(row.revision_id);
                        (row.case_id, PastCase { revision, topics, sketch: sketch(&row.reading) })
                    })
                    .collect::<Vec<_>>()
            });
            self.note(sketched.await.unwrap_or_default(), (last, judge.digest.clone()));
            if !full || last == since {
                return Ok(());
            }
            since = last;
        }
    }

    fn note(&self, sketched: Vec<(CaseId, PastCase)>, until: (i64, Digest)) {
        let mut answered = self.answered.write().unwrap_or_else(PoisonError::into_inner);
        answered.cases.extend(sketched);
        while answered.cases.len() > self.most {
            answered.cases.pop_first();
        }
        answered.until = Some(until);
    }

    /// The past cases whose letters are most like a letter, the likest first; not its own case,
    /// and none that shares no topic with it, where its topics are given.
    #[must_use]
    pub fn resembling(
        &self,
        judge: &Judge,
        (subject, text): (&str, &str),
        (own, topics): (&CaseId, &[Topic]),
        most: usize,
    ) -> Vec<Resembling> {
        let answered = self.answered.read().unwrap_or_else(PoisonError::into_inner);
        if answered.cases.is_empty() {
            return Vec::new();
        }
        let sketch = Sketch::of(judge.classifier.features(subject, text));
        let mut found: Vec<Resembling> = answered
            .cases
            .iter()
            .filter(|(case, past)| *case != own && past.is_about(topics))
            .map(|(case, past)| Resembling {
                case: case.clone(),
                revision: past.revision.clone(),
                likeness: sketch.likeness(&past.sketch),
            })
            .filter(|found| found.likeness >= ALIKE)
            .collect();
        // The newer of equally alike ones first.
        found.sort_by(|one, other| other.likeness.total_cmp(&one.likeness).then_with(|| other.case.cmp(&one.case)));
        found.truncate(most);
        found
    }
}

impl PastCase {
    /// Whether it shares one of these topics; without any it does.
    fn is_about(&self, topics: &[Topic]) -> bool {
        topics.is_empty() || topics.iter().any(|topic| self.topics.contains(topic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classification::{Classifier, starting_letters};

    fn case(number: usize) -> CaseId {
        CaseId::from(format!("{number:04}"))
    }

    /// A past of starting letters; every case is named after its place.
    fn past(judge: &Judge, step: usize) -> (Past, Vec<crate::classification::StartingLetter>) {
        let letters = starting_letters().expect("the starting letters are well formed");
        let letters: Vec<_> = letters.into_iter().step_by(step).collect();
        let past = Past::new(10_000);
        let sketched = letters.iter().enumerate().map(|(at, letter)| {
            let sketch = Sketch::of(judge.classifier.features(&letter.subject, &letter.body));
            let revision = RevisionId::from(at.to_string());
            (case(at), PastCase { revision, topics: letter.topics.clone(), sketch })
        });
        past.note(sketched.collect(), (1, judge.digest.clone()));
        (past, letters)
    }

    #[test]
    fn the_likest_past_letters_are_about_the_same() {
        let judge = Judge::starting(Classifier::from_starting_letters().expect("the shipped model is readable"));
        let (past, letters) = past(&judge, 5);
        let (mut found, mut same) = (0, 0);
        for (at, letter) in letters.iter().enumerate().step_by(2) {
            let resembling = |topics: &[Topic]| {
                past.resembling(&judge, (&letter.subject, &letter.body), (&case(at), topics), 1).pop()
            };
            if let Some(one) = resembling(&[]) {
                let other: usize = one.case.as_str().parse().expect("it is a number");
                assert_ne!(other, at, "its own case is no past one");
                found += 1;
                same += usize::from(letters[other].topics.iter().any(|topic| letter.topics.contains(topic)));
            }
            if let Some(one) = resembling(&letter.topics) {
                let other: usize = one.case.as_str().parse().expect("it is a number");
                assert!(letters[other].topics.iter().any(|topic| letter.topics.contains(topic)));
            }
        }
        println!("{found} of {} found one, {same} about the same", letters.len().div_ceil(2));
        assert!(found * 4 > letters.len() / 2 && same * 2 > found, "{same} of {found}");
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let past = Past::new(2);
        let sketched = (0..5).map(|at| {
            let revision = RevisionId::from(String::new());
            (case(at), PastCase { revision, topics: Vec::new(), sketch: Sketch::default() })
        });
        past.note(sketched.collect(), (9, Digest::of(b"")));
        let answered = past.answered.read().expect("nobody failed");
        assert_eq!(answered.cases.keys().map(CaseId::as_str).collect::<Vec<_>>(), ["0003", "0004"]);
    }
}
