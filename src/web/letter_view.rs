//! One letter as the page of its case shows it.

use jiff::tz::TimeZone;

use super::found::Found;
use super::pages::moment;
use crate::accounts::MatchResult;
use crate::accounts::personal_data::{find_personal_data, masked};
use crate::classification::{Classification, FlagFound};
use crate::reading::scan::{Page, PageKind, Scan, Stretch, TextSource};
use crate::reading::{Authentication, Place, Reading};
use crate::store::LetterRow;

/// A letter for the page.
pub(super) struct LetterView {
    /// Its place in its case, from 1.
    pub(super) number: usize,
    pub(super) from: String,
    pub(super) received: String,
    pub(super) subject: String,
    pub(super) signature: String,
    pub(super) quoted: String,
    pub(super) attachments: Vec<(String, u64, String)>,
    pub(super) problems: Vec<String>,
    pub(super) sender: String,
    pub(super) raw: String,
    /// Where its HTML can be seen; empty when it has none.
    pub(super) html: String,
    /// Where the hidden numbers can be asked for; empty when there are none, or they are shown.
    pub(super) reveal: String,
    /// What was found in it, with its text.
    pub(super) found: Found,
    /// Whether it speaks of harm to the writer.
    pub(super) self_harm: bool,
    pub(super) pages: Vec<PageView>,
}

/// A page of a scanned letter: its image, and its text beside it.
pub(super) struct PageView {
    pub(super) number: u32,
    pub(super) note: &'static str,
    pub(super) image: Option<String>,
    pub(super) stretches: Vec<Stretch>,
}

/// Where a letter stands among the pages.
pub(super) struct Way<'a> {
    /// The address below which it is found.
    pub(super) base: String,
    /// Its place in its case, from 1.
    pub(super) number: usize,
    pub(super) zone: &'a TimeZone,
}

impl LetterView {
    /// A letter; `open` shows the numbers that are else hidden.
    pub(super) fn of(letter: &LetterRow, way: &Way<'_>, open: bool, scan: Option<&Scan>) -> Self {
        let reading: Option<Reading> = letter.reading.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let reading = reading.unwrap_or_else(|| Reading::unreadable("it has not been read yet".to_owned()));
        let classification = classification(letter);
        let base = &way.base;
        let text = |text: &str| if open { text.to_owned() } else { masked(text) };
        // A letter that only forwards another was classified by all of its text.
        let forwards = reading.new_text.trim().is_empty();
        let written = if forwards { &reading.body } else { &reading.new_text };
        let folded = |part: &str| if forwards { String::new() } else { text(part) };
        Self {
            number: way.number,
            found: Found::of(classification.as_ref(), &text(written), way.number),
            self_harm: classification.as_ref().is_some_and(speaks_of_self_harm),
            subject: text(&reading.subject),
            signature: folded(&reading.signature),
            quoted: folded(&reading.quoted),
            html: if has_html(&reading) { format!("{base}/html") } else { String::new() },
            reveal: if !open && has_personal_data(&reading) { format!("{base}/reveal") } else { String::new() },
            attachments: attachments(&reading, base),
            sender: sender_line(reading.authentication, letter),
            from: reading.from.map(|from| format!("{} <{}>", from.name, from.address)).unwrap_or_default(),
            received: moment(letter.received_at, way.zone),
            problems: reading.problems,
            raw: format!("{base}/raw"),
            pages: scan.iter().flat_map(|scan| &scan.pages).map(|page| page_view(page, base)).collect(),
        }
    }
}

/// How a letter was classified, once it was.
pub(super) fn classification(letter: &LetterRow) -> Option<Classification> {
    serde_json::from_str(letter.classification.as_deref()?).ok()
}

fn speaks_of_self_harm(found: &Classification) -> bool {
    found.flags.iter().any(FlagFound::speaks_of_self_harm)
}

/// The name, the size and the address of each attachment.
fn attachments(reading: &Reading, base: &str) -> Vec<(String, u64, String)> {
    let named = |name: &str, kind: &str| if name.is_empty() { kind.to_owned() } else { name.to_owned() };
    let all = reading.attachments.iter().enumerate();
    all.map(|(at, attachment)| {
        let name = named(&attachment.name, &attachment.content_type);
        (name, attachment.bytes, format!("{base}/attachments/{at}"))
    })
    .collect()
}

fn page_view(page: &Page, base: &str) -> PageView {
    PageView {
        number: page.number,
        note: match (page.kind, page.source) {
            (PageKind::Letter, TextSource::TextLayer) => "the text stands in the file",
            (PageKind::Letter, TextSource::Ocr) => "read by a machine; doubtful words are marked",
            (PageKind::Letter, TextSource::None) => "its text was not read",
            (PageKind::Blank, _) => "blank",
            (PageKind::Separator, _) => "a separator sheet",
            (PageKind::Rejected, _) => "it could not be read; the scan itself is attached",
        },
        image: (page.kind != PageKind::Rejected).then(|| format!("{base}/pages/{}.png", page.number)),
        stretches: page
            .stretches()
            .into_iter()
            .map(|stretch| Stretch { text: masked(&stretch.text), ..stretch })
            .collect(),
    }
}

/// Whether the sender's program wrote HTML.
fn has_html(reading: &Reading) -> bool {
    reading
        .parts
        .iter()
        .any(|part| part.content_type == "text/html" && matches!(part.place, Place::Text | Place::Display))
}

/// Whether a letter holds numbers that pages hide.
pub(super) fn has_personal_data(reading: &Reading) -> bool {
    [&reading.subject, &reading.body].into_iter().any(|text| !find_personal_data(text).is_empty())
}

/// How sure it is that the sender wrote: what the checks came to, and the assurance with its
/// reasons.
fn sender_line(found: Authentication, letter: &LetterRow) -> String {
    let proven = if found.aligned { "its domain confirms it" } else { "its domain does not confirm it" };
    let checks = format!("{proven} (SPF {}, DKIM {}, DMARC {})", found.spf, found.dkim, found.dmarc);
    match match_result(letter) {
        Some(result) => format!("{}: {}; {checks}", result.assurance, result.assurance_reasons.join("; ")),
        None => checks,
    }
}

/// Which accounts were found for a letter.
pub(super) fn match_result(letter: &LetterRow) -> Option<MatchResult> {
    serde_json::from_str(letter.account_match.as_deref()?).ok()
}
