//! What a letter is about: topics with probabilities and evidence, flags, and the language.
//!
//! A linear model over words and pieces of words, trained from the starting letters that lie
//! beside it. It says `unsure` rather than force a guess. Pure: the same model and text always
//! give the same answer.

mod features;
mod flags;
mod language;
mod letters;
mod model;

pub use language::language_of;
pub use letters::{LettersError, StartingLetter, parse_letters, starting_letters};
pub use model::{Example, Model, Prediction, Span};

use serde::{Deserialize, Serialize};

use crate::letter::{Flag, Language, Topic};

/// How many pieces of evidence are kept for each topic that passes.
const EVIDENCE: usize = 6;

/// The classifier of this trade's letters.
#[derive(Debug, Clone)]
pub struct Classifier {
    topics: Model,
}

/// What a letter is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The language of most of it.
    pub language: Language,
    /// Every topic with its probability, the likeliest first.
    pub labels: Vec<(Topic, f32)>,
    /// The topics above their threshold, the primary first.
    pub topics: Vec<Topic>,
    /// Whether a person has to decide.
    pub unsure: bool,
    /// The circumstances found.
    pub flags: Vec<FlagFound>,
    /// What spoke for the topics.
    pub evidence: Vec<TopicEvidence>,
    /// Which model said so.
    pub model: String,
}

/// A flag with the words that raised it, in Unicode characters of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagFound {
    /// Which.
    pub flag: Flag,
    /// Where the words start.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// The words.
    pub text: String,
}

/// Words that spoke for a topic, in Unicode characters of the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicEvidence {
    /// Which topic.
    pub topic: Topic,
    /// Where the words start.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// The words.
    pub text: String,
    /// How much they weighed.
    pub weight: f32,
}

impl Classifier {
    /// Trains the classifier from the starting letters.
    pub fn from_starting_letters() -> Result<Self, LettersError> {
        let examples: Vec<Example> = starting_letters()?
            .into_iter()
            .map(|letter| Example {
                text: format!("{}\n{}", letter.subject, letter.body),
                labels: letter.topics.iter().map(|topic| topic.as_str().to_owned()).collect(),
            })
            .collect();
        Ok(Self { topics: Model::train(&examples) })
    }

    /// Which model this is: the digest of its weights.
    #[must_use]
    pub fn model_name(&self) -> &str {
        self.topics.name()
    }

    /// What a letter is about.
    #[must_use]
    pub fn classify(&self, subject: &str, text: &str) -> Classification {
        let whole = if subject.is_empty() { text.to_owned() } else { format!("{subject}\n{text}") };
        let prediction = self.topics.predict(&whole);
        let topic = |label: &str| label.parse::<Topic>().unwrap_or(Topic::Other);
        let topics: Vec<Topic> = prediction.passing.iter().map(|label| topic(label)).collect();
        let evidence = topics
            .iter()
            .flat_map(|topic| {
                self.topics.evidence(text, topic.as_str(), EVIDENCE).into_iter().map(|span| TopicEvidence {
                    topic: *topic,
                    start: span.start,
                    end: span.end,
                    text: span.text,
                    weight: span.weight,
                })
            })
            .collect();
        Classification {
            language: language_of(&whole),
            labels: prediction.labels.iter().map(|(label, probability)| (topic(label), *probability)).collect(),
            topics,
            unsure: prediction.unsure,
            flags: flags::find(text),
            evidence,
            model: self.model_name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn classifier() -> &'static Classifier {
        static CLASSIFIER: OnceLock<Classifier> = OnceLock::new();
        CLASSIFIER.get_or_init(|| Classifier::from_starting_letters().expect("the starting letters are well formed"))
    }

    #[test]
    fn an_empty_letter_is_left_to_a_person() {
        let classification = classifier().classify("", "");
        assert!(classification.unsure);
        assert!(classification.topics.is_empty());
    }

    #[test]
    fn flags_carry_the_words_that_raised_them() {
        let found = classifier().classify("", "Señor, my mother is on dialysis and we rent.").flags;
        let medical = found.iter().find(|found| found.flag == Flag::Medical).expect("dialysis is medical");
        assert_eq!(medical.text, "dialysis");
        assert_eq!((medical.start, medical.end), (23, 31));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_classified_with_evidence_that_stands_in_it(text in "\\PC{0,300}") {
            let classification = classifier().classify("", &text);
            for evidence in &classification.evidence {
                let words: String = text.chars().skip(evidence.start).take(evidence.end - evidence.start).collect();
                prop_assert_eq!(&words, &evidence.text);
            }
        }
    }
}
