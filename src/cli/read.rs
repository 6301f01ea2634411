//! `penstock read`: parses messages and scanned letters without storing them.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::Ended;
use crate::converters::Converters;
use crate::ids::Digest;
use crate::intake::files;
use crate::reading::scan::{Scan, ScanForm};
use crate::reading::{Reading, read};

/// The paths to read.
#[derive(Debug, Args)]
pub(super) struct Read {
    /// Message files, maildirs, mbox files, scanned letters (.pdf .tif .png .jpg) and folders of
    /// them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    #[serde(flatten)]
    reading: &'a Reading,
}

impl Read {
    pub(super) async fn run(&self) -> Ended {
        let mut ended = Ended::Done;
        let converters = Converters::here();
        for path in &self.paths {
            let files = match files::find(path) {
                Ok(files) => files,
                Err(error) => {
                    eprintln!("penstock: {error}");
                    ended = Ended::Refused;
                    continue;
                }
            };
            for file in files {
                let mut scans = Vec::new();
                let taken = file.messages(|bytes| match ScanForm::of(&bytes) {
                    Some(form) => scans.push((form, bytes)),
                    None => print_reading(&file, &read(&bytes)),
                });
                if let Err(error) = taken {
                    eprintln!("penstock: {error}");
                    ended = Ended::Refused;
                }
                for (form, bytes) in scans {
                    print_reading(&file, &read_scan(&converters, form, &bytes).await);
                }
            }
        }
        ended
    }
}

async fn read_scan(converters: &std::io::Result<Converters>, form: ScanForm, bytes: &[u8]) -> Reading {
    let scan = match converters {
        Ok(converters) => converters.convert(bytes).await.scan,
        Err(error) => Scan::unreadable(0, format!("the program does not know where it is: {error}")),
    };
    scan.reading(form, bytes.len() as u64, &Digest::of(bytes))
}

fn print_reading(file: &files::MessageFile, reading: &Reading) {
    let line = Line { path: file.path().display().to_string(), reading };
    let text = serde_json::to_string(&line).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    // Whoever reads may have seen enough and gone.
    let _ = writeln!(std::io::stdout(), "{text}");
}
