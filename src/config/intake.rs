//! The settings of how senders are checked: whose word is believed, or how it is found out here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::settings::{Settings, seconds};
use super::source::Section;

/// A server at the border whose word about senders is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Border {
    /// The name that it writes its results under; its servers are of the same organisation.
    pub authserv_id: String,
    /// Whether it writes them without any name, as Microsoft 365 does.
    pub unnamed_results: bool,
}

impl Border {
    /// A border that writes its results under a name.
    #[must_use]
    pub fn named(authserv_id: &str) -> Self {
        Self { authserv_id: authserv_id.to_owned(), unnamed_results: false }
    }
}

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
        section.complain("authserv_id", NAME);
    }
    section.finish();
    intake
}

/// The border of one source's own, where it has one.
pub(super) fn border(section: &Section<'_, '_>, verify_senders: bool) -> Option<Border> {
    let authserv_id = section.optional_text("authserv_id").filter(|id| !id.is_empty());
    let unnamed_results = section.truth("unnamed_results", false);
    if unnamed_results && authserv_id.is_none() {
        section.complain("unnamed_results", "whose? name the servers' domain in authserv_id, such as \"outlook.com\"");
    }
    let authserv_id = authserv_id?;
    if !is_name(&authserv_id) {
        section.complain("authserv_id", NAME);
    }
    if verify_senders {
        section.complain("authserv_id", "senders are verified here already (verify_senders); believe one, not both");
    }
    Some(Border { authserv_id, unnamed_results })
}

impl Settings {
    /// Whose word about senders is believed, by the source that letters come from. A source that
    /// is not named can vouch for nobody: anybody may have written the results in its letters.
    #[must_use]
    pub fn borders(&self) -> BTreeMap<String, Border> {
        let written_here = self.intake.authserv_id.as_deref().map(Border::named);
        // A name that this program writes under is not one that the server before a mailbox
        // knows, and takes out of mail from outside.
        let common = if self.verifies_senders() { None } else { written_here.as_ref() };
        let of = |verified: bool, own: Option<&Border>, common: Option<&Border>| {
            if verified { written_here.clone() } else { own.or(common).cloned() }
        };
        let mailboxes = self
            .mailboxes
            .iter()
            .map(|mailbox| (mailbox.source(), of(mailbox.verify_senders, mailbox.border.as_ref(), common)));
        let listeners =
            self.lmtp.iter().map(|lmtp| (lmtp.source(), of(lmtp.verify_senders, lmtp.border.as_ref(), common)));
        let folders = self
            .folders
            .iter()
            .map(|folder| (folder.source(), of(folder.verify_senders, folder.border.as_ref(), None)));
        mailboxes.chain(listeners).chain(folders).filter_map(|(source, border)| Some((source, border?))).collect()
    }

    /// Whether any source has its senders verified here.
    #[must_use]
    pub fn verifies_senders(&self) -> bool {
        self.mailboxes.iter().any(|mailbox| mailbox.verify_senders)
            || self.folders.iter().any(|folder| folder.verify_senders)
            || self.lmtp.iter().any(|lmtp| lmtp.verify_senders)
    }
}

const NAME: &str = "it should be one word of letters, digits, dots and hyphens";

fn is_name(id: &str) -> bool {
    id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn borders(text: &str) -> BTreeMap<String, Border> {
        let settings = Settings::read(None, text, &BTreeMap::new());
        settings.unwrap_or_else(|problems| panic!("{problems}")).borders()
    }

    const MAILBOX: &str = "[[mailbox]]\nname = \"a\"\nhost = \"127.0.0.1\"\nuser = \"a\"\ntls = \"none\"\n";
    const LMTP: &str = "[[lmtp]]\nname = \"mx\"\nlisten = \"127.0.0.1:0\"\n";
    const FOLDER: &str = "[[folder]]\nname = \"scans\"\npath = \"in\"\n";
    const COMMON: &str = "[intake]\nauthserv_id = \"mx.city.example\"\n";

    #[test]
    fn a_common_border_stands_before_mailboxes_and_listeners_but_no_folder() {
        let found = borders(&format!("{COMMON}{MAILBOX}{LMTP}{FOLDER}"));
        let border = Border::named("mx.city.example");
        assert_eq!(
            found,
            BTreeMap::from([("imap:a/INBOX".to_owned(), border.clone()), ("lmtp:mx".to_owned(), border)])
        );
        assert!(borders(&format!("{MAILBOX}{LMTP}{FOLDER}")).is_empty());
    }

    #[test]
    fn the_name_that_is_written_here_is_believed_only_where_it_is_written() {
        let found = borders(&format!("{COMMON}{MAILBOX}{LMTP}{FOLDER}verify_senders = true\n"));
        assert_eq!(found, BTreeMap::from([("folder:scans".to_owned(), Border::named("mx.city.example"))]));
    }

    #[test]
    fn a_source_can_have_a_border_of_its_own() {
        let own = "authserv_id = \"outlook.com\"\nunnamed_results = true\n";
        let found = borders(&format!("{COMMON}{MAILBOX}{own}{FOLDER}authserv_id = \"mail.city.example\"\n"));
        let microsoft = Border { authserv_id: "outlook.com".to_owned(), unnamed_results: true };
        assert_eq!(found["imap:a/INBOX"], microsoft);
        assert_eq!(found["folder:scans"], Border::named("mail.city.example"));
    }

    #[test]
    fn a_border_that_makes_no_sense_is_told() {
        let problems = |more: &str| {
            let text = format!("{COMMON}{MAILBOX}{more}");
            Settings::read(None, &text, &BTreeMap::new()).map(drop).expect_err("it makes no sense").to_string()
        };
        assert!(problems("unnamed_results = true\n").contains("whose?"));
        assert!(problems("authserv_id = \"a b\"\n").contains("one word"));
        assert!(problems("authserv_id = \"mx.b.example\"\nverify_senders = true\n").contains("not both"));
    }
}
