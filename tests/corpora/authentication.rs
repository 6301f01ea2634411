//! Whether a server may send for a domain, and whether a chain of signatures holds: the suites
//! of RFC 7208 and of ARC, with a name server of this machine that serves their names.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use mail_auth::hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};
use penstock::config::Intake;
use penstock::intake::verify::Verifier;
use yaml_rust2::{Yaml, YamlLoader};

use crate::corpus::Corpora;
use crate::dns::{Dns, Record, Zone};
use crate::score::{Row, share};

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { vec![spf(corpora).await, chains(corpora).await] })
}

fn documents(corpora: &Corpora, name: &str) -> Vec<Yaml> {
    let path = corpora.path("authentication").join(name);
    YamlLoader::load_from_str(&with_unique_names(&std::fs::read_to_string(path).unwrap())).unwrap()
}

/// The text with a number behind the name of a case that another one has too.
fn with_unique_names(text: &str) -> String {
    let mut seen = HashSet::new();
    let mut unique = String::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("---") {
            seen.clear();
        }
        let name = line.strip_prefix("  ").and_then(|line| line.trim_end().strip_suffix(':'));
        match name.filter(|name| !name.contains(' ')) {
            Some(name) if !seen.insert(name) => writeln!(unique, "  {name}-{number}:").unwrap(),
            _ => writeln!(unique, "{line}").unwrap(),
        }
    }
    unique
}

fn authenticator(dns: &Dns) -> MessageAuthenticator {
    let mut server = NameServerConfig::udp_and_tcp(dns.address.ip());
    for connection in &mut server.connections {
        connection.port = dns.address.port();
    }
    MessageAuthenticator::new(ResolverConfig::from_name_servers(vec![server]), ResolverOpts::default()).unwrap()
}

async fn spf(corpora: &Corpora) -> Row {
    let (mut right, mut all) = (0, 0);
    for document in documents(corpora, "rfc7208-tests.yml") {
        let dns = Dns::start(zone(&document["zonedata"]));
        let verifier = Verifier::new(&Intake {
            authserv_id: Some("mx.city.example".to_owned()),
            trusted_hosts: Vec::new(),
            dns: Some(dns.address),
            dns_timeout: Duration::from_secs(10),
        })
        .unwrap();
        for (name, case) in document["tests"].as_hash().unwrap() {
            let text = |key: &str| case[key].as_str().unwrap_or_default();
            let client: IpAddr = text("host").parse().unwrap();
            let found = verifier.spf(client, text("helo"), text("mailfrom")).await.as_str();
            let wanted = words(&case["result"]);
            all += 1;
            right += usize::from(wanted.contains(&found));
            if !wanted.contains(&found) {
                corpora.miss(&format!("spf {}", name.as_str().unwrap()), &wanted.join(" or "), found);
            }
        }
    }
    let peer = Some(("pyspf", 1.0));
    Row { set: "rfc7208", measure: "SPF result", cases: all, score: share(right, all), peer, floor: 1.0 }
}

async fn chains(corpora: &Corpora) -> Row {
    let (mut right, mut all) = (0, 0);
    for document in documents(corpora, "arc-draft-validation-tests.yml") {
        let texts = document["txt-records"].as_hash().unwrap();
        let zone = texts.iter().map(|(name, text)| {
            (name.as_str().unwrap().to_lowercase(), vec![Record::Text(pieces(text.as_str().unwrap()))])
        });
        let authenticator = authenticator(&Dns::start(zone.collect()));
        for (name, case) in document["tests"].as_hash().unwrap() {
            let message = case["message"].as_str().unwrap_or_default().replace('\n', "\r\n");
            let wanted = case["cv"].as_str().unwrap_or_default().to_lowercase();
            // Some say nothing of what should come out.
            if wanted.trim().is_empty() {
                continue;
            }
            let found = match AuthenticatedMessage::parse(message.as_bytes()) {
                Some(message) => chain_word(authenticator.verify_arc(&message).await.result()),
                None => "none",
            };
            all += 1;
            right += usize::from(wanted == found);
            if wanted != found {
                corpora.miss(&format!("arc {}", name.as_str().unwrap()), &wanted, found);
            }
        }
    }
    let peer = Some(("dkimpy", 168.0 / 171.0));
    Row { set: "arc-draft", measure: "state of the chain", cases: all, score: share(right, all), peer, floor: 0.92 }
}

/// The names of a document. A record of the old SPF type stands for a text too, unless the name
/// says what its texts are.
fn zone(data: &Yaml) -> Zone {
    let mut zone = Zone::new();
    for (name, records) in data.as_hash().unwrap() {
        let records: Vec<(&str, &Yaml)> = records
            .as_vec()
            .unwrap()
            .iter()
            .map(|record| match record.as_hash().and_then(|record| record.iter().next()) {
                Some((kind, value)) => (kind.as_str().unwrap(), value),
                None => (record.as_str().unwrap(), &Yaml::Null),
            })
            .collect();
        let own_texts = records.iter().any(|(kind, _)| *kind == "TXT");
        let found = records.iter().filter_map(|(kind, value)| record(kind, value, own_texts)).collect();
        zone.insert(name.as_str().unwrap().trim_end_matches('.').to_lowercase(), found);
    }
    zone
}

fn record(kind: &str, value: &Yaml, own_texts: bool) -> Option<Record> {
    match kind {
        "A" | "AAAA" => Some(Record::Address(value.as_str()?.parse().ok()?)),
        "MX" => Some(Record::Mail(u16::try_from(value[0].as_i64()?).ok()?, value[1].as_str()?.to_owned())),
        "PTR" => Some(Record::Pointer(value.as_str()?.to_owned())),
        "CNAME" => Some(Record::Alias(value.as_str()?.trim_end_matches('.').to_lowercase())),
        "TIMEOUT" => Some(Record::Failure),
        "SPF" if own_texts => None,
        "SPF" | "TXT" => match value {
            // A text has one piece at least, and that may be empty.
            Yaml::Array(parts) if parts.is_empty() => Some(Record::Text(vec![Vec::new()])),
            Yaml::Array(parts) => {
                Some(Record::Text(parts.iter().filter_map(Yaml::as_str).map(|part| pieces(part).concat()).collect()))
            }
            text => (text.as_str()? != "NONE").then(|| Record::Text(pieces(text.as_str().unwrap()))),
        },
        other => panic!("a record of kind {other}"),
    }
}

/// A text in bytes, one for a character, in pieces as long as DNS takes.
fn pieces(text: &str) -> Vec<Vec<u8>> {
    let bytes: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect();
    bytes.chunks(255).map(<[u8]>::to_vec).collect()
}

fn words(value: &Yaml) -> Vec<&str> {
    value
        .as_vec()
        .map_or_else(|| value.as_str().into_iter().collect(), |list| list.iter().filter_map(Yaml::as_str).collect())
}

const fn chain_word(result: &DkimResult) -> &'static str {
    match result {
        DkimResult::Pass => "pass",
        DkimResult::None => "none",
        DkimResult::Neutral(_) | DkimResult::Fail(_) | DkimResult::PermError(_) | DkimResult::TempError(_) => "fail",
    }
}
