//! What classification found in a letter, set into the letter's own words.

mod pieces;

pub(super) use pieces::Piece;

use std::fmt::Write as _;

use self::pieces::{Kind, Label, Mark, pieces};
use crate::classification::{Classification, FlagFound, TopicEvidence};
use crate::letter::{Flag, Language};

/// How many topics are shown beside those that were chosen.
const OTHERS: usize = 3;
/// Below this probability a topic that was not chosen is not worth a line.
const WORTH_A_LINE: f32 = 0.1;

/// What was found in one letter, for the page.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) topics: Vec<FoundTopic>,
    pub(super) flags: Vec<FoundFlag>,
    pub(super) asks: Vec<FoundAsk>,
    pub(super) languages: String,
    /// The language of most of the letter, as HTML names it; empty when it is not known.
    pub(super) language: &'static str,
    pub(super) unsure: bool,
    pub(super) model: String,
    /// The letter's text, cut where something was found.
    pub(super) pieces: Vec<Piece>,
}

/// A topic with what spoke for it and against it.
#[derive(Debug)]
pub(super) struct FoundTopic {
    /// Its number, which also stands beside its words in the letter.
    pub(super) number: usize,
    pub(super) title: &'static str,
    pub(super) chosen: bool,
    pub(super) likelihood: String,
    pub(super) words: Vec<Word>,
    pub(super) against: String,
}

/// Words of the letter, with the anchor of their place.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    /// Empty when they stand in the subject.
    pub(super) anchor: String,
}

/// A flag with the words that raised it.
#[derive(Debug)]
pub(super) struct FoundFlag {
    pub(super) title: String,
    pub(super) urgent: bool,
    pub(super) word: Word,
}

/// A sentence that asks something.
#[derive(Debug)]
pub(super) struct FoundAsk {
    pub(super) word: Word,
    pub(super) topic: &'static str,
}

impl Found {
    /// Sets what was found into `text`, which is the text that was classified or the same with
    /// numbers hidden. `letter` tells the anchors of the letters of one page apart.
    pub(super) fn of(found: Option<&Classification>, text: &str, letter: usize) -> Self {
        let Some(found) = found else { return Self { pieces: pieces(text, Vec::new()), ..Self::default() } };
        let anchors = Anchors { text: &text.chars().collect::<Vec<_>>(), letter };
        let topics = topics(found, &anchors);
        let flags: Vec<FoundFlag> =
            found.flags.iter().enumerate().map(|(at, flag)| found_flag(flag, at, &anchors)).collect();
        let asks: Vec<FoundAsk> = found
            .asks
            .iter()
            .enumerate()
            .map(|(at, ask)| FoundAsk {
                word: anchors.word(("ask", at), (ask.start, ask.end), &ask.text),
                topic: ask.topic.map_or("", |topic| topic.title()),
            })
            .collect();
        Self {
            pieces: pieces(text, marks(found, &topics, &anchors)),
            languages: languages(found),
            language: tag(found.language),
            unsure: found.unsure,
            model: found.model.chars().take(12).collect(),
            topics,
            flags,
            asks,
        }
    }
}

/// Names the places of a letter's text.
struct Anchors<'a> {
    text: &'a [char],
    letter: usize,
}

impl Anchors<'_> {
    fn name(&self, (kind, at): (&str, usize)) -> String {
        format!("letter-{}-{kind}-{}", self.letter, at + 1)
    }

    /// Words at a place of the text, as the page shows them; those of the subject have no place.
    fn word(&self, name: (&str, usize), (start, end): (usize, usize), elsewhere: &str) -> Word {
        match self.text.get(start..end).filter(|words| !words.is_empty()) {
            Some(words) => Word { text: words.iter().collect(), anchor: self.name(name) },
            None => Word { text: crate::accounts::personal_data::masked(elsewhere), anchor: String::new() },
        }
    }
}

fn topics(found: &Classification, anchors: &Anchors<'_>) -> Vec<FoundTopic> {
    let probability = |topic| found.labels.iter().find(|(label, _)| *label == topic).map_or(0.0, |(_, value)| *value);
    let others = found.labels.iter().filter(|(topic, value)| *value >= WORTH_A_LINE && !found.topics.contains(topic));
    let chosen = found.topics.iter().map(|topic| (*topic, true));
    let shown = chosen.chain(others.take(OTHERS).map(|(topic, _)| (*topic, false)));
    shown
        .enumerate()
        .map(|(at, (topic, chosen))| FoundTopic {
            number: at + 1,
            title: topic.title(),
            chosen,
            likelihood: likelihood(probability(topic)),
            words: found
                .evidence
                .iter()
                .enumerate()
                .filter(|(_, evidence)| evidence.topic == topic)
                .map(|(at, evidence)| anchors.word(("evidence", at), place(evidence), &evidence.text))
                .collect(),
            against: found
                .against
                .iter()
                .filter(|evidence| evidence.topic == topic)
                .map(|evidence| anchors.word(("against", 0), place(evidence), &evidence.text).text)
                .map(|words| format!("\u{201c}{words}\u{201d}"))
                .collect::<Vec<_>>()
                .join(", "),
        })
        .collect()
}

const fn place(evidence: &TopicEvidence) -> (usize, usize) {
    (evidence.start, evidence.end)
}

fn found_flag(found: &FlagFound, at: usize, anchors: &Anchors<'_>) -> FoundFlag {
    FoundFlag {
        title: flag_title(found),
        urgent: Flag::URGENT.contains(&found.flag),
        word: anchors.word(("flag", at), (found.start, found.end), &found.text),
    }
}

fn flag_title(found: &FlagFound) -> String {
    if found.speaks_of_self_harm() { "threat of self-harm".to_owned() } else { found.flag.title() }
}

/// Every place of the text where something was found.
fn marks(found: &Classification, topics: &[FoundTopic], anchors: &Anchors<'_>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let parts = found.language_parts.iter().filter(|part| part.language != found.language);
    marks.extend(parts.map(|part| {
        let label = Label::seen(&format!("{}:", language_name(part.language)));
        Mark { start: part.start, end: part.end, kind: Kind::Part(tag(part.language)), label }
    }));
    marks.extend(found.asks.iter().enumerate().map(|(at, ask)| {
        let label = Label::at(anchors.name(("ask", at)), &format!("Ask {}", at + 1), "");
        Mark { start: ask.start, end: ask.end, kind: Kind::Ask, label }
    }));
    marks.extend(found.flags.iter().enumerate().map(|(at, flag)| {
        let label = Label::at(anchors.name(("flag", at)), &flag_title(flag), "");
        Mark { start: flag.start, end: flag.end, kind: Kind::Flag, label }
    }));
    marks.extend(found.evidence.iter().enumerate().filter_map(|(at, evidence)| {
        let topic = topics.iter().find(|topic| topic.title == evidence.topic.title())?;
        let told = format!("speaks for {}", topic.title);
        let label = Label::at(anchors.name(("evidence", at)), &topic.number.to_string(), &told);
        Some(Mark { start: evidence.start, end: evidence.end, kind: Kind::Evidence, label })
    }));
    marks
}

/// A probability in words and in percent.
fn likelihood(probability: f32) -> String {
    let words = match probability {
        value if value >= 0.95 => "nearly certain",
        value if value >= 0.8 => "very likely",
        value if value >= 0.6 => "likely",
        value if value >= 0.4 => "as likely as not",
        value if value >= 0.2 => "less likely",
        _ => "unlikely",
    };
    // Nothing that was learned is ever quite sure.
    let percent = (probability * 100.0).clamp(1.0, 99.0);
    format!("{words}, {percent:.0} %")
}

/// The language as HTML names it.
const fn tag(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Spanish => "es",
        Language::Other => "",
    }
}

const fn language_name(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::Spanish => "Spanish",
        Language::Other => "another language",
    }
}

fn languages(found: &Classification) -> String {
    let mut text = format!("Written in {}", language_name(found.language));
    let mut others: Vec<&str> = Vec::new();
    for part in found.language_parts.iter().filter(|part| part.language != found.language) {
        let name = language_name(part.language);
        if !others.contains(&name) {
            others.push(name);
        }
    }
    if !others.is_empty() {
        let _ = write!(text, "; parts in {} are marked", others.join(" and "));
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::personal_data::masked;
    use crate::classification::Classifier;

    fn found(text: &str) -> Found {
        let classifier = Classifier::from_starting_letters().expect("it was built in");
        Found::of(Some(&classifier.classify("", text)), &masked(text), 1)
    }

    fn shown(found: &Found) -> String {
        found.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn every_word_that_is_listed_can_be_reached_in_the_letter() {
        let text = "My SSN is 219-09-9999. My bill doubled, why is it so high? My mother is on oxygen. \
                    I want to know what you can do about it. \
                    Ella no puede pagar la factura de este mes, necesita ayuda por favor.";
        let found = found(text);
        assert_eq!(shown(&found), masked(text));
        assert!(!format!("{found:?}").contains("219-09"), "hidden numbers stay hidden");
        let labels: Vec<&str> =
            found.pieces.iter().flat_map(|piece| piece.before.iter().chain(&piece.after)).map(|one| &*one.id).collect();
        let words = found.topics.iter().flat_map(|topic| &topic.words);
        let words =
            words.chain(found.asks.iter().map(|ask| &ask.word)).chain(found.flags.iter().map(|flag| &flag.word));
        let mut count = 0;
        for word in words {
            count += 1;
            assert!(labels.contains(&&*word.anchor), "{word:?} has no place");
        }
        assert!(count > 4, "{found:?}");
        assert!(found.languages.contains("Written in English; parts in Spanish"), "{}", found.languages);
        assert!(found.pieces.iter().any(|piece| piece.language == "es"));
    }

    #[test]
    fn a_threat_of_self_harm_is_named() {
        let found = found("Turn it back on or I will end my life. I mean it.");
        assert_eq!(found.flags[0].title, "threat of self-harm");
        assert!(found.flags[0].urgent);
    }

    #[test]
    fn probabilities_are_told_in_words_too() {
        assert_eq!(likelihood(0.912), "very likely, 91 %");
        assert_eq!(likelihood(1.0), "nearly certain, 99 %");
        assert_eq!(likelihood(0.0), "unlikely, 1 %");
    }
}
