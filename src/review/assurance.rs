//! How sure it is who wrote: lowered or confirmed by a person; and the one reply that may tell
//! more than the table allows, because two people say so.

use serde_json::json;

use super::{Office, Person, ReviewError, unchanged};
use crate::accounts::{Assurance, MatchQuery, Reader, Standing, assure, wanted};
use crate::clock::local_date;
use crate::ids::{CaseRef, DeliveryId};
use crate::journal::EventKind;
use crate::letter::words::words;
use crate::letter::{CaseState, LetterKind};
use crate::reading::Reading;
use crate::store::{CaseAssurance, CaseRow, Tx};

/// The longest reason.
const LONGEST: usize = 1000;

words! {
    /// How a person made sure who wrote.
    Confirmation("way of confirming") {
        /// By calling the number on file.
        CallBack = "call_back",
        /// In the customer's portal.
        Portal = "portal",
    }
}

/// What a person changes of the assurance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssuranceChange {
    /// It is less sure than the program thinks.
    Lower {
        /// The level from now on.
        level: Assurance,
        /// Why.
        reason: String,
    },
    /// Somebody made sure.
    Confirm {
        /// How.
        by: Confirmation,
        /// What is to be remembered of it.
        note: String,
    },
}

impl Office {
    /// Lowers how sure it is who wrote, or records that a person made sure; then drafts anew.
    pub async fn change_assurance(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        change: &AssuranceChange,
    ) -> Result<(), ReviewError> {
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        let (next, details) = changed(&case, person, change)?;
        tx.touch_case(&case, self.clock.now().as_microsecond()).await?;
        tx.set_assurance(&case.id, &next).await?;
        let mut events = vec![self.event(person, EventKind::CaseAssuranceChanged, &case).with(details)];
        let mut case = case;
        case.assurance = next;
        events.extend(self.draft_anew(&mut tx, &case, person).await?);
        tx.append(&events).await?;
        Ok(tx.commit().await?)
    }

    /// Asks that the next reply may tell the account's facts although the table does not allow it.
    pub async fn ask_override(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        reason: &str,
    ) -> Result<(), ReviewError> {
        person.may_approve()?;
        let reason = checked(reason, "say why this reply has to tell more")?;
        let (mut tx, case) = self.case_in_work(reference, version).await?;
        if case.account_number.is_none() {
            return Err(ReviewError::Invalid("choose the account first".to_owned()));
        }
        if tx.disclosure_override(&case.id).await?.is_some() {
            return Err(ReviewError::Invalid("it was asked for already".to_owned()));
        }
        let now = self.clock.now();
        // An identifier like any other; nobody looks at what kind it is.
        let id = DeliveryId::new(now).to_string();
        tx.touch_case(&case, now.as_microsecond()).await?;
        tx.ask_override((&id, &case.id), (&person.id, &reason), now.as_microsecond()).await?;
        let details = json!({ "override": id, "reason": reason });
        tx.append(&[self.event(person, EventKind::DisclosureAsked, &case).with(details)]).await?;
        Ok(tx.commit().await?)
    }

    /// Allows what somebody else asked for, and drafts anew.
    pub async fn allow_override(&self, person: &Person, reference: &CaseRef, version: i64) -> Result<(), ReviewError> {
        person.may_work()?;
        let (mut tx, case) = self.case_in_work(reference, version).await?;
        let asked = tx.disclosure_override(&case.id).await?.filter(|asked| asked.allowed_by.is_none());
        let asked = asked.ok_or_else(|| ReviewError::Invalid("nobody asked for it".to_owned()))?;
        if asked.asked_by == person.id.as_str() {
            return Err(ReviewError::Forbidden("a second person has to allow it"));
        }
        let now = self.clock.now().as_microsecond();
        tx.touch_case(&case, now).await?;
        tx.allow_override(&asked.id, &person.id, now).await?;
        let details = json!({ "override": asked.id, "reason": asked.reason, "asked_by": asked.asked_by });
        let mut events = vec![self.event(person, EventKind::DisclosureAllowed, &case).with(details)];
        events.extend(self.draft_anew(&mut tx, &case, person).await?);
        tx.append(&events).await?;
        Ok(tx.commit().await?)
    }

    /// Takes back what was asked for or allowed, and drafts anew.
    pub async fn take_back_override(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
    ) -> Result<(), ReviewError> {
        person.may_work()?;
        let (mut tx, case) = self.case_in_work(reference, version).await?;
        let now = self.clock.now().as_microsecond();
        if !tx.end_override(&case.id, now).await? {
            return Err(ReviewError::Invalid("nobody asked for it".to_owned()));
        }
        tx.touch_case(&case, now).await?;
        let mut events = vec![self.event(person, EventKind::DisclosureTakenBack, &case)];
        events.extend(self.draft_anew(&mut tx, &case, person).await?);
        tx.append(&events).await?;
        Ok(tx.commit().await?)
    }

    /// Opens a write transaction with a case whose reply is still being written.
    async fn case_in_work(&self, reference: &CaseRef, version: i64) -> Result<(Tx, CaseRow), ReviewError> {
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let case = unchanged(case, version)?;
        match &case.state {
            CaseState::Open | CaseState::Claimed { .. } => Ok((tx, case)),
            _ => Err(ReviewError::Forbidden("the reply of this case is not being written")),
        }
    }

    /// Whoever a case's reply is written to.
    pub(super) async fn reader(&self, tx: &mut Tx, case: &CaseRow) -> Result<Reader, ReviewError> {
        let allowed = tx.disclosure_override(&case.id).await?.is_some_and(|asked| asked.allowed_by.is_some());
        Ok(Reader { allowed, ..case.assurance.reader() })
    }

    /// How sure it is who wrote, once a person has chosen the account.
    pub(super) async fn assured_for(
        &self,
        tx: &mut Tx,
        case: &CaseRow,
        number: Option<&str>,
    ) -> Result<CaseAssurance, ReviewError> {
        let Some(rows) = (match number {
            Some(number) => tx.whole_account(number).await?,
            None => None,
        }) else {
            return Ok(CaseAssurance { reasons: vec!["no account is chosen".to_owned()], ..CaseAssurance::default() });
        };
        let letters = tx.letters_of_case(&case.id).await?;
        let scans = tx.scans_of(&letters.iter().map(|letter| letter.id.as_str()).collect::<Vec<_>>()).await?;
        // The newest letter of a person is the one that is answered.
        let newest = letters.iter().rev().find_map(|letter| {
            let reading: Reading = serde_json::from_str(letter.reading.as_deref()?).ok()?;
            (reading.kind == LetterKind::Person).then_some((letter, reading))
        });
        let Some((letter, reading)) = newest else { return Ok(CaseAssurance::default()) };
        let query = MatchQuery {
            subject: &reading.subject,
            text: if reading.new_text.trim().is_empty() { &reading.body } else { &reading.new_text },
            signature: &reading.signature,
            from_name: reading.from.as_ref().map_or("", |from| &from.name),
            from_address: reading.from.as_ref().map_or("", |from| &from.address),
            authenticated: Some(reading.authentication.aligned),
            paper: scans.contains_key(letter.id.as_str()),
            thread: &[],
        };
        let today = local_date(self.clock.now(), &self.organization.zone);
        let account = Some((&rows.account, rows.contacts.as_slice()));
        let assured = assure(&query, &wanted(&query), account, (Some(&rows), today));
        Ok(CaseAssurance {
            level: assured.level,
            standing: assured.standing,
            scope: assured.scope,
            reasons: assured.reasons,
            set_by: None,
        })
    }
}

/// What becomes of a case's assurance, and what is to be remembered.
fn changed(
    case: &CaseRow,
    person: &Person,
    change: &AssuranceChange,
) -> Result<(CaseAssurance, serde_json::Value), ReviewError> {
    let before = &case.assurance;
    let mut next = CaseAssurance { set_by: Some(person.id.clone()), ..before.clone() };
    let details = match change {
        AssuranceChange::Lower { level, reason } => {
            let reason = checked(reason, "say why it is less sure")?;
            if *level >= before.level {
                return Err(ReviewError::Invalid(format!("it is {} already; it can only be lowered", before.level)));
            }
            next.level = *level;
            next.reasons.push(format!("lowered to {level}: {reason}"));
            json!({ "from": before.level, "to": level, "reason": reason })
        }
        AssuranceChange::Confirm { by, note } => {
            let note = checked(note, "say what was confirmed")?;
            if case.account_number.is_none() {
                return Err(ReviewError::Invalid("choose the account first".to_owned()));
            }
            next.level = Assurance::A4;
            // Who is not on file and was called back on the number on file is the accountholder.
            if next.standing == Standing::None {
                next.standing = Standing::Holder;
            }
            let words = match by {
                Confirmation::CallBack => "call-back",
                Confirmation::Portal => "portal",
            };
            next.reasons.push(format!("confirmed by {words}: {note}"));
            json!({ "from": before.level, "to": next.level, "confirmed_by": by, "note": note })
        }
    };
    Ok((next, details))
}

fn checked(text: &str, asked: &str) -> Result<String, ReviewError> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err(ReviewError::Invalid(asked.to_owned()));
    }
    if text.len() > LONGEST {
        return Err(ReviewError::Invalid(format!("a reason has at most {LONGEST} bytes")));
    }
    Ok(text)
}
