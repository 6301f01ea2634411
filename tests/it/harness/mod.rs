//! The house of the tests: one place that starts each real peer, and databases to work on.

pub(crate) mod database;
pub(crate) mod postgres;
pub(crate) mod process;
