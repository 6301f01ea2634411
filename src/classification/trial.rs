//! Letters classified by a classifier that learned from other letters, and the figures of that.

use std::collections::BTreeMap;

use super::evaluation::{Answer, Figures, LabelFigures, figures};
use super::{Classifier, StartingLetter};
use crate::letter::{Flag, Language};

/// What came of a trial.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trial {
    /// The figures of all letters.
    pub all: Figures,
    /// The figures of the English letters.
    pub english: Figures,
    /// The figures of the Spanish letters.
    pub spanish: Figures,
    /// The figures of each flag.
    pub flags: BTreeMap<&'static str, LabelFigures>,
}

/// Learns from all letters but one part, classifies that part, and so for each of the parts.
#[must_use]
pub fn try_letters(letters: &[StartingLetter], parts: usize) -> Trial {
    let mut answers: Vec<(Language, Answer)> = Vec::new();
    let mut flags: BTreeMap<&'static str, LabelFigures> = BTreeMap::new();
    for part in 0..parts {
        let (held, learned): (Vec<_>, Vec<_>) = letters.iter().enumerate().partition(|(at, _)| at % parts == part);
        let learned: Vec<StartingLetter> = learned.into_iter().map(|(_, letter)| letter.clone()).collect();
        let classifier = Classifier::from_letters(&learned);
        for (_, letter) in held {
            answers.push((letter.language, answer(&classifier, letter, &mut flags)));
        }
    }
    let of = |language: Option<Language>| {
        let chosen = answers.iter().filter(|(own, _)| language.is_none_or(|wanted| wanted == *own));
        figures(&chosen.map(|(_, answer)| answer.clone()).collect::<Vec<_>>())
    };
    Trial { all: of(None), english: of(Some(Language::English)), spanish: of(Some(Language::Spanish)), flags }
}

fn answer(
    classifier: &Classifier,
    letter: &StartingLetter,
    flags: &mut BTreeMap<&'static str, LabelFigures>,
) -> Answer {
    let found = classifier.classify(&letter.subject, &letter.body);
    for flag in Flag::ALL {
        let said = found.flags.iter().any(|found| found.flag == *flag);
        flags.entry(flag.as_str()).or_default().count(said, letter.flags.contains(flag));
    }
    let first = found.labels.first().map(|(topic, probability)| (topic.as_str().to_owned(), *probability));
    Answer {
        right: letter.topics.iter().map(|topic| topic.as_str().to_owned()).collect(),
        first: first.unwrap_or_default(),
        passing: found.topics.iter().map(|topic| topic.as_str().to_owned()).collect(),
    }
}
