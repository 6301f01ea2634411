//! A linear model for any set of labels: one logistic regression a label over weighted
//! features, trained by a fixed number of passes in a fixed order.

use std::collections::BTreeSet;

use super::features::{FEATURES, Token, features, token_features, tokens};
use crate::ids::Digest;

/// How often the training goes through the examples.
const PASSES: usize = 12;
/// The first step's size.
const STEP: f32 = 2.0;
/// How strongly weights are drawn to zero.
const SHRINK: f32 = 2e-5;
/// The probability from which a label passes.
const THRESHOLD: f32 = 0.35;
/// The share of a text's features that must have been seen in training.
const KNOWN_SHARE: f32 = 0.2;

/// A text with its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text.
    pub text: String,
    /// Its labels, the primary first.
    pub labels: Vec<String>,
}

/// What the model says of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Every label with its probability, the likeliest first.
    pub labels: Vec<(String, f32)>,
    /// The labels that pass, the likeliest first.
    pub passing: Vec<String>,
    /// Whether a person has to decide.
    pub unsure: bool,
}

/// Words of a text that spoke for a label.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Where they start, in Unicode characters.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// The words.
    pub text: String,
    /// How much they weighed.
    pub weight: f32,
}

/// A trained model.
#[derive(Debug, Clone)]
pub struct Model {
    labels: Vec<String>,
    /// The inverse document frequency of each feature; 0 for one never seen.
    rarity: Vec<f32>,
    /// The weights, the labels of one feature side by side.
    weights: Vec<f32>,
    biases: Vec<f32>,
    name: String,
}

impl Model {
    /// Trains a model; the same examples in the same order give the same model.
    #[must_use]
    pub fn train(examples: &[Example]) -> Self {
        let labels: Vec<String> =
            examples.iter().flat_map(|example| &example.labels).collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let counted: Vec<Vec<(u32, f32)>> = examples.iter().map(|example| features(&tokens(&example.text))).collect();
        let rarity = rarity(&counted);
        let vectors: Vec<Vec<(u32, f32)>> = counted.iter().map(|counts| weighted(counts, &rarity)).collect();
        let mut model = Self {
            weights: vec![0.0; FEATURES * labels.len()],
            biases: vec![-2.0; labels.len()],
            labels,
            rarity,
            name: String::new(),
        };
        let targets: Vec<Vec<bool>> = examples
            .iter()
            .map(|example| model.labels.iter().map(|label| example.labels.contains(label)).collect())
            .collect();
        for pass in 0..PASSES {
            #[expect(clippy::cast_precision_loss, reason = "the number of a pass is small")]
            let step = STEP / (1.0 + pass as f32 / 3.0);
            for at in order(examples.len(), pass) {
                model.learn(&vectors[at], &targets[at], step);
            }
        }
        model.name = model.digest();
        model
    }

    /// Which model this is: the start of the digest of its weights.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the model says of a text.
    #[must_use]
    pub fn predict(&self, text: &str) -> Prediction {
        let counts = features(&tokens(text));
        let vector = weighted(&counts, &self.rarity);
        let probabilities: Vec<f32> = self.scores(&vector).into_iter().map(probability).collect();
        let mut labels: Vec<(String, f32)> = self.labels.iter().cloned().zip(probabilities).collect();
        labels.sort_by(|(first, a), (second, b)| b.total_cmp(a).then_with(|| first.cmp(second)));
        #[expect(clippy::cast_precision_loss, reason = "a letter has few features")]
        let known = vector.len() as f32 >= KNOWN_SHARE * counts.len() as f32 && vector.len() >= 5;
        let passing: Vec<String> = labels
            .iter()
            .filter(|(_, probability)| known && *probability >= THRESHOLD)
            .map(|(label, _)| label.clone())
            .collect();
        Prediction { unsure: passing.is_empty(), labels, passing }
    }

    /// The words of a text that spoke most for a label.
    #[must_use]
    pub fn evidence(&self, text: &str, label: &str, limit: usize) -> Vec<Span> {
        let Some(label) = self.labels.iter().position(|known| known == label) else { return Vec::new() };
        let tokens = tokens(text);
        let mut spans: Vec<(f32, &Token)> = tokens
            .iter()
            .enumerate()
            .map(|(at, token)| {
                let mut weight = 0.0;
                token_features(&tokens, at, |feature| {
                    weight += self.weight(feature, label) * self.rarity[feature as usize];
                });
                (weight, token)
            })
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        spans.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.start.cmp(&second.start)));
        spans
            .into_iter()
            .take(limit)
            .map(|(weight, token)| Span {
                start: token.start,
                end: token.end,
                text: text.chars().skip(token.start).take(token.end - token.start).collect(),
                weight,
            })
            .collect()
    }

    fn weight(&self, feature: u32, label: usize) -> f32 {
        self.weights[feature as usize * self.labels.len() + label]
    }

    fn scores(&self, vector: &[(u32, f32)]) -> Vec<f32> {
        let mut scores = self.biases.clone();
        let width = self.labels.len();
        for (feature, value) in vector {
            let row = &self.weights[*feature as usize * width..][..width];
            for (score, weight) in scores.iter_mut().zip(row) {
                *score += weight * value;
            }
        }
        scores
    }

    fn learn(&mut self, vector: &[(u32, f32)], targets: &[bool], step: f32) {
        let width = self.labels.len();
        let errors: Vec<f32> = self
            .scores(vector)
            .into_iter()
            .zip(targets)
            .map(|(score, target)| f32::from(u8::from(*target)) - probability(score))
            .collect();
        for (bias, error) in self.biases.iter_mut().zip(&errors) {
            *bias += 0.05 * step * error;
        }
        for (feature, value) in vector {
            let row = &mut self.weights[*feature as usize * width..][..width];
            for (weight, error) in row.iter_mut().zip(&errors) {
                *weight += step * (error * value - SHRINK * *weight);
            }
        }
    }

    fn digest(&self) -> String {
        let bytes: Vec<u8> = self.weights.iter().chain(&self.biases).flat_map(|weight| weight.to_le_bytes()).collect();
        Digest::of(&bytes).as_str()[..12].to_owned()
    }
}

fn probability(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

#[expect(clippy::cast_precision_loss, reason = "counts of letters are small")]
fn rarity(counted: &[Vec<(u32, f32)>]) -> Vec<f32> {
    let mut documents = vec![0_u32; FEATURES];
    for counts in counted {
        for (feature, _) in counts {
            documents[*feature as usize] += 1;
        }
    }
    let all = counted.len() as f32;
    documents
        .into_iter()
        .map(|documents| if documents == 0 { 0.0 } else { ((1.0 + all) / (1.0 + documents as f32)).ln() + 0.2 })
        .collect()
}

/// The known features weighted by rarity, the whole brought to length one.
fn weighted(counts: &[(u32, f32)], rarity: &[f32]) -> Vec<(u32, f32)> {
    let mut vector: Vec<(u32, f32)> = counts
        .iter()
        .map(|(feature, count)| (*feature, count * rarity[*feature as usize]))
        .filter(|(_, value)| *value > 0.0)
        .collect();
    let length = vector.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    for (_, value) in &mut vector {
        *value /= length;
    }
    vector
}

/// The examples in an order that looks shuffled and is always the same.
fn order(count: usize, pass: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_add(pass as u64);
    for at in (1..count).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from((state >> 33) % (at as u64 + 1)).unwrap_or(0);
        order.swap(at, other);
    }
    order
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
        .map(|(text, label)| Example { text: text.to_owned(), labels: vec![label.to_owned()] })
        .collect()
    }

    #[test]
    fn the_same_examples_give_the_same_model() {
        assert_eq!(Model::train(&examples()).name(), Model::train(&examples()).name());
    }

    #[test]
    fn a_text_like_the_examples_gets_their_label() {
        let prediction = Model::train(&examples()).predict("brown water from my tap");
        assert_eq!(prediction.labels[0].0, "field");
    }

    #[test]
    fn a_text_like_nothing_known_is_unsure() {
        assert!(Model::train(&examples()).predict("zxqv klmp wrtg hjkd").unsure);
    }
}
