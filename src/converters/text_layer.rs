//! The text that a PDF holds for a page, from pdftotext's list of words with boxes.

use super::recognition::{MOST_WORDS, Recognised};
use crate::reading::scan::Word;

/// Reads the list; boxes are given in the measure of the page image. `None` when the text is not
/// worth reading: next to nothing, or characters without a meaning.
pub(super) fn parse(list: &str, (width, height): (u32, u32)) -> Option<Recognised> {
    let mut found = Recognised::default();
    let mut scale = (1.0, 1.0);
    let mut gap = "";
    for line in list.lines().map(str::trim_start) {
        if line.starts_with("<page ") {
            let of = |length: u32, points: Option<f64>| {
                points.filter(|points| *points > 0.0).map_or(1.0, |points| f64::from(length) / points)
            };
            scale = (of(width, number(line, "width")), of(height, number(line, "height")));
        } else if line.starts_with("<block ") {
            gap = "\n\n";
        } else if line.starts_with("<line ") {
            gap = if gap == "\n\n" { gap } else { "\n" };
        } else if line.starts_with("<word ") && found.words.len() < MOST_WORDS {
            let Some(word) = word(line, scale) else { continue };
            if !found.text.is_empty() {
                found.text.push_str(if gap.is_empty() { " " } else { gap });
            }
            gap = "";
            found.text.push_str(&word.text);
            found.words.push(word);
        }
    }
    is_text(&found.text).then_some(found)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on a page; nonsense becomes its edge"
)]
fn word(line: &str, (across, down): (f64, f64)) -> Option<Word> {
    let (open, close) = (line.find('>')?, line.rfind("</word>")?);
    let text = plain(line.get(open + 1..close)?);
    let place = |name: &str, scale: f64| Some((number(line, name)? * scale).clamp(0.0, 100_000.0) as u32);
    let (left, top) = (place("xMin", across)?, place("yMin", down)?);
    let (right, bottom) = (place("xMax", across)?, place("yMax", down)?);
    (!text.trim().is_empty()).then(|| Word {
        text,
        left,
        top,
        width: right.saturating_sub(left),
        height: bottom.saturating_sub(top),
        confidence: 100,
    })
}

fn number(line: &str, name: &str) -> Option<f64> {
    let start = line.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = &line[start..];
    rest[..rest.find('"')?].parse().ok().filter(|number: &f64| number.is_finite())
}

fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&apos;", "'").replace("&amp;", "&").chars().filter(|character| !character.is_control()).collect()
}

/// Fonts without a map of characters give signs that nobody can read.
fn is_text(text: &str) -> bool {
    let all = text.chars().filter(|character| !character.is_whitespace()).count();
    let readable = text.chars().filter(|character| character.is_alphanumeric()).count();
    let private = text.chars().filter(|character| matches!(character, '\u{fffd}' | '\u{e000}'..='\u{f8ff}')).count();
    readable >= 20 && readable * 10 >= all * 6 && private * 20 < all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: &str = r#"<page width="612.000000" height="792.000000">
<flow><block xMin="1" yMin="1" xMax="2" yMax="2">
<block xMin="1" yMin="1" xMax="2" yMax="2">
  <line xMin="1" yMin="1" xMax="2" yMax="2">
    <word xMin="72.0" yMin="72.0" xMax="144.0" yMax="84.0">Smith &amp; Sons</word>
    <word xMin="150.0" yMin="72.0" xMax="160.0" yMax="84.0">write</word>
  </line>
  <line xMin="1" yMin="1" xMax="2" yMax="2">
    <word xMin="72.0" yMin="90.0" xMax="144.0" yMax="99.0">about account 0012</word>
"#;

    #[test]
    fn words_keep_their_boxes_in_the_measure_of_the_image() {
        let found = parse(LIST, (1224, 1584)).expect("it is text");
        assert_eq!(found.text, "Smith & Sons write\nabout account 0012");
        let word = &found.words[0];
        assert_eq!((word.left, word.top, word.width, word.height, word.confidence), (144, 144, 144, 24, 100));
    }

    #[test]
    fn signs_without_meaning_are_not_text() {
        assert_eq!(parse(&LIST.replace("about account 0012", "\u{e001}\u{e002}\u{e003}\u{e004}"), (1, 1)), None);
        assert_eq!(parse("", (1, 1)), None);
    }

    proptest! {
        #[test]
        fn any_list_is_read(list in "(<word |xMin=\"[0-9.]{0,4}\"|<page |>|\n|\\PC{0,10}){0,30}") {
            let _ = parse(&list, (100, 100));
        }
    }
}
