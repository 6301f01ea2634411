//! The features that a model knows, how rare each is, and texts as vectors over them.

use super::features::{Kind, Reach, visit};
use super::words::Words;

/// Texts of more words than this are long.
const LONG: usize = 30;
/// In how many long texts a word, a pair of near words and a piece of a word must occur.
const LEAST: [u32; 3] = [2, 3, 3];
/// How many bits say at once that a number is unknown.
const MARKS: usize = 1 << 20;
/// How strongly rare features count for more.
const RARITY_POWER: f32 = 0.8;

/// The known features; a feature's place in the lists is its row in the weights.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary {
    /// How much is taken of a text.
    pub(super) reach: Reach,
    /// The numbers of the features, kind by kind, ascending within a kind.
    pub(super) numbers: Vec<u32>,
    /// How rare each is.
    pub(super) rarity: Vec<f32>,
    /// Where each kind ends.
    pub(super) ends: [usize; 3],
    /// Finds the row of a number: number and row + 1 at the number's slot or soon after it.
    slots: Vec<(u32, u32)>,
    /// A bit for each number that may be known: most of a text's pairs are not.
    marks: Vec<u64>,
}

/// A text over the known features.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Vector {
    /// Rows with their values.
    pub(super) values: Vec<(u32, f32)>,
    /// How many features the text had, known or not.
    pub(super) features: usize,
    /// How many of its pieces of words are known, of how many.
    pub(super) known_pieces: (usize, usize),
}

/// A text's known features in their order: the word that each ends with, its place in the vector.
pub(super) type Occurrences = Vec<(u32, u32)>;

impl Vocabulary {
    /// The features of all texts.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a Words> + Clone) -> Self {
        let count = texts.clone().count();
        let reach =
            if texts.clone().map(Words::len).sum::<usize>() > LONG * count { Reach::Long } else { Reach::Short };
        let mut kinds: [Vec<u32>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        let mut own: [Vec<u32>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        for words in texts {
            own.iter_mut().for_each(Vec::clear);
            visit(words, reach, |_, kind, number| own[kind as usize].push(number));
            for (all, own) in kinds.iter_mut().zip(&mut own) {
                own.sort_unstable();
                own.dedup();
                all.extend_from_slice(own);
            }
        }
        let mut counted: Vec<Vec<(u32, u32)>> = kinds.into_iter().map(counted).collect();
        if reach == Reach::Long {
            for (kind, least) in counted.iter_mut().zip(LEAST) {
                kind.retain(|(_, count)| *count >= least);
            }
        }
        Self::from_counts(reach, &counted, count)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of texts are small")]
    fn from_counts(reach: Reach, counted: &[Vec<(u32, u32)>], texts: usize) -> Self {
        let (mut numbers, mut rarity, mut ends) = (Vec::new(), Vec::new(), [0; 3]);
        for (kind, counted) in counted.iter().enumerate() {
            for (number, count) in counted {
                numbers.push(*number);
                rarity.push((((1.0 + texts as f32) / (1.0 + *count as f32)).ln() + 1.0).powf(RARITY_POWER));
            }
            ends[kind] = numbers.len();
        }
        Self::from_parts(reach, numbers, rarity, ends)
    }

    /// The vocabulary with its way from numbers to rows.
    pub(super) fn from_parts(reach: Reach, numbers: Vec<u32>, rarity: Vec<f32>, ends: [usize; 3]) -> Self {
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
        Self { reach, numbers, rarity, ends, slots, marks }
    }

    /// How many features are known.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    fn row(&self, number: u32) -> Option<u32> {
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

    /// The kind of a row.
    pub(super) fn kind(&self, row: u32) -> Kind {
        let at = self.ends.iter().position(|end| (row as usize) < *end).unwrap_or(2);
        Kind::ALL[at]
    }

    /// A text as a vector, and each known feature with its word.
    pub(super) fn vector(&self, words: &Words) -> (Vector, Occurrences) {
        let mut occurrences = Vec::with_capacity(words.len().min(4_000) * 16);
        let mut vector = Vector::default();
        visit(words, self.reach, |word, kind, number| {
            vector.features += 1;
            let row = self.row(number);
            if kind == Kind::Piece {
                vector.known_pieces.0 += usize::from(row.is_some());
                vector.known_pieces.1 += 1;
            }
            if let (Some(row), Ok(word)) = (row, u32::try_from(word)) {
                occurrences.push((word, row));
            }
        });
        vector.values = self.valued(&mut occurrences);
        (vector, occurrences)
    }

    /// Counts made into values: damped, weighted by rarity, each kind brought to its share.
    #[expect(clippy::cast_precision_loss, reason = "counts of a text are small")]
    fn valued(&self, occurrences: &mut Occurrences) -> Vec<(u32, f32)> {
        let mut lengths = [0.0_f32; 3];
        let mut values: Vec<(u32, f32)> = tally(occurrences)
            .into_iter()
            .map(|(row, count)| {
                let damped = if count == 1 { 1.0 } else { 1.0 + (count as f32).ln() };
                let value = damped * self.rarity[row as usize];
                lengths[self.kind(row) as usize] += value * value;
                (row, value)
            })
            .collect();
        let scales = Kind::ALL.map(|kind| kind.share() / lengths[kind as usize].max(f32::MIN_POSITIVE).sqrt());
        for (row, value) in &mut values {
            *value *= scales[self.kind(*row) as usize];
        }
        values
    }
}

/// The place and the bit of a number among the marks.
const fn mark(number: u32) -> (usize, u64) {
    let at = (number >> 12) as usize % MARKS;
    (at / 64, 1 << (at % 64))
}

/// Each row once with its count, in the order of the first occurrences; these then hold the
/// places in that list instead of the rows.
fn tally(occurrences: &mut Occurrences) -> Vec<(u32, u32)> {
    let mut counts: Vec<(u32, u32)> = Vec::with_capacity(occurrences.len());
    let mask = (occurrences.len() * 2).next_power_of_two() - 1;
    // Places in `counts`, plus one.
    let mut slots = vec![0_u32; mask + 1];
    for (_, row) in occurrences {
        let mut slot = row.wrapping_mul(0x9e37_79b1) as usize >> 7 & mask;
        let place = loop {
            match slots[slot] {
                0 => {
                    counts.push((*row, 0));
                    slots[slot] = u32::try_from(counts.len()).unwrap_or(u32::MAX);
                    break slots[slot] - 1;
                }
                place if counts[place as usize - 1].0 == *row => break place - 1,
                _ => slot = (slot + 1) & mask,
            }
        };
        counts[place as usize].1 += 1;
        *row = place;
    }
    counts
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
    fn a_vector_has_each_feature_once_and_each_kind_its_share() {
        let text = Words::of("water water off again");
        let vocabulary = Vocabulary::of(std::iter::once(&text));
        let (vector, _) = vocabulary.vector(&text);
        assert_eq!(vector.values.len(), vocabulary.len());
        let length: f32 = vector.values.iter().map(|(_, value)| value * value).sum();
        assert!((length - 2.49).abs() < 0.01, "{length}");
    }

    #[test]
    fn unknown_words_are_counted_and_left_out() {
        let vocabulary = Vocabulary::of(std::iter::once(&Words::of("agua")));
        let (vector, occurrences) = vocabulary.vector(&Words::of("zzz"));
        assert!(vector.values.is_empty() && occurrences.is_empty());
        assert!(vector.features > 5);
    }
}
