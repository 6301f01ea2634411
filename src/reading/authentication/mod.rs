//! Whether the sender's domain confirms that it wrote: the results of SPF, DKIM and DMARC that
//! the one trusted server wrote into the message, and whether they speak of From's domain.
//!
//! Nothing is verified here. Whoever hands the letters in does that, or a server at the border,
//! and writes it down under its `authserv-id`; everybody else's word is worth nothing.

pub(crate) mod domain;
mod results;
#[cfg(test)]
mod stories;

use serde::{Deserialize, Serialize};

use self::results::{MethodResult, Results};
pub(super) use self::results::{Scanner, Word};
use super::headers::headers;
use super::received::writer;
use crate::config::Border;
use crate::letter::words::words;

words! {
    /// What a check of the sender came to, in the words of RFC 8601.
    Verdict("result of a sender check") {
        /// The domain confirms it.
        Pass = "pass",
        /// The domain denies it, or the signature is wrong.
        Fail = "fail",
        /// The domain denies it, but not for certain.
        SoftFail = "softfail",
        /// The domain says neither.
        Neutral = "neutral",
        /// Nothing was there to check.
        None = "none",
        /// It could not be checked at that time.
        TempError = "temperror",
        /// What the domain publishes cannot be used.
        PermError = "permerror",
    }
}

/// Whether the sender's domain confirms that it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Whether the server that sent it may send for the envelope's domain.
    pub spf: Verdict,
    /// Whether a domain signed it.
    pub dkim: Verdict,
    /// Whether that satisfies what From's domain asks for.
    pub dmarc: Verdict,
    /// Whether one of them speaks of From's own domain.
    pub aligned: bool,
}

impl Default for Authentication {
    fn default() -> Self {
        Self { spf: Verdict::None, dkim: Verdict::None, dmarc: Verdict::None, aligned: false }
    }
}

/// How many results of one border are read; servers write a handful.
const RESULTS: usize = 50;

/// What the server at the border found; without one nobody is believed.
#[must_use]
pub fn authentication(raw: &[u8], border: Option<&Border>) -> Authentication {
    let Some(border) = border.filter(|border| !border.authserv_id.trim().is_empty()) else {
        return Authentication::default();
    };
    let methods = trusted_results(raw, border);
    let from = only_sender_domain(raw);
    Authentication {
        spf: spf(&methods).map_or(Verdict::None, verdict),
        dkim: dkim(&methods),
        dmarc: dmarc(&methods).map_or(Verdict::None, verdict),
        aligned: from.is_some_and(|from| is_aligned(&methods, &from)),
    }
}

/// The results in the headers that the trusted server added: the topmost of its headers and
/// those that belong to it, down to the next header of a foreign server or of the writer.
///
/// A further header that repeats a check is not its own but one that it left standing. Of headers
/// without a name only the topmost counts, amid the border's own trace: anybody can write one.
fn trusted_results(raw: &[u8], border: &Border) -> Vec<MethodResult> {
    let trusted_id = border.authserv_id.trim();
    let mut methods: Vec<MethodResult> = Vec::new();
    let mut unnamed = None;
    let (mut started, mut at_border) = (false, false);
    for (name, value) in headers(raw) {
        let name = name.to_ascii_lowercase();
        match name.as_slice() {
            b"authentication-results" => {
                let results = results::parse(&String::from_utf8_lossy(&value));
                if border.unnamed_results {
                    if at_border && results.authserv_id.is_empty() && unnamed.is_none() {
                        unnamed = Some(results.methods);
                    }
                    continue;
                }
                if !domain::is_same_host(&results.authserv_id, trusted_id) {
                    continue;
                }
                if results.methods.is_empty() || methods.len() >= RESULTS || repeats(&methods, &results) {
                    break;
                }
                started = true;
                methods.extend(results.methods);
            }
            b"received" => {
                let by = writer(&String::from_utf8_lossy(&value)).unwrap_or_default();
                if is_ours(&by, trusted_id) {
                    at_border = true;
                    if let Some(unnamed) = unnamed {
                        return unnamed;
                    }
                } else if started || at_border && !is_nameless(&by) {
                    break;
                }
            }
            _ if started && !is_trace(&name) => break,
            _ => {}
        }
    }
    methods
}

fn repeats(methods: &[MethodResult], results: &Results) -> bool {
    results.methods.iter().any(|new| methods.iter().any(|old| old.method == new.method))
}

/// Names of one organisation that hands its customers' mail on between servers of all of them.
const MICROSOFT: &[&str] = &["outlook.com", "office365.com", "exchangelabs.com"];

/// Whether the server that wrote a `Received` header is the trusted one or of its organisation.
fn is_ours(by: &str, trusted_id: &str) -> bool {
    let is_microsoft = |name: &str| MICROSOFT.iter().any(|domain| domain::are_aligned(name, domain));
    domain::is_same_host(by, trusted_id)
        || domain::are_aligned(by, trusted_id)
        || is_microsoft(by) && is_microsoft(trusted_id)
}

/// A name or address inside: it doesn't tell whose server that is.
fn is_nameless(by: &str) -> bool {
    !by.contains('.') || domain::organizational(&domain::folded(by)).is_none()
}

/// Headers that servers add on the way, and writers do not.
fn is_trace(name: &[u8]) -> bool {
    const TRACE: &[&[u8]] = &[b"received-spf", b"dkim-filter", b"return-path", b"delivered-to", b"envelope-to"];
    TRACE.contains(&name) || name.starts_with(b"x-") || name.starts_with(b"arc-")
}

fn verdict(result: &MethodResult) -> Verdict {
    match result.result.as_str() {
        "hardfail" => Verdict::Fail,
        "policy" | "unknown" => Verdict::Neutral,
        "error" => Verdict::TempError,
        word => word.parse().unwrap_or(Verdict::None),
    }
}

fn of_method<'a>(methods: &'a [MethodResult], name: &str) -> impl Iterator<Item = &'a MethodResult> {
    methods.iter().filter(move |result| result.method == name)
}

/// The envelope's sender counts; the name that the server gave only where there is none.
fn spf(methods: &[MethodResult]) -> Option<&MethodResult> {
    let mail_from = of_method(methods, "spf").find(|result| result.property("smtp.mailfrom").is_some());
    mail_from.or_else(|| of_method(methods, "spf").next())
}

/// Of several signatures one that is right is enough.
fn dkim(methods: &[MethodResult]) -> Verdict {
    const BEST: &[Verdict] =
        &[Verdict::Pass, Verdict::TempError, Verdict::Fail, Verdict::PermError, Verdict::Neutral, Verdict::SoftFail];
    let found: Vec<Verdict> = of_method(methods, "dkim").map(verdict).collect();
    BEST.iter().copied().find(|best| found.contains(best)).unwrap_or(Verdict::None)
}

fn dmarc(methods: &[MethodResult]) -> Option<&MethodResult> {
    of_method(methods, "dmarc").next()
}

/// Whether the results speak of From's domain.
fn is_aligned(methods: &[MethodResult], from: &str) -> bool {
    let speaks_of = |result: &MethodResult, properties: &[&str]| {
        let value = properties.iter().find_map(|name| result.property(name));
        verdict(result) == Verdict::Pass
            && value.is_some_and(|value| domain::are_aligned(domain::of_address(value), from))
    };
    if let Some(dmarc) = dmarc(methods) {
        match verdict(dmarc) {
            // A server that names no domain means From's.
            Verdict::Pass if dmarc.property("header.from").is_none() => return true,
            Verdict::Pass if speaks_of(dmarc, &["header.from"]) => return true,
            // It was checked, and neither of the others was aligned.
            Verdict::Fail => return false,
            Verdict::Pass
            | Verdict::SoftFail
            | Verdict::Neutral
            | Verdict::None
            | Verdict::TempError
            | Verdict::PermError => {}
        }
    }
    of_method(methods, "dkim").any(|result| speaks_of(result, &["header.d", "header.i"]))
        || spf(methods).is_some_and(|result| speaks_of(result, &["smtp.mailfrom", "smtp.mail", "smtp.helo"]))
}

/// The domain of the one sender; with several nobody can be confirmed.
fn only_sender_domain(raw: &[u8]) -> Option<String> {
    let mut from = headers(raw).filter(|(name, _)| name.eq_ignore_ascii_case(b"from"));
    let (_, value) = from.next()?;
    if from.next().is_some() {
        return None;
    }
    let header = [b"From: ".as_slice(), &value, b"\n\n"].concat();
    let parsed = std::panic::catch_unwind(|| {
        let message = mail_parser::MessageParser::default().parse_headers(&header)?;
        let mut addresses = message.from()?.iter().filter_map(|entry| entry.address().map(ToOwned::to_owned));
        let first = addresses.next()?;
        addresses.next().is_none().then_some(first)
    });
    let address = parsed.ok().flatten()?;
    address.contains('@').then(|| domain::folded(domain::of_address(&address)))
}
