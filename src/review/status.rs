//! How much there is, whether anything waits, and what each source's account says.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::from_microseconds;
use crate::letter::SourceAccount;
use crate::store::{Store, StoreError};

/// The state of the whole, as `penstock status` and the API give it; moments in UTC.
pub async fn status(store: &Store, now: Timestamp) -> Result<Value, StoreError> {
    let mut tx = store.read().await?;
    let counts = |rows: Vec<(String, i64)>| {
        Value::Object(rows.into_iter().map(|(name, count)| (name, json!(count))).collect::<Map<_, _>>())
    };
    let sources: Vec<Value> =
        tx.sources().await?.iter().map(|source| source_json(source, now.as_microsecond())).collect();
    Ok(json!({
        "database": store.kind(),
        "letters": counts(tx.letters_by_stage().await?),
        "cases": counts(tx.cases_by_state().await?),
        "deliveries": counts(tx.deliveries_by_state().await?),
        "sources": sources,
        "oldest_waiting": tx.oldest_waiting().await?.map(|at| from_microseconds(at).to_string()),
        "journal_entries": tx.journal_head().await?.sequence,
    }))
}

/// A source with what is derived from its account.
fn source_json(source: &SourceAccount, now: i64) -> Value {
    let moment = |at: Option<i64>| at.map(|at| from_microseconds(at).to_string());
    json!({
        "source": source.name,
        "account": source.sentence(now),
        "alarms": source.alarms(now),
        "arrivals": source.arrivals,
        "last_arrival": moment(source.last_arrival_at),
        "held": source.held,
        "stored": source.stored,
        "unaccounted": source.unaccounted(),
        "looked_at": moment(source.looked_at),
        "failing_since": moment(source.failing_since),
        "failure": source.failure,
        "token_days": source.token_days(now),
    })
}
