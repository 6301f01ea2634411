//! The few statements that the two databases spell differently: opening a write transaction
//! and claiming work.

use super::{Store, StoreError, Tx};

/// Letters that are due, oldest first, and free.
const CLAIM_LETTERS: &str = "UPDATE letters SET lease_owner = $1, lease_until = $2, attempt = attempt + 1 \
     WHERE id IN (SELECT id FROM letters WHERE stage = 'received' AND due_at <= $3 \
       AND (converting IS NULL OR converting = 'done') AND (lease_until IS NULL OR lease_until <= $3) ORDER BY due_at, id LIMIT $4";
const CLAIM_LETTERS_END: &str = ") AND stage = 'received' \
     RETURNING id, attempt, raw_digest, size_bytes, received_at, converting";

/// Scans that wait for the converters, oldest first, and free.
const CLAIM_SCANS: &str = "UPDATE letters SET lease_owner = $1, lease_until = $2, attempt = attempt + 1 \
     WHERE id IN (SELECT id FROM letters WHERE converting = 'pending' AND stage = 'received' AND due_at <= $3 \
       AND (lease_until IS NULL OR lease_until <= $3) ORDER BY due_at, id LIMIT $4";

/// Deliveries that are due and free. Past the final dot nobody takes a delivery over.
const CLAIM_DELIVERIES: &str = "UPDATE deliveries SET state = 'claimed', lease_owner = $1, lease_until = $2, \
     attempt = attempt + 1 WHERE id IN (SELECT id FROM deliveries WHERE channel = 'email' \
       AND due_at <= $3 AND (state = 'prepared' OR (state = 'claimed' AND lease_until <= $3)) ORDER BY due_at, id LIMIT $4";
const CLAIM_DELIVERIES_END: &str = ") AND state IN ('prepared', 'claimed') \
     RETURNING id, case_id, recipient, message_id, bytes, bytes_digest, attempt";

/// `PostgreSQL` lets several processes claim at once; each skips what another is taking.
const SKIP_LOCKED: &str = " FOR UPDATE SKIP LOCKED";

/// A claim: who takes how many until when.
#[derive(Debug, Clone)]
pub(super) struct Claim<'a> {
    /// The process and task that claims.
    pub owner: &'a str,
    /// Until when the claim holds, in microseconds since 1970.
    pub until: i64,
    /// The present moment, in microseconds since 1970.
    pub now: i64,
    /// The most that are taken.
    pub limit: i64,
}

impl Store {
    /// Begins a transaction that writes. `SQLite` has one writer, who waits his turn.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            // A transaction that reads first and then writes could not be upgraded.
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }
}

impl Tx {
    /// Claims letters that wait to be prepared, and counts the attempt before it is made.
    pub(super) async fn claim_letter_rows<Row>(&mut self, claim: &Claim<'_>) -> Result<Vec<Row>, StoreError>
    where
        Row: Send
            + Unpin
            + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
            + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        self.claimed(CLAIM_LETTERS, CLAIM_LETTERS_END, claim).await
    }

    /// Claims scans that wait to be converted, and counts the attempt before it is made.
    pub(super) async fn claim_scan_rows<Row>(&mut self, claim: &Claim<'_>) -> Result<Vec<Row>, StoreError>
    where
        Row: Send
            + Unpin
            + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
            + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        self.claimed(CLAIM_SCANS, CLAIM_LETTERS_END, claim).await
    }

    /// Claims deliveries that are due.
    pub(super) async fn claim_delivery_rows<Row>(&mut self, claim: &Claim<'_>) -> Result<Vec<Row>, StoreError>
    where
        Row: Send
            + Unpin
            + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
            + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        self.claimed(CLAIM_DELIVERIES, CLAIM_DELIVERIES_END, claim).await
    }

    async fn claimed<Row>(&mut self, start: &str, end: &str, claim: &Claim<'_>) -> Result<Vec<Row>, StoreError>
    where
        Row: Send
            + Unpin
            + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
            + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        // Both texts are constants of this file; nothing of anybody's goes into them.
        Ok(match self {
            Self::Sqlite(transaction) => {
                sqlx::query_as(sqlx::AssertSqlSafe(format!("{start}{end}")))
                    .bind(claim.owner)
                    .bind(claim.until)
                    .bind(claim.now)
                    .bind(claim.limit)
                    .fetch_all(&mut **transaction)
                    .await?
            }
            Self::Postgres(transaction) => {
                sqlx::query_as(sqlx::AssertSqlSafe(format!("{start}{SKIP_LOCKED}{end}")))
                    .bind(claim.owner)
                    .bind(claim.until)
                    .bind(claim.now)
                    .bind(claim.limit)
                    .fetch_all(&mut **transaction)
                    .await?
            }
        })
    }
}
