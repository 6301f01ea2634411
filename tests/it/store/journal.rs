//! The journal: one chain whoever appends, and closed against changes.

use penstock::journal::{Actor, Event, EventKind, Verifier};
use penstock::store::Store;

use super::at;
use crate::harness::database::{Database, Kind, on_both_databases};

on_both_databases!(many_writers_make_one_whole_chain, an_event_goes_with_its_transaction);

async fn append(store: &Store, count: usize) {
    let mut tx = store.write().await.unwrap();
    let events: Vec<Event> = (0..count).map(|_| Event::new(at(), Actor::Program, EventKind::LetterReceived)).collect();
    tx.append(&events).await.unwrap();
    tx.commit().await.unwrap();
}

async fn many_writers_make_one_whole_chain(database: &Database) {
    let store = database.open().await;
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for count in [1, 33, 2] {
                    append(&store, count).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut tx = store.read().await.unwrap();
    let entries = tx.journal_after(0, 10_000).await.unwrap();
    let mut verifier = Verifier::default();
    for entry in &entries {
        verifier.follow(entry).unwrap();
    }
    assert_eq!(verifier.finish(&tx.journal_head().await.unwrap()), Ok(8 * 36));
}

async fn an_event_goes_with_its_transaction(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    tx.append(&[Event::new(at(), Actor::Program, EventKind::LetterReceived)]).await.unwrap();
    tx.roll_back().await.unwrap();
    append(&store, 1).await;
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.journal_head().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn postgres_refuses_to_change_an_entry() {
    let database = Database::fresh(Kind::Postgres);
    append(&database.open().await, 2).await;
    let name = database.url.rsplit('/').next().unwrap();
    let said = std::panic::catch_unwind(|| {
        crate::harness::postgres::server().execute(name, "UPDATE journal SET actor = 'me'")
    });
    assert!(said.is_err(), "the update went through: {said:?}");
}
