//! Claims: no letter is ever in two hands, and a lost lease writes nothing.

use std::collections::BTreeSet;

use penstock::letter::{LetterKind, LetterStage};
use penstock::store::{ClaimedLetter, PreparedLetter, Store, StoreError};

use super::{NOW, arrive};
use crate::harness::database::{Database, on_both_databases};

on_both_databases!(
    many_workers_claim_each_letter_once,
    a_letter_is_free_again_when_its_lease_is_over,
    who_lost_the_lease_writes_nothing,
);

async fn arrive_many(store: &Store, count: usize) {
    for number in 0..count {
        arrive(store, &number.to_string(), format!("Message-ID: <{number}@x.example>\n\nHi").as_bytes()).await;
    }
}

async fn claim(store: &Store, owner: &str, now: i64, limit: i64) -> Vec<ClaimedLetter> {
    let mut tx = store.write().await.unwrap();
    let claimed = tx.claim_letters(owner, (now, now + 1000), limit).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn many_workers_claim_each_letter_once(database: &Database) {
    let store = database.open().await;
    arrive_many(&store, 60).await;
    let workers: Vec<_> = (0..6)
        .map(|worker| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = claim(&store, &format!("worker {worker}"), NOW, 7).await;
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(claimed.into_iter().map(|letter| letter.id));
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(all.len(), 60);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 60);
}

async fn a_letter_is_free_again_when_its_lease_is_over(database: &Database) {
    let store = database.open().await;
    arrive_many(&store, 1).await;
    assert_eq!(claim(&store, "first", NOW, 5).await[0].attempt, 1);
    assert!(claim(&store, "second", NOW + 999, 5).await.is_empty());
    assert_eq!(claim(&store, "second", NOW + 1000, 5).await[0].attempt, 2);
}

async fn who_lost_the_lease_writes_nothing(database: &Database) {
    let store = database.open().await;
    arrive_many(&store, 1).await;
    let lost = claim(&store, "first", NOW, 5).await.remove(0);
    claim(&store, "second", NOW + 1000, 5).await;
    let mut tx = store.write().await.unwrap();
    let result = tx
        .finish_letters(&[PreparedLetter {
            id: &lost.id,
            owner: "first",
            attempt: lost.attempt,
            stage: LetterStage::Filed,
            kind: LetterKind::Automatic,
            message_id: None,
            case_id: None,
            reading: "{}".to_owned(),
            classification: None,
            account_match: None,
        }])
        .await;
    assert!(matches!(result, Err(StoreError::Stale { .. })), "{result:?}");
}
