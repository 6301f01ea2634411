//! Whether any of many phrases stands in a text, found in one pass: every paragraph of every
//! letter is asked.

/// Phrases of at least four bytes, with which bytes they begin.
pub(super) struct Phrases {
    words: &'static [&'static str],
    first_pairs: Pairs,
    second_pairs: Pairs,
}

/// Pairs of bytes, a bit for each.
struct Pairs([u64; 1024]);

impl Pairs {
    fn of<'p>(pairs: impl Iterator<Item = &'p [u8]>) -> Self {
        let mut bits = [0; 1024];
        for pair in pairs {
            bits[place(pair).0] |= place(pair).1;
        }
        Self(bits)
    }

    fn has(&self, pair: &[u8]) -> bool {
        let (word, bit) = place(pair);
        self.0[word] & bit != 0
    }
}

/// The word and the bit in it that stand for a pair of bytes.
fn place(pair: &[u8]) -> (usize, u64) {
    let number = usize::from(pair[0]) << 8 | usize::from(pair[1]);
    (number / 64, 1 << (number % 64))
}

impl Phrases {
    /// The phrases, in small letters.
    pub(super) fn new(phrases: &'static [&'static str]) -> Self {
        let starts = || phrases.iter().filter_map(|phrase| phrase.as_bytes().get(..4));
        Self {
            words: phrases,
            first_pairs: Pairs::of(starts().map(|start| &start[..2])),
            second_pairs: Pairs::of(starts().map(|start| &start[2..])),
        }
    }

    /// Whether one of them stands in a text in small letters.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.windows(4).enumerate().any(|(at, start)| {
            self.first_pairs.has(&start[..2])
                && self.second_pairs.has(&start[2..])
                && self.words.iter().any(|phrase| bytes[at..].starts_with(phrase.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOME: &[&str] = &["virus free", "libre de virus", "información", "weiß"];

    #[test]
    fn a_phrase_is_found_wherever_it_stands() {
        let phrases = Phrases::new(SOME);
        for text in ["virus free", "an antivirus free of charge", "la información", "ich weiß"] {
            assert!(phrases.are_in(text), "{text}");
        }
        assert!(!phrases.are_in("virus-free") && !phrases.are_in("") && !phrases.are_in("vir"));
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_many_find(text in "(virus|free|vir| |libre|de|info|ón|wei|ß|informaci){0,12}") {
            prop_assert_eq!(Phrases::new(SOME).are_in(&text), SOME.iter().any(|phrase| text.contains(phrase)));
        }
    }
}
