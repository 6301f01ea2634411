//! Learned models with what they came to, which of them judges, and who trains now.

use super::{StoreError, Tx, expect_one, on};
use crate::ids::Digest;

/// A learned model to be stored.
#[derive(Debug, Clone)]
pub struct NewModel<'a> {
    /// Its number.
    pub version: i64,
    /// Whether it judges from now on.
    pub accepted: bool,
    /// The digest of its bytes.
    pub digest: &'a Digest,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// From how many starting letters it learned.
    pub starting_letters: i64,
    /// From how many labelled letters it learned.
    pub labels: i64,
    /// The newest of their labels.
    pub labels_until: i64,
    /// How it compares with the model before, as JSON.
    pub comparison: &'a str,
    /// When.
    pub created_at: i64,
}

/// A learned model without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ModelRow {
    /// Its number.
    pub version: i64,
    /// current, refused or retired.
    pub state: String,
    /// The digest of its bytes.
    #[sqlx(try_from = "String")]
    pub digest: Digest,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// From how many starting letters it learned.
    pub starting_letters: i64,
    /// From how many labelled letters it learned.
    pub labels: i64,
    /// The newest of their labels.
    pub labels_until: i64,
    /// How it compares with the model before, as JSON.
    pub comparison: String,
    /// When.
    pub created_at: i64,
    /// Whether its bytes are still there.
    pub kept: bool,
}

/// Where learning stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LearningState {
    /// The newest label that was trained with, accepted or not.
    pub trained_until: i64,
    /// Since when a person's choice of the model stands; `None` when none does.
    pub pinned_at: Option<i64>,
    /// Who trains.
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until: Option<i64>,
}

const COLUMNS: &str = "SELECT version, state, digest, size_bytes, starting_letters, labels, labels_until, comparison, \
     created_at, bytes IS NOT NULL AS kept FROM models";

impl Tx {
    /// Where learning stands.
    pub async fn learning_state(&mut self) -> Result<LearningState, StoreError> {
        const STATE: &str = "SELECT trained_until, pinned_at, lease_owner, lease_until FROM learning WHERE id = 1";
        Ok(on!(self, connection => sqlx::query_as(STATE).fetch_one(connection).await?))
    }

    /// Takes the right to train, when nobody has it; says whether it was taken.
    pub async fn claim_training(&mut self, owner: &str, (now, until): (i64, i64)) -> Result<bool, StoreError> {
        const CLAIM: &str = "UPDATE learning SET lease_owner = $1, lease_until = $2 \
             WHERE id = 1 AND (lease_until IS NULL OR lease_until <= $3)";
        let rows = on!(self, connection => sqlx::query(CLAIM).bind(owner).bind(until).bind(now).execute(connection)
            .await?.rows_affected());
        Ok(rows == 1)
    }

    /// Ends the right to train, with the newest label that was trained with; fails when the right
    /// had gone to somebody else.
    pub async fn finish_training(
        &mut self,
        owner: &str,
        lease_until: i64,
        trained_until: i64,
    ) -> Result<(), StoreError> {
        const FINISH: &str = "UPDATE learning SET lease_owner = NULL, lease_until = NULL, \
             trained_until = CASE WHEN trained_until < $1 THEN $1 ELSE trained_until END \
             WHERE id = 1 AND lease_owner = $2 AND lease_until = $3";
        let rows = on!(self, connection => sqlx::query(FINISH).bind(trained_until).bind(owner).bind(lease_until)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the right to train")
    }

    /// Lets a person's choice of the model stand from a moment on, or no longer.
    pub async fn pin_model(&mut self, pinned_at: Option<i64>) -> Result<(), StoreError> {
        const PIN: &str = "UPDATE learning SET pinned_at = $1 WHERE id = 1";
        on!(self, connection => sqlx::query(PIN).bind(pinned_at).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Stores a learned model; an accepted one takes the place of the current one.
    pub async fn add_model(&mut self, model: &NewModel<'_>) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO models (version, state, digest, size_bytes, starting_letters, labels, labels_until, \
             comparison, created_at, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        if model.accepted {
            self.retire_model().await?;
        }
        let state = if model.accepted { "current" } else { "refused" };
        on!(self, connection => sqlx::query(ADD).bind(model.version).bind(state).bind(model.digest.as_str())
            .bind(i64::try_from(model.bytes.len()).unwrap_or(i64::MAX)).bind(model.starting_letters).bind(model.labels)
            .bind(model.labels_until).bind(model.comparison).bind(model.created_at).bind(model.bytes)
            .execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Ends the reign of the current model, when there is one: the starting model judges then.
    pub async fn retire_model(&mut self) -> Result<(), StoreError> {
        const RETIRE: &str = "UPDATE models SET state = 'retired' WHERE state = 'current'";
        on!(self, connection => sqlx::query(RETIRE).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Lets a stored model judge; the current one must have been retired.
    pub async fn enthrone_model(&mut self, version: i64) -> Result<(), StoreError> {
        const ENTHRONE: &str = "UPDATE models SET state = 'current' WHERE version = $1 AND bytes IS NOT NULL";
        let rows =
            on!(self, connection => sqlx::query(ENTHRONE).bind(version).execute(connection).await?.rows_affected());
        expect_one(rows, "the model")
    }

    /// Drops the bytes of all but the newest models and the current one.
    pub async fn drop_old_models(&mut self, keep: i64) -> Result<(), StoreError> {
        const DROP: &str = "UPDATE models SET bytes = NULL WHERE bytes IS NOT NULL AND state <> 'current' AND version NOT IN \
             (SELECT version FROM models WHERE bytes IS NOT NULL ORDER BY version DESC LIMIT $1)";
        on!(self, connection => sqlx::query(DROP).bind(keep).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Every learned model, the newest first.
    pub async fn models(&mut self) -> Result<Vec<ModelRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY version DESC"));
        Ok(on!(self, connection => sqlx::query_as(query).fetch_all(connection).await?))
    }

    /// One learned model.
    pub async fn model(&mut self, version: i64) -> Result<Option<ModelRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE version = $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(version).fetch_optional(connection).await?))
    }

    /// The learned model that judges, when it is not the starting model.
    pub async fn current_model(&mut self) -> Result<Option<ModelRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE state = 'current'"));
        Ok(on!(self, connection => sqlx::query_as(query).fetch_optional(connection).await?))
    }

    /// The bytes of a model, checked against their digest.
    pub async fn model_bytes(&mut self, version: i64) -> Result<Option<Vec<u8>>, StoreError> {
        const BYTES: &str = "SELECT digest, bytes FROM models WHERE version = $1 AND bytes IS NOT NULL";
        let found: Option<(String, Vec<u8>)> =
            on!(self, connection => sqlx::query_as(BYTES).bind(version).fetch_optional(connection).await?);
        let Some((digest, bytes)) = found else { return Ok(None) };
        if Digest::of(&bytes).as_str() == digest {
            return Ok(Some(bytes));
        }
        let reason = format!("the bytes of model {version} do not have their digest");
        Err(StoreError::Corrupt { table: "models", column: "bytes", reason })
    }
}
