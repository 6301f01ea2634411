//! The settings of mailboxes that are fetched by IMAP, and when a source raises an alarm.

use std::path::PathBuf;
use std::time::Duration;

use super::intake::{Border, border};
use super::settings::{Tls, is_local, seconds};
use super::source::Section;
use crate::letter::words::words;

words! {
    /// What is done with a message in its mailbox once it is durable here.
    AfterFetch("action after fetching") {
        /// Nothing.
        Leave = "leave",
        /// The keyword `$Penstock` is set.
        Flag = "flag",
        /// It is moved to another folder, after its stored bytes were read back.
        Move = "move",
    }
}

/// A mailbox that is fetched by IMAP.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// What it is called here; part of the ledger's keys, so it should not change.
    pub name: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// A file with certificates to trust beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// The user name.
    pub user: String,
    /// What proves that it is us.
    pub sign_in: SignIn,
    /// The folder on the server.
    pub folder: String,
    /// What is done with a message once it is durable here.
    pub after: AfterFetch,
    /// The folder that messages are moved to.
    pub move_to: String,
    /// How often it is looked at, beside the server's own word.
    pub poll: Duration,
    /// The largest message that is fetched whole, in bytes.
    pub message_bytes: usize,
    /// Whether senders are checked here; otherwise a server at the border did it.
    pub verify_senders: bool,
    /// The server at its border, where it is another than the common one.
    pub border: Option<Border>,
    /// When somebody should look after it.
    pub alarm: Alarm,
}

impl Mailbox {
    /// What the ledger calls it.
    #[must_use]
    pub fn source(&self) -> String {
        format!("imap:{}/{}", self.name, self.folder)
    }
}

/// What proves to a mail server that it is us.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// A password.
    Password(String),
    /// A permission that the mailbox's owner gave (`XOAUTH2`).
    OAuth2(OAuth2),
}

/// A permission given by OAuth 2, as Microsoft 365 and Google ask for.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    /// Where a refresh token is exchanged for an access token.
    pub token_url: String,
    /// Which application this is.
    pub client_id: String,
    /// The application's secret, where it has one.
    pub client_secret: Option<String>,
    /// The file that holds the refresh token; a renewed one replaces it.
    pub refresh_token_file: PathBuf,
    /// What is asked for, where the provider wants it said.
    pub scope: Option<String>,
    /// How long a refresh token lasts, in days.
    pub token_days: i64,
    /// How long before its end somebody should renew it, in days.
    pub alarm_days: i64,
}

/// When somebody should look after a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// After how much silence; never when unset.
    pub silent_after: Option<Duration>,
    /// After how long a failure is no longer a passing one.
    pub failing_after: Duration,
}

pub(super) fn mailbox(section: Section<'_, '_>) -> Mailbox {
    let tls = section.word("tls", Tls::Implicit);
    let password = section.secret("password", "password_file");
    let sign_in = match oauth2(section.inner("oauth2")) {
        Some(_) if password.is_some() => {
            section.complain("oauth2", "it signs in by `oauth2` or by `password`, not by both");
            SignIn::Password(String::new())
        }
        Some(oauth2) => SignIn::OAuth2(oauth2),
        None => SignIn::Password(password.unwrap_or_default()),
    };
    let verify_senders = section.truth("verify_senders", false);
    let mailbox = Mailbox {
        name: section.required_text("name"),
        host: section.required_text("host"),
        port: section.number("port", if tls == Tls::Implicit { 993 } else { 143 }, (1, 65535)),
        tls,
        ca_file: section.optional_path("ca_file"),
        user: section.required_text("user"),
        sign_in,
        folder: section.text("folder", "INBOX"),
        after: section.word("after", AfterFetch::Leave),
        move_to: section.text("move_to", "Processed"),
        poll: seconds(&section, "poll_seconds", 60),
        message_bytes: section.number("message_bytes", 50 * 1024 * 1024, (64 * 1024, 1024 * 1024 * 1024)),
        verify_senders,
        border: border(&section, verify_senders),
        alarm: alarm(&section, 24),
    };
    if mailbox.tls == Tls::None && !is_local(&mailbox.host) {
        section.complain("tls", "a password would travel in the open; use \"implicit\" or \"starttls\"");
    }
    section.finish();
    mailbox
}

fn oauth2(section: Section<'_, '_>) -> Option<OAuth2> {
    if !section.is_there() {
        return None;
    }
    let oauth2 = OAuth2 {
        token_url: section.required_text("token_url"),
        client_id: section.required_text("client_id"),
        client_secret: section.secret("client_secret", "client_secret_file"),
        refresh_token_file: PathBuf::from(section.required_text("refresh_token_file")),
        scope: section.optional_text("scope"),
        token_days: section.number("token_days", 90, (1, 3650)),
        alarm_days: section.number("alarm_days", 14, (0, 3650)),
    };
    let plain = oauth2.token_url.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or_default());
    if plain.is_some_and(|host| !is_local(host)) {
        section.complain("token_url", "the token would travel in the open; use https://");
    }
    section.finish();
    Some(oauth2)
}

/// Both limits of a source, `silent_after_hours` (0 is never) and `failing_after_minutes`.
pub(super) fn alarm(section: &Section<'_, '_>, silent_hours: u64) -> Alarm {
    let hours: u64 = section.number("silent_after_hours", silent_hours, (0, 24 * 365));
    let minutes: u64 = section.number("failing_after_minutes", 15, (0, 60 * 24 * 30));
    Alarm {
        silent_after: (hours > 0).then(|| Duration::from_secs(hours * 3600)),
        failing_after: Duration::from_secs(minutes * 60),
    }
}
