//! `penstock status`: how much there is, and whether anything waits.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{Common, Ended, open_store};
use crate::clock::from_microseconds;

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
        let sources: Vec<Value> = tx
            .arrivals_by_source()
            .await?
            .into_iter()
            .map(|(source, stored, last)| json!({ "source": source, "stored": stored, "last_arrival": from_microseconds(last).to_string() }))
            .collect();
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
