//! A mailbox fetched by IMAP: by UID and UIDVALIDITY, never by what was seen; a message is
//! marked or moved only after it is durable here.
//!
//! The ledger of arrivals says what is stored. Whatever the server holds and the ledger does
//! not is fetched, so that a lost connection, a restart or a colleague who reads the mailbox
//! loses nothing.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_imap::types::Fetch;
use async_imap::{Client, Session};
use futures::TryStreamExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::{Desk, NotStored};
use crate::config::{AfterFetch, Mailbox, Tls};

/// The keyword that marks what is durable here.
const KEYWORD: &str = "+FLAGS.SILENT ($Penstock)";
/// How many messages are asked for at once.
const MESSAGES: usize = 20;
/// How long any single answer of the server is waited for.
const PATIENCE: Duration = Duration::from_mins(2);
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

trait Connection: AsyncRead + AsyncWrite + Unpin + Send + Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Connection for T {}

type ImapSession = Session<Box<dyn Connection>>;

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
    #[error(transparent)]
    NotStored(#[from] NotStored),
}

/// Fetches a mailbox until told to stop; a failure of this one touches no other.
pub async fn watch(mailbox: Mailbox, desk: Desk, stop: CancellationToken) {
    let mut pause = Duration::from_secs(1);
    while !stop.is_cancelled() {
        let result = tokio::select! {
            () = stop.cancelled() => return,
            result = fetch(&mailbox, &desk, &mut pause) => result,
        };
        if let Err(error) = result {
            tracing::warn!(mailbox = %mailbox.name, error = %error, "mailbox {} failed and is tried again: {error}", mailbox.name);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn in_time<T, E: Into<ImapError>>(answer: impl Future<Output = Result<T, E>>) -> Result<T, ImapError> {
    tokio::time::timeout(PATIENCE, answer).await.map_err(|_| ImapError::Silent)?.map_err(Into::into)
}

/// Signs in and fetches what is new, again and again, until something fails.
async fn fetch(mailbox: &Mailbox, desk: &Desk, pause: &mut Duration) -> Result<(), ImapError> {
    let mut session = in_time(sign_in(mailbox)).await?;
    let selected = in_time(session.select(&mailbox.folder)).await?;
    let validity = selected.uid_validity.ok_or(ImapError::NoValidity)?;
    let source = format!("imap:{}/{}", mailbox.name, mailbox.folder);
    let prefix = format!("{validity}:");
    let mut stored: BTreeSet<u32> =
        desk.known(&source, &prefix).await?.iter().filter_map(|key| key.strip_prefix(&prefix)?.parse().ok()).collect();
    *pause = Duration::from_secs(1);
    loop {
        let held = in_time(session.uid_search("ALL")).await?;
        let new: Vec<u32> =
            held.iter().copied().filter(|uid| !stored.contains(uid)).collect::<BTreeSet<_>>().into_iter().collect();
        for chunk in new.chunks(MESSAGES) {
            let set = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let messages = messages(&mut session, &set).await?;
            for (uid, bytes) in messages {
                desk.store(&source, Some(format!("{prefix}{uid}")), bytes).await?;
                stored.insert(uid);
            }
            finish(&mut session, mailbox, chunk, &stored).await?;
        }
        session = wait(session, mailbox.poll).await?;
    }
}

async fn messages(session: &mut ImapSession, set: &str) -> Result<Vec<(u32, Vec<u8>)>, ImapError> {
    let fetched: Vec<Fetch> = in_time(async {
        // PEEK leaves the flags alone: a person who reads this mailbox is not disturbed.
        session.uid_fetch(set, "(UID BODY.PEEK[])").await?.try_collect().await
    })
    .await?;
    Ok(fetched.iter().filter_map(|message| Some((message.uid?, message.body()?.to_vec()))).collect())
}

/// Does to the durable messages what the settings say.
async fn finish(
    session: &mut ImapSession,
    mailbox: &Mailbox,
    chunk: &[u32],
    stored: &BTreeSet<u32>,
) -> Result<(), ImapError> {
    let durable: Vec<String> = chunk.iter().filter(|uid| stored.contains(uid)).map(ToString::to_string).collect();
    if durable.is_empty() {
        return Ok(());
    }
    let set = durable.join(",");
    match mailbox.after {
        AfterFetch::Leave => Ok(()),
        AfterFetch::Flag => {
            in_time(async { session.uid_store(&set, KEYWORD).await?.try_collect::<Vec<Fetch>>().await.map(drop) }).await
        }
        AfterFetch::Move => in_time(session.uid_mv(&set, &mailbox.move_to)).await,
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

async fn sign_in(mailbox: &Mailbox) -> Result<ImapSession, ImapError> {
    let stream = TcpStream::connect((mailbox.host.as_str(), mailbox.port)).await?;
    stream.set_nodelay(true)?;
    let client = match mailbox.tls {
        Tls::Implicit => greeted(Box::new(secured(mailbox, stream).await?)).await?,
        Tls::None => greeted(Box::new(stream)).await?,
        Tls::StartTls => {
            let mut plain = Client::new(stream);
            expect_greeting(plain.read_response().await?)?;
            plain.run_command_and_check_ok("STARTTLS", None).await?;
            // Whatever a stranger put behind the answer is dropped with the plain client.
            Client::new(Box::new(secured(mailbox, plain.into_inner()).await?) as Box<dyn Connection>)
        }
    };
    client.login(&mailbox.user, &mailbox.password).await.map_err(|(error, _)| ImapError::Server(error))
}

async fn greeted(stream: Box<dyn Connection>) -> Result<Client<Box<dyn Connection>>, ImapError> {
    let mut client = Client::new(stream);
    expect_greeting(client.read_response().await?)?;
    Ok(client)
}

fn expect_greeting<T>(greeting: Option<T>) -> Result<(), ImapError> {
    greeting.map(drop).ok_or_else(|| ImapError::Connect(std::io::ErrorKind::UnexpectedEof.into()))
}

async fn secured(
    mailbox: &Mailbox,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, ImapError> {
    let wrong = |error: &dyn std::fmt::Display| ImapError::Tls(error.to_string());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = &mailbox.ca_file {
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
            roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(mailbox.host.clone()).map_err(|error| wrong(&error))?;
    Ok(TlsConnector::from(Arc::new(config)).connect(name, stream).await?)
}
