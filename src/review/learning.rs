//! What people teach the classifier: the topics of an approved case, and what supervisors say of
//! letters when asked. A trainee's correction alone teaches nothing.

use serde_json::json;

use super::{Office, Person, ReviewError};
use crate::classification::Classification;
use crate::ids::{CaseRef, LetterId};
use crate::journal::{Entry, Event, EventKind};
use crate::letter::{Flag, LetterKind, Topic};
use crate::store::{CaseRow, LabelSource, LetterRow, NewLabel, Tx};

impl Office {
    /// Says what a case is about, the primary topic first, and its circumstances; drafts anew
    /// when the topics change.
    pub async fn correct(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        (topics, flags): (&[Topic], &[Flag]),
    ) -> Result<(), ReviewError> {
        if topics.is_empty() {
            return Err(ReviewError::Invalid("choose at least one topic".to_owned()));
        }
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        tx.correct_case(&case, (topics, flags), self.clock.now().as_microsecond()).await?;
        let mut events = Vec::new();
        // Saying that the topics are right decides too, where the program was unsure.
        if case.topics != topics || case.unsure {
            let details = json!({ "from": case.topics, "to": topics });
            events.push(self.event(person, EventKind::CaseTopicsChanged, &case).with(details));
        }
        if case.flags != flags {
            let details = json!({ "from": case.flags, "to": flags });
            events.push(self.event(person, EventKind::CaseFlagsChanged, &case).with(details));
        }
        if case.topics != topics {
            let changed = CaseRow { topics: topics.to_vec(), flags: flags.to_vec(), ..case };
            events.extend(self.draft_anew(&mut tx, &changed, person).await?);
        }
        tx.append(&events).await?;
        Ok(tx.commit().await?)
    }

    /// A supervisor says what a letter is about, to teach; its case stays as it is.
    pub async fn label(
        &self,
        person: &Person,
        letter: &LetterId,
        (topics, flags): (&[Topic], &[Flag]),
    ) -> Result<(), ReviewError> {
        person.may_approve()?;
        if topics.is_empty() {
            return Err(ReviewError::Invalid("choose at least one topic".to_owned()));
        }
        let mut tx = self.store.write().await?;
        let row = tx.letter(letter).await?.filter(is_of_a_person).ok_or(ReviewError::NotFound)?;
        let case = match &row.case_id {
            Some(case) => tx.case(&case.clone().into()).await?,
            None => None,
        };
        let case = case.ok_or(ReviewError::NotFound)?;
        let event = self.labelled(&mut tx, (&case, &row), person, (topics, flags, LabelSource::Supervisor)).await?;
        tx.append(&[event]).await?;
        Ok(tx.commit().await?)
    }

    /// Takes the topics of a case whose reply is approved as the label of the letter that it
    /// answers; gives the event of that, when there is something to learn.
    pub(super) async fn take_label(
        &self,
        tx: &mut Tx,
        case: &CaseRow,
        person: &Person,
    ) -> Result<Option<Event>, ReviewError> {
        // Where the program was unsure and nobody said what it is about, nobody knows.
        if case.unsure {
            return Ok(None);
        }
        let entries = tx.journal_of_case(&case.id).await?;
        let letters = tx.letters_of_case(&case.id).await?;
        let Some(letter) = spoken_of(&entries, &letters).filter(|letter| is_of_a_person(letter)) else {
            return Ok(None);
        };
        let label = (case.topics.as_slice(), case.flags.as_slice(), LabelSource::Approved);
        Ok(Some(self.labelled(tx, (case, letter), person, label).await?))
    }

    async fn labelled(
        &self,
        tx: &mut Tx,
        (case, letter): (&CaseRow, &LetterRow),
        person: &Person,
        (topics, flags, source): (&[Topic], &[Flag], LabelSource),
    ) -> Result<Event, ReviewError> {
        let found: Option<Classification> =
            letter.classification.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let said = found.filter(|found| !found.unsure).map(|found| found.topics).unwrap_or_default();
        tx.set_label(&NewLabel {
            letter_id: &letter.id,
            topics,
            flags,
            said: &said,
            source,
            person: &person.id,
            labelled_at: self.clock.now().as_microsecond(),
        })
        .await?;
        let details = json!({ "topics": topics, "flags": flags, "said": said, "source": source });
        Ok(self.event(person, EventKind::LetterLabelled, case).of_letter(&letter.id).with(details))
    }
}

fn is_of_a_person(letter: &LetterRow) -> bool {
    letter.kind.as_deref() == Some(LetterKind::Person.as_str())
}

/// The letter that a case's topics speak of: the one that opened it. After a reply was approved
/// they speak of the newest letter since, but only if somebody changed them since: what they
/// said of the first letter may not hold for the next.
fn spoken_of<'a>(entries: &[Entry], letters: &'a [LetterRow]) -> Option<&'a LetterRow> {
    let kind = |entry: &Entry, kind: EventKind| entry.kind == kind.as_str();
    let Some(approved) = entries.iter().rposition(|entry| kind(entry, EventKind::ReplyApproved)) else {
        let opened = entries.iter().find(|entry| kind(entry, EventKind::CaseOpened))?.letter_id.as_deref()?;
        return letters.iter().find(|letter| letter.id.as_str() == opened);
    };
    let said_since = entries[approved..].iter().any(|entry| kind(entry, EventKind::CaseTopicsChanged));
    let newest = letters.iter().rev().find(|letter| is_of_a_person(letter))?;
    let since = newest.received_at >= entries[approved].at;
    (said_since && since).then_some(newest)
}
