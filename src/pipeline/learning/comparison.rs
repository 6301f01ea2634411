//! A new way of judging beside the old: what each is taught, what both are tried on, and whether
//! the new one is not worse.
//!
//! Both are taught anew for the comparison without the letters that they are tried on, so that
//! neither is asked what it was told. What judges afterwards is taught with all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classification::{Answer, Classifier, StartingLetter, figures};
use crate::ids::Digest;
use crate::letter::Flag;

/// One in five starting letters is for trying.
const FIXED: u8 = 51;
/// How far below the best ever the new one may stand on the fixed letters: many small steps down
/// must not add up.
const CREEP: f64 = 0.02;

/// A labelled letter to learn from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taught {
    /// The letter with its right answer.
    pub(super) letter: StartingLetter,
    /// What its place among the parts is drawn by.
    pub(super) key: String,
    /// Whether the judge of now learned from it.
    pub(super) known: bool,
    /// Whether it was labelled in the last weeks.
    pub(super) recent: bool,
}

/// How often a judge was right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// How many primary topics were right.
    pub right: usize,
    /// Their share.
    pub accuracy: f64,
    /// The mean of F1 over the topics that pass.
    pub macro_f1: f64,
}

/// Both judges on the same letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// How many letters.
    pub letters: usize,
    /// The judge of before.
    pub before: Score,
    /// The new one.
    pub after: Score,
    /// How many letters only the new one had right.
    pub won: usize,
    /// How many letters only the judge of before had right.
    pub lost: usize,
}

/// What a comparison came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// On the fixed part of the starting letters.
    pub fixed: Side,
    /// On labelled letters of the last weeks that neither had learned from.
    pub recent: Side,
    /// On the dangerous circumstances of the fixed letters: found and missed.
    pub dangers: Side,
    /// The name of the fixed part.
    pub set: String,
    /// Whether the new one may judge.
    pub accepted: bool,
    /// Why, in words.
    pub reason: String,
    /// How long learning and comparing took.
    pub seconds: f64,
}

impl Side {
    /// Whether the new judge lost more than it won by more than chance explains: single letters
    /// change sides with every training, one standard deviation of that is forgiven.
    fn is_worse(&self) -> bool {
        let fallen = self.lost.saturating_sub(self.won);
        fallen * fallen > self.lost + self.won
    }
}

/// A number that is always the same for the same words, below 256.
fn drawn(purpose: &str, words: &[&str]) -> u8 {
    let digest = Digest::of(format!("penstock {purpose} 1\n{}", words.join("\n")).as_bytes());
    u8::from_str_radix(&digest.as_str()[..2], 16).unwrap_or(0)
}

/// Teaches the old and the new way and tries both. `best` is the best share that a judge had of
/// the same fixed letters, by the name of these.
pub(super) fn compare(starting: &[StartingLetter], taught: &[Taught], best: &BTreeMap<String, f64>) -> Comparison {
    let is_fixed = |letter: &&StartingLetter| drawn("fixed letters", &[&letter.subject, &letter.body]) < FIXED;
    let (fixed, rest): (Vec<&StartingLetter>, Vec<&StartingLetter>) = starting.iter().partition(is_fixed);
    let is_held = |taught: &&Taught| taught.recent && drawn("recent letters", &[&taught.key]).is_multiple_of(2);
    let (held, learned): (Vec<&Taught>, Vec<&Taught>) = taught.iter().partition(is_held);
    let school = |wanted: &dyn Fn(&&&Taught) -> bool| {
        let further = learned.iter().filter(wanted).map(|taught| &taught.letter);
        Classifier::from_letters(&rest.iter().copied().chain(further).cloned().collect::<Vec<_>>())
    };
    let before = school(&|taught| taught.known);
    std::thread::yield_now();
    let after = school(&|_| true);
    let recent: Vec<&StartingLetter> = held.iter().map(|taught| &taught.letter).collect();
    let (fixed_side, dangers) = tried(&before, &after, &fixed);
    let (recent_side, _) = tried(&before, &after, &recent);
    let set = name_of(&fixed);
    let mut comparison = Comparison { fixed: fixed_side, recent: recent_side, dangers, set, ..Comparison::default() };
    decide(&mut comparison, best);
    comparison
}

fn name_of(fixed: &[&StartingLetter]) -> String {
    let texts: Vec<String> = fixed.iter().map(|letter| format!("{}\n{}", letter.subject, letter.body)).collect();
    Digest::of(texts.join("\n====\n").as_bytes()).as_str()[..16].to_owned()
}

fn decide(comparison: &mut Comparison, best: &BTreeMap<String, f64>) {
    let told = |side: &Side| format!("{} of {} right, before {}", side.after.right, side.letters, side.before.right);
    let fixed = &comparison.fixed;
    let fallen = best.get(&comparison.set).is_some_and(|best| fixed.after.accuracy < best - CREEP);
    let worse = [
        (fixed.is_worse(), format!("worse on the fixed letters: {}", told(fixed))),
        (fallen, format!("well below the best so far on the fixed letters: {}", told(fixed))),
        (comparison.recent.is_worse(), format!("worse on recent letters: {}", told(&comparison.recent))),
        (comparison.dangers.is_worse(), format!("misses more dangers: {}", told(&comparison.dangers))),
    ];
    let reasons: Vec<String> = worse.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words).collect();
    comparison.accepted = reasons.is_empty();
    comparison.reason = if reasons.is_empty() { "not worse".to_owned() } else { reasons.join("; ") };
}

/// Both judges on letters: their topics, and the dangerous circumstances.
fn tried(before: &Classifier, after: &Classifier, letters: &[&StartingLetter]) -> (Side, Side) {
    let (mut side, mut dangers) = (Side { letters: letters.len(), ..Side::default() }, Side::default());
    let (mut before_answers, mut after_answers) = (Vec::new(), Vec::new());
    for letter in letters {
        let (old, new) = (answered(before, letter), answered(after, letter));
        count(&mut side, old.is_right(), new.is_right());
        for flag in letter.flags.iter().filter(|flag| Flag::URGENT.contains(flag)) {
            dangers.letters += 1;
            count(&mut dangers, old.flags.contains(flag), new.flags.contains(flag));
        }
        before_answers.push(old.answer);
        after_answers.push(new.answer);
    }
    for (score, answers, letters) in
        [(&mut side.before, &before_answers, side.letters), (&mut side.after, &after_answers, side.letters)]
    {
        score.accuracy = share(score.right, letters);
        score.macro_f1 = figures(answers).macro_f1;
    }
    dangers.before.accuracy = share(dangers.before.right, dangers.letters);
    dangers.after.accuracy = share(dangers.after.right, dangers.letters);
    (side, dangers)
}

fn count(side: &mut Side, before: bool, after: bool) {
    side.before.right += usize::from(before);
    side.after.right += usize::from(after);
    side.won += usize::from(after && !before);
    side.lost += usize::from(before && !after);
}

/// What a judge said of a letter.
struct Answered {
    answer: Answer,
    flags: Vec<Flag>,
}

impl Answered {
    fn is_right(&self) -> bool {
        self.answer.right.first() == Some(&self.answer.first.0)
    }
}

fn answered(classifier: &Classifier, letter: &StartingLetter) -> Answered {
    let found = classifier.classify(&letter.subject, &letter.body);
    let first = found.labels.first().map(|(topic, probability)| (topic.as_str().to_owned(), *probability));
    let names = |topics: &[crate::letter::Topic]| topics.iter().map(|topic| topic.as_str().to_owned()).collect();
    Answered {
        answer: Answer {
            right: names(&letter.topics),
            first: first.unwrap_or_default(),
            passing: names(&found.topics),
        },
        flags: found.flags.iter().map(|found| found.flag).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are few letters")]
fn share(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(won: usize, lost: usize) -> Side {
        Side { letters: 100, won, lost, ..Side::default() }
    }

    #[test]
    fn a_letter_or_two_that_change_sides_are_forgiven_and_many_are_not() {
        assert!(!side(0, 0).is_worse() && !side(3, 0).is_worse() && !side(0, 1).is_worse() && !side(5, 7).is_worse());
        assert!(side(0, 2).is_worse() && side(5, 10).is_worse());
    }

    #[test]
    fn a_slow_way_down_is_noticed_by_the_best_so_far() {
        let score = |accuracy| Score { accuracy, ..Score::default() };
        let fixed = Side { after: score(0.75), before: score(0.76), ..side(0, 1) };
        let mut found = Comparison { fixed, set: "a".to_owned(), ..Comparison::default() };
        decide(&mut found, &BTreeMap::from([("b".to_owned(), 0.9)]));
        assert!(found.accepted, "other letters say nothing: {}", found.reason);
        decide(&mut found, &BTreeMap::from([("a".to_owned(), 0.78)]));
        assert!(!found.accepted && found.reason.contains("best so far"), "{}", found.reason);
    }

    #[test]
    fn what_is_drawn_is_always_the_same() {
        assert_eq!(drawn("fixed letters", &["a", "b"]), drawn("fixed letters", &["a", "b"]));
        let fixed = (0..1000).filter(|number| drawn("fixed letters", &[&number.to_string()]) < FIXED).count();
        assert!((150..250).contains(&fixed), "{fixed}");
    }
}
