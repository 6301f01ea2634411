//! The settings of an LMTP listener: where a mail server hands letters in, and within what limits.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::intake::{Border, border};
use super::mailbox::{Alarm, alarm};
use super::source::Section;

/// Where a mail server hands letters in.
#[derive(Debug, Clone)]
pub struct Lmtp {
    /// What it is called here; part of the ledger's keys, so it should not change.
    pub name: String,
    /// Where it listens.
    pub listen: Listen,
    /// Who may connect by TCP; nobody named means this machine only.
    pub peers: Vec<Network>,
    /// The permissions of the socket's file.
    pub socket_mode: u32,
    /// The addresses it takes letters for, as `local@domain` or `@domain`; none means any.
    pub recipients: Vec<String>,
    /// The largest message.
    pub message_bytes: usize,
    /// The most recipients of one message.
    pub recipients_a_message: usize,
    /// The most connections at a time.
    pub connections: usize,
    /// After how many wrong commands a connection is closed.
    pub errors: usize,
    /// How long a command is waited for.
    pub command_timeout: Duration,
    /// How long a message may take to arrive.
    pub message_timeout: Duration,
    /// Whether senders are checked here, before their letters are stored.
    pub verify_senders: bool,
    /// The server at its border, where it is another than the common one.
    pub border: Option<Border>,
    /// When somebody should look after it.
    pub alarm: Alarm,
}

impl Lmtp {
    /// What the ledger calls it.
    #[must_use]
    pub fn source(&self) -> String {
        format!("lmtp:{}", self.name)
    }
}

/// A place to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// An address and port.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

impl fmt::Display for Listen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(formatter, "{address}"),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("unix:") {
            Some("") => Err("the path of the socket is missing after unix:"),
            Some(path) => Ok(Self::Unix(PathBuf::from(path))),
            None => text.parse().map(Self::Tcp).map_err(|_| "it should be ADDRESS:PORT or unix:PATH"),
        }
    }
}

/// An address, or all addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether an address is in it. An IPv4 address is the same however the machine writes it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u32| {
            // All bits of the wider integer would be too many to shift by.
            one.checked_shr(width - self.bits).unwrap_or(0) == other.checked_shr(width - self.bits).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same(own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits(), other.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "it should be an IP address or a network, such as \"10.0.0.0/8\"";
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| WRONG)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), str::parse).map_err(|_| WRONG)?;
        if bits > width { Err(WRONG) } else { Ok(Self { address, bits }) }
    }
}

pub(super) fn lmtp(section: Section<'_, '_>) -> Lmtp {
    let listen = section.checked("listen", "\"ADDRESS:PORT\" or \"unix:PATH\"");
    if listen.is_none() {
        section.required_text("listen");
    }
    let verify_senders = section.truth("verify_senders", false);
    let lmtp = Lmtp {
        name: section.required_text("name"),
        listen: listen.unwrap_or_else(|| Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)))),
        peers: peers(&section),
        socket_mode: section.checked("socket_mode", "an octal number in quotes").map_or(0o660, |Mode(mode)| mode),
        recipients: recipients(&section),
        message_bytes: section.number("message_bytes", 50 * 1024 * 1024, (64 * 1024, 1024 * 1024 * 1024)),
        recipients_a_message: section.number("recipients_a_message", 100, (1, 10_000)),
        connections: section.number("connections", 64, (1, 10_000)),
        errors: section.number("errors", 10, (1, 1000)),
        command_timeout: Duration::from_secs(section.number("command_timeout_seconds", 300, (1, 3600))),
        message_timeout: Duration::from_secs(section.number("message_timeout_seconds", 600, (1, 24 * 3600))),
        verify_senders,
        border: border(&section, verify_senders),
        alarm: alarm(&section, 24),
    };
    if let Listen::Tcp(address) = lmtp.listen
        && !address.ip().is_loopback()
        && lmtp.peers.is_empty()
    {
        section.complain("listen", "other machines reach it; name in `peers` which of them may hand letters in");
    }
    section.finish();
    lmtp
}

fn peers(section: &Section<'_, '_>) -> Vec<Network> {
    let mut networks = Vec::new();
    for text in section.texts("peers") {
        match text.parse() {
            Ok(network) => networks.push(network),
            Err(problem) => section.complain("peers", &format!("\"{text}\": {problem}")),
        }
    }
    networks
}

fn recipients(section: &Section<'_, '_>) -> Vec<String> {
    let recipients = section.texts("recipients");
    for text in &recipients {
        let domain = text.rsplit_once('@').map(|(_, domain)| domain);
        if domain.is_none_or(str::is_empty) || text.contains(char::is_whitespace) {
            section
                .complain("recipients", &format!("\"{text}\" should be an e-mail address, or @domain for all in it"));
        }
    }
    recipients
}

/// Permissions as they are usually written.
struct Mode(u32);

impl FromStr for Mode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match u32::from_str_radix(text, 8) {
            Ok(mode) if mode <= 0o777 => Ok(Self(mode)),
            Ok(_) | Err(_) => Err("it should be an octal number up to 777 in quotes, such as \"0660\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_to_listen_is_an_address_or_a_socket() {
        assert_eq!("127.0.0.1:24".parse(), Ok(Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 24)))));
        assert_eq!("unix:/run/penstock/lmtp".parse(), Ok(Listen::Unix(PathBuf::from("/run/penstock/lmtp"))));
        assert!("unix:".parse::<Listen>().is_err());
        assert!("24".parse::<Listen>().is_err());
    }

    #[test]
    fn a_network_holds_the_addresses_with_its_first_bits() {
        let holds = |network: &str, address: &str| {
            let network: Network = network.parse().expect("a network");
            network.contains(address.parse().expect("an address"))
        };
        assert!(holds("10.0.0.0/8", "10.1.2.3"));
        assert!(!holds("10.0.0.0/8", "11.1.2.3"));
        assert!(holds("192.0.2.7", "::ffff:192.0.2.7"));
        assert!(!holds("192.0.2.7", "192.0.2.8"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1"));
        assert!(holds("::/0", "2001:db8:1::1"));
        assert!("10.0.0.0/33".parse::<Network>().is_err());
    }
}
