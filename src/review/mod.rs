//! Where people work on cases: who may take which step, and each step in one transaction.
//!
//! The pages and the API call these functions and nothing else, so that they obey the same
//! rules; the database repeats the rules that matter most.

mod assurance;
mod cases;
mod crisis;
mod drafts;
mod evidence;
mod inspection;
mod joining;
mod learning;
mod people;
mod posting;
mod replies;
mod seeing;
mod status;

pub use assurance::{AssuranceChange, Confirmation};
pub use cases::may_close;
pub use crisis::crises;
pub use drafts::Edit;
pub use evidence::{Evidence, EvidenceFile};
pub use people::{Session, SignInError, add_token, add_user, hash_password};
pub use posting::Posting;
pub use status::status;

use std::sync::Arc;

use crate::accounts::DisclosureTable;
use crate::billing::Billing;
use crate::clock::Clock;
use crate::config::Organization;
use crate::ids::UserId;
use crate::letter::{Role, UnknownWord, WrongState};
use crate::policy::Policy;
use crate::replies::Templates;
use crate::store::{CaseRow, Store, StoreError};

/// The office: what every step needs.
#[derive(Debug, Clone)]
pub struct Office {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The templates of replies.
    pub templates: Arc<Templates>,
    /// The dated facts of the trade.
    pub policy: Arc<Policy>,
    /// Who may be told what.
    pub disclosure: Arc<DisclosureTable>,
    /// The way to the billing system, when it can be asked.
    pub billing: Option<Billing>,
    /// Who writes the replies.
    pub organization: Organization,
    /// How long sessions last: without use, and in any case, in microseconds.
    pub session_limits: (i64, i64),
    /// Lets few passwords be hashed at once: each takes much memory.
    pub hashing: Arc<tokio::sync::Semaphore>,
}

/// Who takes a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// There is no such case, or not for this person.
    #[error("there is no such case")]
    NotFound,
    /// The person may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The case changed since it was looked at.
    #[error("the case was changed meanwhile; look at it again before you go on")]
    Stale,
    /// The case's state does not allow it.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// What was given cannot be taken.
    #[error("{0}")]
    Invalid(String),
    /// The reply lacks something.
    #[error("the reply cannot be sent yet: {0}")]
    Unsendable(String),
    /// The database refused or failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ReviewError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale { .. } => Self::Stale,
            StoreError::Refused(reason) => Self::Invalid(reason),
            other @ (StoreError::Database(_) | StoreError::Corrupt { .. }) => Self::Store(other),
        }
    }
}

impl From<UnknownWord> for ReviewError {
    fn from(error: UnknownWord) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl Person {
    /// Administrators keep the house; they neither read nor write customers' letters.
    pub fn may_work(&self) -> Result<(), ReviewError> {
        match self.role {
            Role::Trainee | Role::Supervisor => Ok(()),
            Role::Administrator => Err(ReviewError::Forbidden("administrators do not work on letters")),
        }
    }

    /// Only supervisors approve, return and decide about deliveries.
    pub fn may_approve(&self) -> Result<(), ReviewError> {
        match self.role {
            Role::Supervisor => Ok(()),
            Role::Trainee | Role::Administrator => Err(ReviewError::Forbidden("only a supervisor may do this")),
        }
    }
}

/// The case must still be as it was when the person looked at it.
fn unchanged(case: CaseRow, version: i64) -> Result<CaseRow, ReviewError> {
    if case.version == version { Ok(case) } else { Err(ReviewError::Stale) }
}
