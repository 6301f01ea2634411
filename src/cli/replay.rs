//! `penstock replay`: what other settings would have made of stored letters; nothing is changed.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;

use super::{Common, Ended, open_store};
use crate::app::tools;
use crate::pipeline::replay::{Change, Difference, replay};

/// How much of a draft is shown.
const SHOWN: usize = 72;

/// From when on, and how it is shown. `--config` names the settings to try, with the same database.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The first day whose letters are gone through, such as 2026-11-01.
    #[arg(long, value_name = "DATE")]
    since: Date,
    /// Prints one JSON object for each letter that would come out otherwise.
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let settings = common.settings()?;
        let since = self.since.to_zoned_datetime(settings.organization.zone.clone()).context("there is no such day")?;
        let store = open_store(&settings).await?;
        let tools = Arc::new(tools(&settings)?);
        tools.classifier.follow(&store).await?;
        let mut otherwise = 0_u64;
        let replayed = replay(&store, &tools, since.timestamp(), |difference| {
            if !difference.changes.is_empty() {
                otherwise += 1;
                self.show(&difference);
            }
        })
        .await;
        store.close().await;
        eprintln!("{} letters, {otherwise} would come out otherwise; nothing was changed", replayed?);
        Ok(Ended::Done)
    }

    fn show(&self, difference: &Difference) {
        if self.json {
            println!("{}", serde_json::json!(difference));
            return;
        }
        println!("{} {}", difference.case.as_deref().unwrap_or(&difference.letter), difference.received_at);
        for change in &difference.changes {
            println!("  {}", sentence(change));
        }
    }
}

fn sentence(change: &Change) -> String {
    if change.what != "draft" {
        let (before, after) = (quoted(&change.before), quoted(&change.after));
        return format!("{}: {before} -> {after}", change.what);
    }
    let pairs = change.before.lines().zip(change.after.lines());
    let first = pairs.into_iter().find(|(before, after)| before != after);
    let (before, after) = first.unwrap_or(("", "one of the two is longer"));
    format!("draft: {} -> {}", quoted(before), quoted(after))
}

fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "..." } else { "" };
    format!("\"{shown}{more}\"")
}
