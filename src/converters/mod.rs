//! From a scan's bytes to its pages: text with word boxes and confidences, and page images.
//!
//! Everything that decodes what a stranger sent runs in a child process; here only their plain
//! answers are read. A page that spoils its child spoils nothing but itself.

mod child;
mod image;
mod pages;
mod pdf;
pub mod printing;
mod recognition;
pub mod separator;
mod skew;
mod text_layer;
mod tiff;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use image::{Prepared, prepare};

use crate::reading::scan::{Page, PageKind, Scan, ScanForm};
use pages::{Bench, PageProblem};
use pdf::{Content, document};

/// How many pages of one scan are converted.
const MOST_PAGES: u64 = 200;

/// The converters of this machine.
#[derive(Debug, Clone)]
pub struct Converters {
    /// The program whose hidden command prepares page images: this one.
    pub program: PathBuf,
    /// How long one scan may take.
    pub patience: Duration,
}

/// A converted scan with the images of its pages.
#[derive(Debug, Clone, Default)]
pub struct Converted {
    /// What was found.
    pub scan: Scan,
    /// The images, as PNG in shades of grey, by page number.
    pub images: Vec<(u32, Vec<u8>)>,
}

impl Converters {
    /// The converters, with this very program for the page images.
    pub fn here() -> std::io::Result<Self> {
        Ok(Self { program: std::env::current_exe()?, patience: Duration::from_mins(15) })
    }

    /// Converts a scan. Whatever it holds, the answer is a scan with its problems.
    pub async fn convert(&self, bytes: &[u8]) -> Converted {
        let Some(form) = ScanForm::of(bytes) else {
            return unreadable(0, "it is not a scan of a form that is known".to_owned());
        };
        let bench = match Bench::lay_out(&self.program, form, bytes) {
            Ok(bench) => bench,
            Err(error) => {
                return unreadable(0, format!("there was no place to convert it: {error}; the scan is attached"));
            }
        };
        let pages_in = match bench.count(bytes).await {
            Ok(0) => return unreadable(0, "it has no pages; the scan is attached".to_owned()),
            Ok(count) => count,
            Err(problem) => return unreadable(0, format!("{problem}; the scan is attached")),
        };
        self.pages(&bench, pages_in).await
    }

    async fn pages(&self, bench: &Bench, pages_in: u64) -> Converted {
        let end = Instant::now() + self.patience;
        let mut converted = Converted::default();
        converted.scan.pages_in = pages_in;
        let problems = &mut converted.scan.problems;
        if pages_in > MOST_PAGES {
            note(problems, format!("only the first {MOST_PAGES} of its {pages_in} pages were read"));
        }
        for number in 1..=u32::try_from(pages_in.min(MOST_PAGES)).unwrap_or(0) {
            if Instant::now() > end {
                note(problems, format!("page {number} and those after it were not read: it took too long"));
                break;
            }
            match bench.page(number).await {
                Ok(done) => {
                    if let Some(problem) = done.problem {
                        note(problems, problem);
                    }
                    converted.images.push((number, done.image));
                    converted.scan.pages.push(done.page);
                }
                Err(PageProblem(problem)) => {
                    note(problems, format!("page {number} could not be read: {problem}"));
                    converted.scan.pages.push(Page::rejected(number));
                }
            }
        }
        converted
    }
}

impl Converted {
    /// One letter of a batch as a file of its own, made of its page images; equal letters give
    /// equal bytes.
    #[must_use]
    pub fn part(&self, pages: &[&Page]) -> Vec<u8> {
        let images: Vec<Content<'_>> = pages
            .iter()
            .filter_map(|page| self.images.iter().find(|(number, _)| *number == page.number))
            .map(|(_, image)| Content::Image(image))
            .collect();
        document(&images)
    }

    /// Whether any page can be shown.
    #[must_use]
    pub fn is_legible(&self) -> bool {
        self.scan.pages.iter().any(|page| page.kind != PageKind::Rejected)
    }
}

/// The same trouble on every page is told once; hundreds of troubles are not all told.
fn note(problems: &mut Vec<String>, problem: String) {
    if problems.len() < 20 && !problems.contains(&problem) {
        problems.push(problem);
    }
}

fn unreadable(pages_in: u64, problem: String) -> Converted {
    Converted { scan: Scan::unreadable(pages_in, problem), images: Vec::new() }
}
