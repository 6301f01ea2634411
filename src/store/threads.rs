//! What ties letters to cases: reply addresses, references, senders; and the guesses about
//! letters that may belong elsewhere.

use super::batch::{fetch_in, write_rows};
use super::cases::CaseRow;
use super::{StoreError, Tx, on};
use crate::ids::CaseId;

/// A case that a letter may belong to, beside the one that it opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGuess {
    /// The case that the letter opened.
    pub case_id: CaseId,
    /// Where it may belong.
    pub other_case_id: CaseId,
    /// How much speaks for it, in hundredths.
    pub score: i64,
    /// What speaks for it, in words, as a JSON list.
    pub reasons: String,
    /// When.
    pub guessed_at: i64,
}

/// A guess as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GuessRow {
    /// The case that the letter opened.
    pub reference: String,
    /// Its subject.
    pub subject: String,
    /// Who wrote the letter.
    pub customer_address: Option<String>,
    /// Where it may belong.
    pub other_reference: String,
    /// The subject of that case.
    pub other_subject: String,
    /// How much speaks for it, in hundredths.
    pub score: i64,
    /// What speaks for it, in words, as a JSON list.
    pub reasons: String,
}

const GUESSES: &str = "SELECT c.reference, c.subject, c.customer_address, o.reference AS other_reference, \
     o.subject AS other_subject, g.score, g.reasons FROM guesses g JOIN cases c ON c.id = g.case_id \
     JOIN cases o ON o.id = g.other_case_id WHERE g.decided_at IS NULL";

impl Tx {
    /// The cases whose replies asked for answers to these tokens: pairs of token and case.
    pub async fn cases_of_reply_tokens(&mut self, tokens: &[&str]) -> Result<Vec<(String, CaseId)>, StoreError> {
        const CASES: &str = "SELECT reply_token, case_id FROM deliveries WHERE reply_token";
        let found: Vec<(String, String)> = fetch_in!(self, CASES, "", [], tokens);
        Ok(found.into_iter().map(|(token, case)| (token, CaseId::from(case))).collect())
    }

    /// The newest cases of these senders that are not closed, at most three of each: pairs of
    /// sender and case.
    pub async fn open_cases_of(&mut self, senders: &[&str]) -> Result<Vec<(String, CaseId)>, StoreError> {
        const HEAD: &str = "SELECT customer_address, id FROM (SELECT customer_address, id, row_number() OVER \
             (PARTITION BY customer_address ORDER BY opened_at DESC, id DESC) AS place FROM cases \
             WHERE state <> 'closed' AND customer_address";
        const MOST: &str = ") AS numbered WHERE place <= 3 ORDER BY customer_address, place";
        let found: Vec<(String, String)> = fetch_in!(self, HEAD, MOST, [], senders);
        Ok(found.into_iter().map(|(sender, case)| (sender, CaseId::from(case))).collect())
    }

    /// The cases that are called so.
    pub async fn cases_called(&mut self, references: &[&str]) -> Result<Vec<CaseRow>, StoreError> {
        const IDS: &str = "SELECT id FROM cases WHERE reference";
        let ids: Vec<(String,)> = fetch_in!(self, IDS, "", [], references);
        let ids: Vec<&str> = ids.iter().map(|(id,)| id.as_str()).collect();
        self.cases_by_id(&ids).await
    }

    /// Notes where letters may belong.
    pub async fn add_guesses(&mut self, guesses: &[NewGuess]) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO guesses (case_id, other_case_id, score, reasons, guessed_at) VALUES";
        write_rows!(self, ADD, "ON CONFLICT (case_id, other_case_id) DO NOTHING", guesses, guess => [
            guess.case_id.as_str(), guess.other_case_id.as_str(), guess.score, guess.reasons.as_str(), guess.guessed_at,
        ]);
        Ok(())
    }

    /// The undecided guesses about one case, the likeliest first.
    pub async fn guesses_of_case(&mut self, case: &CaseId) -> Result<Vec<GuessRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{GUESSES} AND g.case_id = $1 ORDER BY g.score DESC, o.reference"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(case.as_str()).fetch_all(connection).await?))
    }

    /// The undecided guesses, the oldest letters first, of each the likeliest first.
    pub async fn undecided_guesses(&mut self, limit: i64) -> Result<Vec<GuessRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!(
            "{GUESSES} ORDER BY g.guessed_at, c.reference, g.score DESC, o.reference LIMIT $1"
        ));
        Ok(on!(self, connection => sqlx::query_as(query).bind(limit).fetch_all(connection).await?))
    }

    /// Ends the guesses about a case: somebody decided.
    pub async fn decide_guesses(&mut self, case: &CaseId, now: i64) -> Result<(), StoreError> {
        const DECIDE: &str = "UPDATE guesses SET decided_at = $1 WHERE case_id = $2 AND decided_at IS NULL";
        on!(self, connection => sqlx::query(DECIDE).bind(now).bind(case.as_str()).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Brings the letters of one case to another; gives how many there were.
    pub async fn move_letters(&mut self, from: &CaseId, to: &CaseId) -> Result<u64, StoreError> {
        const MOVE: &str = "UPDATE letters SET case_id = $1 WHERE case_id = $2";
        Ok(on!(self, connection => sqlx::query(MOVE).bind(to.as_str()).bind(from.as_str()).execute(connection).await?
            .rows_affected()))
    }
}
