//! From an approved reply to the relay, once: claim, talk, fence, dot, settle.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Outgoing, OutgoingMode};
use crate::delivery::{Outcome, Relay};
use crate::ids::{CaseId, Digest};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{DeliveryState, WrongState};
use crate::store::{ClaimedDelivery, Store, StoreError, Tx};

/// How many deliveries one worker claims at once.
const CLAIMED: i64 = 4;

/// Who sends, and how.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The relay's settings.
    pub outgoing: Outgoing,
    /// The address that mail comes from.
    pub from: String,
    /// The process and task.
    pub owner: String,
}

impl Sender {
    /// Sends what is due until told to stop; a message under way is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let mut relay = Relay::new(self.outgoing.clone());
        while !stop.is_cancelled() {
            let pause = match self.send_due(&mut relay, &stop).await {
                Ok(0) => Duration::from_millis(250),
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(error = %error, "deliveries could not be worked on");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends what is due, a few at a time; gives how many were worked on.
    pub async fn send_due(&self, relay: &mut Relay, stop: &CancellationToken) -> Result<usize, StoreError> {
        self.hold_doubtful().await?;
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let claimed = tx.claim_deliveries(&self.owner, (now.as_microsecond(), self.lease_end(now)), CLAIMED).await?;
        tx.commit().await?;
        let count = claimed.len();
        for delivery in claimed {
            if stop.is_cancelled() {
                self.settle(&delivery, &Outcome::Later("the program was stopped".to_owned())).await?;
                continue;
            }
            let outcome = self.attempt(relay, &delivery).await?;
            if let Some(outcome) = outcome {
                self.settle(&delivery, &outcome).await?;
            }
        }
        Ok(count)
    }

    /// The lease outlasts every wait of one claim's messages.
    fn lease_end(&self, now: Timestamp) -> i64 {
        let patience = (self.outgoing.timeout + Duration::from_mins(4)) * u32::try_from(CLAIMED).unwrap_or(1);
        now.as_microsecond() + i64::try_from(patience.as_micros()).unwrap_or(i64::MAX)
    }

    /// One attempt; `None` when the delivery was taken away meanwhile.
    async fn attempt(&self, relay: &mut Relay, delivery: &ClaimedDelivery) -> Result<Option<Outcome>, StoreError> {
        if Digest::of(&delivery.bytes).as_str() != delivery.bytes_digest {
            tracing::error!(delivery.id = %delivery.id, "the bytes of delivery {} are not the approved ones", delivery.id);
            return Ok(Some(Outcome::Rejected("the stored bytes are not those that were approved".to_owned())));
        }
        if self.outgoing.mode == OutgoingMode::Capture {
            return self
                .fenced(delivery)
                .await
                .map(|held| held.then(|| Outcome::Sent("captured; nothing left this machine".to_owned())));
        }
        if let Err(outcome) = relay.begin(&self.from, &delivery.recipient, &delivery.bytes).await {
            return Ok(Some(outcome));
        }
        if !self.fenced(delivery).await? {
            return Ok(None);
        }
        Ok(Some(relay.finish(&delivery.bytes).await))
    }

    /// Makes the point of no return durable; false when somebody else holds the delivery.
    async fn fenced(&self, delivery: &ClaimedDelivery) -> Result<bool, StoreError> {
        let mut tx = self.store.write().await?;
        match tx.commit_dot(delivery, &self.owner, self.lease_end(self.clock.now())).await {
            Ok(()) => tx.commit().await.map(|()| true),
            Err(StoreError::Stale { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn settle(&self, delivery: &ClaimedDelivery, outcome: &Outcome) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (state, words) = match outcome {
            Outcome::Sent(words) => (DeliveryState::Sent, words),
            Outcome::Rejected(words) => (DeliveryState::Rejected, words),
            Outcome::Unknown(words) => (DeliveryState::Unknown, words),
            Outcome::Later(words) => (self.later(delivery), words),
        };
        let due_at = now.as_microsecond() + backoff(delivery.attempt);
        let mut tx = self.store.write().await?;
        tx.settle_delivery(delivery, &self.owner, (state, due_at), (words, now.as_microsecond())).await?;
        if let Some(kind) = event_kind(state) {
            follow_case(&mut tx, &delivery.case_id, state, now).await?;
            let details = json!({ "delivery": delivery.id, "message_id": delivery.message_id, "attempt": delivery.attempt, "answer": words });
            tx.append(&[Event::new(now, Actor::Program, kind).of_case(&delivery.case_id).with(details)]).await?;
        }
        tx.commit().await?;
        tracing::info!(delivery.id = %delivery.id, state = %state, attempt = delivery.attempt, "delivery {} is {state}", delivery.id);
        Ok(())
    }

    /// Tried again, until it has been tried long enough.
    fn later(&self, delivery: &ClaimedDelivery) -> DeliveryState {
        let spent: i64 = (1..delivery.attempt).map(backoff).sum();
        let patience = i64::try_from(self.outgoing.give_up_after.as_micros()).unwrap_or(i64::MAX);
        if spent > patience { DeliveryState::Rejected } else { DeliveryState::Prepared }
    }

    /// Deliveries whose sender vanished after the point of no return are held for a person.
    async fn hold_doubtful(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let doubtful = tx.deliveries_in_doubt(now.as_microsecond()).await?;
        drop(tx);
        for delivery in doubtful {
            let mut tx = self.store.write().await?;
            let words = "the program ended while the relay's answer was awaited";
            let moved = tx
                .resolve_delivery(
                    &delivery.id,
                    (DeliveryState::DotCommitted, DeliveryState::Unknown),
                    (words, now.as_microsecond()),
                )
                .await;
            if matches!(moved, Err(StoreError::Stale { .. })) {
                continue;
            }
            moved?;
            follow_case(&mut tx, &delivery.case_id, DeliveryState::Unknown, now).await?;
            let details = json!({ "delivery": delivery.id, "message_id": delivery.message_id, "answer": words });
            tx.append(&[Event::new(now, Actor::Program, EventKind::ReplyUnknown)
                .of_case(&delivery.case_id)
                .with(details)])
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

const fn event_kind(state: DeliveryState) -> Option<EventKind> {
    match state {
        DeliveryState::Sent => Some(EventKind::ReplySent),
        DeliveryState::Rejected => Some(EventKind::ReplyRejected),
        DeliveryState::Unknown => Some(EventKind::ReplyUnknown),
        DeliveryState::Prepared | DeliveryState::Claimed | DeliveryState::DotCommitted => None,
    }
}

/// Brings the case along with its delivery. A case that a person has moved on stays there.
async fn follow_case(tx: &mut Tx, case: &CaseId, state: DeliveryState, now: Timestamp) -> Result<(), StoreError> {
    let Some(row) = tx.case(case).await? else { return Ok(()) };
    let next: Result<_, WrongState> =
        if state == DeliveryState::Sent { row.state.clone().sent() } else { row.state.clone().not_delivered() };
    match next {
        Ok(next) => tx.move_case(&row, &next, now.as_microsecond()).await,
        Err(wrong) => {
            tracing::warn!(case.id = %case, "a delivery ended, and {wrong}");
            Ok(())
        }
    }
}

/// 5 minutes at first, then longer, an hour at most.
fn backoff(attempt: i64) -> i64 {
    let minutes = (5 * attempt.clamp(1, 12)).min(60);
    i64::try_from(SignedDuration::from_mins(minutes).as_micros()).unwrap_or(0)
}
