//! What Tesseract says: its table of words, and which way is up.

use crate::reading::scan::Word;

/// The most words that are kept of a page.
pub(super) const MOST_WORDS: usize = 20_000;

/// The text of a page with its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Recognised {
    pub(super) text: String,
    pub(super) words: Vec<Word>,
}

impl Recognised {
    /// The mean confidence over the characters; 0 when there are none.
    pub(super) fn mean(&self) -> f64 {
        let (mut sum, mut all) = (0.0, 0.0);
        for word in &self.words {
            let length = f64::from(u32::try_from(word.text.chars().count()).unwrap_or(1));
            sum += f64::from(word.confidence) * length;
            all += length;
        }
        if all > 0.0 { sum / all } else { 0.0 }
    }

    /// How much was recognised how surely.
    pub(super) fn worth(&self) -> u64 {
        self.words
            .iter()
            .filter(|word| word.confidence >= 50)
            .map(|word| u64::from(word.confidence) * word.text.chars().count() as u64)
            .sum()
    }

    /// Whether most longer words are taller than wide.
    pub(super) fn stands_on_its_side(&self) -> bool {
        let long = || self.words.iter().filter(|word| word.text.chars().count() > 3);
        long().filter(|word| word.height > word.width).count() * 2 > long().count()
    }
}

/// Reads Tesseract's tab-separated table.
pub(super) fn parse(table: &str) -> Recognised {
    let mut found = Recognised::default();
    let mut last: Option<(&str, &str, &str)> = None;
    for row in table.lines() {
        let cells: Vec<&str> = row.splitn(12, '\t').collect();
        let [level, _, block, paragraph, line, _, left, top, width, height, confidence, text] = cells.as_slice() else {
            continue;
        };
        let text: String = text.trim().chars().filter(|character| !character.is_control()).collect();
        if *level != "5" || text.is_empty() || found.words.len() >= MOST_WORDS {
            continue;
        }
        let number = |cell: &str| cell.parse().unwrap_or(0);
        if let Some((last_block, last_paragraph, last_line)) = last {
            found.text.push_str(if (last_block, last_paragraph) != (*block, *paragraph) {
                "\n\n"
            } else if last_line != *line {
                "\n"
            } else {
                " "
            });
        }
        last = Some((block, paragraph, line));
        found.text.push_str(&text);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 100")]
        let confidence = confidence.parse::<f64>().unwrap_or(0.0).clamp(0.0, 100.0) as u8;
        found.words.push(Word {
            text,
            left: number(left),
            top: number(top),
            width: number(width),
            height: number(height),
            confidence,
        });
    }
    found
}

/// The turn that Tesseract proposes, when it is sure enough.
pub(super) fn rotation(said: &str) -> Option<u16> {
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
    let sure = value("Orientation confidence:")? >= 0.5;
    let said = value("Rotate:")?;
    let turn = [90_u16, 180, 270].into_iter().find(|turn| (said - f64::from(*turn)).abs() < 0.5);
    turn.filter(|_| sure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLE: &str = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
        1\t1\t0\t0\t0\t0\t0\t0\t800\t600\t-1\t\n\
        5\t1\t1\t1\t1\t1\t10\t20\t60\t15\t96.5\tMy\n\
        5\t1\t1\t1\t1\t2\t80\t20\t60\t15\t41.0\tbi11\n\
        5\t1\t1\t1\t2\t1\t10\t40\t60\t15\t90\ttripled.\n\
        5\t1\t2\t1\t1\t1\t10\t90\t60\t15\t90\tWhy?\n";

    #[test]
    fn words_stand_in_lines_and_paragraphs() {
        let found = parse(TABLE);
        assert_eq!(found.text, "My bi11\ntripled.\n\nWhy?");
        assert_eq!((found.words[1].left, found.words[1].confidence), (80, 41));
        assert!(found.mean() > 75.0 && found.mean() < 90.0);
        assert!(!found.stands_on_its_side());
    }

    #[test]
    fn a_turn_is_taken_only_when_it_is_sure() {
        let said =
            |rotate: &str, sure: &str| format!("Page number: 0\nRotate: {rotate}\nOrientation confidence: {sure}\n");
        assert_eq!(rotation(&said("180", "5.2")), Some(180));
        assert_eq!(rotation(&said("180", "0.1")), None);
        assert_eq!(rotation(&said("0", "9")), None);
        assert_eq!(rotation("nothing"), None);
    }

    proptest! {
        #[test]
        fn any_table_is_read(table in "(5\t1\t[0-9\t]{0,30}|\\PC{0,30}|\n){0,20}") {
            prop_assert!(parse(&table).words.len() <= 20);
        }
    }
}
