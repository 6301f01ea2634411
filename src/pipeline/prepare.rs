//! From a letter's bytes to its case and draft: letters are claimed in batches, thought about
//! in parallel, and written in one transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::learning::InUse;
use super::place;
use super::threads::Threads;
use crate::accounts::disclosure::repeatable;
use crate::accounts::personal_data::{PersonalDatum, find_personal_data, mask};
use crate::accounts::{
    AccountContext, AccountRows, Decision, DisclosureTable, MatchQuery, MatchResult, Reader, Standing, Wanted,
    account_facts, assure, context, decide_wanted, wanted,
};
use crate::billing::{Billing, LookUp};
use crate::classification::{Classification, FlagFound};
use crate::clock::{Clock, local_date};
use crate::config::Border;
use crate::ids::Digest;
use crate::letter::{Channel, Flag, LetterKind};
use crate::policy::Policy;
use crate::reading::scan::{Scan, ScanForm};
use crate::reading::{Reading, judge_sender, read};
use crate::replies::{Draft, Situation, Templates, compose};
use crate::store::{ClaimedLetter, Store, StoreError};

/// Stands in a draft for the case's reference until the case has one.
pub(super) const REFERENCE: &str = "PW-0000-000000";
/// How many accounts the billing system is asked for at once.
const ASKED_AT_ONCE: usize = 8;
/// How many bytes of letters are thought about at once; a larger letter stands alone.
const BYTES_AT_ONCE: i64 = 16 * 1024 * 1024;

/// What preparing needs beside the database; built once.
#[derive(Debug)]
pub struct Tools {
    /// Tells what letters are about.
    pub classifier: InUse,
    /// Composes replies.
    pub templates: Templates,
    /// The dated facts of the trade.
    pub policy: Policy,
    /// Who may be told what.
    pub disclosure: DisclosureTable,
    /// The way to the billing system, when it can be asked.
    pub billing: Option<Billing>,
    /// The City's time zone.
    pub zone: TimeZone,
    /// Whose word about senders is believed, by the source of a letter.
    pub borders: BTreeMap<String, Border>,
    /// The organisation's own domain, which forgers imitate.
    pub own_domain: String,
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

/// A letter with its bytes, and with its pages when it is a scan.
struct Arrived {
    letter: ClaimedLetter,
    bytes: Vec<u8>,
    scan: Option<Scan>,
    /// Where it came from, when that matters.
    source: Option<String>,
}

/// A letter on its way through the steps.
pub(super) struct Thought {
    pub(super) letter: ClaimedLetter,
    pub(super) reading: Reading,
    pub(super) classification: Option<Classification>,
    pub(super) account_match: Option<MatchResult>,
    rows: Option<AccountRows>,
    /// What was looked up for it.
    wanted: Wanted,
    /// The accounts of the same writer's earlier letters in this conversation.
    thread: Vec<String>,
    /// Whether the billing system was asked about the account and did not answer.
    stale: bool,
    /// Whether it came on paper.
    paper: bool,
    /// Whether the sender is on file for the matched account.
    pub(super) on_file: bool,
    pub(super) draft: Option<Draft>,
}

impl Thought {
    /// The account, when exactly one was found.
    pub(super) fn matched_account(&self) -> Option<&str> {
        let result = self.account_match.as_ref().filter(|result| result.decision == Decision::Matched)?;
        Some(result.candidates.first()?.account.as_str())
    }

    /// Where the reply goes: to the address that wrote, else by post to the one on file.
    pub(super) fn destination(&self) -> (Channel, Option<String>) {
        match (self.reading.sender_key(), &self.rows) {
            (Some(address), _) => (Channel::Email, Some(address)),
            (None, Some(rows)) => (Channel::Post, rows.account.postal_address()),
            (None, None) => (Channel::Post, None),
        }
    }
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
    let mut claimed = tx.claim_letters(owner, (now.as_microsecond(), until), limit).await?;
    // Of a batch that ended the process one letter may be the cause. They are tried one by one, so
    // that no other is set aside with it.
    if let Some(tried) = claimed.iter().position(|letter| letter.attempt > 1) {
        let alone = claimed.swap_remove(tried);
        for letter in &claimed {
            tx.put_letter_back(letter, owner).await?;
        }
        claimed = vec![alone];
    }
    tx.commit().await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let count = claimed.len();
    for share in shares(claimed) {
        let thoughts = think(store, tools, share, now).await?;
        place::write(store, tools, (owner, now), &thoughts).await?;
    }
    Ok(count)
}

/// All the steps between the bytes of letters and their drafts; nothing is written.
pub(super) async fn think(
    store: &Store,
    tools: &Arc<Tools>,
    letters: Vec<ClaimedLetter>,
    now: Timestamp,
) -> Result<Vec<Thought>, StoreError> {
    let mut letters = with_scans(store, with_bytes(store, letters).await?).await?;
    if !tools.borders.is_empty() {
        add_sources(store, &mut letters).await?;
    }
    let mut thoughts = think_first(tools, letters).await;
    look_up_accounts(store, &mut thoughts, now, &tools.zone).await?;
    if let Some(billing) = &tools.billing {
        ask_billing(billing, &mut thoughts, now).await;
    }
    Ok(think_second(tools, thoughts, now).await)
}

/// Letters in shares whose bytes fit into memory together; a larger one stands alone.
fn shares(letters: Vec<ClaimedLetter>) -> Vec<Vec<ClaimedLetter>> {
    let mut shares: Vec<Vec<ClaimedLetter>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        bytes += letter.size_bytes;
        match shares.last_mut() {
            Some(share) if bytes <= BYTES_AT_ONCE => share.push(letter),
            Some(_) | None => {
                bytes = letter.size_bytes;
                shares.push(vec![letter]);
            }
        }
    }
    shares
}

async fn with_bytes(store: &Store, letters: Vec<ClaimedLetter>) -> Result<Vec<(ClaimedLetter, Vec<u8>)>, StoreError> {
    let copies: Vec<_> = letters.iter().map(|letter| (&letter.id, letter.raw_digest.as_str())).collect();
    let bytes = store.read().await?.bytes_of(&copies).await?;
    let mut found = Vec::with_capacity(letters.len());
    for (letter, bytes) in letters.into_iter().zip(bytes) {
        match bytes {
            Ok(bytes) => found.push((letter, bytes)),
            Err(error) => {
                tracing::error!(letter.id = %letter.id, error = %error, "letter {} cannot be prepared", letter.id);
            }
        }
    }
    Ok(found)
}

/// Puts what the converters found beside the bytes of each scan.
async fn with_scans(store: &Store, letters: Vec<(ClaimedLetter, Vec<u8>)>) -> Result<Vec<Arrived>, StoreError> {
    let ids: Vec<&str> = letters
        .iter()
        .filter(|(letter, _)| letter.converting.is_some())
        .map(|(letter, _)| letter.id.as_str())
        .collect();
    let mut scans = if ids.is_empty() { HashMap::new() } else { store.read().await?.scans_of(&ids).await? };
    Ok(letters
        .into_iter()
        .map(|(letter, bytes)| {
            let scan = scans.remove(letter.id.as_str());
            Arrived { letter, bytes, scan, source: None }
        })
        .collect())
}

/// Notes where each letter came from: by that it is known whose word about its sender counts.
async fn add_sources(store: &Store, letters: &mut [Arrived]) -> Result<(), StoreError> {
    let ids: Vec<&str> = letters.iter().map(|arrived| arrived.letter.id.as_str()).collect();
    let mut sources = store.read().await?.first_sources(&ids).await?;
    for arrived in letters {
        arrived.source = sources.remove(arrived.letter.id.as_str());
    }
    Ok(())
}

/// Reads and classifies, spread over the threads.
async fn think_first(tools: &Arc<Tools>, letters: Vec<Arrived>) -> Vec<Thought> {
    in_parallel(tools, letters, |tools, Arrived { letter, bytes, scan, source }| {
        let paper = scan.is_some();
        let reading = if letter.attempt > tools.attempts {
            Reading::unreadable(format!("reading it failed {} times", letter.attempt - 1))
        } else if let Some(scan) = scan {
            let form = ScanForm::of(&bytes).unwrap_or(ScanForm::Pdf);
            scan.reading(form, bytes.len() as u64, &Digest::from(letter.raw_digest.clone()))
        } else {
            let mut reading = read(&bytes);
            let border = source.and_then(|source| tools.borders.get(&source));
            judge_sender(&mut reading, &bytes, border, &tools.own_domain);
            reading
        };
        let classification = (reading.kind == LetterKind::Person).then(|| {
            let mut found = tools.classifier.judge().classify(&reading.subject, written(&reading));
            found.flags.extend(personal_data_flags(written(&reading)));
            found
        });
        Thought {
            letter,
            reading,
            classification,
            account_match: None,
            rows: None,
            wanted: Wanted::default(),
            thread: Vec::new(),
            stale: false,
            paper,
            on_file: false,
            draft: None,
        }
    })
    .await
}

/// What the writer wrote; of a letter that only forwards another, all of it.
fn written(reading: &Reading) -> &str {
    if reading.new_text.trim().is_empty() { &reading.body } else { &reading.new_text }
}

/// Numbers of persons, cards and banks are found by their form, not by words about them.
fn personal_data_flags(text: &str) -> Vec<FlagFound> {
    let found = find_personal_data(text);
    let characters: Vec<char> = if found.is_empty() { Vec::new() } else { mask(text, &found).chars().collect() };
    let flag = |datum: &PersonalDatum| FlagFound {
        flag: Flag::PersonalData,
        start: datum.start,
        end: datum.end,
        // What is stored beside the letter does not repeat the number.
        text: characters.get(datum.start..datum.end).unwrap_or_default().iter().collect(),
    };
    found.iter().map(flag).collect()
}

async fn look_up_accounts(
    store: &Store,
    thoughts: &mut [Thought],
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(), StoreError> {
    let today = local_date(now, zone);
    let mut tx = store.read().await?;
    let threads = Threads::look_up(&mut tx, thoughts).await?;
    let mut people: Vec<&mut Thought> =
        thoughts.iter_mut().filter(|thought| thought.reading.kind == LetterKind::Person).collect();
    for thought in &mut people {
        thought.thread = threads.accounts_of_writer(thought);
        thought.wanted = wanted(&query(thought));
    }
    let all: Vec<Wanted> = people.iter().map(|thought| thought.wanted.clone()).collect();
    let found = tx.accounts_for(&all).await?;
    for (thought, (accounts, contacts)) in people.iter_mut().zip(found) {
        thought.account_match = Some(decide_wanted(&query(thought), &thought.wanted, (&accounts, &contacts), today));
    }
    let matched: Vec<&str> = people.iter().filter_map(|thought| thought.matched_account()).collect();
    let rows = tx.whole_accounts(&matched).await?;
    for thought in people {
        thought.rows = thought.matched_account().and_then(|number| rows.get(number)).cloned();
    }
    Ok(())
}

fn query(thought: &Thought) -> MatchQuery<'_> {
    let reading = &thought.reading;
    MatchQuery {
        subject: &reading.subject,
        text: written(reading),
        signature: &reading.signature,
        from_name: reading.from.as_ref().map_or("", |from| &from.name),
        from_address: reading.from.as_ref().map_or("", |from| &from.address),
        authenticated: Some(reading.authentication.aligned),
        paper: thought.paper,
        thread: &thought.thread,
    }
}

/// Asks the billing system for the matched accounts. Where it does not answer, what it said before
/// or the extract stands, with its age.
async fn ask_billing(billing: &Billing, thoughts: &mut [Thought], now: Timestamp) {
    let matched = thoughts.iter_mut().filter_map(|thought| {
        let Thought { rows, stale, .. } = thought;
        Some((rows.as_mut()?, stale))
    });
    futures::stream::iter(matched)
        .for_each_concurrent(ASKED_AT_ONCE, |(rows, stale)| async move {
            let number = rows.account.account_number.clone();
            let (said, is_stale) = match billing.look_up(&number, now).await {
                LookUp::Answered(said, _) => (Some(said), false),
                LookUp::Remembered(said, at) => {
                    tracing::debug!(asked_at = %at, "an older answer of the billing system is used");
                    (Some(said), true)
                }
                LookUp::Unknown | LookUp::Down => (None, true),
            };
            *stale = is_stale;
            if let Some(said) = said {
                // A billing system that knows no contacts leaves those of the extract.
                let contacts = std::mem::take(&mut rows.contacts);
                *rows = *said;
                if rows.contacts.is_empty() {
                    rows.contacts = contacts;
                }
            }
        })
        .await;
}

/// With the account's rows, payments and bills that the letter tells raise the assurance too.
fn assure_with_rows(thought: &mut Thought, today: jiff::civil::Date) {
    let Some(rows) = &thought.rows else { return };
    let account = Some((&rows.account, rows.contacts.as_slice()));
    let assured = assure(&query(thought), &thought.wanted, account, (Some(rows), today));
    if let Some(result) = &mut thought.account_match {
        result.assurance = assured.level;
        result.assurance_reasons = assured.reasons;
        result.standing = assured.standing;
        result.scope = assured.scope;
    }
}

/// Puts the account in order and drafts, spread over the threads.
async fn think_second(tools: &Arc<Tools>, thoughts: Vec<Thought>, now: Timestamp) -> Vec<Thought> {
    in_parallel(tools, thoughts, move |tools, mut thought| {
        let today = local_date(now, &tools.zone);
        assure_with_rows(&mut thought, today);
        if let Some(classification) = &thought.classification {
            let account = thought.rows.as_ref().map(|rows| context(rows, today));
            thought.on_file = thought.account_match.as_ref().is_some_and(|result| result.standing != Standing::None);
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
    let name = repeatable(from.map_or("", |from| from.name.as_str()));
    let subject = repeatable(&thought.reading.subject);
    let reader = thought.account_match.as_ref().map(Reader::from).unwrap_or_default();
    let received = crate::clock::from_microseconds(thought.letter.received_at);
    let mut draft = compose(
        &tools.templates,
        &Situation {
            language: classification.language,
            topics: &classification.topics,
            reference: REFERENCE,
            customer_name: &name,
            subject: &subject,
            received_on: local_date(received, &tools.zone),
            today,
            // Templates never see what whoever wrote may not know.
            account: account.and_then(|account| {
                let facts = account_facts(account, classification.language, &tools.policy, today);
                tools.disclosure.told(&reader, &facts).account
            }),
            policy: &tools.policy,
        },
    );
    if thought.stale {
        // The sheet beside the draft says that billing did not answer; its amounts cannot be sent yet.
        draft.facts["billing"] = serde_json::json!({ "down": true });
    }
    draft
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
