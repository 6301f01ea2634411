//! The settings of how senders are checked: whose word is believed, or how it is found out here.

use std::net::SocketAddr;
use std::time::Duration;

use super::settings::seconds;
use super::source::Section;

/// How senders are checked.
#[derive(Debug, Clone)]
pub struct Intake {
    /// Under which name the results of checks are believed: that of the server at the border, or
    /// the one that this program writes under.
    pub authserv_id: Option<String>,
    /// The servers at the border, by the names they write into `Received`.
    pub trusted_hosts: Vec<String>,
    /// The name server that is asked instead of the machine's own.
    pub dns: Option<SocketAddr>,
    /// How long all checks of one message may take.
    pub dns_timeout: Duration,
}

pub(super) fn intake(section: Section<'_, '_>) -> Intake {
    let words = |text: String| -> Vec<String> {
        text.split([',', ' ']).filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
    };
    let intake = Intake {
        authserv_id: section.optional_text("authserv_id").filter(|id| !id.is_empty()),
        trusted_hosts: words(section.text("trusted_hosts", "")),
        dns: section.checked("dns", "an address and port in quotes, such as \"127.0.0.1:53\""),
        dns_timeout: seconds(&section, "dns_timeout_seconds", 10),
    };
    if intake.authserv_id.as_deref().is_some_and(|id| !is_name(id)) {
        section.complain("authserv_id", "it should be one word of letters, digits, dots and hyphens");
    }
    section.finish();
    intake
}

fn is_name(id: &str) -> bool {
    id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_'))
}
