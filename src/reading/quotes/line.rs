//! One line of a letter, whose it is, and what in it tells of a mail program: quote marks,
//! addresses, clock times, rules.

/// Whose words a line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The writer's, written this time.
    New,
    /// Those of an earlier message, or of the program that quotes it.
    Quoted,
    /// Quoted or only indented: HTML alone cannot tell, the lines around it decide.
    PerhapsQuoted,
    /// The writer's, but the same under every letter.
    Signature,
}

/// A line and its owner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) owner: Owner,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, owner: Owner::New }
    }

    pub(super) fn is_new(&self) -> bool {
        self.owner == Owner::New
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Quoted by its marks, or because the HTML says so.
    pub(super) fn is_marked(&self) -> bool {
        self.owner == Owner::Quoted || has_quote_mark(self.text)
    }

    /// Whether it says anything in letters or digits.
    pub(super) fn has_words(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }
}

/// Whether the line begins with `>`; `>>> here <<<` is decoration.
pub(super) fn has_quote_mark(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(['>', '＞']) && !(text.starts_with(">>") && text.ends_with("<<"))
}

/// The first line from `at` on that is not blank.
pub(super) fn next_filled(lines: &[Line<'_>], at: usize) -> Option<usize> {
    (at..lines.len()).find(|index| !lines[*index].is_blank())
}

/// The text without the decoration that programs put around it.
pub(super) fn bare(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || "*-_–—‐=•\u{200e}\u{feff}".contains(character))
}

/// Whether the line is a rule and nothing else: `-----`, `* * *`, `____`.
pub(super) fn is_rule(text: &str) -> bool {
    let mut strokes = 0;
    for character in text.trim().chars() {
        match character {
            '-' | '_' | '=' | '*' | '#' | '~' | '+' | '–' | '—' | '─' => strokes += 1,
            character if character.is_whitespace() => {}
            _ => return false,
        }
    }
    strokes >= 2
}

/// Something like `name@host`.
pub(super) fn has_address(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        text[..at].ends_with(|character: char| character.is_alphanumeric() || "._+-".contains(character))
            && text[at + 1..].starts_with(char::is_alphanumeric)
    })
}

/// A time of day: `9:14`, `22h03`, `kl. 20.42`.
pub(super) fn has_clock(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..bytes.len().saturating_sub(2)).any(|at| {
        let framed = bytes[at - 1].is_ascii_digit() && bytes[at + 1].is_ascii_digit() && bytes[at + 2].is_ascii_digit();
        framed
            && match bytes[at] {
                b':' | b'h' => true,
                b'.' => follows_clock_word(&bytes[..at]),
                _ => false,
            }
    })
}

/// The Nordic languages write `kl. 20.42`, `klo 20.42`.
fn follows_clock_word(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let word = before[..before.len() - digits].trim_ascii_end();
    digits <= 2 && [&b"kl."[..], b"kl", b"klo"].iter().any(|clock| word.ends_with(clock))
}

/// The words of a text, without the punctuation around them.
pub(super) fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || "<>\"()[],;".contains(character))
        .map(|word| word.trim_matches(|character: char| !character.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

/// Words by which a writer speaks of himself.
const FIRST_PERSON: &[&str] = &["i", "i'm", "i've", "my", "yo", "mi", "mis"];

/// Whether a text in small letters speaks of its writer, as letters do and what programs and
/// offices print does not.
pub(super) fn speaks_of_its_writer(lower: &str) -> bool {
    words(lower).any(|word| FIRST_PERSON.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_addresses_are_seen_in_their_forms() {
        for text in ["at 9:14 AM", "à 22h03", "den 15. jun. kl. 20.42", "下午2:23"] {
            assert!(has_clock(text), "{text}");
        }
        assert!(!has_clock("Section 20.42 of the code"));
        assert!(has_address("<ana@customer.example>"));
        assert!(!has_address("as @ana said"));
    }

    #[test]
    fn a_rule_has_nothing_but_strokes() {
        assert!(is_rule("-----") && is_rule(" * * * ") && is_rule("____"));
        assert!(!is_rule("-") && !is_rule("--- Ana"));
    }
}
