//! The posted form of a reply: a tagged PDF letter for a window envelope, made from the same
//! text that goes out by e-mail.
//!
//! The letter conforms to PDF/UA-1 and PDF/A-2a: it has a title, a language, tags in reading
//! order, embedded fonts, and nothing in it depends on the day it is opened. The same letter
//! gives the same bytes.

mod chart;
mod code;
mod face;
mod labels;
mod layout;
mod paint;
mod window;

use jiff::civil::Date;

pub use chart::{UsageBar, UsageChart};
pub use labels::Labels;
pub use window::{ADDRESS_LINES, WINDOW, Window};

use crate::ids::CaseRef;

/// The most pages of a letter, and of one in large print.
const MOST_PAGES: (usize, usize) = (4, 10);

/// What a letter is made from.
#[derive(Debug, Clone, Copy)]
pub struct PostedLetter<'a> {
    /// The words around the text, in the letter's language.
    pub labels: &'a Labels,
    /// The sender: the organization's name, then the lines under it.
    pub letterhead: &'a [String],
    /// The lines of the address, as they stand in the window.
    pub address: &'a [String],
    /// The day of the letter.
    pub written_on: Date,
    /// The same, as the letter prints it.
    pub printed_date: &'a str,
    /// What people call the case.
    pub reference: &'a CaseRef,
    /// The subject.
    pub subject: &'a str,
    /// The text: paragraphs between empty lines, list items after `- `.
    pub body: &'a str,
    /// The use of the last bills, when the letter speaks of it.
    pub usage: Option<&'a UsageChart>,
    /// Whether it is set in large print, 18 points.
    pub large_print: bool,
}

/// Why a letter could not be made; each says what to do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PostError {
    /// There is no address to send it to.
    #[error("the address is empty: enter the name, the street, and the city with its ZIP code")]
    NoAddress,
    /// The address has too many lines for the window.
    #[error("the address has {0} lines and the envelope's window shows {ADDRESS_LINES}: join or leave out lines")]
    AddressLines(usize),
    /// A line of the address is too long for the window.
    #[error("the line {0:?} of the address is too long for the envelope's window: shorten it or part it in two")]
    AddressWidth(String),
    /// A character that the letter's fonts do not have.
    #[error("the letter's font cannot print {character:?} ({place}): write it in other letters")]
    Character {
        /// The character.
        character: char,
        /// Where it stands.
        place: &'static str,
    },
    /// The letter is too long.
    #[error("the letter would have {pages} pages, and {most} are allowed: shorten it")]
    Pages {
        /// How many it would have.
        pages: usize,
        /// How many are allowed.
        most: usize,
    },
    /// The document breaks a rule of accessible or archived documents.
    #[error("the letter is no accessible document: {0}")]
    Document(String),
}

/// A letter that is ready to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedLetter {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
}

/// Makes the PDF of a letter.
pub fn letter(letter: &PostedLetter<'_>) -> Result<PrintedLetter, PostError> {
    let faces = face::faces();
    check_characters(letter, faces)?;
    let laid_out = layout::lay_out(letter, faces)?;
    let most = if letter.large_print { MOST_PAGES.1 } else { MOST_PAGES.0 };
    if laid_out.pages > most {
        return Err(PostError::Pages { pages: laid_out.pages, most });
    }
    let pdf = paint::paint(letter, &laid_out, faces)?;
    Ok(PrintedLetter { pdf, pages: laid_out.pages })
}

fn check_characters(letter: &PostedLetter<'_>, faces: &face::Faces) -> Result<(), PostError> {
    let lines = |lines: &[String]| lines.join("\n");
    for (text, place) in [
        (lines(letter.address), "in the address"),
        (lines(letter.letterhead), "in the letterhead"),
        (letter.subject.to_owned(), "in the subject"),
        (letter.body.to_owned(), "in the text"),
    ] {
        if let Some(character) = text.chars().find(|character| *character != '\n' && !faces.text.has(*character)) {
            return Err(PostError::Character { character, place });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Labels, PostError, PostedLetter, UsageBar, UsageChart, letter};
    use crate::ids::CaseRef;
    use crate::letter::Language;

    struct Parts {
        letterhead: Vec<String>,
        address: Vec<String>,
        reference: CaseRef,
        body: String,
        usage: UsageChart,
    }

    fn parts() -> Parts {
        let bars = [("August 2026", 420, false), ("September 2026", 500, true)];
        let bar = |(label, cubic_feet, estimated): (&str, u32, bool)| UsageBar {
            label: label.to_owned(),
            cubic_feet,
            printed: cubic_feet.to_string(),
            estimated,
        };
        Parts {
            letterhead: vec!["Philadelphia Water Department".to_owned()],
            address: ["Ana Ortiz", "1234 N Hancock St", "Philadelphia, PA 19122"].map(str::to_owned).to_vec(),
            reference: CaseRef::new(2026, 7),
            body: "Dear Ana Ortiz,\n\nPlease check:\n\n- the toilet\n- the meter\n\nSincerely,\nThe department"
                .to_owned(),
            usage: UsageChart {
                title: "Your water use".to_owned(),
                columns: ["Bill", "Cubic feet"].map(str::to_owned),
                alternative: "Bars of two bills; the table below says the same.".to_owned(),
                bars: bars.into_iter().map(bar).collect(),
            },
        }
    }

    fn posted(parts: &Parts) -> PostedLetter<'_> {
        PostedLetter {
            labels: Labels::embedded(Language::English),
            letterhead: &parts.letterhead,
            address: &parts.address,
            written_on: jiff::civil::date(2026, 11, 25),
            printed_date: "November 25, 2026",
            reference: &parts.reference,
            subject: "Your question about high water use",
            body: &parts.body,
            usage: Some(&parts.usage),
            large_print: false,
        }
    }

    #[test]
    fn the_same_letter_gives_the_same_bytes() -> Result<(), PostError> {
        let parts = parts();
        let first = letter(&posted(&parts))?;
        assert_eq!(first, letter(&posted(&parts))?);
        assert!(first.pdf.starts_with(b"%PDF-1.7"));
        assert_eq!(first.pages, 1);
        Ok(())
    }

    #[test]
    fn large_print_takes_more_pages() -> Result<(), PostError> {
        let parts = parts();
        let large = letter(&PostedLetter { large_print: true, ..posted(&parts) })?;
        assert!(large.pages > 1, "{} page", large.pages);
        Ok(())
    }

    #[test]
    fn an_address_that_the_window_cannot_show_is_refused_with_its_line() {
        let mut parts = parts();
        parts.address[0] = "The Honorable ".repeat(6);
        let refused = letter(&posted(&parts)).err();
        assert!(
            matches!(&refused, Some(PostError::AddressWidth(line)) if line.starts_with("The Honorable")),
            "{refused:?}"
        );
        parts.address = vec!["line".to_owned(); 6];
        assert_eq!(letter(&posted(&parts)).err(), Some(PostError::AddressLines(6)));
        parts.address.clear();
        assert_eq!(letter(&posted(&parts)).err(), Some(PostError::NoAddress));
    }

    #[test]
    fn a_sign_that_no_font_has_is_named() {
        let mut parts = parts();
        parts.address[0] = "王小明".to_owned();
        let refused = letter(&posted(&parts)).err();
        assert_eq!(refused, Some(PostError::Character { character: '王', place: "in the address" }));
    }

    #[test]
    fn a_letter_without_end_is_refused() {
        let mut parts = parts();
        parts.body = "One more paragraph.\n\n".repeat(300);
        assert!(matches!(letter(&posted(&parts)).err(), Some(PostError::Pages { most: 4, .. })));
    }

    #[test]
    fn a_word_longer_than_a_line_is_cut_and_nothing_of_it_is_lost() {
        let mut parts = parts();
        parts.body = format!("{}\n\n- {}", "w".repeat(500), "m".repeat(500));
        assert!(letter(&posted(&parts)).is_ok());
    }

    #[test]
    fn a_code_says_the_case_and_a_misread_one_says_nothing() {
        let reference = CaseRef::new(2026, 123);
        let code = reference.code();
        assert_eq!(CaseRef::from_code(&code), Some(reference));
        assert_eq!(CaseRef::from_code(&code.replace("000123", "000132")), None);
        assert_eq!(CaseRef::from_code("https://water.example/pay"), None);
    }
}
