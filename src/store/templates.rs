//! Templates that were withdrawn, and the unsent drafts that use them.

use super::{StoreError, Tx, on};
use crate::ids::CaseId;

/// A case whose newest draft uses a template, and is not sent yet.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnsentDraft {
    /// The case.
    #[sqlx(try_from = "String")]
    pub case_id: CaseId,
    /// What people call it.
    pub reference: String,
    /// How far it is.
    pub state: String,
}

impl Tx {
    /// Withdraws a version of a template; false when it was withdrawn before.
    pub async fn withdraw_template(
        &mut self,
        (name, version): (&str, u32),
        reason: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        const ADD: &str = "INSERT INTO withdrawn_templates (name, version, reason, withdrawn_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (name, version) DO NOTHING";
        let rows = on!(self, connection => sqlx::query(ADD).bind(name).bind(i64::from(version)).bind(reason).bind(now)
            .execute(connection).await?.rows_affected());
        Ok(rows == 1)
    }

    /// The templates that are withdrawn: `en/dispute@3`.
    pub async fn withdrawn_templates(&mut self) -> Result<Vec<String>, StoreError> {
        const ALL: &str = "SELECT name, version FROM withdrawn_templates ORDER BY name, version";
        let rows: Vec<(String, i64)> = on!(self, connection => sqlx::query_as(ALL).fetch_all(connection).await?);
        Ok(rows.into_iter().map(|(name, version)| format!("{name}@{version}")).collect())
    }

    /// The cases whose newest draft uses a version of a template and is not sent yet.
    pub async fn unsent_drafts_of(&mut self, (name, version): (&str, u32)) -> Result<Vec<UnsentDraft>, StoreError> {
        const DRAFTS: &str = "SELECT c.id AS case_id, c.reference, c.state FROM cases c JOIN revisions r \
             ON r.case_id = c.id WHERE c.state IN ('open', 'claimed', 'submitted', 'approved') \
             AND r.number = (SELECT max(number) FROM revisions WHERE case_id = c.id) \
             AND ' ' || r.template || ' ' LIKE $1 ESCAPE '!' ORDER BY c.reference, c.id";
        let escaped = name.replace('!', "!!").replace('_', "!_").replace('%', "!%");
        let pattern = format!("% {escaped}@{version} %");
        Ok(on!(self, connection => sqlx::query_as(DRAFTS).bind(pattern).fetch_all(connection).await?))
    }
}
