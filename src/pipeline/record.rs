//! Stores what the desk takes in. Messages that wait together share one commit.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot::Sender;

use crate::clock::Clock;
use crate::intake::{Incoming, NotStored, Receipt, Request};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::SourceReport;
use crate::store::{Arrival, Store, StoreError, Stored};

/// How many messages share one commit at most.
const MESSAGES_A_COMMIT: usize = 256;
/// How many bytes of messages share one commit at most.
const BYTES_A_COMMIT: usize = 16 * 1024 * 1024;

type Waiting = (Incoming, Sender<Result<Receipt, NotStored>>);

/// Stores messages until the last desk is closed.
pub async fn run(store: Store, clock: Clock, mut requests: Receiver<Request>) {
    let mut batch: Vec<Waiting> = Vec::new();
    while let Some(first) = requests.recv().await {
        let mut next = Some(first);
        let mut bytes = 0;
        while let Some(request) = next {
            match request {
                Request::Store { incoming, answer } => {
                    bytes += incoming.bytes.len();
                    batch.push((incoming, answer));
                }
                Request::Known { source, prefix, answer } => {
                    // Whoever asked has gone when the answer cannot be given: nothing is lost.
                    let _ = answer.send(known(&store, &source, &prefix).await);
                }
                Request::ReadBack { source, keys, answer } => {
                    let _ = answer.send(read_back(&store, &source, &keys).await);
                }
                Request::Report(report) => note(&store, &clock, &report).await,
            }
            let room = batch.len() < MESSAGES_A_COMMIT && bytes < BYTES_A_COMMIT;
            next = if room { requests.try_recv().ok() } else { None };
        }
        if !batch.is_empty() {
            commit(&store, &clock, &mut batch).await;
        }
    }
}

async fn known(store: &Store, source: &str, prefix: &str) -> Result<Vec<String>, NotStored> {
    let keys = async { store.read().await?.arrival_keys(source, prefix).await }.await;
    keys.map_err(|error: StoreError| NotStored(error.to_string()))
}

async fn read_back(store: &Store, source: &str, keys: &[String]) -> Result<Vec<bool>, NotStored> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let whole = async { store.read().await?.read_back(source, &keys).await }.await;
    whole.map_err(|error: StoreError| NotStored(error.to_string()))
}

/// Notes what a source says of itself; the next word of the source replaces one that is lost.
async fn note(store: &Store, clock: &Clock, report: &SourceReport) {
    let noted = async {
        let mut tx = store.write().await?;
        tx.note_source(report, clock.now().as_microsecond()).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(source = %report.name, error = %error, "the account of {} could not be noted", report.name);
    }
}

async fn commit(store: &Store, clock: &Clock, batch: &mut Vec<Waiting>) {
    let receipts = match store_all(store, clock, batch).await {
        Ok(receipts) => receipts.into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) if batch.len() > 1 => {
            // One message may be what the database refuses; the others must not wait for it.
            tracing::warn!(error = %error, letters = batch.len(), "letters could not be stored together, now one by one");
            one_by_one(store, clock, batch).await
        }
        Err(error) => {
            tracing::error!(error = %error, "a letter could not be stored; its sender keeps it");
            vec![Err(NotStored(error.to_string()))]
        }
    };
    for ((_, answer), receipt) in batch.drain(..).zip(receipts) {
        let _ = answer.send(receipt);
    }
}

async fn one_by_one(store: &Store, clock: &Clock, batch: &[Waiting]) -> Vec<Result<Receipt, NotStored>> {
    let mut receipts = Vec::with_capacity(batch.len());
    for waiting in batch.chunks(1) {
        let receipt = store_all(store, clock, waiting).await;
        receipts.push(receipt.map_err(|error| NotStored(error.to_string())).map(|mut receipts| receipts.remove(0)));
        if receipts.last().is_some_and(Result::is_err) {
            // A database that fails needs a moment more than another try.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    receipts
}

async fn store_all(store: &Store, clock: &Clock, batch: &[Waiting]) -> Result<Vec<Receipt>, StoreError> {
    let mut tx = store.write().await?;
    let now = clock.now();
    let mut receipts = Vec::with_capacity(batch.len());
    let mut events = Vec::with_capacity(batch.len());
    let arrivals: Vec<Arrival<'_>> = batch.iter().map(|(incoming, _)| arrival(incoming, now)).collect();
    for ((incoming, _), stored) in batch.iter().zip(tx.store_arrivals(&arrivals).await?) {
        let kind = match stored {
            Stored::New(_) => Some(EventKind::LetterReceived),
            Stored::Copy(_) => Some(EventKind::LetterCopyReceived),
            Stored::Known(_) => None,
        };
        if let Some(kind) = kind {
            let actor = incoming.by.clone().map_or(Actor::Program, Actor::User);
            events.push(Event::new(now, actor, kind).of_letter(stored.letter()).with(
                json!({ "source": incoming.source, "bytes": incoming.bytes.len(), "sha256": incoming.raw_digest }),
            ));
        }
        receipts.push(match stored {
            Stored::New(id) => Receipt::New(id),
            Stored::Copy(id) | Stored::Known(id) => Receipt::Duplicate(id),
        });
    }
    tx.append(&events).await?;
    tx.commit().await?;
    Ok(receipts)
}

fn arrival(incoming: &Incoming, now: Timestamp) -> Arrival<'_> {
    Arrival {
        source: &incoming.source,
        source_key: &incoming.source_key,
        bytes: &incoming.bytes,
        raw_digest: &incoming.raw_digest,
        content_digest: &incoming.content_digest,
        at: now.as_microsecond(),
    }
}
