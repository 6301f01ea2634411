//! Lets mail servers in: as many as are allowed, and only those who may.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::conversation::{ROOM_STEP_KIBIBYTES, Shared, converse};
use super::reply::{self, Reply};
use super::session::Rules;
use super::socket::{BindError, Connection, Socket};
use crate::config::{Lmtp, Network};
use crate::intake::Desk;
use crate::intake::verify::Verifier;

/// How many messages of the largest size may arrive at the same time, as to memory.
const LARGEST_MESSAGES: usize = 4;
/// How long it is waited when the machine gives no connection, for want of files perhaps.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long messages that are under way may still take when the program stops.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// A place where mail servers hand letters in.
#[derive(Debug)]
pub struct Listener {
    settings: Lmtp,
    socket: Socket,
}

impl Listener {
    /// Begins to listen: from now on connections wait until [`Listener::serve`] takes them.
    pub async fn bind(settings: Lmtp) -> Result<Self, BindError> {
        let socket = Socket::bind(&settings.listen, settings.socket_mode).await?;
        let (name, place) = (&settings.name, &settings.listen);
        tracing::info!(lmtp.name = %name, lmtp.listen = %place, "letters are taken by LMTP at {place}");
        Ok(Self { settings, socket })
    }

    /// The address and port it listens on, if it listens on one.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.socket.address()
    }

    /// Takes letters until told to stop; messages that are under way then are finished.
    pub async fn serve(self, desk: Desk, verifier: Option<Verifier>, stop: CancellationToken) {
        // What the mail server still holds is not known here; that it is silent is. A database that
        // cannot note it now counts from the first letter.
        let source = self.settings.source();
        let _ = desk.report(crate::intake::report(&source, Ok((None, None)), self.settings.alarm)).await;
        let connections = Arc::new(Semaphore::new(self.settings.connections));
        let last_call = CancellationToken::new();
        let shared = Arc::new(shared(&self.settings, (desk, verifier), (stop.clone(), last_call.clone())));
        let conversations = TaskTracker::new();
        loop {
            let connection = tokio::select! {
                () = stop.cancelled() => break,
                connection = self.socket.accept() => connection,
            };
            match connection {
                Ok(connection) => {
                    let permit = Arc::clone(&connections).try_acquire_owned().ok();
                    self.admit(connection, permit, &shared, &conversations).await;
                }
                Err(error) => {
                    let name = &self.settings.name;
                    tracing::warn!(lmtp.name = %name, error = %error, "a connection could not be taken: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // No new connection waits for one who will not come.
        drop(self.socket);
        conversations.close();
        if tokio::time::timeout(STOP_PATIENCE, conversations.wait()).await.is_err() {
            last_call.cancel();
            conversations.wait().await;
        }
    }

    async fn admit(
        &self,
        connection: Connection,
        permit: Option<OwnedSemaphorePermit>,
        shared: &Arc<Shared>,
        conversations: &TaskTracker,
    ) {
        let shared = Arc::clone(shared);
        match connection {
            Connection::Tcp(stream, peer) if !is_allowed(&self.settings.peers, peer) => {
                self.turn_away(stream, &reply::STRANGER).await;
            }
            Connection::Tcp(stream, _) => match permit {
                Some(permit) => drop(conversations.spawn(attend(converse(stream, shared), permit))),
                None => self.turn_away(stream, &reply::TOO_MANY_CONNECTIONS).await,
            },
            Connection::Unix(stream) => match permit {
                Some(permit) => drop(conversations.spawn(attend(converse(stream, shared), permit))),
                None => self.turn_away(stream, &reply::TOO_MANY_CONNECTIONS).await,
            },
        }
    }

    /// One line fits into a fresh connection without waiting.
    async fn turn_away(&self, mut stream: impl AsyncWrite + Unpin, answer: &Reply) {
        tracing::warn!(lmtp.name = %self.settings.name, "a connection was turned away: {answer}");
        let line = answer.to_string();
        // Whoever has gone already needs no answer.
        let _ = tokio::time::timeout(ACCEPT_PAUSE, async {
            stream.write_all(line.as_bytes()).await?;
            stream.shutdown().await
        })
        .await;
    }
}

/// Without names, this machine only.
fn is_allowed(peers: &[Network], peer: SocketAddr) -> bool {
    let address = peer.ip().to_canonical();
    if peers.is_empty() { address.is_loopback() } else { peers.iter().any(|network| network.contains(address)) }
}

async fn attend(conversation: impl Future<Output = io::Result<()>>, _permit: OwnedSemaphorePermit) {
    if let Err(error) = conversation.await {
        // Mail servers come again by themselves.
        tracing::debug!(error = %error, "an LMTP connection broke: {error}");
    }
}

fn shared(
    settings: &Lmtp,
    (desk, verifier): (Desk, Option<Verifier>),
    (stop, last_call): (CancellationToken, CancellationToken),
) -> Shared {
    // Whatever the largest message is, each connection has room for a small one.
    let room = (settings.message_bytes / 1024 * LARGEST_MESSAGES).max(settings.connections * 2 * ROOM_STEP_KIBIBYTES);
    Shared {
        source: settings.source(),
        rules: Arc::new(Rules {
            recipients: settings.recipients.clone(),
            message_bytes: settings.message_bytes,
            recipients_a_message: settings.recipients_a_message,
            errors: settings.errors,
        }),
        command_timeout: settings.command_timeout,
        message_timeout: settings.message_timeout,
        room: Arc::new(Semaphore::new(room)),
        desk,
        verifier,
        stop,
        last_call,
    }
}
