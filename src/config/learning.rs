//! The settings of how the classifier learns from what people say of letters.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::seconds;
use super::source::Section;

/// How the classifier learns.
#[derive(Debug, Clone)]
pub struct Learning {
    /// Whether it learns by itself; else only by `penstock model train`.
    pub automatic: bool,
    /// From how many new labelled letters on.
    pub minimum: i64,
    /// How often it is looked whether there are enough, and whether another model judges.
    pub poll: Duration,
    /// Labelled letters of so many weeks are what a new model is tried on.
    pub recent_weeks: i64,
    /// Of how many models the bytes are kept.
    pub keep_models: i64,
    /// Of how many answered cases the newest are looked through for similar letters.
    pub past_cases: usize,
    /// A folder with starting letters instead of the shipped ones.
    pub letters_dir: Option<PathBuf>,
}

pub(super) fn learning(section: Section<'_, '_>) -> Learning {
    let learning = Learning {
        automatic: section.truth("automatic", true),
        minimum: section.number("minimum", 20, (1, 100_000)),
        poll: seconds(&section, "poll_seconds", 10),
        recent_weeks: section.number("recent_weeks", 4, (1, 520)),
        keep_models: section.number("keep_models", 20, (1, 10_000)),
        past_cases: section.number("past_cases", 10_000, (0, 1_000_000)),
        letters_dir: section.optional_path("letters_dir"),
    };
    if learning.poll > Duration::from_mins(1) {
        section.complain("poll_seconds", "it should be at most 60");
    }
    section.finish();
    learning
}
