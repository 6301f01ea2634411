//! Whether any of many phrases stands in a text, found in one pass: every paragraph of every
//! letter is asked.

use aho_corasick::AhoCorasick;

/// Phrases that are searched for together.
pub(super) struct Phrases(Option<AhoCorasick>);

impl Phrases {
    /// The phrases, in small letters.
    pub(super) fn new(phrases: &'static [&'static str]) -> Self {
        // Building fails for millions of phrases only; a test finds those of today.
        Self(AhoCorasick::new(phrases).ok())
    }

    /// Whether one of them stands in a text in small letters.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|phrases| phrases.is_match(text))
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
