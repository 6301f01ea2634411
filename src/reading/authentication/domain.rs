//! Domains and how they belong together: the organisational domain is the public suffix with
//! one label before it, by the public suffix list that `psl` carries.

use std::borrow::Cow;

/// The longest text that can be a domain, in whatever alphabet.
const DOMAIN_BYTES: usize = 1024;

/// A domain as it is compared: lower case, ASCII, without the last dot.
pub(crate) fn folded(domain: &str) -> String {
    let domain = domain.trim().trim_end_matches('.');
    if domain.is_ascii() || domain.len() > DOMAIN_BYTES {
        return domain.to_ascii_lowercase();
    }
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase())
}

/// The domain of an address, or the text itself when it is a domain.
pub(crate) fn of_address(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, domain)| domain).trim_matches(['<', '>', ' '])
}

/// The domain that an organisation registered; a folded name goes in. `None` for addresses in
/// numbers and names without a dot.
pub(crate) fn organizational(domain: &str) -> Option<&str> {
    let number = domain.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    if number || domain.len() > DOMAIN_BYTES || domain.contains(['[', ']', ' ']) {
        return None;
    }
    psl::domain_str(domain)
}

/// Whether both belong to one organisation: the relaxed alignment of DMARC.
pub(crate) fn are_aligned(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    let organization = organizational(&one);
    organization.is_some() && organization == organizational(&other)
}

/// Whether both name the same server.
pub(crate) fn is_same_host(one: &str, other: &str) -> bool {
    fn bare(name: &str) -> &str {
        name.trim().trim_end_matches('.')
    }
    bare(one).eq_ignore_ascii_case(bare(other))
}

/// A domain as a person would see it: punycode in its letters.
pub(crate) fn readable(domain: &str) -> Cow<'_, str> {
    if domain.is_ascii() && !domain.contains("xn--") || domain.len() > DOMAIN_BYTES {
        return Cow::Borrowed(domain);
    }
    Cow::Owned(idna::domain_to_unicode(domain).0)
}
