//! Goes through stored letters once more with another model, other templates or another policy,
//! and says what would come out otherwise. Nothing is changed.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::prepare::{REFERENCE, Thought, Tools, think};
use crate::accounts::MatchResult;
use crate::classification::Classification;
use crate::clock::from_microseconds;
use crate::ids::CaseId;
use crate::store::{ProgramDraft, ReplayRow, Store, StoreError};

/// How many letters are looked up at once.
const PAGE: i64 = 200;

/// One thing that would be otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What: `kind`, `topics`, `unsure`, `language`, `flags`, `account`, `assurance`, `template`, `draft`.
    pub what: &'static str,
    /// As it is.
    pub before: String,
    /// As it would be.
    pub after: String,
}

/// What would be otherwise about one letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The letter.
    pub letter: String,
    /// Its case.
    pub case: Option<String>,
    /// When it came.
    pub received_at: String,
    /// What would be otherwise; empty when nothing would.
    pub changes: Vec<Change>,
}

/// Thinks about every letter from a moment on again and hands on what would be otherwise; gives
/// how many letters there were.
///
/// Each letter is thought about as of the moment of its draft, so that dates agree; accounts are
/// those of today's extract.
pub async fn replay(
    store: &Store,
    tools: &Arc<Tools>,
    since: Timestamp,
    mut each: impl FnMut(Difference),
) -> Result<u64, StoreError> {
    let (mut after, mut count) = ((i64::MIN, String::new()), 0);
    loop {
        let mut tx = store.read().await?;
        let rows = tx.letters_to_replay((since.as_microsecond(), (after.0, &after.1)), PAGE).await?;
        drop(tx);
        let Some(last) = rows.last() else { return Ok(count) };
        after = (last.received_at, last.id.to_string());
        for row in rows {
            count += 1;
            each(once_more(store, tools, &row).await?);
        }
    }
}

async fn once_more(store: &Store, tools: &Arc<Tools>, row: &ReplayRow) -> Result<Difference, StoreError> {
    let drafted = match &row.case_id {
        Some(case) => store.read().await?.program_draft(&CaseId::from(case.clone()), row.received_at).await?,
        None => None,
    };
    let at = from_microseconds(drafted.as_ref().map_or(row.received_at, |draft| draft.created_at));
    let thoughts = think(store, tools, vec![row.letter()], at).await?;
    let changes = thoughts.first().map(|thought| changes(row, drafted.as_ref(), thought)).unwrap_or_default();
    Ok(Difference {
        letter: row.id.to_string(),
        case: row.reference.clone(),
        received_at: from_microseconds(row.received_at).to_string(),
        changes,
    })
}

fn changes(row: &ReplayRow, drafted: Option<&ProgramDraft>, thought: &Thought) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut compare = |what, before: String, after: String| {
        if before != after {
            changes.push(Change { what, before, after });
        }
    };
    compare("kind", row.kind.clone().unwrap_or_default(), thought.reading.kind.to_string());
    let stored: Option<Classification> = row.classification.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let told = |found: Option<&Classification>, tell: Tell| found.map(tell).unwrap_or_default();
    let (before, after) = (stored.as_ref(), thought.classification.as_ref());
    for (what, tell) in ASPECTS {
        compare(what, told(before, *tell), told(after, *tell));
    }
    let stored: Option<MatchResult> = row.account_match.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let (before, after) = (stored.as_ref(), thought.account_match.as_ref());
    let account = |found: Option<&MatchResult>| found.map(account_words).unwrap_or_default();
    compare("account", account(before), account(after));
    let assurance = |found: Option<&MatchResult>| found.map(|found| found.assurance.to_string()).unwrap_or_default();
    compare("assurance", assurance(before), assurance(after));
    if let (Some(drafted), Some(draft)) = (drafted, &thought.draft) {
        let named = |text: &str| text.replace(REFERENCE, row.reference.as_deref().unwrap_or_default());
        compare("template", drafted.template.clone(), draft.template.clone());
        compare(
            "draft",
            format!("{}\n\n{}", drafted.subject, drafted.body),
            format!("{}\n\n{}", named(&draft.subject), named(&draft.body)),
        );
    }
    changes
}

/// Tells something of a classification in words.
type Tell = fn(&Classification) -> String;

/// What is compared of a classification.
const ASPECTS: &[(&str, Tell)] = &[
    ("topics", |found| found.topics.iter().map(|topic| topic.as_str()).collect::<Vec<_>>().join(", ")),
    ("unsure", |found| found.unsure.to_string()),
    ("language", |found| found.language.to_string()),
    ("flags", |found| {
        let mut flags: Vec<&str> = found.flags.iter().map(|found| found.flag.as_str()).collect();
        flags.sort_unstable();
        flags.dedup();
        flags.join(", ")
    }),
];

fn account_words(found: &MatchResult) -> String {
    let first = found.candidates.first().map(|candidate| candidate.account.last_four().to_owned()).unwrap_or_default();
    format!("{} {first}", found.decision).trim().to_owned()
}
