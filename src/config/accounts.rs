//! The settings of the account directory: where the billing extract comes from, and how the
//! billing system is asked.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::{is_local, seconds};
use super::source::Section;

/// Where what is known of accounts comes from.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// The folder that the billing system writes its extract into.
    pub folder: Option<PathBuf>,
    /// How often it is looked at.
    pub poll: Duration,
    /// How long nobody may have touched an extract without a file `done` before it is taken.
    pub settled: Duration,
}

/// How the billing system is asked for one account.
#[derive(Debug, Clone)]
pub struct LiveBilling {
    /// The address, with `{number}` in the place of the account number.
    pub url: String,
    /// The bearer token.
    pub token: Option<String>,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// How often it is asked for one answer.
    pub attempts: u32,
    /// For how long an answer is as good as a new one.
    pub fresh: Duration,
    /// After how many failures in a row it is left alone.
    pub failures: u32,
    /// For how long.
    pub pause: Duration,
}

pub(super) fn accounts(section: Section<'_, '_>) -> Accounts {
    let accounts = Accounts {
        folder: section.optional_path("folder"),
        poll: seconds(&section, "poll_seconds", 30),
        settled: seconds(&section, "settled_seconds", 300),
    };
    section.finish();
    accounts
}

pub(super) fn live_billing(section: Section<'_, '_>) -> Option<LiveBilling> {
    let url = section.optional_text("url").filter(|url| !url.is_empty());
    let live = LiveBilling {
        url: url.clone().unwrap_or_default(),
        token: section.secret("token", "token_file"),
        timeout: seconds(&section, "timeout_seconds", 3),
        attempts: section.number("attempts", 2, (1, 10)),
        fresh: seconds(&section, "fresh_seconds", 300),
        failures: section.number("failures", 5, (1, 1000)),
        pause: seconds(&section, "pause_seconds", 30),
    };
    if let Some(url) = &url {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        if scheme != "https" && !(scheme == "http" && is_local(host)) {
            section.complain("url", "customers' accounts would travel in the open; use https://");
        }
        if !url.contains("{number}") {
            section.complain("url", "it should hold {number} in the place of the account number");
        }
    }
    section.finish();
    url.map(|_| live)
}
