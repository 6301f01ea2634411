//! Takes a billing extract in: loaded beside the current one in small transactions, then made
//! current in one step, so that readers see the old one or the new one.

mod sorting;
mod spill;
pub mod watch;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use self::sorting::{Chunk, check_extract, sort_extract};
use crate::accounts::extract::{ExtractError, FILES, FileReport};
use crate::clock::Clock;
use crate::ids::Digest;
use crate::journal::{Actor, Event, EventKind};
use crate::store::{AccountDigest, AccountRecord, Store, StoreError};

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportReport {
    /// Whether this extract was current already.
    pub unchanged: bool,
    /// How many accounts are current now.
    pub accounts: i64,
    /// How many other rows are current now.
    pub rows: i64,
    /// What became of the accounts since the import before.
    pub changes: Changes,
    /// What each file held.
    pub files: Vec<FileReport>,
}

/// What became of the accounts since the import before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// They are new.
    pub added: u64,
    /// Something of them changed.
    pub changed: u64,
    /// Of those that changed: they were closed.
    pub closed: u64,
    /// They are not in the extract any more.
    pub removed: u64,
    /// Nothing of them changed.
    pub unchanged: u64,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It looks whether this extract is current already.
    Compare,
    /// It reads the files.
    Read,
    /// It stores the accounts.
    Store,
    /// It stores what they are found by.
    Index,
}

/// Is told how far an import is: how much of its step is done, of how much.
pub type Progress = dyn Fn(Step, u64, u64) + Send + Sync;

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
    /// Somebody writes the extract while it is read.
    #[error("the files of the extract changed while they were read")]
    Changing,
    /// The import was broken off.
    #[error("the import was broken off")]
    Stopped,
}

/// Imports the extract in a folder.
pub async fn import(store: &Store, clock: &Clock, folder: &Path) -> Result<ImportReport, ImportError> {
    let quiet: Arc<Progress> = Arc::new(|_, _, _| {});
    import_with(store, clock, (folder, &std::env::temp_dir()), quiet).await
}

/// The same, telling how far it is. What does not fit into memory while it is sorted goes into a
/// folder of its own beside `scratch`, about as large as the extract.
pub async fn import_with(
    store: &Store,
    clock: &Clock,
    (folder, scratch): (&Path, &Path),
    progress: Arc<Progress>,
) -> Result<ImportReport, ImportError> {
    let seen = fingerprint(folder);
    let digest = digest_apart(folder, &progress).await?;
    let current = store.read().await?.current_extract().await?;
    if let Some(current) = current.as_ref().filter(|current| current.digest == digest.as_str()) {
        // Rows that could not be taken are named again; only for them is anything read.
        let files = if current.left_out > 0 { check_apart(folder, &progress).await? } else { Vec::new() };
        return Ok(ImportReport {
            unchanged: true,
            accounts: current.accounts,
            rows: current.account_rows,
            changes: Changes { unchanged: u64::try_from(current.accounts).unwrap_or(0), ..Changes::default() },
            files,
        });
    }
    let mut tx = store.write().await?;
    let extract = tx.begin_extract(digest.as_str(), clock.now().as_microsecond()).await?;
    tx.commit().await?;
    let mut loading = Loading {
        store,
        extract,
        before: current.map(|current| current.id),
        last: String::new(),
        accounts: 0,
        changes: Changes::default(),
    };
    let scratch = scratch.join(format!("penstock-import-{}-{extract}", std::process::id()));
    let loaded = loading.load(folder, &scratch, progress).await;
    // It is only there when something did not fit into memory.
    let _ = std::fs::remove_dir_all(&scratch);
    let files = loaded?;
    if fingerprint(folder) != seen {
        return Err(ImportError::Changing);
    }
    let rows = files.iter().skip(1).map(|file| file.rows).sum::<u64>();
    let report = ImportReport {
        unchanged: false,
        accounts: loading.accounts,
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        changes: loading.changes,
        files,
    };
    let now = clock.now();
    let mut tx = store.write().await?;
    let left_out: u64 = report.files.iter().map(|file| file.rejected_count).sum();
    let counts = (report.accounts, report.rows, i64::try_from(left_out).unwrap_or(i64::MAX));
    tx.make_current(extract, counts, now.as_microsecond()).await?;
    let details = json!({
        "extract": extract, "sha256": digest, "accounts": report.accounts, "rows": report.rows,
        "changes": report.changes, "rows_left_out": left_out,
    });
    tx.append(&[Event::new(now, Actor::Operator, EventKind::ExtractImported).with(details)]).await?;
    tx.commit().await?;
    sweep(store, extract).await?;
    Ok(report)
}

/// Removes what older imports left, a little at a time, so that nobody waits long.
async fn sweep(store: &Store, current: i64) -> Result<(), StoreError> {
    loop {
        let mut tx = store.write().await?;
        let removed = tx.sweep_extracts(current, 4000).await?;
        tx.commit().await?;
        if removed == 0 {
            return Ok(());
        }
    }
}

/// Sizes and times of a folder's files: they show whether somebody still writes them.
fn fingerprint(folder: &Path) -> Vec<Option<(u64, std::time::SystemTime)>> {
    FILES
        .iter()
        .map(|name| {
            let found = std::fs::metadata(folder.join(format!("{name}.csv"))).ok()?;
            Some((found.len(), found.modified().ok()?))
        })
        .collect()
}

async fn digest_apart(folder: &Path, progress: &Arc<Progress>) -> Result<Digest, ImportError> {
    let (folder, progress) = (folder.to_owned(), Arc::clone(progress));
    tokio::task::spawn_blocking(move || digest(&folder, &progress)).await.map_err(|_| ImportError::Stopped)?
}

/// Reads the extract without storing it.
async fn check_apart(folder: &Path, progress: &Arc<Progress>) -> Result<Vec<FileReport>, ImportError> {
    let (folder, progress) = (folder.to_owned(), Arc::clone(progress));
    tokio::task::spawn_blocking(move || check_extract(&folder, &*progress)).await.map_err(|_| ImportError::Stopped)?
}

/// The digest of the folder's files, with their names.
fn digest(folder: &Path, progress: &Arc<Progress>) -> Result<Digest, ImportError> {
    let paths: Vec<(&str, PathBuf)> = FILES.iter().map(|name| (*name, folder.join(format!("{name}.csv")))).collect();
    let total: u64 = paths.iter().map(|(_, path)| std::fs::metadata(path).map_or(0, |found| found.len())).sum();
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 18];
    let mut done = 0;
    for (name, path) in paths {
        let failed = |source| ImportError::File { file: path.display().to_string(), source };
        if name != "accounts" && !path.exists() {
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
            done += read as u64;
            progress(Step::Compare, done, total);
        }
    }
    Ok(Digest::from_hash(&hash.finalize()))
}

/// An extract on its way into the database.
struct Loading<'a> {
    store: &'a Store,
    extract: i64,
    /// The extract that is current meanwhile.
    before: Option<i64>,
    /// The last account number that was stored.
    last: String,
    accounts: i64,
    changes: Changes,
}

impl Loading<'_> {
    async fn load(
        &mut self,
        folder: &Path,
        scratch: &Path,
        progress: Arc<Progress>,
    ) -> Result<Vec<FileReport>, ImportError> {
        // At most two chunks wait: the memory stays bounded whatever the extract's size.
        let (chunks, mut taken) = tokio::sync::mpsc::channel::<Chunk>(2);
        let (folder, scratch) = (folder.to_owned(), scratch.to_owned());
        let reader = tokio::task::spawn_blocking(move || sort_extract(&folder, &scratch, &*progress, &chunks));
        let mut failed = None;
        while let Some(chunk) = taken.recv().await {
            if let Err(error) = self.store_chunk(chunk).await {
                failed = Some(error);
                break;
            }
        }
        // The reader stops when nobody takes what it hands on.
        drop(taken);
        let read = reader.await.map_err(|_| ImportError::Stopped)?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let files = read?;
        self.changes.removed += self.gone(None).await?;
        Ok(files)
    }

    async fn store_chunk(&mut self, chunk: Chunk) -> Result<(), StoreError> {
        if let Chunk::Accounts(records) = &chunk {
            self.compare(records).await?;
        }
        let mut tx = self.store.write().await?;
        match &chunk {
            Chunk::Accounts(records) => tx.add_accounts(self.extract, records).await?,
            Chunk::Keys(records) => tx.add_account_keys(self.extract, records).await?,
        }
        tx.commit().await
    }

    /// Counts what became of the accounts of a chunk, and of those before them that are gone.
    async fn compare(&mut self, records: &[AccountRecord]) -> Result<(), StoreError> {
        self.accounts += i64::try_from(records.len()).unwrap_or(0);
        let Some(last) = records.last() else { return Ok(()) };
        let before = match self.before {
            Some(extract) => {
                let mut tx = self.store.read().await?;
                tx.account_digests(extract, (&self.last, Some(&last.account_number)), i64::MAX).await?
            }
            None => Vec::new(),
        };
        count_changes(&mut self.changes, &before, records);
        self.last.clone_from(&last.account_number);
        Ok(())
    }

    /// How many accounts behind the last one are gone.
    async fn gone(&mut self, until: Option<&str>) -> Result<u64, StoreError> {
        let Some(extract) = self.before else { return Ok(0) };
        let mut tx = self.store.read().await?;
        let mut gone = 0;
        loop {
            let found = tx.account_digests(extract, (&self.last, until), 10_000).await?;
            let Some(last) = found.last() else { return Ok(gone) };
            gone += found.len() as u64;
            self.last.clone_from(&last.account_number);
        }
    }
}

/// Compares two lists of accounts, both in order.
fn count_changes(changes: &mut Changes, before: &[AccountDigest], now: &[AccountRecord]) {
    let mut before = before.iter().peekable();
    for record in now {
        while before.next_if(|known| known.account_number < record.account_number).is_some() {
            changes.removed += 1;
        }
        match before.next_if(|known| known.account_number == record.account_number) {
            None => changes.added += 1,
            Some(known) if known.digest == record.digest => changes.unchanged += 1,
            Some(known) => {
                changes.changed += 1;
                changes.closed += u64::from(record.closed && known.closed == 0);
            }
        }
    }
    changes.removed += before.count() as u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_in_one_pass() {
        let known = |number: &str, digest, closed| AccountDigest { account_number: number.to_owned(), digest, closed };
        let new = |number: &str, digest, closed| AccountRecord {
            account_number: number.to_owned(),
            digest,
            closed,
            ..AccountRecord::default()
        };
        let mut changes = Changes::default();
        let before = [known("1", 1, 0), known("2", 2, 0), known("4", 4, 0), known("5", 5, 1), known("9", 9, 0)];
        let now = [new("2", 2, false), new("3", 3, false), new("4", 44, true), new("5", 55, true)];
        count_changes(&mut changes, &before, &now);
        assert_eq!(changes, Changes { added: 1, changed: 2, closed: 1, removed: 2, unchanged: 1 });
    }
}
