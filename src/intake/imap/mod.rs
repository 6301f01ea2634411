//! A mailbox fetched by IMAP: by UID and UIDVALIDITY, never by what was seen; a message is
//! marked or moved only after it is durable here.
//!
//! The ledger of arrivals says what is stored. Whatever the server holds and the ledger does
//! not is fetched, so that a lost connection, a restart or a colleague who reads the mailbox
//! loses nothing. When UIDVALIDITY changes everything is fetched again; what is here already is
//! known by its content.

mod capped;
mod messages;
mod session;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::messages::Fetched;
use self::session::{ImapSession, in_time, sign_in};
use super::oauth::{AccessTokens, TokenError};
use super::verify::Verifier;
use super::{Desk, NotStored};
use crate::config::{AfterFetch, Mailbox, SignIn};
use crate::ids::{Digest, LetterId};
use crate::letter::SourceReport;

/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What went wrong with a mailbox; it is tried again.
#[derive(Debug, thiserror::Error)]
enum ImapError {
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    #[error("TLS: {0}")]
    Tls(String),
    #[error("the server: {0}")]
    Server(#[from] async_imap::error::Error),
    #[error("the server did not answer in time")]
    Silent,
    #[error("the server gives no UIDVALIDITY; its messages cannot be told apart")]
    NoValidity,
    #[error("there is no token to sign in with")]
    NoToken,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    NotStored(#[from] NotStored),
}

/// A mailbox with its ledger at hand.
struct Fetcher {
    mailbox: Mailbox,
    desk: Desk,
    /// What the ledger calls it.
    source: String,
    tokens: Option<AccessTokens>,
    /// Checks senders, where no server at the border does.
    verifier: Option<Verifier>,
}

/// Fetches a mailbox until told to stop; a failure of this one touches no other.
pub async fn watch(mailbox: Mailbox, desk: Desk, verifier: Option<Verifier>, stop: CancellationToken) {
    let tokens = match &mailbox.sign_in {
        SignIn::OAuth2(oauth2) => Some(AccessTokens::new(oauth2.clone())),
        SignIn::Password(_) => None,
    };
    let source = format!("imap:{}/{}", mailbox.name, mailbox.folder);
    let mut fetcher = Fetcher { mailbox, desk, source, tokens, verifier };
    let mut pause = Duration::from_secs(1);
    while !stop.is_cancelled() {
        let result = tokio::select! {
            () = stop.cancelled() => return,
            result = fetcher.fetch(&mut pause) => result,
        };
        if let Err(error) = result {
            let name = &fetcher.mailbox.name;
            tracing::warn!(mailbox = %name, error = %error, "mailbox {name} failed and is tried again: {error}");
            // When the database is what fails, the next report tells.
            let _ = fetcher.report(Err(error.to_string())).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

impl Fetcher {
    /// Signs in and fetches what is new, again and again, until something fails.
    async fn fetch(&mut self, pause: &mut Duration) -> Result<(), ImapError> {
        let mut session = in_time(sign_in(&self.mailbox, self.tokens.as_mut())).await?;
        let selected = in_time(session.select(&self.mailbox.folder)).await?;
        let validity = selected.uid_validity.ok_or(ImapError::NoValidity)?;
        let prefix = format!("{validity}:");
        let known = self.desk.known(&self.source, &prefix).await?;
        let mut stored: BTreeSet<u32> =
            known.iter().filter_map(|key| key.strip_prefix(&prefix)?.parse().ok()).collect();
        let can_idle = in_time(session.capabilities()).await?.has_str("IDLE");
        *pause = Duration::from_secs(1);
        loop {
            let held: BTreeSet<u32> = in_time(session.uid_search("ALL")).await?.into_iter().collect();
            let new: Vec<u32> = held.difference(&stored).copied().collect();
            let waiting = messages::sizes(&mut session, &new).await?;
            for group in messages::groups(&waiting) {
                let fetched = messages::fetch(&mut session, &self.mailbox, group).await?;
                let durable = self.store(&prefix, fetched, &mut stored).await?;
                messages::finish(&mut session, &self.mailbox, &durable).await?;
            }
            let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
            let of_held = held.iter().filter(|uid| stored.contains(uid)).count();
            self.report(Ok((Some(count(held.len())), Some(count(of_held))))).await?;
            session = if can_idle {
                wait(session, self.mailbox.poll).await?
            } else {
                tokio::time::sleep(self.mailbox.poll).await;
                session
            };
        }
    }

    /// Hands messages in; gives those that are durable and may be marked or moved.
    async fn store(
        &self,
        prefix: &str,
        fetched: Vec<Fetched>,
        stored: &mut BTreeSet<u32>,
    ) -> Result<Vec<u32>, ImapError> {
        // All at once, so that they share a commit.
        let receipts = futures::future::try_join_all(fetched.into_iter().map(|message| async move {
            let bytes = match &self.verifier {
                Some(verifier) if message.whole => verifier.stamp(message.bytes, None).await,
                Some(verifier) => verifier.stamp_unchecked(message.bytes),
                None => message.bytes,
            };
            let digest = Digest::of(&bytes);
            let key = format!("{prefix}{}", message.uid);
            let receipt = self.desk.store(&self.source, Some(key), bytes).await?;
            Ok::<_, NotStored>((message.uid, message.whole, (receipt.letter().clone(), digest)))
        }))
        .await?;
        stored.extend(receipts.iter().map(|(uid, _, _)| *uid));
        let whole = receipts.into_iter().filter(|(_, whole, _)| *whole);
        let (durable, copies): (Vec<u32>, Vec<(LetterId, Digest)>) = whole.map(|(uid, _, copy)| (uid, copy)).unzip();
        if self.mailbox.after != AfterFetch::Move {
            return Ok(durable);
        }
        // The mailbox's copy goes away from here: only when ours was read back.
        let read_back = self.desk.read_back(copies).await?;
        Ok(durable.into_iter().zip(read_back).filter(|(_, whole)| *whole).map(|(uid, _)| uid).collect())
    }

    async fn report(&self, look: Result<(Option<i64>, Option<i64>), String>) -> Result<(), NotStored> {
        let token = self.tokens.as_ref();
        let report = SourceReport {
            token_ends_at: token.and_then(AccessTokens::ends_at),
            token_alarm_seconds: token.map(AccessTokens::alarm_seconds),
            ..super::report(&self.source, look, self.mailbox.alarm)
        };
        self.desk.report(report).await
    }
}

/// Waits for the server's word that something changed, at most as long as a poll takes.
async fn wait(session: ImapSession, poll: Duration) -> Result<ImapSession, ImapError> {
    let mut idle = session.idle();
    in_time(idle.init()).await?;
    let (word, _interrupt) = idle.wait_with_timeout(poll);
    // A connection that died silently is noticed by the command that follows the wait.
    word.await?;
    in_time(idle.done()).await
}
