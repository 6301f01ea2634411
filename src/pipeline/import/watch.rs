//! A folder that the billing system writes its extract into: a new one is taken by itself when it
//! is complete, never half.
//!
//! Complete is an extract with a file `done` that is as new as its files; without such a file, one
//! that nobody has touched for a while.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::{ImportError, ImportReport, Progress, fingerprint, import_with};
use crate::accounts::extract::FILES;
use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// The file that says that the extract beside it is complete.
const MARK: &str = "done";

/// The folder, and how patiently it is watched.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Where the extract comes.
    pub folder: PathBuf,
    /// Where what does not fit into memory goes meanwhile.
    pub scratch: PathBuf,
    /// How often it is looked at.
    pub poll: Duration,
    /// How long nobody may have touched an extract without a `done`.
    pub settled: Duration,
}

type Seen = Vec<Option<(u64, SystemTime)>>;

/// Takes complete extracts until told to stop.
pub async fn run(store: Store, clock: Clock, watched: Watched, stop: CancellationToken) {
    let mut taken = Seen::new();
    let mut last = Seen::new();
    let mut since = tokio::time::Instant::now();
    while !stop.is_cancelled() {
        let seen = fingerprint(&watched.folder);
        if seen != last {
            last.clone_from(&seen);
            since = tokio::time::Instant::now();
        }
        if seen != taken && is_complete(&watched, &seen, since.elapsed()) {
            tokio::select! {
                // What was begun is left behind and swept by the next import.
                () = stop.cancelled() => return,
                again = take(&store, &clock, &watched) => if !again { taken = seen },
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(watched.poll) => {}
        }
    }
}

/// Whether an extract is complete that has been as it is for so long.
fn is_complete(watched: &Watched, seen: &Seen, unchanged: Duration) -> bool {
    let there = seen.first().is_some_and(Option::is_some);
    there && (is_marked(&watched.folder, seen) || unchanged >= watched.settled)
}

/// Whether the extract says itself that it is complete: its mark is no older than its files.
fn is_marked(folder: &Path, seen: &Seen) -> bool {
    let mark = std::fs::metadata(folder.join(MARK)).and_then(|found| found.modified());
    mark.is_ok_and(|mark| seen.iter().flatten().all(|(_, changed)| *changed <= mark))
}

/// Takes the extract; gives whether it should be tried again although nothing changed.
async fn take(store: &Store, clock: &Clock, watched: &Watched) -> bool {
    let quiet: Arc<Progress> = Arc::new(|_, _, _| {});
    match import_with(store, clock, (&watched.folder, &watched.scratch), quiet).await {
        Ok(report) => {
            tell(&report);
            false
        }
        Err(ImportError::Store(StoreError::Stale { .. })) => {
            tracing::warn!("a newer billing extract became current meanwhile; this one is left");
            false
        }
        Err(error @ (ImportError::Changing | ImportError::Store(_) | ImportError::Stopped)) => {
            tracing::warn!(error = %error, "the billing extract was not taken; it will be tried again");
            true
        }
        Err(error @ (ImportError::File { .. } | ImportError::Extract(_))) => {
            tracing::error!(error = %error, "the billing extract cannot be taken as it is");
            false
        }
    }
}

fn tell(report: &ImportReport) {
    if report.unchanged {
        tracing::info!("the billing extract in the folder is current already");
        return;
    }
    let left_out: u64 = report.files.iter().map(|file| file.rejected_count).sum();
    let changes = report.changes;
    tracing::info!(
        extract.accounts = report.accounts,
        extract.rows = report.rows,
        extract.added = changes.added,
        extract.changed = changes.changed,
        extract.closed = changes.closed,
        extract.removed = changes.removed,
        "a new billing extract is current"
    );
    if left_out > 0 {
        tracing::warn!(
            extract.rows_left_out = left_out,
            "rows of the billing extract were left out; `penstock accounts import` names them"
        );
    }
    debug_assert!(report.files.len() <= FILES.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_extract_is_not_complete() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let watched = Watched {
            folder: folder.path().to_owned(),
            scratch: folder.path().to_owned(),
            poll: Duration::from_secs(1),
            settled: Duration::from_mins(1),
        };
        let is_complete = |seconds| is_complete(&watched, &fingerprint(folder.path()), Duration::from_secs(seconds));
        assert!(!is_complete(100), "there is none");
        std::fs::write(folder.path().join(MARK), "").expect("it can be written");
        let accounts = std::fs::File::create(folder.path().join("accounts.csv")).expect("it can be written");
        accounts.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(5_000_000_000)).expect("it has a time");
        assert!(!is_complete(10), "the mark is that of an older one");
        assert!(is_complete(60));
        accounts.set_modified(SystemTime::UNIX_EPOCH).expect("it has a time");
        assert!(is_complete(0));
    }
}
