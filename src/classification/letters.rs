//! The starting letters: labelled letters written for this project, beside this file.

use crate::letter::{Flag, Language, Topic};

/// A labelled letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartingLetter {
    /// The language of its file.
    pub language: Language,
    /// What it is about, the primary topic first.
    pub topics: Vec<Topic>,
    /// Its circumstances.
    pub flags: Vec<Flag>,
    /// Its subject; may be empty.
    pub subject: String,
    /// Its text.
    pub body: String,
}

/// A letter that is not written in the form of its file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct LettersError {
    /// In which file.
    pub file: String,
    /// On which line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// The files of a language, one for each topic.
macro_rules! files {
    ($language:literal: $($topic:literal),+) => {
        [$((concat!($language, "/", $topic, ".txt"), include_str!(concat!("letters/", $language, "/", $topic, ".txt")))),+]
    };
}

/// Every starting letter, in the order of its files.
pub fn starting_letters() -> Result<Vec<StartingLetter>, LettersError> {
    let english = files!("en": "dispute", "high_usage", "name_change", "assistance", "payment_agreement", "shutoff",
        "billing_inquiry", "zero_or_estimated", "duplicate_bill", "adjustment", "stormwater", "account_update",
        "service_request", "field_problem", "records_request", "other");
    let spanish = files!("es": "dispute", "high_usage", "name_change", "assistance", "payment_agreement", "shutoff",
        "billing_inquiry", "zero_or_estimated", "duplicate_bill", "adjustment", "stormwater", "account_update",
        "service_request", "field_problem", "records_request", "other");
    let mut letters = Vec::new();
    for (language, files) in [(Language::English, english), (Language::Spanish, spanish)] {
        for (file, text) in files {
            letters.extend(parse_letters(file, text, language)?);
        }
    }
    Ok(letters)
}

/// Reads the letters of one file: three header lines, an empty line, the text, a line `====`.
pub fn parse_letters(file: &str, text: &str, language: Language) -> Result<Vec<StartingLetter>, LettersError> {
    let mut letters = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    let mut first_line = 1;
    for (at, line) in text.lines().enumerate() {
        if line.trim_end() == "====" {
            letters.push(parse_letter(&block, language).map_err(|(inside, reason)| LettersError {
                file: file.to_owned(),
                line: first_line + inside,
                reason,
            })?);
            block.clear();
            first_line = at + 2;
        } else {
            block.push(line);
        }
    }
    if block.iter().any(|line| !line.trim().is_empty()) {
        let reason = "the letter is not closed by a line ====".to_owned();
        return Err(LettersError { file: file.to_owned(), line: first_line, reason });
    }
    Ok(letters)
}

fn parse_letter(lines: &[&str], language: Language) -> Result<StartingLetter, (usize, String)> {
    let skipped = lines.iter().take_while(|line| line.trim().is_empty()).count();
    let header = |at: usize, name: &str| -> Result<String, (usize, String)> {
        let line = lines.get(skipped + at).copied().unwrap_or_default();
        let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
        value
            .map(|value| value.trim().to_owned())
            .ok_or_else(|| (skipped + at, format!("a line `{name}:` should stand here")))
    };
    let topics = words(&header(0, "topics")?).map_err(|reason| (skipped, reason))?;
    if topics.is_empty() {
        return Err((skipped, "the letter has no topic".to_owned()));
    }
    let flags = words(&header(1, "flags")?).map_err(|reason| (skipped + 1, reason))?;
    let subject = header(2, "subject")?;
    let body = lines.get(skipped + 3..).unwrap_or_default().join("\n").trim().to_owned();
    Ok(StartingLetter { language, topics, flags, subject, body })
}

fn words<T: std::str::FromStr>(list: &str) -> Result<Vec<T>, String>
where
    T::Err: std::fmt::Display,
{
    list.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().map_err(|error: T::Err| error.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_starting_letter_is_well_formed() {
        if let Err(error) = starting_letters() {
            panic!("{error}");
        }
    }

    #[test]
    fn a_wrong_topic_is_named_with_its_line() {
        let text = "topics: dispute\nflags:\nsubject:\n\nHi\n====\ntopics: disputes\nflags:\nsubject:\n\nHi\n====\n";
        let error = parse_letters("x.txt", text, Language::English).expect_err("the topic is misspelt");
        assert_eq!((error.line, error.file.as_str()), (7, "x.txt"));
    }
}
