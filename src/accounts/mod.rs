//! The account behind a letter: the billing extract's rows, which account a letter is about,
//! and what is known of it.
//!
//! Pure: rows are handed in, and values come out. The database belongs to `store`.

pub mod address;
mod amounts;
pub mod assurance;
pub mod context;
pub mod disclosure;
pub mod extract;
mod facts;
mod figures;
pub mod findings;
pub mod kept;
pub mod keys;
pub mod live;
pub mod matching;
pub mod mentions;
pub mod names;
pub mod numbers;
pub mod personal_data;
mod postal;
pub mod rows;

pub use assurance::{Assurance, Assured, Standing, assure};
pub use context::{AccountContext, AccountRows, context};
pub use disclosure::{DisclosureTable, Reader, Told};
pub use facts::account_facts;
pub use findings::{AccountFindings, findings};
pub use matching::{Decision, MatchQuery, MatchResult, Wanted, decide, decide_wanted, wanted};
pub use mentions::{Mentions, mentions};
pub use rows::{Account, AccountNumber};
