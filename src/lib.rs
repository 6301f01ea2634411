//! Penstock answers customers' written inquiries.
//!
//! The modules stand in the order in which a letter meets them; a module imports only from
//! rows above its own (`tests/it/architecture.rs` keeps it so).

// Words: the shared vocabulary.
pub mod clock;
pub mod ids;
pub mod letter;
pub mod money;

// Thought: pure steps, from values to values.
pub mod journal;
pub mod reading;

// Edges: the database, mailboxes, the relay.
pub mod store;
