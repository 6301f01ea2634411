//! `penstock case`: takes one case out as an archive that can be read without this program.

use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use askama::Template;
use clap::{Args, Subcommand};
use zip::write::SimpleFileOptions;

use super::{Common, Ended, open_store, private_file};
use crate::app;
use crate::clock::Clock;
use crate::ids::CaseRef;
use crate::journal::Actor;
use crate::review::{Evidence, EvidenceFile, ReviewError};

/// What to do with a case.
#[derive(Debug, Args)]
pub(super) struct Case {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Writes a ZIP archive with everything of a case: letters, facts, revisions, approvals,
    /// deliveries, journal, and an index page.
    Export {
        /// What people call the case, such as PW-2026-000123.
        reference: String,
        /// Where to write it; the reference with `.zip` when left out.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Template)]
#[template(path = "evidence.html")]
struct IndexPage<'a> {
    evidence: &'a Evidence,
    files: Vec<(&'a str, usize)>,
}

impl Case {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let Action::Export { reference, output } = &self.action;
        let settings = common.settings()?;
        let store = open_store(&settings).await?;
        let office = app::office(&settings, store.clone(), Clock::System)?;
        let gathered = office.evidence(Actor::Operator, &CaseRef::from(reference.clone())).await;
        store.close().await;
        let evidence = match gathered {
            Ok(evidence) => evidence,
            Err(ReviewError::NotFound) => {
                eprintln!("there is no case {reference}");
                return Ok(Ended::Refused);
            }
            Err(error) => return Err(error.into()),
        };
        let path = output.clone().unwrap_or_else(|| PathBuf::from(format!("{reference}.zip")));
        let bytes = archive(evidence)?;
        private_file(&path)
            .and_then(|mut file| file.write_all(&bytes))
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("{} ({} bytes)", path.display(), bytes.len());
        Ok(Ended::Done)
    }
}

/// The archive: stored without compression, so that it can be read in a hundred years.
fn archive(mut evidence: Evidence) -> anyhow::Result<Vec<u8>> {
    let files = evidence.files.iter().map(|file| (file.path.as_str(), file.bytes.len())).collect();
    let index = IndexPage { evidence: &evidence, files }.render()?;
    evidence.files.push(EvidenceFile { path: "index.html".to_owned(), bytes: index.into_bytes() });
    let digests = Evidence::digests(&evidence.files);
    evidence.files.push(EvidenceFile { path: "SHA256SUMS".to_owned(), bytes: digests.into_bytes() });
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let folder = evidence.case.reference.to_string();
    for file in &evidence.files {
        writer.start_file(format!("{folder}/{}", file.path), options)?;
        writer.write_all(&file.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
