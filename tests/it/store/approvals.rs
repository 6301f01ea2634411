//! Four eyes: the database itself refuses an approval by anybody who wrote.

use penstock::ids::{ApprovalId, Digest, RevisionId, UserId};
use penstock::store::{Store, StoreError};

use super::{NOW, at, case, revision, user};
use crate::harness::database::{Database, on_both_databases};

on_both_databases!(
    a_supervisor_approves_what_somebody_else_wrote,
    nobody_approves_a_revision_they_wrote,
    nobody_approves_words_that_came_from_their_own_earlier_revision,
    only_a_supervisor_approves,
);

async fn approve(store: &Store, revision: &RevisionId, approver: &UserId) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let row = tx.revision(revision).await?.unwrap();
    tx.add_approval(&ApprovalId::new(at()), &row, approver, (NOW, &Digest::of(b"bytes"))).await?;
    tx.commit().await
}

fn assert_refused(result: &Result<(), StoreError>, word: &str) {
    assert!(matches!(result, Err(StoreError::Refused(reason)) if reason.contains(word)), "{result:?}");
}

async fn a_supervisor_approves_what_somebody_else_wrote(database: &Database) {
    let store = database.open().await;
    let (trainee, supervisor) = (user(&store, "t", "trainee").await, user(&store, "s", "supervisor").await);
    let written = revision(&store, &case(&store, 1).await, Some(&trainee), None).await;
    approve(&store, &written, &supervisor).await.unwrap();
}

async fn nobody_approves_a_revision_they_wrote(database: &Database) {
    let store = database.open().await;
    let supervisor = user(&store, "s", "supervisor").await;
    let written = revision(&store, &case(&store, 1).await, Some(&supervisor), None).await;
    assert_refused(&approve(&store, &written, &supervisor).await, "four eyes");
}

async fn nobody_approves_words_that_came_from_their_own_earlier_revision(database: &Database) {
    let store = database.open().await;
    let (trainee, supervisor) = (user(&store, "t", "trainee").await, user(&store, "s", "supervisor").await);
    let case = case(&store, 1).await;
    let first = revision(&store, &case, Some(&supervisor), None).await;
    let second = revision(&store, &case, Some(&trainee), Some(&first)).await;
    assert_refused(&approve(&store, &second, &supervisor).await, "four eyes");
}

async fn only_a_supervisor_approves(database: &Database) {
    let store = database.open().await;
    let (trainee, other) = (user(&store, "t", "trainee").await, user(&store, "o", "trainee").await);
    let written = revision(&store, &case(&store, 1).await, Some(&trainee), None).await;
    assert_refused(&approve(&store, &written, &other).await, "supervisor");
}
