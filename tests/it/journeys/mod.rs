//! Journeys through the whole system, as its users take them.

mod chance;
mod crash;
mod imap;
mod letter;
mod lmtp;
mod outage;
