//! The order of the steps between a letter's bytes and its draft, and between an approved
//! reply and the relay: transactions, leases, retries. The steps themselves stand elsewhere.

pub mod alarms;
pub mod convert;
pub mod dispatch;
pub mod import;
pub mod learning;
mod place;
pub mod prepare;
pub mod record;
pub mod replay;
mod reports;
pub mod templates;
mod threads;
