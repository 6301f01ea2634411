//! The tests from the outside: real databases, real mail servers, a real browser.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod accounts;
mod api;
mod architecture;
mod findings;
mod folder;
#[expect(dead_code, reason = "the real peers offer more than the journeys of today ask for")]
mod harness;
mod intake;
mod journeys;
mod learning;
mod lmtp;
mod mailbox;
mod pages;
mod personal_data;
mod posting;
mod records;
mod replies;
mod scans;
mod senders;
mod store;
mod threads;
