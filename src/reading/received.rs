//! What a `Received` header says: which server wrote it, and who spoke to that server.
//!
//! Anybody can write such a header; only those of servers that are known may be believed.

use std::net::IpAddr;

use super::authentication::domain::is_same_host;
use super::authentication::{Scanner, Word};
use super::headers::headers;

/// How a message came to a server that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The address of whoever handed it in.
    pub client: IpAddr,
    /// The name they gave.
    pub helo: String,
    /// The envelope's sender, where it was recorded above; empty for reports.
    pub mail_from: String,
}

/// How the message came to the outermost of the trusted hosts, by the header that it wrote.
///
/// From the top: below the first header of a trusted host only further trusted ones count, and
/// only when the one above took the message from an address inside.
#[must_use]
pub fn arrival(raw: &[u8], trusted_hosts: &[String]) -> Option<Arrival> {
    let mut found: Option<Arrival> = None;
    let mut mail_from = None;
    for (name, value) in headers(raw) {
        let value = String::from_utf8_lossy(&value);
        if name.eq_ignore_ascii_case(b"return-path") && mail_from.is_none() && found.is_none() {
            mail_from = Some(value.trim().trim_matches(['<', '>']).to_owned());
        }
        if !name.eq_ignore_ascii_case(b"received") {
            continue;
        }
        let trusted = writer(&value).is_some_and(|by| trusted_hosts.iter().any(|host| is_same_host(host, &by)));
        match (trusted, client(&value)) {
            (true, Some((client, helo))) => {
                found = Some(Arrival { client, helo, mail_from: String::new() });
                if !is_inside(client) {
                    break;
                }
            }
            (false, _) if found.is_some() => break,
            // A hop within the machine, or a server inside: the one from outside is below.
            (true, None) | (false, _) => {}
        }
    }
    found.map(|arrival| Arrival { mail_from: mail_from.unwrap_or_default(), ..arrival })
}

fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// The server that wrote the header: the word behind `by`.
pub(super) fn writer(value: &str) -> Option<String> {
    let mut scanner = Scanner::new(value);
    loop {
        scanner.skip_separators();
        let word = scanner.word(Word::Value);
        if word.is_empty() {
            return None;
        }
        if word.eq_ignore_ascii_case("by") {
            return Some(scanner.word(Word::Value)).filter(|by| !by.is_empty());
        }
        // The name behind `from` is the client's choice, and could be "by".
        if word.eq_ignore_ascii_case("from") {
            scanner.word(Word::Value);
        }
    }
}

/// The client's address and the name it gave, in the forms that mail servers write.
fn client(value: &str) -> Option<(IpAddr, String)> {
    let from = value.trim_start();
    let from = from.get(..4).filter(|word| word.eq_ignore_ascii_case("from")).map(|_| &from[4..])?;
    let clause = &from[..end_of_clause(from)];
    let words: Vec<&str> = clause
        .split(|character: char| character.is_whitespace() || "()[]".contains(character))
        .filter(|word| !word.is_empty())
        .collect();
    // The name comes first and is the client's own word; the address is the server's, and the
    // last one, since a client may call itself by an address.
    let address = words.iter().rev().find_map(|word| address(word))?;
    let named = words.windows(2).find(|pair| matches!(pair[0].to_ascii_lowercase().as_str(), "helo" | "ehlo"));
    let given = words.iter().find_map(|word| word.strip_prefix("helo=").or_else(|| word.strip_prefix("HELO=")));
    let helo = given.or_else(|| named.map(|pair| pair[1])).unwrap_or(words.first()?);
    Some((address, helo.to_owned()))
}

fn address(word: &str) -> Option<IpAddr> {
    let word = word.strip_prefix("IPv6:").unwrap_or(word);
    word.trim_end_matches([',', ';']).parse().ok()
}

/// Where the clause about the client ends: at the word `by` outside of comments.
fn end_of_clause(text: &str) -> usize {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'b' | b'B' if depth == 0 && at > 0 && bytes[at - 1].is_ascii_whitespace() => {
                let word = bytes.get(at..at + 3).unwrap_or_default();
                // The first word is the client's name, even when it is "by".
                if word.len() == 3
                    && word[1].eq_ignore_ascii_case(&b'y')
                    && word[2].is_ascii_whitespace()
                    && !text[..at].trim().is_empty()
                {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted() -> Vec<String> {
        vec!["mx.city.example".to_owned()]
    }

    fn from(header: &str) -> Option<(String, String)> {
        let raw = format!("Return-Path: <ana@customer.example>\nReceived: {header}\nSubject: x\n\n");
        arrival(raw.as_bytes(), &trusted()).map(|arrival| (arrival.client.to_string(), arrival.helo))
    }

    #[test]
    fn the_client_is_found_in_the_forms_that_servers_write() {
        let forms = [
            "from mail.customer.example (host7.isp.example [192.0.2.7])\n\tby mx.city.example (Postfix) with ESMTPS id 4X; Mon, 2 Mar 2026 10:00:00 -0500",
            "from host7.isp.example ([192.0.2.7] helo=mail.customer.example)\n by mx.city.example with esmtp (Exim 4.97)",
            "from unknown (HELO mail.customer.example) (192.0.2.7)\n by MX.City.example with SMTP",
            "from mail.customer.example (192.0.2.7) by mx.city.example (10.0.0.1) with Microsoft SMTP Server",
        ];
        for form in forms {
            assert_eq!(from(form), Some(("192.0.2.7".to_owned(), "mail.customer.example".to_owned())), "{form}");
        }
        let six = from("from mail.customer.example (unknown [IPv6:2001:db8::7]) by mx.city.example with ESMTP");
        assert_eq!(six, Some(("2001:db8::7".to_owned(), "mail.customer.example".to_owned())));
    }

    #[test]
    fn a_client_cannot_talk_its_way_in() {
        assert_eq!(from("from by (evil [192.0.2.66]) by other.example with SMTP"), None);
        let own_name = from("from [198.51.100.1] (evil.example [192.0.2.66]) by mx.city.example with SMTP");
        assert_eq!(own_name.map(|(client, _)| client), Some("192.0.2.66".to_owned()));
    }

    #[test]
    fn only_the_header_of_the_outermost_trusted_host_counts() {
        let raw = b"Return-Path: <ana@customer.example>\n\
            Received: from localhost (localhost [127.0.0.1]) by mx.city.example with LMTP\n\
            Received: from a.example (a.example [192.0.2.7]) by mx.city.example with ESMTP\n\
            Received: from b.example (b.example [198.51.100.9]) by mx.city.example with ESMTP\n\
            Return-Path: <forged@city.example>\n\n";
        let found = arrival(raw, &trusted()).expect("it came by a trusted host");
        assert_eq!(
            (found.client.to_string().as_str(), found.mail_from.as_str()),
            ("192.0.2.7", "ana@customer.example")
        );
    }
}
