//! Names with gaps (RFC 7208, section 7): `%{ir}.%{d2}` and the like, and how they are filled.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::record::Malformed;

/// A name with its gaps.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Escape(&'static str),
    Gap(Gap),
}

#[derive(Debug, PartialEq, Eq)]
struct Gap {
    /// Which value, in lower case.
    letter: char,
    /// Whether it is written as in a URL.
    escaped: bool,
    /// How many parts from the right are kept; all when zero.
    kept: usize,
    reversed: bool,
    delimiters: String,
}

/// What the gaps are filled with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Values<'a> {
    pub(super) sender: &'a str,
    pub(super) domain: &'a str,
    pub(super) client: IpAddr,
    pub(super) helo: &'a str,
    /// The name of the client that was confirmed.
    pub(super) confirmed: &'a str,
}

/// The longest name that DNS takes.
const NAME_LETTERS: usize = 253;

/// A text with gaps.
pub(super) fn parse_text(text: &str) -> Result<Pattern, Malformed> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned()));
        }
        rest = &rest[at + 1..];
        let (piece, used) = match rest.as_bytes().first() {
            Some(b'%') => (Piece::Escape("%"), 1),
            Some(b'_') => (Piece::Escape(" "), 1),
            Some(b'-') => (Piece::Escape("%20"), 1),
            Some(b'{') => {
                let end = rest.find('}').ok_or(Malformed)?;
                (Piece::Gap(gap(&rest[1..end])?), end + 1)
            }
            Some(_) | None => return Err(Malformed),
        };
        pieces.push(piece);
        rest = &rest[used..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(Pattern(pieces))
}

/// A name with gaps: it ends in a gap or in a label that a top-level domain may have.
pub(super) fn parse_domain(text: &str) -> Result<Pattern, Malformed> {
    let pattern = parse_text(text)?;
    let fits = match pattern.0.last() {
        Some(Piece::Text(text)) => {
            text.strip_suffix('.').unwrap_or(text).rsplit_once('.').is_some_and(|(_, label)| is_top_label(label))
        }
        Some(Piece::Escape(_) | Piece::Gap(_)) => true,
        None => false,
    };
    fits.then_some(pattern).ok_or(Malformed)
}

fn is_top_label(label: &str) -> bool {
    !label.is_empty()
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.bytes().all(|byte| byte.is_ascii_digit())
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn gap(text: &str) -> Result<Gap, Malformed> {
    let mut characters = text.chars();
    let letter = characters.next().ok_or(Malformed)?;
    let rest = characters.as_str();
    let digits = rest.len() - rest.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let kept = if digits == 0 { 0 } else { rest[..digits].parse().map_err(|_| Malformed)? };
    let rest = &rest[digits..];
    let (reversed, rest) = rest.strip_prefix(['r', 'R']).map_or((false, rest), |rest| (true, rest));
    let known = "slodiphv".contains(letter.to_ascii_lowercase());
    if !known || (digits > 0 && kept == 0) || !rest.chars().all(|character| ".-+,/_=".contains(character)) {
        return Err(Malformed);
    }
    let delimiters = if rest.is_empty() { "." } else { rest }.to_owned();
    let escaped = letter.is_ascii_uppercase();
    Ok(Gap { letter: letter.to_ascii_lowercase(), escaped, kept, reversed, delimiters })
}

impl Pattern {
    /// Whether the client's own name is asked for: it has to be looked up.
    pub(super) fn needs_confirmed(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Gap(gap) if gap.letter == 'p'))
    }

    /// The name with its gaps filled, cut from the left when it is too long.
    pub(super) fn fill(&self, values: &Values<'_>) -> String {
        let mut name = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => name.push_str(text),
                Piece::Escape(text) => name.push_str(text),
                Piece::Gap(gap) => name.push_str(&gap.fill(values)),
            }
        }
        let mut rest = name.trim_end_matches('.');
        while rest.len() > NAME_LETTERS {
            let Some((_, shorter)) = rest.split_once('.') else { break };
            rest = shorter;
        }
        rest.to_owned()
    }
}

impl Gap {
    fn fill(&self, values: &Values<'_>) -> String {
        let (local, sender_domain) = values.sender.rsplit_once('@').unwrap_or(("postmaster", values.sender));
        let value = match self.letter {
            's' => values.sender.to_owned(),
            'l' => local.to_owned(),
            'o' => sender_domain.to_owned(),
            'd' => values.domain.to_owned(),
            'i' => dotted(values.client),
            'p' => values.confirmed.to_owned(),
            'h' => values.helo.to_owned(),
            _ => if values.client.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
        };
        let mut parts: Vec<&str> = value.split(|character| self.delimiters.contains(character)).collect();
        if self.reversed {
            parts.reverse();
        }
        let from = if self.kept == 0 { 0 } else { parts.len().saturating_sub(self.kept) };
        let text = parts[from..].join(".");
        if self.escaped { url_escaped(&text) } else { text }
    }
}

/// An address in parts between dots: numbers, or the half bytes of the longer kind.
pub(super) fn dotted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let halves = address.octets().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
            halves.map(|half| format!("{half:x}")).collect::<Vec<_>>().join(".")
        }
    }
}

fn url_escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // A String takes whatever is written to it.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_as_the_standard_shows() {
        let values = Values {
            sender: "strong-bad@email.example.com",
            domain: "email.example.com",
            client: "192.0.2.3".parse().expect("an address"),
            helo: "mx.example.org",
            confirmed: "unknown",
        };
        let filled = |text: &str| parse_text(text).map(|pattern| pattern.fill(&values));
        for (text, wanted) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{d2}", "example.com"),
            ("%{dr}", "com.example.email"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{S}%%%_%-", "strong-bad%40email.example.com% %20"),
        ] {
            assert_eq!(filled(text), Ok(wanted.to_owned()), "{text}");
        }
    }
}
