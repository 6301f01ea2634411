//! Whether a client may send for a domain (RFC 7208), by what the domain publishes.
//!
//! Written here since the library that verifies the rest takes malformed records for valid ones
//! and finds 148 of the 203 results of the standard's own suite.

mod macros;
mod record;

use std::net::IpAddr;

use mail_auth::hickory_resolver::TokioResolver;
use mail_auth::hickory_resolver::proto::rr::{Name, RData, RecordType};

use self::macros::{Pattern, Values, dotted};
use self::record::{Mechanism, Prefixes, Record};
use crate::reading::Verdict;

/// How many terms of all records together may ask for names.
const LOOKUPS: usize = 10;
/// How many of these may find nothing.
const VOID_LOOKUPS: usize = 2;
/// How many servers of a domain, or names of a client, are looked at.
const NAMES: usize = 10;

/// One check, with what it has used up.
pub(super) struct Check<'a> {
    resolver: &'a TokioResolver,
    client: IpAddr,
    helo: &'a str,
    sender: String,
    lookups: usize,
    voids: usize,
}

/// What ends a check before its record is used up.
enum Ended {
    Temporary,
    Permanent,
}

/// Whether the client may send for the envelope's sender, or for the name it gave when there is
/// none.
pub(super) async fn check(resolver: &TokioResolver, client: IpAddr, helo: &str, mail_from: &str) -> Verdict {
    let (local, domain) = match mail_from.rsplit_once('@') {
        Some(("", domain)) => ("postmaster", domain),
        Some(parts) => parts,
        None if mail_from.is_empty() => ("postmaster", helo),
        None => ("postmaster", mail_from),
    };
    let sender = format!("{local}@{domain}");
    let mut check = Check { resolver, client: client.to_canonical(), helo, sender, lookups: 0, voids: 0 };
    match check.of_domain(domain).await {
        Ok(verdict) => verdict,
        Err(Ended::Temporary) => Verdict::TempError,
        Err(Ended::Permanent) => Verdict::PermError,
    }
}

impl Check<'_> {
    async fn of_domain(&mut self, domain: &str) -> Result<Verdict, Ended> {
        let Some(record) = self.record(domain).await? else { return Ok(Verdict::None) };
        for (verdict, mechanism) in &record.directives {
            if self.fits(mechanism, domain).await? {
                return Ok(*verdict);
            }
        }
        let Some(redirect) = &record.redirect else { return Ok(Verdict::Neutral) };
        self.count_lookup()?;
        let other = self.fill(redirect, domain).await;
        match Box::pin(self.of_domain(&other)).await? {
            Verdict::None => Err(Ended::Permanent),
            verdict => Ok(verdict),
        }
    }

    /// The one record of a domain; two are a mistake.
    async fn record(&self, domain: &str) -> Result<Option<Record>, Ended> {
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        if !domain.contains('.') || domain.starts_with('[') {
            return Ok(None);
        }
        let Some(name) = name(domain) else { return Ok(None) };
        let mut records = self.texts(name).await?;
        records.retain(|text| record::is_record(text));
        match records.as_slice() {
            [] => Ok(None),
            [text] => record::parse(text).map(Some).map_err(|_| Ended::Permanent),
            [_, _, ..] => Err(Ended::Permanent),
        }
    }

    async fn fits(&mut self, mechanism: &Mechanism, domain: &str) -> Result<bool, Ended> {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Four(network, bits) => Ok(agrees(self.client, IpAddr::V4(*network), *bits)),
            Mechanism::Six(network, bits) => Ok(agrees(self.client, IpAddr::V6(*network), *bits)),
            Mechanism::Include(pattern) => {
                self.count_lookup()?;
                let other = self.fill(pattern, domain).await;
                match Box::pin(self.of_domain(&other)).await? {
                    Verdict::Pass => Ok(true),
                    Verdict::Fail | Verdict::SoftFail | Verdict::Neutral => Ok(false),
                    Verdict::TempError => Err(Ended::Temporary),
                    Verdict::PermError | Verdict::None => Err(Ended::Permanent),
                }
            }
            Mechanism::Exists(pattern) => {
                self.count_lookup()?;
                let target = self.fill(pattern, domain).await;
                let found = self.ask(&target, RecordType::A).await?;
                self.count_void(&found)?;
                Ok(!found.is_empty())
            }
            Mechanism::Address(pattern, prefixes) => {
                let target = self.target(pattern.as_ref(), domain).await?;
                let found = self.ask(&target, self.address_type()).await?;
                self.count_void(&found)?;
                Ok(self.is_among(&found, *prefixes))
            }
            Mechanism::Mail(pattern, prefixes) => {
                let target = self.target(pattern.as_ref(), domain).await?;
                self.is_mail_server(&target, *prefixes).await
            }
            Mechanism::Pointer(pattern) => {
                let target = self.target(pattern.as_ref(), domain).await?;
                let names = self.confirmed_names(true).await?;
                Ok(names.iter().any(|name| is_within(name, &target)))
            }
        }
    }

    /// The domain that a term speaks of, which costs a look-up.
    async fn target(&mut self, pattern: Option<&Pattern>, domain: &str) -> Result<String, Ended> {
        self.count_lookup()?;
        match pattern {
            Some(pattern) => Ok(self.fill(pattern, domain).await),
            None => Ok(domain.to_owned()),
        }
    }

    async fn is_mail_server(&mut self, domain: &str, prefixes: Prefixes) -> Result<bool, Ended> {
        let mut servers = self.ask(domain, RecordType::MX).await?;
        self.count_void(&servers)?;
        if servers.len() > NAMES {
            return Err(Ended::Permanent);
        }
        servers.sort_by_key(|server| if let RData::MX(server) = server { server.preference } else { 0 });
        for server in servers {
            let RData::MX(server) = server else { continue };
            let found = self.ask_name(server.exchange, self.address_type()).await?;
            if self.is_among(&found, prefixes) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The client's names that lead back to its address. What cannot be asked for is no name.
    async fn confirmed_names(&mut self, counted: bool) -> Result<Vec<String>, Ended> {
        let parts = dotted(self.client);
        let reversed = parts.rsplit('.').collect::<Vec<_>>().join(".");
        let zone = if self.client.is_ipv4() { "in-addr.arpa" } else { "ip6.arpa" };
        let found = self.ask(&format!("{reversed}.{zone}"), RecordType::PTR).await.unwrap_or_default();
        if counted {
            self.count_void(&found)?;
        }
        let mut names = Vec::new();
        for pointer in found.into_iter().take(NAMES) {
            let RData::PTR(pointer) = pointer else { continue };
            let pointer = pointer.0;
            let addresses = self.ask_name(pointer.clone(), self.address_type()).await.unwrap_or_default();
            if self.is_among(&addresses, Prefixes { four: 32, six: 128 }) {
                names.push(pointer.to_string().trim_end_matches('.').to_lowercase());
            }
        }
        Ok(names)
    }

    async fn fill(&mut self, pattern: &Pattern, domain: &str) -> String {
        let mut confirmed = "unknown".to_owned();
        if pattern.needs_confirmed() {
            let names = self.confirmed_names(false).await.unwrap_or_default();
            let own = names.iter().find(|name| name.eq_ignore_ascii_case(domain));
            let below = || names.iter().find(|name| is_within(name, domain));
            if let Some(name) = own.or_else(below).or_else(|| names.first()) {
                confirmed.clone_from(name);
            }
        }
        let values =
            Values { sender: &self.sender, domain, client: self.client, helo: self.helo, confirmed: &confirmed };
        pattern.fill(&values)
    }

    const fn address_type(&self) -> RecordType {
        if self.client.is_ipv4() { RecordType::A } else { RecordType::AAAA }
    }

    fn is_among(&self, found: &[RData], prefixes: Prefixes) -> bool {
        found.iter().any(|data| match data {
            RData::A(address) => agrees(self.client, IpAddr::V4(address.0), prefixes.four),
            RData::AAAA(address) => agrees(self.client, IpAddr::V6(address.0), prefixes.six),
            _ => false,
        })
    }

    const fn count_lookup(&mut self) -> Result<(), Ended> {
        self.lookups += 1;
        if self.lookups > LOOKUPS { Err(Ended::Permanent) } else { Ok(()) }
    }

    const fn count_void(&mut self, found: &[RData]) -> Result<(), Ended> {
        self.voids += if found.is_empty() { 1 } else { 0 };
        if self.voids > VOID_LOOKUPS { Err(Ended::Permanent) } else { Ok(()) }
    }

    async fn texts(&self, name: Name) -> Result<Vec<Vec<u8>>, Ended> {
        let found = self.ask_name(name, RecordType::TXT).await?;
        let joined = found.iter().filter_map(|data| match data {
            RData::TXT(text) => Some(text.txt_data.concat()),
            _ => None,
        });
        Ok(joined.collect())
    }

    /// What a name has of one type; a name that cannot be one has nothing.
    async fn ask(&self, domain: &str, kind: RecordType) -> Result<Vec<RData>, Ended> {
        match name(domain.strip_suffix('.').unwrap_or(domain)) {
            Some(name) => self.ask_name(name, kind).await,
            None => Ok(Vec::new()),
        }
    }

    async fn ask_name(&self, name: Name, kind: RecordType) -> Result<Vec<RData>, Ended> {
        match self.resolver.lookup(name, kind).await {
            Ok(found) => {
                let data = found.answers().iter().map(|record| record.data.clone());
                Ok(data.filter(|data| data.record_type() == kind).collect())
            }
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(_) => Err(Ended::Temporary),
        }
    }
}

/// A name as DNS takes it: labels of 1 to 63 bytes, whatever these are.
fn name(domain: &str) -> Option<Name> {
    let labels = || domain.split('.').map(str::as_bytes);
    if !labels().all(|label| (1..=63).contains(&label.len())) {
        return None;
    }
    let mut name = Name::from_labels(labels()).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn is_within(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_lowercase(), domain.trim_end_matches('.').to_lowercase());
    name.strip_suffix(&domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether two addresses of one kind have the same first bits.
fn agrees(client: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (client, network) {
        (IpAddr::V4(client), IpAddr::V4(network)) => {
            let differing = client.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= u32::from(bits)
        }
        (IpAddr::V6(client), IpAddr::V6(network)) => {
            let differing = client.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= u32::from(bits)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}
