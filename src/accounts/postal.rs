//! The lines of a postal address, from the one cell that billing extracts have for it.

use super::rows::Account;

impl Account {
    /// The mailing address on file, as the lines of a letter; `None` when there is none.
    #[must_use]
    pub fn postal_address(&self) -> Option<String> {
        let mut lines = postal_address(&self.name, self.mailing_address.as_deref()?);
        if let Some(care_of) = self.co_name.as_deref().filter(|name| !name.trim().is_empty()) {
            lines.insert(lines.len().min(1), one_blank(care_of));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// The lines of an address: the name, then what the cell says, parted where the post parts it.
/// Nothing when the cell is empty.
fn postal_address(name: &str, mailing_address: &str) -> Vec<String> {
    let parts: Vec<String> =
        mailing_address.split(['\n', ',', ';']).map(one_blank).filter(|part| !part.is_empty()).collect();
    let Some((last, rest)) = parts.split_last() else { return Vec::new() };
    // "Philadelphia, PA 19122" and "Philadelphia, PA, 19122" are one line.
    let from_end = match rest {
        [.., city, state] if is_zip(last) && is_state(state) && !is_numbered(city) => 3,
        [.., city] if starts_with_state(last) && !is_numbered(city) => 2,
        _ => 1,
    };
    let (before, city) = parts.split_at(parts.len() - from_end);
    let city = match city {
        [city, state, zip] => format!("{city}, {state} {zip}"),
        [city, rest] => format!("{city}, {rest}"),
        _ => last.clone(),
    };
    let name = one_blank(name);
    (!name.is_empty()).then_some(name).into_iter().chain(before.iter().cloned()).chain([city]).collect()
}

fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_state(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_zip(text: &str) -> bool {
    let digits = text.replacen('-', "", 1);
    matches!(digits.len(), 5 | 9) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `PA 19122`, or a state alone.
fn starts_with_state(text: &str) -> bool {
    match text.split_once(' ') {
        Some((state, zip)) => is_state(state) && is_zip(zip),
        None => is_state(text),
    }
}

fn is_numbered(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::postal_address;

    #[test]
    fn a_cell_becomes_the_lines_that_the_post_reads() {
        let lines = |cell| postal_address("Ana Ortiz", cell).join(" | ");
        assert_eq!(
            lines("1234 N Hancock St, Philadelphia, PA 19122"),
            "Ana Ortiz | 1234 N Hancock St | Philadelphia, PA 19122"
        );
        assert_eq!(
            lines("1234 N Hancock St, Apt 3R, Philadelphia, PA, 19122-4417"),
            "Ana Ortiz | 1234 N Hancock St | Apt 3R | Philadelphia, PA 19122-4417"
        );
        assert_eq!(lines("PO Box 12\nPhiladelphia PA 19101"), "Ana Ortiz | PO Box 12 | Philadelphia PA 19101");
        assert_eq!(lines("  "), "");
    }

    proptest! {
        #[test]
        fn no_word_of_a_cell_is_lost(cell in "[A-Za-z0-9 ,;\n-]{0,80}") {
            let words = |text: &str| {
                text.split([' ', ',', ';', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
            };
            prop_assert_eq!(words(&postal_address("", &cell).join("\n")), words(&cell));
        }
    }
}
