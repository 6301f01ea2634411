//! The states of a case and the steps between them.
//!
//! A step consumes the old state and gives the new one, or says why not. The database repeats
//! the same rules, and `review` is the only caller that writes a step down.

use super::words::words;
use crate::ids::{RevisionId, UserId};

words! {
    /// How a case ended; a closed case always has one.
    Outcome("outcome") {
        /// The bill or rule was explained.
        Explained = "explained",
        /// The account was adjusted or credited.
        Adjusted = "adjusted",
        /// A payment agreement was set up.
        AgreementSetUp = "agreement_set_up",
        /// Passed to another unit or agency.
        Referred = "referred",
        /// Denied, with appeal rights stated.
        Denied = "denied",
        /// The account or contact data was changed.
        Updated = "updated",
        /// More was asked of the customer and nothing came.
        NoResponse = "no_response",
        /// Nothing to answer.
        NoReplyNeeded = "no_reply_needed",
        /// Its letters belong to another case and are there now.
        Joined = "joined",
    }
}

impl Outcome {
    /// The outcome in words for people who work with letters.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Explained => "Explained",
            Self::Adjusted => "Adjusted",
            Self::AgreementSetUp => "Agreement set up",
            Self::Referred => "Referred",
            Self::Denied => "Denied, appeal rights given",
            Self::Updated => "Account updated",
            Self::NoResponse => "No response from the customer",
            Self::NoReplyNeeded => "No reply needed",
            Self::Joined => "Joined to another case",
        }
    }
}

/// Where a case stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseState {
    /// Drafted; nobody works on it.
    Open,
    /// Somebody works on the reply.
    Claimed {
        /// Who.
        by: UserId,
    },
    /// A reply waits for approval.
    Submitted {
        /// Who submitted it.
        by: UserId,
        /// The revision that waits.
        revision: RevisionId,
    },
    /// A reply was approved and is on its way.
    Approved {
        /// Who wrote it.
        by: UserId,
        /// The revision that was approved.
        revision: RevisionId,
    },
    /// The reply was not delivered, or it cannot be known whether it was.
    Undelivered {
        /// Who wrote it.
        by: UserId,
        /// The revision that was approved.
        revision: RevisionId,
    },
    /// The reply went out.
    Answered {
        /// Who wrote it.
        by: UserId,
        /// The revision that was sent.
        revision: RevisionId,
    },
    /// Ended, with an outcome.
    Closed {
        /// How it ended.
        outcome: Outcome,
    },
}

/// A step that the present state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this case is {found}; {wanted}")]
pub struct WrongState {
    /// What the step needs, in words.
    pub wanted: &'static str,
    /// The name of the present state.
    pub found: &'static str,
}

impl CaseState {
    /// The names of all states, in the order of a case's life.
    pub const NAMES: &'static [&'static str] =
        &["open", "claimed", "submitted", "approved", "undelivered", "answered", "closed"];

    /// The state's name, as the database and the API spell it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed { .. } => "claimed",
            Self::Submitted { .. } => "submitted",
            Self::Approved { .. } => "approved",
            Self::Undelivered { .. } => "undelivered",
            Self::Answered { .. } => "answered",
            Self::Closed { .. } => "closed",
        }
    }

    /// Who the case belongs to now, if anybody.
    #[must_use]
    pub const fn assignee(&self) -> Option<&UserId> {
        match self {
            Self::Claimed { by }
            | Self::Submitted { by, .. }
            | Self::Approved { by, .. }
            | Self::Undelivered { by, .. }
            | Self::Answered { by, .. } => Some(by),
            Self::Open | Self::Closed { .. } => None,
        }
    }

    /// The revision that was submitted, approved or sent, if one was.
    #[must_use]
    pub const fn revision(&self) -> Option<&RevisionId> {
        match self {
            Self::Submitted { revision, .. }
            | Self::Approved { revision, .. }
            | Self::Undelivered { revision, .. }
            | Self::Answered { revision, .. } => Some(revision),
            Self::Open | Self::Claimed { .. } | Self::Closed { .. } => None,
        }
    }

    /// Somebody takes the case to work on it; taking what one already has changes nothing.
    pub fn claim(self, by: UserId) -> Result<Self, WrongState> {
        match self {
            Self::Claimed { by: holder } if holder == by => Ok(Self::Claimed { by }),
            // A failed delivery and an answered case may both need somebody to write again.
            Self::Open | Self::Undelivered { .. } | Self::Answered { .. } => Ok(Self::Claimed { by }),
            other => Err(other.but("only a case that nobody works on can be claimed")),
        }
    }

    /// The holder puts the case back.
    pub fn release(self, by: &UserId) -> Result<Self, WrongState> {
        match self {
            Self::Claimed { by: holder } if holder == *by => Ok(Self::Open),
            other => Err(other.but("only the person who claimed it can release it")),
        }
    }

    /// The holder hands a revision to the supervisors.
    pub fn submit(self, by: &UserId, revision: RevisionId) -> Result<Self, WrongState> {
        match self {
            Self::Claimed { by: holder } if holder == *by => Ok(Self::Submitted { by: holder, revision }),
            other => Err(other.but("claim it before submitting a reply")),
        }
    }

    /// A supervisor approves the revision that was seen.
    pub fn approve(self, seen: &RevisionId) -> Result<Self, WrongState> {
        match self {
            Self::Submitted { by, revision } if revision == *seen => Ok(Self::Approved { by, revision }),
            other => Err(other.but("only the revision that was submitted can be approved")),
        }
    }

    /// A supervisor gives the reply back to its writer.
    pub fn send_back(self) -> Result<Self, WrongState> {
        match self {
            Self::Submitted { by, .. } => Ok(Self::Claimed { by }),
            other => Err(other.but("only a submitted reply can be returned")),
        }
    }

    /// The relay accepted the reply.
    pub fn sent(self) -> Result<Self, WrongState> {
        match self {
            Self::Approved { by, revision } | Self::Undelivered { by, revision } => Ok(Self::Answered { by, revision }),
            other => Err(other.but("no reply of it is on its way")),
        }
    }

    /// The relay refused the reply, or nobody knows what became of it.
    pub fn not_delivered(self) -> Result<Self, WrongState> {
        match self {
            Self::Approved { by, revision } => Ok(Self::Undelivered { by, revision }),
            other => Err(other.but("no reply of it is on its way")),
        }
    }

    /// A delivery report says that a reply which had gone out did not arrive.
    pub fn came_back(self) -> Result<Self, WrongState> {
        match self {
            Self::Answered { by, revision } | Self::Approved { by, revision } => Ok(Self::Undelivered { by, revision }),
            other => Err(other.but("no reply of it went out")),
        }
    }

    /// A person decided that an undelivered reply goes out once more, the same bytes.
    pub fn send_again(self) -> Result<Self, WrongState> {
        match self {
            Self::Undelivered { by, revision } => Ok(Self::Approved { by, revision }),
            other => Err(other.but("only an undelivered reply can be sent again")),
        }
    }

    /// A further letter of the same conversation arrived; `None` while a reply is on its way,
    /// because that reply does not answer the new letter.
    #[must_use]
    pub fn letter_arrived(self) -> Option<Self> {
        match self {
            Self::Open | Self::Undelivered { .. } | Self::Answered { .. } | Self::Closed { .. } => Some(Self::Open),
            Self::Claimed { by } | Self::Submitted { by, .. } => Some(Self::Claimed { by }),
            Self::Approved { .. } => None,
        }
    }

    /// The case ends.
    pub fn close(self, outcome: Outcome) -> Result<Self, WrongState> {
        match self {
            Self::Open | Self::Claimed { .. } | Self::Answered { .. } | Self::Undelivered { .. } => {
                Ok(Self::Closed { outcome })
            }
            other => Err(other.but("a case whose reply waits or travels cannot be closed")),
        }
    }

    fn but(&self, wanted: &'static str) -> WrongState {
        WrongState { wanted, found: self.name() }
    }
}
