//! Which words of a text spoke for a label, and which against it.

use super::head::Weights;
use super::vocabulary::{Occurrences, Vector};
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
        let (vector, occurrences) = self.read(words);
        let scores = self.weights.scores(&vector);
        let topics = self.topics.answer(&vector, &scores);
        let circumstances = self.circumstances.answer(&vector, &scores);
        let reasons = Reasons { words, vector: &vector, occurrences: &occurrences, weights: &self.weights };
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
    vector: &'a Vector,
    occurrences: &'a Occurrences,
    weights: &'a Weights,
}

impl Reasons<'_> {
    /// How much each word spoke for each of some labels.
    fn weights(&self, answerer: &Answerer, labels: &[usize]) -> Vec<Vec<f32>> {
        let mut weights = vec![vec![0.0_f32; self.words.len()]; labels.len()];
        if labels.is_empty() {
            return weights;
        }
        let column = |label: &usize| answerer.head.first_column + label;
        let wanted: Vec<(usize, f32)> =
            labels.iter().map(|label| (column(label), self.weights.units[column(label)])).collect();
        // The vector has a feature once, the text as often as it occurs.
        let mut counts = vec![0.0_f32; self.vector.values.len()];
        for (_, place) in self.occurrences {
            counts[*place as usize] += 1.0;
        }
        for (word, place) in self.occurrences {
            let (row, value) = self.vector.values[*place as usize];
            let columns = self.weights.row(row);
            let amount = value / counts[*place as usize];
            for (weights, (column, unit)) in weights.iter_mut().zip(&wanted) {
                weights[*word as usize] += columns[*column] * unit * amount;
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
