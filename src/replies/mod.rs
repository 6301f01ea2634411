//! Composes a reply from templates, the account's facts and the policy table, and checks it.
//!
//! A reply is a greeting, a section for each topic of the letter, what happens next, and a
//! closing. A value that is missing stands in the draft as `[missing: name]` and makes it
//! unsendable. What a sender may not know is not among the values at all. Templates are checked
//! before they are put in place: what could go wrong with one is found then, not in a letter.

mod blocks;
mod catalogue;
mod check;
mod compose;
mod fault;
mod form;
mod html;
mod inspect;
pub mod post;
mod templates;
mod walk;

pub use catalogue::is_known_value;
pub use check::{Against, check};
pub use compose::{Draft, Paragraph, Situation, Source, compose, missing_marks};
pub use fault::{Fault, FaultKind};
pub use form::{Disclosure, Header, ParagraphKind, PartPlace};
pub use html::html;
pub use inspect::{Ask, Concern, ConcernKind, Found, Inspected, Known, Weight, inspect, paragraphs_of};
pub use templates::{Files, TemplateError, Templates, embedded_files, files_of};
