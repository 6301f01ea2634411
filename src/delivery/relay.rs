//! The relay: connections that stay open, one message at a time, and what it answers.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, response::Response};
use tokio::net::TcpStream;

use crate::config::{Outgoing as Settings, Tls};

/// How long an answer before the final dot is waited for.
const STEP: Duration = Duration::from_mins(3);

/// One connection to the relay, opened when it is needed.
pub struct Relay {
    settings: Settings,
    connection: Option<AsyncSmtpConnection>,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The relay took it.
    Sent(String),
    /// The relay refuses it for good.
    Rejected(String),
    /// It was certainly not taken; later it may be.
    Later(String),
    /// Nobody can know whether it was taken.
    Unknown(String),
}

impl Relay {
    /// A relay by its settings; nothing is opened yet.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings, connection: None }
    }

    /// Brings a message up to the point where only its text and the final dot are missing.
    pub async fn begin(&mut self, from: &str, to: &str, bytes: &[u8]) -> Result<(), Outcome> {
        let result = match tokio::time::timeout(STEP, self.prepare(from, to, bytes)).await {
            Ok(result) => result,
            Err(_) => Err(Outcome::Later("the relay did not answer in time".to_owned())),
        };
        if result.is_err() {
            self.forget().await;
        }
        result
    }

    /// Sends the text and the final dot, and waits for the answer. To be called only when the
    /// point of no return is durable.
    pub async fn finish(&mut self, bytes: &[u8]) -> Outcome {
        let Some(connection) = self.connection.as_mut() else {
            return Outcome::Later("there is no connection".to_owned());
        };
        let outcome = match tokio::time::timeout(self.settings.timeout, connection.message(bytes)).await {
            Ok(Ok(response)) => Outcome::Sent(words(&response)),
            // A code is an answer: the relay did not take it. Anything else is silence.
            Ok(Err(error)) if error.is_permanent() => Outcome::Rejected(error.to_string()),
            Ok(Err(error)) if error.is_transient() => Outcome::Later(error.to_string()),
            Ok(Err(error)) => Outcome::Unknown(error.to_string()),
            Err(_) => Outcome::Unknown("the relay did not answer after the message".to_owned()),
        };
        if !matches!(outcome, Outcome::Sent(_)) {
            self.forget().await;
        }
        outcome
    }

    /// Gives the connection up, without a word that could hang.
    async fn forget(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = tokio::time::timeout(Duration::from_secs(5), connection.abort()).await;
        }
    }

    async fn prepare(&mut self, from: &str, to: &str, bytes: &[u8]) -> Result<(), Outcome> {
        let address = |text: &str| text.parse().map_err(|_| Outcome::Rejected(format!("\"{text}\" is not an address")));
        let envelope = Envelope::new(Some(address(from)?), vec![address(to)?])
            .map_err(|error| Outcome::Rejected(error.to_string()))?;
        let kept = match self.connection.as_mut() {
            Some(connection) => !connection.has_broken() && connection.test_connected().await,
            None => false,
        };
        if !kept {
            self.connection = None;
            self.connection = Some(self.connect().await?);
        }
        let Some(connection) = self.connection.as_mut() else {
            return Err(Outcome::Later("there is no connection".to_owned()));
        };
        let parameters =
            if bytes.is_ascii() { Vec::new() } else { vec![MailParameter::Body(MailBodyParameter::EightBitMime)] };
        connection
            .command(Mail::new(envelope.from().cloned(), parameters))
            .await
            .map_err(|error| before_the_dot(&error))?;
        for recipient in envelope.to() {
            connection
                .command(Rcpt::new(recipient.clone(), Vec::new()))
                .await
                .map_err(|error| before_the_dot(&error))?;
        }
        connection.command(Data).await.map_err(|error| before_the_dot(&error))?;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Outcome> {
        let settings = &self.settings;
        let later =
            |error: &dyn std::fmt::Display| Outcome::Later(format!("{}:{}: {error}", settings.host, settings.port));
        let name = ClientId::default();
        let mut connection = if settings.tls == Tls::Implicit {
            let address = (settings.host.as_str(), settings.port);
            AsyncSmtpConnection::connect_tokio1(address, Some(STEP), &name, Some(self.tls()?), None)
                .await
                .map_err(|error| later(&error))?
        } else {
            let address = (settings.host.as_str(), settings.port);
            let stream = TcpStream::connect(address).await.map_err(|error| later(&error))?;
            // Without this each message waits for a delayed acknowledgement.
            stream.set_nodelay(true).map_err(|error| later(&error))?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &name).await.map_err(|error| later(&error))?
        };
        if settings.tls == Tls::StartTls {
            connection.starttls(self.tls()?, &name).await.map_err(|error| later(&error))?;
        }
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(|error| later(&error))?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, Outcome> {
        let wrong = |error: &dyn std::fmt::Display| Outcome::Later(format!("TLS: {error}"));
        let mut builder = TlsParameters::builder(self.settings.host.clone());
        if let Some(file) = &self.settings.ca_file {
            let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
            builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| wrong(&error))?);
        }
        builder.build().map_err(|error| wrong(&error))
    }
}

/// Before the dot nothing was taken: only a clear refusal is final.
fn before_the_dot(error: &Error) -> Outcome {
    if error.is_permanent() { Outcome::Rejected(error.to_string()) } else { Outcome::Later(error.to_string()) }
}

fn words(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), lines.join(" "))
}
