//! Buckets of bytes that are written to files when together they grow too large: what is sorted
//! bucket by bucket needs the memory of one bucket, however large the whole is.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// How many bytes of all buckets stay in memory.
const IN_MEMORY: usize = 32 << 20;

/// A bucket.
#[derive(Debug, Default)]
struct Bucket {
    bytes: Vec<u8>,
    spilled: bool,
}

/// Several buckets.
#[derive(Debug)]
pub(super) struct Spill {
    folder: PathBuf,
    name: &'static str,
    buckets: Vec<Bucket>,
    in_memory: usize,
}

impl Spill {
    /// So many empty buckets, whose files get that name in that folder.
    pub(super) fn new(folder: &Path, name: &'static str, count: usize) -> Self {
        let buckets = std::iter::repeat_with(Bucket::default).take(count).collect();
        Self { folder: folder.to_owned(), name, buckets, in_memory: 0 }
    }

    /// How many buckets there are.
    pub(super) fn count(&self) -> usize {
        self.buckets.len()
    }

    /// Appends to a bucket what is written; all of it stays together.
    pub(super) fn append(&mut self, at: usize, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let Some(bucket) = self.buckets.get_mut(at) else { return Ok(()) };
        let before = bucket.bytes.len();
        write(&mut bucket.bytes);
        self.in_memory += bucket.bytes.len() - before;
        if self.in_memory > IN_MEMORY { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        for at in 0..self.buckets.len() {
            let path = self.path(at);
            let bucket = &mut self.buckets[at];
            if bucket.bytes.is_empty() {
                continue;
            }
            OpenOptions::new().create(true).append(true).open(path)?.write_all(&bucket.bytes)?;
            // The memory goes back as well: the next rows may all belong to another bucket.
            bucket.bytes = Vec::new();
            bucket.spilled = true;
        }
        self.in_memory = 0;
        Ok(())
    }

    fn path(&self, at: usize) -> PathBuf {
        self.folder.join(format!("{}-{at}", self.name))
    }

    /// Takes everything out of a bucket, in the order in which it was appended.
    pub(super) fn take(&mut self, at: usize) -> io::Result<Vec<u8>> {
        let path = self.path(at);
        let Some(bucket) = self.buckets.get_mut(at) else { return Ok(Vec::new()) };
        let rest = std::mem::take(&mut bucket.bytes);
        self.in_memory = self.in_memory.saturating_sub(rest.len());
        if !bucket.spilled {
            return Ok(rest);
        }
        bucket.spilled = false;
        let mut file = File::open(&path)?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        let mut bytes = Vec::with_capacity(size + rest.len());
        file.read_to_end(&mut bytes)?;
        bytes.extend_from_slice(&rest);
        std::fs::remove_file(&path)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_a_bucket_comes_out_in_its_order() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut spill = Spill::new(folder.path(), "rows", 3);
        let piece = vec![7_u8; 5 << 20];
        for round in 0..9 {
            spill.append(round % 2, |bytes| bytes.extend_from_slice(&piece)).expect("it can be kept");
            spill.append(2, |bytes| bytes.push(u8::try_from(round).unwrap_or(0))).expect("it can be kept");
        }
        assert!(folder.path().join("rows-0").exists(), "too much for the memory");
        assert_eq!(spill.take(2).expect("it is there"), (0..9).collect::<Vec<u8>>());
        assert_eq!(spill.take(0).expect("it is there").len(), 5 * piece.len());
        assert_eq!(spill.take(1).expect("it is there").len(), 4 * piece.len());
        assert_eq!(std::fs::read_dir(folder.path()).expect("it is a folder").count(), 0);
        assert!(spill.take(0).expect("it is empty now").is_empty());
    }
}
