//! `penstock model`: which models were learned, which one judges letters, and choosing another.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Common, Ended, logging, open_store};
use crate::app::{tools, trainer};
use crate::clock::{Clock, from_microseconds};
use crate::config::Settings;
use crate::journal::Actor;
use crate::pipeline::learning::{Comparison, Side, Starting, Trained, choose, unpin};
use crate::store::{ModelRow, Store};

/// What to do about models.
#[derive(Debug, Args)]
pub(super) struct Models {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists every model, the newest first.
    List {
        /// Prints JSON on one line.
        #[arg(long)]
        json: bool,
    },
    /// Shows what one model learned from and how it compares, as JSON.
    Show {
        /// Its version, or `starting`.
        version: Version,
    },
    /// Lets a model judge letters, at once and until `unpin`.
    Use {
        /// Its version, or `starting`.
        version: Version,
    },
    /// Lets a chosen model be replaced again by a better one.
    Unpin,
    /// Learns a model now, from the starting letters and all labels, and compares it.
    Train,
}

/// A model as people name it; `None` is the one that learned from the starting letters alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version(Option<i64>);

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "starting" => Ok(Self(None)),
            number => number.parse().map(|number| Self(Some(number))).map_err(|_| "a number, or `starting`".to_owned()),
        }
    }
}

impl Models {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<Ended> {
        let settings = common.settings()?;
        logging(&settings);
        let store = open_store(&settings).await?;
        let now = Clock::System.now();
        let ended = match self.action {
            Action::List { json } => list(&settings, &store, json).await?,
            Action::Show { version } => show(&settings, &store, version).await?,
            Action::Use { version: Version(version) } => {
                choose(&store, now, Actor::Operator, version).await?;
                let name = version.map_or_else(|| "starting".to_owned(), |version| version.to_string());
                println!("model {name} judges letters from now on, until `penstock model unpin` or another choice");
                Ended::Done
            }
            Action::Unpin => {
                unpin(&store, now, Actor::Operator).await?;
                println!("a better model may replace the present one again");
                Ended::Done
            }
            Action::Train => train(&settings, &store).await?,
        };
        store.close().await;
        Ok(ended)
    }
}

async fn train(settings: &Settings, store: &Store) -> anyhow::Result<Ended> {
    let in_use = tools(settings)?.classifier;
    in_use.follow(store).await?;
    let trainer = trainer(settings, store.clone(), Clock::System, in_use)?;
    match trainer.train(&Actor::Operator, true).await? {
        Trained::Accepted(version, comparison) => {
            println!("model {version} judges letters from now on; {}", told(&comparison));
            Ok(Ended::Done)
        }
        Trained::Refused(version, comparison) => {
            println!("model {version} was refused: {}; {}", comparison.reason, told(&comparison));
            Ok(Ended::Refused)
        }
        Trained::Same => {
            println!("the same model came out as judges letters now");
            Ok(Ended::Done)
        }
        Trained::Busy => anyhow::bail!("another process trains now"),
        Trained::Overtaken | Trained::Pinned | Trained::TooFew(_) => {
            anyhow::bail!("somebody chose another model meanwhile")
        }
    }
}

fn told(comparison: &Comparison) -> String {
    format!("fixed letters {}, recent letters {}", side(&comparison.fixed), side(&comparison.recent))
}

fn side(side: &Side) -> String {
    format!("{} of {} right (before {})", side.after.right, side.letters, side.before.right)
}

async fn list(settings: &Settings, store: &Store, as_json: bool) -> anyhow::Result<Ended> {
    let mut tx = store.read().await?;
    let (rows, state) = (tx.models().await?, tx.learning_state().await?);
    let waiting = tx.labels_after(state.trained_until).await?;
    drop(tx);
    let current = rows.iter().find(|row| row.state == "current").map(|row| row.version);
    let mut out = std::io::stdout().lock();
    if as_json {
        let models: Vec<Value> = rows.iter().map(model_json).collect();
        let current = current.map_or_else(|| json!("starting"), |version| json!(version));
        let pinned_at = state.pinned_at.map(|at| from_microseconds(at).to_string());
        let all = json!({
            "current": current, "pinned_at": pinned_at, "labels_waiting": waiting,
            "minimum": settings.learning.minimum, "models": models,
        });
        writeln!(out, "{all}")?;
        return Ok(Ended::Done);
    }
    for row in &rows {
        let comparison: Comparison = serde_json::from_str(&row.comparison).unwrap_or_default();
        let kept = if row.kept { "" } else { ", bytes dropped" };
        let (at, state) = (from_microseconds(row.created_at), &row.state);
        writeln!(out, "{}\t{state}{kept}\t{at}\t{} labels\t{}", row.version, row.labels, told(&comparison))?;
    }
    writeln!(out, "starting\t{}", if current.is_none() { "current" } else { "retired" })?;
    if let Some(at) = state.pinned_at {
        writeln!(out, "chosen at {}; it stays until `penstock model unpin`", from_microseconds(at))?;
    }
    writeln!(out, "{waiting} new labels of {} for the next one", settings.learning.minimum)?;
    Ok(Ended::Done)
}

fn model_json(row: &ModelRow) -> Value {
    let comparison: Value = serde_json::from_str(&row.comparison).unwrap_or_default();
    json!({
        "version": row.version, "state": row.state, "sha256": row.digest, "bytes": row.size_bytes, "kept": row.kept,
        "starting_letters": row.starting_letters, "labels": row.labels, "labels_until": row.labels_until,
        "created_at": from_microseconds(row.created_at).to_string(), "comparison": comparison,
    })
}

async fn show(settings: &Settings, store: &Store, Version(version): Version) -> anyhow::Result<Ended> {
    let found = if let Some(version) = version {
        store.read().await?.model(version).await?.map(|row| model_json(&row))
    } else {
        let starting = Starting::of(&settings.learning);
        let (judge, letters) = (starting.judge()?, starting.letters()?.len());
        Some(json!({ "version": "starting", "sha256": judge.digest, "starting_letters": letters, "labels": 0 }))
    };
    let Some(found) = found else {
        eprintln!("penstock: there is no such model; see `penstock model list`");
        return Ok(Ended::Refused);
    };
    writeln!(std::io::stdout(), "{found:#}")?;
    Ok(Ended::Done)
}
