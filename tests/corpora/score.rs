//! How answers are compared, and the table of the scores.

use std::collections::HashMap;
use std::fmt::Write as _;

/// One score.
pub(crate) struct Row {
    /// The set.
    pub(crate) set: &'static str,
    /// What is measured.
    pub(crate) measure: &'static str,
    /// Over how many cases.
    pub(crate) cases: usize,
    /// From 0 to 1.
    pub(crate) score: f64,
    /// The best peer and its score over its whole set, where one is known.
    pub(crate) peer: Option<(&'static str, f64)>,
    /// Below this the run fails: something that worked no longer does.
    pub(crate) floor: f64,
}

/// The share of a count.
#[expect(clippy::cast_precision_loss, reason = "sets have few cases")]
pub(crate) fn share(right: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { right as f64 / all as f64 }
}

/// Equal but for blanks: trimmed, runs of empty lines and blanks at line ends ignored.
pub(crate) fn equal_but_blanks(one: &str, other: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.replace("\r\n", "\n")
            .lines()
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    };
    lines(one.trim()) == lines(other.trim())
}

/// The harmonic mean of precision and recall over the words of two texts.
pub(crate) fn word_f1(wanted: &str, found: &str) -> f64 {
    let words = |text: &str| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let lower = text.to_lowercase();
        for word in lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
        counts
    };
    let (wanted, found) = (words(wanted), words(found));
    let both: usize = wanted.iter().map(|(word, count)| (*count).min(found.get(word).copied().unwrap_or(0))).sum();
    let (all_wanted, all_found) = (wanted.values().sum::<usize>(), found.values().sum::<usize>());
    match (all_wanted, all_found) {
        (0, 0) => 1.0,
        _ => 2.0 * share(both, all_wanted + all_found),
    }
}

/// The rows as a Markdown table.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = "| set | measure | cases | here | best peer |\n|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let peer = row.peer.map_or_else(|| "-".to_owned(), |(name, score)| format!("{score:.3} ({name})"));
        let _ = writeln!(text, "| {} | {} | {} | {:.3} | {peer} |", row.set, row.measure, row.cases, row.score);
    }
    text
}

/// The document that the table stands in.
pub(crate) fn document(table: &str) -> String {
    format!(
        "# Scores on other projects' material\n\n\
         Written by `cargo test --test corpora -- --write docs/corpora.md`. The material is not part of this repository; \
         the peers' figures are over their whole sets, ours over the part of them that lies here, which was looked at \
         while the reader was written. The families `classification` and `ocr` take long and run in release builds or by \
         name only: classification.md and scans.md have their figures.\n\n{table}"
    )
}
