//! A watched folder or maildir: files are taken when they are complete, then moved to `done`
//! beside them; what cannot be taken goes to `rejected` with the reason in a file of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Desk;
use super::files::MessageFile;
use super::verify::Verifier;
use crate::config::Folder;
use crate::letter::SourceReport;
use crate::reading::scan::ScanForm;

/// How long a file must have been left alone before it counts as complete.
const QUIET: Duration = Duration::from_millis(500);

/// How often the folder's account is given when nothing changed.
const ACCOUNT: Duration = Duration::from_mins(1);

/// What one look at the folder found: files that were complete, and those of them taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Look {
    held: i64,
    taken: i64,
}

/// Watches a folder until told to stop; with a verifier senders are checked here.
pub async fn watch(folder: Folder, desk: Desk, verifier: Option<Verifier>, stop: CancellationToken) {
    let mut told: Option<(Result<Look, String>, Instant)> = None;
    while !stop.is_cancelled() {
        let look = take_complete(&folder, &desk, verifier.as_ref(), &stop).await.map_err(|error| error.to_string());
        let news = told.as_ref().is_none_or(|(last, at)| *last != look || at.elapsed() >= ACCOUNT);
        if news {
            if let Err(error) = &look {
                tracing::error!(folder = %folder.name, error = %error, "the folder {} cannot be read", folder.name);
            }
            // A database that cannot note it is told with the next look.
            let _ = desk.report(report(&folder, &look)).await;
            told = Some((look, Instant::now()));
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(folder.poll) => {}
        }
    }
}

/// The account: what still lies there is not stored.
fn report(folder: &Folder, look: &Result<Look, String>) -> SourceReport {
    let look = look.clone().map(|look| (Some(look.held), Some(look.taken)));
    super::report(&folder.source(), look, folder.alarm)
}

/// Where files arrive: in the folder itself, or in `new` and `cur` of a maildir, never in `tmp`.
fn arrivals(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let maildir = ["cur", "new", "tmp"].iter().all(|name| folder.join(name).is_dir());
    let places = if maildir { vec![folder.join("new"), folder.join("cur")] } else { vec![folder.to_owned()] };
    let mut paths = Vec::new();
    for place in places {
        for entry in fs::read_dir(place)? {
            paths.push(entry?.path());
        }
    }
    paths.sort();
    Ok(paths)
}

async fn take_complete(
    folder: &Folder,
    desk: &Desk,
    verifier: Option<&Verifier>,
    stop: &CancellationToken,
) -> io::Result<Look> {
    let mut look = Look::default();
    for path in arrivals(&folder.path)? {
        if stop.is_cancelled() {
            return Ok(look);
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Other programs write under such names and rename when they are done.
        let ending = path.extension().map(std::ffi::OsStr::to_ascii_lowercase).unwrap_or_default();
        let unfinished = name.starts_with('.') || ending == "part" || ending == "tmp";
        let metadata = fs::symlink_metadata(&path)?;
        if !metadata.is_file() || unfinished || !is_quiet(&metadata) {
            continue;
        }
        look.held += 1;
        look.taken += i64::from(take(folder, desk, verifier, &path).await?);
    }
    Ok(look)
}

/// A file whose time lies in the future, by a wrong clock, counts as quiet.
fn is_quiet(metadata: &fs::Metadata) -> bool {
    metadata.modified().ok().and_then(|at| at.elapsed().ok()).is_none_or(|age| age >= QUIET)
}

/// Takes one file; false when it stays to be taken later.
async fn take(folder: &Folder, desk: &Desk, verifier: Option<&Verifier>, path: &Path) -> io::Result<bool> {
    let file = MessageFile::at(path)?;
    let mut messages = Vec::new();
    let read = file.messages(|message| messages.push(message));
    if let Err(error) = read {
        tracing::warn!(folder = %folder.name, "a file was rejected: {error}");
        let moved = put_aside(path, &folder.path.join("rejected"))?;
        fs::write(moved.with_added_extension("reason.txt"), format!("{error}\n"))?;
        return Ok(true);
    }
    for message in messages {
        let message = match verifier {
            // A scan has no header, and no sender that a server could vouch for.
            Some(verifier) if ScanForm::of(&message).is_none() => verifier.stamp(message, None).await,
            Some(_) | None => message,
        };
        if let Err(error) = desk.store(&folder.source(), None, message).await {
            // It stays where it is and is taken at the next look; what is stored is known then.
            tracing::warn!(folder = %folder.name, error = %error, "a file waits: {error}");
            return Ok(false);
        }
    }
    put_aside(path, &folder.path.join("done")).map(|_| true)
}

/// Moves a file into a folder beside it, under a name that is free.
fn put_aside(path: &Path, folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default();
    let mut target = folder.join(name);
    let mut number = 1;
    while target.exists() {
        target = folder.join(format!("{number}-{}", name.to_string_lossy()));
        number += 1;
    }
    fs::rename(path, &target)?;
    // The move is durable only when both folders are.
    fs::File::open(folder)?.sync_all()?;
    if let Some(parent) = path.parent() {
        fs::File::open(parent)?.sync_all()?;
    }
    Ok(target)
}
