//! Takes messages from where they arrive and hands them to the desk that stores them.
//!
//! A source says yes to its sender only after the desk gave a receipt: then the bytes are
//! durable. What the desk does with them is not decided here.

mod desk;
pub mod files;
pub mod folder;
pub mod imap;
mod oauth;
mod spf;
pub mod verify;

pub use desk::{Desk, Incoming, NotStored, Receipt, Request};

/// Whole seconds, as accounts of sources hold them.
fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
