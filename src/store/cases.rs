//! Cases: their state and what they are about.

use super::batch::{fetch_in, write_rows};
use super::rows::{joined, parsed, parsed_list, required};
use super::{StoreError, Tx, expect_one, on};
use crate::accounts::{Assurance, MatchResult, Reader, Standing};
use crate::ids::{CaseId, CaseRef, RevisionId, UserId};
use crate::letter::{CaseState, Flag, Language, Outcome, Topic};

/// How sure it is who wrote the letter of a case, and what they are to the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseAssurance {
    /// The level.
    pub level: Assurance,
    /// What the writer is to the account.
    pub standing: Standing,
    /// What a contact was named for.
    pub scope: Vec<String>,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// Who set it by hand; the program did when missing.
    pub set_by: Option<UserId>,
}

impl Default for CaseAssurance {
    fn default() -> Self {
        Self { level: Assurance::A0, standing: Standing::None, scope: Vec::new(), reasons: Vec::new(), set_by: None }
    }
}

impl From<&MatchResult> for CaseAssurance {
    fn from(result: &MatchResult) -> Self {
        Self {
            level: result.assurance,
            standing: result.standing,
            scope: result.scope.clone(),
            reasons: result.assurance_reasons.clone(),
            set_by: None,
        }
    }
}

impl CaseAssurance {
    /// Whoever the case's reply is written to.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { assurance: Some(self.level), standing: self.standing, scope: self.scope.clone(), allowed: false }
    }

    /// What becomes of it when something newer was computed. What a person lowered stays low; what
    /// a person confirmed lasts while the sender still proves to be on file.
    #[must_use]
    pub fn followed_by(&self, computed: Self) -> Self {
        match &self.set_by {
            Some(_) if self.level == Assurance::A4 => {
                let same = self.standing == computed.standing && computed.level >= Assurance::A2;
                if same { self.clone() } else { computed }
            }
            Some(_) if self.level < computed.level => Self { level: self.level, ..self.clone() },
            Some(_) | None => computed,
        }
    }

    /// Standing and scope as their column holds them.
    fn standing_words(&self) -> String {
        std::iter::once(self.standing.as_str())
            .chain(self.scope.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn from_columns(columns: &Columns) -> Result<Self, StoreError> {
        let mut words = columns.standing.split_whitespace();
        let standing = parsed("cases", "standing", words.next().unwrap_or(Standing::None.as_str()))?;
        let reasons = serde_json::from_str(&columns.assurance_reasons).map_err(|error| StoreError::Corrupt {
            table: "cases",
            column: "assurance_reasons",
            reason: error.to_string(),
        })?;
        Ok(Self {
            level: parsed("cases", "assurance", &columns.assurance)?,
            standing,
            scope: words.map(ToOwned::to_owned).collect(),
            reasons,
            set_by: columns.assurance_by.clone().map(UserId::from),
        })
    }
}

/// A case to be opened.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Its identifier.
    pub id: CaseId,
    /// What people call it.
    pub reference: CaseRef,
    /// The language of the letter.
    pub language: Language,
    /// What it is about, the primary topic first; at least one.
    pub topics: Vec<Topic>,
    /// Its circumstances.
    pub flags: Vec<Flag>,
    /// Whether the program is unsure of the topics.
    pub unsure: bool,
    /// Whether it belongs on top of the queue.
    pub urgent: bool,
    /// The account, when exactly one was found.
    pub account_number: Option<String>,
    /// matched, ambiguous, none or chosen.
    pub account_decision: String,
    /// Who wrote.
    pub customer_address: Option<String>,
    /// The name they gave.
    pub customer_name: Option<String>,
    /// The letter's subject.
    pub subject: String,
    /// When it was opened.
    pub opened_at: i64,
    /// When it should be answered.
    pub due_at: i64,
    /// How sure it is who wrote.
    pub assurance: CaseAssurance,
}

/// A case as it is stored.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// Its identifier.
    pub id: CaseId,
    /// What people call it.
    pub reference: CaseRef,
    /// Counts its changes.
    pub version: i64,
    /// Where it stands.
    pub state: CaseState,
    /// The language of the letter.
    pub language: Language,
    /// What it is about, the primary topic first.
    pub topics: Vec<Topic>,
    /// Its circumstances.
    pub flags: Vec<Flag>,
    /// Whether the program was unsure of the topics.
    pub unsure: bool,
    /// Whether it belongs on top of the queue.
    pub urgent: bool,
    /// The account.
    pub account_number: Option<String>,
    /// matched, ambiguous, none or chosen.
    pub account_decision: String,
    /// Who wrote.
    pub customer_address: Option<String>,
    /// The name they gave.
    pub customer_name: Option<String>,
    /// The letter's subject.
    pub subject: String,
    /// When it was opened.
    pub opened_at: i64,
    /// When it should be answered.
    pub due_at: i64,
    /// When it last changed.
    pub changed_at: i64,
    /// The name of whoever has it.
    pub assignee_name: Option<String>,
    /// How sure it is who wrote.
    pub assurance: CaseAssurance,
}

/// The columns of [`SELECT`].
#[derive(sqlx::FromRow)]
pub(super) struct Columns {
    id: String,
    reference: String,
    version: i64,
    state: String,
    assignee_id: Option<String>,
    revision_id: Option<String>,
    outcome: Option<String>,
    language: String,
    topics: String,
    flags: String,
    unsure: bool,
    urgent: bool,
    account_number: Option<String>,
    account_decision: String,
    customer_address: Option<String>,
    customer_name: Option<String>,
    subject: String,
    opened_at: i64,
    due_at: i64,
    changed_at: i64,
    assignee_name: Option<String>,
    assurance: String,
    standing: String,
    assurance_reasons: String,
    assurance_by: Option<String>,
}

pub(super) const SELECT: &str = "SELECT c.id, c.reference, c.version, c.state, c.assignee_id, c.revision_id, c.outcome, c.language, \
     c.topics, c.flags, c.unsure, c.urgent, c.account_number, c.account_decision, c.customer_address, c.customer_name, \
     c.subject, c.opened_at, c.due_at, c.changed_at, u.name AS assignee_name, \
     c.assurance, c.standing, c.assurance_reasons, c.assurance_by \
     FROM cases c LEFT JOIN users u ON u.id = c.assignee_id";

impl TryFrom<Columns> for CaseRow {
    type Error = StoreError;

    fn try_from(columns: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            state: state(&columns)?,
            assurance: CaseAssurance::from_columns(&columns)?,
            language: parsed("cases", "language", &columns.language)?,
            topics: parsed_list("cases", "topics", &columns.topics)?,
            flags: parsed_list("cases", "flags", &columns.flags)?,
            id: columns.id.into(),
            reference: columns.reference.into(),
            version: columns.version,
            unsure: columns.unsure,
            urgent: columns.urgent,
            account_number: columns.account_number,
            account_decision: columns.account_decision,
            customer_address: columns.customer_address,
            customer_name: columns.customer_name,
            subject: columns.subject,
            opened_at: columns.opened_at,
            due_at: columns.due_at,
            changed_at: columns.changed_at,
            assignee_name: columns.assignee_name,
        })
    }
}

fn state(columns: &Columns) -> Result<CaseState, StoreError> {
    let by = || required("cases", "assignee_id", columns.assignee_id.clone()).map(UserId::from);
    let revision = || required("cases", "revision_id", columns.revision_id.clone()).map(RevisionId::from);
    Ok(match columns.state.as_str() {
        "open" => CaseState::Open,
        "claimed" => CaseState::Claimed { by: by()? },
        "submitted" => CaseState::Submitted { by: by()?, revision: revision()? },
        "approved" => CaseState::Approved { by: by()?, revision: revision()? },
        "undelivered" => CaseState::Undelivered { by: by()?, revision: revision()? },
        "answered" => CaseState::Answered { by: by()?, revision: revision()? },
        "closed" => {
            let outcome = required("cases", "outcome", columns.outcome.clone())?;
            CaseState::Closed { outcome: parsed::<Outcome>("cases", "outcome", &outcome)? }
        }
        other => {
            return Err(StoreError::Corrupt {
                table: "cases",
                column: "state",
                reason: format!("\"{other}\" is unknown"),
            });
        }
    })
}

impl Tx {
    /// Opens a case.
    pub async fn add_case(&mut self, case: &NewCase) -> Result<(), StoreError> {
        self.add_cases(std::slice::from_ref(case)).await
    }

    /// Opens cases.
    pub async fn add_cases(&mut self, cases: &[NewCase]) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO cases (id, reference, version, state, language, primary_topic, topics, flags, unsure, \
             urgent, account_number, account_decision, customer_address, customer_name, subject, search_text, opened_at, \
             due_at, changed_at, assurance, standing, assurance_reasons) VALUES";
        write_rows!(self, ADD, "", cases, case => [
            case.id.as_str(), case.reference.as_str(), 1_i64, CaseState::Open.name(), case.language.as_str(),
            case.topics.first().copied().unwrap_or(Topic::Other).as_str(), joined(&case.topics), joined(&case.flags),
            case.unsure, case.urgent, case.account_number.as_deref(), case.account_decision.as_str(),
            case.customer_address.as_deref(), case.customer_name.as_deref(), case.subject.as_str(),
            case.search_text(), case.opened_at, case.due_at, case.opened_at,
            case.assurance.level.as_str(), case.assurance.standing_words(), serde_json::json!(case.assurance.reasons).to_string(),
        ]);
        Ok(())
    }

    /// Cases by their identifiers, in no order.
    pub async fn cases_by_id(&mut self, ids: &[&str]) -> Result<Vec<CaseRow>, StoreError> {
        let columns: Vec<Columns> = fetch_in!(self, format!("{SELECT} WHERE c.id"), "", [], ids);
        columns.into_iter().map(CaseRow::try_from).collect()
    }

    /// One case by its identifier.
    pub async fn case(&mut self, id: &CaseId) -> Result<Option<CaseRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE c.id = $1"));
        let columns: Option<Columns> =
            on!(self, connection => sqlx::query_as(query).bind(id.as_str()).fetch_optional(connection).await?);
        columns.map(CaseRow::try_from).transpose()
    }

    /// One case by its reference.
    pub async fn case_by_reference(&mut self, reference: &str) -> Result<Option<CaseRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE c.reference = $1"));
        let columns: Option<Columns> =
            on!(self, connection => sqlx::query_as(query).bind(reference).fetch_optional(connection).await?);
        columns.map(CaseRow::try_from).transpose()
    }

    /// How many cases stand in each state.
    pub async fn cases_by_state(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        const COUNT: &str = "SELECT state, CAST(count(*) AS BIGINT) FROM cases GROUP BY state ORDER BY state";
        Ok(on!(self, connection => sqlx::query_as(COUNT).fetch_all(connection).await?))
    }

    /// Moves a case from the version that was seen to its new state.
    pub async fn move_case(&mut self, seen: &CaseRow, state: &CaseState, now: i64) -> Result<(), StoreError> {
        const MOVE: &str = "UPDATE cases SET version = version + 1, state = $1, assignee_id = $2, revision_id = $3, \
             outcome = $4, changed_at = $5 WHERE id = $6 AND version = $7 AND state = $8";
        let outcome = match state {
            CaseState::Closed { outcome } => Some(outcome.as_str()),
            _ => None,
        };
        let rows = on!(self, connection => sqlx::query(MOVE).bind(state.name()).bind(state.assignee().map(UserId::as_str))
            .bind(state.revision().map(RevisionId::as_str)).bind(outcome).bind(now)
            .bind(seen.id.as_str()).bind(seen.version).bind(seen.state.name())
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the case")
    }

    /// Writes down the circumstances and the date that a case has now; its version is not counted.
    pub async fn raise_case(&mut self, case: &CaseRow) -> Result<(), StoreError> {
        const RAISE: &str = "UPDATE cases SET flags = $1, urgent = $2, due_at = $3 WHERE id = $4";
        let rows = on!(self, connection => sqlx::query(RAISE).bind(joined(&case.flags)).bind(case.urgent)
            .bind(case.due_at).bind(case.id.as_str()).execute(connection).await?.rows_affected());
        expect_one(rows, "the case")
    }

    /// Changes what a case is about.
    pub async fn change_topics(&mut self, seen: &CaseRow, topics: &[Topic], now: i64) -> Result<(), StoreError> {
        const CHANGE: &str = "UPDATE cases SET version = version + 1, primary_topic = $1, topics = $2, unsure = $3, \
             changed_at = $4 WHERE id = $5 AND version = $6";
        let primary = topics.first().copied().unwrap_or(Topic::Other);
        let rows = on!(self, connection => sqlx::query(CHANGE).bind(primary.as_str()).bind(joined(topics)).bind(false)
            .bind(now).bind(seen.id.as_str()).bind(seen.version).execute(connection).await?.rows_affected());
        expect_one(rows, "the case")
    }

    /// Changes whose account a case is about.
    pub async fn change_account(&mut self, seen: &CaseRow, number: Option<&str>, now: i64) -> Result<(), StoreError> {
        const CHANGE: &str = "UPDATE cases SET version = version + 1, account_number = $1, account_decision = $2, \
             search_text = $3, changed_at = $4 WHERE id = $5 AND version = $6";
        let search = search_text(&[
            seen.reference.as_str(),
            seen.customer_address.as_deref().unwrap_or_default(),
            seen.customer_name.as_deref().unwrap_or_default(),
            &seen.subject,
            number.unwrap_or_default(),
        ]);
        let decision = if number.is_some() { "chosen" } else { "none" };
        let rows = on!(self, connection => sqlx::query(CHANGE).bind(number).bind(decision).bind(search).bind(now)
            .bind(seen.id.as_str()).bind(seen.version).execute(connection).await?.rows_affected());
        expect_one(rows, "the case")
    }

    /// Says how sure it is who wrote, and why.
    pub async fn set_assurance(&mut self, case: &CaseId, assurance: &CaseAssurance) -> Result<(), StoreError> {
        const SET: &str = "UPDATE cases SET assurance = $1, standing = $2, assurance_reasons = $3, assurance_by = $4 \
             WHERE id = $5";
        let reasons = serde_json::json!(assurance.reasons).to_string();
        let rows = on!(self, connection => sqlx::query(SET).bind(assurance.level.as_str()).bind(assurance.standing_words())
            .bind(reasons).bind(assurance.set_by.as_ref().map(UserId::as_str)).bind(case.as_str())
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the case")
    }

    /// Counts a change of the case that leaves its state alone, such as a new draft.
    pub async fn touch_case(&mut self, seen: &CaseRow, now: i64) -> Result<(), StoreError> {
        const TOUCH: &str = "UPDATE cases SET version = version + 1, changed_at = $1 WHERE id = $2 AND version = $3";
        let rows = on!(self, connection => sqlx::query(TOUCH).bind(now).bind(seen.id.as_str()).bind(seen.version)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the case")
    }
}

impl NewCase {
    fn search_text(&self) -> String {
        search_text(&[
            self.reference.as_str(),
            self.customer_address.as_deref().unwrap_or_default(),
            self.customer_name.as_deref().unwrap_or_default(),
            &self.subject,
            self.account_number.as_deref().unwrap_or_default(),
        ])
    }
}

/// One text for searching, folded so that both databases compare alike.
fn search_text(parts: &[&str]) -> String {
    folded(&parts.join(" "))
}

/// Lower case, without the accents that Spanish is written with or without.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|character| match character {
            'á' | 'à' | 'ä' => 'a',
            'é' | 'è' | 'ë' => 'e',
            'í' | 'ì' | 'ï' => 'i',
            'ó' | 'ò' | 'ö' => 'o',
            'ú' | 'ù' | 'ü' => 'u',
            'ñ' => 'n',
            other => other,
        })
        .collect()
}
