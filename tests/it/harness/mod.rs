//! The house of the tests: one place that starts each real peer, and databases to work on.

pub(crate) mod chromium;
pub(crate) mod cutting_proxy;
pub(crate) mod database;
pub(crate) mod dns;
pub(crate) mod dovecot;
pub(crate) mod oauth_provider;
pub(crate) mod postfix;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod smtp_sink;
pub(crate) mod system;
