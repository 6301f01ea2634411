//! `penstock read`: parses messages and scanned letters without storing them.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::Ended;
use crate::accounts::personal_data::{PersonalDatum, find_personal_data};
use crate::accounts::{Mentions, mentions};
use crate::config::Border;
use crate::converters::Converters;
use crate::ids::Digest;
use crate::intake::files;
use crate::reading::scan::{Scan, ScanForm};
use crate::reading::{Reading, judge_sender, read};

/// The paths to read.
#[derive(Debug, Args)]
pub(super) struct Read {
    /// Message files, maildirs, mbox files, scanned letters (.pdf .tif .png .jpg) and folders of
    /// them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The server whose `Authentication-Results` are believed; without it nobody's are.
    #[arg(long, value_name = "ID")]
    authserv_id: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    #[serde(flatten)]
    reading: &'a Reading,
    /// What subject, new text and signature mention; the quoted history speaks of other things.
    mentions: Mentions,
    /// Where the body holds numbers that nobody should send.
    personal_data: Vec<PersonalDatum>,
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
                    None => self.print_message(&file, &bytes),
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

    fn print_message(&self, file: &files::MessageFile, bytes: &[u8]) {
        let mut reading = read(bytes);
        let border = self.authserv_id.as_deref().map(Border::named);
        judge_sender(&mut reading, bytes, border.as_ref(), "");
        print_reading(file, &reading);
    }
}

/// What the writer wrote this time, with the signature, where telephones and addresses stand. A
/// letter without own words is looked at as a whole.
fn written(reading: &Reading) -> String {
    if reading.new_text.trim().is_empty() {
        return format!("{}\n\n{}", reading.subject, reading.body);
    }
    format!("{}\n\n{}\n\n{}", reading.subject, reading.new_text, reading.signature)
}

async fn read_scan(converters: &std::io::Result<Converters>, form: ScanForm, bytes: &[u8]) -> Reading {
    let scan = match converters {
        Ok(converters) => converters.convert(bytes).await.scan,
        Err(error) => Scan::unreadable(0, format!("the program does not know where it is: {error}")),
    };
    scan.reading(form, bytes.len() as u64, &Digest::of(bytes))
}

fn print_reading(file: &files::MessageFile, reading: &Reading) {
    let line = Line {
        path: file.path().display().to_string(),
        mentions: mentions(&written(reading)),
        personal_data: find_personal_data(&reading.body),
        reading,
    };
    let text = serde_json::to_string(&line).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    // Whoever reads may have seen enough and gone.
    let _ = writeln!(std::io::stdout(), "{text}");
}
