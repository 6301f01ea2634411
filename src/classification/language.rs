//! The language of a text and of its parts: English and Spanish by their small words, others by
//! their script and letters.

use serde::{Deserialize, Serialize};

use super::Letter;
use super::meanings::Meaning;
use super::model::Words;
use crate::letter::Language;

/// Small words of English, in the order of the alphabet.
pub(super) const ENGLISH: &[&str] = &[
    "a", "about", "account", "am", "an", "and", "are", "at", "be", "been", "bill", "but", "can", "cant", "do", "dont",
    "for", "from", "had", "has", "have", "hello", "help", "how", "i", "if", "im", "in", "is", "it", "ive", "my",
    "need", "not", "of", "off", "on", "or", "our", "please", "she", "so", "thank", "thanks", "that", "the", "there",
    "they", "this", "to", "was", "water", "we", "what", "when", "why", "will", "with", "you", "your",
];
/// Small words of Spanish, in the order of the alphabet.
pub(super) const SPANISH: &[&str] = &[
    "agua", "al", "aqui", "ayuda", "buenas", "buenos", "como", "con", "cuando", "cuenta", "de", "del", "desde", "dia",
    "el", "en", "es", "esta", "este", "estoy", "factura", "favor", "gracias", "ha", "hay", "hola", "la", "las", "le",
    "les", "lo", "los", "mas", "me", "mes", "mi", "mis", "muy", "necesito", "no", "nos", "o", "pagar", "pago", "para",
    "pero", "por", "porque", "que", "quiero", "se", "senor", "si", "sin", "son", "soy", "su", "tengo", "un", "una",
    "usted", "ustedes", "y", "ya", "yo",
];
/// A part of at least this many words has a language of its own.
const PART: usize = 5;

/// A part of a letter in one language, in Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguagePart {
    /// Which language.
    pub language: Language,
    /// Where the part starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The language of most of a text. A text too short to tell counts as English.
#[must_use]
pub fn language_of(text: &str) -> Language {
    let words = Words::of(text);
    let mut small = Small::default();
    for word in words.iter() {
        small.english += usize::from(ENGLISH.binary_search(&word).is_ok());
        small.spanish += usize::from(SPANISH.binary_search(&word).is_ok());
    }
    small.language(words.len()).unwrap_or_else(|| by_letters(text))
}

/// The language of most of a letter.
pub(super) fn of_letter(letter: &Letter) -> Language {
    let count = letter.words.len();
    Small::within(letter, 0, count).language(count).unwrap_or_else(|| by_letters(&letter.whole))
}

/// How many small words of each language.
#[derive(Debug, Clone, Copy, Default)]
struct Small {
    english: usize,
    spanish: usize,
}

impl Small {
    /// The small words among some words of a letter.
    fn within(letter: &Letter, first_word: usize, end_word: usize) -> Self {
        let mut small = Self::default();
        let from = letter.meanings.partition_point(|(_, first, _)| *first < first_word);
        for (meaning, _, _) in letter.meanings[from..].iter().take_while(|(_, first, _)| *first < end_word) {
            match meaning {
                Meaning::Small(Language::Spanish) => small.spanish += 1,
                Meaning::Small(_) => small.english += 1,
                _ => {}
            }
        }
        small
    }

    /// `no` and `me` are words of both languages; a clear lead of the other decides.
    const fn language(self, words: usize) -> Option<Language> {
        let most = if self.english > self.spanish { self.english } else { self.spanish };
        match (most > 0 && most * 10 >= words, self.spanish > self.english) {
            (false, _) => None,
            (true, true) => Some(Language::Spanish),
            (true, false) => Some(Language::English),
        }
    }
}

fn by_letters(text: &str) -> Language {
    // A page tells; the rest of ten megabytes says the same.
    let start: String = text.chars().take(3_000).collect();
    match whatlang::detect(&start) {
        Some(info) if info.script() != whatlang::Script::Latin => Language::Other,
        Some(info) if info.lang() == whatlang::Lang::Spa => Language::Spanish,
        Some(info) if info.lang() == whatlang::Lang::Eng => Language::English,
        Some(info) if info.is_reliable() && start.chars().filter(|one| one.is_alphabetic()).count() >= 12 => {
            Language::Other
        }
        _ => Language::English,
    }
}

/// The parts of a text that are written in one language each; neighbours of one language are one
/// part, and a sentence too short to tell goes with the one before it.
pub(super) fn parts(letter: &Letter, whole: Language) -> Vec<LanguagePart> {
    let mut parts: Vec<LanguagePart> = Vec::new();
    for sentence in &letter.sentences {
        let Some((start, end)) = letter.inside(sentence.start, sentence.end) else { continue };
        let count = sentence.end_word - sentence.first_word;
        let small = (count >= PART).then(|| Small::within(letter, sentence.first_word, sentence.end_word));
        let own = small.and_then(|small| small.language(count));
        let language = own.or_else(|| parts.last().map(|part| part.language)).unwrap_or(whole);
        match parts.last_mut() {
            Some(last) if last.language == language => last.end = end,
            _ => parts.push(LanguagePart { language, start, end }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::meanings::meanings;
    use super::*;

    #[test]
    fn the_small_words_are_in_order() {
        assert!(ENGLISH.is_sorted() && SPANISH.is_sorted());
    }

    #[test]
    fn letters_are_told_apart_with_and_without_accents() {
        assert_eq!(language_of("Hola, mi factura de agua subio mucho y no se por que"), Language::Spanish);
        assert_eq!(language_of("My water bill went up and I do not know why"), Language::English);
        assert_eq!(language_of("我的水费账单为什么这么高？请帮我查一下，谢谢你们的帮助"), Language::Other);
        assert_eq!(language_of(""), Language::English);
    }

    #[test]
    fn a_letter_in_two_languages_has_two_parts() {
        let text = "My mother asked me to write to you. Ella dice que no puede pagar la factura de este mes.";
        let found = parts(&Letter::of("", text, &meanings()), Language::English);
        let languages: Vec<Language> = found.iter().map(|part| part.language).collect();
        assert_eq!(languages, [Language::English, Language::Spanish]);
        assert_eq!(found[1].start, 36);
    }
}
