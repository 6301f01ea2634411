//! The fonts of a letter and the widths of their characters.

use std::sync::LazyLock;

use krilla::text::Font;
use ttf_parser::Face as Measures;

/// One font.
pub(super) struct Face {
    /// As the document embeds it.
    pub(super) font: Font,
    measures: Measures<'static>,
}

/// The fonts of a letter.
pub(super) struct Faces {
    /// For text.
    pub(super) text: Face,
    /// For headings.
    pub(super) bold: Face,
}

/// The fonts, read once.
pub(super) fn faces() -> &'static Faces {
    static FACES: LazyLock<Faces> = LazyLock::new(|| Faces {
        text: Face::new(dejavu::sans_condensed::regular()),
        bold: Face::new(dejavu::sans_condensed::bold()),
    });
    &FACES
}

impl Face {
    /// A font that is a part of the program.
    fn new(bytes: &'static [u8]) -> Self {
        let (Ok(measures), Some(font)) = (Measures::parse(bytes, 0), Font::new(bytes.into(), 0)) else {
            unreachable!("the fonts are parts of the program and a test reads them")
        };
        Self { font, measures }
    }

    /// Whether the font has a sign for the character.
    pub(super) fn has(&self, character: char) -> bool {
        self.measures.glyph_index(character).is_some_and(|glyph| glyph.0 != 0)
    }

    /// The width of a text at a size, in points, without the kerning that only narrows it.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let units: f32 = text
            .chars()
            .filter_map(|character| self.measures.glyph_index(character))
            .filter_map(|glyph| self.measures.glyph_hor_advance(glyph))
            .map(f32::from)
            .sum();
        units * size / f32::from(self.measures.units_per_em())
    }
}
