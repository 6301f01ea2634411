//! Takes messages from where they arrive and hands them to the desk that stores them.
//!
//! A source says yes to its sender only after the desk gave a receipt: then the bytes are
//! durable. What the desk does with them is not decided here.

mod desk;
pub mod files;
pub mod folder;
pub mod imap;
pub mod lmtp;
mod oauth;
mod spf;
pub mod verify;

pub use desk::{Desk, Incoming, NotStored, Receipt, Request};

use crate::config::Alarm;
use crate::letter::SourceReport;

/// What a source says of itself, with the limits that its settings give.
fn report(name: &str, look: Result<(Option<i64>, Option<i64>), String>, alarm: Alarm) -> SourceReport {
    SourceReport {
        name: name.to_owned(),
        look,
        silent_after_seconds: alarm.silent_after.map(seconds),
        failing_after_seconds: Some(seconds(alarm.failing_after)),
        token_ends_at: None,
        token_alarm_seconds: None,
    }
}

/// Whole seconds, as accounts of sources hold them.
fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
