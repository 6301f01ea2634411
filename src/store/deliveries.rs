//! Deliveries: approved messages on their way, each with the bytes that were approved.

use super::dialect::Claim;
use super::rows::parsed;
use super::{StoreError, Tx, expect_one, on};
use crate::ids::{ApprovalId, CaseId, DeliveryId, Digest, RevisionId};
use crate::letter::{Channel, DeliveryState};

/// A message to be sent; its bytes and recipient never change afterwards.
#[derive(Debug, Clone)]
pub struct NewDelivery<'a> {
    /// Its identifier.
    pub id: &'a DeliveryId,
    /// Its case.
    pub case_id: &'a CaseId,
    /// The revision it carries.
    pub revision_id: &'a RevisionId,
    /// The approval it rests on.
    pub approval_id: &'a ApprovalId,
    /// To whom it goes.
    pub recipient: &'a str,
    /// How it goes out.
    pub channel: Channel,
    /// How many pages a printed letter has.
    pub pages: Option<i64>,
    /// Its Message-ID, without angle brackets.
    pub message_id: &'a str,
    /// The secret in the address that answers come to, where replies ask for one.
    pub reply_token: Option<&'a str>,
    /// The message itself.
    pub bytes: &'a [u8],
    /// The digest of the message.
    pub bytes_digest: &'a Digest,
    /// When.
    pub created_at: i64,
}

/// A delivery that a worker holds.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClaimedDelivery {
    /// Its identifier.
    #[sqlx(try_from = "String")]
    pub id: DeliveryId,
    /// Its case.
    #[sqlx(try_from = "String")]
    pub case_id: CaseId,
    /// To whom it goes.
    pub recipient: String,
    /// Its Message-ID.
    pub message_id: String,
    /// The message itself.
    pub bytes: Vec<u8>,
    /// The digest of the message.
    pub bytes_digest: String,
    /// The how-manieth attempt this is.
    pub attempt: i64,
}

/// A delivery as it is shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeliveryRow {
    /// Its identifier.
    #[sqlx(try_from = "String")]
    pub id: DeliveryId,
    /// Its case.
    #[sqlx(try_from = "String")]
    pub case_id: CaseId,
    /// The revision it carries.
    #[sqlx(try_from = "String")]
    pub revision_id: RevisionId,
    /// To whom it goes.
    pub recipient: String,
    /// How it goes out.
    #[sqlx(try_from = "String")]
    pub channel: Channel,
    /// How many pages a printed letter has.
    pub pages: Option<i64>,
    /// The batch it was printed in.
    pub print_batch: Option<i64>,
    /// Its Message-ID.
    pub message_id: String,
    /// Where it stands.
    pub state: String,
    /// How often it was tried.
    pub attempt: i64,
    /// The server's words.
    pub server_reply: Option<String>,
    /// When it was approved.
    pub created_at: i64,
    /// When it came to an end.
    pub settled_at: Option<i64>,
}

pub(super) const SELECT: &str = "SELECT id, case_id, revision_id, recipient, channel, pages, print_batch, message_id, state, attempt, \
     server_reply, created_at, settled_at FROM deliveries";

impl DeliveryRow {
    /// Where it stands.
    pub fn state(&self) -> Result<DeliveryState, StoreError> {
        parsed("deliveries", "state", &self.state)
    }
}

impl Tx {
    /// Stores a message that may go out.
    pub async fn add_delivery(&mut self, delivery: &NewDelivery<'_>) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO deliveries (id, case_id, revision_id, approval_id, recipient, message_id, bytes, \
             bytes_digest, state, due_at, attempt, created_at, reply_token, channel, pages) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'prepared', $9, 0, $9, $10, $11, $12)";
        on!(self, connection => sqlx::query(ADD).bind(delivery.id.as_str()).bind(delivery.case_id.as_str())
            .bind(delivery.revision_id.as_str()).bind(delivery.approval_id.as_str()).bind(delivery.recipient)
            .bind(delivery.message_id).bind(delivery.bytes).bind(delivery.bytes_digest.as_str())
            .bind(delivery.created_at).bind(delivery.reply_token).bind(delivery.channel.as_str()).bind(delivery.pages)
            .execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Claims deliveries that are due.
    pub async fn claim_deliveries(
        &mut self,
        owner: &str,
        (now, until): (i64, i64),
        limit: i64,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        self.claim_delivery_rows(&Claim { owner, until, now, limit }).await
    }

    /// The point of no return: from here on nobody takes the delivery over by itself.
    pub async fn commit_dot(&mut self, delivery: &ClaimedDelivery, owner: &str, until: i64) -> Result<(), StoreError> {
        const FENCE: &str = "UPDATE deliveries SET state = 'dot_committed', lease_until = $1 \
             WHERE id = $2 AND state = 'claimed' AND lease_owner = $3 AND attempt = $4";
        let rows = on!(self, connection => sqlx::query(FENCE).bind(until).bind(delivery.id.as_str()).bind(owner)
            .bind(delivery.attempt).execute(connection).await?.rows_affected());
        expect_one(rows, "the delivery")
    }

    /// Ends an attempt of the one who holds the delivery.
    pub async fn settle_delivery(
        &mut self,
        delivery: &ClaimedDelivery,
        owner: &str,
        (state, due_at): (DeliveryState, i64),
        (server_reply, now): (&str, i64),
    ) -> Result<(), StoreError> {
        const SETTLE: &str = "UPDATE deliveries SET state = $1, due_at = $2, server_reply = $3, settled_at = $4, \
             lease_owner = NULL, lease_until = NULL \
             WHERE id = $5 AND state IN ('claimed', 'dot_committed') AND lease_owner = $6 AND attempt = $7";
        let settled = state.is_settled().then_some(now);
        let rows = on!(self, connection => sqlx::query(SETTLE).bind(state.as_str()).bind(due_at).bind(server_reply)
            .bind(settled).bind(delivery.id.as_str()).bind(owner).bind(delivery.attempt)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the delivery")
    }

    /// Deliveries whose holder vanished past the point of no return: nobody can know.
    pub async fn deliveries_in_doubt(&mut self, now: i64) -> Result<Vec<DeliveryRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE state = 'dot_committed' AND lease_until <= $1 ORDER BY due_at, id LIMIT 100"
        ));
        Ok(on!(self, connection => sqlx::query_as(query).bind(now).fetch_all(connection).await?))
    }

    /// Moves a delivery that nobody holds from one state to another.
    pub async fn resolve_delivery(
        &mut self,
        id: &DeliveryId,
        (from, to): (DeliveryState, DeliveryState),
        (words, now): (&str, i64),
    ) -> Result<(), StoreError> {
        const RESOLVE: &str = "UPDATE deliveries SET state = $1, due_at = $2, server_reply = $3, settled_at = $4, \
             lease_owner = NULL, lease_until = NULL WHERE id = $5 AND state = $6 \
             AND (lease_until IS NULL OR lease_until <= $2)";
        let settled = to.is_settled().then_some(now);
        let rows = on!(self, connection => sqlx::query(RESOLVE).bind(to.as_str()).bind(now).bind(words).bind(settled)
            .bind(id.as_str()).bind(from.as_str()).execute(connection).await?.rows_affected());
        expect_one(rows, "the delivery")
    }

    /// One delivery.
    pub async fn delivery(&mut self, id: &DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE id = $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(id.as_str()).fetch_optional(connection).await?))
    }

    /// The delivery with that Message-ID.
    pub async fn delivery_by_message_id(&mut self, message_id: &str) -> Result<Option<DeliveryRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE message_id = $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(message_id).fetch_optional(connection).await?))
    }

    /// The message of a delivery, as it goes out.
    pub async fn delivery_bytes(&mut self, id: &DeliveryId) -> Result<Option<Vec<u8>>, StoreError> {
        const BYTES: &str = "SELECT bytes FROM deliveries WHERE id = $1";
        Ok(on!(self, connection => sqlx::query_scalar(BYTES).bind(id.as_str()).fetch_optional(connection).await?))
    }

    /// The deliveries of a case, oldest first.
    pub async fn deliveries_of_case(&mut self, case: &CaseId) -> Result<Vec<DeliveryRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE case_id = $1 ORDER BY created_at, id"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(case.as_str()).fetch_all(connection).await?))
    }

    /// The newest deliveries of all cases.
    pub async fn latest_deliveries(&mut self, limit: i64) -> Result<Vec<DeliveryRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} ORDER BY created_at DESC, id DESC LIMIT $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(limit).fetch_all(connection).await?))
    }

    /// How many deliveries stand in each state.
    pub async fn deliveries_by_state(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        const COUNT: &str = "SELECT state, CAST(count(*) AS BIGINT) FROM deliveries GROUP BY state ORDER BY state";
        Ok(on!(self, connection => sqlx::query_as(COUNT).fetch_all(connection).await?))
    }
}
