//! A small real name server on this machine: it answers from a table, by UDP and TCP.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, RwLock};

/// What one name has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// An address, of either kind.
    Address(IpAddr),
    /// Where mail goes.
    Mail(u16, String),
    /// A text, in the pieces that it is sent in.
    Text(Vec<Vec<u8>>),
    /// The name of an address.
    Pointer(String),
    /// Another name for this one.
    Alias(String),
    /// The server fails for this name.
    Failure,
}

/// Names, in lower case and without the last dot, and what they have.
pub(crate) type Zone = HashMap<String, Vec<Record>>;

/// A running name server; it ends with the process.
pub(crate) struct Dns {
    /// Where it answers.
    pub(crate) address: SocketAddr,
    zone: Arc<RwLock<Zone>>,
}

/// The largest answer by UDP; a larger one is asked for again by TCP.
const UDP_BYTES: usize = 1232;
const TYPES: [(u16, &str); 6] = [(1, "A"), (5, "CNAME"), (12, "PTR"), (15, "MX"), (16, "TXT"), (28, "AAAA")];

impl Dns {
    pub(crate) fn start(zone: Zone) -> Self {
        let zone = Arc::new(RwLock::new(zone));
        let (udp, tcp) = sockets();
        let address = udp.local_addr().unwrap();
        let table = Arc::clone(&zone);
        std::thread::spawn(move || {
            let mut question = [0_u8; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut question) {
                if let Some(answer) = answer(&question[..length], &table.read().unwrap(), UDP_BYTES) {
                    let _ = udp.send_to(&answer, from);
                }
            }
        });
        let table = Arc::clone(&zone);
        std::thread::spawn(move || {
            for stream in tcp.incoming() {
                let table = Arc::clone(&table);
                std::thread::spawn(move || {
                    let mut stream = stream?;
                    let mut length = [0_u8; 2];
                    while stream.read_exact(&mut length).is_ok() {
                        let mut question = vec![0_u8; usize::from(u16::from_be_bytes(length))];
                        stream.read_exact(&mut question)?;
                        let Some(answer) = answer(&question, &table.read().unwrap(), usize::from(u16::MAX)) else {
                            break;
                        };
                        stream.write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes())?;
                        stream.write_all(&answer)?;
                    }
                    std::io::Result::Ok(())
                });
            }
        });
        Self { address, zone }
    }

    /// Serves other names from now on.
    pub(crate) fn serve(&self, zone: Zone) {
        *self.zone.write().unwrap() = zone;
    }
}

/// Both kinds of socket at one free port.
fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

/// A text record of one or more pieces.
pub(crate) fn text(text: &str) -> Record {
    Record::Text(text.as_bytes().chunks(255).map(<[u8]>::to_vec).collect())
}

/// The answer to a question; none to what is no question.
fn answer(question: &[u8], zone: &Zone, limit: usize) -> Option<Vec<u8>> {
    let (name, after) = name_at(question, 12)?;
    let kind = u16::from_be_bytes(question.get(after..after + 2)?.try_into().ok()?);
    let section = question.get(12..after + 4)?;
    let known = zone.get(&name);
    let mut chain = vec![name.clone()];
    let mut answers = Vec::new();
    let mut records = known;
    // An alias is followed here, as a name server for other people does.
    while let Some(found) = records {
        for record in found {
            let wanted = kind_of(record) == kind || matches!(record, Record::Alias(_));
            if wanted && *record != Record::Failure {
                answers.push((chain.last()?.clone(), record));
            }
        }
        let Some(Record::Alias(target)) = found.iter().find(|record| matches!(record, Record::Alias(_))) else { break };
        if chain.contains(target) {
            break;
        }
        chain.push(target.to_lowercase());
        records = zone.get(chain.last()?);
    }
    let below = format!(".{name}");
    let exists = known.is_some() || zone.keys().any(|other| other.ends_with(&below));
    let failed = known.is_some_and(|records| records.contains(&Record::Failure)) && answers.is_empty();
    let code = if failed {
        2
    } else if exists {
        0
    } else {
        3
    };
    let mut body = Vec::new();
    for (owner, record) in &answers {
        put_record(&mut body, owner, record);
    }
    let cut = 12 + section.len() + body.len() > limit;
    let mut message = question[..2].to_vec();
    // An answer, with recursion; cut short when it does not fit.
    message.extend([0x81 | u8::from(cut) << 1, 0x80 | code, 0, 1]);
    message.extend(u16::try_from(if cut { 0 } else { answers.len() }).unwrap().to_be_bytes());
    message.extend([0; 4]);
    message.extend(section);
    if !cut {
        message.extend(body);
    }
    Some(message)
}

fn kind_of(record: &Record) -> u16 {
    let word = match record {
        Record::Address(IpAddr::V4(_)) => "A",
        Record::Address(IpAddr::V6(_)) => "AAAA",
        Record::Mail(..) => "MX",
        Record::Text(_) => "TXT",
        Record::Pointer(_) => "PTR",
        Record::Alias(_) => "CNAME",
        Record::Failure => return 0,
    };
    TYPES.iter().find(|(_, name)| *name == word).map_or(0, |(number, _)| *number)
}

fn name_at(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*message.get(at)?);
        if length == 0 {
            return Some((labels.join("."), at + 1));
        }
        labels.push(String::from_utf8_lossy(message.get(at + 1..at + 1 + length)?).to_lowercase());
        at += 1 + length;
    }
}

fn put_record(body: &mut Vec<u8>, owner: &str, record: &Record) {
    put_name(body, owner);
    body.extend(kind_of(record).to_be_bytes());
    // The class, and how long it may be kept.
    body.extend([0, 1, 0, 0, 0, 60]);
    let mut data = Vec::new();
    match record {
        Record::Address(IpAddr::V4(address)) => data.extend(address.octets()),
        Record::Address(IpAddr::V6(address)) => data.extend(address.octets()),
        Record::Mail(preference, host) => {
            data.extend(preference.to_be_bytes());
            put_name(&mut data, host);
        }
        Record::Text(pieces) => {
            for piece in pieces {
                data.push(u8::try_from(piece.len()).unwrap());
                data.extend(piece);
            }
        }
        Record::Pointer(name) | Record::Alias(name) => put_name(&mut data, name),
        Record::Failure => {}
    }
    body.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    body.extend(data);
}

fn put_name(body: &mut Vec<u8>, name: &str) {
    for label in name.trim_end_matches('.').split('.').filter(|label| !label.is_empty()) {
        // A label that is too long for DNS never gets here from a real question.
        let label = &label.as_bytes()[..label.len().min(63)];
        body.push(u8::try_from(label.len()).unwrap());
        body.extend(label);
    }
    body.push(0);
}
