//! A reply's last steps: submitted, approved with its bytes frozen, resolved when its delivery
//! needs a person.

use serde_json::json;

use super::{Edit, Office, Person, ReviewError, unchanged};
use crate::billing::LookUp;
use crate::delivery::{Outgoing, build};
use crate::ids::{ApprovalId, CaseRef, DeliveryId, Digest, RevisionId, secret};
use crate::journal::EventKind;
use crate::letter::{Channel, DeliveryState, Language, LetterKind};
use crate::reading::Reading;
use crate::replies::html;
use crate::store::{CaseRow, LetterRow, NewDelivery, RevisionRow, Tx};

impl Office {
    /// Hands the text to the supervisors; it is saved first when it was changed.
    pub async fn submit(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        edit: &Edit,
    ) -> Result<(), ReviewError> {
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        let base = tx.latest_revision(&case.id).await?;
        let (revision, edited) = self.saved(&mut tx, &case, person, (base.as_ref(), edit)).await?;
        let row = tx.revision(&revision).await?.ok_or(ReviewError::NotFound)?;
        let concerns = self.sendable(&mut tx, &case, &row).await?;
        if row.channel == Channel::Post {
            // What the window cannot show is said to the writer, not to the supervisor.
            self.printed(&case, &row)?;
        }
        // Who hands in the program's own words answers for them, and cannot approve them too.
        tx.add_author(&revision, &person.id).await?;
        let state = case.state.clone().submit(&person.id, revision.clone())?;
        tx.move_case(&case, &state, self.clock.now().as_microsecond()).await?;
        let submitted = self
            .event(person, EventKind::ReplySubmitted, &case)
            .with(json!({ "revision": revision, "concerns": concerns }));
        tx.append(&edited.into_iter().chain([submitted]).collect::<Vec<_>>()).await?;
        Ok(tx.commit().await?)
    }

    /// Approves the revision that was seen: its bytes, recipient and Message-ID are fixed in
    /// the same transaction.
    pub async fn approve(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        seen: &RevisionId,
    ) -> Result<(), ReviewError> {
        person.may_approve()?;
        // Asking billing takes its time: no transaction waits for it.
        self.amounts_are_current(reference, seen).await?;
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let case = unchanged(case, version)?;
        let state = case.state.clone().approve(seen)?;
        let revision = tx.revision(seen).await?.ok_or(ReviewError::NotFound)?;
        let concerns = self.sendable(&mut tx, &case, &revision).await?;
        let recipient =
            revision.recipient.clone().ok_or_else(|| ReviewError::Unsendable("it has no recipient".to_owned()))?;
        let delivery = DeliveryId::new(now);
        let domain = self.organization.address.rsplit('@').next().unwrap_or("localhost");
        let message_id = format!("{delivery}@{domain}");
        let reply_token = match revision.channel {
            Channel::Email => self.reply_token()?,
            Channel::Post => None,
        };
        let reply_to = reply_token.as_deref().and_then(|token| tagged(&self.organization.address, token));
        let ids = MessageIds { message_id: &message_id, reply_to: reply_to.as_deref() };
        let (bytes, pages) = match revision.channel {
            Channel::Email => (self.message(&mut tx, &case, &revision, (&recipient, &ids)).await?, None),
            Channel::Post => {
                let printed = self.printed(&case, &revision)?;
                (printed.pdf, i64::try_from(printed.pages).ok())
            }
        };
        let digest = Digest::of(&bytes);
        let approval = ApprovalId::new(now);
        tx.add_approval(&approval, &revision, &person.id, (now.as_microsecond(), &digest)).await?;
        tx.add_delivery(&NewDelivery {
            id: &delivery,
            case_id: &case.id,
            revision_id: seen,
            approval_id: &approval,
            recipient: &recipient,
            channel: revision.channel,
            pages,
            message_id: &message_id,
            reply_token: reply_token.as_deref(),
            bytes: &bytes,
            bytes_digest: &digest,
            created_at: now.as_microsecond(),
        })
        .await?;
        tx.move_case(&case, &state, now.as_microsecond()).await?;
        // What two people allowed was for one reply: this one.
        let allowed = tx.disclosure_override(&case.id).await?.filter(|asked| asked.allowed_by.is_some());
        tx.end_override(&case.id, now.as_microsecond()).await?;
        let details = json!({
            "revision": seen, "delivery": delivery, "message_id": message_id, "sha256": digest,
            "assurance": case.assurance.level, "override": allowed.map(|asked| asked.id), "concerns": concerns,
        });
        let label = self.take_label(&mut tx, &case, person).await?;
        let approved = self.event(person, EventKind::ReplyApproved, &case).with(details);
        tx.append(&std::iter::once(approved).chain(label).collect::<Vec<_>>()).await?;
        Ok(tx.commit().await?)
    }

    /// Where billing can be asked, a reply with amounts of the account goes out only while it answers.
    async fn amounts_are_current(&self, reference: &CaseRef, seen: &RevisionId) -> Result<(), ReviewError> {
        let Some(billing) = &self.billing else { return Ok(()) };
        let mut tx = self.store.read().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let revision = tx.revision(seen).await?.ok_or(ReviewError::NotFound)?;
        drop(tx);
        let Some(number) = case.account_number.as_deref().and_then(|number| number.parse().ok()) else {
            return Ok(());
        };
        if !tells_amounts(&revision) {
            return Ok(());
        }
        match billing.look_up(&number, self.clock.now()).await {
            LookUp::Answered(..) => Ok(()),
            LookUp::Unknown => Err(ReviewError::Unsendable("billing does not know this account any more".to_owned())),
            LookUp::Remembered(..) | LookUp::Down => Err(ReviewError::Unsendable(
                "billing does not answer, so the amounts of the account may be old; take them out, or wait".to_owned(),
            )),
        }
    }

    /// A person says what became of a delivery that nobody can know about, or sends a failed
    /// one once more with the same bytes.
    pub async fn resolve(
        &self,
        person: &Person,
        reference: &CaseRef,
        delivery: &DeliveryId,
        was_sent: bool,
    ) -> Result<(), ReviewError> {
        person.may_approve()?;
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let row = tx.delivery(delivery).await?.filter(|row| row.case_id == case.id).ok_or(ReviewError::NotFound)?;
        let from = row.state()?;
        let (to, state, words) = if was_sent {
            (DeliveryState::Sent, case.state.clone().sent()?, "a supervisor found that it was sent")
        } else {
            (DeliveryState::Prepared, case.state.clone().send_again()?, "a supervisor sends it again, the same bytes")
        };
        if !matches!(from, DeliveryState::Unknown | DeliveryState::Rejected) {
            return Err(ReviewError::Invalid(format!("this delivery is {from}")));
        }
        tx.resolve_delivery(delivery, (from, to), (words, now.as_microsecond())).await?;
        tx.move_case(&case, &state, now.as_microsecond()).await?;
        let details = json!({ "delivery": delivery, "from": from, "to": to });
        tx.append(&[self.event(person, EventKind::DeliveryResolved, &case).with(details)]).await?;
        Ok(tx.commit().await?)
    }

    /// A secret for the address that answers come to, when replies ask for one.
    fn reply_token(&self) -> Result<Option<String>, ReviewError> {
        if !self.organization.reply_addresses {
            return Ok(None);
        }
        let secret =
            secret().map_err(|error| ReviewError::Unsendable(format!("this machine has no randomness: {error}")))?;
        Ok(Some(secret[..24].to_owned()))
    }

    /// The bytes of a reply, so that the customer sees one conversation.
    async fn message(
        &self,
        tx: &mut Tx,
        case: &CaseRow,
        revision: &RevisionRow,
        (recipient, ids): (&str, &MessageIds<'_>),
    ) -> Result<Vec<u8>, ReviewError> {
        let letters = tx.letters_of_case(&case.id).await?;
        let reading = answered_letter(&letters, recipient);
        let answered = reading.as_ref().and_then(|reading| reading.message_id.clone());
        let mut references: Vec<String> = reading.map(|reading| reading.references).unwrap_or_default();
        // The first and the last of a long conversation are what mail programs thread by.
        if references.len() > 20 {
            references.drain(1..references.len() - 19);
        }
        references.extend(answered.clone());
        let language: Language = revision.language.parse()?;
        let html = html(
            &self.templates,
            language,
            (&revision.subject, &revision.body),
            (&self.organization.name, case.reference.as_str()),
        )
        .map_err(|error| ReviewError::Unsendable(error.to_string()))?;
        build(&Outgoing {
            from_name: &self.organization.name,
            from_address: &self.organization.address,
            to: recipient,
            subject: &revision.subject,
            text: &revision.body,
            html: &html,
            message_id: ids.message_id,
            reply_to: ids.reply_to,
            in_reply_to: answered.as_deref(),
            references: &references,
            date: self.clock.now(),
        })
        .map_err(|error| ReviewError::Unsendable(error.to_string()))
    }
}

/// What ties answers to a reply.
struct MessageIds<'a> {
    message_id: &'a str,
    reply_to: Option<&'a str>,
}

/// The address with a tag in its local part: `inquiries+r0123...@utility.example`.
fn tagged(address: &str, token: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}+r{token}@{domain}"))
}

/// The letter that a reply answers: the newest of its recipient, else the newest of anybody. A
/// delivery report in the case is no letter.
fn answered_letter(letters: &[LetterRow], recipient: &str) -> Option<Reading> {
    let readings = letters.iter().rev().filter_map(|letter| serde_json::from_str(letter.reading.as_deref()?).ok());
    let readings: Vec<Reading> = readings.filter(|reading: &Reading| reading.kind == LetterKind::Person).collect();
    let of_recipient = readings.iter().position(|reading| reading.sender_key().as_deref() == Some(recipient));
    readings.into_iter().nth(of_recipient.unwrap_or(0))
}

/// Whether a text tells an amount of the account that it was drafted from.
fn tells_amounts(revision: &RevisionRow) -> bool {
    let facts: serde_json::Value = serde_json::from_str(&revision.facts).unwrap_or_default();
    let mut waiting = vec![&facts["account"]];
    while let Some(value) = waiting.pop() {
        match value {
            serde_json::Value::String(text)
                if text.trim_start_matches('-').starts_with('$') && revision.body.contains(text.as_str()) =>
            {
                return true;
            }
            serde_json::Value::Array(items) => waiting.extend(items),
            serde_json::Value::Object(fields) => waiting.extend(fields.values()),
            _ => {}
        }
    }
    false
}
