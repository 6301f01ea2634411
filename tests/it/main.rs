//! The tests from the outside: real databases, real mail servers, a real browser.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot go on should stop there")]

mod architecture;
mod harness;
mod intake;
mod store;
