//! The pages in a real browser: what they show, what they hide, and that everybody can use them.

mod browser;
mod canary;
mod checks;
mod findings;
mod intake;
mod mail;
mod queue;
mod scan;
