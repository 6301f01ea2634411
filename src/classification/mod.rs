//! What a letter is about: topics with probabilities and evidence, flags, asks, and the language.
//!
//! A linear model over words and pieces of words, trained from the starting letters that lie
//! beside it, and phrases for the circumstances. It says `unsure` rather than force a guess. Pure:
//! the same model and text always give the same answer.

mod asks;
mod characters;
mod concepts;
mod evaluation;
mod flags;
mod language;
mod learning;
mod letters;
mod meanings;
mod model;
mod phrases;
mod sentences;
mod trial;

pub use asks::Ask;
pub use evaluation::{Answer, Figures, LabelFigures, figures};
pub use flags::FlagFound;
pub use language::{LanguagePart, language_of};
pub use letters::{LettersError, StartingLetter, parse_letters, starting_letters};
pub use model::{Example, Explained, Model, Prediction, Span, Unreadable, Words};
pub use trial::{Trial, try_letters};

use serde::{Deserialize, Serialize};

use crate::letter::{Language, Topic};
use characters::Characters;
use flags::Said;
use meanings::{Meaning, meanings};
use phrases::Phrases;
use sentences::{Sentence, sentences};

/// The model that was learned from the starting letters by `build/main.rs`.
const STARTING_MODEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/starting.model"));
/// How many pieces of evidence are kept for each topic that passes.
const EVIDENCE: usize = 6;

/// The classifier of this trade's letters.
#[derive(Debug, Clone)]
pub struct Classifier {
    model: Model,
    meanings: Phrases<Meaning>,
    /// The model's labels in the words of this trade.
    topics: Vec<Topic>,
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
    /// What spoke against the topics, with weights below zero.
    #[serde(default)]
    pub against: Vec<TopicEvidence>,
    /// The parts in one language each.
    #[serde(default)]
    pub language_parts: Vec<LanguagePart>,
    /// The sentences that ask or demand something.
    #[serde(default)]
    pub asks: Vec<Ask>,
}

/// Words that spoke for a topic or against it, in Unicode characters of the text.
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
    /// The classifier that learned from the starting letters; it did so when the program was built.
    pub fn from_starting_letters() -> Result<Self, Unreadable> {
        Model::from_bytes(STARTING_MODEL).map(Self::with_model)
    }

    /// Trains a classifier from letters.
    #[must_use]
    pub fn from_letters(letters: &[StartingLetter]) -> Self {
        Self::with_model(learning::learn(letters))
    }

    /// A classifier that answers by a model; labels that are no topics count as `other`.
    #[must_use]
    pub fn with_model(model: Model) -> Self {
        let topics = model.labels().iter().map(|label| label.parse().unwrap_or(Topic::Other)).collect();
        Self { model, meanings: meanings(), topics }
    }

    /// Which model this is: the digest of its weights.
    #[must_use]
    pub fn model_name(&self) -> &str {
        self.model.name()
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The words and pairs of words that a letter brings of those the model knows, and the things
    /// of this trade: numbers, which mean the same to every model, with their weights.
    #[must_use]
    pub fn features(&self, subject: &str, text: &str) -> Vec<(u32, f32)> {
        self.model.features(&Letter::of(subject, text, &self.meanings).words)
    }

    /// What a letter is about.
    #[must_use]
    pub fn classify(&self, subject: &str, text: &str) -> Classification {
        let letter = Letter::of(subject, text, &self.meanings);
        let explained = self.model.explain(&letter.words, EVIDENCE);
        let language = language::of_letter(&letter);
        let topic = |label: &usize| self.topics[*label];
        let (evidence, against) = self.evidence(&letter, &explained.topic_spans);
        let weights: Vec<(Topic, &[f32])> =
            explained.topics.passing.iter().map(topic).zip(explained.weights.iter().map(Vec::as_slice)).collect();
        // A letter in a language that no letter was learned from is not judged by chance words.
        let foreign = language == Language::Other;
        Classification {
            language,
            labels: explained.topics.labels.iter().map(|(label, probability)| (topic(label), *probability)).collect(),
            topics: explained.topics.passing.iter().map(topic).filter(|_| !foreign).collect(),
            unsure: explained.topics.unsure || foreign,
            flags: flags::find(&letter, &self.said(&explained)),
            evidence,
            against,
            model: self.model_name().to_owned(),
            language_parts: language::parts(&letter, language),
            asks: asks::find(&letter, &weights),
        }
    }

    /// The spans of the text, those of the subject left out: what spoke for, what against.
    fn evidence(&self, letter: &Letter, spans: &[Span]) -> (Vec<TopicEvidence>, Vec<TopicEvidence>) {
        let inside = spans.iter().filter_map(|span| {
            let (start, end) = letter.inside(span.start, span.end)?;
            let text = letter.cut(span.start, span.end);
            Some(TopicEvidence { topic: self.topics[span.label], start, end, text, weight: span.weight })
        });
        inside.partition(|evidence| evidence.weight >= 0.0)
    }

    /// What the model says of every flag.
    fn said(&self, explained: &Explained) -> Vec<Said> {
        let answer = &explained.circumstances;
        let place = |label: usize| {
            explained.circumstance_spans.iter().find(|span| span.label == label).map(|span| (span.start, span.end))
        };
        let said = answer.labels.iter().filter_map(|(label, probability)| {
            let flag = self.model.circumstances()[*label].parse().ok()?;
            Some(Said { flag, probability: *probability, passes: answer.passing.contains(label), place: place(*label) })
        });
        said.collect()
    }
}

/// A letter's subject and text as one, with its words and the sentences of its text.
#[derive(Debug)]
struct Letter {
    whole: String,
    /// How many characters stand before the text.
    before: usize,
    characters: Characters,
    words: Words,
    /// Phrases with their first and last words, in the order of the first words.
    meanings: Vec<(Meaning, usize, usize)>,
    sentences: Vec<Sentence>,
}

impl Letter {
    fn of(subject: &str, text: &str, meanings: &Phrases<Meaning>) -> Self {
        let whole = learning::whole(subject, text);
        let before = if subject.is_empty() { 0 } else { subject.chars().count() + 1 };
        let mut words = Words::of(&whole);
        let mut found = Vec::new();
        meanings.find(&words, |meaning, first, last| found.push((meaning, first, last)));
        let concepts = found.iter().filter_map(|(meaning, _, last)| match meaning {
            Meaning::Concept(number) => Some((*last, *number)),
            Meaning::Raises(flag) => Some((*last, learning::number_of_flag(*flag))),
            _ => None,
        });
        words.mark(concepts.collect());
        let characters = Characters::of(&whole);
        let mut sentences = sentences(&whole, &words);
        sentences.retain(|sentence| sentence.start >= before);
        Self { whole, before, characters, words, meanings: found, sentences }
    }

    /// A place of the whole as a place of the text; nothing for one that starts in the subject.
    fn inside(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        Some((start.checked_sub(self.before)?, end - self.before))
    }

    /// The characters of a place of the whole.
    fn cut(&self, start: usize, end: usize) -> String {
        self.characters.cut(&self.whole, start, end).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::Flag;
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn classifier() -> &'static Classifier {
        static CLASSIFIER: OnceLock<Classifier> = OnceLock::new();
        CLASSIFIER.get_or_init(|| Classifier::from_starting_letters().expect("the starting letters are well formed"))
    }

    fn cut(text: &str, start: usize, end: usize) -> String {
        text.chars().skip(start).take(end - start).collect()
    }

    #[test]
    fn an_empty_letter_is_left_to_a_person() {
        let classification = classifier().classify("", "");
        assert!(classification.unsure);
        assert!(classification.topics.is_empty());
    }

    #[test]
    fn evidence_counts_combining_marks_and_emoji_as_characters() {
        let text =
            "💧💧 ¡La factura subio\u{301} muchi\u{301}simo! 😡 No gaste\u{301} tanta agua 👩\u{200d}👧 este mes";
        let found = classifier().classify("🚰", text);
        assert!(!found.evidence.is_empty());
        for evidence in found.evidence.iter().chain(&found.against) {
            assert_eq!(cut(text, evidence.start, evidence.end), evidence.text);
            assert!(evidence.text.starts_with(char::is_alphabetic) && !evidence.text.contains('💧'));
            assert_ne!(text.chars().nth(evidence.end), Some('\u{301}'), "a mark stays with its letter");
        }
    }

    #[test]
    fn a_letter_in_a_language_that_was_not_learned_is_left_to_a_person() {
        let found = classifier().classify("", "Наш счёт за воду слишком большой, помогите нам разобраться, пожалуйста");
        assert_eq!(found.language, Language::Other);
        assert!(found.unsure && found.topics.is_empty());
    }

    #[test]
    fn flags_carry_the_words_that_raised_them() {
        let found = classifier().classify("", "Señor, my mother is on dialysis and we rent.").flags;
        let medical = found.iter().find(|found| found.flag == Flag::Medical).expect("dialysis is medical");
        assert_eq!(medical.text, "dialysis");
        assert_eq!((medical.start, medical.end), (23, 31));
    }

    #[test]
    fn a_flag_that_stands_in_the_subject_alone_has_no_place_in_the_text() {
        let found = classifier().classify("Shutoff notice, baby on oxygen", "See above. Please help us.").flags;
        let medical = found.iter().find(|found| found.flag == Flag::Medical).expect("oxygen is medical");
        assert_eq!((medical.text.as_str(), medical.start, medical.end), ("oxygen", 0, 0));
    }

    #[test]
    fn the_shipped_model_knows_every_topic_and_flag() {
        let model = classifier().model();
        assert_eq!(model.labels().len(), Topic::ALL.len());
        assert_eq!(model.circumstances().len(), Flag::ALL.len());
    }

    #[test]
    fn the_same_letters_give_the_same_bytes() {
        let some: Vec<StartingLetter> = starting_letters().expect("well formed").into_iter().step_by(60).collect();
        let learned = || Classifier::from_letters(&some).model().to_bytes();
        assert_eq!(learned(), learned());
    }

    #[test]
    fn asks_belong_to_topics_of_the_letter() {
        let text = "My bill is too high this month, why? I can't pay it all at once. \
                    Please set up a payment agreement with small installments.";
        let found = classifier().classify("", text);
        assert_eq!(found.asks.len(), 2, "{:?}", found.asks);
        assert!(found.asks.iter().all(|ask| ask.topic.is_none_or(|topic| found.topics.contains(&topic))));
        assert_eq!(cut(text, found.asks[0].start, found.asks[0].end), found.asks[0].text);
    }

    #[test]
    fn ten_megabytes_are_classified() {
        for text in ["water bill é 😀 ".repeat(600_000), "a".repeat(10_000_000), "?!. ¿".repeat(2_000_000)] {
            let _ = classifier().classify("", &text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_classified_with_places_that_stand_in_it(
            subject in "\\PC{0,20}",
            text in "(\\PC|[ .?\n\u{301}😀]|my water bill|agua|shut off){0,80}",
        ) {
            let found = classifier().classify(&subject, &text);
            for evidence in found.evidence.iter().chain(&found.against) {
                prop_assert_eq!(&cut(&text, evidence.start, evidence.end), &evidence.text);
            }
            for flag in found.flags.iter().filter(|flag| flag.end > 0) {
                prop_assert_eq!(&cut(&text, flag.start, flag.end), &flag.text);
            }
            for ask in &found.asks {
                prop_assert_eq!(&cut(&text, ask.start, ask.end), &ask.text);
            }
            for part in &found.language_parts {
                prop_assert!(part.start < part.end && part.end <= text.chars().count());
            }
        }
    }
}
