//! What phrases mean, all kinds in one walk over the words of a letter.

use super::asks::ASKING;
use super::flags::flag_phrases;
use super::language::{ENGLISH, SPANISH};
use super::learning::concept_phrases;
use super::phrases::{Phrases, phrases_of};
use crate::letter::{Flag, Language};

/// What a phrase means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A small word of a language.
    Small(Language),
    /// Something is asked.
    Asks,
    /// A circumstance.
    Raises(Flag),
    /// A thing of this trade, by its number.
    Concept(u32),
}

/// All phrases.
pub(super) fn meanings() -> Phrases<Meaning> {
    let small =
        |language, words: &'static [&'static str]| words.iter().map(move |word| (Meaning::Small(language), *word));
    let asks = phrases_of(ASKING).map(|phrase| (Meaning::Asks, phrase));
    let flags = flag_phrases().map(|(flag, phrase)| (Meaning::Raises(flag), phrase));
    let concepts = concept_phrases().map(|(number, phrase)| (Meaning::Concept(number), phrase));
    let languages = small(Language::English, ENGLISH).chain(small(Language::Spanish, SPANISH));
    Phrases::new(languages.chain(asks).chain(flags).chain(concepts))
}
