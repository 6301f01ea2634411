//! Scanned letters: what the converters found on the pages, and the [`Reading`] it makes.
//!
//! The pages themselves are converted elsewhere, in child processes; here are only the values
//! and the pure steps on them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Attachment, Reading, quotes};
use crate::clock::MONTHS;
use crate::ids::Digest;
use crate::letter::LetterKind;
use crate::letter::words::words;

/// Below this confidence a word is shown as doubtful.
pub const DOUBTFUL: u8 = 60;
/// How many lines at the head of a letter may hold its date.
const HEAD_LINES: usize = 20;

words! {
    /// The form of a scan's file, told by its first bytes.
    ScanForm("form of a scan") {
        /// Pages as text, drawings or images.
        Pdf = "application/pdf",
        /// Pages as images.
        Tiff = "image/tiff",
        /// One page.
        Png = "image/png",
        /// One page.
        Jpeg = "image/jpeg",
    }
}

words! {
    /// What a page of a scan is.
    PageKind("kind of page") {
        /// A page of a letter.
        Letter = "letter",
        /// Nothing stands on it.
        Blank = "blank",
        /// A sheet of the office that parts two letters.
        Separator = "separator",
        /// It could not be made readable; the scan itself keeps it.
        Rejected = "rejected",
    }
}

words! {
    /// Where a page's text comes from.
    TextSource("source of text") {
        /// The file holds it.
        TextLayer = "text_layer",
        /// It was recognised in the image.
        Ocr = "ocr",
        /// There is none.
        None = "none",
    }
}

/// A converted scan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scan {
    /// How many pages the file says it has; those past the limit are rejected without a row.
    pub pages_in: u64,
    /// The pages that were looked at, in their order.
    pub pages: Vec<Page>,
    /// What went wrong, one sentence each.
    pub problems: Vec<String>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its place in the scan, from 1.
    pub number: u32,
    /// What it is.
    pub kind: PageKind,
    /// Where its text comes from.
    pub source: TextSource,
    /// Its text, lines and paragraphs as they stand.
    pub text: String,
    /// Its words with their boxes.
    pub words: Vec<Word>,
    /// The width that the boxes are measured in.
    pub width: u32,
    /// The height that the boxes are measured in.
    pub height: u32,
    /// By how many degrees the page was turned clockwise to stand upright.
    pub rotation: u16,
}

/// One word, as recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Its characters.
    pub text: String,
    /// The distance of its box from the left edge.
    pub left: u32,
    /// The distance of its box from the upper edge.
    pub top: u32,
    /// The width of its box.
    pub width: u32,
    /// The height of its box.
    pub height: u32,
    /// How sure the recognition is, in percent; text that stood in the file is sure.
    pub confidence: u8,
}

/// A stretch of a page's text, sure or doubtful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The text.
    pub text: String,
    /// How sure the recognition is of it, in percent, when that is too little.
    pub doubtful: Option<u8>,
}

/// What became of the pages of one scan; the parts add up to what came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PageAccount {
    /// Pages that came in.
    pub pages_in: u64,
    /// Pages that belong to letters.
    pub filed: u64,
    /// Empty pages.
    pub blank: u64,
    /// Separator sheets.
    pub separators: u64,
    /// Pages that could not be made readable.
    pub rejected: u64,
}

impl ScanForm {
    /// The form of these bytes, when they are a scan.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
            Some(Self::Tiff)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else {
            None
        }
    }

    /// Whether a file name promises a scan.
    #[must_use]
    pub fn promised_by(extension: &str) -> bool {
        ["pdf", "tif", "tiff", "png", "jpg", "jpeg"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    }

    /// The ending that files of this form have.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Tiff => "tif",
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

impl Page {
    /// A page that could not be made readable.
    #[must_use]
    pub const fn rejected(number: u32) -> Self {
        Self {
            number,
            kind: PageKind::Rejected,
            source: TextSource::None,
            text: String::new(),
            words: Vec::new(),
            width: 0,
            height: 0,
            rotation: 0,
        }
    }
}

impl Page {
    /// The text in stretches, each doubtful word one of its own.
    #[must_use]
    pub fn stretches(&self) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let mut sure = String::new();
        let mut rest = self.text.as_str();
        for word in &self.words {
            let trimmed = rest.trim_start();
            // The text is made of the words; should one differ, what follows is shown unmarked.
            let Some(after) = trimmed.strip_prefix(word.text.as_str()) else { break };
            sure.push_str(&rest[..rest.len() - trimmed.len()]);
            rest = after;
            if word.confidence >= DOUBTFUL {
                sure.push_str(&word.text);
                continue;
            }
            if !sure.is_empty() {
                stretches.push(Stretch { text: std::mem::take(&mut sure), doubtful: None });
            }
            stretches.push(Stretch { text: word.text.clone(), doubtful: Some(word.confidence) });
        }
        sure.push_str(rest);
        if !sure.is_empty() {
            stretches.push(Stretch { text: sure, doubtful: None });
        }
        stretches
    }
}

impl Scan {
    /// A scan of which nothing could be converted.
    #[must_use]
    pub fn unreadable(pages_in: u64, problem: String) -> Self {
        Self { pages_in, pages: Vec::new(), problems: vec![problem] }
    }

    /// What became of every page.
    #[must_use]
    pub fn account(&self) -> PageAccount {
        let count = |kind| self.pages.iter().filter(|page| page.kind == kind).count() as u64;
        let (filed, blank) = (count(PageKind::Letter), count(PageKind::Blank));
        let separators = count(PageKind::Separator);
        let pages_in = self.pages_in.max(self.pages.len() as u64);
        PageAccount { pages_in, filed, blank, separators, rejected: pages_in - filed - blank - separators }
    }

    /// The letters between separator sheets, each as its pages. `None` when there are no sheets,
    /// so that the scan is one letter, or when a page could not be read, so that nobody can say
    /// where a letter ends: then a person parts them.
    #[must_use]
    pub fn parts(&self) -> Option<Vec<Vec<&Page>>> {
        let whole = self.account().rejected == 0;
        if !whole || !self.pages.iter().any(|page| page.kind == PageKind::Separator) {
            return None;
        }
        let parts: Vec<Vec<&Page>> = self
            .pages
            .split(|page| page.kind == PageKind::Separator)
            .map(|part| part.iter().filter(|page| page.kind == PageKind::Letter).collect::<Vec<_>>())
            .filter(|part| !part.is_empty())
            .collect();
        (!parts.is_empty()).then_some(parts)
    }

    /// What the letter says, as far as machines can read it.
    #[must_use]
    pub fn reading(&self, form: ScanForm, bytes: u64, digest: &Digest) -> Reading {
        let letter_pages = || self.pages.iter().filter(|page| page.kind == PageKind::Letter);
        let body = body(letter_pages().map(|page| page.text.as_str()));
        let mut problems = self.problems.clone();
        problems.extend(self.notes(&body));
        let parts = quotes::split(&body);
        Reading {
            kind: if letter_pages().next().is_some() { LetterKind::Person } else { LetterKind::Unreadable },
            subject: subject(&body),
            date: date(&body),
            new_text: parts.new_text,
            quoted: parts.quoted,
            signature: parts.signature,
            body,
            attachments: vec![Attachment {
                name: format!("scan.{}", form.extension()),
                content_type: form.as_str().to_owned(),
                bytes,
                sha256: digest.clone(),
                inline: false,
                text: None,
                declared_type: form.as_str().to_owned(),
                content_id: None,
            }],
            problems,
            ..Reading::unreadable(String::new())
        }
    }

    /// What whoever answers should know of the reading.
    fn notes(&self, body: &str) -> Vec<String> {
        let letter_pages = || self.pages.iter().filter(|page| page.kind == PageKind::Letter);
        let mut notes = Vec::new();
        if letter_pages().any(|page| page.source == TextSource::Ocr) {
            notes.push("the text was read from a scan by a machine; the page images show what was written".to_owned());
        }
        let words = || letter_pages().flat_map(|page| &page.words);
        let (all, doubtful) = (words().count(), words().filter(|word| word.confidence < DOUBTFUL).count());
        if doubtful * 4 > all {
            notes.push(format!("{doubtful} of its {all} words are doubtful; it may be written by hand"));
        }
        if body.is_empty() && letter_pages().next().is_some() && self.problems.is_empty() {
            notes.push("no text was recognised on its pages; it may be written by hand".to_owned());
        }
        let account = self.account();
        if account.pages_in > 0 && account.filed == 0 && account.rejected == 0 {
            notes.push("every page of it is blank or a separator sheet".to_owned());
        }
        if account.rejected > 0 {
            notes.push(format!("{} of its {} pages could not be read", account.rejected, account.pages_in));
            if account.separators > 0 {
                notes.push("it holds separator sheets, but was left whole: part the letters by hand".to_owned());
            }
        }
        notes
    }
}

/// The text of the pages, tidied as the text of mail is.
fn body<'a>(pages: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = pages.map(super::body::tidy).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

/// The first line that says what the letter is about.
fn subject(body: &str) -> String {
    const OPENINGS: &[&str] = &["re:", "re.:", "subject:", "ref:", "asunto:", "referencia:", "ref.:"];
    body.lines()
        .take(60)
        .find_map(|line| {
            let line = line.trim();
            let found = OPENINGS
                .iter()
                .find(|opening| line.get(..opening.len()).is_some_and(|start| start.eq_ignore_ascii_case(opening)))?;
            let rest: String = line[found.len()..].split_whitespace().collect::<Vec<_>>().join(" ");
            (!rest.is_empty()).then(|| rest.chars().take(200).collect())
        })
        .unwrap_or_default()
}

/// The date at the head of the letter, when it stands there plainly.
fn date(body: &str) -> Option<String> {
    body.lines().take(HEAD_LINES).find_map(date_of_line).map(|date| format!("{date}T00:00:00Z"))
}

/// The date of a line such as `March 3, 2026`, `3 de marzo de 2026` or `3/14/2026`.
fn date_of_line(line: &str) -> Option<Date> {
    let tokens: Vec<&str> = line
        .split(|character: char| !character.is_alphanumeric() && character != '/' && character != '-')
        .filter(|token| !token.is_empty() && !token.eq_ignore_ascii_case("de") && !token.eq_ignore_ascii_case("del"))
        .collect();
    if tokens.len() > 12 {
        return None;
    }
    tokens.windows(3).find_map(in_words).or_else(|| tokens.iter().find_map(|token| in_figures(token)))
}

fn in_words(three: &[&str]) -> Option<Date> {
    let [first, second, year] = three else { return None };
    let (month, day) = match (month(first), month(second)) {
        (Some(month), _) => (month, day(second)?),
        (None, Some(month)) => (month, day(first)?),
        (None, None) => return None,
    };
    Date::new(year_of(year)?, month, day).ok()
}

fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    let named = |(english, spanish): &(&str, &str)| {
        let english = english.to_lowercase();
        english == word
            || *spanish == word
            || (word.len() >= 3 && english.starts_with(&word))
            || (english == "september" && matches!(word.as_str(), "sept" | "setiembre"))
    };
    MONTHS.iter().position(named).and_then(|at| i8::try_from(at + 1).ok())
}

fn day(word: &str) -> Option<i8> {
    word.trim_end_matches(|character: char| character.is_alphabetic() || character == 'º').parse().ok()
}

fn year_of(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| (1990..2100).contains(year))
}

/// Figures are month first, as they are written here, or the year first.
fn in_figures(token: &str) -> Option<Date> {
    let parts: Vec<&str> = token.split(['/', '-']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    if let Some(year) = year_of(first) {
        return Date::new(year, second.parse().ok()?, third.parse().ok()?).ok();
    }
    let year = year_of(third).or_else(|| {
        let short: i16 = third.parse().ok().filter(|_| third.len() == 2)?;
        Some(2000 + short)
    })?;
    Date::new(year, first.parse().ok()?, second.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(number: u32, kind: PageKind, text: &str) -> Page {
        Page { kind, text: text.to_owned(), source: TextSource::Ocr, ..Page::rejected(number) }
    }

    fn scan(kinds: &[PageKind]) -> Scan {
        let pages = (1..).zip(kinds).map(|(number, kind)| page(number, *kind, "Hello")).collect();
        Scan { pages_in: kinds.len() as u64, pages, problems: Vec::new() }
    }

    #[test]
    fn the_first_bytes_tell_a_scan_from_a_message() {
        assert_eq!(ScanForm::of(b"%PDF-1.7\n"), Some(ScanForm::Pdf));
        assert_eq!(ScanForm::of(b"II*\0rest"), Some(ScanForm::Tiff));
        assert_eq!(ScanForm::of(b"From: a@customer.example\r\n"), None);
        assert_eq!(ScanForm::of(b""), None);
        assert!(ScanForm::promised_by("JPG") && !ScanForm::promised_by("eml"));
    }

    #[test]
    fn a_letter_has_its_subject_and_date_from_its_text() {
        let text = "12 Elm Street\n3 de marzo de 2026\n\nAsunto: mi factura de agua\n\nEstimados señores:";
        let scan = Scan { pages_in: 1, pages: vec![page(1, PageKind::Letter, text)], problems: Vec::new() };
        let reading = scan.reading(ScanForm::Png, 3, &Digest::of(b"abc"));
        assert_eq!(reading.kind, LetterKind::Person);
        assert_eq!(reading.subject, "mi factura de agua");
        assert_eq!(reading.date.as_deref(), Some("2026-03-03T00:00:00Z"));
        assert!(reading.body.contains("Estimados señores"));
        assert_eq!(reading.attachments[0].content_type, "image/png");
        assert!(reading.problems.iter().any(|problem| problem.contains("by a machine")));
    }

    #[test]
    fn plain_dates_are_found_and_other_figures_are_not() {
        for (line, found) in [
            ("March 3rd, 2026", Some("2026-03-03")),
            ("Philadelphia, 14 Sept. 2025", Some("2025-09-14")),
            ("Date: 3/14/26", Some("2026-03-14")),
            ("2026-02-01", Some("2026-02-01")),
            ("Account 0012-3456/7", None),
            ("February 31, 2026", None),
        ] {
            assert_eq!(date_of_line(line).map(|date| date.to_string()).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn doubtful_words_stand_apart_and_no_text_is_lost() {
        let word =
            |text: &str, confidence| Word { text: text.to_owned(), left: 0, top: 0, width: 1, height: 1, confidence };
        let mut page = page(1, PageKind::Letter, "My bi11 tripled.\n\nWhy?");
        page.words = vec![word("My", 90), word("bi11", 31), word("tripled.", 80), word("Why?", 99)];
        let stretches = page.stretches();
        assert_eq!(stretches[1], Stretch { text: "bi11".to_owned(), doubtful: Some(31) });
        assert_eq!(stretches.iter().map(|stretch| stretch.text.as_str()).collect::<String>(), page.text);
        page.words.insert(1, word("other", 10));
        assert_eq!(page.stretches().iter().map(|stretch| stretch.text.as_str()).collect::<String>(), page.text);
    }

    #[test]
    fn a_scan_without_sheets_or_with_a_page_that_cannot_be_read_stays_whole() {
        use PageKind::{Blank, Letter, Rejected, Separator};
        assert_eq!(scan(&[Letter, Letter]).parts(), None);
        assert_eq!(scan(&[Letter, Separator, Rejected]).parts(), None);
        assert_eq!(scan(&[Separator, Blank]).parts(), None);
        let batch = scan(&[Separator, Letter, Blank, Letter, Separator, Separator, Letter]);
        let numbers: Vec<Vec<u32>> = batch
            .parts()
            .expect("it has parts")
            .iter()
            .map(|part| part.iter().map(|page| page.number).collect())
            .collect();
        assert_eq!(numbers, [vec![2, 4], vec![7]]);
    }

    proptest! {
        #[test]
        fn no_page_is_lost(kinds in proptest::collection::vec(0_usize..4, 0..40), unseen in 0_u64..1000) {
            let kinds: Vec<PageKind> = kinds.into_iter().map(|kind| PageKind::ALL[kind]).collect();
            let mut scan = scan(&kinds);
            scan.pages_in += unseen;
            let account = scan.account();
            prop_assert_eq!(account.pages_in, account.filed + account.blank + account.separators + account.rejected);
            prop_assert_eq!(account.pages_in, kinds.len() as u64 + unseen);
            if let Some(parts) = scan.parts() {
                let filed: Vec<u32> = parts.iter().flatten().map(|page| page.number).collect();
                let letters: Vec<u32> =
                    scan.pages.iter().filter(|page| page.kind == PageKind::Letter).map(|page| page.number).collect();
                prop_assert_eq!(filed, letters);
            }
        }

        #[test]
        fn any_text_gives_a_reading(text in "\\PC{0,400}") {
            let scan = Scan { pages_in: 1, pages: vec![page(1, PageKind::Letter, &text)], problems: Vec::new() };
            prop_assert_eq!(scan.reading(ScanForm::Pdf, 1, &Digest::of(b"x")).kind, LetterKind::Person);
        }
    }
}
