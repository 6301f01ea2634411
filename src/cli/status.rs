//! `penstock status`: how much there is, and whether anything waits.

use clap::Args;

use super::{Common, Ended, open_store};
use crate::clock::Clock;
use crate::review::status;

/// How the status is shown.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// Prints JSON on one line.
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let store = open_store(&common.settings()?).await?;
        let status = status(&store, Clock::System.now()).await?;
        store.close().await;
        if self.json {
            println!("{status}");
            return Ok(Ended::Done);
        }
        for name in ["letters", "cases", "deliveries"] {
            let counts = status[name].as_object().into_iter().flatten();
            let words: Vec<String> = counts.map(|(state, count)| format!("{count} {state}")).collect();
            println!("{name}: {}", if words.is_empty() { "none".to_owned() } else { words.join(", ") });
        }
        if let Some(at) = status["oldest_waiting"].as_str() {
            println!("the oldest letter that waits to be prepared came at {at}");
        }
        for source in status["sources"].as_array().into_iter().flatten() {
            println!(
                "{}: {}",
                source["source"].as_str().unwrap_or_default(),
                source["account"].as_str().unwrap_or_default()
            );
            for alarm in source["alarms"].as_array().into_iter().flatten() {
                println!("  needs somebody: {}", alarm.as_str().unwrap_or_default());
            }
        }
        println!("journal: {} entries", status["journal_entries"]);
        Ok(Ended::Done)
    }
}
