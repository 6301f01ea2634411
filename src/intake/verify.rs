//! Verifies senders here, for mail that no server at the border has checked: SPF, DKIM and
//! DMARC. The result becomes a header at the very top of the message, before it is stored, so
//! that everything after can be done again from the bytes.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcOutput, DmarcResult, MessageAuthenticator, SpfOutput, SpfResult,
};

use super::spf;
use crate::config::Intake;
use crate::reading::{Arrival, Verdict, arrival, beyond_limits, count_headers};

/// How many signatures are verified; each may ask for the whole body to be hashed anew.
const SIGNATURES: usize = 10;

/// Why senders cannot be verified here.
#[derive(Debug, thiserror::Error)]
pub enum VerifierError {
    /// Results could not be told from forged ones.
    #[error("senders are to be verified, but intake.authserv_id is not set")]
    NoName,
    /// No name server is known.
    #[error("there is no resolver for the names of senders: {0}")]
    NoResolver(String),
}

/// Verifies senders and writes down what it found.
#[derive(Clone)]
pub struct Verifier {
    authenticator: MessageAuthenticator,
    authserv_id: String,
    trusted_hosts: Vec<String>,
    timeout: Duration,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Verifier").field("authserv_id", &self.authserv_id).finish_non_exhaustive()
    }
}

/// What the checks of one message came to.
struct Findings {
    spf: (Verdict, String),
    dkim: Vec<(Verdict, String)>,
    dmarc: (Verdict, String),
}

impl Verifier {
    /// A verifier as the settings ask for.
    pub fn new(settings: &Intake) -> Result<Self, VerifierError> {
        let failed = |error: &dyn std::fmt::Display| VerifierError::NoResolver(error.to_string());
        let (config, mut options) = match settings.dns {
            Some(server) => (only(server), ResolverOpts::default()),
            None => read_system_conf().map_err(|error| failed(&error))?,
        };
        options.timeout = (settings.dns_timeout / 4).clamp(Duration::from_millis(500), Duration::from_secs(5));
        options.attempts = 2;
        Ok(Self {
            authenticator: MessageAuthenticator::new(config, options).map_err(|error| failed(&error))?,
            authserv_id: settings.authserv_id.clone().ok_or(VerifierError::NoName)?,
            trusted_hosts: settings.trusted_hosts.clone(),
            timeout: settings.dns_timeout,
        })
    }

    /// The message with what was found about its sender at its top. `mail_from` is the
    /// envelope's sender where the source knows it; otherwise `Return-Path` tells.
    pub async fn stamp(&self, bytes: Vec<u8>, mail_from: Option<&str>) -> Vec<u8> {
        // What is not read is not verified either: its parts could be without number.
        if beyond_limits(&bytes).is_some() {
            return self.stamp_unchecked(bytes);
        }
        let checked = AssertUnwindSafe(self.check(&bytes, mail_from)).catch_unwind();
        let findings = match tokio::time::timeout(self.timeout, checked).await {
            Ok(Ok(findings)) => findings,
            // Out of time, or the library gave up: another time it might have been confirmed.
            Err(_) | Ok(Err(_)) => Findings::unknown(),
        };
        self.put_on_top(&findings.header(), bytes)
    }

    /// The message with the word that its sender was not checked, so that nobody else's word is
    /// taken for ours: for bytes that are not the whole message.
    #[must_use]
    pub fn stamp_unchecked(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.put_on_top(" none", bytes)
    }

    fn put_on_top(&self, results: &str, bytes: Vec<u8>) -> Vec<u8> {
        let line_end = if first_line_ends_with_return(&bytes) { "\r\n" } else { "\n" };
        let header = format!("Authentication-Results: {};{results}\n", self.authserv_id).replace('\n', line_end);
        let mut stamped = header.into_bytes();
        stamped.extend(bytes);
        stamped
    }

    async fn check(&self, bytes: &[u8], mail_from: Option<&str>) -> Findings {
        let arrival = arrival(bytes, &self.trusted_hosts)
            .map(|arrival| Arrival { mail_from: mail_from.unwrap_or(&arrival.mail_from).to_owned(), ..arrival });
        let spf = match &arrival {
            Some(arrival) => self.spf(arrival.client, &arrival.helo, &arrival.mail_from).await,
            None => Verdict::None,
        };
        let mut findings = Findings {
            spf: (spf, spf_property(arrival.as_ref())),
            dkim: Vec::new(),
            dmarc: (Verdict::None, String::new()),
        };
        if count_headers(bytes, b"dkim-signature") > SIGNATURES {
            findings.dkim.push((Verdict::PermError, " reason=\"too many signatures\"".to_owned()));
            return findings;
        }
        let Some(message) = AuthenticatedMessage::parse(bytes) else { return findings };
        let signatures = self.authenticator.verify_dkim(&message).await;
        let sender = arrival.as_ref().map_or("", |arrival| {
            let own = if arrival.mail_from.is_empty() { &arrival.helo } else { &arrival.mail_from };
            own.rsplit_once('@').map_or(own.as_str(), |(_, domain)| domain)
        });
        let spf = SpfOutput::new(sender.to_owned()).with_result(spf_result(spf));
        let parameters = DmarcParameters {
            message: &message,
            dkim_output: &signatures,
            dkim2_output: None,
            rfc5321_mail_from_domain: spf.domain(),
            spf_output: &spf,
        };
        let dmarc = self.authenticator.verify_dmarc(parameters).await;
        findings.dkim =
            signatures.iter().map(|output| (dkim_verdict(output.result()), dkim_property(output))).collect();
        findings.dmarc = (dmarc_verdict(&dmarc.result()), dmarc_property(&dmarc));
        findings
    }

    /// Whether a client may send for the envelope's sender; for reports, which have none, for
    /// the name that it gave.
    pub async fn spf(&self, client: IpAddr, helo: &str, mail_from: &str) -> Verdict {
        spf::check(self.authenticator.resolver(), client, helo, mail_from).await
    }
}

/// One name server, at its own port.
fn only(server: SocketAddr) -> ResolverConfig {
    let mut config = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut config.connections {
        connection.port = server.port();
    }
    ResolverConfig::from_name_servers(vec![config])
}

fn first_line_ends_with_return(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').next().is_some_and(|line| line.ends_with(b"\r"))
}

impl Findings {
    fn unknown() -> Self {
        let unknown = || (Verdict::TempError, String::new());
        Self { spf: unknown(), dkim: vec![unknown()], dmarc: unknown() }
    }

    /// What stands behind the name. Each check is named, also one without a result: then no
    /// header below can add it.
    fn header(&self) -> String {
        let mut text = String::new();
        let mut put = |method: &str, (verdict, property): &(Verdict, String), end: &str| {
            // A String takes whatever is written to it.
            let _ = write!(text, "\n\t{method}={verdict}{property}{end}");
        };
        put("spf", &self.spf, ";");
        for signature in &self.dkim {
            put("dkim", signature, ";");
        }
        if self.dkim.is_empty() {
            put("dkim", &(Verdict::None, String::new()), ";");
        }
        put("dmarc", &self.dmarc, "");
        text
    }
}

/// A name from the message as it may stand in our header: nothing that could end the value.
fn named(property: &str, value: &str) -> String {
    let domain = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let fits = !domain.is_empty() && domain.len() <= 255 && domain.chars().all(plain);
    if fits { format!(" {property}={domain}") } else { String::new() }
}

fn spf_property(arrival: Option<&Arrival>) -> String {
    arrival.map_or_else(String::new, |arrival| {
        if arrival.mail_from.is_empty() {
            named("smtp.helo", &arrival.helo)
        } else {
            named("smtp.mailfrom", &arrival.mail_from)
        }
    })
}

fn dkim_property(output: &DkimOutput<'_>) -> String {
    output
        .signature()
        .map(|signature| named("header.d", &signature.d) + &named("header.s", &signature.s))
        .unwrap_or_default()
}

fn dmarc_property(output: &DmarcOutput) -> String {
    named("header.from", output.domain())
}

const fn spf_result(verdict: Verdict) -> SpfResult {
    match verdict {
        Verdict::Pass => SpfResult::Pass,
        Verdict::Fail => SpfResult::Fail,
        Verdict::SoftFail => SpfResult::SoftFail,
        Verdict::Neutral => SpfResult::Neutral,
        Verdict::TempError => SpfResult::TempError,
        Verdict::PermError => SpfResult::PermError,
        Verdict::None => SpfResult::None,
    }
}

const fn dkim_verdict(result: &DkimResult) -> Verdict {
    match result {
        DkimResult::Pass => Verdict::Pass,
        // The library says "neutral" of a changed body and of an expired signature; for RFC 8601
        // a signature that does not verify has failed.
        DkimResult::Fail(_) | DkimResult::Neutral(_) => Verdict::Fail,
        DkimResult::PermError(_) => Verdict::PermError,
        DkimResult::TempError(_) => Verdict::TempError,
        DkimResult::None => Verdict::None,
    }
}

const fn dmarc_verdict(result: &DmarcResult) -> Verdict {
    match result {
        DmarcResult::Pass => Verdict::Pass,
        DmarcResult::Fail(_) => Verdict::Fail,
        DmarcResult::PermError(_) => Verdict::PermError,
        DmarcResult::TempError(_) => Verdict::TempError,
        DmarcResult::None => Verdict::None,
    }
}
