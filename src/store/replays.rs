//! What is needed to go through stored letters once more: the letters in order, and what the
//! program had drafted for each.

use super::letters::ClaimedLetter;
use super::{StoreError, Tx, on};
use crate::ids::{CaseId, LetterId};

/// A letter with what was made of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReplayRow {
    /// The letter.
    #[sqlx(try_from = "String")]
    pub id: LetterId,
    /// The digest of its bytes.
    pub raw_digest: String,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// When it came.
    pub received_at: i64,
    /// Set when it is a scan: whether it is converted.
    pub converting: Option<String>,
    /// What sort it is.
    pub kind: Option<String>,
    /// Its case.
    pub case_id: Option<String>,
    /// What the case is called.
    pub reference: Option<String>,
    /// How it was classified, as JSON.
    pub classification: Option<String>,
    /// Which accounts were found, as JSON.
    pub account_match: Option<String>,
}

impl ReplayRow {
    /// The letter as the steps take it, in its first attempt.
    #[must_use]
    pub fn letter(&self) -> ClaimedLetter {
        ClaimedLetter {
            id: self.id.clone(),
            attempt: 1,
            raw_digest: self.raw_digest.clone(),
            size_bytes: self.size_bytes,
            received_at: self.received_at,
            converting: self.converting.clone(),
        }
    }
}

/// A draft of the program.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProgramDraft {
    /// Its templates with their versions.
    pub template: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was made.
    pub created_at: i64,
}

impl Tx {
    /// The prepared letters from a moment on, after a place, in the order in which they came.
    pub async fn letters_to_replay(
        &mut self,
        (since, after): (i64, (i64, &str)),
        limit: i64,
    ) -> Result<Vec<ReplayRow>, StoreError> {
        const LETTERS: &str = "SELECT l.id, l.raw_digest, l.size_bytes, l.received_at, l.converting, l.kind, l.case_id, \
             c.reference, l.classification, l.account_match FROM letters l LEFT JOIN cases c ON c.id = l.case_id \
             WHERE l.stage IN ('prepared', 'filed') AND l.received_at >= $1 \
             AND (l.received_at > $2 OR (l.received_at = $2 AND l.id > $3)) ORDER BY l.received_at, l.id LIMIT $4";
        Ok(on!(self, connection => sqlx::query_as(LETTERS).bind(since).bind(after.0).bind(after.1).bind(limit)
            .fetch_all(connection).await?))
    }

    /// The first draft that the program made in a case from a moment on.
    pub async fn program_draft(&mut self, case: &CaseId, from: i64) -> Result<Option<ProgramDraft>, StoreError> {
        const DRAFT: &str = "SELECT template, subject, body, created_at FROM revisions WHERE case_id = $1 \
             AND author_id IS NULL AND created_at >= $2 ORDER BY created_at, number LIMIT 1";
        Ok(on!(self, connection => sqlx::query_as(DRAFT).bind(case.as_str()).bind(from)
            .fetch_optional(connection).await?))
    }
}
