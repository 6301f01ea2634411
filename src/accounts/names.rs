//! Names of people and firms, made comparable: order, accents, titles and initials aside.

use std::collections::BTreeSet;

/// Words that stand in many names and tell nobody apart.
const COMMON: &[&str] = &[
    "AND",
    "ASSOC",
    "ASSOCIATES",
    "CO",
    "COMPANY",
    "CORP",
    "DBA",
    "DE",
    "DEL",
    "DOS",
    "DR",
    "EST",
    "ESTATE",
    "ETAL",
    "FOR",
    "HON",
    "INC",
    "JR",
    "LA",
    "LAS",
    "LLC",
    "LLP",
    "LOS",
    "LP",
    "LTD",
    "MR",
    "MRS",
    "MS",
    "OF",
    "PHILADELPHIA",
    "PROP",
    "PROPERTIES",
    "PROPERTY",
    "REALTY",
    "SR",
    "SRA",
    "SRTA",
    "THE",
    "TRUST",
    "TRUSTEE",
    "UND",
    "VAN",
    "VON",
];
/// How many words of a name are paired.
const PAIRED: usize = 4;

/// The words of a name that tell people apart: capitals without accents, none of one letter.
#[must_use]
pub fn name_words(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in name.split(|character: char| !(character.is_alphanumeric() || character == '\'')) {
        let word: String =
            word.chars().filter(|character| *character != '\'').flat_map(char::to_uppercase).map(plain).collect();
        if word.chars().count() > 1 && !COMMON.contains(&word.as_str()) && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// The letter without its accent.
fn plain(letter: char) -> char {
    match letter {
        'Á' | 'À' | 'Â' | 'Ä' | 'Ã' | 'Å' => 'A',
        'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'Ó' | 'Ò' | 'Ô' | 'Ö' | 'Õ' => 'O',
        'Ú' | 'Ù' | 'Û' | 'Ü' => 'U',
        'Ñ' => 'N',
        'Ç' => 'C',
        other => other,
    }
}

/// What a name is found by: each two of its words, whichever stands first.
#[must_use]
pub fn name_pairs(name: &str) -> Vec<String> {
    let words = name_words(name);
    let mut pairs = BTreeSet::new();
    for (at, first) in words.iter().take(PAIRED).enumerate() {
        for second in words.iter().take(PAIRED).skip(at + 1) {
            let (first, second) = if first <= second { (first, second) } else { (second, first) };
            pairs.insert(format!("{first} {second}"));
        }
    }
    pairs.into_iter().collect()
}

/// Whether two names can be the same person's: two words of them agree.
#[must_use]
pub fn names_agree(one: &str, other: &str) -> bool {
    let (one, other) = (name_words(one), name_words(other));
    one.iter().filter(|word| other.iter().any(|found| word_agrees(word, found))).count() >= 2
}

/// Whether a text speaks of a person: two words of the name stand near each other in it.
#[must_use]
pub fn text_names(words: &[String], name: &str) -> bool {
    let name = name_words(name);
    if name.len() < 2 {
        return false;
    }
    let places: Vec<(usize, usize)> = words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| Some((at, name.iter().position(|own| own == word)?)))
        .collect();
    places.windows(2).any(|two| two[0].1 != two[1].1 && two[1].0 - two[0].0 <= 3)
}

/// The same word, or a long one with a single slip.
fn word_agrees(one: &str, other: &str) -> bool {
    one == other || (one.len() >= 6 && other.len() >= 6 && strsim::osa_distance(one, other) <= 1)
}

/// The name under a letter: of its last lines one that is two to four words with capitals.
#[must_use]
pub fn signed_name(text: &str) -> Option<&str> {
    let is_name = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase) || word.len() <= 3;
        (2..=4).contains(&words.len())
            && words.iter().all(capital)
            && line.chars().all(|character| character.is_alphabetic() || " .'-".contains(character))
            && name_words(line).len() >= 2
            && !CLOSINGS.contains(&name_words(line)[0].as_str())
    };
    text.lines().rev().map(str::trim).filter(|line| !line.is_empty()).take(5).find(is_name)
}

/// Words that a closing phrase begins with.
const CLOSINGS: &[&str] = &[
    "ATENTAMENTE",
    "BEST",
    "CORDIALLY",
    "CORDIALMENTE",
    "DEAR",
    "ESTIMADO",
    "ESTIMADA",
    "GRACIAS",
    "HELLO",
    "HOLA",
    "KIND",
    "MUCHAS",
    "PLEASE",
    "RESPECTFULLY",
    "SALUDOS",
    "SENT",
    "SINCERELY",
    "THANK",
    "THANKS",
    "VERY",
    "WARM",
    "WITH",
    "YOURS",
    "ENVIADO",
    "WATER",
    "MY",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_accents_and_titles_do_not_matter() {
        assert_eq!(name_words("Mrs. Ana MORALES de Ortíz"), ["ANA", "MORALES", "ORTIZ"]);
        assert_eq!(name_pairs("Ortiz, Ana"), name_pairs("ana ortíz"));
        assert!(names_agree("MORALES ORTIZ ANA", "Ana Morales"));
        assert!(names_agree("Patrick O'Brien", "OBRIEN PATRICK J"));
        assert!(names_agree("Teresa Kowalski", "Teresa Kowalsky"));
        assert!(!names_agree("Ana Morales", "Ana Baker"));
        assert!(!names_agree("Estate of the Trust", "Estate of the Trust LLC"));
    }

    #[test]
    fn the_name_under_a_letter_is_found() {
        assert_eq!(signed_name("Please help.\n\nThank you\nRosa Delgado\n215-555-0100"), Some("Rosa Delgado"));
        assert_eq!(signed_name("Please help.\nBest Regards\n"), None);
        assert_eq!(signed_name("why is it so high"), None);
    }

    #[test]
    fn a_text_names_a_person_only_with_both_words_together() {
        let words = name_words("My mother Rosa M. Delgado died in May");
        assert!(text_names(&words, "DELGADO ROSA"));
        assert!(!text_names(&words, "Rosa May Fischer"));
        assert!(!text_names(&name_words("Rosa lives far away from the house of Delgado"), "Rosa Delgado"));
    }
}
