//! Carries a conversation over a connection: reads, waits no longer than allowed, hands
//! messages to the desk, writes the replies.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::reply::{self, Reply};
use super::session::{Rules, Session, Step};
use crate::intake::verify::Verifier;
use crate::intake::{Desk, Receipt};

/// How long a message may wait to be durable; then its sender keeps it. Mail servers wait for
/// ten minutes, but what they send again meanwhile is the same letter.
const STORE_PATIENCE: Duration = Duration::from_mins(1);
/// How long, and how much, is read from a mail server that is told goodbye: a connection that
/// is closed on unread bytes may lose the last reply.
const PARTING: (Duration, u64) = (Duration::from_secs(1), 1024 * 1024);
/// Memory is asked for in steps of so many kibibytes.
pub(super) const ROOM_STEP_KIBIBYTES: usize = 64;

/// What the conversations of a listener have in common.
#[derive(Debug)]
pub(super) struct Shared {
    /// What the desk calls this source.
    pub(super) source: String,
    /// What conversations go by.
    pub(super) rules: Arc<Rules>,
    /// How long a command is waited for.
    pub(super) command_timeout: Duration,
    /// How long a message may take.
    pub(super) message_timeout: Duration,
    /// The memory for messages, in kibibytes.
    pub(super) room: Arc<Semaphore>,
    /// Where messages are handed in.
    pub(super) desk: Desk,
    /// Checks senders, where that is wanted.
    pub(super) verifier: Option<Verifier>,
    /// Says that the program stops: nothing new begins.
    pub(super) stop: CancellationToken,
    /// Says that it does not wait any longer, even for a message under way.
    pub(super) last_call: CancellationToken,
}

/// A conversation with its connection.
struct Conversation<S> {
    stream: S,
    shared: Arc<Shared>,
    session: Session,
    room: Option<OwnedSemaphorePermit>,
}

/// Why reading brought nothing.
enum Silence {
    Ended,
    TooSlow,
    Stopping,
}

/// Holds a conversation to its end.
pub(super) async fn converse<S>(stream: S, shared: Arc<Shared>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let session = Session::new(Arc::clone(&shared.rules));
    Conversation { stream, shared, session, room: None }.hold().await
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    async fn hold(mut self) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        let mut deadline = self.next_deadline();
        loop {
            self.write_replies().await?;
            let turns = self.session.turns();
            let count = match self.read(&mut buffer, deadline).await? {
                Ok(count) => count,
                Err(Silence::Ended) => return Ok(()),
                Err(Silence::TooSlow) => return self.part(&reply::TOO_SLOW).await,
                Err(Silence::Stopping) => return self.part(&reply::STOPPING).await,
            };
            if !self.take(&buffer[..count]).await {
                return self.leave().await;
            }
            if self.session.turns() != turns {
                deadline = self.next_deadline();
            }
        }
    }

    /// A command has its time as a whole, and so has a message: a byte now and then wins none.
    fn next_deadline(&self) -> Instant {
        let patience =
            if self.session.is_in_text() { self.shared.message_timeout } else { self.shared.command_timeout };
        Instant::now() + patience
    }

    /// Reads what is there. While the program stops, only a message under way is waited for.
    async fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> io::Result<Result<usize, Silence>> {
        let end = if self.session.is_in_text() { &self.shared.last_call } else { &self.shared.stop };
        tokio::select! {
            biased;
            () = end.cancelled() => Ok(Err(Silence::Stopping)),
            read = timeout_at(deadline, self.stream.read(buffer)) => match read {
                Err(_) => Ok(Err(Silence::TooSlow)),
                Ok(Ok(0)) => Ok(Err(Silence::Ended)),
                Ok(read) => Ok(Ok(read?)),
            },
        }
    }

    /// Works off the input; whether the conversation goes on.
    async fn take(&mut self, mut input: &[u8]) -> bool {
        while !input.is_empty() {
            if self.shared.stop.is_cancelled() && !self.session.is_in_text() {
                self.session.end(&reply::STOPPING);
                return false;
            }
            let (used, step) = self.session.receive(input);
            input = &input[used..];
            match step {
                Step::GoOn => self.claim_room(),
                Step::Store(message) => {
                    let answer = store(&self.shared, message).await;
                    self.session.stored(&answer);
                    self.room = None;
                }
                Step::Close => return false,
            }
        }
        true
    }

    /// Takes the share of the memory that the message has grown to, or gives the message up.
    fn claim_room(&mut self) {
        let wanted = self.session.held_bytes().div_ceil(1024 * ROOM_STEP_KIBIBYTES) * ROOM_STEP_KIBIBYTES;
        if wanted == 0 {
            self.room = None;
            return;
        }
        let claimed = self.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(wanted.saturating_sub(claimed)).unwrap_or(u32::MAX);
        if more == 0 {
            return;
        }
        match (Arc::clone(&self.shared.room).try_acquire_many_owned(more), &mut self.room) {
            (Ok(permit), Some(room)) => room.merge(permit),
            (Ok(permit), room) => *room = Some(permit),
            (Err(_), room) => {
                *room = None;
                self.session.forgo_text();
                tracing::warn!(source = %self.shared.source, "too many large messages at once; one is sent back for later");
            }
        }
    }

    async fn write_replies(&mut self) -> io::Result<()> {
        let replies = self.session.take_replies();
        let written = timeout(self.shared.command_timeout, async {
            self.stream.write_all(&replies).await?;
            self.stream.flush().await
        });
        written.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn part(mut self, reason: &Reply) -> io::Result<()> {
        self.session.end(reason);
        self.leave().await
    }

    async fn leave(mut self) -> io::Result<()> {
        self.write_replies().await?;
        self.stream.shutdown().await?;
        let (patience, bytes) = PARTING;
        let mut rest = self.stream.take(bytes);
        // Whether more came or not, the last reply had its time.
        let _ = timeout(patience, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
        Ok(())
    }
}

/// The sender of the envelope, from the line that the session put on top of the message.
fn returned_to(message: &[u8]) -> &str {
    let line = message.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default();
    line.strip_prefix("Return-Path: <").and_then(|rest| rest.strip_suffix('>')).unwrap_or_default()
}

/// Makes a message durable, or says that it is not.
async fn store(shared: &Shared, message: Vec<u8>) -> Reply {
    let (source, bytes) = (&shared.source, message.len());
    let message = match &shared.verifier {
        Some(verifier) => {
            let sender = returned_to(&message).to_owned();
            verifier.stamp(message, Some(&sender)).await
        }
        None => message,
    };
    // A message that is stored after all when patience is over is the same letter when it
    // comes again: it is known by its bytes.
    match timeout(STORE_PATIENCE, shared.desk.store(source, None, message)).await {
        Ok(Ok(Receipt::New(letter))) => {
            tracing::info!(letter.id = %letter, source = %source, size_bytes = bytes, "letter {letter} was handed in");
            Reply::telling(250, "2.0.0", format!("stored as letter {letter}"))
        }
        Ok(Ok(Receipt::Duplicate(letter))) => {
            tracing::info!(letter.id = %letter, source = %source, size_bytes = bytes, "letter {letter} was handed in again");
            Reply::telling(250, "2.0.0", format!("stored before as letter {letter}"))
        }
        Ok(Err(error)) => {
            tracing::warn!(source = %source, error = %error, "a message was sent back for later: {error}");
            reply::NOT_NOW
        }
        Err(_) => {
            tracing::warn!(source = %source, "a message was sent back for later: storing it takes too long");
            reply::NOT_NOW
        }
    }
}
