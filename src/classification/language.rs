//! The language of a text: English and Spanish by their small words, others by script.

use super::features::tokens;
use crate::letter::Language;

const ENGLISH: &[&str] = &[
    "the", "and", "is", "are", "was", "my", "i", "you", "to", "of", "in", "it", "for", "on", "this", "that", "have",
    "not", "please", "bill", "with", "we", "be", "at", "why", "can", "your", "do", "me", "thank", "water", "account",
    "hello", "help", "need", "what", "how", "been",
];
const SPANISH: &[&str] = &[
    "el", "la", "los", "las", "y", "es", "de", "que", "mi", "un", "una", "por", "para", "con", "no", "en", "se", "me",
    "su", "del", "al", "yo", "lo", "como", "pero", "esta", "estoy", "factura", "agua", "cuenta", "gracias", "hola",
    "tengo", "favor", "porque", "ayuda", "necesito", "usted", "ustedes", "pago", "buenas", "buenos", "le", "muy",
];

/// The language of most of a text. A text too short to tell counts as English.
#[must_use]
pub fn language_of(text: &str) -> Language {
    let words = tokens(text);
    let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.folded.as_str())).count();
    let (english, spanish) = (count(ENGLISH), count(SPANISH));
    // `no` and `me` are words of both; a clear lead of the other decides.
    if english.max(spanish) * 12 >= words.len() && english.max(spanish) > 0 {
        return if spanish > english { Language::Spanish } else { Language::English };
    }
    match whatlang::detect(text) {
        Some(info) if info.lang() == whatlang::Lang::Spa => Language::Spanish,
        Some(info) if info.lang() == whatlang::Lang::Eng => Language::English,
        Some(info)
            if info.is_reliable() && text.chars().filter(|character| character.is_alphabetic()).count() >= 12 =>
        {
            Language::Other
        }
        _ => Language::English,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_told_apart_with_and_without_accents() {
        assert_eq!(language_of("Hola, mi factura de agua subio mucho y no se por que"), Language::Spanish);
        assert_eq!(language_of("My water bill went up and I do not know why"), Language::English);
        assert_eq!(language_of("我的水费账单为什么这么高？请帮我查一下，谢谢你们的帮助"), Language::Other);
        assert_eq!(language_of(""), Language::English);
    }
}
