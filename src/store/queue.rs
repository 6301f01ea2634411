//! The queue: the cases that are wanted, the most urgent first, a page at a time.

use std::fmt;
use std::str::FromStr;

use super::batch::fetch_in;
use super::cases::{CaseRow, Columns, SELECT, folded};
use super::{StoreError, Tx, on};
use crate::ids::{CaseId, UserId};
use crate::letter::{Flag, Language, Topic};

/// Which cases of the queue are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Only in that state.
    pub state: Option<String>,
    /// Only those that somebody still has to do something about.
    pub in_work: bool,
    /// Only with that topic among theirs.
    pub topic: Option<Topic>,
    /// Only those of that person.
    pub assignee: Option<UserId>,
    /// Only in that language.
    pub language: Option<Language>,
    /// Only those due before that moment.
    pub due_before: Option<i64>,
    /// Only those whose reference, sender, name, subject or account holds this text.
    pub text: Option<String>,
    /// Only those behind that place.
    pub after: Option<QueuePlace>,
    /// How many are given at most.
    pub limit: i64,
}

/// A place in the order of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePlace {
    /// Whether the case there is urgent.
    pub urgent: bool,
    /// When it is due.
    pub due_at: i64,
    /// Which it is.
    pub id: CaseId,
}

/// A text that names no place of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it names no place of the queue")]
pub struct NotAPlace;

impl QueuePlace {
    /// The place of a case.
    #[must_use]
    pub fn of(case: &CaseRow) -> Self {
        Self { urgent: case.urgent, due_at: case.due_at, id: case.id.clone() }
    }
}

impl fmt::Display for QueuePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", u8::from(self.urgent), self.due_at, self.id)
    }
}

impl FromStr for QueuePlace {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let mut parts = text.splitn(3, '.');
        let urgent = match parts.next() {
            Some("1") => true,
            Some("0") => false,
            Some(_) | None => return Err(NotAPlace),
        };
        let due_at = parts.next().and_then(|part| part.parse().ok()).ok_or(NotAPlace)?;
        let id = parts.next().filter(|id| !id.is_empty() && id.len() <= 64).ok_or(NotAPlace)?;
        Ok(Self { urgent, due_at, id: CaseId::from(id.to_owned()) })
    }
}

impl Tx {
    /// The cases that fit, the most urgent first.
    pub async fn cases(&mut self, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
        let mut cases = Vec::new();
        let after = filter.after.as_ref();
        // Each half is read from its place on along the index, whatever page it is.
        if after.is_none_or(|after| after.urgent) {
            cases = self.half(filter, true, after).await?;
        }
        let left = filter.limit - i64::try_from(cases.len()).unwrap_or(i64::MAX);
        if left > 0 {
            let rest = CaseFilter { limit: left, ..filter.clone() };
            cases.extend(self.half(&rest, false, after.filter(|after| !after.urgent)).await?);
        }
        Ok(cases)
    }

    /// The urgent cases that fit, or the others.
    async fn half(
        &mut self,
        filter: &CaseFilter,
        urgent: bool,
        after: Option<&QueuePlace>,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let state = if filter.state.is_some() { "c.state = $1" } else { "($1 IS NULL OR c.state = $1)" };
        let in_work = if filter.in_work { IN_WORK } else { "" };
        let query = sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE {state} {in_work} AND ($2 IS NULL OR ' ' || c.topics || ' ' LIKE '% ' || $2 || ' %') \
             AND ($3 IS NULL OR c.assignee_id = $3) AND ($4 IS NULL OR c.language = $4) \
             AND ($5 IS NULL OR c.search_text LIKE '%' || $5 || '%' ESCAPE '\\') \
             AND ($6 IS NULL OR c.due_at < $6) AND c.urgent = $7 AND (c.due_at, c.id) > ($8, $9) \
             ORDER BY c.due_at, c.id LIMIT $10"
        ));
        let text = filter.text.as_deref().map(|text| escape_like(&folded(text)));
        let (due_at, id) = after.map_or((i64::MIN, ""), |after| (after.due_at, after.id.as_str()));
        let columns: Vec<Columns> = on!(self, connection => sqlx::query_as(query).bind(filter.state.as_deref())
            .bind(filter.topic.map(Topic::as_str)).bind(filter.assignee.as_ref().map(UserId::as_str))
            .bind(filter.language.map(Language::as_str)).bind(text).bind(filter.due_before).bind(urgent)
            .bind(due_at).bind(id).bind(filter.limit).fetch_all(connection).await?);
        columns.into_iter().map(CaseRow::try_from).collect()
    }

    /// How many cases stand in each state in which somebody has to do something. Those at rest are
    /// not counted: they grow without end.
    pub async fn cases_in_work(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!(
            "SELECT c.state, CAST(count(*) AS BIGINT) FROM cases c WHERE 1 = 1 {IN_WORK} GROUP BY c.state ORDER BY c.state"
        ));
        Ok(on!(self, connection => sqlx::query_as(query).fetch_all(connection).await?))
    }

    /// The cases in work that are flagged as a threat, the longest due first.
    pub async fn threatening_cases(&mut self) -> Result<Vec<CaseRow>, StoreError> {
        const MOST: i64 = 100;
        let query = sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE c.urgent = $1 {IN_WORK} \
             AND ' ' || c.flags || ' ' LIKE '% ' || $2 || ' %' ORDER BY c.due_at, c.id LIMIT $3"
        ));
        let columns: Vec<Columns> = on!(self, connection => sqlx::query_as(query).bind(true).bind(Flag::Threat.as_str())
            .bind(MOST).fetch_all(connection).await?);
        columns.into_iter().map(CaseRow::try_from).collect()
    }

    /// How the letters of cases were classified: pairs of case and JSON.
    pub async fn classifications_of(&mut self, cases: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
        const FOUND: &str = "SELECT case_id, classification FROM letters WHERE classification IS NOT NULL AND case_id";
        Ok(fetch_in!(self, FOUND, "", [], cases))
    }
}

/// The states in which somebody still has to do something.
const IN_WORK: &str = "AND c.state IN ('open', 'claimed', 'submitted', 'undelivered')";

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_can_be_written_and_read() {
        let place = QueuePlace { urgent: true, due_at: -5, id: CaseId::from("01.x".to_owned()) };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", "-5", "2.5.x", "1.x.y", "1.5", "1.5."] {
            assert_eq!(text.parse::<QueuePlace>(), Err(NotAPlace), "{text}");
        }
    }
}
