//! From the files of an extract to accounts in the order of their numbers, each with all its rows,
//! and to the keys that they are found by, in order.
//!
//! Rows come in any order and are too many for the memory. The account numbers are read first;
//! they part the accounts into ranges, and every row goes into the bucket of its range. Then each
//! bucket is sorted by itself.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read as Input};
use std::ops::Range;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::Sender;

use super::spill::Spill;
use super::{ImportError, Progress, Step};
use crate::accounts::extract::{Cells, ExtractRow, FILES, FileReport, Wrong, read_cells, read_rows};
use crate::accounts::kept::{self, keep};
use crate::accounts::keys::account_keys;
use crate::accounts::rows::{
    Account, AccountStatus, Adjustment, Agreement, Assistance, Bill, Contact, Notice, Payment, Protection, Read,
};
use crate::store::{AccountRecord, KeyRecord};

/// About how many bytes of the extract share a bucket.
const BUCKET: u64 = 12 << 20;
/// The most buckets.
const BUCKETS: u64 = 250;
/// How many bytes of rows go to the database at once.
const CHUNK: usize = 2 << 20;
/// How many keys go to the database at once.
const KEYS: usize = 20_000;

/// A piece of the extract, ready to be stored.
pub(super) enum Chunk {
    /// Accounts, in order and after those of the chunks before.
    Accounts(Vec<AccountRecord>),
    /// Keys, in order and after those of the chunks before.
    Keys(Vec<KeyRecord>),
}

/// Reads the extract in a folder and hands it on, piece by piece.
pub(super) fn sort_extract(
    folder: &Path,
    scratch: &Path,
    progress: &Progress,
    chunks: &Sender<Chunk>,
) -> Result<Vec<FileReport>, ImportError> {
    let mut source = Source::new(folder, progress);
    let (numbers, report) = source.numbers()?;
    let count = usize::try_from((source.total / BUCKET).clamp(1, BUCKETS)).unwrap_or(1);
    let mut sorting = Sorting { numbers, rows: Some(Spill::new(scratch, "rows", count)) };
    let mut reports = vec![report];
    sorting.add::<Account>(&mut source)?;
    sorting.add_others(&mut source, &mut reports)?;
    let mut keys = KeySorting { spill: Spill::new(scratch, "keys", 1 << 16) };
    sorting.hand_on(&mut keys, progress, chunks)?;
    keys.hand_on(progress, chunks)?;
    Ok(reports)
}

/// Reads the extract in a folder only to name what cannot be taken.
pub(super) fn check_extract(folder: &Path, progress: &Progress) -> Result<Vec<FileReport>, ImportError> {
    let mut source = Source::new(folder, progress);
    let (numbers, report) = source.numbers()?;
    let mut reports = vec![report];
    Sorting { numbers, rows: None }.add_others(&mut source, &mut reports)?;
    Ok(reports)
}

/// The files, and how much of them is read.
struct Source<'a> {
    folder: &'a Path,
    progress: &'a Progress,
    done: u64,
    total: u64,
}

/// A file that tells how far it is read.
struct Told<'a, 'b> {
    file: File,
    source: &'a mut Source<'b>,
}

impl Input for Told<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.source.done += read as u64;
        (self.source.progress)(Step::Read, self.source.done, self.source.total);
        Ok(read)
    }
}

impl<'b> Source<'b> {
    fn new(folder: &'b Path, progress: &'b Progress) -> Self {
        let size = |name: &&str| std::fs::metadata(folder.join(format!("{name}.csv"))).map_or(0, |found| found.len());
        // The accounts are read twice.
        let total = FILES.iter().map(size).sum::<u64>() + size(&Account::FILE);
        Self { folder, progress, done: 0, total }
    }

    /// A file of the extract; nothing when it is not there and need not be.
    fn open(&mut self, name: &str) -> Result<Option<BufReader<Told<'_, 'b>>>, ImportError> {
        let path = self.folder.join(format!("{name}.csv"));
        if name != Account::FILE && !path.exists() {
            return Ok(None);
        }
        let file = File::open(&path).map_err(|source| ImportError::File { file: format!("{name}.csv"), source })?;
        Ok(Some(BufReader::with_capacity(1 << 16, Told { file, source: self })))
    }

    /// The numbers of all accounts, in order, and what reading their file found.
    fn numbers(&mut self) -> Result<(Vec<u64>, FileReport), ImportError> {
        let mut numbers = Vec::new();
        let Some(input) = self.open(Account::FILE)? else { return Ok((numbers, FileReport::default())) };
        let report = read_rows::<Account>("accounts.csv", input, |account| {
            numbers.extend(account.account_number.as_str().parse::<u64>());
        })?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok((numbers, report))
    }
}

struct Sorting {
    /// The account numbers, in order.
    numbers: Vec<u64>,
    /// Where the rows go; nowhere when they are only checked.
    rows: Option<Spill>,
}

/// A row in a bucket.
struct Row {
    /// Which account, by its place among the numbers.
    account: u32,
    /// Which file.
    code: u8,
    key: Range<usize>,
    line: Range<usize>,
}

impl Sorting {
    fn add_others(&mut self, source: &mut Source<'_>, reports: &mut Vec<FileReport>) -> Result<(), ImportError> {
        macro_rules! add {
            ($($row:ident),+) => { $(reports.extend(self.add::<$row>(source)?);)+ };
        }
        add!(Bill, Read, Payment, Adjustment, Agreement, Assistance, Notice, Protection, Contact);
        Ok(())
    }

    /// Puts the rows of a file into their buckets.
    fn add<R: ExtractRow>(&mut self, source: &mut Source<'_>) -> Result<Option<FileReport>, ImportError> {
        let Some(input) = source.open(R::FILE)? else { return Ok(None) };
        let mut failed = None;
        let mut line = Vec::new();
        let report = read_cells::<R>(&format!("{}.csv", R::FILE), input, |row, cells| {
            self.add_row(&row, cells, &mut line).unwrap_or_else(|error| {
                failed.get_or_insert(error);
                Ok(())
            })
        })?;
        match failed {
            Some(source) => Err(ImportError::File { file: "the scratch folder".to_owned(), source }),
            None => Ok(Some(report)),
        }
    }

    fn add_row<R: ExtractRow>(
        &mut self,
        row: &R,
        cells: &Cells<'_>,
        line: &mut Vec<u8>,
    ) -> std::io::Result<Result<(), Wrong>> {
        let number = row.account().as_str().parse::<u64>().unwrap_or_default();
        let Ok(place) = self.numbers.binary_search(&number) else {
            let reason = "accounts.csv has no such account".to_owned();
            return Ok(Err(Wrong { column: "account_number", reason }));
        };
        let Some(rows) = &mut self.rows else { return Ok(Ok(())) };
        line.clear();
        keep::<R>(cells, line);
        let key = row.key();
        let bucket = place * rows.count() / self.numbers.len().max(1);
        rows.append(bucket, |bytes| {
            bytes.extend_from_slice(&u32::try_from(place).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(R::CODE.as_bytes());
            for length in [key.len(), line.len()] {
                bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
            }
            bytes.extend_from_slice(key.as_bytes());
            bytes.extend_from_slice(line);
        })?;
        Ok(Ok(()))
    }

    /// Sorts bucket after bucket and hands the accounts on.
    fn hand_on(
        &mut self,
        keys: &mut KeySorting,
        progress: &Progress,
        chunks: &Sender<Chunk>,
    ) -> Result<(), ImportError> {
        let count = self.rows.as_ref().map_or(0, Spill::count);
        let total = count as u64;
        for bucket in 0..count {
            progress(Step::Store, bucket as u64, total);
            let taken = self.rows.as_mut().map(|rows| rows.take(bucket)).transpose().map_err(scratch_failed)?;
            let bytes = taken.unwrap_or_default();
            let mut rows = rows(&bytes);
            let text = |range: &Range<usize>| &bytes[range.clone()];
            // Rows keep their order where nothing else parts them: the sort is stable.
            rows.sort_by(|one, other| {
                (one.account, one.code, text(&one.key)).cmp(&(other.account, other.code, text(&other.key)))
            });
            let (mut waiting, mut size) = (Vec::new(), 0);
            for of_account in rows.chunk_by(|one, other| one.account == other.account) {
                let number = self.numbers.get(of_account[0].account as usize).copied().unwrap_or_default();
                let mut record = record(&format!("{number:016}"), of_account, &bytes);
                record.closed = keys.add(&record)?;
                size += record.data.len() + record.contacts.len() + record.ledger.len();
                waiting.push(record);
                if size >= CHUNK {
                    size = 0;
                    send(chunks, Chunk::Accounts(std::mem::take(&mut waiting)))?;
                }
            }
            if !waiting.is_empty() {
                send(chunks, Chunk::Accounts(waiting))?;
            }
        }
        progress(Step::Store, total, total);
        Ok(())
    }
}

/// The rows in a bucket's bytes.
fn rows(bytes: &[u8]) -> Vec<Row> {
    let mut found = Vec::new();
    let mut at = 0;
    let number = |at: usize| -> Option<u32> { Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)) };
    while let (Some(account), Some(code), Some(key), Some(line)) =
        (number(at), bytes.get(at + 4), number(at + 5), number(at + 9))
    {
        let key = at + 13..at + 13 + key as usize;
        let line = key.end..key.end + line as usize;
        at = line.end;
        found.push(Row { account, code: *code, key, line });
    }
    found
}

/// One account of its rows, of which the last with a key counts.
fn record(number: &str, rows: &[Row], bytes: &[u8]) -> AccountRecord {
    let mut record = AccountRecord { account_number: number.to_owned(), ..AccountRecord::default() };
    for (at, row) in rows.iter().enumerate() {
        let same = |next: &&Row| next.code == row.code && bytes[next.key.clone()] == bytes[row.key.clone()];
        if rows.get(at + 1).is_some_and(|next| same(&next)) {
            continue;
        }
        let line = String::from_utf8_lossy(&bytes[row.line.clone()]);
        match [row.code] {
            code if code == *Account::CODE.as_bytes() => record.data.push_str(&line),
            code if code == *Contact::CODE.as_bytes() => record.contacts.push_str(&line),
            _ => record.ledger.push_str(&line),
        }
    }
    let mut hash = Sha256::new();
    for part in [&record.data, &record.contacts, &record.ledger] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let hash = hash.finalize();
    record.digest = hash.iter().take(8).fold(0_i64, |digest, byte| (digest << 8) | i64::from(*byte));
    record
}

/// The keys of all accounts, parted by how they begin.
struct KeySorting {
    spill: Spill,
}

impl KeySorting {
    /// Adds the keys of an account; gives whether it is closed.
    fn add(&mut self, record: &AccountRecord) -> Result<bool, ImportError> {
        let number = &record.account_number;
        // What was kept a moment ago can be read again.
        let Ok(account) = kept::account(number, &record.data) else { return Ok(false) };
        let contacts = kept::contacts(number, &record.contacts).unwrap_or_default();
        for key in account_keys(&account, &contacts) {
            // A cell with a line's end in it makes no key that anybody would write.
            if key.contains(char::is_control) {
                continue;
            }
            let append = |bytes: &mut Vec<u8>| {
                bytes.extend_from_slice(key.as_bytes());
                bytes.push(0);
                bytes.extend_from_slice(number.as_bytes());
                bytes.push(b'\n');
            };
            self.spill.append(bucket(key.as_bytes()), append).map_err(scratch_failed)?;
        }
        Ok(account.status == AccountStatus::Closed)
    }

    fn hand_on(&mut self, progress: &Progress, chunks: &Sender<Chunk>) -> Result<(), ImportError> {
        let total = self.spill.count() as u64;
        for bucket in 0..self.spill.count() {
            progress(Step::Index, bucket as u64, total);
            let bytes = self.spill.take(bucket).map_err(scratch_failed)?;
            let lines: BTreeSet<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
            let mut waiting = Vec::new();
            for line in lines {
                let text = String::from_utf8_lossy(line);
                let Some((key, number)) = text.split_once('\0') else { continue };
                waiting.push(KeyRecord { key: key.to_owned(), account_number: number.to_owned() });
                if waiting.len() >= KEYS {
                    send(chunks, Chunk::Keys(std::mem::take(&mut waiting)))?;
                }
            }
            if !waiting.is_empty() {
                send(chunks, Chunk::Keys(waiting))?;
            }
        }
        progress(Step::Index, total, total);
        Ok(())
    }
}

/// The bucket of a key. Keys of a later bucket come later: `h:1...` before `h:2...`.
fn bucket(key: &[u8]) -> usize {
    let byte = |at: usize| usize::from(key.get(at).copied().unwrap_or(0));
    (byte(0) << 8) | byte(2)
}

/// Hands a chunk on, waiting while the database is busy.
fn send(chunks: &Sender<Chunk>, chunk: Chunk) -> Result<(), ImportError> {
    // Nobody takes it any more when the database failed, which is reported there.
    chunks.blocking_send(chunk).map_err(|_| ImportError::Stopped)
}

fn scratch_failed(source: std::io::Error) -> ImportError {
    ImportError::File { file: "the scratch folder".to_owned(), source }
}
