//! One file for the printer from the letters of a batch.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use super::child::{self, Limits, Workplace};

/// Five hundred letters of a few pages take seconds; a batch never waits for ever.
const UNITE: Limits =
    Limits { wall: Duration::from_mins(5), cpu_seconds: 240, memory: 2048 << 20, file: 1024 << 20, stdout: 64 * 1024 };

/// Why letters could not be put into one file.
#[derive(Debug, thiserror::Error)]
#[error("the letters could not be put into one file: {0}; each can be printed by itself")]
pub struct PrintingError(String);

/// Puts letters one after the other into one PDF.
pub async fn unite(letters: &[Vec<u8>]) -> Result<Vec<u8>, PrintingError> {
    let failed = |error: &dyn std::fmt::Display| PrintingError(error.to_string());
    let program = child::find("pdfunite").ok_or_else(|| failed(&"pdfunite (of poppler) is not installed"))?;
    let workplace = Workplace::new().map_err(|error| failed(&error))?;
    let mut arguments = Vec::with_capacity(letters.len() + 1);
    for (number, letter) in letters.iter().enumerate() {
        let name = format!("{number:05}.pdf");
        std::fs::write(workplace.path().join(&name), letter).map_err(|error| failed(&error))?;
        arguments.push(OsString::from(name));
    }
    arguments.push(OsString::from("batch.pdf"));
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    child::run(&program, &arguments, &workplace, &UNITE).await.map_err(|error| failed(&error))?;
    std::fs::read(workplace.path().join("batch.pdf")).map_err(|error| failed(&error))
}
