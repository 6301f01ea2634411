//! The shared words of a letter: its topics, flags, language and kind, and the states that it,
//! its case and its reply pass through.
//!
//! Every word has one spelling, which stands in the database, the API, the templates and the
//! logs alike; `docs/` and the contract list them. Nothing here reads, stores or sends.

pub mod case;
pub mod delivery;
pub mod source;
pub mod topic;
pub mod words;

pub use case::{CaseState, Outcome, WrongState};
pub use delivery::{Channel, DeliveryState};
pub use source::{SourceAccount, SourceReport};
pub use topic::{Flag, Topic};
pub use words::{Language, LetterKind, LetterStage, Role, UnknownWord};
