//! Seeing what pages hide: numbers of persons, cards and banks that stand in a letter. Who sees
//! them is remembered.

use serde_json::json;

use super::{Office, Person, ReviewError};
use crate::ids::LetterId;
use crate::journal::EventKind;
use crate::store::CaseRow;

impl Office {
    /// Remembers that a person saw a letter with its hidden numbers.
    pub async fn saw_hidden(
        &self,
        person: &Person,
        case: &CaseRow,
        letter: &LetterId,
        way: &'static str,
    ) -> Result<(), ReviewError> {
        person.may_work()?;
        let mut tx = self.store.write().await?;
        let event = self.event(person, EventKind::PersonalDataSeen, case).of_letter(letter);
        tx.append(&[event.with(json!({ "way": way }))]).await?;
        Ok(tx.commit().await?)
    }
}
