//! The features of a text: its words, words in a row, words near each other, and the pieces of
//! words that survive misspellings and a scanner's errors.

use super::words::Words;

/// A text is judged by its first words; nobody's wish starts later.
const WORDS: usize = 6_000;
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

/// The kinds of features, each weighted as a whole for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A word, or two words in a row.
    Word,
    /// Two words near each other, in any order.
    Near,
    /// A piece of a word.
    Piece,
}

impl Kind {
    /// All kinds, in the order of the vocabulary.
    pub(super) const ALL: [Self; 3] = [Self::Word, Self::Near, Self::Piece];

    /// How much a kind counts beside the others.
    pub(super) const fn share(self) -> f32 {
        match self {
            Self::Word | Self::Piece => 1.0,
            Self::Near => 0.7,
        }
    }
}

/// Gives every feature of a text: the word it ends with, its kind, its number.
pub(super) fn visit(words: &Words, reach: Reach, mut take: impl FnMut(usize, Kind, u32)) {
    // The numbers of the last words; before the first there stands nothing.
    let mut last = [0_u64; NEAR];
    for at in 0..words.len().min(WORDS) {
        let word = words.folded(at).as_bytes();
        let number = number_of(word);
        take(at, Kind::Word, mixed(number, 1));
        take(at, Kind::Word, mixed(last[0].rotate_left(23) ^ number, 2));
        for before in &last[1..] {
            if *before != 0 {
                take(at, Kind::Near, mixed(before.min(&number).rotate_left(31) ^ before.max(&number), 3));
            }
        }
        last.rotate_right(1);
        last[0] = number;
        pieces(word, reach.pieces(), |number| take(at, Kind::Piece, number));
    }
    let mut before = 0;
    for (at, meaning) in words.meanings().iter().take_while(|(at, _)| *at < WORDS) {
        let meaning = u64::from(*meaning);
        take(*at, Kind::Word, mixed(meaning, 4));
        if before != meaning {
            take(*at, Kind::Near, mixed(before << 32 | meaning, 5));
        }
        before = meaning;
    }
}

/// The pieces of a word between the marks of its start and end.
fn pieces(word: &[u8], lengths: std::ops::RangeInclusive<usize>, mut take: impl FnMut(u32)) {
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

/// A word's number, the same on every machine.
fn number_of(word: &[u8]) -> u64 {
    word.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The upper half of a product with all bits well mixed.
const fn mixed(number: u64, kind: u64) -> u32 {
    let number = (number ^ kind.wrapping_mul(0xa076_1d64_78bd_642f)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((number ^ (number >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(Kind, u32)> {
        let mut found = Vec::new();
        visit(&Words::of(text), Reach::Short, |_, kind, number| found.push((kind, number)));
        found
    }

    #[test]
    fn a_misspelt_word_shares_pieces_with_the_right_one() {
        let (right, wrong) = (all("payment"), all("paymant"));
        assert!(right.iter().filter(|feature| feature.0 == Kind::Piece && wrong.contains(feature)).count() >= 6);
        assert!(!wrong.contains(&right[0]));
    }

    #[test]
    fn words_near_each_other_count_in_any_order() {
        let near = |text: &str| all(text).into_iter().filter(|(kind, _)| *kind == Kind::Near).collect::<Vec<_>>();
        assert_eq!(near("water x off"), near("off x water"));
    }
}
