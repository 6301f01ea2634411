//! Takes a billing extract in: loaded beside the current one in small transactions, then made
//! current in one step, so that readers see the old one or the new one.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::accounts::address::address_key;
use crate::accounts::extract::{ExtractError, ExtractRow, FileReport, as_json, read_rows};
use crate::accounts::matching::email_key;
use crate::accounts::rows::{
    Account, Adjustment, Agreement, Assistance, Bill, Contact, Notice, Payment, Protection, Read,
};
use crate::clock::Clock;
use crate::ids::Digest;
use crate::journal::{Actor, Event, EventKind};
use crate::store::{AccountRecord, RowRecord, Store, StoreError};

/// The files of an extract; only the first is required.
const FILES: &[&str] = &[
    "accounts",
    "bills",
    "reads",
    "payments",
    "adjustments",
    "agreements",
    "assistance",
    "notices",
    "protections",
    "contacts",
];
/// How many rows share a transaction.
const ROWS: usize = 5000;

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportReport {
    /// Whether this extract was current already.
    pub unchanged: bool,
    /// How many accounts are current now.
    pub accounts: i64,
    /// How many other rows are current now.
    pub rows: i64,
    /// What each file held.
    pub files: Vec<FileReport>,
}

/// Why an extract was not taken; the one before it stays current.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{file}: {source}")]
    File {
        /// Which file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file is no file of an extract.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The import was broken off.
    #[error("the import was broken off")]
    Stopped,
}

/// Imports the extract in a folder.
pub async fn import(store: &Store, clock: &Clock, folder: &Path) -> Result<ImportReport, ImportError> {
    let digest = digest(folder)?;
    let mut tx = store.read().await?;
    if let Some(current) = tx.current_extract().await?
        && current.digest == digest.as_str()
    {
        return Ok(ImportReport {
            unchanged: true,
            accounts: current.accounts,
            rows: current.account_rows,
            files: Vec::new(),
        });
    }
    drop(tx);
    let mut tx = store.write().await?;
    let extract = tx.begin_extract(digest.as_str(), clock.now().as_microsecond()).await?;
    tx.commit().await?;
    let mut report = ImportReport::default();
    for name in FILES {
        let path = folder.join(format!("{name}.csv"));
        if *name != "accounts" && !path.exists() {
            continue;
        }
        let file = File::open(&path).map_err(|source| ImportError::File { file: format!("{name}.csv"), source })?;
        let loaded = load(store, extract, name, file).await?;
        let rows = i64::try_from(loaded.rows).unwrap_or(i64::MAX);
        if *name == "accounts" {
            report.accounts = rows;
        } else {
            report.rows += rows;
        }
        report.files.push(loaded);
    }
    let now = clock.now();
    let mut tx = store.write().await?;
    tx.make_current(extract, (report.accounts, report.rows), now.as_microsecond()).await?;
    let details = json!({ "extract": extract, "sha256": digest, "accounts": report.accounts, "rows": report.rows });
    tx.append(&[Event::new(now, Actor::Operator, EventKind::ExtractImported).with(details)]).await?;
    tx.commit().await?;
    sweep(store, extract).await?;
    Ok(report)
}

/// Removes what older imports left, a little at a time, so that nobody waits long.
async fn sweep(store: &Store, current: i64) -> Result<(), StoreError> {
    loop {
        let mut tx = store.write().await?;
        let removed = tx.sweep_extracts(current, 500).await?;
        tx.commit().await?;
        if removed == 0 {
            return Ok(());
        }
    }
}

/// The digest of the folder's files, with their names.
fn digest(folder: &Path) -> Result<Digest, ImportError> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    for name in FILES {
        let path = folder.join(format!("{name}.csv"));
        let failed = |source| ImportError::File { file: path.display().to_string(), source };
        if *name != "accounts" && !path.exists() {
            continue;
        }
        let mut file = File::open(&path).map_err(failed)?;
        hash.update(name.as_bytes());
        loop {
            let read = file.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
        }
    }
    Ok(Digest::from_hash(&hash.finalize()))
}

/// A chunk of one file's rows, as the store takes them.
enum Chunk {
    Accounts(Vec<AccountRecord>),
    Rows(Vec<RowRecord>),
}

async fn load(store: &Store, extract: i64, name: &'static str, file: File) -> Result<FileReport, ImportError> {
    // At most two chunks wait: the memory stays bounded whatever the file's size.
    let (chunks, mut taken) = tokio::sync::mpsc::channel::<Chunk>(2);
    let reader = tokio::task::spawn_blocking(move || read_file(name, file, &chunks));
    while let Some(chunk) = taken.recv().await {
        let mut tx = store.write().await?;
        match chunk {
            Chunk::Accounts(records) => tx.add_accounts(extract, &records).await?,
            Chunk::Rows(records) => tx.add_account_rows(extract, &records).await?,
        }
        tx.commit().await?;
    }
    Ok(reader.await.map_err(|_| ImportError::Stopped)??)
}

fn read_file(
    name: &'static str,
    file: File,
    chunks: &tokio::sync::mpsc::Sender<Chunk>,
) -> Result<FileReport, ExtractError> {
    let input = BufReader::new(file);
    match name {
        "accounts" => read_accounts(input, chunks),
        "bills" => read_others::<Bill>(name, input, chunks, |_| None),
        "reads" => read_others::<Read>(name, input, chunks, |_| None),
        "payments" => read_others::<Payment>(name, input, chunks, |_| None),
        "adjustments" => read_others::<Adjustment>(name, input, chunks, |_| None),
        "agreements" => read_others::<Agreement>(name, input, chunks, |_| None),
        "assistance" => read_others::<Assistance>(name, input, chunks, |_| None),
        "notices" => read_others::<Notice>(name, input, chunks, |_| None),
        "protections" => read_others::<Protection>(name, input, chunks, |_| None),
        _ => read_others::<Contact>(name, input, chunks, |contact| contact.email.as_deref().and_then(email_key)),
    }
}

fn read_accounts(
    input: impl std::io::Read,
    chunks: &tokio::sync::mpsc::Sender<Chunk>,
) -> Result<FileReport, ExtractError> {
    let mut waiting = Vec::new();
    let report = read_rows::<Account>("accounts.csv", input, |account| {
        let digits = |text: &String| text.chars().filter(char::is_ascii_digit).collect::<String>();
        waiting.push(AccountRecord {
            account_number: account.account_number.to_string(),
            email_key: account.email.as_deref().and_then(email_key),
            phone_key: account.phone.as_ref().map(digits).filter(|digits| digits.len() >= 10),
            street_key: account.service_address.as_deref().and_then(address_key).map(|key| key.street),
            data: as_json(&account),
        });
        if waiting.len() >= ROWS {
            // The receiver outlives the reading unless the database failed, which it reports.
            let _ = chunks.blocking_send(Chunk::Accounts(std::mem::take(&mut waiting)));
        }
    })?;
    let _ = chunks.blocking_send(Chunk::Accounts(waiting));
    Ok(report)
}

fn read_others<R: ExtractRow>(
    name: &str,
    input: impl std::io::Read,
    chunks: &tokio::sync::mpsc::Sender<Chunk>,
    email: impl Fn(&R) -> Option<String>,
) -> Result<FileReport, ExtractError> {
    let mut waiting = Vec::new();
    let report = read_rows::<R>(&format!("{name}.csv"), input, |row| {
        waiting.push(RowRecord {
            account_number: row.account().to_string(),
            kind: name.to_owned(),
            row_key: row.key(),
            email_key: email(&row),
            data: as_json(&row),
        });
        if waiting.len() >= ROWS {
            let _ = chunks.blocking_send(Chunk::Rows(std::mem::take(&mut waiting)));
        }
    })?;
    let _ = chunks.blocking_send(Chunk::Rows(waiting));
    Ok(report)
}
