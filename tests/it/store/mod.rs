//! The conformance suite of the store: each behaviour on `SQLite` and on `PostgreSQL`.

mod approvals;
mod claims;
mod extracts;
mod full;
mod journal;
mod letters;

use jiff::Timestamp;
use penstock::ids::{CaseId, CaseRef, Digest, LetterId, RevisionId, UserId};
use penstock::letter::{Channel, Language, Topic};
use penstock::reading::content_digest;
use penstock::store::{Arrival, NewCase, NewRevision, Store, Stored, UserRow};

/// A moment that tests count from.
const NOW: i64 = 1_780_000_000_000_000;

fn at() -> Timestamp {
    penstock::clock::from_microseconds(NOW)
}

async fn arrive(store: &Store, key: &str, raw: &[u8]) -> Stored {
    let mut tx = store.write().await.unwrap();
    let arrival = Arrival {
        source: "test",
        source_key: key,
        bytes: raw,
        raw_digest: &Digest::of(raw),
        content_digest: &content_digest(raw),
        at: NOW,
    };
    let stored = tx.store_arrivals(&[arrival]).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    stored
}

async fn user(store: &Store, login: &str, role: &str) -> UserId {
    let id = UserId::new(at());
    let mut tx = store.write().await.unwrap();
    tx.add_user(&UserRow {
        id: id.clone(),
        login: login.to_owned(),
        name: login.to_owned(),
        role: role.to_owned(),
        password_hash: "none".to_owned(),
        created_at: NOW,
        disabled_at: None,
        failed_sign_ins: 0,
        blocked_until: None,
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn case(store: &Store, number: i64) -> CaseId {
    let id = CaseId::new(at());
    let mut tx = store.write().await.unwrap();
    tx.add_case(&NewCase {
        id: id.clone(),
        reference: CaseRef::new(2026, number),
        language: Language::English,
        topics: vec![Topic::Dispute, Topic::HighUsage],
        flags: Vec::new(),
        unsure: false,
        urgent: false,
        account_number: None,
        account_decision: "none".to_owned(),
        customer_address: Some("josé@customer.example".to_owned()),
        customer_name: Some("José".to_owned()),
        subject: "My bill".to_owned(),
        opened_at: NOW,
        due_at: NOW,
        assurance: penstock::store::CaseAssurance::default(),
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn revision(store: &Store, case: &CaseId, author: Option<&UserId>, base: Option<&RevisionId>) -> RevisionId {
    let id = RevisionId::new(at());
    let mut tx = store.write().await.unwrap();
    tx.add_revision(&NewRevision {
        id: &id,
        case_id: case,
        author,
        base,
        language: "en",
        subject: "Your bill",
        body: "Dear José,",
        recipient: Some("josé@customer.example"),
        channel: Channel::Email,
        large_print: false,
        template: "dispute/1",
        facts: "{}",
        missing: "[]",
        created_at: NOW,
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id
}

fn letter_of(stored: &Stored) -> LetterId {
    stored.letter().clone()
}
