//! `penstock accounts check`: what an extract itself has wrong, with file and line.
//!
//! The rows of an account stand scattered over ten files of any order. The files are read in
//! several passes, each of which keeps the rows of a share of the accounts: memory stays bounded
//! whatever their size.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;

use super::Ended;
use crate::accounts::AccountNumber;
use crate::accounts::extract::{ExtractRow, FILES, FileReport, read_cells};
use crate::accounts::findings::check::{ExtractProblem, LinedRows, account_problems};

/// So many bytes of files are kept in memory in one pass; a row takes about four times its text.
const PASS_BYTES: u64 = 48 << 20;

/// Checks the extract in a folder.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The folder with the CSV files.
    folder: PathBuf,
    /// Prints each problem as a JSON object on a line.
    #[arg(long)]
    json: bool,
}

/// Where problems go.
struct Printer {
    json: bool,
    output: io::BufWriter<io::Stdout>,
    count: u64,
}

impl Printer {
    fn print(&mut self, problem: &ExtractProblem) -> io::Result<()> {
        self.count += 1;
        if self.json {
            serde_json::to_writer(&mut self.output, problem)?;
            return writeln!(self.output);
        }
        let row = if problem.row.is_empty() { String::new() } else { format!(" {}:", problem.row) };
        writeln!(self.output, "{}:{}:{row} {}", problem.file, problem.line, problem.message)
    }
}

impl Check {
    pub(super) fn run(&self, today: Date) -> anyhow::Result<Ended> {
        let bytes: u64 = FILES.iter().filter_map(|name| Some(self.path(name).metadata().ok()?.len())).sum();
        let passes = bytes / PASS_BYTES + 1;
        let bar = ProgressBar::new(passes * FILES.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("checking {bar:40} {percent:>3} % {eta} left") {
            bar.set_style(style);
        }
        let mut printer = Printer { json: self.json, output: io::BufWriter::new(io::stdout()), count: 0 };
        for pass in 0..passes {
            let mut groups: HashMap<AccountNumber, LinedRows> = HashMap::new();
            for name in FILES {
                let report = self.read(name, &mut groups, (pass, passes))?;
                // Every pass refuses the same rows: once is enough.
                for report in report.iter().filter(|_| pass == 0) {
                    for problem in rejected(report) {
                        printer.print(&problem)?;
                    }
                    if !report.unknown_columns.is_empty() {
                        eprintln!("{name}.csv: unknown columns are ignored: {}", report.unknown_columns.join(", "));
                    }
                }
                bar.inc(1);
            }
            let mut numbers: Vec<&AccountNumber> = groups.keys().collect();
            numbers.sort_unstable();
            for number in numbers {
                for problem in account_problems(number.as_str(), &groups[number], today) {
                    printer.print(&problem)?;
                }
            }
        }
        bar.finish_and_clear();
        printer.output.flush()?;
        eprintln!("{} problems in {}", printer.count, self.folder.display());
        Ok(if printer.count == 0 { Ended::Done } else { Ended::Refused })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.csv"))
    }

    fn read(
        &self,
        name: &'static str,
        groups: &mut HashMap<AccountNumber, LinedRows>,
        share: (u64, u64),
    ) -> anyhow::Result<Option<FileReport>> {
        let path = self.path(name);
        if name != "accounts" && !path.exists() {
            return Ok(None);
        }
        let report = match name {
            "accounts" => rows(&path, groups, share, |group, row| group.accounts.push(row)),
            "bills" => rows(&path, groups, share, |group, row| group.bills.push(row)),
            "reads" => rows(&path, groups, share, |group, row| group.reads.push(row)),
            "payments" => rows(&path, groups, share, |group, row| group.payments.push(row)),
            "adjustments" => rows(&path, groups, share, |group, row| group.adjustments.push(row)),
            "agreements" => rows(&path, groups, share, |group, row| group.agreements.push(row)),
            "assistance" => rows(&path, groups, share, |group, row| group.assistance.push(row)),
            "notices" => rows(&path, groups, share, |group, row| group.notices.push(row)),
            "protections" => rows(&path, groups, share, |group, row| group.protections.push(row)),
            _ => rows(&path, groups, share, |group, row| group.contacts.push(row)),
        };
        report.map(Some)
    }
}

/// Reads the rows of a file that belong to a share of the accounts.
fn rows<R: ExtractRow>(
    path: &Path,
    groups: &mut HashMap<AccountNumber, LinedRows>,
    (pass, passes): (u64, u64),
    put: impl Fn(&mut LinedRows, (u64, R)),
) -> anyhow::Result<FileReport> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let report = read_cells::<R>(&name, BufReader::new(file), |row, cells| {
        if passes == 1 || share_of(row.account(), passes) == pass {
            let group = groups.entry(row.account().clone()).or_default();
            put(group, (cells.line(), row));
        }
        Ok(())
    })?;
    Ok(report)
}

fn share_of(number: &AccountNumber, passes: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    hasher.finish() % passes
}

/// The rows that cannot be read, as problems.
fn rejected(report: &FileReport) -> impl Iterator<Item = ExtractProblem> {
    let problem = |line: u64, kind: &'static str, message: String| ExtractProblem {
        file: report.file.clone(),
        line,
        row: String::new(),
        account: String::new(),
        kind,
        message,
    };
    let named = report.rejected.len() as u64;
    let mut problems: Vec<ExtractProblem> = report
        .rejected
        .iter()
        .map(|row| {
            let column = if row.column.is_empty() { String::new() } else { format!("{}: ", row.column) };
            problem(row.line, "row_unreadable", format!("{column}{}", row.reason))
        })
        .collect();
    if report.rejected_count > named {
        let message = format!("{} more rows cannot be read", report.rejected_count - named);
        problems.push(problem(0, "rows_unreadable", message));
    }
    problems.into_iter()
}
