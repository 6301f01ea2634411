//! Messages in files: `.eml` files, maildirs, mbox files, scanned letters, and folders of them.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::reading::scan::ScanForm;

/// The largest file or message that is taken in one piece.
pub const MESSAGE_BYTES: u64 = 64 * 1024 * 1024;

/// A file that holds one message or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageFile {
    /// One message.
    Single(PathBuf),
    /// Messages one after the other, each opened by a `From ` line.
    Mbox(PathBuf),
}

/// A path that could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct FileError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl MessageFile {
    /// The file at a path: a message, or an mbox by its first line.
    pub fn at(path: &Path) -> io::Result<Self> {
        classify(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Single(path) | Self::Mbox(path) => path,
        }
    }

    /// Its size, for a progress bar.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        fs::metadata(self.path()).map_or(0, |metadata| metadata.len())
    }

    /// Gives its messages one by one; returns how many there were.
    pub fn messages(&self, mut take: impl FnMut(Vec<u8>)) -> Result<usize, FileError> {
        let path = self.path();
        let failed = |source| FileError { path: path.to_owned(), source };
        match self {
            Self::Single(_) => {
                let file = File::open(path).map_err(failed)?;
                let size = file.metadata().map_err(failed)?.len();
                if size > MESSAGE_BYTES {
                    let message = format!("it has {size} bytes, more than the {MESSAGE_BYTES} that a message may have");
                    return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, message)));
                }
                let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
                file.take(MESSAGE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
                as_promised(path, &bytes).map_err(failed)?;
                take(bytes);
                Ok(1)
            }
            Self::Mbox(_) => split_mbox(BufReader::new(File::open(path).map_err(failed)?), take).map_err(failed),
        }
    }
}

/// The messages in the bytes of a file that was handed in: one, or those of an mbox.
pub fn messages_in(name: &str, bytes: Vec<u8>) -> io::Result<Vec<Vec<u8>>> {
    let is_eml = Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
    as_promised(Path::new(name), &bytes)?;
    if is_eml || !bytes.starts_with(b"From ") {
        return Ok(vec![bytes]);
    }
    let mut messages = Vec::new();
    split_mbox(bytes.as_slice(), |message| messages.push(message))?;
    Ok(messages)
}

/// The message files at a path: itself, or what lies in the folder, in the order of names.
pub fn find(path: &Path) -> Result<Vec<MessageFile>, FileError> {
    let failed = |source| FileError { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_file() {
        return Ok(vec![classify(path).map_err(failed)?]);
    }
    if !metadata.is_dir() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder")));
    }
    let mut found = Vec::new();
    let maildir = ["cur", "new", "tmp"].iter().all(|name| path.join(name).is_dir());
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Hidden files are the notes of other programs; `tmp` holds what is not complete yet.
        if (name.starts_with('.') && !entry.is_dir()) || (maildir && name == "tmp") {
            continue;
        }
        // A symbolic link could lead anywhere, a device would never end.
        let kind = fs::symlink_metadata(&entry).map_err(|source| FileError { path: entry.clone(), source })?;
        let in_maildir = maildir && !kind.is_dir();
        if kind.is_dir() || (kind.is_file() && !in_maildir) {
            found.extend(find(&entry)?);
        }
    }
    Ok(found)
}

/// Whether a file's name says that it is a scanned letter.
fn promises_scan(path: &Path) -> bool {
    path.extension().and_then(std::ffi::OsStr::to_str).is_some_and(ScanForm::promised_by)
}

/// A file that is called a scan and is none would be a letter that nobody can read.
fn as_promised(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if !promises_scan(path) || ScanForm::of(bytes).is_some() {
        return Ok(());
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let message = format!("it is called .{ending}, but it is no PDF, TIFF, PNG or JPEG file");
    Err(io::Error::new(io::ErrorKind::InvalidData, message))
}

fn classify(path: &Path) -> io::Result<MessageFile> {
    let mut start = [0_u8; 5];
    let read = File::open(path)?.read(&mut start)?;
    let is_eml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
    let mbox = &start[..read] == b"From " && !is_eml && !promises_scan(path);
    Ok(if mbox { MessageFile::Mbox(path.to_owned()) } else { MessageFile::Single(path.to_owned()) })
}

/// Splits an mbox: a line `From ` after an empty line opens a message; `>From ` inside stands
/// for `From `.
fn split_mbox(mut input: impl BufRead, mut take: impl FnMut(Vec<u8>)) -> io::Result<usize> {
    let mut count = 0;
    let mut message: Option<Vec<u8>> = None;
    let mut line = Vec::new();
    let mut after_empty = true;
    loop {
        line.clear();
        if (&mut input).take(MESSAGE_BYTES).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if after_empty && line.starts_with(b"From ") {
            if let Some(done) = message.replace(Vec::new()) {
                take(without_last_empty_line(done));
                count += 1;
            }
        } else if let Some(message) = &mut message {
            let quoted =
                line.iter().position(|byte| *byte != b'>').is_some_and(|at| at > 0 && line[at..].starts_with(b"From "));
            message.extend_from_slice(if quoted { &line[1..] } else { &line });
            if message.len() as u64 > MESSAGE_BYTES {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it holds a message that is too large"));
            }
        }
        after_empty = line == b"\n" || line == b"\r\n";
    }
    if let Some(done) = message {
        take(without_last_empty_line(done));
        count += 1;
    }
    Ok(count)
}

/// The empty line before the next `From ` belongs to the mbox, not to the message.
fn without_last_empty_line(mut message: Vec<u8>) -> Vec<u8> {
    for ending in [b"\r\n\r\n".as_slice(), b"\n\n"] {
        if message.ends_with(ending) {
            message.truncate(message.len() - ending.len() / 2);
            break;
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let mut messages = Vec::new();
        split_mbox(text.as_bytes(), |message| messages.push(String::from_utf8_lossy(&message).into_owned()))
            .expect("reading from memory does not fail");
        messages
    }

    #[test]
    fn an_mbox_gives_its_messages_as_they_were() {
        let messages =
            split("From a Mon\nSubject: 1\n\nOne\n>From here\n\nFrom b Tue\nSubject: 2\n\nTwo\nFrom there\n");
        assert_eq!(messages, ["Subject: 1\n\nOne\nFrom here\n", "Subject: 2\n\nTwo\nFrom there\n"]);
    }

    #[test]
    fn a_folder_gives_mail_files_but_not_what_is_unfinished() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for inner in ["cur", "new", "tmp", "archive"] {
            fs::create_dir(folder.path().join(inner)).expect("a folder can be made");
        }
        for (name, text) in [
            ("cur/1:2,S", "Subject: a\n\n"),
            ("new/2", "Subject: b\n\n"),
            ("tmp/3", "Subject: half"),
            ("archive/x.eml", "From: x\n\n"),
            ("archive/all", "From x\nSubject: c\n\n"),
        ] {
            fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        let found = find(folder.path()).expect("the folder can be read");
        let names: Vec<_> = found.iter().map(|file| file.path().strip_prefix(folder.path()).expect("inside")).collect();
        assert_eq!(
            names,
            [Path::new("archive/all"), Path::new("archive/x.eml"), Path::new("cur/1:2,S"), Path::new("new/2")]
        );
        assert!(matches!(found[0], MessageFile::Mbox(_)));
    }
}
