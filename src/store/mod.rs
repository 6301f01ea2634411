//! The database: two native pools behind one type, one SQL text for each query.
//!
//! Every query is a method on [`Tx`]; the caller owns the transaction and keeps a write short.
//! Only `dialect` knows which database it talks to. Rows that break a rule the program relies
//! on are reported with table and column, never guessed at.

mod accounts;
mod batch;
mod cases;
mod copy;
mod deliveries;
mod dialect;
mod disclosures;
mod extracts;
mod journal;
mod labels;
mod letters;
mod models;
mod open;
mod people;
mod printing;
mod queue;
mod replays;
mod revisions;
mod rows;
mod scans;
mod similar;
mod sources;
mod templates;
mod threads;
mod tokens;

pub use accounts::Found;
pub use cases::{CaseAssurance, CaseRow, NewCase};
pub use deliveries::{ClaimedDelivery, DeliveryRow, NewDelivery};
pub use disclosures::OverrideRow;
pub use extracts::{AccountDigest, AccountRecord, ExtractRow, KeyRecord};
pub use labels::{LabelSource, LabelledLetter, NewJudgement, NewLabel, OfferedLetter};
pub use letters::{Arrival, ClaimedLetter, LetterRow, PreparedLetter, Stored};
pub use models::{LearningState, ModelRow, NewModel};
pub use open::{OpenError, Options};
pub use people::{SessionRow, UserRow};
pub use printing::PrintBatch;
pub use queue::{CaseFilter, NotAPlace, QueuePlace};
pub use replays::{ProgramDraft, ReplayRow};
pub use revisions::{ApprovalRow, NewRevision, RevisionRow};
pub use similar::AnsweredLetter;
pub use templates::UnsentDraft;
pub use threads::{GuessRow, NewGuess};
pub use tokens::TokenRow;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

/// The database, shared by everybody.
#[derive(Debug, Clone)]
pub enum Store {
    /// One file: many readers, one writer.
    Sqlite {
        /// The single connection that writes.
        writer: SqlitePool,
        /// The connections that read.
        readers: SqlitePool,
    },
    /// A `PostgreSQL` server.
    Postgres(PgPool),
}

/// An open transaction; dropped without `commit`, it leaves no trace.
#[derive(Debug)]
pub enum Tx {
    /// On `SQLite`.
    Sqlite(Transaction<'static, Sqlite>),
    /// On `PostgreSQL`.
    Postgres(Transaction<'static, Postgres>),
}

/// What the database would not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database itself failed; trying again later may help.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Somebody else changed the row first, or the lease was lost.
    #[error("{what} was changed by somebody else")]
    Stale {
        /// Which thing.
        what: &'static str,
    },
    /// A rule of the database forbids it.
    #[error("{0}")]
    Refused(String),
    /// A row holds what the program never writes.
    #[error("table {table}, column {column}: {reason}")]
    Corrupt {
        /// In which table.
        table: &'static str,
        /// In which column.
        column: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Runs one body against the open transaction, whichever database it is on.
macro_rules! on {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::store::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Store {
    /// Begins a transaction that only reads: one consistent view.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// The database's name, for people.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Closes every connection; what is committed stays.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes everything done in the transaction durable, all or nothing.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Gives the transaction up.
    pub async fn roll_back(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.rollback().await?,
            Self::Postgres(transaction) => transaction.rollback().await?,
        }
        Ok(())
    }

    /// Takes the next `count` numbers of a counter; gives the last of them.
    pub async fn take_numbers(&mut self, counter: &str, count: i64) -> Result<i64, StoreError> {
        const TAKE: &str = "UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value";
        Ok(on!(self, connection => sqlx::query_scalar(TAKE).bind(count).bind(counter).fetch_one(connection).await?))
    }
}

/// Fails unless exactly one row was changed: the UPDATE repeated what it expected to find.
fn expect_one(rows: u64, what: &'static str) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Stale { what }) }
}

/// Turns a trigger's or constraint's refusal into the word it gives; other errors stay.
fn refusal(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(inner) if inner.kind() == sqlx::error::ErrorKind::Other => {
            let message = inner.message();
            let ours = ["four eyes:", "only an active", "never", "only appended"];
            if ours.iter().any(|words| message.contains(words)) {
                StoreError::Refused(message.to_owned())
            } else {
                StoreError::Database(error)
            }
        }
        _ => StoreError::Database(error),
    }
}
