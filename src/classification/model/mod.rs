//! A linear model for any set of labels over words and pieces of words. It knows nothing of this
//! trade, needs nothing but the standard library, and is pure: the same model and text always
//! give the same answer.

mod calibration;
mod evidence;
mod features;
mod file;
mod head;
mod logistic;
mod solver;
mod training;
mod vocabulary;
mod words;

pub use evidence::{Explained, Span};
pub use file::Unreadable;
pub use words::Words;

use calibration::{Calibration, Manner, likeliest};
use features::Kind;
use head::{Head, Weights};
use vocabulary::{Occurrences, Vector, Vocabulary};

/// A text of which less of the pieces of its words than this is known looks like nothing known.
const KNOWN: f32 = 0.4;
/// A text with fewer known features than this says nothing.
const FEATURES: usize = 5;

/// A text with its labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Example {
    /// The words of the text.
    pub words: Words,
    /// Its labels, the primary first.
    pub labels: Vec<String>,
    /// Its circumstances, which are told apart from the labels.
    pub circumstances: Vec<String>,
}

/// A trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    vocabulary: Vocabulary,
    weights: Weights,
    topics: Answerer,
    circumstances: Answerer,
    name: String,
}

/// What is asked of a text: which of these names hold?
#[derive(Debug, Clone, PartialEq)]
struct Answerer {
    names: Vec<String>,
    head: Head,
    calibration: Calibration,
}

/// What the model says of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prediction {
    /// The number of every label with its probability, the likeliest first.
    pub labels: Vec<(usize, f32)>,
    /// The numbers of the labels that pass, the primary first.
    pub passing: Vec<usize>,
    /// Whether a person has to decide.
    pub unsure: bool,
}

impl Model {
    /// Trains a model; the same examples in the same order give the same model.
    #[must_use]
    pub fn train(examples: &[Example]) -> Self {
        training::train(examples)
    }

    fn of(vocabulary: Vocabulary, weights: Weights, topics: Answerer, circumstances: Answerer) -> Self {
        let mut model = Self { vocabulary, weights, topics, circumstances, name: String::new() };
        model.name = file::name(&model);
        model
    }

    /// Which model this is: a digest of all that it learned.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The labels, by their numbers.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.topics.names
    }

    /// The circumstances, by their numbers.
    #[must_use]
    pub fn circumstances(&self) -> &[String] {
        &self.circumstances.names
    }

    /// The probability from which a label passes.
    #[must_use]
    pub fn threshold(&self, label: usize) -> f32 {
        self.topics.calibration.thresholds[label]
    }

    /// What the model says of a text.
    #[must_use]
    pub fn predict(&self, text: &str) -> Prediction {
        let (vector, _) = self.read(&Words::of(text));
        self.topics.answer(&vector, &self.weights.scores(&vector))
    }

    /// The words and pairs of words that a text brings of those the model knows: numbers, which
    /// mean the same to every model, with their weights in the text.
    #[must_use]
    pub fn features(&self, words: &Words) -> Vec<(u32, f32)> {
        let (vector, _) = self.read(words);
        let of_words = vector.values.iter().filter(|(row, _)| self.vocabulary.kind(*row) == Kind::Word);
        of_words.map(|(row, value)| (self.vocabulary.numbers[*row as usize], *value)).collect()
    }

    fn read(&self, words: &Words) -> (Vector, Occurrences) {
        self.vocabulary.vector(words)
    }
}

impl Answerer {
    fn answer(&self, vector: &Vector, scores: &[f32]) -> Prediction {
        let scores = self.head.own(scores);
        if scores.is_empty() {
            return Prediction { unsure: true, ..Prediction::default() };
        }
        let first = likeliest(scores);
        let probabilities = self.calibration.probabilities(scores, self.head.likeness(vector, first));
        let mut labels: Vec<(usize, f32)> = probabilities.into_iter().enumerate().collect();
        labels.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        if self.calibration.manner != Manner::Any {
            bring_first(&mut labels, first);
        }
        let passes = |(label, probability): &&(usize, f32)| *probability >= self.calibration.thresholds[*label];
        let most = if self.calibration.manner == Manner::One { 1 } else { labels.len() };
        let mut passing: Vec<usize> = labels.iter().take(most).filter(passes).map(|(label, _)| *label).collect();
        // Where even the likeliest does not pass, none does.
        let known = vector.looks_known();
        if !known || (self.calibration.manner != Manner::Any && passing.first() != Some(&first)) {
            passing.clear();
        }
        Prediction { unsure: passing.is_empty(), labels, passing }
    }
}

impl Vector {
    /// Whether enough of the text is known to judge it.
    #[expect(clippy::cast_precision_loss, reason = "a text has few pieces")]
    fn looks_known(&self) -> bool {
        let (known, all) = self.known_pieces;
        self.values.len() >= FEATURES && known as f32 >= KNOWN * all as f32
    }
}

/// Of equally likely labels the one with the best score leads.
fn bring_first(labels: &mut [(usize, f32)], first: usize) {
    if let Some(at) = labels.iter().position(|(label, _)| *label == first) {
        labels[..=at].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<Example> {
        [
            ("the water is brown and smells", "field"),
            ("brown water from the tap today", "field"),
            ("my bill was paid twice", "double"),
            ("you billed me two times, double", "double"),
        ]
        .into_iter()
        .map(|(text, label)| Example { words: Words::of(text), labels: vec![label.to_owned()], ..Example::default() })
        .collect()
    }

    #[test]
    fn the_same_examples_give_the_same_model() {
        assert_eq!(Model::train(&examples()).to_bytes(), Model::train(&examples()).to_bytes());
    }

    #[test]
    fn a_text_like_the_examples_gets_their_label() {
        let model = Model::train(&examples());
        let prediction = model.predict("brown water from my tap");
        assert_eq!(model.labels()[prediction.labels[0].0], "field");
    }

    #[test]
    fn a_text_like_nothing_known_is_unsure() {
        assert!(Model::train(&examples()).predict("zxqv klmp wrtg hjkd").unsure);
    }

    #[test]
    fn nothing_learned_is_unsure_of_everything() {
        assert!(Model::train(&[]).predict("water").unsure);
    }
}
