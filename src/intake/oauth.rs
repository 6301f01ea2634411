//! Access tokens for mailboxes that are signed in to by OAuth 2: exchanged from the refresh
//! token in its file, renewed before they end. A refresh token that the provider replaces is
//! written back before it is used, so that a crash never leaves the old one alone.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::config::OAuth2;

/// How long the provider's answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long before its end an access token is no longer used.
const MARGIN: Duration = Duration::from_mins(2);
/// How long an access token lasts when the provider does not say.
const USUAL: Duration = Duration::from_mins(55);
/// The longest answer of a provider, in bytes.
const ANSWER: u64 = 64 * 1024;

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    /// The refresh token cannot be read or written.
    #[error("the refresh token {file}: {source}")]
    File {
        /// In which file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The provider was not reached.
    #[error("the token provider was not reached: {0}")]
    Unreachable(String),
    /// The provider refuses; somebody has to give the permission anew.
    #[error("the token provider refuses ({0}); give the permission anew and put the new refresh token into the file")]
    Refused(String),
    /// The provider's answer holds no token.
    #[error("the token provider's answer makes no sense: {0}")]
    Answer(String),
}

/// The tokens of one mailbox.
#[derive(Debug)]
pub(super) struct AccessTokens {
    settings: OAuth2,
    current: Option<(String, Instant)>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl AccessTokens {
    pub(super) const fn new(settings: OAuth2) -> Self {
        Self { settings, current: None }
    }

    /// A token that still lasts.
    pub(super) async fn access_token(&mut self) -> Result<String, TokenError> {
        if let Some((token, until)) = &self.current
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let settings = self.settings.clone();
        let exchanged = tokio::task::spawn_blocking(move || exchange(&settings)).await;
        let (token, lasts) = exchanged.map_err(|error| TokenError::Unreachable(error.to_string()))??;
        self.current = Some((token.clone(), Instant::now() + lasts.saturating_sub(MARGIN)));
        Ok(token)
    }

    /// When the refresh token ends, in microseconds since 1970: counted from when its file was
    /// written.
    pub(super) fn ends_at(&self) -> Option<i64> {
        let written = fs::metadata(&self.settings.refresh_token_file).and_then(|metadata| metadata.modified()).ok()?;
        let since = written.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(i64::try_from(since.as_micros()).ok()? + self.settings.token_days * 86_400_000_000)
    }

    /// How long before that somebody should renew it.
    pub(super) const fn alarm_seconds(&self) -> i64 {
        self.settings.alarm_days * 86_400
    }
}

/// Exchanges the refresh token; gives the access token and how long it lasts.
fn exchange(settings: &OAuth2) -> Result<(String, Duration), TokenError> {
    let file = |source| TokenError::File { file: settings.refresh_token_file.display().to_string(), source };
    let refresh_token = fs::read_to_string(&settings.refresh_token_file).map_err(file)?.trim().to_owned();
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", settings.client_id.as_str()),
        ("refresh_token", refresh_token.as_str()),
    ];
    form.extend(settings.client_secret.as_deref().map(|secret| ("client_secret", secret)));
    form.extend(settings.scope.as_deref().map(|scope| ("scope", scope)));
    let answer = ask(&settings.token_url, form)?;
    let Some(token) = answer.access_token else {
        let words = answer.error_description.or(answer.error);
        return Err(
            words.map_or_else(|| TokenError::Answer("it holds no access_token".to_owned()), TokenError::Refused)
        );
    };
    if let Some(renewed) = answer.refresh_token.filter(|renewed| *renewed != refresh_token) {
        replace(&settings.refresh_token_file, &renewed).map_err(file)?;
    }
    Ok((token, answer.expires_in.map_or(USUAL, Duration::from_secs)))
}

fn ask(url: &str, form: Vec<(&str, &str)>) -> Result<Answer, TokenError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::new_with_certs(
            &rustls_native_certs::load_native_certs()
                .certs
                .iter()
                .map(|certificate| ureq::tls::Certificate::from_der(certificate.as_ref()).to_owned())
                .collect::<Vec<_>>(),
        ))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    // A refusal is an answer with words in it, not an error of the client.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(tls)
        .build()
        .into();
    let mut response = agent.post(url).send_form(form).map_err(|error| TokenError::Unreachable(error.to_string()))?;
    let status = response.status();
    let answer = response.body_mut().with_config().limit(ANSWER).read_json::<Answer>();
    answer.map_err(|error| TokenError::Answer(format!("status {status}, {error}")))
}

/// Puts a new refresh token in the place of the old one, durably, readable by us alone.
fn replace(path: &Path, token: &str) -> std::io::Result<()> {
    let beside = path.with_added_extension("new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(token.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}
