//! Scanned pages: letterheads, typed and printed letters in English and Spanish.
//!
//! OCR takes seconds a page, and in an unoptimised build preparing the images takes as long
//! again: so this family runs in release builds, or when it is chosen by name (`-- ocr`).

use std::collections::HashMap;
use std::time::Duration;

use penstock::converters::Converters;

use crate::corpus::{Case, Corpora};
use crate::score::{Row, share};

/// Words found again and words that stand there, by the kind of their line.
type Recall = HashMap<String, (usize, usize)>;

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    if cfg!(debug_assertions) && !std::env::args().any(|argument| argument == "ocr") {
        return Vec::new();
    }
    let mut rows = kinds(corpora);
    rows.extend(set(corpora, "ehri-typed", [Some(("Tesseract 5.3", 0.919)), None], [0.965, 0.90]));
    rows.extend(set(corpora, "fondue-en20", [None, Some(("Tesseract 5.3", 0.997))], [0.985, 0.995]));
    rows.extend(set(corpora, "fondue-es19", [None, None], [0.89, 0.92]));
    rows
}

/// The Stanford letters hold several hands; each counts alone.
fn kinds(corpora: &Corpora) -> Vec<Row> {
    let pages = recognised(corpora, "stanford-letters");
    let mut recall = Recall::new();
    for (case, text) in &pages {
        count(case, text, &mut recall);
    }
    let row = |kind: &str, measure, peer, floor| {
        let (found, all) = recall.get(kind).copied().unwrap_or_default();
        Row {
            set: "stanford-letters",
            measure,
            cases: pages.len(),
            score: share(found, all),
            peer: Some(("Tesseract 5.3", peer)),
            floor,
        }
    };
    vec![
        row("DefaultLine:Typewritten", "words of typewritten lines", 0.803, 0.92),
        row("DefaultLine:Print", "words of letterheads", 0.573, 0.74),
        row("DefaultLine:Handwritten", "words of handwritten lines", 0.039, 0.0),
    ]
}

fn set(corpora: &Corpora, set: &'static str, peers: [Option<(&'static str, f64)>; 2], floors: [f64; 2]) -> Vec<Row> {
    let pages = recognised(corpora, set);
    let (mut recall, mut wrong, mut all) = (Recall::new(), 0, 0);
    for (case, text) in &pages {
        count(case, text, &mut recall);
        let wanted = folded(case.expected["text"].as_str().unwrap());
        wrong += distance(&wanted, &folded(text));
        all += wanted.len();
    }
    let (found, words) = recall.values().fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
    let row =
        |measure, score, at: usize| Row { set, measure, cases: pages.len(), score, peer: peers[at], floor: floors[at] };
    vec![row("words found", share(found, words), 0), row("1 - character error rate", 1.0 - share(wrong, all), 1)]
}

/// The cases of a set with the text that was read from each.
fn recognised(corpora: &Corpora, set: &str) -> Vec<(Case, String)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let converters = Converters { program: env!("CARGO_BIN_EXE_penstock").into(), patience: Duration::from_mins(5) };
    let read = |case: Case| {
        let converters = converters.clone();
        async move {
            let pages = converters.convert(&case.input).await.scan.pages;
            let texts: Vec<String> = pages.into_iter().map(|page| page.text).collect();
            (case, texts.join("\n\n"))
        }
    };
    corpora.cases(set).into_iter().map(|case| runtime.block_on(read(case))).collect()
}

fn count(case: &Case, text: &str, recall: &mut Recall) {
    let mut bag: HashMap<String, usize> = HashMap::new();
    for word in words(text) {
        *bag.entry(word).or_default() += 1;
    }
    for line in case.expected["lines"].as_array().unwrap() {
        let sum = recall.entry(line[1].as_str().unwrap().to_owned()).or_default();
        for word in words(line[0].as_str().unwrap()) {
            sum.1 += 1;
            if let Some(left) = bag.get_mut(&word).filter(|left| **left > 0) {
                *left -= 1;
                sum.0 += 1;
            }
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let lower = composed(text).to_lowercase();
    let split = lower.split(|character: char| !character.is_alphanumeric());
    split.filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

/// Letters and their accents as one character each: some transcriptions keep them apart.
fn composed(text: &str) -> String {
    const PAIRS: [(&str, &str); 16] = [
        ("a\u{301}", "á"),
        ("e\u{301}", "é"),
        ("i\u{301}", "í"),
        ("o\u{301}", "ó"),
        ("u\u{301}", "ú"),
        ("n\u{303}", "ñ"),
        ("u\u{308}", "ü"),
        ("a\u{300}", "à"),
        ("A\u{301}", "Á"),
        ("E\u{301}", "É"),
        ("I\u{301}", "Í"),
        ("O\u{301}", "Ó"),
        ("U\u{301}", "Ú"),
        ("N\u{303}", "Ñ"),
        ("U\u{308}", "Ü"),
        ("e\u{300}", "è"),
    ];
    PAIRS.iter().fold(text.to_owned(), |text, (apart, one)| text.replace(apart, one))
}

fn folded(text: &str) -> Vec<char> {
    composed(text).split_whitespace().collect::<Vec<_>>().join(" ").chars().collect()
}

/// How many characters must be changed, put in or left out.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (at, from) in one.iter().enumerate() {
        let mut row = vec![at + 1];
        for (column, to) in other.iter().enumerate() {
            row.push((above[column + 1] + 1).min(row[column] + 1).min(above[column] + usize::from(from != to)));
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}
