//! Asks the billing system for one account: with a timeout, again when that may help, from memory
//! when it was asked a moment ago, and not at all for a while when it does not answer.

mod breaker;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::breaker::Breaker;
use crate::accounts::live::account_of_json;
use crate::accounts::{AccountNumber, AccountRows};
use crate::config::LiveBilling;

/// The longest answer.
const ANSWER: u64 = 8 << 20;
/// How many accounts are remembered.
const REMEMBERED: usize = 5000;
/// How long is waited before asking again.
const PAUSE: Duration = Duration::from_millis(100);

/// What asking came to.
#[derive(Debug, Clone, PartialEq)]
pub enum LookUp {
    /// What the billing system said, and when.
    Answered(Box<AccountRows>, Timestamp),
    /// It does not answer; this is what it said then.
    Remembered(Box<AccountRows>, Timestamp),
    /// It says that there is no such account.
    Unknown,
    /// It does not answer, and nothing is remembered.
    Down,
}

/// The way to the billing system; one for all.
#[derive(Debug, Clone)]
pub struct Billing {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: LiveBilling,
    agent: ureq::Agent,
    remembered: Mutex<HashMap<String, (AccountRows, Timestamp)>>,
    breaker: Mutex<Breaker>,
}

/// Why there is no answer.
enum NoAnswer {
    /// Asking again may help.
    Failed(String),
    /// It would not.
    Refused(String),
}

impl Billing {
    /// The way to the billing system of the settings.
    #[must_use]
    pub fn new(settings: LiveBilling) -> Self {
        let breaker = Breaker::new(settings.failures, settings.pause);
        let agent = agent(settings.timeout);
        let inner = Inner { settings, agent, remembered: Mutex::new(HashMap::new()), breaker: Mutex::new(breaker) };
        Self { inner: Arc::new(inner) }
    }

    /// What the billing system says of an account now, or said lately.
    pub async fn look_up(&self, number: &AccountNumber, now: Timestamp) -> LookUp {
        let known = self.remembered(number);
        let fresh = SignedDuration::try_from(self.inner.settings.fresh).unwrap_or_default();
        if let Some((rows, at)) = known.clone().filter(|(_, at)| now.duration_since(*at) < fresh) {
            return LookUp::Answered(Box::new(rows), at);
        }
        if !self.breaker(|breaker| breaker.lets_through(now)) {
            return without_answer(known);
        }
        match self.ask(number).await {
            Ok(Some(rows)) => {
                self.breaker(Breaker::succeeded);
                self.remember(number, &rows, now);
                LookUp::Answered(Box::new(rows), now)
            }
            Ok(None) => {
                self.breaker(Breaker::succeeded);
                LookUp::Unknown
            }
            Err(NoAnswer::Failed(reason) | NoAnswer::Refused(reason)) => {
                self.breaker(|breaker| breaker.failed(now));
                tracing::warn!(reason, "the billing system gave no answer");
                without_answer(known)
            }
        }
    }

    /// Whether it has failed so often that it is left alone.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.breaker(|breaker| breaker.is_open())
    }

    /// What it said of an account, and when.
    #[must_use]
    pub fn remembered(&self, number: &AccountNumber) -> Option<(AccountRows, Timestamp)> {
        let remembered = self.inner.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(number.as_str()).cloned()
    }

    fn remember(&self, number: &AccountNumber, rows: &AccountRows, now: Timestamp) {
        let mut remembered = self.inner.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            // Half is forgotten at once, the older half, so that this is rare.
            let mut times: Vec<Timestamp> = remembered.values().map(|(_, at)| *at).collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            remembered.retain(|_, (_, at)| *at > middle);
        }
        remembered.insert(number.to_string(), (rows.clone(), now));
    }

    fn breaker<T>(&self, ask: impl FnOnce(&mut Breaker) -> T) -> T {
        ask(&mut self.inner.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ask(&self, number: &AccountNumber) -> Result<Option<AccountRows>, NoAnswer> {
        let mut last = NoAnswer::Failed("it was not asked".to_owned());
        for attempt in 0..self.inner.settings.attempts {
            if attempt > 0 {
                tokio::time::sleep(PAUSE * attempt).await;
            }
            let (billing, number) = (self.clone(), number.clone());
            let asked = tokio::task::spawn_blocking(move || billing.inner.ask_once(&number)).await;
            match asked.unwrap_or_else(|error| Err(NoAnswer::Failed(error.to_string()))) {
                Err(failed @ NoAnswer::Failed(_)) => last = failed,
                other => return other,
            }
        }
        Err(last)
    }
}

fn without_answer(known: Option<(AccountRows, Timestamp)>) -> LookUp {
    known.map_or(LookUp::Down, |(rows, at)| LookUp::Remembered(Box::new(rows), at))
}

impl Inner {
    fn ask_once(&self, number: &AccountNumber) -> Result<Option<AccountRows>, NoAnswer> {
        let url = self.settings.url.replace("{number}", number.as_str());
        let mut request = self.agent.get(&url).header("accept", "application/json");
        if let Some(token) = &self.settings.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| NoAnswer::Failed(error.to_string()))?;
        match response.status().as_u16() {
            200 => {}
            404 => return Ok(None),
            status @ (408 | 429 | 500..) => return Err(NoAnswer::Failed(format!("status {status}"))),
            status => return Err(NoAnswer::Refused(format!("status {status}"))),
        }
        let answer = response.body_mut().with_config().limit(ANSWER).read_json::<Value>();
        let answer = answer.map_err(|error| NoAnswer::Failed(error.to_string()))?;
        let rows = account_of_json(&answer)
            .map_err(|wrong| NoAnswer::Refused(format!("column `{}`: {}", wrong.column, wrong.reason)))?;
        // An answer about somebody else is none.
        if rows.account.account_number != *number {
            return Err(NoAnswer::Refused("it answered about another account".to_owned()));
        }
        Ok(Some(rows))
    }
}

fn agent(timeout: Duration) -> ureq::Agent {
    let certificates: Vec<ureq::tls::Certificate<'static>> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|certificate| ureq::tls::Certificate::from_der(certificate.as_ref()).to_owned())
        .collect();
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    // A refusal is an answer, not an error of the client.
    ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(tls)
        .build()
        .into()
}
