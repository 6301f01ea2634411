//! What happened: events, and the chain that shows whether any of them was changed since.
//!
//! Each entry's hash covers its own contents and the hash before it, so that a changed, removed,
//! inserted or moved entry breaks the chain at a place that can be named. The chain is not
//! keyed: who can rewrite the whole table and its head can rewrite the chain. Nothing here
//! reads or writes the database.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::ids::{CaseId, Digest, LetterId, UserId};
use crate::letter::words::words;

words! {
    /// What sort of thing happened.
    EventKind("kind of event") {
        /// A letter's bytes became durable.
        LetterReceived = "letter.received",
        /// A further copy of a known letter came in.
        LetterCopyReceived = "letter.copy_received",
        /// A scan's pages were made readable.
        LetterConverted = "letter.converted",
        /// A letter was read, classified and matched.
        LetterPrepared = "letter.prepared",
        /// Automatic mail or a delivery report was put aside without a case.
        LetterFiled = "letter.filed",
        /// Preparing a letter failed too often.
        LetterQuarantined = "letter.quarantined",
        /// A case was opened.
        CaseOpened = "case.opened",
        /// A further letter joined a case.
        CaseJoined = "case.joined",
        /// Somebody took the case.
        CaseClaimed = "case.claimed",
        /// Somebody put the case back.
        CaseReleased = "case.released",
        /// The topics were changed by a person.
        CaseTopicsChanged = "case.topics_changed",
        /// The flags were changed by a person.
        CaseFlagsChanged = "case.flags_changed",
        /// The account was changed by a person.
        CaseAccountChanged = "case.account_changed",
        /// How sure it is who wrote was lowered, or confirmed, by a person.
        CaseAssuranceChanged = "case.assurance_changed",
        /// Somebody asked that one reply may tell more than the table allows.
        DisclosureAsked = "disclosure.asked",
        /// A second person allowed it.
        DisclosureAllowed = "disclosure.allowed",
        /// It was taken back before a reply was approved.
        DisclosureTakenBack = "disclosure.taken_back",
        /// A reply was drafted by the program.
        DraftComposed = "draft.composed",
        /// A draft can no longer be sent, because a template of it was withdrawn.
        DraftVoided = "draft.voided",
        /// A person said why something in a draft may stay.
        DraftJustified = "draft.justified",
        /// A template is used no more.
        TemplateWithdrawn = "template.withdrawn",
        /// A reply was written or changed by a person.
        DraftEdited = "draft.edited",
        /// A reply was handed to the supervisors.
        ReplySubmitted = "reply.submitted",
        /// A supervisor approved a reply.
        ReplyApproved = "reply.approved",
        /// A supervisor gave a reply back.
        ReplyReturned = "reply.returned",
        /// The relay accepted a reply.
        ReplySent = "reply.sent",
        /// The relay refused a reply for good.
        ReplyRejected = "reply.rejected",
        /// Nobody can know whether the relay took a reply.
        ReplyUnknown = "reply.unknown",
        /// A person decided what became of an unknown or refused delivery.
        DeliveryResolved = "delivery.resolved",
        /// A delivery report came back for a reply.
        ReplyBounced = "reply.bounced",
        /// Approved letters were put into a batch for the printer.
        PrintBatchMade = "post.batch_made",
        /// Everything of a case was taken out.
        CaseExported = "case.exported",
        /// The case ended.
        CaseClosed = "case.closed",
        /// The letters of a case were brought to another.
        CaseMerged = "case.merged",
        /// A letter that looked like part of another case stays in its own.
        CaseKeptApart = "case.kept_apart",
        /// A delivery report spoke of a reply.
        DeliveryReported = "delivery.reported",
        /// Somebody saw numbers of a person, card or bank that pages hide.
        PersonalDataSeen = "letter.personal_data_seen",
        /// A supervisor answers for what a letter is about.
        LetterLabelled = "letter.labelled",
        /// A model was learned and judges letters from now on.
        ModelAccepted = "model.accepted",
        /// A model was learned and found worse than the one that judges.
        ModelRefused = "model.refused",
        /// Somebody chose which model judges letters, and that it stays.
        ModelChosen = "model.chosen",
        /// A chosen model may be replaced again.
        ModelUnpinned = "model.unpinned",
        /// Somebody may sign in from now on.
        UserAdded = "user.added",
        /// Somebody may no longer sign in.
        UserDisabled = "user.disabled",
        /// A program may speak for a user from now on.
        TokenAdded = "token.added",
        /// A program may no longer speak for a user.
        TokenRevoked = "token.revoked",
        /// Somebody signed in.
        UserSignedIn = "user.signed_in",
        /// A billing extract became current.
        ExtractImported = "extract.imported",
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The program by itself.
    Program,
    /// Somebody at the command line of the machine.
    Operator,
    /// A person who signed in.
    User(UserId),
}

impl Actor {
    /// The actor as the journal spells it.
    #[must_use]
    pub fn spelled(&self) -> String {
        match self {
            Self::Program => "program".to_owned(),
            Self::Operator => "operator".to_owned(),
            Self::User(id) => format!("user:{id}"),
        }
    }
}

/// One thing that happened, not yet in the chain.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub kind: EventKind,
    /// Of which case.
    pub case: Option<CaseId>,
    /// Of which letter.
    pub letter: Option<LetterId>,
    /// What else is to be remembered. No bodies, no addresses: those stand in their own rows.
    pub details: Value,
}

impl Event {
    /// An event without a case, a letter or details.
    #[must_use]
    pub fn new(at: Timestamp, actor: Actor, kind: EventKind) -> Self {
        Self { at, actor, kind, case: None, letter: None, details: Value::Null }
    }

    /// The same event, of that case.
    #[must_use]
    pub fn of_case(mut self, case: &CaseId) -> Self {
        self.case = Some(case.clone());
        self
    }

    /// The same event, of that letter.
    #[must_use]
    pub fn of_letter(mut self, letter: &LetterId) -> Self {
        self.letter = Some(letter.clone());
        self
    }

    /// The same event with details.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// The last link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// How many entries there are.
    pub sequence: i64,
    /// The hash of the last one; empty when there is none.
    pub hash: String,
}

/// One link of the chain, with the texts exactly as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 1 without gaps.
    pub sequence: i64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub kind: String,
    /// Of which case.
    pub case_id: Option<String>,
    /// Of which letter.
    pub letter_id: Option<String>,
    /// What else, as JSON text.
    pub details: String,
    /// The hash of the entry before it.
    pub previous_hash: String,
    /// Its own hash.
    pub hash: String,
}

/// Links events to the chain, in their order, and moves its head.
#[must_use]
pub fn link(head: &mut Head, events: &[Event]) -> Vec<Entry> {
    events
        .iter()
        .map(|event| {
            let mut entry = Entry {
                sequence: head.sequence + 1,
                at: event.at.as_microsecond(),
                actor: event.actor.spelled(),
                kind: event.kind.as_str().to_owned(),
                case_id: event.case.as_ref().map(ToString::to_string),
                letter_id: event.letter.as_ref().map(ToString::to_string),
                details: event.details.to_string(),
                previous_hash: head.hash.clone(),
                hash: String::new(),
            };
            entry.hash = entry.computed_hash();
            head.sequence = entry.sequence;
            head.hash.clone_from(&entry.hash);
            entry
        })
        .collect()
}

impl Entry {
    /// The hash that this entry's contents give. Every field is preceded by its length, so that
    /// no two different entries are hashed as the same bytes.
    #[must_use]
    pub fn computed_hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"penstock journal 1");
        hash.update(self.sequence.to_be_bytes());
        hash.update(self.at.to_be_bytes());
        let optional = |text: &Option<String>| text.as_ref().map_or_else(|| "-".to_owned(), |text| format!("+{text}"));
        for text in [
            &self.actor,
            &self.kind,
            &optional(&self.case_id),
            &optional(&self.letter_id),
            &self.details,
            &self.previous_hash,
        ] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        Digest::from_hash(&hash.finalize()).to_string()
    }
}

/// The first entry at which the chain is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("journal entry {sequence}: {reason}")]
pub struct Broken {
    /// The place in the journal.
    pub sequence: i64,
    /// What is wrong there.
    pub reason: &'static str,
}

/// Follows the chain entry by entry.
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    head: Head,
}

impl Verifier {
    /// Checks the next entry against those before it.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Broken> {
        let expected = self.head.sequence + 1;
        if entry.sequence != expected {
            return Err(Broken { sequence: expected, reason: "the entry is missing" });
        }
        if entry.previous_hash != self.head.hash {
            return Err(Broken { sequence: expected, reason: "it does not follow the entry before it" });
        }
        if entry.computed_hash() != entry.hash {
            return Err(Broken { sequence: expected, reason: "its contents were changed" });
        }
        self.head = Head { sequence: entry.sequence, hash: entry.hash.clone() };
        Ok(())
    }

    /// Checks that nothing follows the entries seen, and gives their number.
    pub fn finish(self, head: &Head) -> Result<i64, Broken> {
        if self.head.sequence < head.sequence {
            return Err(Broken { sequence: self.head.sequence + 1, reason: "the entry is missing at the end" });
        }
        if self.head != *head {
            return Err(Broken { sequence: self.head.sequence, reason: "the journal's head does not fit it" });
        }
        Ok(self.head.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: usize) -> (Vec<Entry>, Head) {
        let mut head = Head::default();
        let events: Vec<Event> = (0..length)
            .map(|number| {
                Event::new(Timestamp::UNIX_EPOCH, Actor::Program, EventKind::CaseOpened)
                    .with(serde_json::json!({ "number": number }))
            })
            .collect();
        let entries = link(&mut head, &events);
        (entries, head)
    }

    fn verify(entries: &[Entry], head: &Head) -> Result<i64, Broken> {
        let mut verifier = Verifier::default();
        for entry in entries {
            verifier.follow(entry)?;
        }
        verifier.finish(head)
    }

    #[test]
    fn an_untouched_chain_verifies() {
        let (entries, head) = chain(20);
        assert_eq!(verify(&entries, &head), Ok(20));
    }

    #[test]
    fn a_change_is_named_at_its_entry() {
        let (mut entries, head) = chain(20);
        entries[6].details = "{\"number\":7}".to_owned();
        assert_eq!(verify(&entries, &head).map_err(|broken| broken.sequence), Err(7));
    }

    #[test]
    fn a_change_with_its_hash_redone_is_named_at_the_next_entry() {
        let (mut entries, head) = chain(20);
        entries[6].actor = "user:somebody".to_owned();
        entries[6].hash = entries[6].computed_hash();
        assert_eq!(verify(&entries, &head).map_err(|broken| broken.sequence), Err(8));
    }

    #[test]
    fn removed_inserted_moved_and_cut_off_entries_are_found() {
        let (entries, head) = chain(20);
        let mut removed = entries.clone();
        removed.remove(9);
        assert_eq!(verify(&removed, &head).map_err(|broken| broken.sequence), Err(10));
        let mut moved = entries.clone();
        moved.swap(3, 4);
        assert_eq!(verify(&moved, &head).map_err(|broken| broken.sequence), Err(4));
        let mut inserted = entries.clone();
        inserted.insert(5, entries[5].clone());
        assert_eq!(verify(&inserted, &head).map_err(|broken| broken.sequence), Err(7));
        assert_eq!(verify(&entries[..18], &head).map_err(|broken| broken.sequence), Err(19));
    }
}
