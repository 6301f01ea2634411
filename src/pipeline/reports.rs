//! Delivery reports, tied to the reply they speak of: a failure brings its case back to people,
//! a delay or a success stands in the case's history.

use jiff::Timestamp;
use serde_json::json;

use super::prepare::Thought;
use crate::ids::CaseId;
use crate::journal::{Actor, Event, EventKind};
use crate::letter::DeliveryState;
use crate::reading::BouncedRecipient;
use crate::store::{DeliveryRow, StoreError, Tx};

/// The reply that a report speaks of.
#[derive(Default)]
pub(super) struct OfReply {
    /// Its case, when it is one of ours.
    pub(super) case: Option<CaseId>,
    /// What the history will say.
    pub(super) events: Vec<Event>,
}

/// Finds the reply that a report speaks of, and notes there what became of it.
pub(super) async fn of_reply(tx: &mut Tx, thought: &Thought, now: Timestamp) -> Result<OfReply, StoreError> {
    let Some(bounce) = &thought.reading.bounce else { return Ok(OfReply::default()) };
    // The report may repeat our Message-ID in its own headers only.
    let named =
        bounce.original_message_id.iter().chain(&thought.reading.in_reply_to).chain(&thought.reading.references);
    for message_id in named {
        let Some(delivery) = tx.delivery_by_message_id(message_id.trim_matches(['<', '>'])).await? else { continue };
        // A report about somebody else's address, or about none, is no word about this reply.
        let about =
            bounce.recipients.iter().find(|recipient| recipient.address.eq_ignore_ascii_case(&delivery.recipient));
        let mut events = vec![reported(thought, &delivery, about, now)];
        if let Some(failed) = about.filter(|recipient| recipient.action == "failed") {
            events.extend(came_back(tx, &delivery, failed, now).await?);
        }
        return Ok(OfReply { case: Some(delivery.case_id), events });
    }
    Ok(OfReply::default())
}

fn reported(thought: &Thought, delivery: &DeliveryRow, about: Option<&BouncedRecipient>, now: Timestamp) -> Event {
    let details = json!({
        "delivery": delivery.id,
        "action": about.map(|recipient| &recipient.action),
        "status": about.map(|recipient| &recipient.status),
        "reason": about.map(|recipient| &recipient.reason),
    });
    Event::new(now, Actor::Program, EventKind::DeliveryReported)
        .of_letter(&thought.letter.id)
        .of_case(&delivery.case_id)
        .with(details)
}

/// A reply that had gone out did not arrive: its delivery says so, and its case waits for people.
async fn came_back(
    tx: &mut Tx,
    delivery: &DeliveryRow,
    failed: &BouncedRecipient,
    now: Timestamp,
) -> Result<Option<Event>, StoreError> {
    if delivery.state()? != DeliveryState::Sent {
        return Ok(None);
    }
    let words = format!("it came back: {} {}", failed.status, failed.reason);
    let moment = now.as_microsecond();
    tx.resolve_delivery(&delivery.id, (DeliveryState::Sent, DeliveryState::Rejected), (words.trim(), moment)).await?;
    if let Some(case) = tx.case(&delivery.case_id).await?
        && let Ok(state) = case.state.clone().came_back()
    {
        tx.move_case(&case, &state, moment).await?;
    }
    let details = json!({ "delivery": delivery.id, "message_id": delivery.message_id, "answer": words });
    Ok(Some(Event::new(now, Actor::Program, EventKind::ReplyRejected).of_case(&delivery.case_id).with(details)))
}
