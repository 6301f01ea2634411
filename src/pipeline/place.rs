//! Writes what was thought about letters: each joins its case or opens one, with its draft, all
//! of a batch in one transaction.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::prepare::{REFERENCE, Thought, Tools};
use super::reports;
use super::threads::{Threads, answered, fits};
use crate::accounts::Decision;
use crate::clock::local_date;
use crate::ids::{CaseId, CaseRef, LetterId, RevisionId};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{CaseState, Channel, Flag, Language, LetterKind, LetterStage, Topic};
use crate::store::{
    CaseAssurance, CaseRow, NewCase, NewGuess, NewJudgement, NewRevision, PreparedLetter, Store, StoreError, Tx,
};

/// What is to be written, gathered so that few statements write it.
struct Batch<'a> {
    tools: &'a Tools,
    owner: &'a str,
    now: Timestamp,
    /// What the letters point to.
    threads: Threads,
    /// The case numbers that were taken and not yet given.
    numbers: std::ops::Range<i64>,
    cases: Vec<NewCase>,
    letters: Vec<PreparedLetter<'a>>,
    first_drafts: Vec<Written<'a>>,
    guesses: Vec<NewGuess>,
    judgements: Vec<NewJudgement>,
    events: Vec<Event>,
}

/// The case a letter stands in.
struct Placed {
    id: CaseId,
    reference: CaseRef,
    /// Whether the batch opened it.
    new: bool,
    account: bool,
}

/// A draft with its case's reference put in.
struct Written<'a> {
    id: RevisionId,
    case: CaseId,
    thought: &'a Thought,
    recipient: Option<String>,
    channel: Channel,
    subject: String,
    body: String,
    facts: String,
    missing: String,
    created_at: i64,
}

/// Writes a batch of thoughts and ends their claims.
pub(super) async fn write(
    store: &Store,
    tools: &Tools,
    (owner, now): (&str, Timestamp),
    thoughts: &[Thought],
) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let mut batch = Batch {
        tools,
        owner,
        now,
        threads: Threads::look_up(&mut tx, thoughts).await?,
        numbers: 0..0,
        cases: Vec::new(),
        letters: Vec::new(),
        first_drafts: Vec::new(),
        guesses: Vec::new(),
        judgements: Vec::new(),
        events: Vec::new(),
    };
    batch.number_beforehand(&mut tx, thoughts).await?;
    for thought in thoughts {
        match thought.reading.kind {
            LetterKind::Automatic => batch.file(thought, None),
            LetterKind::Bounce => {
                let reply = reports::of_reply(&mut tx, thought, now).await?;
                batch.events.extend(reply.events);
                batch.file(thought, reply.case);
            }
            LetterKind::Person | LetterKind::Unreadable => batch.place(&mut tx, thought).await?,
        }
    }
    batch.flush(&mut tx).await?;
    tx.append(&batch.events).await?;
    tx.commit().await
}

impl<'a> Batch<'a> {
    /// Numbers for the cases of those letters that surely join none.
    async fn number_beforehand(&mut self, tx: &mut Tx, thoughts: &[Thought]) -> Result<(), StoreError> {
        let people = |thought: &&Thought| matches!(thought.reading.kind, LetterKind::Person | LetterKind::Unreadable);
        let alone = thoughts.iter().filter(people).filter(|thought| answered(thought).next().is_none()).count();
        self.take_numbers(tx, alone).await
    }

    async fn take_numbers(&mut self, tx: &mut Tx, count: usize) -> Result<(), StoreError> {
        let count = i64::try_from(count).unwrap_or(1);
        if count > 0 {
            let last = tx.take_numbers("case", count).await?;
            self.numbers = last - count + 1..last + 1;
        }
        Ok(())
    }

    /// Puts automatic mail aside: it opens no case and is never answered.
    fn file(&mut self, thought: &'a Thought, case: Option<CaseId>) {
        let details = json!({ "kind": thought.reading.kind });
        let mut event = self.event(EventKind::LetterFiled, &thought.letter.id).with(details);
        if let Some(case) = &case {
            event = event.of_case(case);
        }
        self.events.push(event);
        self.finish(thought, LetterStage::Filed, case);
    }

    /// Puts a letter into the case it continues, or opens one.
    async fn place(&mut self, tx: &mut Tx, thought: &'a Thought) -> Result<(), StoreError> {
        let quarantined = thought.letter.attempt > self.tools.attempts;
        let case = match self.join(tx, thought).await? {
            Some(case) => case,
            None => self.open_case(tx, thought).await?,
        };
        self.threads.note(thought, &case.id);
        self.judgements.extend(judgement(thought, self.now));
        let (stage, kind) = if quarantined {
            (LetterStage::Quarantined, EventKind::LetterQuarantined)
        } else {
            (LetterStage::Prepared, EventKind::LetterPrepared)
        };
        self.finish(thought, stage, Some(case.id.clone()));
        let model = thought.classification.as_ref().map(|classification| classification.model.as_str());
        let details = json!({ "model": model, "problems": thought.reading.problems });
        self.events.push(self.event(kind, &thought.letter.id).of_case(&case.id).with(details));
        self.add_draft(tx, thought, &case).await
    }

    /// Joins the case that the letter answers, when its sender or account fits.
    async fn join(&mut self, tx: &mut Tx, thought: &Thought) -> Result<Option<Placed>, StoreError> {
        for id in self.threads.answered_cases(thought) {
            if self.cases.iter().any(|case| case.id == id) {
                // The case was opened by this batch: it has to stand in the database first.
                self.flush(tx).await?;
            }
            if !self.threads.cases.contains_key(&id)
                && let Some(case) = tx.case(&id).await?
            {
                self.threads.cases.insert(id.clone(), case);
            }
            let Some(case) = self.threads.cases.get_mut(&id).filter(|case| fits(thought, case)) else { continue };
            let Some(state) = case.state.clone().letter_arrived() else { continue };
            tx.move_case(case, &state, self.now.as_microsecond()).await?;
            raise(tx, self.tools, thought, case).await?;
            let details = json!({ "from": case.state.name(), "to": state.name() });
            case.version += 1;
            case.state = state;
            let computed = thought.account_match.as_ref().map(CaseAssurance::from).unwrap_or_default();
            // Of another account it says nothing about this one.
            let computed = if case.account_number.as_deref() == thought.matched_account() {
                computed
            } else {
                CaseAssurance::default()
            };
            let assurance = case.assurance.followed_by(computed);
            if assurance != case.assurance {
                tx.set_assurance(&id, &assurance).await?;
                case.assurance = assurance;
            }
            let placed =
                Placed { id, reference: case.reference.clone(), new: false, account: case.account_number.is_some() };
            self.events.push(self.event(EventKind::CaseJoined, &thought.letter.id).of_case(&placed.id).with(details));
            return Ok(Some(placed));
        }
        Ok(None)
    }

    async fn open_case(&mut self, tx: &mut Tx, thought: &Thought) -> Result<Placed, StoreError> {
        if self.numbers.is_empty() {
            self.take_numbers(tx, 1).await?;
        }
        let number = self.numbers.next().unwrap_or_default();
        let reference = CaseRef::new(local_date(self.now, &self.tools.zone).year(), number);
        let case = new_case(self.tools, thought, reference.clone(), self.now);
        self.events.push(self.event(EventKind::CaseOpened, &thought.letter.id).of_case(&case.id).with(json!({
            "reference": case.reference, "topics": case.topics, "flags": case.flags, "unsure": case.unsure,
            "account": case.account_decision,
        })));
        let placed = Placed { id: case.id.clone(), reference, new: true, account: case.account_number.is_some() };
        self.guesses.extend(self.threads.guesses(thought, &case.id, self.now.as_microsecond()));
        self.cases.push(case);
        Ok(placed)
    }

    /// Adds the program's draft. A case that somebody works on keeps theirs as the one to send;
    /// the new draft stands beside it.
    async fn add_draft(&mut self, tx: &mut Tx, thought: &'a Thought, case: &Placed) -> Result<(), StoreError> {
        let Some(draft) = thought.draft.as_ref() else { return Ok(()) };
        let named = |text: &str| text.replace(REFERENCE, case.reference.as_str());
        let (channel, recipient) = thought.destination();
        let written = Written {
            id: RevisionId::new(self.now),
            case: case.id.clone(),
            thought,
            recipient,
            channel,
            subject: named(&draft.subject),
            body: named(&draft.body),
            facts: named(&draft.facts.to_string()),
            missing: json!(draft.missing).to_string(),
            created_at: self.now.as_microsecond(),
        };
        self.events.push(self.event(EventKind::DraftComposed, &thought.letter.id).of_case(&case.id).with(json!({
            "revision": written.id, "template": draft.template, "missing": draft.missing, "account": case.account,
            "language": written.language(),
        })));
        if case.new {
            self.first_drafts.push(written);
        } else {
            tx.add_revision(&written.row()).await?;
        }
        Ok(())
    }

    fn finish(&mut self, thought: &'a Thought, stage: LetterStage, case_id: Option<CaseId>) {
        let json = |value: serde_json::Result<String>| value.unwrap_or_else(|_| "{}".to_owned());
        self.letters.push(PreparedLetter {
            id: &thought.letter.id,
            owner: self.owner,
            attempt: thought.letter.attempt,
            stage,
            kind: thought.reading.kind,
            message_id: thought.reading.message_id.as_deref(),
            case_id,
            reading: json(serde_json::to_string(&thought.reading)),
            classification: thought.classification.as_ref().map(|value| json(serde_json::to_string(value))),
            account_match: thought.account_match.as_ref().map(|value| json(serde_json::to_string(value))),
        });
    }

    /// Writes what was gathered, cases before what points to them.
    async fn flush(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        tx.add_cases(&self.cases).await?;
        tx.add_guesses(&self.guesses).await?;
        tx.finish_letters(&self.letters).await?;
        let drafts: Vec<NewRevision<'_>> = self.first_drafts.iter().map(Written::row).collect();
        tx.add_first_drafts(&drafts).await?;
        tx.add_judgements(&self.judgements).await?;
        self.judgements.clear();
        self.cases.clear();
        self.guesses.clear();
        self.letters.clear();
        self.first_drafts.clear();
        Ok(())
    }

    fn event(&self, kind: EventKind, letter: &LetterId) -> Event {
        Event::new(self.now, Actor::Program, kind).of_letter(letter)
    }
}

impl Written<'_> {
    fn language(&self) -> &'static str {
        self.thought.classification.as_ref().map_or("en", |classification| classification.language.as_str())
    }

    fn row(&self) -> NewRevision<'_> {
        NewRevision {
            id: &self.id,
            case_id: &self.case,
            author: None,
            base: None,
            language: self.language(),
            subject: &self.subject,
            body: &self.body,
            recipient: self.recipient.as_deref(),
            channel: self.channel,
            large_print: false,
            template: self.thought.draft.as_ref().map_or("", |draft| &draft.template),
            facts: &self.facts,
            missing: &self.missing,
            created_at: self.created_at,
        }
    }
}

/// What the classifier said, in short, so that it can be counted.
fn judgement(thought: &Thought, now: Timestamp) -> Option<NewJudgement> {
    let found = thought.classification.as_ref()?;
    let probability = |at: usize| found.labels.get(at).map_or(0.0, |(_, probability)| *probability);
    #[expect(clippy::cast_possible_truncation, reason = "thousandths of a share")]
    let margin = ((probability(0) - probability(1)).clamp(0.0, 1.0) * 1000.0) as i64;
    Some(NewJudgement {
        letter_id: thought.letter.id.clone(),
        judged_at: now.as_microsecond(),
        model: found.model.clone(),
        topic: found.labels.first().map_or(Topic::Other, |(topic, _)| *topic),
        unsure: found.unsure,
        margin,
    })
}

fn new_case(tools: &Tools, thought: &Thought, reference: CaseRef, now: Timestamp) -> NewCase {
    let reading = &thought.reading;
    let classification = thought.classification.as_ref();
    let topics = classification
        .map(|classification| classification.topics.clone())
        .filter(|topics| !topics.is_empty())
        .unwrap_or_else(|| vec![Topic::Other]);
    let flags = flags_of(thought);
    let urgent = is_urgent(&flags);
    let due_at = due_at(tools, thought, &flags);
    let decision = thought.account_match.as_ref().map_or(Decision::None, |result| result.decision);
    NewCase {
        id: CaseId::new(now),
        reference,
        language: classification.map_or(Language::English, |classification| classification.language),
        topics,
        flags,
        unsure: classification.is_none_or(|classification| classification.unsure),
        urgent,
        account_number: thought.matched_account().map(ToOwned::to_owned),
        account_decision: decision.as_str().to_owned(),
        assurance: thought.account_match.as_ref().map(CaseAssurance::from).unwrap_or_default(),
        customer_address: reading.sender_key(),
        customer_name: reading.from.as_ref().map(|from| from.name.clone()).filter(|name| !name.is_empty()),
        subject: reading.subject.clone(),
        opened_at: thought.letter.received_at,
        due_at,
    }
}

/// The circumstances of a letter, each once.
fn flags_of(thought: &Thought) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for found in thought.classification.iter().flat_map(|classification| &classification.flags) {
        if !flags.contains(&found.flag) {
            flags.push(found.flag);
        }
    }
    flags
}

fn is_urgent(flags: &[Flag]) -> bool {
    flags.iter().any(|flag| Flag::URGENT.contains(flag))
}

/// When a letter should be answered; a threat, to others or to oneself, has no time at all.
fn due_at(tools: &Tools, thought: &Thought, flags: &[Flag]) -> i64 {
    let days = match (flags.contains(&Flag::Threat), is_urgent(flags)) {
        (true, _) => 0,
        (false, true) => tools.urgent_days,
        (false, false) => tools.answer_days,
    };
    thought.letter.received_at + i64::try_from(SignedDuration::from_hours(24 * days).as_micros()).unwrap_or(0)
}

/// A further letter brings its circumstances into its case, and its date when that is sooner or
/// the case was at rest.
async fn raise(tx: &mut Tx, tools: &Tools, thought: &Thought, case: &mut CaseRow) -> Result<(), StoreError> {
    let own = flags_of(thought);
    let due = due_at(tools, thought, &own);
    let at_rest = matches!(case.state, CaseState::Answered { .. } | CaseState::Closed { .. });
    case.due_at = if at_rest { due } else { case.due_at.min(due) };
    case.flags.extend(own.into_iter().filter(|flag| !case.flags.contains(flag)).collect::<Vec<_>>());
    case.urgent = is_urgent(&case.flags);
    tx.raise_case(case).await
}
