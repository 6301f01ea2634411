//! A watched folder: files are taken when they are complete, then moved to `done` beside them;
//! what cannot be taken goes to `rejected` with the reason in a file of its own.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Desk;
use super::files::MessageFile;
use super::verify::Verifier;
use crate::config::Folder;

/// How long a file must have been left alone before it counts as complete.
const QUIET: Duration = Duration::from_millis(500);

/// Watches a folder until told to stop; with a verifier senders are checked here.
pub async fn watch(folder: Folder, desk: Desk, verifier: Option<Verifier>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = take_complete(&folder, &desk, verifier.as_ref(), &stop).await {
            tracing::error!(folder = %folder.name, error = %error, "the folder {} cannot be read", folder.name);
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(folder.poll) => {}
        }
    }
}

async fn take_complete(
    folder: &Folder,
    desk: &Desk,
    verifier: Option<&Verifier>,
    stop: &CancellationToken,
) -> io::Result<()> {
    let mut paths: Vec<_> =
        fs::read_dir(&folder.path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if stop.is_cancelled() {
            return Ok(());
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Other programs write under such names and rename when they are done.
        let ending = path.extension().map(std::ffi::OsStr::to_ascii_lowercase).unwrap_or_default();
        let unfinished = name.starts_with('.') || ending == "part" || ending == "tmp";
        let metadata = fs::symlink_metadata(&path)?;
        if !metadata.is_file() || unfinished || !is_quiet(&metadata) {
            continue;
        }
        take(folder, desk, verifier, &path).await?;
    }
    Ok(())
}

/// A file whose time lies in the future, by a wrong clock, counts as quiet.
fn is_quiet(metadata: &fs::Metadata) -> bool {
    metadata.modified().ok().and_then(|at| at.elapsed().ok()).is_none_or(|age| age >= QUIET)
}

async fn take(folder: &Folder, desk: &Desk, verifier: Option<&Verifier>, path: &Path) -> io::Result<()> {
    let file = MessageFile::at(path)?;
    let mut messages = Vec::new();
    let read = file.messages(|message| messages.push(message));
    if let Err(error) = read {
        tracing::warn!(folder = %folder.name, "a file was rejected: {error}");
        let moved = put_aside(path, &folder.path.join("rejected"))?;
        return fs::write(moved.with_added_extension("reason.txt"), format!("{error}\n"));
    }
    for message in messages {
        let message = match verifier {
            Some(verifier) => verifier.stamp(message, None).await,
            None => message,
        };
        if let Err(error) = desk.store(&format!("folder:{}", folder.name), None, message).await {
            // It stays where it is and is taken at the next look; what is stored is known then.
            tracing::warn!(folder = %folder.name, error = %error, "a file waits: {error}");
            return Ok(());
        }
    }
    put_aside(path, &folder.path.join("done")).map(drop)
}

/// Moves a file into a folder beside it, under a name that is free.
fn put_aside(path: &Path, folder: &Path) -> io::Result<std::path::PathBuf> {
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
