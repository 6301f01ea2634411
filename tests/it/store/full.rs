//! A disk without room: what does not fit is refused whole, and writing goes on once there is
//! room again.

use penstock::store::{Store, StoreError, Stored};

use super::arrive;
use crate::harness::database::{Database, Kind};

#[tokio::test]
async fn a_full_disk_refuses_a_letter_whole_and_writing_goes_on_afterwards() {
    let database = Database::fresh(Kind::Sqlite);
    let store = database.open().await;
    arrive(&store, "before", b"Subject: before\r\n\r\nThere is room.\r\n").await;
    let Store::Sqlite { writer, .. } = &store else { panic!("this is SQLite") };
    // The file may grow by four pages more: SQLite says what it says of a full disk.
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(writer).await.unwrap();
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 4));
    sqlx::query(limit).execute(writer).await.unwrap();

    let large = [b"Subject: large\r\n\r\n".as_slice(), &b"word ".repeat(100_000)].concat();
    let (raw, content) = (penstock::ids::Digest::of(&large), penstock::reading::content_digest(&large));
    let arrival = penstock::store::Arrival {
        source: "test",
        source_key: "large",
        bytes: &large,
        raw_digest: &raw,
        content_digest: &content,
        at: super::NOW,
    };
    let mut tx = store.write().await.unwrap();
    let refused = tx.store_arrivals(&[arrival]).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    drop(tx);

    // SQLite has ended the transaction by itself; the next one begins all the same, with room.
    assert!(matches!(arrive(&store, "large", &large).await, Stored::New(_)));
    let stages = store.read().await.unwrap().letters_by_stage().await.unwrap();
    assert_eq!(stages, [("received".to_owned(), 2)]);
}
