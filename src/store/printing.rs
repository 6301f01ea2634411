//! The batches in which approved letters are printed and handed to the post.

use super::deliveries::{DeliveryRow, SELECT};
use super::{StoreError, Tx, expect_one, on};
use crate::ids::UserId;

/// One batch.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PrintBatch {
    /// Its number, from 1.
    pub number: i64,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: i64,
    /// When it was handed to the post.
    pub mailed_at: Option<i64>,
    /// How many letters it has.
    pub letters: i64,
    /// How many sheets of paper they take.
    pub sheets: i64,
}

const BATCH: &str = "SELECT b.number, u.name AS made_by, b.made_at, b.mailed_at, CAST(count(d.id) AS BIGINT) AS letters, \
     CAST(coalesce(sum(d.pages), 0) AS BIGINT) AS sheets FROM print_batches b JOIN users u ON u.id = b.made_by \
     LEFT JOIN deliveries d ON d.print_batch = b.number";

/// A letter that came back and goes out again is printed again, whatever batch it was in.
const WAITING: &str = "channel = 'post' AND state = 'prepared' AND (print_batch IS NULL \
     OR print_batch IN (SELECT number FROM print_batches WHERE mailed_at IS NOT NULL))";

impl Tx {
    /// The approved letters that wait for the printer, oldest first.
    pub async fn letters_to_print(&mut self, limit: i64) -> Result<Vec<DeliveryRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE {WAITING} ORDER BY created_at, id LIMIT $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(limit).fetch_all(connection).await?))
    }

    /// Begins a batch; gives its number.
    pub async fn add_print_batch(&mut self, made_by: &UserId, now: i64) -> Result<i64, StoreError> {
        const ADD: &str = "INSERT INTO print_batches (number, made_by, made_at) VALUES ($1, $2, $3)";
        let number = self.take_numbers("print_batch", 1).await?;
        on!(self, connection => sqlx::query(ADD).bind(number).bind(made_by.as_str()).bind(now)
            .execute(connection).await.map(drop)?);
        Ok(number)
    }

    /// Puts a letter that waits into a batch.
    pub async fn print_in(&mut self, delivery: &DeliveryRow, batch: i64) -> Result<(), StoreError> {
        let query = sqlx::AssertSqlSafe(format!("UPDATE deliveries SET print_batch = $1 WHERE id = $2 AND {WAITING}"));
        let rows = on!(self, connection => sqlx::query(query).bind(batch).bind(delivery.id.as_str())
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the letter")
    }

    /// One batch.
    pub async fn print_batch(&mut self, number: i64) -> Result<Option<PrintBatch>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!(
            "{BATCH} WHERE b.number = $1 GROUP BY b.number, u.name, b.made_at, b.mailed_at"
        ));
        Ok(on!(self, connection => sqlx::query_as(query).bind(number).fetch_optional(connection).await?))
    }

    /// The newest batches.
    pub async fn print_batches(&mut self, limit: i64) -> Result<Vec<PrintBatch>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!(
            "{BATCH} GROUP BY b.number, u.name, b.made_at, b.mailed_at ORDER BY b.number DESC LIMIT $1"
        ));
        Ok(on!(self, connection => sqlx::query_as(query).bind(limit).fetch_all(connection).await?))
    }

    /// The letters of a batch, in the order in which they are printed.
    pub async fn letters_of_batch(&mut self, number: i64) -> Result<Vec<DeliveryRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE print_batch = $1 ORDER BY created_at, id"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(number).fetch_all(connection).await?))
    }

    /// The batch was handed to the post, once.
    pub async fn batch_mailed(&mut self, number: i64, now: i64) -> Result<(), StoreError> {
        const MAILED: &str = "UPDATE print_batches SET mailed_at = $1 WHERE number = $2 AND mailed_at IS NULL";
        let rows = on!(self, connection => sqlx::query(MAILED).bind(now).bind(number)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the batch")
    }
}
