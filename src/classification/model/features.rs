//! The features of a text: its words, words in a row, words near each other, and the pieces of
//! words that survive misspellings and a scanner's errors.

use super::words::{LONE, Words};

/// A text is judged by its first words; nobody's wish starts later.
pub(super) const WORDS: usize = 6_000;
/// The longest part of a word whose pieces count.
const LETTERS: usize = 30;
/// The longest piece of a word.
const LONGEST: usize = 5;
/// How far apart two words may stand to be near each other.
const NEAR: usize = 4;

/// How much is taken of a text: of a short one every hint, of a long one what is worth its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Texts of a sentence or two.
    Short,
    /// Letters.
    Long,
}

impl Reach {
    /// The lengths of the pieces of words.
    const fn pieces(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::Short => 2..=LONGEST,
            Self::Long => 3..=LONGEST,
        }
    }
}

/// The kinds of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A word.
    Word,
    /// Two words in a row, or what words mean.
    Row,
    /// Two words near each other, in any order.
    Near,
    /// A piece of a word.
    Piece,
}

impl Kind {
    /// All kinds, in the order of the vocabulary.
    pub(super) const ALL: [Self; 4] = [Self::Word, Self::Row, Self::Near, Self::Piece];
    /// How many groups of kinds there are, each weighted as a whole.
    pub(super) const GROUPS: usize = 3;

    /// The group of a kind.
    pub(super) const fn group(self) -> usize {
        match self {
            Self::Word | Self::Row => 0,
            Self::Near => 1,
            Self::Piece => 2,
        }
    }
}

/// How much each group of kinds counts beside the others.
pub(super) const SHARES: [f32; Kind::GROUPS] = [1.0, 0.7, 1.0];

/// Gives the words of a text, each with its number.
pub(super) fn visit_words(words: &Words, mut take: impl FnMut(usize, u32)) {
    for at in 0..words.len().min(WORDS) {
        take(at, mixed(words.number(at), 1));
    }
}

/// Gives what words mean and the pairs of known words: the word that each ends with, its kind,
/// its number. A pair is rarer than its words, so one with an unknown word is unknown too.
pub(super) fn visit_pairs(words: &Words, is_known: impl Fn(usize) -> bool, mut take: impl FnMut(usize, Kind, u32)) {
    // The numbers of the last words, zero for unknown ones.
    let mut last = [0_u64; NEAR];
    for at in 0..words.len().min(WORDS) {
        let number = if is_known(at) { words.number(at) } else { 0 };
        if number != 0 {
            // Before the first word there stands nothing.
            if at == 0 || last[0] != 0 {
                take(at, Kind::Row, mixed(last[0].rotate_left(23) ^ number, 2));
            }
            for before in &last[1..] {
                if *before != 0 {
                    take(at, Kind::Near, mixed(before.min(&number).rotate_left(31) ^ before.max(&number), 3));
                }
            }
        }
        last.rotate_right(1);
        last[0] = number;
    }
    let mut before = 0;
    for (at, meaning) in words.meanings().iter().take_while(|(at, _)| *at < WORDS) {
        take(*at, Kind::Row, mixed(u64::from(*meaning), 4));
        if *meaning >= LONE {
            continue;
        }
        if before != *meaning {
            take(*at, Kind::Near, mixed(u64::from(before) << 32 | u64::from(*meaning), 5));
        }
        before = *meaning;
    }
}

/// Gives the pieces of a word between the marks of its start and end.
pub(super) fn visit_pieces(word: &str, reach: Reach, mut take: impl FnMut(u32)) {
    let (word, lengths) = (word.as_bytes(), reach.pieces());
    let mut framed = [b'<'; LETTERS + 2];
    let length = word.len().min(LETTERS);
    framed[1..=length].copy_from_slice(&word[..length]);
    framed[length + 1] = b'>';
    let framed = &framed[..length + 2];
    for start in 0..framed.len() {
        let mut packed = 0_u64;
        for (count, byte) in (1..=*lengths.end()).zip(&framed[start..]) {
            packed = packed << 8 | u64::from(*byte);
            if lengths.contains(&count) {
                take(mixed(packed, 8 + count as u64));
            }
        }
    }
}

/// The upper half of a product with all bits well mixed.
const fn mixed(number: u64, kind: u64) -> u32 {
    let number = (number ^ kind.wrapping_mul(0xa076_1d64_78bd_642f)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((number ^ (number >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(word: &str) -> Vec<u32> {
        let mut found = Vec::new();
        visit_pieces(word, Reach::Short, |number| found.push(number));
        found
    }

    fn near(text: &str, is_known: impl Fn(usize) -> bool) -> Vec<(Kind, u32)> {
        let mut found = Vec::new();
        visit_pairs(&Words::of(text), is_known, |_, kind, number| found.push((kind, number)));
        found.retain(|(kind, _)| *kind == Kind::Near);
        found
    }

    #[test]
    fn a_misspelt_word_shares_pieces_with_the_right_one() {
        let (right, wrong) = (pieces("payment"), pieces("paymant"));
        assert!(right.iter().filter(|piece| wrong.contains(piece)).count() >= 6);
    }

    #[test]
    fn words_near_each_other_count_in_any_order() {
        assert_eq!(near("water x off", |_| true), near("off x water", |_| true));
    }

    #[test]
    fn an_unknown_word_has_no_pairs() {
        assert_eq!(near("water x off", |at| at != 0), []);
    }
}
