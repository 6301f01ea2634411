//! Finds phrases in the words of a text. A phrase is words in a row, folded as in `Words`; a word
//! that ends in `*` stands for all that start with it, and `..` for up to three words between.

use super::model::{Words, number_of};

/// How many words `..` may stand for.
const BETWEEN: usize = 3;
/// Phrases that open with a stem are found by its first letters: five bits for each letter.
const LETTERS: usize = 3;
const BITS: usize = 5;

/// Phrases, each with what it means.
#[derive(Debug, Clone)]
pub(super) struct Phrases<M> {
    /// The numbers of first words with their groups, each at its slot or soon after it.
    words: Vec<(u64, u16)>,
    /// For the first letters of a word the group of the stems that may open it.
    stems: Vec<u16>,
    /// The first group is empty: most words open no phrase.
    groups: Vec<Vec<(M, Vec<Part>)>>,
}

/// A part of a phrase.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// A word, by its number.
    Word(u64),
    /// How a word starts.
    Stem(&'static str),
    /// Up to three words.
    Between,
}

impl<M: Copy> Phrases<M> {
    pub(super) fn new(phrases: impl Iterator<Item = (M, &'static str)>) -> Self {
        let parted: Vec<(M, Vec<Part>)> = phrases.map(|(meaning, phrase)| (meaning, parts(phrase))).collect();
        let words = vec![(0, 0); (parted.len() * 2).next_power_of_two()];
        let mut found = Self { words, stems: vec![0; 1 << (LETTERS * BITS)], groups: vec![Vec::new()] };
        for (meaning, parts) in parted {
            let next = u16::try_from(found.groups.len()).unwrap_or(0);
            let group = match parts[0] {
                Part::Word(number) => {
                    let slot = found.slot(number);
                    found.words[slot].0 = number;
                    &mut found.words[slot].1
                }
                Part::Stem(stem) => &mut found.stems[start(stem)],
                Part::Between => continue,
            };
            if *group == 0 {
                *group = next;
                found.groups.push(Vec::new());
            }
            found.groups[usize::from(*group)].push((meaning, parts));
        }
        found
    }

    /// The slot of a word's number, or the empty one where it would stand.
    fn slot(&self, number: u64) -> usize {
        let mask = self.words.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "the lowest bits are enough")]
        let mut slot = (number ^ number >> 32) as usize & mask;
        while self.words[slot].1 != 0 && self.words[slot].0 != number {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Gives every phrase found: its meaning, its first and its last word.
    pub(super) fn find(&self, words: &Words, mut take: impl FnMut(M, usize, usize)) {
        for at in 0..words.len() {
            let by_word = self.words[self.slot(words.number(at))].1;
            let by_stem = self.stems[start(words.folded(at))];
            for group in [by_word, by_stem] {
                for (meaning, parts) in &self.groups[usize::from(group)] {
                    if let Some(last) = matched(words, at, parts) {
                        take(*meaning, at, last);
                    }
                }
            }
        }
    }
}

fn parts(phrase: &'static str) -> Vec<Part> {
    let part = |part: &'static str| match part.strip_suffix('*') {
        _ if part == ".." => Part::Between,
        Some(stem) => Part::Stem(stem),
        None => Part::Word(number_of(part)),
    };
    phrase.split(' ').map(part).collect()
}

/// The phrases of a list that are separated by commas.
pub(super) fn phrases_of(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim).filter(|phrase| !phrase.is_empty())
}

/// The first letters of a word as a number; a short word is filled up with zeros.
fn start(word: &str) -> usize {
    let letters = word.bytes().chain(std::iter::repeat(0)).take(LETTERS);
    letters.fold(0, |number, letter| number << BITS | usize::from(letter & 0x1f))
}

/// The last word of a phrase that starts at a word.
fn matched(words: &Words, at: usize, parts: &[Part]) -> Option<usize> {
    let mut next = at;
    let mut parts = parts.iter();
    while let Some(part) = parts.next() {
        if matches!(part, Part::Between) {
            let part = parts.next()?;
            next = (next..words.len().min(next + BETWEEN + 1)).find(|at| is(words, *at, part))? + 1;
        } else if next < words.len() && is(words, next, part) {
            next += 1;
        } else {
            return None;
        }
    }
    Some(next - 1)
}

fn is(words: &Words, at: usize, part: &Part) -> bool {
    match part {
        Part::Word(number) => words.number(at) == *number,
        Part::Stem(stem) => words.folded(at).starts_with(stem),
        Part::Between => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrase: &'static str, text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        Phrases::new([((), phrase)].into_iter()).find(&Words::of(text), |(), first, last| found.push((first, last)));
        found
    }

    #[test]
    fn stems_and_words_between_are_allowed() {
        assert_eq!(found("shut .. off", "They shut my water off, shut off!"), [(1, 4), (5, 6)]);
        assert_eq!(found("desconect*", "me desconectaron el agua"), [(1, 1)]);
        assert_eq!(found("shut .. off", "shut the door, the lights went off"), []);
    }
}
