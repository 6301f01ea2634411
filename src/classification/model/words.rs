//! The words of a text: lower case, accents folded, each with its place in Unicode characters.

/// The longest part of a text that is looked at; letters are far shorter.
const CHARACTERS: u32 = 200_000;

/// Meanings from this number on make no pairs.
pub(crate) const LONE: u32 = 1_000;

/// Where a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    start: u32,
    end: u32,
    /// Its bytes in the folded text.
    from: usize,
    to: usize,
    /// The word's number, the same on every machine.
    number: u64,
}

/// The words of a text in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    folded: String,
    places: Vec<Place>,
    /// Words with the numbers of what they mean, in the order of the words.
    meanings: Vec<(usize, u32)>,
}

impl Words {
    /// Finds the words of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut finder = Finder { words: Self::default(), open: None, joined: false };
        finder.words.folded.reserve(text.len().min(CHARACTERS as usize));
        for (at, character) in (0..CHARACTERS).zip(text.chars()) {
            finder.take(at, character);
        }
        finder.close();
        finder.words
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A word, folded.
    #[must_use]
    pub fn folded(&self, at: usize) -> &str {
        let place = self.places[at];
        &self.folded[place.from..place.to]
    }

    /// A word's number: equal words have equal numbers.
    #[must_use]
    pub fn number(&self, at: usize) -> u64 {
        self.places[at].number
    }

    /// All words, folded.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| &self.folded[place.from..place.to])
    }

    /// Says what words mean: the word, and any number that stands for the meaning. Meanings from
    /// `LONE` on have nothing to do with the meanings beside them.
    pub fn mark(&mut self, mut meanings: Vec<(usize, u32)>) {
        meanings.sort_unstable();
        meanings.dedup();
        self.meanings = meanings;
    }

    /// What words mean, in their order.
    pub(super) fn meanings(&self) -> &[(usize, u32)] {
        &self.meanings
    }

    /// Where a word starts and ends, in Unicode characters.
    #[must_use]
    pub fn place(&self, at: usize) -> (usize, usize) {
        (self.places[at].start as usize, self.places[at].end as usize)
    }
}

/// Walks over a text and collects its words.
struct Finder {
    words: Words,
    /// The word that is being read.
    open: Option<Place>,
    /// Whether the last character was an apostrophe, which joins: `can't` is one word.
    joined: bool,
}

impl Finder {
    fn take(&mut self, at: u32, character: char) {
        if character.is_alphanumeric() || is_combining(character) {
            self.joined = false;
            let from = self.words.folded.len();
            fold_into(&mut self.words.folded, character);
            let place = self.open.get_or_insert(Place { start: at, end: at, from, to: from, number: 0 });
            place.end = at + 1;
            place.to = self.words.folded.len();
        } else if matches!(character, '\'' | '’' | 'ʼ') && self.open.is_some() && !self.joined {
            self.joined = true;
        } else {
            self.close();
        }
    }

    fn close(&mut self) {
        self.joined = false;
        if let Some(mut place) = self.open.take().filter(|place| place.to > place.from) {
            place.number = number_of(&self.words.folded[place.from..place.to]);
            self.words.places.push(place);
        }
    }
}

/// The number of a word in its folded form, the same on every machine.
pub(crate) fn number_of(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

const fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

fn fold_into(folded: &mut String, character: char) {
    match character {
        'a'..='z' => folded.push(character),
        'A'..='Z' => folded.push(character.to_ascii_lowercase()),
        digit if digit.is_ascii_digit() => folded.push('0'),
        'à'..='å' | 'À'..='Å' | 'ā' | 'Ā' => folded.push('a'),
        'è'..='ë' | 'È'..='Ë' | 'ē' => folded.push('e'),
        'ì'..='ï' | 'Ì'..='Ï' | 'ī' => folded.push('i'),
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => folded.push('o'),
        'ù'..='ü' | 'Ù'..='Ü' | 'ū' => folded.push('u'),
        'ñ' | 'Ñ' => folded.push('n'),
        'ç' | 'Ç' => folded.push('c'),
        combining if is_combining(combining) => {}
        other => folded.extend(other.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Words::of(text).iter().map(str::to_owned).collect()
    }

    #[test]
    fn case_accents_and_digits_are_folded() {
        assert_eq!(words("¿Cuánto DEBO, señor? $412.80"), ["cuanto", "debo", "senor", "000", "00"]);
    }

    #[test]
    fn an_apostrophe_joins_and_a_quotation_mark_does_not() {
        assert_eq!(words("I can't pay my mother’s 'bill'"), ["i", "cant", "pay", "my", "mothers", "bill"]);
    }

    #[test]
    fn places_count_characters_with_combining_marks_and_emoji() {
        let words = Words::of("😀 cafe\u{301} agua");
        assert_eq!((words.folded(0), words.place(0)), ("cafe", (2, 7)));
        assert_eq!((words.folded(1), words.place(1)), ("agua", (8, 12)));
    }
}
