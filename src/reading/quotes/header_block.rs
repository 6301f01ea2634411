//! The block of `From:`, `Sent:`, `To:`, `Subject:` lines that Outlook and its kin set over
//! what they quote.

use super::field::{Field, field, field_named};
use super::line::{Line, has_address, has_clock, next_filled};

/// How many lines a block may have, wrapped addresses included.
const BLOCK_LINES: usize = 24;

/// What was seen of a block.
#[derive(Default)]
struct Seen {
    fields: Vec<Field>,
    /// An address or a time of day: what people seldom write into a heading of their own.
    address: bool,
    clock: bool,
}

impl Seen {
    fn note_value(&mut self, value: &str) {
        self.address |= has_address(value);
        self.clock |= has_clock(value);
        // Some programs forget the line end between two fields.
        for (colon, _) in value.match_indices(':').take(8) {
            let key = value[..colon].trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
            if key.chars().next().is_some_and(char::is_uppercase) {
                self.known(key);
            }
        }
    }

    fn known(&mut self, key: &str) {
        if let Some(field) = field_named(&key.to_lowercase()) {
            self.fields.push(field);
        }
    }

    /// At the top of a letter a memo's heading or a web form looks much the same, so the top
    /// needs all the signs.
    fn is_block(&self, words_before: bool) -> bool {
        let has = |field: Field| self.fields.contains(&field);
        let (from, sent, to, subject) = (has(Field::From), has(Field::Sent), has(Field::To), has(Field::Subject));
        let dated = sent || has(Field::Date);
        let proof = self.address || self.clock;
        let full = from && dated && (to || subject);
        if words_before {
            (full && sent) || (proof && dated && (from || to || subject))
        } else {
            full && proof && (sent || self.clock)
        }
    }
}

/// The index after the last line of a block that begins at `at`, if one does.
pub(super) fn end(lines: &[Line<'_>], at: usize, words_before: bool) -> Option<usize> {
    field(lines[at].text).filter(|(field, _)| *field != Field::Other)?;
    // A block begins with its first field: what was none from there is none from here.
    if at > 0 && field(lines[at - 1].text).is_some() {
        return None;
    }
    let mut seen = Seen::default();
    let (mut index, mut last, mut wrapped) = (at, at, 0);
    while index < lines.len() && index < at + BLOCK_LINES {
        if let Some((name, value)) = field(lines[index].text) {
            seen.fields.push(name);
            seen.note_value(value);
            (last, wrapped) = (index, 0);
        } else if lines[index].is_blank() {
            let goes_on = next_filled(lines, index)
                .is_some_and(|next| next <= index + 2 && wrapped == 0 && field(lines[next].text).is_some());
            if !goes_on {
                break;
            }
        } else {
            wrapped += 1;
            if wrapped > 2 {
                break;
            }
            seen.address |= has_address(lines[index].text) && lines[index].text.trim_start().starts_with('<');
        }
        index += 1;
    }
    seen.is_block(words_before).then_some(last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str, words_before: bool) -> Option<usize> {
        let lines: Vec<Line<'_>> = text.lines().map(Line::new).collect();
        end(&lines, 0, words_before)
    }

    #[test]
    fn blocks_are_known_in_many_languages() {
        for text in [
            "From: Water Help\nSent: Tuesday, March 3, 2026 9:14 AM\nTo: Ana\nSubject: Bill\n\nText",
            "*De:* Ayuda <help@penstock.example>\n*Enviado el:* martes\n*Para:* Ana\n*Asunto:* Factura\n\nTexto",
            "De : Aide<mailto:help@penstock.example>\nEnvoyé le :mardi\nÀ : Ana\nObjet : Facture\n\nTexte",
            "Von: Hilfe\nGesendet: Dienstag\nAn: Ana\nBetreff: Rechnung\n\nText",
            "From: Help\n<help@penstock.example>\nSent: Tuesday\nTo: Ana\n\nText",
            "Date: Tue, 3 Mar 2026 09:14:00 -0500\nTo: ana@customer.example\n\nText",
        ] {
            assert!(block(text, true).is_some(), "{text}");
        }
    }

    #[test]
    fn a_memo_heading_and_a_web_form_are_the_writers_own() {
        assert_eq!(block("Date: March 3\nFrom: Ana Ruiz\nTo: Water Department\n\nMy bill", false), None);
        assert_eq!(
            block("From: Ana, ana@customer.example\nTo: Water Department\nDate: March 3\n\nMy bill", false),
            None
        );
        assert_eq!(block("From: Ana <ana@customer.example>\nSubject: Bill\n\nMy bill", false), None);
        assert_eq!(block("Date: March 3\nFrom: Ana Ruiz\nTo: Water Department\n\nMy bill", true), None);
        assert_eq!(block("From: Ana <ana@customer.example>\nTo: Ben\nSubject: Bill\n\nMy bill", true), None);
        assert_eq!(block("From: March 3\nTo: April 5\nNo water", true), None);
    }
}
