//! Journeys through the whole system, as its users take them.

mod crash;
mod letter;
mod lmtp;
