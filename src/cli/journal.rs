//! `penstock journal`: checks the chain, or prints the journal.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Common, Ended, open_store};
use crate::journal::{Broken, Verifier};
use crate::store::{Store, StoreError};

/// How many entries are read at once.
const PAGE: i64 = 5000;

/// What to do with the journal.
#[derive(Debug, Args)]
pub(super) struct Journal {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Checks the whole chain and names the first entry that is wrong.
    Verify,
    /// Prints every entry as a JSON object a line.
    Export,
}

impl Journal {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let store = open_store(&common.settings()?).await?;
        let ended = match self.action {
            Action::Verify => match verify(&store).await? {
                Ok(entries) => {
                    println!("the journal is whole: {entries} entries");
                    Ended::Done
                }
                Err(broken) => {
                    println!("{broken}");
                    Ended::Refused
                }
            },
            Action::Export => export(&store).await?,
        };
        store.close().await;
        Ok(ended)
    }
}

/// Follows the chain from its first entry to its head.
pub(super) async fn verify(store: &Store) -> Result<Result<i64, Broken>, StoreError> {
    // One transaction: the head and the entries are of the same moment.
    let mut tx = store.read().await?;
    let head = tx.journal_head().await?;
    let mut verifier = Verifier::default();
    let mut last = 0;
    loop {
        let entries = tx.journal_after(last, PAGE).await?;
        let Some(newest) = entries.last() else { break };
        last = newest.sequence;
        for entry in &entries {
            if let Err(broken) = verifier.follow(entry) {
                return Ok(Err(broken));
            }
        }
    }
    Ok(verifier.finish(&head))
}

async fn export(store: &Store) -> anyhow::Result<Ended> {
    let mut tx = store.read().await?;
    let mut last = 0;
    let mut output = std::io::stdout().lock();
    loop {
        let entries = tx.journal_after(last, PAGE).await?;
        let Some(newest) = entries.last() else { break };
        last = newest.sequence;
        for entry in &entries {
            let details: serde_json::Value = serde_json::from_str(&entry.details).unwrap_or_default();
            let line = json!({
                "sequence": entry.sequence, "at": crate::clock::from_microseconds(entry.at).to_string(),
                "actor": entry.actor, "kind": entry.kind, "case": entry.case_id, "letter": entry.letter_id,
                "details": details, "previous_hash": entry.previous_hash, "hash": entry.hash,
            });
            if writeln!(output, "{line}").is_err() {
                return Ok(Ended::Done);
            }
        }
    }
    Ok(Ended::Done)
}
