//! Which words of a text spoke for a label, and which against it.

use super::reading::Reading;
use super::words::Words;
use super::{Answerer, Model, Prediction};

/// The most words of a span.
const LONGEST: usize = 8;
/// A neighbour belongs to a span when it weighs at least this share of the span's best word.
const NEIGHBOUR: f32 = 0.2;
/// What speaks against a label is told when it weighs this share of the best that speaks for it.
const TELLING: f32 = 0.4;

/// What weighs less than this share of the best is not worth showing.
const FAINT: f32 = 0.1;

/// Words of a text that spoke for a label, or against it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The number of the label.
    pub label: usize,
    /// Where the words start, in Unicode characters.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// How much they weighed; below zero they spoke against it.
    pub weight: f32,
}

/// What the model says of a text, with reasons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explained {
    /// The labels.
    pub topics: Prediction,
    /// The words that spoke for and against the labels that pass.
    pub topic_spans: Vec<Span>,
    /// The circumstances.
    pub circumstances: Prediction,
    /// The words that spoke for each circumstance that passes, the heaviest only.
    pub circumstance_spans: Vec<Span>,
    /// For each label that passes, how much each word spoke for it.
    pub weights: Vec<Vec<f32>>,
}

impl Model {
    /// What the model says of the words of a text, with at most `most` spans for a label.
    #[must_use]
    pub fn explain(&self, words: &Words, most: usize) -> Explained {
        let reading = Reading::of(words, &self.vocabulary);
        let scores = self.scores(&reading);
        let topics = self.answer(&reading, &scores);
        // Strangeness says nothing of circumstances.
        let circumstances = self.circumstances.answer(&reading, &scores, 1.0);
        let reasons = Reasons { words, reading: &reading, model: self };
        let weights = reasons.weights(&self.topics, &topics.passing);
        let mut topic_spans = Vec::new();
        for (label, weights) in topics.passing.iter().zip(&weights) {
            let speaking = reasons.spans(*label, weights, most);
            let telling = speaking.first().map_or(0.0, |best| best.weight * TELLING);
            let opposite: Vec<f32> = weights.iter().map(|weight| -weight).collect();
            let against = reasons.spans(*label, &opposite, most / 3);
            let least = telling / TELLING * FAINT;
            topic_spans.extend(speaking.into_iter().filter(|span| span.weight >= least));
            topic_spans.extend(
                against
                    .into_iter()
                    .filter(|span| span.weight >= telling)
                    .map(|span| Span { weight: -span.weight, ..span }),
            );
        }
        let mut circumstance_spans = Vec::new();
        let circumstance_weights = reasons.weights(&self.circumstances, &circumstances.passing);
        for (label, weights) in circumstances.passing.iter().zip(&circumstance_weights) {
            circumstance_spans.extend(reasons.spans(*label, weights, 1));
        }
        Explained { topics, topic_spans, circumstances, circumstance_spans, weights }
    }
}

/// A text with all that its words brought.
struct Reasons<'a> {
    words: &'a Words,
    reading: &'a Reading,
    model: &'a Model,
}

impl Reasons<'_> {
    /// How much each word spoke for each of some labels.
    #[expect(clippy::cast_precision_loss, reason = "counts of a text are small")]
    fn weights(&self, answerer: &Answerer, labels: &[usize]) -> Vec<Vec<f32>> {
        let mut weights = vec![vec![0.0_f32; self.words.len()]; labels.len()];
        if labels.is_empty() {
            return weights;
        }
        let all = &self.model.weights;
        let columns: Vec<usize> = labels.iter().map(|label| answerer.head.first_column + label).collect();
        // What a term adds wherever it stands: the reading has it once, the text as often as it occurs.
        let mut amounts = vec![0.0_f32; self.reading.terms.len() * labels.len()];
        for (term, amounts) in self.reading.terms.iter().zip(amounts.chunks_mut(labels.len())) {
            for (amount, column) in amounts.iter_mut().zip(&columns) {
                let mut whole = all.weight(term.row, *column) * term.value;
                if term.pieces > 0.0 {
                    whole += self.model.spelling.sum(term.row, *column, all.lines) * term.pieces;
                }
                *amount = whole * all.units[*column] / term.count as f32;
            }
        }
        for (word, term) in &self.reading.occurrences {
            let amounts = &amounts[*term as usize * labels.len()..];
            for (weights, amount) in weights.iter_mut().zip(amounts) {
                weights[*word as usize] += amount;
            }
        }
        for (word, pieces) in self.reading.strangers() {
            for (weights, column) in weights.iter_mut().zip(&columns) {
                let sum: f32 = pieces.iter().map(|(row, value)| all.weight(*row, *column) * value).sum();
                weights[word as usize] += sum * all.units[*column];
            }
        }
        weights
    }

    /// The heaviest spans of words.
    fn spans(&self, label: usize, weights: &[f32], most: usize) -> Vec<Span> {
        let mut order: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] > 0.0).collect();
        let heavier = |one: &usize, other: &usize| weights[*other].total_cmp(&weights[*one]).then(one.cmp(other));
        // A span takes in at most its length; more candidates are never needed.
        let enough = most * LONGEST;
        if order.len() > enough && enough > 0 {
            order.select_nth_unstable_by(enough, heavier);
            order.truncate(enough);
        }
        order.sort_unstable_by(heavier);
        let mut taken = vec![false; weights.len()];
        let mut spans = Vec::new();
        for at in order {
            if spans.len() == most || taken[at] {
                continue;
            }
            let (first, last) = around(at, weights, &taken);
            taken[first..=last].fill(true);
            let weight = weights[first..=last].iter().sum();
            spans.push(Span { label, start: self.words.place(first).0, end: self.words.place(last).1, weight });
        }
        spans.sort_by(|one, other| other.weight.total_cmp(&one.weight).then(one.start.cmp(&other.start)));
        spans
    }
}

/// The first and last word of the span around its best word.
fn around(best: usize, weights: &[f32], taken: &[bool]) -> (usize, usize) {
    let (mut first, mut last) = (best, best);
    let joins = |at: usize| !taken[at] && weights[at] >= NEIGHBOUR * weights[best];
    while last - first + 1 < LONGEST {
        let before = first.checked_sub(1).filter(|at| joins(*at));
        let after = Some(last + 1).filter(|at| *at < weights.len() && joins(*at));
        match (before, after) {
            (Some(before), Some(after)) if weights[before] > weights[after] => first = before,
            (Some(before), None) => first = before,
            (_, Some(after)) => last = after,
            (None, None) => break,
        }
    }
    (first, last)
}
