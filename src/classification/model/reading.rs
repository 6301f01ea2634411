//! A text over the known features: what of it is known, how much each counts, and where it stands.

use super::features::{Kind, SHARES, WORDS, visit_pairs, visit_words};
use super::vocabulary::{Vocabulary, add_equal};
use super::words::Words;

/// A text of which less of the pieces of its words than this is known looks like nothing known.
const KNOWN: f32 = 0.4;
/// A text with fewer known features than this says nothing.
const FEATURES: usize = 5;

/// A text over the known features.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    /// The known words, pairs and meanings, each once.
    pub(super) terms: Vec<Term>,
    /// Where they stand: the word that each ends with, the place among the terms.
    pub(super) occurrences: Vec<(u32, u32)>,
    /// The unknown words.
    pub(super) strangers: Vec<Stranger>,
    /// The known pieces of the unknown words, word after word.
    stranger_pieces: Vec<(u32, f32)>,
    /// How many pieces of words are known, of how many.
    known_pieces: (u32, u32),
}

/// A known word, pair or meaning in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Term {
    /// Its row in the weights.
    pub(super) row: u32,
    /// How often it occurs.
    pub(super) count: u32,
    /// How much it counts.
    pub(super) value: f32,
    /// How much the pieces of a word count; nothing for a pair.
    pub(super) pieces: f32,
}

/// An unknown word in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Stranger {
    /// Which word.
    pub(super) word: u32,
    /// Where its pieces end.
    end: usize,
}

/// A text as rows with values, to learn from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Vector {
    /// Each row once.
    pub(super) values: Vec<(u32, f32)>,
}

impl Reading {
    pub(super) fn of(words: &Words, vocabulary: &Vocabulary) -> Self {
        let mut reading = Self::default();
        let mut is_known = vec![false; words.len().min(WORDS)];
        reading.occurrences.reserve(is_known.len() * 3);
        visit_words(words, |at, number| {
            if let Some(row) = vocabulary.row(number) {
                is_known[at] = true;
                reading.occurrences.push((place(at), row));
            } else {
                reading.take_stranger(at, words.folded(at), vocabulary);
            }
        });
        visit_pairs(
            words,
            |at| is_known[at],
            |at, _, number| reading.occurrences.extend(vocabulary.row(number).map(|row| (place(at), row))),
        );
        reading.terms = tally(&mut reading.occurrences);
        reading.weigh(vocabulary);
        reading
    }

    fn take_stranger(&mut self, at: usize, word: &str, vocabulary: &Vocabulary) {
        let known = vocabulary.pieces_of(word, &mut self.stranger_pieces);
        self.count_pieces(known, 1);
        self.strangers.push(Stranger { word: place(at), end: self.stranger_pieces.len() });
    }

    fn count_pieces(&mut self, known: (u32, u32), times: u32) {
        self.known_pieces.0 += known.0 * times;
        self.known_pieces.1 += known.1 * times;
    }

    /// Counts made into values: damped, weighted by rarity, each group brought to its share. The
    /// length of the pieces is taken as if no two words had any in common, so that what a word
    /// adds can be known beforehand.
    #[expect(clippy::cast_precision_loss, reason = "counts of a text are small")]
    fn weigh(&mut self, vocabulary: &Vocabulary) {
        let mut squares = [0.0_f32; Kind::GROUPS];
        squares[Kind::Piece.group()] = self.stranger_pieces.iter().map(|(_, value)| value * value).sum();
        let mut terms = std::mem::take(&mut self.terms);
        for term in &mut terms {
            let damped = if term.count == 1 { 1.0 } else { 1.0 + (term.count as f32).ln() };
            term.value = damped * vocabulary.rarity[term.row as usize];
            squares[vocabulary.group(term.row)] += term.value * term.value;
            if let Some((_, spelling)) = vocabulary.spelling(term.row) {
                term.pieces = damped;
                squares[Kind::Piece.group()] += damped * damped * spelling.square;
                self.count_pieces(spelling.known, term.count);
            }
        }
        let mut scales = SHARES;
        for (scale, square) in scales.iter_mut().zip(squares) {
            *scale /= square.max(f32::MIN_POSITIVE).sqrt();
        }
        for term in &mut terms {
            term.value *= scales[vocabulary.group(term.row)];
            term.pieces *= scales[Kind::Piece.group()];
        }
        for (_, value) in &mut self.stranger_pieces {
            *value *= scales[Kind::Piece.group()];
        }
        self.terms = terms;
    }

    /// The known pieces of all unknown words.
    pub(super) fn stranger_pieces(&self) -> &[(u32, f32)] {
        &self.stranger_pieces
    }

    /// The unknown words, each with its known pieces.
    pub(super) fn strangers(&self) -> impl Iterator<Item = (u32, &[(u32, f32)])> {
        self.strangers.iter().scan(0, |start, stranger| {
            let pieces = &self.stranger_pieces[*start..stranger.end];
            *start = stranger.end;
            Some((stranger.word, pieces))
        })
    }

    /// Whether enough of the text is known to judge it.
    #[expect(clippy::cast_precision_loss, reason = "a text has few pieces")]
    pub(super) fn looks_known(&self) -> bool {
        let (known, all) = self.known_pieces;
        known as usize + self.terms.len() >= FEATURES && known as f32 >= KNOWN * all as f32
    }

    /// The text as rows with values.
    pub(super) fn vector(&self, vocabulary: &Vocabulary) -> Vector {
        let mut values: Vec<(u32, f32)> = self.stranger_pieces.clone();
        for term in &self.terms {
            values.push((term.row, term.value));
            let (pieces, _) = vocabulary.spelling(term.row).unwrap_or_default();
            values.extend(pieces.iter().map(|(row, value)| (*row, value * term.pieces)));
        }
        // A stable sort, so that sums are always the same.
        values.sort_by_key(|(row, _)| *row);
        add_equal(&mut values);
        Vector { values }
    }
}

/// A word's place, which is below `WORDS`.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Each row once with its count, in the order of the first occurrences; these then hold the
/// places in that list instead of the rows.
fn tally(occurrences: &mut [(u32, u32)]) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::with_capacity(occurrences.len());
    let mask = (occurrences.len() * 2).next_power_of_two() - 1;
    // Places among the terms, plus one.
    let mut slots = vec![0_u32; mask + 1];
    for (_, row) in occurrences {
        let mut slot = row.wrapping_mul(0x9e37_79b1) as usize >> 7 & mask;
        let place = loop {
            match slots[slot] {
                0 => {
                    terms.push(Term { row: *row, ..Term::default() });
                    slots[slot] = u32::try_from(terms.len()).unwrap_or(u32::MAX);
                    break slots[slot] - 1;
                }
                place if terms[place as usize - 1].row == *row => break place - 1,
                _ => slot = (slot + 1) & mask,
            }
        };
        terms[place as usize].count += 1;
        *row = place;
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_has_each_term_once_and_each_group_its_share() {
        let text = Words::of("water water off again");
        let vocabulary = Vocabulary::of(std::iter::once(&text));
        let reading = Reading::of(&text, &vocabulary);
        assert_eq!(reading.terms.len(), vocabulary.first_piece());
        let length: f32 = reading.terms.iter().map(|term| term.value * term.value).sum();
        assert!((length - 1.49).abs() < 0.01, "{length}");
        assert_eq!(reading.vector(&vocabulary).values.len(), vocabulary.len());
    }

    #[test]
    fn work_grows_no_faster_than_the_text() {
        let text = "my water bill is high and nobody reads the meter zzzz ";
        let vocabulary = Vocabulary::of(std::iter::once(&Words::of(text)));
        let work = |times: usize| {
            let reading = Reading::of(&Words::of(&text.repeat(times)), &vocabulary);
            reading.occurrences.len() + reading.stranger_pieces.len()
        };
        let (once, often) = (work(10), work(400));
        assert!(often <= 40 * once + 400, "{once} {often}");
        assert_eq!(work(1_000), work(10_000), "what stands after the first words is not looked at");
    }

    #[test]
    fn unknown_words_leave_nothing_but_their_place() {
        let vocabulary = Vocabulary::of(std::iter::once(&Words::of("agua")));
        let reading = Reading::of(&Words::of("zzz"), &vocabulary);
        assert!(reading.terms.is_empty() && reading.stranger_pieces.is_empty());
        assert!(!reading.looks_known());
        assert_eq!(reading.strangers().collect::<Vec<_>>(), [(0, &[][..])]);
    }
}
