//! Learns a model from examples: the vocabulary, the weights, and how far to trust them. The same
//! examples in the same order give the same model, byte for byte.

use std::collections::BTreeSet;

use super::calibration::{Calibration, Judged, Manner, likeliest};
use super::head::{Head, Targets, Weights};
use super::reading::{Reading, Vector};
use super::solver::{Matrix, shuffled};
use super::vocabulary::Vocabulary;
use super::{Answerer, Example, Model};

/// The parts into which examples are split, and how many of them are judged by weights learned
/// from the others.
const FOLDS: (usize, usize) = (5, 5);
/// From this many examples on, few parts say enough, and smaller ones leave more to learn from.
const PLENTY: usize = 4_000;
const FOLDS_OF_PLENTY: (usize, usize) = (10, 2);

pub(super) fn train(examples: &[Example]) -> Model {
    let vocabulary = Vocabulary::of(examples.iter().map(|example| &example.words));
    let vector = |example: &Example| Reading::of(&example.words, &vocabulary).vector(&vocabulary);
    let vectors: Vec<Vector> = examples.iter().map(vector).collect();
    let labels: Vec<&[String]> = examples.iter().map(|example| example.labels.as_slice()).collect();
    let several = labels.iter().any(|labels| labels.len() != 1);
    let manner = if several { Manner::Several } else { Manner::One };
    let (topics, topic_weights) = answerer(&vocabulary, &vectors, &labels, manner);
    let circumstances: Vec<&[String]> = examples.iter().map(|example| example.circumstances.as_slice()).collect();
    let (mut circumstances, other_weights) = answerer(&vocabulary, &vectors, &circumstances, Manner::Any);
    circumstances.head.first_column = topics.names.len();
    let weights = Weights::join(&[(&topic_weights, topics.names.len()), (&other_weights, circumstances.names.len())]);
    Model::of(vocabulary, weights, topics, circumstances)
}

fn answerer(vocabulary: &Vocabulary, vectors: &[Vector], labels: &[&[String]], manner: Manner) -> (Answerer, Matrix) {
    let names: Vec<String> = labels.iter().copied().flatten().collect::<BTreeSet<_>>().into_iter().cloned().collect();
    let targets: Vec<Vec<u32>> = labels.iter().map(|labels| numbers(labels, &names)).collect();
    let targets: Vec<&[u32]> = targets.iter().map(Vec::as_slice).collect();
    let vectors: Vec<&Vector> = vectors.iter().collect();
    let targets = Targets { texts: &targets, labels: names.len(), ordered: manner == Manner::Several };
    let judged = judged(vocabulary, &vectors, &targets);
    let calibration = Calibration::learn(manner, names.len(), &judged);
    let (head, matrix) = Head::train(vocabulary, &vectors, &targets);
    (Answerer { names, head, calibration }, matrix)
}

/// The numbers of labels, in their order, each once.
fn numbers(labels: &[String], names: &[String]) -> Vec<u32> {
    let mut numbers = Vec::new();
    for number in labels.iter().filter_map(|label| u32::try_from(names.binary_search(label).ok()?).ok()) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// Texts judged by weights that had not seen them.
fn judged<'a>(vocabulary: &Vocabulary, vectors: &[&Vector], targets: &Targets<'a>) -> Vec<Judged<'a>> {
    let order = shuffled(vectors.len(), 90);
    if targets.labels == 0 || vectors.len() < 2 * FOLDS.0 {
        return Vec::new();
    }
    let (folds, judged_folds) = if vectors.len() >= PLENTY { FOLDS_OF_PLENTY } else { FOLDS };
    let mut judged = Vec::new();
    for fold in 0..judged_folds {
        let others: Vec<usize> =
            order.iter().enumerate().filter(|(at, _)| at % folds != fold).map(|(_, text)| *text).collect();
        let seen: Vec<&Vector> = others.iter().map(|at| vectors[*at]).collect();
        let wanted: Vec<&[u32]> = others.iter().map(|at| targets.texts[*at]).collect();
        let (head, matrix) = Head::train(vocabulary, &seen, &Targets { texts: &wanted, ..*targets });
        let weights = Weights::join(&[(&matrix, targets.labels)]);
        judged.extend(order.iter().skip(fold).step_by(folds).map(|at| {
            let scores = head.own(&weights.scores(vectors[*at])).to_vec();
            let likeness = head.likeness(vectors[*at], likeliest(&scores));
            Judged { scores, likeness, targets: targets.texts[*at] }
        }));
    }
    judged
}
