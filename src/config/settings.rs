//! The settings themselves: what can be set, what it is by default, what it may be.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::accounts::{Accounts, LiveBilling, accounts, live_billing};
use super::intake::{Border, Intake, border, intake};
use super::learning::{Learning, learning};
use super::lmtp::{Lmtp, lmtp};
use super::mailbox::{Alarm, Mailbox, alarm, mailbox};
use super::source::{Problems, Section, Source};
use crate::letter::words::words;

words! {
    /// How a connection is protected.
    Tls("kind of TLS") {
        /// TLS from the first byte.
        Implicit = "implicit",
        /// Plain at first, then TLS; refused when the server does not offer it.
        StartTls = "starttls",
        /// No protection: only for servers on this machine.
        None = "none",
    }
}

words! {
    /// What happens to approved replies.
    OutgoingMode("outgoing mode") {
        /// They are kept, to be read in the browser; nothing leaves.
        Capture = "capture",
        /// They go to the relay.
        Smtp = "smtp",
    }
}

words! {
    /// The form of the log.
    LogFormat("log format") {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the program keeps what is its own.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// The pages.
    pub web: Web,
    /// Who writes the replies.
    pub organization: Organization,
    /// The mailboxes that are fetched.
    pub mailboxes: Vec<Mailbox>,
    /// The folders that are watched.
    pub folders: Vec<Folder>,
    /// Where mail servers hand letters in.
    pub lmtp: Vec<Lmtp>,
    /// Where what is known of accounts comes from.
    pub accounts: Accounts,
    /// How the billing system is asked, when it can be.
    pub billing: Option<LiveBilling>,
    /// How senders are checked.
    pub intake: Intake,
    /// Where replies go.
    pub outgoing: Outgoing,
    /// The work between a letter and its draft.
    pub pipeline: Pipeline,
    /// How the classifier learns.
    pub learning: Learning,
    /// The clocks of the office.
    pub review: Review,
    /// A folder with templates instead of the embedded ones.
    pub templates_dir: Option<PathBuf>,
    /// The form of the log.
    pub log_format: LogFormat,
    /// Which log lines are written, as `tracing` filters.
    pub log_filter: String,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    /// `postgres://...`, `sqlite:PATH`, or `None` for the file in the data folder.
    pub url: Option<String>,
    /// The most connections.
    pub connections: u32,
    /// Whether a server that may lose acknowledged letters is accepted.
    pub accept_weak_durability: bool,
}

/// The pages.
#[derive(Debug, Clone)]
pub struct Web {
    /// Where the program listens.
    pub listen: SocketAddr,
    /// Whether browsers reach it by HTTPS, so that cookies may demand it.
    pub https: bool,
    /// After how long without use a session ends.
    pub session_idle: Duration,
    /// After how long a session ends in any case.
    pub session_lifetime: Duration,
}

/// Who writes the replies.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Its name, as replies show it.
    pub name: String,
    /// The address that replies come from.
    pub address: String,
    /// The lines under its name on posted letters: its office and where to write back to.
    pub letterhead: Vec<String>,
    /// Its time zone.
    pub zone: TimeZone,
    /// Whether each reply asks for answers to an address of its own (`inquiries+r...@`), which
    /// the mail server has to deliver like the address itself.
    pub reply_addresses: bool,
}

/// A folder that is watched.
#[derive(Debug, Clone)]
pub struct Folder {
    /// What it is called here.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How often it is looked at.
    pub poll: Duration,
    /// Whether senders are checked here.
    pub verify_senders: bool,
    /// The server at the border of what is put there, where there is one.
    pub border: Option<Border>,
    /// When somebody should look after it.
    pub alarm: Alarm,
}

impl Folder {
    /// What the ledger calls it.
    #[must_use]
    pub fn source(&self) -> String {
        format!("folder:{}", self.name)
    }
}

/// Where replies go.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// What happens to approved replies.
    pub mode: OutgoingMode,
    /// The relay.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// A file with certificates to trust beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// The user name, where the relay asks for one.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// How many connections are kept at most.
    pub connections: usize,
    /// How long an answer of the relay is waited for.
    pub timeout: Duration,
    /// For how long a reply is tried.
    pub give_up_after: Duration,
}

/// The work between a letter and its draft.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// How many threads read, classify and draft.
    pub threads: usize,
    /// How many letters are written in one transaction.
    pub batch: usize,
    /// After how many attempts a letter is set aside.
    pub attempts: i64,
    /// How long a worker may hold letters.
    pub lease: Duration,
    /// How many scanned letters are converted at once.
    pub converters: usize,
}

/// The clocks of the office.
#[derive(Debug, Clone)]
pub struct Review {
    /// In how many days a letter should be answered.
    pub answer_days: i64,
    /// In how many days an urgent letter should be answered.
    pub urgent_days: i64,
}

impl Settings {
    /// Reads the settings from a file's text and the environment; every problem at once.
    pub fn read(file: Option<&Path>, text: &str, environment: &BTreeMap<String, String>) -> Result<Self, Problems> {
        let source = Source::new(file, text, environment);
        let table = source.parse();
        let settings = {
            let root = source.section("", Some(&table));
            let settings = Self {
                data_dir: root.optional_path("data_dir").unwrap_or_else(|| PathBuf::from("penstock-data")),
                database: database(root.inner("database")),
                web: web(root.inner("web")),
                organization: organization(root.inner("organization")),
                mailboxes: root.list("mailbox").into_iter().map(mailbox).collect(),
                folders: root.list("folder").into_iter().map(folder).collect(),
                lmtp: root.list("lmtp").into_iter().map(lmtp).collect(),
                accounts: accounts(root.inner("accounts")),
                billing: live_billing(root.inner("billing")),
                intake: intake(root.inner("intake")),
                outgoing: outgoing(root.inner("outgoing")),
                pipeline: pipeline(root.inner("pipeline")),
                learning: learning(root.inner("learning")),
                review: review(root.inner("review")),
                templates_dir: root.optional_path("templates_dir"),
                log_format: root.word("log_format", LogFormat::Text),
                log_filter: root.text("log_filter", "info"),
            };
            if settings.verifies_senders() && settings.intake.authserv_id.is_none() {
                root.complain(
                    "intake",
                    "verify_senders needs intake.authserv_id, the name that results are written under",
                );
            }
            for (index, mailbox) in settings.mailboxes.iter().enumerate() {
                if settings.mailboxes[..index].iter().any(|other| other.name == mailbox.name) {
                    root.complain("mailbox", &format!("two mailboxes are called \"{}\"", mailbox.name));
                }
            }
            for (index, lmtp) in settings.lmtp.iter().enumerate() {
                if settings.lmtp[..index].iter().any(|other| other.name == lmtp.name) {
                    root.complain("lmtp", &format!("two listeners are called \"{}\"", lmtp.name));
                }
            }
            root.finish();
            settings
        };
        source.finish(settings)
    }

    /// The settings without a file: embedded defaults and the environment.
    pub fn defaults(environment: &BTreeMap<String, String>) -> Result<Self, Problems> {
        Self::read(None, "", environment)
    }
}

fn database(section: Section<'_, '_>) -> Database {
    let database = Database {
        url: section.optional_text("url").filter(|url| !url.is_empty()),
        connections: section.number("connections", 16, (1, 1000)),
        accept_weak_durability: section.truth("accept_weak_durability", false),
    };
    let known = ["postgres://", "postgresql://", "sqlite:"];
    if let Some(url) = &database.url
        && url != "sqlite"
        && !known.iter().any(|start| url.starts_with(start))
    {
        section.complain("url", "it should start with postgres:// or sqlite:, or be left out");
    }
    section.finish();
    database
}

fn web(section: Section<'_, '_>) -> Web {
    let web = Web {
        listen: section
            .checked("listen", "an address and port in quotes, such as \"127.0.0.1:8025\"")
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8025))),
        https: section.truth("https", false),
        session_idle: minutes(&section, "session_idle_minutes", 30),
        session_lifetime: minutes(&section, "session_lifetime_minutes", 12 * 60),
    };
    section.finish();
    web
}

fn organization(section: Section<'_, '_>) -> Organization {
    let name = section.text("time_zone", "America/New_York");
    let zone = TimeZone::get(&name).unwrap_or_else(|_| {
        section.complain("time_zone", &format!("\"{name}\" is not a time zone, such as America/New_York"));
        TimeZone::UTC
    });
    let organization = Organization {
        name: section.text("name", "Philadelphia Water Department"),
        address: section.text("address", "inquiries@penstock.example"),
        letterhead: section.texts("letterhead"),
        zone,
        reply_addresses: section.truth("reply_addresses", false),
    };
    if !is_address(&organization.address) {
        section.complain("address", "it should be an e-mail address");
    }
    section.finish();
    organization
}

fn folder(section: Section<'_, '_>) -> Folder {
    let path = section.required_text("path");
    let verify_senders = section.truth("verify_senders", false);
    let folder = Folder {
        name: section.text("name", &path),
        path: PathBuf::from(path),
        poll: seconds(&section, "poll_seconds", 2),
        verify_senders,
        border: border(&section, verify_senders),
        alarm: alarm(&section, 0),
    };
    section.finish();
    folder
}

fn outgoing(section: Section<'_, '_>) -> Outgoing {
    let mode = section.word("mode", OutgoingMode::Capture);
    let tls = section.word("tls", Tls::StartTls);
    let outgoing = Outgoing {
        mode,
        host: section.text("host", ""),
        port: section.number("port", if tls == Tls::Implicit { 465 } else { 587 }, (1, 65535)),
        tls,
        ca_file: section.optional_path("ca_file"),
        user: section.optional_text("user"),
        password: section.secret("password", "password_file"),
        connections: section.number("connections", 2, (1, 100)),
        timeout: seconds(&section, "timeout_seconds", 600),
        give_up_after: Duration::from_secs(3600 * section.number("give_up_after_hours", 120, (1, 24 * 30))),
    };
    if mode == OutgoingMode::Smtp && outgoing.host.is_empty() {
        section.complain("host", "mode \"smtp\" needs the relay's host");
    }
    if mode == OutgoingMode::Smtp && tls == Tls::None && !is_local(&outgoing.host) {
        section.complain("tls", "customers' letters would travel in the open; use \"starttls\" or \"implicit\"");
    }
    section.finish();
    outgoing
}

fn pipeline(section: Section<'_, '_>) -> Pipeline {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let pipeline = Pipeline {
        threads: section.number("threads", threads, (1, 256)),
        batch: section.number("batch", 128, (1, 1000)),
        attempts: section.number("attempts", 3, (1, 20)),
        lease: seconds(&section, "lease_seconds", 60),
        converters: section.number("converters", threads.div_ceil(2).min(4), (1, 64)),
    };
    section.finish();
    pipeline
}

fn review(section: Section<'_, '_>) -> Review {
    let review = Review {
        answer_days: section.number("answer_days", 5, (1, 365)),
        urgent_days: section.number("urgent_days", 1, (0, 365)),
    };
    section.finish();
    review
}

fn minutes(section: &Section<'_, '_>, key: &'static str, default: u64) -> Duration {
    Duration::from_secs(60 * section.number(key, default, (1, 60 * 24 * 30)))
}

pub(super) fn seconds(section: &Section<'_, '_>, key: &'static str, default: u64) -> Duration {
    Duration::from_secs(section.number(key, default, (1, 60 * 60 * 24)))
}

pub(super) fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !text.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read(Some(Path::new("penstock.toml")), text, &environment)
            .map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let settings = read("", &[]).expect("the defaults are right");
        assert_eq!(settings.outgoing.mode, OutgoingMode::Capture);
        assert_eq!(settings.web.listen.to_string(), "127.0.0.1:8025");
        assert!(settings.mailboxes.is_empty());
    }

    #[test]
    fn every_problem_is_reported_at_once_with_line_and_key() {
        let text = "data_dir = 5\n\n[database]\nurl = \"mysql://x\"\nconections = 3\n\n[web]\nlisten = \"nowhere\"\n\n[[mailbox]]\nname = \"a\"\nport = 70000\n";
        let problems = read(text, &[("PENSTOCK_WEB_LISTN", "x")]).expect_err("much is wrong");
        let found = |part: &str| problems.iter().any(|problem| problem.contains(part));
        assert!(found("penstock.toml:1: data_dir:"), "{problems:#?}");
        assert!(found("penstock.toml:4: database.url:"), "{problems:#?}");
        assert!(found("penstock.toml:5: database.conections:"), "{problems:#?}");
        assert!(found("penstock.toml:8: web.listen:"), "{problems:#?}");
        assert!(found("penstock.toml:12: mailbox.0.port:"), "{problems:#?}");
        assert!(found("mailbox.0.host: it is missing"), "{problems:#?}");
        assert!(found("PENSTOCK_WEB_LISTN: no setting"), "{problems:#?}");
    }

    #[test]
    fn the_environment_overrides_the_file_and_can_add_mailboxes() {
        let settings = read(
            "[web]\nlisten = \"127.0.0.1:1\"\n",
            &[
                ("PENSTOCK_WEB_LISTEN", "127.0.0.1:2"),
                ("PENSTOCK_MAILBOX_0_NAME", "inquiries"),
                ("PENSTOCK_MAILBOX_0_HOST", "imap.example"),
                ("PENSTOCK_MAILBOX_0_USER", "us"),
            ],
        )
        .expect("they are right");
        assert_eq!(settings.web.listen.port(), 2);
        assert_eq!(settings.mailboxes[0].host, "imap.example");
    }

    #[test]
    fn a_text_that_is_no_toml_is_told_with_its_line() {
        let problems = read("[web]\nlisten = \n", &[]).expect_err("it is broken");
        assert!(problems[0].starts_with("penstock.toml:2:"), "{problems:?}");
    }

    #[test]
    fn a_listener_that_other_machines_reach_names_who_may_come() {
        let text = "[[lmtp]]\nname = \"mx\"\nlisten = \"0.0.0.0:24\"\n";
        assert!(read(text, &[]).expect_err("it is open")[0].contains("penstock.toml:3: lmtp.0.listen:"));
        let settings = read(&format!("{text}peers = [\"10.0.0.0/8\"]\n"), &[]).expect("it is closed");
        assert!(settings.lmtp[0].peers[0].contains([10, 1, 2, 3].into()));
    }

    #[test]
    fn wrong_values_of_a_list_are_named() {
        let text = "[[lmtp]]\nname = \"mx\"\nlisten = \"unix:x\"\nrecipients = [\"a@b.example\", \"nobody\", 5]\n\
                    socket_mode = \"0888\"\n";
        let problems = read(text, &[]).expect_err("much is wrong");
        let found = |part: &str| problems.iter().any(|problem| problem.contains(part));
        assert!(found("penstock.toml:4: lmtp.0.recipients: \"nobody\""), "{problems:#?}");
        assert!(found("penstock.toml:4: lmtp.0.recipients: it should be a list of texts"), "{problems:#?}");
        assert!(found("penstock.toml:5: lmtp.0.socket_mode:"), "{problems:#?}");
    }

    #[test]
    fn a_list_in_the_environment_is_parted_by_commas() {
        let environment = [
            ("PENSTOCK_LMTP_0_NAME", "mx"),
            ("PENSTOCK_LMTP_0_LISTEN", "unix:/run/penstock/lmtp"),
            ("PENSTOCK_LMTP_0_RECIPIENTS", "a@b.example, @c.example"),
        ];
        let settings = read("", &environment).expect("they are right");
        assert_eq!(settings.lmtp[0].recipients, ["a@b.example", "@c.example"]);
        assert_eq!(settings.lmtp[0].socket_mode, 0o660);
    }

    #[test]
    fn a_password_never_travels_in_the_open() {
        let text = "[[mailbox]]\nname = \"a\"\nhost = \"imap.example\"\nuser = \"u\"\ntls = \"none\"\n";
        assert!(read(text, &[]).is_err());
        assert!(read(&text.replace("imap.example", "127.0.0.1"), &[]).is_ok());
    }
}
