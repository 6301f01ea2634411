//! Writing: a revision for every saved change, and a fresh draft when topic or account change.

use serde_json::json;

use super::{Office, Person, ReviewError};
use crate::accounts::disclosure::repeatable;
use crate::accounts::{account_facts, context};
use crate::clock::{from_microseconds, local_date};
use crate::ids::{CaseRef, RevisionId};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::Channel;
use crate::replies::{Situation, compose, missing_marks};
use crate::store::{CaseRow, NewRevision, RevisionRow, Tx};

/// The longest text of a reply.
const LONGEST: usize = 50_000;

/// What a person changes in a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

impl Office {
    /// Saves a person's text as a new revision; the same text again changes nothing.
    pub async fn save_draft(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        edit: &Edit,
    ) -> Result<(), ReviewError> {
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        let base = tx.latest_revision(&case.id).await?;
        if let Some(event) = self.saved(&mut tx, &case, person, (base.as_ref(), edit)).await?.1 {
            tx.touch_case(&case, self.clock.now().as_microsecond()).await?;
            tx.append(&[event]).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The revision that holds the text: the newest one when it is the same, else a new one.
    pub(super) async fn saved(
        &self,
        tx: &mut Tx,
        case: &CaseRow,
        person: &Person,
        (base, edit): (Option<&RevisionRow>, &Edit),
    ) -> Result<(RevisionId, Option<Event>), ReviewError> {
        let edit = cleaned(edit)?;
        if let Some(base) = base
            && base.subject == edit.subject
            && base.body == edit.body
        {
            return Ok((base.id.clone(), None));
        }
        let now = self.clock.now();
        let id = RevisionId::new(now);
        let missing = json!(missing_marks(&edit.body)).to_string();
        let recipient = base.and_then(|base| base.recipient.as_deref()).or(case.customer_address.as_deref());
        tx.add_revision(&NewRevision {
            id: &id,
            case_id: &case.id,
            author: Some(&person.id),
            base: base.map(|base| &base.id),
            language: base.map_or(case.language.as_str(), |base| base.language.as_str()),
            subject: &edit.subject,
            body: &edit.body,
            recipient,
            template: base.map_or("", |base| base.template.as_str()),
            channel: base.map_or(Channel::Email, |base| base.channel),
            large_print: base.is_some_and(|base| base.large_print == 1),
            facts: base.map_or("{}", |base| base.facts.as_str()),
            missing: &missing,
            created_at: now.as_microsecond(),
        })
        .await?;
        let event = self.event(person, EventKind::DraftEdited, case).with(json!({ "revision": id }));
        Ok((id, Some(event)))
    }

    /// Drafts a reply again from the case's topics and account, as the newest revision.
    pub(super) async fn draft_anew(
        &self,
        tx: &mut Tx,
        case: &CaseRow,
        person: &Person,
    ) -> Result<Vec<Event>, ReviewError> {
        let now = self.clock.now();
        let today = local_date(now, &self.organization.zone);
        let rows = match &case.account_number {
            Some(number) => tx.whole_account(number).await?,
            None => None,
        };
        // What billing said is newer than the extract.
        let rows = rows.map(|rows| {
            let said = self.billing.as_ref().and_then(|billing| billing.remembered(&rows.account.account_number));
            said.map_or(rows, |(said, _)| said)
        });
        let account = rows.as_ref().map(|rows| context(rows, today));
        let told = match &account {
            Some(account) => {
                let reader = self.reader(tx, case).await?;
                let facts = account_facts(account, case.language, &self.policy, today);
                self.disclosure.told(&reader, &facts).account
            }
            None => None,
        };
        let draft = compose(
            &self.templates,
            &Situation {
                language: case.language,
                topics: &case.topics,
                reference: case.reference.as_str(),
                customer_name: &repeatable(case.customer_name.as_deref().unwrap_or_default()),
                subject: &repeatable(&case.subject),
                received_on: local_date(from_microseconds(case.opened_at), &self.organization.zone),
                today,
                account: told,
                policy: &self.policy,
            },
        );
        let id = RevisionId::new(now);
        // Who wrote by e-mail is answered so; who did not is answered by post.
        let (channel, to) = match &case.customer_address {
            Some(address) => (Channel::Email, Some(address.clone())),
            None => (Channel::Post, rows.as_ref().and_then(|rows| rows.account.postal_address())),
        };
        tx.add_revision(&NewRevision {
            id: &id,
            case_id: &case.id,
            author: None,
            base: None,
            language: case.language.as_str(),
            subject: &draft.subject,
            body: &draft.body,
            recipient: to.as_deref(),
            channel,
            large_print: false,
            template: &draft.template,
            facts: &draft.facts.to_string(),
            missing: &json!(draft.missing).to_string(),
            created_at: now.as_microsecond(),
        })
        .await?;
        let details =
            json!({ "revision": id, "template": draft.template, "missing": draft.missing, "asked_by": person.id });
        Ok(vec![Event::new(now, Actor::Program, EventKind::DraftComposed).of_case(&case.id).with(details)])
    }
}

/// One kind of line end, and a subject that is one line.
fn cleaned(edit: &Edit) -> Result<Edit, ReviewError> {
    let subject = edit.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = edit.body.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned();
    if subject.is_empty() || body.is_empty() {
        return Err(ReviewError::Invalid("a reply needs a subject and a text".to_owned()));
    }
    if body.len() > LONGEST || subject.chars().count() > 300 {
        return Err(ReviewError::Invalid(format!(
            "a reply has at most {LONGEST} bytes and its subject 300 characters"
        )));
    }
    if body.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
        return Err(ReviewError::Invalid("the text holds control characters".to_owned()));
    }
    Ok(Edit { subject, body })
}
