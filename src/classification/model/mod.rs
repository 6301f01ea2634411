//! A linear model for any set of labels over words and pieces of words. It knows nothing of this
//! trade, needs nothing but the standard library, and is pure: the same model and text always
//! give the same answer.

mod calibration;
mod evidence;
mod features;
mod file;
mod head;
mod logistic;
mod reading;
mod solver;
mod training;
mod vocabulary;
mod words;

pub use evidence::{Explained, Span};
pub use file::Unreadable;
pub use words::Words;
pub(crate) use words::{LONE, number_of};

use calibration::{Calibration, Manner, likeliest};
use features::Kind;
use head::{Head, Spelling, Weights};
use reading::Reading;
use vocabulary::Vocabulary;

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
    spelling: Spelling,
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
        let spelling = Spelling::of(&vocabulary, &weights, &topics.head);
        let mut model = Self { vocabulary, weights, spelling, topics, circumstances, name: String::new() };
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
        let reading = Reading::of(&Words::of(text), &self.vocabulary);
        self.answer(&reading, &self.scores(&reading))
    }

    /// The words and pairs of words that a text brings of those the model knows: numbers, which
    /// mean the same to every model, with their weights in the text.
    #[must_use]
    pub fn features(&self, words: &Words) -> Vec<(u32, f32)> {
        let terms = Reading::of(words, &self.vocabulary).terms;
        let of_words = terms.iter().filter(|term| self.vocabulary.group(term.row) == Kind::Word.group());
        of_words.map(|term| (self.vocabulary.numbers[term.row as usize], term.value)).collect()
    }

    fn scores(&self, reading: &Reading) -> Vec<f32> {
        self.weights.scores_of(reading, &self.spelling)
    }

    fn answer(&self, reading: &Reading, scores: &[f32]) -> Prediction {
        let first = likeliest(self.topics.head.own(scores));
        let likeness = |label| self.topics.head.likeness_of(reading, &self.spelling, label);
        self.topics.answer(reading, scores, if self.topics.names.is_empty() { 0.0 } else { likeness(first) })
    }
}

impl Answerer {
    fn answer(&self, reading: &Reading, scores: &[f32], likeness: f32) -> Prediction {
        let scores = self.head.own(scores);
        if scores.is_empty() {
            return Prediction { unsure: true, ..Prediction::default() };
        }
        let first = likeliest(scores);
        let probabilities = self.calibration.probabilities(scores, likeness);
        let mut labels: Vec<(usize, f32)> = probabilities.into_iter().enumerate().collect();
        labels.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        if self.calibration.manner != Manner::Any {
            bring_first(&mut labels, first);
        }
        let passes = |(label, probability): &&(usize, f32)| *probability >= self.calibration.thresholds[*label];
        let most = if self.calibration.manner == Manner::One { 1 } else { labels.len() };
        let mut passing: Vec<usize> = labels.iter().take(most).filter(passes).map(|(label, _)| *label).collect();
        // Where even the likeliest does not pass, none does.
        if !reading.looks_known() || (self.calibration.manner != Manner::Any && passing.first() != Some(&first)) {
            passing.clear();
        }
        Prediction { unsure: passing.is_empty(), labels, passing }
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
