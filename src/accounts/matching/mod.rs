//! Decides whose account a letter is about, with reasons.
//!
//! A wrong account is worse than none: whatever points to two accounts is ambiguous.

mod decision;
mod evidence;
#[cfg(test)]
mod stories;
mod wanted;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use wanted::{House, Wanted, wanted};

use self::decision::decision;
use self::evidence::{Evidence, evidence};
use super::assurance::{Assurance, Standing, assure};
use super::rows::{Account, AccountNumber, AccountStatus, Contact};
use crate::letter::words::words;

words! {
    /// What matching came to.
    Decision("matching decision") {
        /// One account, without doubt.
        Matched = "matched",
        /// Several could be meant, or the letter contradicts itself.
        Ambiguous = "ambiguous",
        /// None was found.
        None = "none",
    }
}

/// What a letter says about its account.
#[derive(Debug, Clone, Default)]
pub struct MatchQuery<'a> {
    /// The subject.
    pub subject: &'a str,
    /// What the writer wrote.
    pub text: &'a str,
    /// What stands under it, where that was told apart.
    pub signature: &'a str,
    /// The name they gave.
    pub from_name: &'a str,
    /// The address they wrote from.
    pub from_address: &'a str,
    /// Whether that address is proven; `None` when it is not known.
    pub authenticated: Option<bool>,
    /// Whether it came on paper.
    pub paper: bool,
    /// The accounts of the same writer's earlier letters in this conversation.
    pub thread: &'a [String],
}

/// An account that may be meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its number.
    pub account: AccountNumber,
    /// How much speaks for it, from 0 to 1.
    pub score: f32,
    /// What speaks for it, in words.
    pub reasons: Vec<String>,
}

/// What matching came to, with its candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchResult {
    /// The decision.
    pub decision: Decision,
    /// The accounts that may be meant, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// How sure it is who wrote.
    pub assurance: Assurance,
    /// Why.
    pub assurance_reasons: Vec<String>,
    /// What the writer is to the account.
    #[serde(default)]
    pub standing: Standing,
    /// What a contact was named for: `all`, `billing`.
    #[serde(default)]
    pub scope: Vec<String>,
}

/// An e-mail address folded for comparison.
#[must_use]
pub fn email_key(address: &str) -> Option<String> {
    let folded = address.trim().to_lowercase();
    folded.contains('@').then_some(folded)
}

/// Decides among the accounts that the look-ups gave.
#[must_use]
pub fn decide(query: &MatchQuery<'_>, found: &[Account], contacts: &[Contact], today: Date) -> MatchResult {
    decide_wanted(query, &wanted(query), (found, contacts), today)
}

/// The same, for who has worked out already what the letter wants.
#[must_use]
pub fn decide_wanted(
    query: &MatchQuery<'_>,
    wanted: &Wanted,
    (found, contacts): (&[Account], &[Contact]),
    today: Date,
) -> MatchResult {
    let mut accounts: Vec<&Account> = found.iter().collect();
    accounts.sort_by(|one, other| one.account_number.cmp(&other.account_number));
    accounts.dedup_by(|one, other| one.account_number == other.account_number);
    let mut scored: Vec<(&Account, Evidence)> = accounts
        .into_iter()
        .map(|account| (account, evidence(account, query, wanted, (contacts, today))))
        .filter(|(_, evidence)| evidence.score() > 0.0)
        .collect();
    scored.sort_by(|(first, a), (second, b)| {
        let closed = |account: &Account| account.status == AccountStatus::Closed;
        b.score()
            .total_cmp(&a.score())
            .then_with(|| closed(first).cmp(&closed(second)))
            .then_with(|| first.account_number.cmp(&second.account_number))
    });
    let decision = decision(&scored, wanted);
    let matched = scored.first().map(|(account, _)| *account).filter(|_| decision == Decision::Matched);
    let assured = assure(query, wanted, matched.map(|account| (account, contacts)), (None, today));
    let candidates = scored
        .into_iter()
        .take(10)
        .map(|(account, evidence)| Candidate {
            account: account.account_number.clone(),
            score: evidence.score(),
            reasons: evidence.reasons,
        })
        .collect();
    MatchResult {
        decision,
        candidates,
        assurance: assured.level,
        assurance_reasons: assured.reasons,
        standing: assured.standing,
        scope: assured.scope,
    }
}
