//! Letters: the same one twice is one, and its bytes come back as they were.

use penstock::ids::Digest;
use penstock::store::{Arrival, Stored};

use super::{arrive, letter_of};
use crate::harness::database::{Database, on_both_databases};

on_both_databases!(
    the_same_message_is_one_letter_however_it_comes,
    the_same_message_id_with_another_text_is_another_letter,
    copies_in_one_batch_are_one_letter,
    bytes_come_back_as_they_were,
    every_kind_of_query_runs_on_an_empty_database,
);

const LETTER: &[u8] = b"Received: by a\r\nMessage-ID: <1@customer.example>\r\nSubject: Bill\r\n\r\nHello \xff\x00\r\n";
const OTHER_WAY: &[u8] =
    b"Received: by b\r\nMessage-ID: <1@customer.example>\r\nSubject: Bill\r\n\r\nHello \xff\x00\r\n";

async fn the_same_message_is_one_letter_however_it_comes(database: &Database) {
    let store = database.open().await;
    let first = arrive(&store, "inbox 1", LETTER).await;
    assert!(matches!(first, Stored::New(_)));
    assert_eq!(arrive(&store, "inbox 1", LETTER).await, Stored::Known(letter_of(&first)));
    assert_eq!(arrive(&store, "inbox 2", LETTER).await, Stored::Copy(letter_of(&first)));
    assert_eq!(arrive(&store, "other box", OTHER_WAY).await, Stored::Copy(letter_of(&first)));

    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.letters_by_stage().await.unwrap(), [("received".to_owned(), 1)]);
    let copy = tx.letter_bytes(&letter_of(&first), Digest::of(OTHER_WAY).as_str()).await.unwrap();
    assert_eq!(copy, OTHER_WAY, "the other copy is kept too");
    assert_eq!(tx.arrival_keys("test", "inbox").await.unwrap(), ["inbox 1", "inbox 2"]);
}

async fn the_same_message_id_with_another_text_is_another_letter(database: &Database) {
    let store = database.open().await;
    let forged = b"Message-ID: <1@customer.example>\r\nSubject: Bill\r\n\r\nOther\r\n";
    arrive(&store, "1", LETTER).await;
    assert!(matches!(arrive(&store, "2", forged).await, Stored::New(_)));
}

async fn copies_in_one_batch_are_one_letter(database: &Database) {
    let store = database.open().await;
    let (raw, content) = (Digest::of(LETTER), penstock::reading::content_digest(LETTER));
    let other = Digest::of(OTHER_WAY);
    let arrival = |source_key, bytes, raw_digest| Arrival {
        source: "test",
        source_key,
        bytes,
        raw_digest,
        content_digest: &content,
        at: super::NOW,
    };
    let batch = [arrival("1", LETTER, &raw), arrival("2", OTHER_WAY, &other), arrival("1", LETTER, &raw)];
    let mut tx = store.write().await.unwrap();
    let stored = tx.store_arrivals(&batch).await.unwrap();
    let letter = letter_of(&stored[0]);
    assert_eq!(stored, [Stored::New(letter.clone()), Stored::Copy(letter.clone()), Stored::Known(letter.clone())]);
    assert_eq!(tx.arrival_keys("test", "").await.unwrap(), ["1", "2"]);
    assert_eq!(tx.letter_bytes(&letter, other.as_str()).await.unwrap(), OTHER_WAY);
    assert_eq!(tx.read_back("test", &["2", "3", "1"]).await.unwrap(), [true, false, true]);
    assert_eq!(tx.read_back("other", &["1"]).await.unwrap(), [false]);
    let first = tx.first_sources(&[letter.as_str()]).await.unwrap();
    assert_eq!(first.get(letter.as_str()).map(String::as_str), Some("test"));
}

async fn bytes_come_back_as_they_were(database: &Database) {
    let store = database.open().await;
    let letter = letter_of(&arrive(&store, "1", LETTER).await);
    let mut tx = store.read().await.unwrap();
    let row = tx.letter(&letter).await.unwrap().unwrap();
    assert_eq!(tx.letter_bytes(&letter, &row.raw_digest).await.unwrap(), LETTER);
}

/// What the compiler cannot see of the SQL, the databases say when they prepare it.
async fn every_kind_of_query_runs_on_an_empty_database(database: &Database) {
    let store = database.open().await;
    let none = "none".to_owned();
    let mut tx = store.read().await.unwrap();
    assert!(tx.letter(&none.clone().into()).await.unwrap().is_none());
    assert!(tx.letters_of_case(&none.clone().into()).await.unwrap().is_empty());
    assert!(tx.cases_of_messages(&["none"]).await.unwrap().is_empty());
    assert!(tx.oldest_waiting().await.unwrap().is_none());
    assert!(tx.sources().await.unwrap().is_empty());
    assert!(tx.case_by_reference("none").await.unwrap().is_none());
    assert!(tx.cases_by_state().await.unwrap().is_empty());
    assert!(tx.cases_in_work().await.unwrap().is_empty());
    assert!(tx.latest_revision(&none.clone().into()).await.unwrap().is_none());
    assert!(tx.revisions(&none.clone().into()).await.unwrap().is_empty());
    assert!(tx.approvals(&none.clone().into()).await.unwrap().is_empty());
    assert!(tx.deliveries_in_doubt(0).await.unwrap().is_empty());
    assert!(tx.delivery(&none.clone().into()).await.unwrap().is_none());
    assert!(tx.delivery_by_message_id("none").await.unwrap().is_none());
    assert!(tx.delivery_bytes(&none.clone().into()).await.unwrap().is_none());
    assert!(tx.deliveries_of_case(&none.clone().into()).await.unwrap().is_empty());
    assert!(tx.latest_deliveries(5).await.unwrap().is_empty());
    assert!(tx.deliveries_by_state().await.unwrap().is_empty());
    assert!(tx.journal_of_case(&none.clone().into()).await.unwrap().is_empty());
    assert!(tx.user_by_login("none").await.unwrap().is_none());
    assert!(tx.users().await.unwrap().is_empty());
    assert!(tx.session("none", 0).await.unwrap().is_none());
    assert!(tx.current_extract().await.unwrap().is_none());
    assert!(tx.account("none").await.unwrap().is_none());
    assert!(tx.whole_account("none").await.unwrap().is_none());
}
