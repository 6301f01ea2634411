//! Finds phrases in the words of a text. A phrase is words in a row, folded as in `Words`; a word
//! that ends in `*` stands for all that start with it, and `..` for up to three words between.

use super::model::Words;

/// How many words `..` may stand for.
const BETWEEN: usize = 3;
/// Phrases are found by the first letters of their first word: five bits for each letter.
const LETTERS: usize = 3;
const BITS: usize = 5;

/// Phrases, each with what it means.
#[derive(Debug, Clone)]
pub(super) struct Phrases<M> {
    /// For the first letters of a word its group; a small table stays in the processor's cache.
    groups_by_start: Vec<u16>,
    groups: Vec<Vec<(M, Vec<&'static str>)>>,
}

impl<M: Copy> Phrases<M> {
    pub(super) fn new(phrases: impl Iterator<Item = (M, &'static str)>) -> Self {
        // The first group is empty: most words start no phrase.
        let (mut groups_by_start, mut groups) = (vec![0_u16; 1 << (LETTERS * BITS)], vec![Vec::new()]);
        for (meaning, phrase) in phrases {
            let parts: Vec<&str> = phrase.split(' ').collect();
            let group = &mut groups_by_start[start(parts[0].trim_end_matches('*'))];
            if *group == 0 {
                *group = u16::try_from(groups.len()).unwrap_or(0);
                groups.push(Vec::new());
            }
            groups[usize::from(*group)].push((meaning, parts));
        }
        Self { groups_by_start, groups }
    }

    /// Gives every phrase found: its meaning, its first and its last word.
    pub(super) fn find(&self, words: &Words, mut take: impl FnMut(M, usize, usize)) {
        for at in 0..words.len() {
            let group = self.groups_by_start[start(words.folded(at))];
            for (meaning, parts) in &self.groups[usize::from(group)] {
                if let Some(last) = matched(words, at, parts) {
                    take(*meaning, at, last);
                }
            }
        }
    }
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
fn matched(words: &Words, at: usize, parts: &[&str]) -> Option<usize> {
    let mut next = at;
    let mut parts = parts.iter();
    while let Some(part) = parts.next() {
        if *part == ".." {
            let part = parts.next()?;
            next = (next..words.len().min(next + BETWEEN + 1)).find(|at| is(words.folded(*at), part))? + 1;
        } else if next < words.len() && is(words.folded(next), part) {
            next += 1;
        } else {
            return None;
        }
    }
    Some(next - 1)
}

fn is(word: &str, part: &str) -> bool {
    part.strip_suffix('*').map_or_else(|| word == part, |stem| word.starts_with(stem))
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
