//! The sentences of a text, each with its place in Unicode characters.

use super::model::Words;

/// A sentence longer than this many words is cut: dictated letters know no full stop.
const LONGEST: usize = 60;

/// A sentence: its characters, and its words among those of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) first_word: usize,
    pub(super) end_word: usize,
    /// Whether it ends with a question mark, or a Spanish one stands in it.
    pub(super) question: bool,
}

/// The sentences of a text, given its words.
pub(super) fn sentences(text: &str, words: &Words) -> Vec<Sentence> {
    let mut found = Vec::new();
    let (mut word, mut first_word, mut question, mut ends, mut at) = (0, 0, false, false, 0);
    let mut last = 0;
    for character in text.chars() {
        let starts_word = word < words.len() && words.place(word).0 == at;
        if starts_word {
            if ends || word - first_word >= LONGEST {
                found.extend(sentence(words, first_word, word, last, question));
                (first_word, question) = (word, false);
            }
            ends = false;
            word += 1;
        }
        question |=
            matches!(character, '?' | '¿') && (word > first_word || character == '¿') && !(ends && character == '¿');
        ends |= matches!(character, '?' | '!' | '\n' | ';') && word > first_word;
        ends |= matches!(character, '.' | '…') && word > first_word && !is_shortened(words.folded(word - 1));
        at += 1;
        if !character.is_whitespace() && character != '¿' && character != '¡' {
            last = at;
        }
        if word == words.len() && ends && !matches!(character, '?' | '!' | '.' | '…' | '"') {
            break;
        }
    }
    found.extend(sentence(words, first_word, word, last, question));
    found
}

/// Full stops after these end no sentence.
fn is_shortened(word: &str) -> bool {
    matches!(
        word,
        "mr" | "mrs" | "ms" | "dr" | "sr" | "sra" | "srta" | "no" | "num" | "st" | "ave" | "apt" | "acct" | "dept"
    )
}

fn sentence(words: &Words, first_word: usize, end_word: usize, last: usize, question: bool) -> Option<Sentence> {
    let start = (first_word < end_word).then(|| words.place(first_word).0)?;
    let end = last.max(words.place(end_word - 1).1);
    Some(Sentence { start, end, first_word, end_word, question })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, bool)> {
        let cut = |one: &Sentence| text.chars().skip(one.start).take(one.end - one.start).collect();
        sentences(text, &Words::of(text)).iter().map(|one| (cut(one), one.question)).collect()
    }

    #[test]
    fn sentences_end_at_their_marks_and_lines() {
        let found = of("Hello Dr. Lee,\nmy bill tripled! ¿Por qué? Please call me");
        let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["Hello Dr. Lee,", "my bill tripled!", "Por qué?", "Please call me"]);
        assert!(found[2].1 && !found[1].1 && !found[3].1);
    }

    #[test]
    fn a_text_without_words_has_no_sentence() {
        assert!(of("... ?! 😀").is_empty());
    }
}
