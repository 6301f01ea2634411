//! The words of a letter around its text, one set for each language.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::letter::Language;

/// The words of one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// The language, as documents name it.
    pub language: String,
    /// `Page {page} of {pages}`.
    pub page: String,
    /// What the code says to those who cannot see it; `{reference}` is the case.
    pub code: String,
}

impl Labels {
    /// The words that the program brings with it.
    #[must_use]
    pub fn embedded(language: Language) -> &'static Self {
        static ENGLISH: LazyLock<Labels> = LazyLock::new(|| read(include_str!("../../../templates/letter/en.toml")));
        static SPANISH: LazyLock<Labels> = LazyLock::new(|| read(include_str!("../../../templates/letter/es.toml")));
        match language {
            Language::Spanish => &SPANISH,
            Language::English | Language::Other => &ENGLISH,
        }
    }

    /// The line at the foot of a page.
    pub(super) fn page_line(&self, page: usize, pages: usize) -> String {
        self.page.replace("{pages}", &pages.to_string()).replace("{page}", &page.to_string())
    }

    /// What stands for the code.
    pub(super) fn code_line(&self, reference: &str) -> String {
        self.code.replace("{reference}", reference)
    }
}

/// A file that is a part of the program.
fn read(text: &str) -> Labels {
    match toml::from_str(text) {
        Ok(labels) => labels,
        Err(error) => unreachable!("the labels are parts of the program and a test reads them: {error}"),
    }
}
