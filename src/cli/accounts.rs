//! `penstock accounts`: takes billing extracts in and shows accounts.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::check::Check;
use super::show::shown;
use super::{Common, Ended, open_store};
use crate::app::policy;
use crate::clock::{Clock, local_date};
use crate::pipeline::import::{ImportReport, Progress, Step, import_with};

/// What to do about accounts.
#[derive(Debug, Args)]
pub(super) struct Accounts {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Imports the extract in a folder.
    Import {
        /// The folder with the CSV files.
        folder: PathBuf,
        /// Prints the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Says what an extract itself has wrong, with file and line.
    Check(Check),
    /// Shows what is known of one account, and what its rows show.
    Show {
        /// The account number.
        number: String,
        /// Prints JSON on one line.
        #[arg(long)]
        json: bool,
    },
}

impl Accounts {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<Ended> {
        let settings = common.settings()?;
        let today = local_date(Clock::System.now(), &settings.organization.zone);
        if let Action::Check(check) = &self.action {
            return check.run(today);
        }
        let store = open_store(&settings).await?;
        let ended = match self.action {
            Action::Check(_) => Ended::Done,
            Action::Import { folder, json } => {
                let scratch = settings.data_dir.clone();
                let report = import_with(&store, &Clock::System, (&folder, &scratch), bar()).await?;
                print_report(&report, json)?
            }
            Action::Show { number, json } => {
                let mut tx = store.read().await?;
                if let Some(rows) = tx.whole_account(&number).await? {
                    println!("{}", shown(&rows, &policy(&settings)?, today, json)?.trim_end());
                    Ended::Done
                } else {
                    eprintln!("penstock: there is no account {number}");
                    Ended::Refused
                }
            }
        };
        store.close().await;
        Ok(ended)
    }
}

/// A bar on standard error that shows how far an import is.
fn bar() -> Arc<Progress> {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:>9} {bar:40} {percent:>3} % {eta} left") {
        bar.set_style(style);
    }
    Arc::new(move |step, done, total| {
        let words = match step {
            Step::Compare => "comparing",
            Step::Read => "reading",
            Step::Store => "storing",
            Step::Index => "indexing",
        };
        if bar.message() != words {
            bar.reset();
            bar.set_message(words);
        }
        bar.set_length(total.max(1));
        bar.set_position(done);
        if step == Step::Index && done == total {
            bar.finish_and_clear();
        }
    })
}

/// Prints what an import did; bad rows go to standard error, each with its place.
fn print_report(report: &ImportReport, json: bool) -> anyhow::Result<Ended> {
    if json {
        println!("{}", serde_json::to_string(report)?);
    } else if report.unchanged {
        println!("unchanged: this extract is current already");
    } else {
        let changes = report.changes;
        println!("{} accounts and {} other rows are current", report.accounts, report.rows);
        println!(
            "accounts: {} added, {} changed, {} of them closed, {} removed, {} unchanged",
            changes.added, changes.changed, changes.closed, changes.removed, changes.unchanged
        );
        for file in &report.files {
            println!("{}: {} rows taken, {} left out", file.file, file.rows, file.rejected_count);
        }
    }
    let mut ended = Ended::Done;
    for file in &report.files {
        for row in &file.rejected {
            let column = if row.column.is_empty() { String::new() } else { format!(" {}:", row.column) };
            eprintln!("{}:{}:{column} {}", row.file, row.line, row.reason);
        }
        if file.rejected_count > 0 {
            eprintln!("{}: {} rows were left out", file.file, file.rejected_count);
            ended = Ended::Refused;
        }
        if !file.unknown_columns.is_empty() {
            eprintln!("{}: unknown columns were ignored: {}", file.file, file.unknown_columns.join(", "));
        }
    }
    Ok(ended)
}
