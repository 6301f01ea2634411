//! Senders verified here: real names from a small name server, a real key, a signature made
//! with openssl, and what readers believe of it afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use penstock::accounts::{Assurance, MatchResult};
use penstock::app::start;
use penstock::clock::{Clock, local_date};
use penstock::config::{Border, Intake, Settings};
use penstock::demo::accounts::{sample_account, write_extract};
use penstock::intake::verify::Verifier;
use penstock::intake::{Desk, Request, folder};
use penstock::pipeline::import::import;
use penstock::reading::{Reading, authentication, content_digest};
use penstock::store::{CaseFilter, LetterRow};
use tokio_util::sync::CancellationToken;

use crate::harness::database::{Database, Kind};
use crate::harness::dns::{Dns, Record, Zone, text};
use crate::harness::dovecot::Dovecot;
use crate::harness::process;
use crate::harness::system::System;

const ID: &str = "penstock.city.example";
const CUSTOMER: &str = "192.0.2.7";

fn verifier(dns: SocketAddr, timeout: Duration) -> Verifier {
    let settings = Intake {
        authserv_id: Some(ID.to_owned()),
        trusted_hosts: vec!["mx.city.example".to_owned()],
        dns: Some(dns),
        dns_timeout: timeout,
    };
    Verifier::new(&settings).unwrap()
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

fn base64(bytes: &[u8]) -> String {
    String::from_utf8(openssl(&["base64", "-A"], bytes)).unwrap()
}

/// A customer's domain with a key to sign with.
struct Customer {
    folder: tempfile::TempDir,
    public_key: String,
}

impl Customer {
    fn new() -> Self {
        let folder = process::folder("senders");
        let key = folder.path().join("key.pem");
        openssl(&["genrsa", "-out", key.to_str().unwrap(), "2048"], b"");
        let public = openssl(&["rsa", "-in", key.to_str().unwrap(), "-pubout", "-outform", "DER"], b"");
        Self { public_key: base64(&public), folder }
    }

    /// What the domain publishes.
    fn zone(&self) -> Zone {
        Zone::from([
            ("customer.example".to_owned(), vec![text("v=spf1 ip4:192.0.2.7 -all")]),
            ("_dmarc.customer.example".to_owned(), vec![text("v=DMARC1; p=reject")]),
            (
                "s1._domainkey.customer.example".to_owned(),
                vec![text(&format!("v=DKIM1; k=rsa; p={}", self.public_key))],
            ),
        ])
    }

    /// A letter signed with the key, byte for byte (RFC 6376, "simple").
    fn signed(&self, body: &str) -> String {
        let from = "From: Ana <ana@customer.example>\r\n";
        let hash = base64(&openssl(&["dgst", "-sha256", "-binary"], body.as_bytes()));
        let unsigned = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=customer.example; s=s1; h=From; bh={hash}; b="
        );
        let key = self.folder.path().join("key.pem");
        let signature =
            openssl(&["dgst", "-sha256", "-sign", key.to_str().unwrap()], format!("{from}{unsigned}").as_bytes());
        format!(
            "{unsigned}{}\r\n{from}Subject: My bill\r\nDate: Mon, 2 Mar 2026 10:00:00 -0500\r\n\r\n{body}",
            base64(&signature)
        )
    }
}

const UNSIGNED: &str =
    "From: Ana <ana@customer.example>\r\nSubject: My bill\r\nDate: Mon, 2 Mar 2026 10:00:00 -0500\r\n\r\nHello\r\n";

/// The letter as our server at the border hands it on.
fn arrived(client: &str, letter: &str) -> Vec<u8> {
    format!(
        "Return-Path: <ana@customer.example>\r\nReceived: from mail.customer.example (unknown [{client}])\r\n\tby mx.city.example (Postfix) with ESMTP id 1\r\n{letter}"
    )
    .into_bytes()
}

async fn checked(verifier: &Verifier, letter: Vec<u8>) -> (&'static str, &'static str, &'static str, bool) {
    let stamped = verifier.stamp(letter.clone(), None).await;
    assert!(stamped.ends_with(&letter), "the message itself stays as it came");
    assert_eq!(content_digest(&stamped), content_digest(&letter));
    let found = authentication(&stamped, Some(&Border::named(ID)));
    (found.spf.as_str(), found.dkim.as_str(), found.dmarc.as_str(), found.aligned)
}

#[tokio::test]
async fn senders_are_verified_by_what_their_domains_publish() {
    let customer = Customer::new();
    let dns = Dns::start(customer.zone());
    let verifier = verifier(dns.address, Duration::from_secs(10));
    let signed = customer.signed("Hello\r\n");
    assert_eq!(checked(&verifier, arrived(CUSTOMER, &signed)).await, ("pass", "pass", "pass", true));
    let elsewhere = arrived("198.51.100.9", &signed);
    assert_eq!(checked(&verifier, elsewhere).await, ("fail", "pass", "pass", true), "the signature alone is enough");
    let changed = signed.replace("Hello", "Hallo");
    assert_eq!(checked(&verifier, arrived("198.51.100.9", &changed)).await, ("fail", "fail", "fail", false));
    assert_eq!(checked(&verifier, arrived(CUSTOMER, UNSIGNED)).await, ("pass", "none", "pass", true));
    assert_eq!(checked(&verifier, arrived("198.51.100.9", UNSIGNED)).await, ("fail", "none", "fail", false));
    let unknown_way = format!("Received: from x ([192.0.2.7]) by evil.example with ESMTP\r\n{UNSIGNED}").into_bytes();
    assert_eq!(checked(&verifier, unknown_way).await, ("none", "none", "fail", false));
    let other_author = arrived(CUSTOMER, &UNSIGNED.replace("ana@customer.example", "ana@other.example"));
    assert_eq!(checked(&verifier, other_author).await, ("pass", "none", "none", false), "it proves another domain");
}

#[tokio::test]
async fn a_forged_result_under_our_name_is_not_believed() {
    let customer = Customer::new();
    let dns = Dns::start(customer.zone());
    let verifier = verifier(dns.address, Duration::from_secs(10));
    let forged = format!("Authentication-Results: {ID}; spf=pass smtp.mailfrom=customer.example; dmarc=pass\r\n");
    let letter = [forged.as_bytes(), &arrived("198.51.100.9", UNSIGNED)].concat();
    assert_eq!(checked(&verifier, letter.clone()).await, ("fail", "none", "fail", false));
    let unchecked = verifier.stamp_unchecked(letter);
    assert!(!authentication(&unchecked, Some(&Border::named(ID))).aligned);
    let two_authors = arrived(CUSTOMER, &format!("From: boss@city.example\r\n{UNSIGNED}"));
    assert!(!checked(&verifier, two_authors).await.3);
}

#[tokio::test]
async fn names_that_cannot_be_asked_for_are_an_error_of_that_time() {
    let customer = Customer::new();
    let mut zone = customer.zone();
    zone.insert("customer.example".to_owned(), vec![Record::Failure]);
    zone.insert("_dmarc.customer.example".to_owned(), vec![Record::Failure]);
    let dns = Dns::start(zone);
    let found = checked(&verifier(dns.address, Duration::from_secs(10)), arrived(CUSTOMER, UNSIGNED)).await;
    assert_eq!(found, ("temperror", "none", "temperror", false));
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let verifier = verifier(silent.local_addr().unwrap(), Duration::from_millis(100));
    assert_eq!(checked(&verifier, arrived(CUSTOMER, UNSIGNED)).await, ("temperror", "temperror", "temperror", false));
}

#[tokio::test]
async fn many_signatures_are_not_verified_one_by_one() {
    let dns = Dns::start(Zone::new());
    let many = format!(
        "{}{UNSIGNED}",
        "DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=From; bh=AA==; b=AA==\r\n".repeat(50)
    );
    let found = checked(&verifier(dns.address, Duration::from_secs(10)), arrived(CUSTOMER, &many)).await;
    assert_eq!(found, ("none", "permerror", "none", false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_from_a_watched_folder_is_verified_and_raises_its_assurance() {
    let database = Database::fresh(Kind::Sqlite);
    let store = database.open().await;
    let (extract, watched) = (database.folder().join("extract"), database.folder().join("in"));
    fs::create_dir_all(&extract).unwrap();
    fs::create_dir_all(&watched).unwrap();
    write_extract(&extract, 20, local_date(Clock::System.now(), &jiff::tz::TimeZone::UTC)).unwrap();
    import(&store, &Clock::System, &extract).await.unwrap();
    let address = sample_account(7).email;
    let domain = address.rsplit_once('@').unwrap().1;
    let dns = Dns::start(Zone::from([(domain.to_owned(), vec![text("v=spf1 ip4:192.0.2.7 -all")])]));
    let letter = |client: &str, word: &str| {
        String::from_utf8(arrived(client, UNSIGNED))
            .unwrap()
            .replace("ana@customer.example", &address)
            .replace("Hello", word)
    };
    fs::write(watched.join("1.eml"), letter(CUSTOMER, "My bill is too high.")).unwrap();
    fs::write(watched.join("2.eml"), letter("198.51.100.9", "Send me the bill.")).unwrap();
    let text = format!(
        "data_dir = \"{}\"\n[web]\nlisten = \"127.0.0.1:0\"\n[intake]\nauthserv_id = \"{ID}\"\ntrusted_hosts = \"mx.city.example\"\n\
         dns = \"{}\"\n[[folder]]\npath = \"{}\"\npoll_seconds = 1\nverify_senders = true\n",
        database.folder().join("data").display(),
        dns.address,
        watched.display()
    );
    let settings = Settings::read(None, &text, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems}"));
    let running = start(&settings, store.clone(), Clock::System).await.unwrap();
    let found = prepared(&store, 2).await;
    let of = |word: &str| found.iter().find(|(reading, _)| reading.body.contains(word)).unwrap();
    let (reading, result) = of("too high");
    assert!(reading.authentication.aligned, "{:?}", reading.authentication);
    assert_eq!(result.assurance, Assurance::A2, "{:?}", result.assurance_reasons);
    let (reading, result) = of("Send me");
    assert_eq!((reading.authentication.spf.as_str(), reading.authentication.aligned), ("fail", false));
    assert_eq!(result.assurance, Assurance::A1);
    running.stop().await;
}

/// A letter whose header says, under a name or none, that its sender was confirmed.
fn confirmed(number: usize, header: &str) -> String {
    format!(
        "Received: from A.prod.outlook.com (2001:db8::1) by B.prod.outlook.com with HTTPS\r\n{header}\
         Received: from mail.customer.example (192.0.2.7) by D.mail.protection.outlook.com (10.0.0.1) with ESMTP\r\n\
         From: c{number}@customer.example\r\nMessage-ID: <{number}@customer.example>\r\nSubject: Bill {number}\r\n\r\n\
         My bill number {number} is too high.\r\n"
    )
}

const UNDER_OUR_NAME: &str =
    "Authentication-Results: penstock.city.example; dmarc=pass header.from=customer.example\r\n";
const UNDER_NO_NAME: &str = "Authentication-Results: spf=pass smtp.mailfrom=customer.example;dkim=none header.d=none;\r\n \
    dmarc=pass action=none header.from=customer.example;compauth=pass reason=100\r\n";

/// The numbers of the letters whose senders are held to be confirmed.
async fn confirmed_of(system: &System, count: usize) -> Vec<String> {
    let found = prepared(&system.store, count).await;
    let aligned = found.iter().filter(|(reading, _)| reading.authentication.aligned);
    let mut numbers: Vec<String> = aligned.map(|(reading, _)| reading.subject.replace("Bill ", "")).collect();
    numbers.sort();
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_believed_only_of_sources_that_stand_behind_the_border() {
    let database = Database::fresh(Kind::Sqlite);
    let (plain, behind) = (database.folder().join("plain"), database.folder().join("behind"));
    for folder in [&plain, &behind] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(plain.join("1.eml"), confirmed(1, UNDER_OUR_NAME)).unwrap();
    fs::write(behind.join("2.eml"), confirmed(2, UNDER_OUR_NAME)).unwrap();
    let lmtp_port = process::free_port();
    let sections = format!(
        "[intake]\nauthserv_id = \"{ID}\"\n[[lmtp]]\nname = \"mx\"\nlisten = \"127.0.0.1:{lmtp_port}\"\n\
         [[folder]]\npath = \"{}\"\npoll_seconds = 1\n\
         [[folder]]\npath = \"{}\"\npoll_seconds = 1\nauthserv_id = \"{ID}\"\n",
        plain.display(),
        behind.display(),
    );
    let system = System::start(&database, &sections).await;
    for (source, number) in [("upload", 3), ("api", 4), ("ingest", 5)] {
        let letter = confirmed(number, UNDER_OUR_NAME).into_bytes();
        system.running.desk.store(source, None, letter).await.unwrap();
    }
    let session = format!(
        "LHLO mx\r\nMAIL FROM:<c6@customer.example>\r\nRCPT TO:<office@city.example>\r\nDATA\r\n{}.\r\nQUIT\r\n",
        confirmed(6, UNDER_OUR_NAME)
    );
    let said = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", lmtp_port)).unwrap();
        stream.write_all(session.as_bytes()).unwrap();
        std::io::read_to_string(stream).unwrap()
    });
    assert!(said.await.unwrap().contains("stored as letter"));
    assert_eq!(confirmed_of(&system, 6).await, ["2", "6"]);
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mailbox_has_its_own_border_and_one_may_write_no_name() {
    let database = Database::fresh(Kind::Sqlite);
    let users = [("a@city.example", "office"), ("b@city.example", "office"), ("c@city.example", "office")];
    let dovecot = Dovecot::start(&users);
    for (number, header) in [(0, UNDER_OUR_NAME), (1, UNDER_NO_NAME)] {
        for (index, (user, _)) in users.iter().enumerate() {
            dovecot.deliver(user, confirmed(2 * index + number, header).as_bytes());
        }
    }
    let more = [
        String::new(),
        format!("authserv_id = \"{ID}\"\n"),
        "authserv_id = \"outlook.com\"\nunnamed_results = true\n".to_owned(),
    ];
    let sections = users.iter().zip(&more).map(|((user, _), more)| {
        format!(
            "[[mailbox]]\nname = \"{user}\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nuser = \"{user}\"\n\
             password = \"office\"\npoll_seconds = 1\n{more}",
            dovecot.imap_port
        )
    });
    let system = System::start(&database, &sections.collect::<Vec<_>>().join("\n")).await;
    assert_eq!(confirmed_of(&system, 6).await, ["2", "5"]);
    system.running.stop().await;
}

#[tokio::test]
async fn a_scan_in_a_folder_that_is_verified_stays_a_scan() {
    let folder = process::folder("senders");
    let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n";
    fs::write(folder.path().join("1.pdf"), pdf).unwrap();
    let text = format!(
        "[intake]\nauthserv_id = \"{ID}\"\ndns = \"127.0.0.1:9\"\n[[folder]]\npath = \"{}\"\nverify_senders = true\n",
        folder.path().display(),
    );
    let mut settings = Settings::read(None, &text, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems}"));
    let (desk, mut requests) = Desk::open();
    let verifier = Verifier::new(&settings.intake).unwrap();
    let watching =
        tokio::spawn(folder::watch(settings.folders.remove(0), desk, Some(verifier), CancellationToken::new()));
    let stored = loop {
        if let Some(Request::Store { incoming, .. }) = requests.recv().await {
            break incoming.bytes;
        }
    };
    assert_eq!(stored, pdf, "nothing stands in front of it");
    watching.abort();
}

/// Waits until so many letters are prepared; gives what was read and matched.
async fn prepared(store: &penstock::store::Store, count: usize) -> Vec<(Reading, MatchResult)> {
    for _ in 0..600 {
        let mut tx = store.read().await.unwrap();
        let cases = tx.cases(&CaseFilter { limit: 10, ..CaseFilter::default() }).await.unwrap();
        let mut letters: Vec<LetterRow> = Vec::new();
        for case in cases {
            letters.extend(tx.letters_of_case(&case.id).await.unwrap());
        }
        let found: Vec<(Reading, MatchResult)> = letters
            .iter()
            .filter_map(|letter| {
                let reading = serde_json::from_str(letter.reading.as_deref()?).unwrap();
                Some((reading, serde_json::from_str(letter.account_match.as_deref()?).unwrap()))
            })
            .collect();
        if found.len() == count {
            return found;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the letters were never prepared");
}
