//! What reading a message costs in memory: a stated multiple of its bytes, whatever it is.
//!
//! The shapes are hostile; the corpora's messages are read too where they lie on this machine
//! (`../shared/corpora`, or where `PENSTOCK_CORPORA` says). `cargo test --test reading_costs --
//! --nocapture` prints the table; `cargo bench --bench letter -- reading` has the time.
#![expect(clippy::unwrap_used, reason = "a run that cannot read its material should stop there")]

mod shapes;

use std::path::{Path, PathBuf};

use penstock::reading::read;

#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// What `docs/performance.md` states: so many times the bytes of the message, and so much more.
const TIMES: usize = 32;
const FURTHER: usize = 8 * 1024 * 1024;

const SIZES: [usize; 2] = [1 << 16, 1 << 19];

/// The most memory that was held at a time while these bytes were read, beyond the bytes.
fn peak(raw: &[u8]) -> usize {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let reading = read(raw);
    drop(reading);
    MEMORY.peak_usage().saturating_sub(before)
}

#[expect(clippy::cast_precision_loss, reason = "the figures are rounded")]
fn times(peak: usize, size: usize) -> f64 {
    peak as f64 / size as f64
}

/// One test only: the memory of others would be counted with it.
#[test]
fn reading_takes_no_more_memory_than_is_stated() {
    // What is made once, on first use, belongs to no message.
    drop(read(&(shapes::SHAPES[0].1)(1000)));
    let mut beyond = Vec::new();
    let mut check = |name: &str, raw: &[u8]| {
        let peak = peak(raw);
        if peak > TIMES * raw.len() + FURTHER {
            beyond.push(format!("{name}, {} bytes: {peak}", raw.len()));
        }
        peak
    };
    for (name, shape) in shapes::SHAPES {
        let messages = SIZES.map(shape);
        let peaks = [check(name, &messages[0]), check(name, &messages[1])];
        println!(
            "{name}: {:.1} times of {}, {:.1} times of {}",
            times(peaks[0], messages[0].len()),
            messages[0].len(),
            times(peaks[1], messages[1].len()),
            messages[1].len()
        );
    }
    let mut most: (f64, PathBuf) = (0.0, PathBuf::new());
    for path in corpora_messages() {
        let raw = std::fs::read(&path).unwrap();
        let peak = check(&path.display().to_string(), &raw);
        // Of small messages what every reading needs is the most.
        if raw.len() > 64 * 1024 && times(peak, raw.len()) > most.0 {
            most = (times(peak, raw.len()), path);
        }
    }
    println!("the corpora's messages above 64 KiB: {:.1} times at most, {}", most.0, most.1.display());
    assert!(beyond.is_empty(), "{beyond:#?}");
}

/// The messages that lie there as files.
fn corpora_messages() -> Vec<PathBuf> {
    let folder = std::env::var_os("PENSTOCK_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let Ok(sets) = std::fs::read_dir(&folder) else {
        println!("corpora: skipped, the material is not on this machine");
        return Vec::new();
    };
    let folders = sets.map(|set| set.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()));
    files.filter(|file| file.extension().is_some_and(|extension| extension == "eml")).collect()
}
