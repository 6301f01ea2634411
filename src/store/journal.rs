//! The journal's rows: appended at the end of a transaction, read in order.

use super::batch::write_rows;
use super::{StoreError, Tx, on};
use crate::ids::CaseId;
use crate::journal::{Entry, Event, Head, link};

#[derive(sqlx::FromRow)]
struct Columns {
    sequence: i64,
    at: i64,
    actor: String,
    kind: String,
    case_id: Option<String>,
    letter_id: Option<String>,
    details: String,
    previous_hash: String,
    hash: String,
}

impl From<Columns> for Entry {
    fn from(columns: Columns) -> Self {
        Self {
            sequence: columns.sequence,
            at: columns.at,
            actor: columns.actor,
            kind: columns.kind,
            case_id: columns.case_id,
            letter_id: columns.letter_id,
            details: columns.details,
            previous_hash: columns.previous_hash,
            hash: columns.hash,
        }
    }
}

const SELECT: &str = "SELECT sequence, at, actor, kind, case_id, letter_id, details, previous_hash, hash FROM journal";

impl Tx {
    /// Appends events. Done last in a transaction: on `PostgreSQL` the head is locked from here
    /// to the commit, so that the chain has one order.
    pub async fn append(&mut self, events: &[Event]) -> Result<(), StoreError> {
        const LOCK: &str = "UPDATE journal_head SET sequence = sequence WHERE id = 1 RETURNING sequence, hash";
        const MOVE: &str = "UPDATE journal_head SET sequence = $1, hash = $2 WHERE id = 1";
        const ADD: &str = "INSERT INTO journal (sequence, at, actor, kind, case_id, letter_id, details, previous_hash, \
             hash) VALUES";
        if events.is_empty() {
            return Ok(());
        }
        let (sequence, hash): (i64, String) =
            on!(self, connection => sqlx::query_as(LOCK).fetch_one(connection).await?);
        let mut head = Head { sequence, hash };
        let entries = link(&mut head, events);
        write_rows!(self, ADD, "", &entries, entry => [
            entry.sequence, entry.at, &entry.actor, &entry.kind, entry.case_id.as_deref(), entry.letter_id.as_deref(),
            &entry.details, &entry.previous_hash, &entry.hash,
        ]);
        on!(self, connection => sqlx::query(MOVE).bind(head.sequence).bind(&head.hash).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// The chain's last link.
    pub async fn journal_head(&mut self) -> Result<Head, StoreError> {
        const HEAD: &str = "SELECT sequence, hash FROM journal_head WHERE id = 1";
        let (sequence, hash): (i64, String) =
            on!(self, connection => sqlx::query_as(HEAD).fetch_one(connection).await?);
        Ok(Head { sequence, hash })
    }

    /// The entries after one place, in order.
    pub async fn journal_after(&mut self, sequence: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE sequence > $1 ORDER BY sequence LIMIT $2"));
        let rows: Vec<Columns> =
            on!(self, connection => sqlx::query_as(query).bind(sequence).bind(limit).fetch_all(connection).await?);
        Ok(rows.into_iter().map(Entry::from).collect())
    }

    /// The entries of one case, in order.
    pub async fn journal_of_case(&mut self, case: &CaseId) -> Result<Vec<Entry>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE case_id = $1 ORDER BY sequence"));
        let rows: Vec<Columns> =
            on!(self, connection => sqlx::query_as(query).bind(case.as_str()).fetch_all(connection).await?);
        Ok(rows.into_iter().map(Entry::from).collect())
    }
}
