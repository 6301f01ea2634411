//! Letters that were answered, with the replies that went out: what past cases teach.

use super::{StoreError, Tx, on};
use crate::ids::CaseId;

/// A letter whose reply went out.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AnsweredLetter {
    /// The reply's delivery, which is its place in the order of time.
    pub delivery_id: String,
    /// When it went out.
    pub settled_at: i64,
    /// The letter's case.
    #[sqlx(try_from = "String")]
    pub case_id: CaseId,
    /// The reply.
    pub revision_id: String,
    /// What its case is about, as people had it answered; separated by blanks.
    pub topics: String,
    /// What was read in the letter, as JSON.
    pub reading: String,
}

impl Tx {
    /// Replies that went out since a moment, oldest first, each with the last letter of a person
    /// that its case had got by then.
    pub async fn answered_since(&mut self, since: i64, limit: i64) -> Result<Vec<AnsweredLetter>, StoreError> {
        const ANSWERED: &str = "SELECT d.id AS delivery_id, d.settled_at, d.case_id, d.revision_id, c.topics, l.reading \
             FROM (SELECT id, settled_at, case_id, revision_id, created_at FROM deliveries WHERE state = 'sent' \
               AND settled_at >= $1 ORDER BY settled_at, id LIMIT $2) AS d \
             JOIN cases c ON c.id = d.case_id JOIN letters l ON l.id = (SELECT o.id FROM letters o WHERE o.case_id = d.case_id AND o.kind = 'person' \
               AND o.received_at <= d.created_at ORDER BY o.received_at DESC, o.id DESC LIMIT 1) \
             WHERE l.reading IS NOT NULL ORDER BY d.settled_at, d.id";
        Ok(on!(self, connection => sqlx::query_as(ANSWERED).bind(since).bind(limit).fetch_all(connection).await?))
    }

    /// From which moment on the newest replies went out, so many of them.
    pub async fn newest_answers_since(&mut self, count: i64) -> Result<i64, StoreError> {
        const SINCE: &str = "SELECT CAST(coalesce(min(settled_at), 0) AS BIGINT) FROM (SELECT settled_at FROM deliveries \
             WHERE state = 'sent' AND settled_at IS NOT NULL ORDER BY settled_at DESC, id DESC LIMIT $1) AS newest";
        Ok(on!(self, connection => sqlx::query_scalar(SINCE).bind(count).fetch_one(connection).await?))
    }
}
