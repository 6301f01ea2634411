//! Replies that may tell more than the table allows: asked for by one person, allowed by another.

use super::{StoreError, Tx, expect_one, on};
use crate::ids::{CaseId, UserId};

/// What was asked for and has not ended.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OverrideRow {
    /// Its identifier.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: i64,
    /// Who allowed it; nobody yet when missing.
    pub allowed_by: Option<String>,
}

impl Tx {
    /// What was asked for a case's next reply, allowed or not yet.
    pub async fn disclosure_override(&mut self, case: &CaseId) -> Result<Option<OverrideRow>, StoreError> {
        const OPEN: &str = "SELECT id, reason, asked_by, asked_at, allowed_by FROM disclosure_overrides \
             WHERE case_id = $1 AND ended_at IS NULL";
        Ok(on!(self, connection => sqlx::query_as(OPEN).bind(case.as_str()).fetch_optional(connection).await?))
    }

    /// Asks for one reply that tells more.
    pub async fn ask_override(
        &mut self,
        (id, case): (&str, &CaseId),
        (asker, reason): (&UserId, &str),
        now: i64,
    ) -> Result<(), StoreError> {
        const ASK: &str = "INSERT INTO disclosure_overrides (id, case_id, reason, asked_by, asked_at) \
             VALUES ($1, $2, $3, $4, $5)";
        on!(self, connection => sqlx::query(ASK).bind(id).bind(case.as_str()).bind(reason).bind(asker.as_str()).bind(now)
            .execute(connection).await.map(drop)?);
        Ok(())
    }

    /// A second person allows it.
    pub async fn allow_override(&mut self, id: &str, by: &UserId, now: i64) -> Result<(), StoreError> {
        const ALLOW: &str = "UPDATE disclosure_overrides SET allowed_by = $1, allowed_at = $2 \
             WHERE id = $3 AND allowed_by IS NULL AND ended_at IS NULL AND asked_by <> $1";
        let changed = on!(self, connection => sqlx::query(ALLOW).bind(by.as_str()).bind(now).bind(id)
            .execute(connection).await?.rows_affected());
        expect_one(changed, "the request to tell more")
    }

    /// Ends it: it was used up by a reply, or taken back.
    pub async fn end_override(&mut self, case: &CaseId, now: i64) -> Result<bool, StoreError> {
        const END: &str = "UPDATE disclosure_overrides SET ended_at = $1 WHERE case_id = $2 AND ended_at IS NULL";
        let changed = on!(self, connection => sqlx::query(END).bind(now).bind(case.as_str())
            .execute(connection).await?.rows_affected());
        Ok(changed > 0)
    }
}
