//! Steps on the case itself: taking it, putting it back, what it is about, its end.

use serde_json::{Value, json};

use super::crisis::crises;
use super::{Office, Person, ReviewError, unchanged};
use crate::accounts::{AccountNumber, Assurance};
use crate::ids::CaseRef;
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{CaseState, Flag, Outcome, Topic};
use crate::store::{CaseFilter, CaseRow, StoreError, Tx};

/// How often the next case is looked for when others are faster.
const TRIES: usize = 10;

/// Whether a person may end a case, its state apart. One with a circumstance that puts somebody
/// at risk is seen by a supervisor first, be it as the reply that was approved.
pub fn may_close(person: &Person, case: &CaseRow) -> Result<(), ReviewError> {
    if person.may_approve().is_ok() {
        return Ok(());
    }
    person.may_work()?;
    if case.state.assignee().is_some_and(|holder| *holder != person.id) {
        return Err(ReviewError::Forbidden("somebody else works on this case"));
    }
    let answered = matches!(case.state, CaseState::Answered { .. });
    match case.flags.iter().find(|flag| Flag::URGENT.contains(flag)) {
        Some(_) if !answered => Err(ReviewError::Forbidden("only a supervisor closes a case that is urgent")),
        Some(_) | None => Ok(()),
    }
}

impl Office {
    /// Takes a case to work on it.
    pub async fn claim(&self, person: &Person, reference: &CaseRef, version: i64) -> Result<(), ReviewError> {
        person.may_work()?;
        self.step(person, reference, version, EventKind::CaseClaimed, Value::Null, |state| {
            state.claim(person.id.clone()).map_err(ReviewError::from)
        })
        .await
    }

    /// Takes the most urgent of the wanted cases that nobody has; nothing when there is none. A
    /// letter that speaks of self-harm comes first, whatever else is wanted.
    pub async fn take_next(&self, person: &Person, wanted: &CaseFilter) -> Result<Option<CaseRef>, ReviewError> {
        person.may_work()?;
        for _ in 0..TRIES {
            let mut tx = self.store.write().await?;
            let crisis = crises(&mut tx).await?.into_iter().find(|case| case.state == CaseState::Open);
            let filter = CaseFilter { state: Some(CaseState::Open.name().to_owned()), limit: 1, ..wanted.clone() };
            let Some(case) = (match crisis {
                Some(case) => Some(case),
                None => tx.cases(&filter).await?.pop(),
            }) else {
                return Ok(None);
            };
            let state = case.state.clone().claim(person.id.clone())?;
            match tx.move_case(&case, &state, self.clock.now().as_microsecond()).await {
                // Somebody was faster: the next one is taken instead.
                Err(StoreError::Stale { .. }) => continue,
                moved => moved?,
            }
            tx.append(&[self.event(person, EventKind::CaseClaimed, &case)]).await?;
            tx.commit().await?;
            return Ok(Some(case.reference));
        }
        Err(ReviewError::Stale)
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
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let case = unchanged(case, version)?;
        may_close(person, &case)?;
        let state = case.state.clone().close(outcome)?;
        tx.move_case(&case, &state, self.clock.now().as_microsecond()).await?;
        let event = self.event(person, EventKind::CaseClosed, &case).with(json!({ "outcome": outcome }));
        tx.append(&[event]).await?;
        Ok(tx.commit().await?)
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
