//! `penstock bench`: measures the main job on this machine, with the durability that promises
//! rest on, in a data folder of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};

use super::ingest::{Counts, take_and_prepare};
use super::{Common, Ended, open_store};
use crate::app::tools;
use crate::clock::{Clock, local_date};
use crate::demo;
use crate::intake::files::{self, MessageFile};
use crate::pipeline::import::import;
use crate::store::Store;

/// What is measured.
#[derive(Debug, Args)]
pub(super) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// From raw bytes to stored drafts: messages a second and the most memory.
    Ingest(Ingest),
}

/// Takes messages in and prepares them in an empty database.
#[derive(Debug, Args)]
struct Ingest {
    /// Message files, maildirs, mbox files and folders of them; without any, sample letters.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How many sample letters are made when no path is given.
    #[arg(long, default_value_t = 5000)]
    letters: usize,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let What::Ingest(ingest) = &self.what;
        // Everything that is written goes into a folder that ends with the command.
        let folder = std::env::temp_dir().join(format!("penstock-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let ended = ingest.run(common, &folder).await;
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        ended
    }
}

impl Ingest {
    async fn run(&self, common: &Common, folder: &Path) -> anyhow::Result<Ended> {
        let mut settings = common.settings()?;
        settings.data_dir = folder.join("data");
        let store = open_store(&settings).await?;
        ensure!(
            store.read().await?.letters_by_stage().await?.is_empty(),
            "the database of the settings holds letters; a bench needs an empty one of its own"
        );
        let files = self.files(folder, &store, &settings).await?;
        let bytes: u64 = files.iter().map(MessageFile::bytes).sum();
        let tools = Arc::new(tools(&settings)?);
        let mut counts = Counts::default();
        let started = Instant::now();
        take_and_prepare(&store, &tools, files, &mut counts).await?;
        let seconds = started.elapsed().as_secs_f64();
        let kind = store.kind();
        store.close().await;
        #[expect(clippy::cast_precision_loss, reason = "a rate is no exact number")]
        let rate = counts.received as f64 / seconds;
        let memory = most_memory().unwrap_or_default();
        if self.json {
            println!(
                "{}",
                serde_json::json!({
                    "database": kind, "messages": counts.received, "duplicates": counts.duplicates,
                    "refused": counts.refused, "bytes": bytes, "seconds": seconds, "messages_a_second": rate,
                    "most_memory_kib": memory,
                })
            );
        } else {
            println!(
                "{kind}: {} messages ({} duplicates) of {} KiB in {seconds:.2} s: {rate:.0} messages a second, {} MiB of memory at most",
                counts.received,
                counts.duplicates,
                bytes / 1024,
                memory / 1024
            );
        }
        Ok(if counts.refused == 0 { Ended::Done } else { Ended::Refused })
    }

    /// The messages to take in; sample letters come with the accounts that they speak of.
    async fn files(
        &self,
        folder: &Path,
        store: &Store,
        settings: &crate::config::Settings,
    ) -> anyhow::Result<Vec<MessageFile>> {
        let mut found = Vec::new();
        for path in &self.paths {
            found.extend(files::find(path)?);
        }
        if self.paths.is_empty() {
            let today = local_date(Clock::System.now(), &settings.organization.zone);
            let (extract, letters) = (folder.join("extract"), folder.join("letters"));
            std::fs::create_dir_all(&extract)?;
            std::fs::create_dir_all(&letters)?;
            demo::accounts::write_extract(&extract, demo::ACCOUNTS, today)?;
            import(store, &Clock::System, &extract).await?;
            for (number, letter) in demo::sample_letters(today)?.take(self.letters).enumerate() {
                std::fs::write(letters.join(format!("{number:07}.eml")), letter)?;
            }
            found = files::find(&letters)?;
        }
        Ok(found)
    }
}

/// The most memory that this process ever held, in KiB, as the kernel counts it.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
