//! The features that a model knows, how rare each is, and the pieces of the words that it knows.

use std::collections::BTreeMap;

use super::features::{Kind, Reach, WORDS, visit_pairs, visit_pieces, visit_words};
use super::words::Words;

/// Texts of more words than this are long.
const LONG: usize = 30;
/// In how many long texts a feature of each kind must occur.
const LEAST: [u32; Kind::ALL.len()] = [2, 2, 3, 3];
/// How many bits say at once that a number is unknown.
const MARKS: usize = 1 << 20;
/// How strongly rare features count for more.
const RARITY_POWER: f32 = 0.8;

/// The known features; a feature's place in the lists is its row in the weights.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary {
    /// How much is taken of a text.
    pub(super) reach: Reach,
    /// The known words, which are the first features.
    pub(super) words: Vec<String>,
    /// The numbers of the features, kind by kind, ascending within a kind.
    pub(super) numbers: Vec<u32>,
    /// How rare each is.
    pub(super) rarity: Vec<f32>,
    /// Where each kind ends.
    pub(super) ends: [usize; Kind::ALL.len()],
    /// Finds the row of a number: number and row + 1 at the number's slot or soon after it.
    slots: Vec<(u32, u32)>,
    /// A bit for each number that may be known: most of a text's pairs are not.
    marks: Vec<u64>,
    /// The known pieces of each known word, word after word: rows with their rarity.
    pieces: Vec<(u32, f32)>,
    spellings: Vec<Spelling>,
}

/// What the pieces of a known word amount to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Spelling {
    /// Where its pieces end.
    end: usize,
    /// The squares of their values, summed.
    pub(super) square: f32,
    /// How many pieces are known, of how many.
    pub(super) known: (u32, u32),
}

impl Vocabulary {
    /// The features of all texts.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a Words> + Clone) -> Self {
        let count = texts.clone().count();
        let reach =
            if texts.clone().map(Words::len).sum::<usize>() > LONG * count { Reach::Long } else { Reach::Short };
        let mut counter = Counter { reach, kinds: <[Vec<u32>; 4]>::default(), spelt: BTreeMap::new() };
        texts.for_each(|words| counter.count(words));
        let mut counts = counter.kinds.map(counted);
        if reach == Reach::Long {
            for (kind, least) in counts.iter_mut().zip(LEAST) {
                kind.retain(|(_, count)| *count >= least);
            }
        }
        let spelt = |(number, _): &(u32, u32)| counter.spelt[number].to_owned();
        let words = counts[Kind::Word as usize].iter().map(spelt).collect();
        Self::from_counts(reach, words, &counts, count)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of texts are small")]
    fn from_counts(reach: Reach, words: Vec<String>, counted: &[Vec<(u32, u32)>], texts: usize) -> Self {
        let (mut numbers, mut rarity, mut ends) = (Vec::new(), Vec::new(), [0; Kind::ALL.len()]);
        for (end, counted) in ends.iter_mut().zip(counted) {
            for (number, count) in counted {
                numbers.push(*number);
                rarity.push((((1.0 + texts as f32) / (1.0 + *count as f32)).ln() + 1.0).powf(RARITY_POWER));
            }
            *end = numbers.len();
        }
        Self::from_parts(reach, words, numbers, rarity, ends)
    }

    /// The vocabulary with its way from numbers to rows.
    pub(super) fn from_parts(
        reach: Reach,
        words: Vec<String>,
        numbers: Vec<u32>,
        rarity: Vec<f32>,
        ends: [usize; Kind::ALL.len()],
    ) -> Self {
        let mut slots = vec![(0, 0); (numbers.len() * 2).next_power_of_two().max(2)];
        let mut marks = vec![0; MARKS / 64];
        for (row, number) in (1..).zip(&numbers) {
            let (place, bit) = mark(*number);
            marks[place] |= bit;
            let mut slot = *number as usize & (slots.len() - 1);
            while slots[slot].1 != 0 {
                slot = (slot + 1) & (slots.len() - 1);
            }
            slots[slot] = (*number, row);
        }
        let (pieces, spellings) = (Vec::new(), Vec::with_capacity(words.len()));
        let mut vocabulary = Self { reach, words, numbers, rarity, ends, slots, marks, pieces, spellings };
        vocabulary.spell();
        vocabulary
    }

    /// Notes the known pieces of the known words.
    fn spell(&mut self) {
        let mut own: Vec<(u32, f32)> = Vec::new();
        for word in &self.words {
            own.clear();
            let known = self.pieces_of(word, &mut own);
            own.sort_unstable_by_key(|(row, _)| *row);
            add_equal(&mut own);
            self.pieces.extend_from_slice(&own);
            let square = own.iter().map(|(_, value)| value * value).sum();
            self.spellings.push(Spelling { end: self.pieces.len(), square, known });
        }
    }

    /// Adds the known pieces of any word; gives how many are known, of how many.
    pub(super) fn pieces_of(&self, word: &str, pieces: &mut Vec<(u32, f32)>) -> (u32, u32) {
        let (before, mut all) = (pieces.len(), 0);
        visit_pieces(word, self.reach, |number| {
            all += 1;
            pieces.extend(self.row(number).map(|row| (row, self.rarity[row as usize])));
        });
        (u32::try_from(pieces.len() - before).unwrap_or(all), all)
    }

    /// How many features are known.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The row of the first piece of a word.
    pub(super) fn first_piece(&self) -> usize {
        self.ends[Kind::Near as usize]
    }

    /// The row of a feature.
    pub(super) fn row(&self, number: u32) -> Option<u32> {
        let (place, bit) = mark(number);
        if self.marks[place] & bit == 0 {
            return None;
        }
        let mut slot = number as usize & (self.slots.len() - 1);
        loop {
            match self.slots[slot] {
                (_, 0) => return None,
                (known, row) if known == number => return Some(row - 1),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// The pieces of a known word, and what they amount to; nothing for a row that is no word.
    pub(super) fn spelling(&self, row: u32) -> Option<(&[(u32, f32)], Spelling)> {
        let row = row as usize;
        let spelling = self.spellings.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.spellings[before].end);
        Some((&self.pieces[start..spelling.end], *spelling))
    }

    /// Which group of kinds a row belongs to.
    pub(super) fn group(&self, row: u32) -> usize {
        let row = row as usize;
        let kind = if row < self.ends[Kind::Row as usize] {
            Kind::Row
        } else if row < self.first_piece() {
            Kind::Near
        } else {
            Kind::Piece
        };
        kind.group()
    }
}

/// Counts in how many texts each feature occurs.
struct Counter<'a> {
    reach: Reach,
    /// The numbers of every kind, once for each text.
    kinds: [Vec<u32>; Kind::ALL.len()],
    spelt: BTreeMap<u32, &'a str>,
}

impl<'a> Counter<'a> {
    fn count(&mut self, words: &'a Words) {
        let mut own = <[Vec<u32>; Kind::ALL.len()]>::default();
        visit_words(words, |at, number| {
            own[Kind::Word as usize].push(number);
            self.spelt.entry(number).or_insert_with(|| words.folded(at));
        });
        visit_pairs(words, |_| true, |_, kind, number| own[kind as usize].push(number));
        for word in words.iter().take(WORDS) {
            visit_pieces(word, self.reach, |number| own[Kind::Piece as usize].push(number));
        }
        for (all, own) in self.kinds.iter_mut().zip(&mut own) {
            own.sort_unstable();
            own.dedup();
            all.extend_from_slice(own);
        }
    }
}

/// Adds the values of equal rows that stand side by side.
pub(super) fn add_equal(values: &mut Vec<(u32, f32)>) {
    values.dedup_by(|next, kept| {
        let equal = next.0 == kept.0;
        if equal {
            kept.1 += next.1;
        }
        equal
    });
}

/// The place and the bit of a number among the marks.
const fn mark(number: u32) -> (usize, u64) {
    let at = (number >> 12) as usize % MARKS;
    (at / 64, 1 << (at % 64))
}

/// The different numbers with their counts, ascending.
fn counted(mut numbers: Vec<u32>) -> Vec<(u32, u32)> {
    numbers.sort_unstable();
    let mut counted: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match counted.last_mut() {
            Some((last, count)) if *last == number => *count += 1,
            _ => counted.push((number, 1)),
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_word_has_each_of_its_pieces_once() {
        let vocabulary = Vocabulary::of(std::iter::once(&Words::of("banana")));
        let (pieces, spelling) = vocabulary.spelling(0).expect("the only word");
        assert!(pieces.is_sorted_by(|one, other| one.0 < other.0));
        assert!(spelling.known.0 == spelling.known.1 && pieces.len() < spelling.known.0 as usize);
        assert!(vocabulary.spelling(1).is_none());
    }
}
