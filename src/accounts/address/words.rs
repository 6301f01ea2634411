//! The words of an address: upper case, without their punctuation, each with its place in the
//! text and what separates it from the next.

use super::tables::UNITS;

/// The most of a text that is one address.
pub(super) const WINDOW: usize = 320;

/// The most words that one address has.
pub(super) const MOST_WORDS: usize = 40;

/// The longest word that can stand in an address.
const LONGEST_WORD: usize = 40;

/// What stands after a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Blanks, or nothing.
    Blank,
    /// A comma or something like it.
    Comma,
    /// The end of a line.
    Line,
    /// The end of a sentence.
    Stop,
}

/// A word of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Upper case, without punctuation.
    pub(super) text: String,
    /// Where it starts, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// What stands after it.
    pub(super) after: Gap,
    /// Whether it is written with a capital or a digit in front.
    pub(super) capital: bool,
}

impl Word {
    /// Whether a comma, the end of a line or of a sentence follows.
    pub(super) fn breaks(&self) -> bool {
        self.after != Gap::Blank
    }
}

/// The words of a text from a place on, at most so many, and no more than one address can have.
pub(super) fn words(text: &str, from: usize, most: usize) -> Vec<Word> {
    let mut until = text.len().min(from + WINDOW);
    while !text.is_char_boundary(until) {
        until -= 1;
    }
    let mut reader = Reader { text, from, until, most, words: Vec::new() };
    reader.read();
    reader.words
}

struct Reader<'a> {
    text: &'a str,
    from: usize,
    until: usize,
    most: usize,
    words: Vec<Word>,
}

fn is_separator(character: char) -> bool {
    matches!(character, ',' | ';' | '(' | ')' | '|' | '"' | '“' | '”' | '•' | '·' | '[' | ']' | '<' | '>' | '*')
}

fn is_trimmed(character: char) -> bool {
    matches!(character, '.' | ':' | '\'' | '!' | '?' | '’' | '‘' | '_' | '…')
}

impl Reader<'_> {
    fn read(&mut self) {
        let window = &self.text[self.from..self.until];
        let mut start = None;
        let mut line_start = 0;
        for (at, character) in window.char_indices() {
            let ends = character.is_whitespace() || is_separator(character) || matches!(character, '#' | '&' | '@');
            if !ends {
                let word_start = *start.get_or_insert(at);
                if character == '.' && splits_at(window, word_start, at) {
                    self.push(word_start, at);
                    start = None;
                }
                continue;
            }
            if let Some(word_start) = start.take() {
                self.push(word_start, at);
            }
            if self.words.len() >= self.most {
                // One more would follow; what separates it is known.
                self.mark_from(character);
                return;
            }
            match character {
                '\n' => {
                    // A long line was broken by the mail program, not by the writer.
                    let wrapped = at - line_start > 55;
                    self.mark(if wrapped { Gap::Blank } else { Gap::Line });
                    line_start = at;
                }
                '#' | '&' | '@' => self.push(at, at + 1),
                _ if is_separator(character) => self.mark(Gap::Comma),
                _ => {}
            }
        }
        if let Some(word_start) = start {
            self.push(word_start, window.len());
        }
    }

    fn mark_from(&mut self, character: char) {
        if character == '\n' {
            self.mark(Gap::Line);
        } else if is_separator(character) {
            self.mark(Gap::Comma);
        }
    }

    fn mark(&mut self, gap: Gap) {
        if let Some(last) = self.words.last_mut()
            && last.after == Gap::Blank
        {
            last.after = gap;
        }
    }

    fn push(&mut self, start: usize, end: usize) {
        let raw = &self.text[self.from + start..self.from + end];
        let front = raw.len() - raw.trim_start_matches(is_trimmed).len();
        let kept = raw.trim_matches(is_trimmed);
        if kept.is_empty() || raw.len() > LONGEST_WORD {
            self.mark(Gap::Stop);
            return;
        }
        // A dash by itself stands between parts, but in a range between numbers.
        if matches!(kept, "-" | "–" | "—" | "--") && !self.words.last().is_some_and(ends_with_figure) {
            self.mark(Gap::Comma);
            return;
        }
        let tail = &raw[front + kept.len()..];
        let after = match tail.chars().next() {
            Some(':') => Gap::Comma,
            Some('!' | '?' | '…') => Gap::Stop,
            // A full stop after a long word ends a sentence; after a short one it abbreviates.
            Some('.') if kept.chars().count() > 4 && !kept.contains('.') => Gap::Stop,
            _ => Gap::Blank,
        };
        let (start, end) = (self.from + start + front, self.from + start + front + kept.len());
        let text = normal(kept);
        if let Some(cut) = fused_unit(&text)
            && kept.is_ascii()
        {
            let (unit, number) = (text[..cut].to_owned(), text[cut..].trim_start_matches('-').to_owned());
            let number_start = end - number.len();
            self.words.push(Word { text: unit, start, end: start + cut, after: Gap::Blank, capital: true });
            self.words.push(Word { text: number, start: number_start, end, after, capital: true });
            return;
        }
        let capital = kept.chars().next().is_some_and(|first| first.is_uppercase() || first.is_ascii_digit());
        self.words.push(Word { text, start, end, after, capital });
    }
}

fn ends_with_figure(word: &Word) -> bool {
    !word.breaks() && word.text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a full stop inside stands where a blank is missing: `Apt.2F`, `N.Broad`.
fn splits_at(text: &str, start: usize, at: usize) -> bool {
    let before = text[start..at].chars().next_back();
    let mut after = text[at + 1..].chars();
    let (first, second) = (after.next(), after.next());
    before.is_some_and(char::is_alphabetic)
        && first.is_some_and(|first| {
            first.is_ascii_digit() || (first.is_alphabetic() && second.is_some_and(char::is_alphabetic))
        })
}

fn normal(word: &str) -> String {
    let initials = word.split('.').all(|part| part.chars().count() <= 1);
    word.chars()
        .filter(|character| !(matches!(character, '\'' | '’' | '‘' | '`') || (initials && *character == '.')))
        .map(|character| if matches!(character, '\u{2010}'..='\u{2015}' | '−') { '-' } else { character })
        .flat_map(char::to_uppercase)
        .collect()
}

/// Where a unit's name ends that has grown together with its number: `APT2F`.
fn fused_unit(word: &str) -> Option<usize> {
    let cut = word.find(|character: char| character.is_ascii_digit() || character == '-')?;
    let number = word[cut..].trim_start_matches('-');
    let fits = cut >= 2
        && !number.is_empty()
        && number.starts_with(|character: char| character.is_ascii_alphanumeric())
        && UNITS.iter().any(|(written, _)| *written == &word[..cut]);
    fits.then_some(cut)
}
