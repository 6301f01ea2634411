//! `penstock ingest`: takes messages from files and stores them durably.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Common, Ended, open_store};
use crate::app::tools;
use crate::clock::Clock;
use crate::converters::Converters;
use crate::intake::files::{self, MessageFile};
use crate::intake::{Desk, NotStored, Receipt};
use crate::letter::LetterStage;
use crate::pipeline::convert::Workshop;
use crate::pipeline::prepare::{self, Tools};
use crate::pipeline::record;
use crate::store::Store;

/// How many messages are on their way to the database at once.
const IN_FLIGHT: usize = 512;

/// The paths to take in.
#[derive(Debug, Args)]
pub(super) struct Ingest {
    /// Message files, maildirs, mbox files, scanned letters (.pdf .tif .png .jpg) and folders of
    /// them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What became of the messages.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Counts {
    pub(super) received: u64,
    pub(super) duplicates: u64,
    quarantined: i64,
    pub(super) refused: u64,
}

impl Ingest {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let settings = common.settings()?;
        let mut counts = Counts::default();
        let files = self.files(&mut counts);
        let store = open_store(&settings).await?;
        let tools = Arc::new(tools(&settings)?);
        tools.classifier.follow(&store).await?;
        take_and_prepare(&store, &tools, files, &mut counts).await?;
        counts.quarantined = quarantined(&store).await?;
        store.close().await;
        if self.json {
            println!("{}", serde_json::to_string(&counts)?);
        } else {
            println!(
                "received {}, duplicates {}, quarantined {}, refused {}",
                counts.received, counts.duplicates, counts.quarantined, counts.refused
            );
        }
        Ok(if counts.refused == 0 { Ended::Done } else { Ended::Refused })
    }

    fn files(&self, counts: &mut Counts) -> Vec<MessageFile> {
        let mut files = Vec::new();
        for path in &self.paths {
            match files::find(path) {
                Ok(found) => files.extend(found),
                Err(error) => {
                    eprintln!("penstock: {error}");
                    counts.refused += 1;
                }
            }
        }
        files
    }
}

/// Stores the messages of files and prepares them, all of them to the end.
pub(super) async fn take_and_prepare(
    store: &Store,
    tools: &Arc<Tools>,
    files: Vec<MessageFile>,
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let (desk, requests) = Desk::open();
    let recorder = tokio::spawn(record::run(store.clone(), Clock::System, requests));
    // Letters are prepared while others still arrive; the rest after the last one came.
    let owner = format!("{} ingest", std::process::id());
    let stop = CancellationToken::new();
    let preparing =
        tokio::spawn(prepare::run(store.clone(), Clock::System, Arc::clone(tools), stop.clone(), owner.clone()));
    take_in(files, desk, counts).await;
    recorder.await?;
    stop.cancel();
    preparing.await?;
    convert_all(store, tools, &owner).await?;
    while prepare::prepare_batch(store, &Clock::System, tools, &owner).await? > 0 {}
    Ok(())
}

/// Converts the scans that came, all of them.
async fn convert_all(store: &Store, tools: &Tools, owner: &str) -> anyhow::Result<()> {
    let workshop = Workshop {
        store: store.clone(),
        clock: Clock::System,
        converters: Converters::here()?,
        attempts: tools.attempts,
        owner: owner.to_owned(),
    };
    let stop = CancellationToken::new();
    while workshop.convert_next(&stop).await? {}
    Ok(())
}

/// How many letters stand aside because they could not be prepared.
async fn quarantined(store: &Store) -> anyhow::Result<i64> {
    let stages = store.read().await?.letters_by_stage().await?;
    Ok(stages.into_iter().find(|(stage, _)| stage == LetterStage::Quarantined.as_str()).map_or(0, |(_, count)| count))
}

async fn take_in(files: Vec<MessageFile>, desk: Desk, counts: &mut Counts) {
    let bar = progress_bar(files.iter().map(MessageFile::bytes).sum());
    let (messages, mut taken) = tokio::sync::mpsc::channel::<Vec<u8>>(64);
    let reader_bar = bar.clone();
    let reader = tokio::task::spawn_blocking(move || read_files(&files, &messages, &reader_bar));
    let mut under_way: JoinSet<Result<Receipt, NotStored>> = JoinSet::new();
    while let Some(bytes) = taken.recv().await {
        while under_way.len() >= IN_FLIGHT {
            if let Some(Ok(receipt)) = under_way.join_next().await {
                counts.add(&receipt, &bar);
            }
        }
        let desk = desk.clone();
        under_way.spawn(async move { desk.store("ingest", None, bytes).await });
    }
    drop(desk);
    while let Some(Ok(receipt)) = under_way.join_next().await {
        counts.add(&receipt, &bar);
    }
    counts.refused += reader.await.unwrap_or(1);
    bar.finish_and_clear();
}

/// Reads the files in turn; gives how many could not be read.
fn read_files(files: &[MessageFile], messages: &tokio::sync::mpsc::Sender<Vec<u8>>, bar: &ProgressBar) -> u64 {
    let mut refused = 0;
    for file in files {
        let taken = file.messages(|bytes| {
            // The receiver outlives this loop.
            let _ = messages.blocking_send(bytes);
        });
        if let Err(error) = taken {
            bar.suspend(|| eprintln!("penstock: {error}"));
            refused += 1;
        }
        bar.inc(file.bytes());
    }
    refused
}

impl Counts {
    fn add(&mut self, receipt: &Result<Receipt, NotStored>, bar: &ProgressBar) {
        match receipt {
            Ok(Receipt::New(_)) => self.received += 1,
            Ok(Receipt::Duplicate(_)) => self.duplicates += 1,
            Err(error) => {
                bar.suspend(|| eprintln!("penstock: {error}"));
                self.refused += 1;
            }
        }
        bar.set_message(format!("{} received, {} duplicates", self.received, self.duplicates));
    }
}

fn progress_bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}
