//! The benches of the classifier: a short text, a letter of a page with evidence, loading a model.

use penstock::classification::{Classifier, Model};

fn main() {
    divan::main();
}

const SHORT: &str = "Why is my water bill so much higher than last month?";

fn letter() -> String {
    let part = "To whom it may concern, my bill for this quarter came to four hundred dollars and I have always paid about \
                sixty. Nobody has been in the house since March, a plumber found no leak, and the meter was not read. I \
                called twice and was promised an answer. Please review the charge and send me the readings. ";
    part.chars().cycle().take(1_500).collect()
}

/// What the model says of one sentence.
#[divan::bench]
fn predict_short(bencher: divan::Bencher<'_, '_>) {
    let classifier = Classifier::from_starting_letters().expect("the shipped model is readable");
    bencher.bench(|| classifier.model().predict(divan::black_box(SHORT)));
}

/// Topics, flags, evidence, asks and language of a letter of 1,500 characters.
#[divan::bench]
fn classify_letter(bencher: divan::Bencher<'_, '_>) {
    let classifier = Classifier::from_starting_letters().expect("the shipped model is readable");
    let letter = letter();
    bencher.bench(|| classifier.classify("My bill", divan::black_box(&letter)));
}

/// The same for longer and longer letters: ten times the characters take at most ten times as long.
#[divan::bench(args = [1_500, 15_000, 150_000, 1_500_000])]
fn classify_long(bencher: divan::Bencher<'_, '_>, characters: usize) {
    let classifier = Classifier::from_starting_letters().expect("the shipped model is readable");
    let letter: String = letter().chars().cycle().take(characters).collect();
    bencher.bench(|| classifier.classify("My bill", divan::black_box(&letter)));
}

/// Reading the shipped model.
#[divan::bench]
fn load(bencher: divan::Bencher<'_, '_>) {
    let bytes = Classifier::from_starting_letters().expect("the shipped model is readable").model().to_bytes();
    bencher.bench(|| Model::from_bytes(divan::black_box(&bytes)));
}
