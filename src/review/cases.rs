//! Steps on the case itself: taking it, putting it back, what it is about, its end.

use serde_json::{Value, json};

use super::{Office, Person, ReviewError, unchanged};
use crate::accounts::{AccountNumber, Assurance};
use crate::ids::CaseRef;
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{CaseState, Outcome, Topic};
use crate::store::{CaseRow, Tx};

impl Office {
    /// Takes a case to work on it.
    pub async fn claim(&self, person: &Person, reference: &CaseRef, version: i64) -> Result<(), ReviewError> {
        person.may_work()?;
        self.step(person, reference, version, EventKind::CaseClaimed, Value::Null, |state| {
            state.claim(person.id.clone()).map_err(ReviewError::from)
        })
        .await
    }

    /// Puts a case back.
    pub async fn release(&self, person: &Person, reference: &CaseRef, version: i64) -> Result<(), ReviewError> {
        person.may_work()?;
        self.step(person, reference, version, EventKind::CaseReleased, Value::Null, |state| {
            state.release(&person.id).map_err(ReviewError::from)
        })
        .await
    }

    /// Gives a submitted reply back to its writer.
    pub async fn send_back(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        reason: &str,
    ) -> Result<(), ReviewError> {
        person.may_approve()?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(ReviewError::Invalid("say what should be changed".to_owned()));
        }
        self.step(person, reference, version, EventKind::ReplyReturned, json!({ "reason": reason }), |state| {
            state.send_back().map_err(ReviewError::from)
        })
        .await
    }

    /// Ends a case with its outcome.
    pub async fn close(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        outcome: Outcome,
    ) -> Result<(), ReviewError> {
        person.may_work()?;
        self.step(person, reference, version, EventKind::CaseClosed, json!({ "outcome": outcome }), |state| {
            let others = state.assignee().is_some_and(|holder| *holder != person.id) && person.may_approve().is_err();
            if others {
                return Err(ReviewError::Forbidden("somebody else works on this case"));
            }
            state.close(outcome).map_err(ReviewError::from)
        })
        .await
    }

    /// Says what a case is about, and drafts anew.
    pub async fn change_topics(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        topics: &[Topic],
    ) -> Result<(), ReviewError> {
        if topics.is_empty() {
            return Err(ReviewError::Invalid("choose at least one topic".to_owned()));
        }
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        let now = self.clock.now();
        tx.change_topics(&case, topics, now.as_microsecond()).await?;
        let details = json!({ "from": case.topics, "to": topics });
        let mut events = vec![self.event(person, EventKind::CaseTopicsChanged, &case).with(details)];
        let mut changed = case;
        changed.topics = topics.to_vec();
        events.extend(self.draft_anew(&mut tx, &changed, person).await?);
        tx.append(&events).await?;
        Ok(tx.commit().await?)
    }

    /// Says whose account a case is about, or that it is about none, and drafts anew.
    pub async fn change_account(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        number: Option<&AccountNumber>,
    ) -> Result<(), ReviewError> {
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        if let Some(number) = number
            && tx.account(number.as_str()).await?.is_none()
        {
            return Err(ReviewError::Invalid(format!("there is no account {number}")));
        }
        let now = self.clock.now();
        tx.change_account(&case, number.map(AccountNumber::as_str), now.as_microsecond()).await?;
        let details = json!({ "from": case.account_number, "to": number });
        let mut events = vec![self.event(person, EventKind::CaseAccountChanged, &case).with(details)];
        let computed = self.assured_for(&mut tx, &case, number.map(AccountNumber::as_str)).await?;
        // What was asked for one account does not hold for another.
        tx.end_override(&case.id, now.as_microsecond()).await?;
        let mut changed = case;
        // What a person confirmed was said of the other account.
        if changed.assurance.level == Assurance::A4 {
            changed.assurance.set_by = None;
        }
        changed.assurance = changed.assurance.followed_by(computed);
        tx.set_assurance(&changed.id, &changed.assurance).await?;
        changed.account_number = number.map(ToString::to_string);
        events.extend(self.draft_anew(&mut tx, &changed, person).await?);
        tx.append(&events).await?;
        Ok(tx.commit().await?)
    }

    /// Opens a write transaction with a case that the person holds.
    pub(super) async fn held_by(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
    ) -> Result<(Tx, CaseRow), ReviewError> {
        person.may_work()?;
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let case = unchanged(case, version)?;
        match &case.state {
            CaseState::Claimed { by } if *by == person.id => Ok((tx, case)),
            _ => Err(ReviewError::Forbidden("claim the case first")),
        }
    }

    /// One step from a state to the next, with its event.
    pub(super) async fn step(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        kind: EventKind,
        details: Value,
        next: impl FnOnce(CaseState) -> Result<CaseState, ReviewError>,
    ) -> Result<(), ReviewError> {
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let case = unchanged(case, version)?;
        let state = next(case.state.clone())?;
        tx.move_case(&case, &state, self.clock.now().as_microsecond()).await?;
        tx.append(&[self.event(person, kind, &case).with(details)]).await?;
        Ok(tx.commit().await?)
    }

    pub(super) fn event(&self, person: &Person, kind: EventKind, case: &CaseRow) -> Event {
        Event::new(self.clock.now(), Actor::User(person.id.clone()), kind).of_case(&case.id)
    }
}
