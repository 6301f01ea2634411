//! `penstock scans`: separator sheets for batches of scanned letters, and the hidden step that
//! prepares one page image in a child process.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::Ended;
use crate::converters::{prepare, separator};

/// What is done with scans.
#[derive(Debug, Args)]
pub(super) struct Scans {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Writes the sheet that is laid between two letters of a batch before it is scanned.
    Separator {
        /// Where to write it: a .pdf or a .png file.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Prepares one page image in the current folder; the converters call it.
    #[command(hide = true)]
    Page {
        /// The file with the image.
        file: PathBuf,
        /// Which of its pages.
        number: usize,
        /// By how many degrees it is turned clockwise first.
        rotation: u16,
    },
}

impl Scans {
    /// Needs no threads: a child with little memory could not have them.
    pub(super) fn run(&self) -> anyhow::Result<Ended> {
        match &self.what {
            What::Separator { output } => write_separator(output)?,
            What::Page { file, number, rotation } => {
                let bytes = std::fs::read(file)?;
                let prepared = prepare(bytes, *number, *rotation, Path::new("."))?;
                writeln!(std::io::stdout(), "{}", serde_json::to_string(&prepared)?)?;
            }
        }
        Ok(Ended::Done)
    }
}

fn write_separator(output: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", output.display());
    match output
        .extension()
        .map(std::ffi::OsStr::to_ascii_lowercase)
        .and_then(|ending| ending.into_string().ok())
        .as_deref()
    {
        Some("pdf") => std::fs::write(output, separator::pdf()).with_context(failed),
        Some("png") => separator::image().save(output).with_context(failed),
        _ => anyhow::bail!("{}: the sheet is written as .pdf or .png", output.display()),
    }
}
