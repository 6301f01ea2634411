//! A mailbox fetched by IMAP: by UID and UIDVALIDITY, never by what was seen; a message is
//! marked or moved only after it is durable here.
//!
//! The ledger of arrivals says what is stored. Whatever the server holds and the ledger does
//! not is fetched, so that a lost connection, a restart or a colleague who reads the mailbox
//! loses nothing. When UIDVALIDITY changes everything is fetched again; what is here already is
//! known by its content.

mod answers;
mod capped;
mod ledger;
mod messages;
mod session;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::ledger::Ledger;
use self::messages::Fetched;
use self::session::{ImapSession, in_time, sign_in};
use super::oauth::{AccessTokens, TokenError};
use super::verify::Verifier;
use super::{Desk, NotStored};
use crate::config::{AfterFetch, Mailbox, SignIn};
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
    #[error("the server refuses: {0}")]
    Refused(String),
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
    let source = mailbox.source();
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
        let known = self.desk.known(&self.source, &Ledger::prefix(validity)).await?;
        let mut ledger = Ledger::of(validity, &known);
        let can_idle = in_time(session.capabilities()).await?.has_str("IDLE");
        *pause = Duration::from_secs(1);
        let mut left_over = self.left_over(&mut session, &ledger).await?;
        loop {
            let held = messages::uids(&mut session, "ALL").await?;
            let refused = self.take(&mut session, &held, &mut ledger, &mut left_over).await?;
            let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
            let of_held = held.iter().filter(|uid| ledger.holds(**uid)).count();
            self.report(refused.map_or(Ok((Some(count(held.len())), Some(count(of_held)))), Err)).await?;
            session = if can_idle {
                wait(session, self.mailbox.poll).await?
            } else {
                tokio::time::sleep(self.mailbox.poll).await;
                session
            };
        }
    }

    /// Takes what the mailbox holds and the ledger does not, and finishes what was taken and what
    /// was left over. Says why the server refuses to have it finished, if it does: no reason to
    /// leave the rest unstored.
    async fn take(
        &self,
        session: &mut ImapSession,
        held: &BTreeSet<u32>,
        ledger: &mut Ledger,
        left_over: &mut Vec<u32>,
    ) -> Result<Option<String>, ImapError> {
        let new: Vec<u32> = held.iter().copied().filter(|uid| !ledger.holds(*uid)).collect();
        let before: Vec<u32> = left_over.drain(..).filter(|uid| held.contains(uid)).collect();
        let mut refused = None;
        for chunk in new.chunks(messages::SIZES) {
            let waiting = messages::sizes(session, chunk).await?;
            for group in messages::groups(&waiting) {
                let fetched = messages::fetch(session, &self.mailbox, group).await?;
                let whole = self.store(fetched, ledger).await?;
                refused = self.finish(session, ledger, (&whole, left_over)).await?.or(refused);
            }
        }
        for group in before.chunks(messages::MESSAGES) {
            refused = self.finish(session, ledger, (group, left_over)).await?.or(refused);
        }
        Ok(refused)
    }

    /// Messages that are here and were not flagged or moved: the connection, the server or this
    /// program ended in between.
    async fn left_over(&self, session: &mut ImapSession, ledger: &Ledger) -> Result<Vec<u32>, ImapError> {
        let unfinished = match self.mailbox.after {
            AfterFetch::Leave => return Ok(Vec::new()),
            AfterFetch::Flag => messages::unmarked(session).await?,
            AfterFetch::Move => messages::uids(session, "ALL").await?,
        };
        Ok(unfinished.into_iter().filter(|uid| ledger.holds_all_of(*uid)).collect())
    }

    /// Hands messages in; gives those of which all is here now.
    async fn store(&self, fetched: Vec<Fetched>, ledger: &mut Ledger) -> Result<Vec<u32>, ImapError> {
        let written: &Ledger = ledger;
        // All at once, so that they share a commit.
        let stored = futures::future::try_join_all(fetched.into_iter().map(|message| async move {
            let bytes = match &self.verifier {
                Some(verifier) if message.whole => verifier.stamp(message.bytes, None).await,
                Some(verifier) => verifier.stamp_unchecked(message.bytes),
                None => message.bytes,
            };
            let key = written.key(message.uid, message.whole);
            self.desk.store(&self.source, Some(key), bytes).await?;
            Ok::<_, NotStored>((message.uid, message.whole))
        }))
        .await?;
        for (uid, whole) in &stored {
            ledger.add(*uid, *whole);
        }
        Ok(stored.into_iter().filter(|(_, whole)| *whole).map(|(uid, _)| uid).collect())
    }

    /// Does to messages that are here what the settings say. What cannot be finished is left over,
    /// to be tried again with the next look, and the reason is given.
    async fn finish(
        &self,
        session: &mut ImapSession,
        ledger: &Ledger,
        (uids, left_over): (&[u32], &mut Vec<u32>),
    ) -> Result<Option<String>, ImapError> {
        let mut uids = uids.to_vec();
        let mut reason = None;
        if self.mailbox.after == AfterFetch::Move {
            // The mailbox's copy goes away from here: only when ours was read back.
            let keys = uids.iter().map(|uid| ledger.key(*uid, true)).collect();
            let whole = self.desk.read_back(&self.source, keys).await?;
            let (read, damaged): (Vec<_>, Vec<_>) = uids.into_iter().zip(whole).partition(|(_, whole)| *whole);
            uids = read.into_iter().map(|(uid, _)| uid).collect();
            if !damaged.is_empty() {
                let words = format!("{} letters stay there, for their stored bytes are damaged", damaged.len());
                tracing::error!(mailbox = %self.mailbox.name, "mailbox {}: {words}", self.mailbox.name);
                left_over.extend(damaged.into_iter().map(|(uid, _)| uid));
                reason = Some(words);
            }
        }
        match messages::finish(session, &self.mailbox, &uids).await {
            Ok(()) => Ok(reason),
            Err(
                error @ (ImapError::Refused(_)
                | ImapError::Server(async_imap::error::Error::No(_) | async_imap::error::Error::Bad(_))),
            ) => {
                tracing::warn!(mailbox = %self.mailbox.name, error = %error, "letters stay as they are in the mailbox: {error}");
                left_over.extend(uids);
                Ok(Some(error.to_string()))
            }
            Err(error) => Err(error),
        }
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
