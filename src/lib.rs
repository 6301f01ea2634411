//! Penstock answers customers' written inquiries.
//!
//! The modules stand in the order in which a letter meets them; a module imports only from
//! rows above its own (`tests/it/architecture.rs` keeps it so).

// Words: the shared vocabulary.
pub mod clock;
pub mod config;
pub mod ids;
pub mod letter;
pub mod money;
pub mod policy;

// Thought: pure steps, from values to values.
pub mod accounts;
pub mod classification;
pub mod journal;
pub mod reading;
pub mod replies;

// Edges: mailboxes and folders, the database, the relay, the converters' children, billing.
pub mod billing;
pub mod converters;
pub mod delivery;
pub mod intake;
pub mod store;

// Motion: the order of the steps.
pub mod pipeline;
pub mod review;

// Face: the pages.
pub mod web;

// Wiring: everything is built once and passed down.
pub mod app;
pub mod cli;
pub mod demo;
