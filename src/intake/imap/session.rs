//! A signed-in connection to a mailbox's server: TLS, what proves that it is us, time limits.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_imap::{Authenticator, Client, Session};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::ImapError;
use super::capped::Capped;
use crate::config::{Mailbox, SignIn, Tls};
use crate::intake::oauth::AccessTokens;

/// How long any single answer of the server is waited for.
const PATIENCE: Duration = Duration::from_mins(2);
/// What a fetch may hold beside the messages, in bytes.
const BESIDE: u64 = 1024 * 1024;

pub(super) trait Connection: AsyncRead + AsyncWrite + Unpin + Send + Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Connection for T {}

pub(super) type ImapSession = Session<Box<dyn Connection>>;

/// Waits for an answer, but not for ever.
pub(super) async fn in_time<T, E: Into<ImapError>>(answer: impl Future<Output = Result<T, E>>) -> Result<T, ImapError> {
    tokio::time::timeout(PATIENCE, answer).await.map_err(|_| ImapError::Silent)?.map_err(Into::into)
}

/// Connects and signs in.
pub(super) async fn sign_in(mailbox: &Mailbox, tokens: Option<&mut AccessTokens>) -> Result<ImapSession, ImapError> {
    // The token is asked for first: the server would not wait for it.
    let token = match tokens {
        Some(tokens) => Some(tokens.access_token().await?),
        None => None,
    };
    let stream = TcpStream::connect((mailbox.host.as_str(), mailbox.port)).await?;
    stream.set_nodelay(true)?;
    let client = match mailbox.tls {
        Tls::Implicit => greeted(capped(mailbox, secured(mailbox, stream).await?)).await?,
        Tls::None => greeted(capped(mailbox, stream)).await?,
        Tls::StartTls => {
            let mut plain = Client::new(stream);
            expect_greeting(plain.read_response().await?)?;
            plain.run_command_and_check_ok("STARTTLS", None).await?;
            // Whatever a stranger put behind the answer is dropped with the plain client.
            Client::new(capped(mailbox, secured(mailbox, plain.into_inner()).await?))
        }
    };
    match (token, &mailbox.sign_in) {
        (Some(token), _) => client.authenticate("XOAUTH2", Bearer::new(&mailbox.user, &token)).await,
        (None, SignIn::Password(password)) => client.login(&mailbox.user, password).await,
        (None, SignIn::OAuth2(_)) => return Err(ImapError::NoToken),
    }
    .map_err(|(error, _)| ImapError::Server(error))
}

fn capped(mailbox: &Mailbox, stream: impl Connection + 'static) -> Box<dyn Connection> {
    Box::new(Capped::new(stream, mailbox.message_bytes as u64 + BESIDE))
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

/// Says the access token once; what the server says against it is answered by silence, as the
/// mechanism wants, and then refused by the server in words.
struct Bearer {
    words: Option<String>,
}

impl Bearer {
    fn new(user: &str, token: &str) -> Self {
        Self { words: Some(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}")) }
    }
}

impl Authenticator for Bearer {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.words.take().unwrap_or_default()
    }
}
