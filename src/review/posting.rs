//! Replies by post: how a reply goes out, its printed form, and the batches it is printed in.

use serde_json::json;

use super::{Office, Person, ReviewError};
use crate::clock::local_date;
use crate::ids::{CaseRef, DeliveryId, RevisionId};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{CaseState, Channel, DeliveryState, Language};
use crate::policy::long_date;
use crate::replies::post::{Labels, PostError, PostedLetter, PrintedLetter, letter};
use crate::store::{CaseRow, DeliveryRow, NewRevision, PrintBatch, RevisionRow, Tx};

/// The most letters of one batch: what a folding machine takes in one go.
const BATCH: i64 = 500;

/// How a reply shall go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// By e-mail or by post.
    pub channel: Channel,
    /// The lines of the postal address; not read for e-mail, which goes to who wrote.
    pub address: String,
    /// Whether the printed form is in large print.
    pub large_print: bool,
}

impl From<PostError> for ReviewError {
    fn from(error: PostError) -> Self {
        Self::Unsendable(error.to_string())
    }
}

impl Office {
    /// Decides how the reply goes out; the text stays, in a new revision.
    pub async fn choose_posting(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        posting: &Posting,
    ) -> Result<(), ReviewError> {
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        let base = tx.latest_revision(&case.id).await?;
        let base = base.ok_or_else(|| ReviewError::Invalid("write the reply first".to_owned()))?;
        let recipient = match posting.channel {
            Channel::Email => case.customer_address.clone(),
            Channel::Post => Some(address_lines(&posting.address)?),
        };
        let now = self.clock.now();
        let id = RevisionId::new(now);
        tx.add_revision(&NewRevision {
            recipient: recipient.as_deref(),
            channel: posting.channel,
            large_print: posting.large_print,
            ..NewRevision::following(&base, &id, &person.id, now.as_microsecond())
        })
        .await?;
        tx.touch_case(&case, now.as_microsecond()).await?;
        let details = json!({ "revision": id, "channel": posting.channel });
        tx.append(&[self.event(person, EventKind::DraftEdited, &case).with(details)]).await?;
        Ok(tx.commit().await?)
    }

    /// The newest revision of a case as the printed letter would be.
    pub async fn letter_preview(
        &self,
        person: &Person,
        reference: &CaseRef,
        large_print: bool,
    ) -> Result<PrintedLetter, ReviewError> {
        person.may_work()?;
        let mut tx = self.store.read().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let mut revision = tx.latest_revision(&case.id).await?.ok_or(ReviewError::NotFound)?;
        if revision.channel == Channel::Email {
            revision.recipient = on_file(&mut tx, &case).await?;
        }
        revision.large_print = i64::from(large_print || revision.large_print == 1);
        self.printed(&case, &revision)
    }

    /// The printed form of a revision, dated today.
    pub(super) fn printed(&self, case: &CaseRow, revision: &RevisionRow) -> Result<PrintedLetter, ReviewError> {
        let language: Language = revision.language.parse()?;
        let today = local_date(self.clock.now(), &self.organization.zone);
        let address: Vec<String> =
            revision.recipient.iter().flat_map(|lines| lines.lines()).map(str::to_owned).collect();
        let mut letterhead = vec![self.organization.name.clone()];
        letterhead.extend(self.organization.letterhead.iter().cloned());
        Ok(letter(&PostedLetter {
            labels: Labels::embedded(language),
            letterhead: &letterhead,
            address: &address,
            written_on: today,
            printed_date: &long_date(today, language),
            reference: &case.reference,
            subject: &revision.subject,
            body: &revision.body,
            usage: None,
            large_print: revision.large_print == 1,
        })?)
    }

    /// Puts the approved letters that wait for the printer into one batch.
    pub async fn make_print_batch(&self, person: &Person) -> Result<i64, ReviewError> {
        person.may_approve()?;
        let now = self.clock.now().as_microsecond();
        let mut tx = self.store.write().await?;
        let waiting = tx.letters_to_print(BATCH).await?;
        if waiting.is_empty() {
            return Err(ReviewError::Invalid("no letter waits for the printer".to_owned()));
        }
        let number = tx.add_print_batch(&person.id, now).await?;
        for delivery in &waiting {
            tx.print_in(delivery, number).await?;
        }
        let deliveries: Vec<&DeliveryId> = waiting.iter().map(|delivery| &delivery.id).collect();
        let details = json!({ "batch": number, "deliveries": deliveries });
        tx.append(&[
            Event::new(self.clock.now(), Actor::User(person.id.clone()), EventKind::PrintBatchMade).with(details)
        ])
        .await?;
        tx.commit().await?;
        Ok(number)
    }

    /// A batch with its letters, in the order in which they are printed.
    pub async fn print_batch(
        &self,
        person: &Person,
        number: i64,
    ) -> Result<(PrintBatch, Vec<DeliveryRow>), ReviewError> {
        person.may_approve()?;
        let mut tx = self.store.read().await?;
        let batch = tx.print_batch(number).await?.ok_or(ReviewError::NotFound)?;
        let letters = tx.letters_of_batch(number).await?;
        Ok((batch, letters))
    }

    /// The letters of a batch were handed to the post: each is sent.
    pub async fn batch_was_mailed(&self, person: &Person, number: i64) -> Result<(), ReviewError> {
        person.may_approve()?;
        let now = self.clock.now().as_microsecond();
        let mut tx = self.store.write().await?;
        let letters = tx.letters_of_batch(number).await?;
        tx.batch_mailed(number, now).await?;
        let words = format!("handed to the post with batch {number}");
        let mut events = Vec::new();
        for delivery in letters.iter().filter(|delivery| delivery.state == DeliveryState::Prepared.as_str()) {
            tx.resolve_delivery(&delivery.id, (DeliveryState::Prepared, DeliveryState::Sent), (&words, now)).await?;
            let case = tx.case(&delivery.case_id).await?.ok_or(ReviewError::NotFound)?;
            // A case that was closed or reopened meanwhile keeps its state; the letter went all the same.
            if let CaseState::Approved { .. } = &case.state {
                let state = case.state.clone().sent()?;
                tx.move_case(&case, &state, now).await?;
            }
            let details = json!({ "delivery": delivery.id, "batch": number });
            events.push(self.event(person, EventKind::ReplySent, &case).with(details));
        }
        tx.append(&events).await?;
        Ok(tx.commit().await?)
    }

    /// A letter came back: the case of its code is open again, and its address is marked.
    pub async fn letter_returned(&self, person: &Person, code: &str, reason: &str) -> Result<CaseRef, ReviewError> {
        person.may_work()?;
        let code = code.trim();
        let reference = CaseRef::from_code(code).unwrap_or_else(|| CaseRef::from(code.to_owned()));
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        if reason.is_empty() || reason.len() > 500 {
            return Err(ReviewError::Invalid("say what the post wrote on it, in at most 500 characters".to_owned()));
        }
        let now = self.clock.now().as_microsecond();
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or_else(|| {
            ReviewError::Invalid(format!("{code:?} is neither the code of a letter nor a case; scan it again"))
        })?;
        let deliveries = tx.deliveries_of_case(&case.id).await?;
        let posted = deliveries
            .iter()
            .rev()
            .find(|delivery| delivery.channel == Channel::Post && delivery.state == DeliveryState::Sent.as_str())
            .ok_or_else(|| ReviewError::Invalid(format!("no letter of {reference} was sent by post")))?;
        let words = format!("came back by post: {reason}");
        let step = (DeliveryState::Sent, DeliveryState::Rejected);
        tx.resolve_delivery(&posted.id, step, (&words, now)).await?;
        let state = case.state.clone().came_back()?;
        tx.move_case(&case, &state, now).await?;
        let details = json!({ "delivery": posted.id, "reason": reason });
        tx.append(&[self.event(person, EventKind::ReplyBounced, &case).with(details)]).await?;
        tx.commit().await?;
        Ok(reference)
    }
}

/// The mailing address on file of the case's account.
pub(super) async fn on_file(tx: &mut Tx, case: &CaseRow) -> Result<Option<String>, ReviewError> {
    let Some(number) = &case.account_number else { return Ok(None) };
    Ok(tx.whole_account(number).await?.and_then(|rows| rows.account.postal_address()))
}

/// One line for each line that was written, without empty ones.
fn address_lines(text: &str) -> Result<String, ReviewError> {
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        return Err(PostError::NoAddress.into());
    }
    if lines.iter().any(|line| line.chars().any(char::is_control) || line.len() > 200) {
        return Err(ReviewError::Invalid("a line of the address is too long or holds control characters".to_owned()));
    }
    Ok(lines.join("\n"))
}
