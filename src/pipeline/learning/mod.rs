//! Learning from what people say of letters: which model judges, when a new one is learned, how
//! it is compared, what drifts, which letters would teach most, and which past ones are similar.
//!
//! Nothing of a letter leaves the machine: the examples stand in the database, a model holds
//! numbers only.

mod comparison;
mod drift;
mod in_use;
mod offers;
mod past;
mod sketch;
mod starting;
mod trainer;

pub use comparison::{Comparison, Score, Side};
pub use drift::{Drift, Week, drift};
pub use in_use::{ChooseError, InUse, Judge, JudgeError, choose, unpin};
pub use offers::{Offer, offers};
pub use past::{Past, Resembling};
pub use starting::{Starting, StartingError};
pub use trainer::{TrainError, Trained, Trainer};

/// The subject of a stored reading, and what the writer wrote.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Text {
    subject: String,
    #[serde(rename = "new_text")]
    new: String,
    body: String,
}

impl Text {
    /// The text of a letter as it is stored.
    fn of(reading: &str) -> Self {
        serde_json::from_str(reading).unwrap_or_default()
    }

    /// What is judged, as when the letter was prepared.
    fn written(&self) -> &str {
        if self.new.trim().is_empty() { &self.body } else { &self.new }
    }
}
