//! Composes a reply from templates, the account's facts and the policy table.
//!
//! A reply is a greeting, a section for each topic of the letter, and a closing. A value that
//! is missing stands in the draft as `[missing: name]` and makes it unsendable. What a sender
//! may not know is not among the values at all.

mod blocks;
mod compose;
mod html;
pub mod post;
mod templates;

pub use compose::{Draft, Situation, compose, missing_marks};
pub use html::html;
pub use templates::{Template, TemplateError, Templates};
