//! One scan on its bench: its pages are counted and converted one by one, each step in a child.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::child::{self, ChildError, Limits, Workplace};
use super::image::Prepared;
use super::recognition::{self, Recognised};
use super::{text_layer, tiff};
use crate::reading::scan::{Page, PageKind, ScanForm, TextSource};

/// What the note says when a program is missing: nothing is lost.
const NO_OCR: &str = "OCR is not installed; the scan is attached";
/// Spanish first: where both fit, English first would drop the accents; English loses nothing.
const LANGUAGES: &str = "spa+eng";
/// From this mean confidence on a page is taken to stand upright.
const UPRIGHT: f64 = 75.0;
/// A text layer of fewer words may be a stamp on a scanned page.
const STAMP_WORDS: usize = 30;

const MEGABYTE: u64 = 1 << 20;
/// poppler's programs: 300 kB of PDF can ask for gigabytes.
const POPPLER: Limits = Limits {
    wall: Duration::from_secs(30),
    cpu_seconds: 15,
    memory: 768 * MEGABYTE,
    file: 64 * MEGABYTE,
    stdout: 8 * MEGABYTE,
};
const IMAGE: Limits = Limits {
    wall: Duration::from_mins(1),
    cpu_seconds: 45,
    memory: 1536 * MEGABYTE,
    file: 64 * MEGABYTE,
    stdout: 64 * 1024,
};
/// libtiff's program.
const TIFF: Limits = Limits {
    wall: Duration::from_secs(30),
    cpu_seconds: 15,
    memory: 768 * MEGABYTE,
    file: 256 * MEGABYTE,
    stdout: 64 * 1024,
};
const TESSERACT: Limits = Limits {
    wall: Duration::from_mins(3),
    cpu_seconds: 120,
    memory: 1536 * MEGABYTE,
    file: 16 * MEGABYTE,
    stdout: 8 * MEGABYTE,
};

/// Why a page could not be made readable.
#[derive(Debug)]
pub(super) struct PageProblem(pub(super) String);

/// A converted page.
pub(super) struct Done {
    pub(super) page: Page,
    pub(super) image: Vec<u8>,
    pub(super) problem: Option<String>,
}

/// A scan laid out in a folder of its own.
pub(super) struct Bench {
    workplace: Workplace,
    program: PathBuf,
    form: ScanForm,
    /// The pages that are written again before they are read.
    faxes: Vec<u32>,
}

impl From<ChildError> for PageProblem {
    fn from(error: ChildError) -> Self {
        Self(error.to_string())
    }
}

impl Bench {
    /// Lays the scan's bytes out under a name of our own.
    pub(super) fn lay_out(program: &Path, form: ScanForm, bytes: &[u8]) -> std::io::Result<Self> {
        let workplace = Workplace::new()?;
        std::fs::write(workplace.path().join("scan"), bytes)?;
        let pages = if form == ScanForm::Tiff { tiff::pages(bytes) } else { Vec::new() };
        let faxes = (1..).zip(pages).filter(|(_, offset)| tiff::is_fax(bytes, *offset)).map(|(number, _)| number);
        Ok(Self { workplace, program: program.to_owned(), form, faxes: faxes.collect() })
    }

    /// How many pages the scan has, or why nobody can say.
    pub(super) async fn count(&self, bytes: &[u8]) -> Result<u64, String> {
        match self.form {
            ScanForm::Png | ScanForm::Jpeg => Ok(1),
            ScanForm::Tiff => Ok(tiff::pages(bytes).len() as u64),
            ScanForm::Pdf => {
                let said = self.poppler("pdfinfo", &["scan"]).await.map_err(|error| match error {
                    ChildError::Missing(tool) => format!("the tools for PDF are not installed ({tool})"),
                    ChildError::Failed { words, .. } if words.contains("password") => {
                        "it is locked with a password".to_owned()
                    }
                    error => format!("the PDF could not be opened: {error}"),
                })?;
                let said = String::from_utf8_lossy(&said).into_owned();
                let count = said.lines().find_map(|line| line.strip_prefix("Pages:")?.trim().parse().ok());
                count.ok_or_else(|| "the PDF does not say how many pages it has".to_owned())
            }
        }
    }

    /// Converts one page.
    pub(super) async fn page(&self, number: u32) -> Result<Done, PageProblem> {
        let prepared = self.image(number, 0).await?;
        let mut page =
            Page { kind: prepared.kind, width: prepared.width, height: prepared.height, ..Page::rejected(number) };
        let mut problem = None;
        if prepared.kind == PageKind::Letter {
            let layer = self.text_layer(&page).await;
            let stamp = layer.as_ref().is_none_or(|layer| layer.words.len() < STAMP_WORDS);
            if stamp {
                problem = self.recognise(&mut page).await?;
            }
            if let Some(layer) = layer
                && layer.words.len() * 4 >= page.words.len() * 3
            {
                (page.source, page.text, page.words) = (TextSource::TextLayer, layer.text, layer.words);
            }
        }
        let image =
            std::fs::read(self.workplace.path().join("view.png")).map_err(|error| PageProblem(error.to_string()))?;
        Ok(Done { page, image, problem })
    }

    /// Draws the page where it is drawn, and prepares its image.
    async fn image(&self, number: u32, rotation: u16) -> Result<Prepared, PageProblem> {
        let text = number.to_string();
        if self.form == ScanForm::Pdf {
            if rotation == 0 {
                let drawn =
                    ["-f", &text, "-l", &text, "-scale-to", "3300", "-gray", "-png", "-singlefile", "scan", "page"];
                self.poppler("pdftoppm", &drawn).await?;
            }
            return self.prepared("page.png", "1", rotation).await;
        }
        if self.faxes.contains(&number) {
            self.write_again(number).await?;
            return self.prepared("page.tif", "1", rotation).await;
        }
        self.prepared("scan", &text, rotation).await
    }

    /// Faxes are often in encodings that only libtiff reads: it writes the page in another.
    async fn write_again(&self, number: u32) -> Result<(), ChildError> {
        let tiffcp = child::find("tiffcp").ok_or_else(|| ChildError::Missing("tiffcp (libtiff-tools)".to_owned()))?;
        let page = format!("scan,{}", number - 1);
        let arguments = ["-c", "lzw", "-f", "msb2lsb", &page, "page.tif"].map(OsStr::new);
        child::run(&tiffcp, &arguments, &self.workplace, &TIFF).await.map(drop)
    }

    async fn prepared(&self, file: &str, inner: &str, rotation: u16) -> Result<Prepared, PageProblem> {
        let turn = rotation.to_string();
        let arguments = ["scans", "page", file, inner, &turn].map(OsStr::new);
        let said = child::run(&self.program, &arguments, &self.workplace, &IMAGE).await?;
        serde_json::from_slice(&said).map_err(|error| PageProblem(format!("its image was not prepared: {error}")))
    }

    /// The text that the file itself holds for the page, when it is worth reading.
    async fn text_layer(&self, page: &Page) -> Option<Recognised> {
        if self.form != ScanForm::Pdf {
            return None;
        }
        let number = page.number.to_string();
        let said = self.poppler("pdftotext", &["-f", &number, "-l", &number, "-bbox-layout", "scan", "-"]).await;
        match said {
            Ok(said) => text_layer::parse(&String::from_utf8_lossy(&said), (page.width, page.height)),
            Err(error) => {
                tracing::debug!(error = %error, "the text layer of page {number} could not be read");
                None
            }
        }
    }

    /// Recognises the page, turned upright where it lies on its side or head.
    async fn recognise(&self, page: &mut Page) -> Result<Option<String>, PageProblem> {
        let Some(tesseract) = child::find("tesseract") else { return Ok(Some(NO_OCR.to_owned())) };
        let mut best = match self.ocr(&tesseract).await {
            Ok(found) => found,
            Err(error) => return Ok(Some(format!("page {} was not recognised: {error}", page.number))),
        };
        if best.mean() < UPRIGHT || best.stands_on_its_side() {
            let rotation = self.orientation(&tesseract).await.unwrap_or(0);
            if rotation != 0 {
                let turned = self.image(page.number, rotation).await?;
                let again = self.ocr(&tesseract).await.unwrap_or_default();
                if again.worth() > best.worth() {
                    best = again;
                    page.rotation = rotation;
                    (page.width, page.height) = (turned.width, turned.height);
                } else {
                    self.image(page.number, 0).await?;
                }
            }
        }
        (page.source, page.text, page.words) = (TextSource::Ocr, best.text, best.words);
        Ok(None)
    }

    async fn ocr(&self, tesseract: &Path) -> Result<Recognised, ChildError> {
        let words = ["ocr.png", "stdout", "-l", LANGUAGES, "--psm", "3", "--dpi", "300", "tsv"].map(OsStr::new);
        let said = child::run(tesseract, &words, &self.workplace, &TESSERACT).await?;
        Ok(recognition::parse(&String::from_utf8_lossy(&said)))
    }

    /// By how many degrees the page has to be turned clockwise, when it can be told.
    async fn orientation(&self, tesseract: &Path) -> Option<u16> {
        let words = ["ocr.png", "stdout", "-l", "osd", "--psm", "0", "--dpi", "300"].map(OsStr::new);
        let said = child::run(tesseract, &words, &self.workplace, &TESSERACT).await.ok()?;
        recognition::rotation(&String::from_utf8_lossy(&said))
    }

    async fn poppler(&self, tool: &str, arguments: &[&str]) -> Result<Vec<u8>, ChildError> {
        let program = child::find(tool).ok_or_else(|| ChildError::Missing(tool.to_owned()))?;
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        child::run(&program, &arguments, &self.workplace, &POPPLER).await
    }
}
