//! From a letter's bytes to its case and draft: letters are claimed in batches, thought about
//! in parallel, and written in one transaction.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::accounts::{
    AccountContext, AccountRows, Decision, MatchQuery, MatchResult, account_facts, context, decide, wanted,
};
use crate::classification::{Classification, Classifier};
use crate::clock::{Clock, local_date};
use crate::ids::{CaseId, CaseRef, LetterId, RevisionId};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{CaseState, Flag, Language, LetterKind, LetterStage, Topic};
use crate::policy::Policy;
use crate::reading::{Reading, read};
use crate::replies::{Draft, Situation, Templates, compose};
use crate::store::{ClaimedLetter, NewCase, NewRevision, PreparedLetter, Store, StoreError, Tx};

/// Stands in a draft for the case's reference until the case has one.
const REFERENCE: &str = "PW-0000-000000";

/// What preparing needs beside the database; built once.
#[derive(Debug)]
pub struct Tools {
    /// Tells what letters are about.
    pub classifier: Classifier,
    /// Composes replies.
    pub templates: Templates,
    /// The dated facts of the trade.
    pub policy: Policy,
    /// The City's time zone.
    pub zone: TimeZone,
    /// In how many days a letter should be answered.
    pub answer_days: i64,
    /// In how many days an urgent letter should be answered.
    pub urgent_days: i64,
    /// How many threads think.
    pub threads: usize,
    /// How many letters share a transaction.
    pub batch: usize,
    /// After how many attempts a letter is set aside.
    pub attempts: i64,
    /// How long a worker may hold letters.
    pub lease: Duration,
}

/// A letter on its way through the steps.
struct Thought {
    letter: ClaimedLetter,
    reading: Reading,
    classification: Option<Classification>,
    account_match: Option<MatchResult>,
    rows: Option<AccountRows>,
    draft: Option<Draft>,
}

/// Prepares letters until told to stop.
pub async fn run(store: Store, clock: Clock, tools: Arc<Tools>, stop: CancellationToken, owner: String) {
    while !stop.is_cancelled() {
        let pause = match prepare_batch(&store, &clock, &tools, &owner).await {
            Ok(0) => Duration::from_millis(200),
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::error!(error = %error, "letters could not be prepared; they will be tried again");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Prepares the letters that are due, one batch; gives how many were claimed.
pub async fn prepare_batch(store: &Store, clock: &Clock, tools: &Arc<Tools>, owner: &str) -> Result<usize, StoreError> {
    let now = clock.now();
    let until = now.as_microsecond() + i64::try_from(tools.lease.as_micros()).unwrap_or(i64::MAX);
    let limit = i64::try_from(tools.batch).unwrap_or(64);
    let mut tx = store.write().await?;
    // The attempt is counted and committed before the letter is touched: one that ends the
    // process cannot do so for ever.
    let claimed = tx.claim_letters(owner, (now.as_microsecond(), until), limit).await?;
    tx.commit().await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let count = claimed.len();
    let mut tx = store.read().await?;
    let mut raw = Vec::with_capacity(count);
    let mut claimed_with_bytes = Vec::with_capacity(count);
    for letter in claimed {
        match tx.letter_bytes(&letter.id, &letter.raw_digest).await {
            Ok(bytes) => {
                raw.push(bytes);
                claimed_with_bytes.push(letter);
            }
            Err(error) => {
                tracing::error!(letter.id = %letter.id, error = %error, "the bytes of letter {} cannot be read", letter.id);
            }
        }
    }
    drop(tx);
    let mut thoughts = think_first(tools, claimed_with_bytes, raw).await;
    look_up_accounts(store, &mut thoughts, now, &tools.zone).await?;
    let thoughts = think_second(tools, thoughts, now).await;
    write(store, tools, owner, now, &thoughts).await?;
    Ok(count)
}

/// Reads and classifies, spread over the threads.
async fn think_first(tools: &Arc<Tools>, letters: Vec<ClaimedLetter>, raw: Vec<Vec<u8>>) -> Vec<Thought> {
    let work: Vec<(ClaimedLetter, Vec<u8>)> = letters.into_iter().zip(raw).collect();
    in_parallel(tools, work, |tools, (letter, bytes)| {
        let reading = if letter.attempt > tools.attempts {
            Reading::unreadable(format!("reading it failed {} times", letter.attempt - 1))
        } else {
            read(&bytes)
        };
        let classification = (reading.kind == LetterKind::Person)
            .then(|| tools.classifier.classify(&reading.subject, &reading.new_text));
        Thought { letter, reading, classification, account_match: None, rows: None, draft: None }
    })
    .await
}

async fn look_up_accounts(
    store: &Store,
    thoughts: &mut [Thought],
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(), StoreError> {
    let mut tx = store.read().await?;
    let today = local_date(now, zone);
    for thought in thoughts.iter_mut().filter(|thought| thought.reading.kind == LetterKind::Person) {
        let reading = &thought.reading;
        let query = query(reading);
        let (accounts, contacts) = tx.accounts_wanted(&wanted(&query)).await?;
        let result = decide(&query, &accounts, &contacts, today);
        if result.decision == Decision::Matched
            && let Some(best) = result.candidates.first()
        {
            thought.rows = tx.whole_account(best.account.as_str()).await?;
        }
        thought.account_match = Some(result);
    }
    Ok(())
}

fn query(reading: &Reading) -> MatchQuery<'_> {
    MatchQuery {
        subject: &reading.subject,
        text: &reading.new_text,
        from_name: reading.from.as_ref().map_or("", |from| &from.name),
        from_address: reading.from.as_ref().map_or("", |from| &from.address),
        authenticated: None,
    }
}

/// Puts the account in order and drafts, spread over the threads.
async fn think_second(tools: &Arc<Tools>, thoughts: Vec<Thought>, now: Timestamp) -> Vec<Thought> {
    in_parallel(tools, thoughts, move |tools, mut thought| {
        let today = local_date(now, &tools.zone);
        if let Some(classification) = &thought.classification {
            let account = thought.rows.as_ref().map(|rows| context(rows, today));
            thought.draft = Some(draft(tools, &thought, classification, account.as_ref(), today));
        }
        thought
    })
    .await
}

fn draft(
    tools: &Tools,
    thought: &Thought,
    classification: &Classification,
    account: Option<&AccountContext>,
    today: jiff::civil::Date,
) -> Draft {
    let from = thought.reading.from.as_ref();
    let address = from.map_or("", |from| from.address.as_str());
    let received = crate::clock::from_microseconds(thought.letter.received_at);
    compose(
        &tools.templates,
        &Situation {
            language: classification.language,
            topics: &classification.topics,
            reference: REFERENCE,
            customer_name: from.map_or("", |from| from.name.as_str()),
            subject: &thought.reading.subject,
            received_on: local_date(received, &tools.zone),
            today,
            // The reply goes to the address that wrote; it must be one that may know.
            account: account
                .filter(|account| account.may_be_told_to(address))
                .map(|account| account_facts(account, classification.language, &tools.policy, today)),
            policy: &tools.policy,
        },
    )
}

/// Runs one step for many letters on all threads, keeping their order.
async fn in_parallel<In, Out>(
    tools: &Arc<Tools>,
    work: Vec<In>,
    step: impl Fn(&Tools, In) -> Out + Send + Sync + 'static,
) -> Vec<Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    let tools = Arc::clone(tools);
    let joined = tokio::task::spawn_blocking(move || {
        let share = work.len().div_ceil(tools.threads.max(1)).max(1);
        let mut shares: Vec<Vec<In>> = Vec::new();
        for (at, item) in work.into_iter().enumerate() {
            if at % share == 0 {
                shares.push(Vec::with_capacity(share));
            }
            if let Some(last) = shares.last_mut() {
                last.push(item);
            }
        }
        let (tools, step) = (&*tools, &step);
        std::thread::scope(|scope| {
            let threads: Vec<_> = shares
                .into_iter()
                .map(|share| scope.spawn(move || share.into_iter().map(|item| step(tools, item)).collect::<Vec<Out>>()))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
        })
    });
    // A step that panicked loses its share of this batch; the leases end and the letters are
    // tried again, until their attempts are used up.
    joined.await.unwrap_or_default()
}

async fn write(
    store: &Store,
    tools: &Tools,
    owner: &str,
    now: Timestamp,
    thoughts: &[Thought],
) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let mut events = Vec::new();
    for thought in thoughts {
        match thought.reading.kind {
            LetterKind::Automatic | LetterKind::Bounce => {
                finish(&mut tx, thought, owner, (LetterStage::Filed, None)).await?;
                events.push(
                    event(now, EventKind::LetterFiled, &thought.letter.id)
                        .with(json!({ "kind": thought.reading.kind })),
                );
            }
            LetterKind::Person | LetterKind::Unreadable => {
                place(&mut tx, tools, owner, now, thought, &mut events).await?;
            }
        }
    }
    tx.append(&events).await?;
    tx.commit().await
}

/// Puts a letter into the case it continues, or opens one.
async fn place(
    tx: &mut Tx,
    tools: &Tools,
    owner: &str,
    now: Timestamp,
    thought: &Thought,
    events: &mut Vec<Event>,
) -> Result<(), StoreError> {
    let quarantined = thought.letter.attempt > tools.attempts;
    let stage = if quarantined { LetterStage::Quarantined } else { LetterStage::Prepared };
    let joined = join(tx, thought, now, events).await?;
    let case = if let Some(case) = joined {
        case
    } else {
        let case = open_case(tx, tools, thought, now).await?;
        events.push(event(now, EventKind::CaseOpened, &thought.letter.id).of_case(&case.id).with(
            json!({ "reference": case.reference, "topics": case.topics, "flags": case.flags, "unsure": case.unsure, "account": case.account_decision }),
        ));
        case
    };
    finish(tx, thought, owner, (stage, Some(&case.id))).await?;
    let kind = if quarantined { EventKind::LetterQuarantined } else { EventKind::LetterPrepared };
    let model = thought.classification.as_ref().map(|classification| classification.model.clone());
    events.push(
        event(now, kind, &thought.letter.id)
            .of_case(&case.id)
            .with(json!({ "model": model, "problems": thought.reading.problems })),
    );
    add_draft(tx, thought, &case, now, events).await
}

/// What later steps need of the case.
struct Placed {
    id: CaseId,
    reference: CaseRef,
    topics: Vec<Topic>,
    flags: Vec<Flag>,
    unsure: bool,
    account: Option<String>,
    account_decision: String,
    language: Language,
}

/// Only a letter of the same sender that answers one of the case's messages joins a case; a
/// number in the subject, or a stranger who quotes a Message-ID, does not.
async fn join(
    tx: &mut Tx,
    thought: &Thought,
    now: Timestamp,
    events: &mut Vec<Event>,
) -> Result<Option<Placed>, StoreError> {
    let reading = &thought.reading;
    let Some(sender) = reading.sender_key() else { return Ok(None) };
    for message_id in reading.in_reply_to.iter().chain(reading.references.iter().rev()).take(20) {
        let case_id = match tx.delivery_by_message_id(message_id).await? {
            Some(delivery) => Some(delivery.case_id),
            None => tx.case_of_message_id(message_id).await?,
        };
        let Some(case_id) = case_id else { continue };
        let Some(case) = tx.case(&case_id).await? else { continue };
        if case.customer_address.as_deref() != Some(sender.as_str()) {
            continue;
        }
        let Some(state) = case.state.clone().letter_arrived() else { continue };
        tx.move_case(&case, &state, now.as_microsecond()).await?;
        events.push(
            event(now, EventKind::CaseJoined, &thought.letter.id)
                .of_case(&case.id)
                .with(json!({ "from": case.state.name(), "to": state.name() })),
        );
        return Ok(Some(Placed {
            id: case.id,
            reference: case.reference,
            topics: case.topics,
            flags: case.flags,
            unsure: case.unsure,
            account: case.account_number,
            account_decision: case.account_decision,
            // Somebody who writes already keeps their draft; else the new letter gets one.
            language: if matches!(state, CaseState::Open) { case.language } else { Language::Other },
        }));
    }
    Ok(None)
}

async fn open_case(tx: &mut Tx, tools: &Tools, thought: &Thought, now: Timestamp) -> Result<Placed, StoreError> {
    let number = tx.take_numbers("case", 1).await?;
    let reference = CaseRef::new(local_date(now, &tools.zone).year(), number);
    let reading = &thought.reading;
    let topics = thought
        .classification
        .as_ref()
        .map(|classification| classification.topics.clone())
        .filter(|topics| !topics.is_empty())
        .unwrap_or_else(|| vec![Topic::Other]);
    let mut flags: Vec<Flag> = Vec::new();
    for found in thought.classification.iter().flat_map(|classification| &classification.flags) {
        if !flags.contains(&found.flag) {
            flags.push(found.flag);
        }
    }
    let urgent = flags.iter().any(|flag| Flag::URGENT.contains(flag));
    let days = if urgent { tools.urgent_days } else { tools.answer_days };
    let matched = thought.account_match.as_ref();
    let account = matched
        .filter(|result| result.decision == Decision::Matched)
        .and_then(|result| result.candidates.first())
        .map(|candidate| candidate.account.to_string());
    let case = NewCase {
        id: CaseId::new(now),
        reference: reference.clone(),
        language: thought.classification.as_ref().map_or(Language::English, |classification| classification.language),
        topics,
        flags,
        unsure: thought.classification.as_ref().is_none_or(|classification| classification.unsure),
        urgent,
        account_number: account,
        account_decision: matched.map_or(Decision::None, |result| result.decision).as_str().to_owned(),
        customer_address: reading.sender_key(),
        customer_name: reading.from.as_ref().map(|from| from.name.clone()).filter(|name| !name.is_empty()),
        subject: reading.subject.clone(),
        opened_at: thought.letter.received_at,
        due_at: thought.letter.received_at
            + i64::try_from(SignedDuration::from_hours(24 * days).as_micros()).unwrap_or(0),
    };
    tx.add_case(&case).await?;
    Ok(Placed {
        id: case.id,
        reference,
        topics: case.topics,
        flags: case.flags,
        unsure: case.unsure,
        account: case.account_number,
        account_decision: case.account_decision,
        language: case.language,
    })
}

async fn add_draft(
    tx: &mut Tx,
    thought: &Thought,
    case: &Placed,
    now: Timestamp,
    events: &mut Vec<Event>,
) -> Result<(), StoreError> {
    let Some(draft) = thought.draft.as_ref() else { return Ok(()) };
    let named = |text: &str| text.replace(REFERENCE, case.reference.as_str());
    let id = RevisionId::new(now);
    let facts = named(&draft.facts.to_string());
    let missing = json!(draft.missing).to_string();
    tx.add_revision(&NewRevision {
        id: &id,
        case_id: &case.id,
        author: None,
        base: None,
        language: thought.classification.as_ref().map_or("en", |classification| classification.language.as_str()),
        subject: &named(&draft.subject),
        body: &named(&draft.body),
        recipient: thought.reading.sender_key().as_deref(),
        template: &draft.template,
        facts: &facts,
        missing: &missing,
        created_at: now.as_microsecond(),
    })
    .await?;
    events.push(event(now, EventKind::DraftComposed, &thought.letter.id).of_case(&case.id).with(
        json!({ "revision": id, "template": draft.template, "missing": draft.missing, "account": case.account.is_some(), "language": case.language }),
    ));
    Ok(())
}

async fn finish(
    tx: &mut Tx,
    thought: &Thought,
    owner: &str,
    (stage, case_id): (LetterStage, Option<&CaseId>),
) -> Result<(), StoreError> {
    let json = |value: serde_json::Result<String>| value.unwrap_or_else(|_| "{}".to_owned());
    tx.finish_letter(&PreparedLetter {
        id: &thought.letter.id,
        owner,
        attempt: thought.letter.attempt,
        stage,
        kind: thought.reading.kind,
        message_id: thought.reading.message_id.as_deref(),
        case_id,
        reading: json(serde_json::to_string(&thought.reading)),
        classification: thought.classification.as_ref().map(|value| json(serde_json::to_string(value))),
        account_match: thought.account_match.as_ref().map(|value| json(serde_json::to_string(value))),
    })
    .await
}

fn event(now: Timestamp, kind: EventKind, letter: &LetterId) -> Event {
    Event::new(now, Actor::Program, kind).of_letter(letter)
}
