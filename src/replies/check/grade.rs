//! How hard a text is to read.
//!
//! English: the grade of Flesch and Kincaid, `0.39 * words/sentences + 11.8 * syllables/words -
//! 15.59`. Spanish: the ease of Fernández Huerta, `206.84 - 60 * syllables/words - 1.02 *
//! words/sentences`, on Flesch's own scale, where 60 to 70 is what grade eight reads. What cannot be
//! put more simply does not count as hard: figures, addresses and dates have one syllable, names
//! (capitals within a sentence) two at most.

/// A measured text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) words: usize,
    sentences: usize,
    syllables: usize,
}

impl Measured {
    pub(super) fn of(text: &str, language: &str) -> Self {
        let mut measured = Self { words: 0, sentences: 0, syllables: 0 };
        for block in text.split("\n\n") {
            for line in block.lines() {
                measured.line(line.trim_start_matches("- "), language);
            }
        }
        measured
    }

    /// A line of a list or a paragraph; its end ends a sentence too.
    fn line(&mut self, line: &str, language: &str) {
        let mut opens = true;
        let mut words = 0;
        for token in line.split_whitespace() {
            let word = token.trim_matches(|character: char| !character.is_alphanumeric());
            if word.is_empty() {
                continue;
            }
            words += 1;
            self.words += 1;
            self.syllables += syllables(word, language, opens);
            opens = token.ends_with(['.', '!', '?', ':', ';']) && word.chars().count() > 1;
            if opens {
                self.sentences += 1;
                words = 0;
            }
        }
        if words > 0 {
            self.sentences += 1;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "texts have thousands of words, not more")]
    fn rates(&self) -> (f64, f64) {
        let (words, sentences) = (self.words.max(1) as f64, self.sentences.max(1) as f64);
        (words / sentences, self.syllables as f64 / words)
    }

    /// The grade of a text in English.
    pub(super) fn grade(&self) -> f64 {
        let (length, weight) = self.rates();
        0.39 * length + 11.8 * weight - 15.59
    }

    /// The ease of a text in Spanish.
    pub(super) fn ease(&self) -> f64 {
        let (length, weight) = self.rates();
        206.84 - 60.0 * weight - 1.02 * length
    }
}

fn syllables(word: &str, language: &str, opens: bool) -> usize {
    if word.chars().any(|character| character.is_ascii_digit() || "@/.".contains(character)) {
        return 1;
    }
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    let counted = if language == "es" { spanish(&letters) } else { english(&letters) };
    let name = !opens && word.chars().next().is_some_and(char::is_uppercase);
    if name { counted.min(2) } else { counted }
}

/// Groups of vowels, less the silent e.
fn english(letters: &[char]) -> usize {
    let vowel = |letter: &char| "aeiouyáéíóúü".contains(*letter);
    let groups =
        letters.iter().zip(std::iter::once(&' ').chain(letters)).filter(|(now, before)| vowel(now) && !vowel(before));
    let count = groups.count();
    let ends = |ending: &str| letters.len() > ending.len() && letters.ends_with(&ending.chars().collect::<Vec<_>>());
    let before_last = letters.len().checked_sub(3).map(|at| letters[at]);
    let silent = (ends("e") && !(ends("le") && before_last.is_some_and(|letter| !vowel(&letter))))
        || (ends("es") && !["ses", "zes", "ches", "shes", "ges", "ces", "xes"].iter().any(|ending| ends(ending)))
        || (ends("ed") && !ends("ted") && !ends("ded"));
    count.saturating_sub(usize::from(silent)).max(1)
}

/// Vowels, of which a weak one joins its neighbour.
fn spanish(letters: &[char]) -> usize {
    let strong = |letter: char| "aeoáéóíú".contains(letter);
    let weak = |letter: char| "iuüy".contains(letter);
    let mut count = 0;
    let mut before = ' ';
    for (at, letter) in letters.iter().copied().enumerate() {
        let silent_u =
            letter == 'u' && matches!(before, 'q' | 'g') && matches!(letters.get(at + 1), Some('e' | 'i' | 'é' | 'í'));
        if silent_u {
            continue;
        }
        let consonant_y = letter == 'y' && letters.get(at + 1).is_some_and(|next| strong(*next) || weak(*next));
        if strong(letter) {
            count += usize::from(!weak(before));
        } else if weak(letter) && !consonant_y {
            count += usize::from(!(strong(before) || weak(before)) || matches!(before, 'í' | 'ú'));
        }
        // A y before a vowel is spoken as a consonant.
        before = if consonant_y { ' ' } else { letter };
    }
    count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(word: &str, language: &str) -> usize {
        syllables(word, language, true)
    }

    #[test]
    fn english_syllables_are_counted_as_they_are_spoken() {
        for (word, wanted) in
            [("water", 2), ("make", 1), ("table", 2), ("payment", 2), ("owed", 1), ("needed", 2), ("charges", 2)]
        {
            assert_eq!(count(word, "en"), wanted, "{word}");
        }
    }

    #[test]
    fn spanish_syllables_are_counted_as_they_are_spoken() {
        let words = [
            ("agua", 2),
            ("factura", 3),
            ("cuenta", 2),
            ("envíe", 3),
            ("decisión", 3),
            ("que", 1),
            ("guía", 2),
            ("ayuda", 3),
            ("oficina", 4),
            ("aún", 2),
            ("pague", 2),
            ("ley", 1),
        ];
        for (word, wanted) in words {
            assert_eq!(count(word, "es"), wanted, "{word}");
        }
    }

    #[test]
    fn short_sentences_are_easier_than_long_ones() {
        let short = Measured::of("You can pay over time. Call us. We will help.", "en");
        let long = Measured::of(
            "Notwithstanding the aforementioned regulation, residential customers experiencing financial difficulties may request an arrangement.",
            "en",
        );
        assert!(short.grade() < 3.0 && long.grade() > 12.0, "{} {}", short.grade(), long.grade());
        assert!(Measured::of("Llame hoy. Le ayudamos.", "es").ease() > 80.0);
    }
}
