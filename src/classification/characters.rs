//! Finds characters of a text by their number, without counting from its start each time.

/// The place of every such many characters is kept.
const STRIDE: usize = 64;

/// Where the characters of a text stand.
#[derive(Debug, Clone)]
pub(super) struct Characters {
    /// The byte of every `STRIDE`th character.
    places: Vec<usize>,
}

impl Characters {
    pub(super) fn of(text: &str) -> Self {
        Self { places: text.char_indices().step_by(STRIDE).map(|(place, _)| place).collect() }
    }

    /// The characters from one number to another.
    pub(super) fn cut<'a>(&self, text: &'a str, start: usize, end: usize) -> &'a str {
        let (start, end) = (self.place(text, start), self.place(text, end));
        text.get(start..end).unwrap_or_default()
    }

    /// The byte of a character; the end of the text for one beyond it.
    fn place(&self, text: &str, character: usize) -> usize {
        let Some(from) = self.places.get(character / STRIDE) else { return text.len() };
        let rest = &text[*from..];
        rest.char_indices().nth(character % STRIDE).map_or(text.len(), |(place, _)| from + place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_what_counting_from_the_start_gives() {
        let text = "añ😀o e\u{301} agua ".repeat(40);
        let characters = Characters::of(&text);
        for (start, end) in [(0, 0), (0, 5), (3, 130), (64, 128), (127, 129), (500, 9_999)] {
            let counted: String = text.chars().skip(start).take(end - start).collect();
            assert_eq!(characters.cut(&text, start, end), counted);
        }
    }
}
