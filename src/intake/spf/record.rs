//! What a domain publishes about who may send for it (RFC 7208), read strictly: a record with
//! any mistake is no answer at all.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::macros::{Pattern, parse_domain, parse_text};
use crate::reading::Verdict;

/// A record.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// What is tried in order, and the result when it fits.
    pub(super) directives: Vec<(Verdict, Mechanism)>,
    /// Whose record counts when nothing fits.
    pub(super) redirect: Option<Pattern>,
}

/// What a client is compared with.
#[derive(Debug)]
pub(super) enum Mechanism {
    All,
    Include(Pattern),
    Address(Option<Pattern>, Prefixes),
    Mail(Option<Pattern>, Prefixes),
    Pointer(Option<Pattern>),
    Four(Ipv4Addr, u8),
    Six(Ipv6Addr, u8),
    Exists(Pattern),
}

/// How many bits of an address have to agree, of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefixes {
    pub(super) four: u8,
    pub(super) six: u8,
}

/// The record is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Whether a text is such a record at all.
pub(super) fn is_record(text: &[u8]) -> bool {
    text.get(..6).is_some_and(|version| version.eq_ignore_ascii_case(b"v=spf1"))
        && text.get(6).is_none_or(|next| *next == b' ')
}

/// Reads a record.
pub(super) fn parse(text: &[u8]) -> Result<Record, Malformed> {
    let text = std::str::from_utf8(text).map_err(|_| Malformed)?;
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(Malformed);
    }
    let mut record = Record::default();
    let mut explained = false;
    for term in text[6..].split(' ').filter(|term| !term.is_empty()) {
        match modifier(term) {
            Some((name, value)) if name.eq_ignore_ascii_case("redirect") => {
                if record.redirect.replace(parse_domain(value)?).is_some() {
                    return Err(Malformed);
                }
            }
            Some((name, value)) if name.eq_ignore_ascii_case("exp") => {
                parse_domain(value)?;
                if std::mem::replace(&mut explained, true) {
                    return Err(Malformed);
                }
            }
            Some((_, value)) => drop(parse_text(value)?),
            None => record.directives.push(directive(term)?),
        }
    }
    Ok(record)
}

/// A name and what stands behind its equals sign.
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let named = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
    named.then_some((name, value))
}

fn directive(term: &str) -> Result<(Verdict, Mechanism), Malformed> {
    let (verdict, term) = match term.as_bytes().first() {
        Some(b'+') => (Verdict::Pass, &term[1..]),
        Some(b'-') => (Verdict::Fail, &term[1..]),
        Some(b'~') => (Verdict::SoftFail, &term[1..]),
        Some(b'?') => (Verdict::Neutral, &term[1..]),
        Some(_) | None => (Verdict::Pass, term),
    };
    let end = term.find([':', '/']).unwrap_or(term.len());
    let (name, rest) = term.split_at(end);
    let argument = rest.strip_prefix(':');
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(parse_domain(argument.ok_or(Malformed)?)?),
        "exists" => Mechanism::Exists(parse_domain(argument.ok_or(Malformed)?)?),
        "ptr" if rest.is_empty() => Mechanism::Pointer(None),
        "ptr" => Mechanism::Pointer(Some(parse_domain(argument.ok_or(Malformed)?)?)),
        "a" => {
            let (domain, prefixes) = domain_and_prefixes(rest)?;
            Mechanism::Address(domain, prefixes)
        }
        "mx" => {
            let (domain, prefixes) = domain_and_prefixes(rest)?;
            Mechanism::Mail(domain, prefixes)
        }
        "ip4" => {
            let (address, bits) = network(argument, 32)?;
            Mechanism::Four(address.parse().map_err(|_| Malformed)?, bits)
        }
        "ip6" => {
            let (address, bits) = network(argument, 128)?;
            Mechanism::Six(address.parse().map_err(|_| Malformed)?, bits)
        }
        _ => return Err(Malformed),
    };
    Ok((verdict, mechanism))
}

fn network(argument: Option<&str>, most: u8) -> Result<(&str, u8), Malformed> {
    let argument = argument.ok_or(Malformed)?;
    match argument.split_once('/') {
        Some((address, bits)) => Ok((address, prefix(bits, most)?)),
        None => Ok((argument, most)),
    }
}

/// `:domain/24//64`, each part of which may be missing.
fn domain_and_prefixes(rest: &str) -> Result<(Option<Pattern>, Prefixes), Malformed> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mut prefixes, mut head) = (Prefixes { four: 32, six: 128 }, rest);
    if let Some((before, bits)) = head.rsplit_once("//").filter(|(_, bits)| is_number(bits)) {
        (prefixes.six, head) = (prefix(bits, 128)?, before);
    }
    if let Some((before, bits)) = head.rsplit_once('/').filter(|(_, bits)| is_number(bits)) {
        (prefixes.four, head) = (prefix(bits, 32)?, before);
    }
    let domain = match head.strip_prefix(':') {
        Some(domain) => Some(parse_domain(domain)?),
        None if head.is_empty() => None,
        None => return Err(Malformed),
    };
    Ok((domain, prefixes))
}

fn prefix(bits: &str, most: u8) -> Result<u8, Malformed> {
    let written = bits == "0" || bits.starts_with(|first: char| matches!(first, '1'..='9'));
    bits.parse().ok().filter(|number| written && *number <= most).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_with_any_mistake_is_none() {
        for right in [
            "v=spf1",
            "V=SPF1 -all",
            "v=spf1 a mx:x.example/24//64 ?ip6:2001:db8::/32 ~all",
            "v=spf1 exists:%{ir}.x.example",
            "v=spf1 redirect=%{d}",
            "v=spf1 moo=%{s}x exp=why.x.example -all",
            "v=spf1  a:%{d2r-}.x.example. ",
        ] {
            assert!(is_record(right.as_bytes()) && parse(right.as_bytes()).is_ok(), "{right}");
        }
        for wrong in [
            "v=spf1 al",
            "v=spf1 all:x",
            "v=spf1 ip4:1.2.3",
            "v=spf1 ip4:1.2.3.4/33",
            "v=spf1 a/024",
            "v=spf1 a:x",
            "v=spf1 a:",
            "v=spf1 include",
            "v=spf1 redirect=x.example redirect=x.example",
            "v=spf1 a:%{x}.example",
            "v=spf1 a:100%.example",
            "v=spf1 a:x.ex\u{e4}mple",
            "v=spf1 a:x.1",
            "v=spf1 -redirect=x.example",
            "v=spf1 =x",
            "v=spf1 a/24/24",
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(!is_record(b"v=spf10 -all"));
    }
}
