//! `penstock accounts`: takes billing extracts in and shows accounts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::check::Check;
use super::show::shown;
use super::{Common, Ended, open_store};
use crate::app::policy;
use crate::clock::{Clock, local_date};
use crate::pipeline::import::import;

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
                let report = import(&store, &Clock::System, &folder).await?;
                if json {
                    println!("{}", serde_json::to_string(&report)?);
                } else if report.unchanged {
                    println!("unchanged: this extract is current already");
                } else {
                    println!("{} accounts and {} other rows are current", report.accounts, report.rows);
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
                ended
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
