//! The counter between sources and storage: bounded, so that a slow database slows the
//! sources instead of filling the memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::ids::{Digest, LetterId, UserId};
use crate::letter::SourceReport;
use crate::reading::content_digest;

/// How many messages may wait to be stored.
const WAITING: usize = 1024;
/// How many kibibytes of messages may wait to be stored; one larger message waits alone.
const WAITING_KIBIBYTES: usize = 48 * 1024;

/// A message with its digests, waiting to be stored.
#[derive(Debug)]
pub struct Incoming {
    /// Where it came from.
    pub source: String,
    /// What it is called there; unique within the source.
    pub source_key: String,
    /// The person who handed it in, when one did.
    pub by: Option<UserId>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The digest of its bytes.
    pub raw_digest: Digest,
    /// The digest of what the writer sent.
    pub content_digest: Digest,
    /// Holds its share of the memory until it is stored.
    _share: OwnedSemaphorePermit,
}

/// What the desk is asked.
#[derive(Debug)]
pub enum Request {
    /// Store a message.
    Store {
        /// The message.
        incoming: Incoming,
        /// Where the receipt goes.
        answer: oneshot::Sender<Result<Receipt, NotStored>>,
    },
    /// Which of a source's messages were stored before.
    Known {
        /// The source.
        source: String,
        /// The start of the keys that are asked for.
        prefix: String,
        /// Where the keys go.
        answer: oneshot::Sender<Result<Vec<String>, NotStored>>,
    },
    /// Are the bytes of these messages here, and whole?
    ReadBack {
        /// The source.
        source: String,
        /// What the messages are called there.
        keys: Vec<String>,
        /// Where the answers go, in their order.
        answer: oneshot::Sender<Result<Vec<bool>, NotStored>>,
    },
    /// Note what a source says of itself.
    Report(SourceReport),
}

/// The word that a message is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// A letter that was not here before.
    New(LetterId),
    /// A copy of a letter that is here.
    Duplicate(LetterId),
}

impl Receipt {
    /// The letter that the message is.
    #[must_use]
    pub const fn letter(&self) -> &LetterId {
        match self {
            Self::New(id) | Self::Duplicate(id) => id,
        }
    }
}

/// The message is not durable; its sender must keep it and try again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message could not be stored now: {0}")]
pub struct NotStored(pub String);

/// Where sources hand messages in.
#[derive(Debug, Clone)]
pub struct Desk {
    requests: mpsc::Sender<Request>,
    shares: Arc<Semaphore>,
}

impl Desk {
    /// A desk, and the requests that whoever stores takes from it.
    #[must_use]
    pub fn open() -> (Self, mpsc::Receiver<Request>) {
        let (requests, taken) = mpsc::channel(WAITING);
        (Self { requests, shares: Arc::new(Semaphore::new(WAITING_KIBIBYTES)) }, taken)
    }

    /// Hands a message in and waits until it is durable. Without a key of its source's own it
    /// is known by its bytes.
    pub async fn store(&self, source: &str, key: Option<String>, bytes: Vec<u8>) -> Result<Receipt, NotStored> {
        self.take(source, key, None, bytes).await
    }

    /// Hands in a message that a person brings, and waits until it is durable; the journal names
    /// them.
    pub async fn hand_in(&self, source: &str, by: &UserId, bytes: Vec<u8>) -> Result<Receipt, NotStored> {
        self.take(source, None, Some(by.clone()), bytes).await
    }

    async fn take(
        &self,
        source: &str,
        key: Option<String>,
        by: Option<UserId>,
        bytes: Vec<u8>,
    ) -> Result<Receipt, NotStored> {
        let kibibytes = u32::try_from((bytes.len() / 1024 + 1).min(WAITING_KIBIBYTES)).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.shares).acquire_many_owned(kibibytes).await.map_err(|_| closed())?;
        let raw_digest = Digest::of(&bytes);
        let incoming = Incoming {
            source: source.to_owned(),
            source_key: key.unwrap_or_else(|| raw_digest.to_string()),
            content_digest: content_digest(&bytes),
            raw_digest,
            by,
            bytes,
            _share: share,
        };
        let (answer, receipt) = oneshot::channel();
        self.requests.send(Request::Store { incoming, answer }).await.map_err(|_| closed())?;
        receipt.await.map_err(|_| closed())?
    }

    /// The keys, starting with `prefix`, under which a source's messages were stored before.
    pub async fn known(&self, source: &str, prefix: &str) -> Result<Vec<String>, NotStored> {
        let (answer, keys) = oneshot::channel();
        let request = Request::Known { source: source.to_owned(), prefix: prefix.to_owned(), answer };
        self.requests.send(request).await.map_err(|_| closed())?;
        keys.await.map_err(|_| closed())?
    }

    /// Whether the bytes of a source's messages are here and whole: to be asked before the source's
    /// own copy goes.
    pub async fn read_back(&self, source: &str, keys: Vec<String>) -> Result<Vec<bool>, NotStored> {
        let (answer, whole) = oneshot::channel();
        let request = Request::ReadBack { source: source.to_owned(), keys, answer };
        self.requests.send(request).await.map_err(|_| closed())?;
        whole.await.map_err(|_| closed())?
    }

    /// Notes what a source says of itself.
    pub async fn report(&self, report: SourceReport) -> Result<(), NotStored> {
        self.requests.send(Request::Report(report)).await.map_err(|_| closed())
    }
}

fn closed() -> NotStored {
    NotStored("the program is stopping".to_owned())
}
