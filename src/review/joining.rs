//! Deciding about letters that may belong to another case: joined there, or kept apart.

use serde_json::json;

use super::{Office, Person, ReviewError, unchanged};
use crate::ids::CaseRef;
use crate::journal::EventKind;
use crate::letter::{CaseState, Outcome};

impl Office {
    /// Brings the letters of a case to the one they belong to, and closes it: nothing is lost,
    /// and the history of both says so.
    pub async fn join(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        other: &CaseRef,
    ) -> Result<(), ReviewError> {
        person.may_work()?;
        let now = self.clock.now().as_microsecond();
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let case = unchanged(case, version)?;
        let target = tx.case_by_reference(other.as_str()).await?.ok_or(ReviewError::NotFound)?;
        if target.id == case.id {
            return Err(ReviewError::Invalid("a case cannot be joined to itself".to_owned()));
        }
        let free = match &case.state {
            CaseState::Open => true,
            CaseState::Claimed { by } => *by == person.id || person.may_approve().is_ok(),
            CaseState::Submitted { .. }
            | CaseState::Approved { .. }
            | CaseState::Undelivered { .. }
            | CaseState::Answered { .. }
            | CaseState::Closed { .. } => false,
        };
        if !free {
            return Err(ReviewError::Forbidden("only a case that is open, or that you have claimed, can be joined"));
        }
        let Some(target_state) = target.state.clone().letter_arrived() else {
            return Err(ReviewError::Invalid(format!(
                "a reply of {other} is on its way; join it when that has arrived"
            )));
        };
        let closed = case.state.clone().close(Outcome::Joined)?;
        tx.move_letters(&case.id, &target.id).await?;
        tx.move_case(&case, &closed, now).await?;
        tx.move_case(&target, &target_state, now).await?;
        tx.decide_guesses(&case.id, now).await?;
        let details = json!({ "from": case.reference, "to": target.reference });
        tx.append(&[
            self.event(person, EventKind::CaseMerged, &case).with(details.clone()),
            self.event(person, EventKind::CaseMerged, &target).with(details),
        ])
        .await?;
        Ok(tx.commit().await?)
    }

    /// Decides that a letter's own case is the right one.
    pub async fn keep_apart(&self, person: &Person, reference: &CaseRef, version: i64) -> Result<(), ReviewError> {
        person.may_work()?;
        let now = self.clock.now().as_microsecond();
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let case = unchanged(case, version)?;
        tx.decide_guesses(&case.id, now).await?;
        tx.touch_case(&case, now).await?;
        tx.append(&[self.event(person, EventKind::CaseKeptApart, &case)]).await?;
        Ok(tx.commit().await?)
    }
}
