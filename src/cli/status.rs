//! `penstock status`: how much there is, and whether anything waits.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{Common, Ended, open_store};
use crate::clock::{Clock, from_microseconds};
use crate::letter::SourceAccount;

/// How the status is shown.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let store = open_store(&common.settings()?).await?;
        let mut tx = store.read().await?;
        let counts = |rows: Vec<(String, i64)>| {
            Value::Object(rows.into_iter().map(|(name, count)| (name, json!(count))).collect::<Map<_, _>>())
        };
        let now = Clock::System.now().as_microsecond();
        let sources: Vec<Value> = tx.sources().await?.iter().map(|source| source_json(source, now)).collect();
        let status = json!({
            "database": store.kind(),
            "letters": counts(tx.letters_by_stage().await?),
            "cases": counts(tx.cases_by_state().await?),
            "deliveries": counts(tx.deliveries_by_state().await?),
            "sources": sources,
            "oldest_waiting": tx.oldest_waiting().await?.map(|at| from_microseconds(at).to_string()),
            "journal_entries": tx.journal_head().await?.sequence,
        });
        drop(tx);
        store.close().await;
        if self.json {
            println!("{status}");
        } else {
            println!("{}", serde_json::to_string_pretty(&status)?);
        }
        Ok(Ended::Done)
    }
}

/// A source with what is derived from its account; moments in UTC.
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
