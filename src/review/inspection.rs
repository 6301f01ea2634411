//! The checks of a draft, with what only the database knows: shown while it is written, and again
//! before it is handed in and approved.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Office, Person, ReviewError};
use crate::accounts::matching::email_key;
use crate::accounts::numbers::find_account_numbers;
use crate::accounts::personal_data::{PersonalKind, find_personal_data};
use crate::accounts::{AccountContext, context};
use crate::classification::Classification;
use crate::clock::local_date;
use crate::ids::{CaseRef, RevisionId};
use crate::journal::EventKind;
use crate::letter::{Channel, Language};
use crate::reading::Reading;
use crate::replies::{Ask, Concern, Found, Inspected, Known, Weight, inspect};
use crate::store::{CaseRow, LetterRow, NewRevision, RevisionRow, Tx};

/// The longest reason.
const LONGEST: usize = 1_000;

impl Office {
    /// Everything about a revision that people must see before it goes out.
    pub async fn concerns(
        &self,
        tx: &mut Tx,
        case: &CaseRow,
        revision: &RevisionRow,
    ) -> Result<Vec<Concern>, ReviewError> {
        let letters = tx.letters_of_case(&case.id).await?;
        let readings: Vec<Reading> = letters.iter().filter_map(reading_of).collect();
        let rows = match &case.account_number {
            Some(number) => tx.whole_account(number).await?,
            None => None,
        };
        let today = local_date(self.clock.now(), &self.organization.zone);
        let account = rows.map(|rows| context(&rows, today));
        let facts: Value = serde_json::from_str(&revision.facts).unwrap_or_default();
        let language: Language = revision.language.parse()?;
        let recipient = revision.recipient.as_deref();
        let known = Known {
            other_accounts: other_accounts(&revision.body, case.account_number.as_deref()),
            personal_data: personal_data(&revision.body),
            names: names(case, account.as_ref(), &readings),
            recipient,
            addresses: addresses(account.as_ref(), &readings),
            posted: revision.channel == Channel::Post,
            may_know: self.disclosure.may_know(&self.reader(tx, case).await?),
            withdrawn: tx.withdrawn_templates().await?,
        };
        let asks: Vec<Ask> = letters.iter().flat_map(asks_of).collect();
        Ok(inspect(&Inspected {
            subject: &revision.subject,
            body: &revision.body,
            language,
            facts: &facts,
            template: &revision.template,
            topics: &case.topics,
            asks: &asks,
            known: &known,
        }))
    }

    /// A reply that something holds back goes nowhere; gives the kinds of concern that remain, for
    /// the journal.
    pub(super) async fn sendable(
        &self,
        tx: &mut Tx,
        case: &CaseRow,
        revision: &RevisionRow,
    ) -> Result<Vec<&'static str>, ReviewError> {
        let concerns = self.concerns(tx, case, revision).await?;
        let held: Vec<&str> =
            concerns.iter().filter(|concern| concern.holds_back()).map(|concern| concern.what.as_str()).collect();
        if !held.is_empty() {
            return Err(ReviewError::Unsendable(held.join("; ")));
        }
        Ok(concerns.iter().map(|concern| concern.kind.as_str()).collect())
    }

    /// Says why something in a draft may stay; what stops a reply outright has no reason.
    pub async fn justify(
        &self,
        person: &Person,
        reference: &CaseRef,
        version: i64,
        (key, reason): (&str, &str),
    ) -> Result<(), ReviewError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.len() > LONGEST {
            return Err(ReviewError::Invalid(format!("give a reason of at most {LONGEST} bytes")));
        }
        let (mut tx, case) = self.held_by(person, reference, version).await?;
        let base = tx.latest_revision(&case.id).await?.ok_or(ReviewError::NotFound)?;
        let concerns = self.concerns(&mut tx, &case, &base).await?;
        let known = concerns.iter().any(|concern| concern.key == key && concern.weight != Weight::Stops);
        if !known {
            return Err(ReviewError::Invalid(format!("nothing in this draft asks for a reason under \"{key}\"")));
        }
        let mut facts: Value = serde_json::from_str(&base.facts).unwrap_or_else(|_| json!({}));
        let mut reasons: BTreeMap<String, String> =
            serde_json::from_value(facts["reasons"].clone()).unwrap_or_default();
        reasons.insert(key.to_owned(), reason.to_owned());
        facts["reasons"] = json!(reasons);
        let now = self.clock.now();
        let id = RevisionId::new(now);
        tx.add_revision(&NewRevision {
            facts: &facts.to_string(),
            ..NewRevision::following(&base, &id, &person.id, now.as_microsecond())
        })
        .await?;
        tx.touch_case(&case, now.as_microsecond()).await?;
        let details = json!({ "revision": id, "concern": key });
        tx.append(&[self.event(person, EventKind::DraftJustified, &case).with(details)]).await?;
        Ok(tx.commit().await?)
    }
}

fn reading_of(letter: &LetterRow) -> Option<Reading> {
    serde_json::from_str(letter.reading.as_deref()?).ok()
}

/// What a letter asks, as far as somebody could tell what about.
fn asks_of(letter: &LetterRow) -> Vec<Ask> {
    let classification: Option<Classification> =
        letter.classification.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let asks = classification.into_iter().flat_map(|classification| classification.asks);
    asks.map(|ask| Ask { text: ask.text, start: ask.start, topic: ask.topic }).collect()
}

/// The numbers in a text that are not the case's account.
fn other_accounts(text: &str, own: Option<&str>) -> Vec<Found> {
    find_account_numbers(text)
        .into_iter()
        .filter(|found| own != Some(found.number.as_str()))
        .map(|found| {
            let start = text[..found.place.start].chars().count();
            let length = text[found.place].chars().count();
            let what = format!("the number of another account, ending in {}", found.number.last_four());
            Found { what, place: (start, start + length) }
        })
        .collect()
}

fn personal_data(text: &str) -> Vec<Found> {
    let words = |kind: PersonalKind| match kind {
        PersonalKind::SocialSecurity => "a social security number",
        PersonalKind::Card => "the number of a card",
        PersonalKind::BankRouting => "the routing number of a bank",
        PersonalKind::BankAccount => "the number of a bank account",
    };
    let found = find_personal_data(text);
    found.iter().map(|datum| Found { what: words(datum.kind).to_owned(), place: (datum.start, datum.end) }).collect()
}

fn names(case: &CaseRow, account: Option<&AccountContext>, readings: &[Reading]) -> Vec<String> {
    let mut names: Vec<String> = case.customer_name.iter().cloned().collect();
    names.extend(readings.iter().filter_map(|reading| reading.from.as_ref()).map(|from| from.name.clone()));
    // Who signs a letter has to do with it, whatever the mail program calls them.
    names.extend(readings.iter().map(|reading| reading.signature.clone()));
    if let Some(account) = account {
        names.push(account.account.name.clone());
        names.extend(account.account.co_name.clone());
        names.extend(account.contacts.iter().map(|contact| contact.name.clone()));
    }
    names.extend(["customer", "cliente", "neighbor", "vecino"].map(ToOwned::to_owned));
    names
}

/// The addresses that wrote, or are on file for the account.
fn addresses(account: Option<&AccountContext>, readings: &[Reading]) -> Vec<String> {
    let mut addresses: Vec<String> = readings.iter().filter_map(Reading::sender_key).collect();
    if let Some(account) = account {
        addresses.extend(account.account.postal_address());
        addresses.extend(account.account.email.as_deref().and_then(email_key));
        addresses.extend(account.contacts.iter().filter_map(|contact| contact.email.as_deref()).filter_map(email_key));
    }
    addresses
}
