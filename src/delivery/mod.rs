//! Builds the message that carries a reply and hands it to the relay.
//!
//! The bytes are built once, at approval, and never again; sending stops before the final dot
//! until the caller has made the point of no return durable.

mod message;
mod relay;

pub use message::{BuildError, Outgoing, build};
pub use relay::{Outcome, Relay};
