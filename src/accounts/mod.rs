//! The account behind a letter: the billing extract's rows, which account a letter is about,
//! and what is known of it.
//!
//! Pure: rows are handed in, and values come out. The database belongs to `store`.

pub mod address;
mod amounts;
pub mod context;
pub mod extract;
mod facts;
mod figures;
pub mod matching;
pub mod mentions;
pub mod numbers;
pub mod personal_data;
mod postal;
pub mod rows;

pub use context::{AccountContext, AccountRows, context};
pub use facts::account_facts;
pub use matching::{Assurance, Decision, MatchQuery, MatchResult, Wanted, decide, wanted};
pub use mentions::{Mentions, mentions};
pub use rows::{Account, AccountNumber};
