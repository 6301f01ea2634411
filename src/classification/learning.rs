//! Letters as examples to learn from.

use super::concepts::CONCEPTS;
use super::flags::flag_phrases;
use super::letters::StartingLetter;
use super::model::{Example, LONE, Model, Words};
use super::phrases::{Phrases, phrases_of};
use crate::letter::Flag;

/// Learns a model from letters.
pub(super) fn learn(letters: &[StartingLetter]) -> Model {
    let circumstances = flag_phrases().map(|(flag, phrase)| (number_of_flag(flag), phrase));
    let meanings = Phrases::new(concept_phrases().chain(circumstances));
    let examples: Vec<Example> = letters.iter().map(|letter| example(letter, &meanings)).collect();
    Model::train(&examples)
}

/// Every phrase for a thing of this trade, with the thing's number.
pub(super) fn concept_phrases() -> impl Iterator<Item = (u32, &'static str)> {
    (1_u32..).zip(CONCEPTS).flat_map(|(number, phrases)| phrases_of(phrases).map(move |phrase| (number, phrase)))
}

/// The number that stands for a flag's phrases among the meanings of words.
pub(super) const fn number_of_flag(flag: Flag) -> u32 {
    LONE + flag as u32
}

/// Subject and text as one.
pub(super) fn whole(subject: &str, text: &str) -> String {
    if subject.is_empty() { text.to_owned() } else { format!("{subject}\n{text}") }
}

fn example(letter: &StartingLetter, meanings: &Phrases<u32>) -> Example {
    let mut words = Words::of(&whole(&letter.subject, &letter.body));
    let mut found = Vec::new();
    meanings.find(&words, |number, _, last| found.push((last, number)));
    words.mark(found);
    Example {
        words,
        labels: letter.topics.iter().map(|topic| topic.as_str().to_owned()).collect(),
        circumstances: letter.flags.iter().map(|flag| flag.as_str().to_owned()).collect(),
    }
}
