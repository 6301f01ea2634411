//! A real mail server hands letters in by LMTP; meanwhile the program is killed, the mail server
//! started again and their connections cut, again and again, and each letter is there once.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use lettre::transport::smtp::SmtpTransport;
use lettre::{Message, Transport as _};

use penstock::store::Store;

use super::chance::{letters, moment, rounds, seed};
use super::crash::{kill_after, program, start};
use crate::harness::cutting_proxy::CuttingProxy;
use crate::harness::database::{Database, on_both_databases};
use crate::harness::postfix::Postfix;
use crate::harness::process::{Server, free_port, wait_for};

on_both_databases!(a_letter_handed_in_twice_is_one_case, letters_outlive_kills_restarts_and_cut_connections);

pub(super) const OFFICE: &str = "inquiries@water.example";
const LETTERS: usize = 1_000;
const WAIT: Duration = Duration::from_secs(30);

fn config(database: &Database, listen: &str, web_port: u16) -> PathBuf {
    let path = database.folder().join("penstock.toml");
    let text = format!(
        "data_dir = \"{}\"\nlog_filter = \"warn\"\n[database]\nurl = \"{}\"\n[web]\nlisten = \"127.0.0.1:{web_port}\"\n\
         [pipeline]\nlease_seconds = 5\n[[lmtp]]\nname = \"mx\"\nlisten = \"{listen}\"\nsocket_mode = \"0666\"\nrecipients = [\"{OFFICE}\"]\n",
        database.folder().join("data").display(),
        database.url,
    );
    fs::write(&path, text).unwrap();
    path
}

fn serve(database: &Database, config: &Path) -> Server {
    Server::start("penstock", database.folder(), "TERM", program(config).arg("serve"))
}

/// Everything that is said in a session which sends all of `input` at once.
fn session(port: u16, input: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(WAIT)).unwrap();
    stream.write_all(input.as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

async fn a_letter_handed_in_twice_is_one_case(database: &Database) {
    let (lmtp_port, web_port) = (free_port(), free_port());
    let config = config(database, &format!("127.0.0.1:{lmtp_port}"), web_port);
    let server = serve(database, &config);
    server.wait_until_ready(WAIT, || TcpStream::connect(("127.0.0.1", lmtp_port)).is_ok());
    // Without Message-ID and Date only its bytes tell that it is the same.
    let mail = format!(
        "LHLO mx\r\nMAIL FROM:<ana@customer.example>\r\nRCPT TO:<{OFFICE}>\r\nDATA\r\nFrom: ana@customer.example\r\n\
         Subject: My bill\r\n\r\nMy bill was charged twice.\r\n.\r\nQUIT\r\n"
    );
    let (first, again) = (session(lmtp_port, &mail), session(lmtp_port, &mail));
    assert!(first.contains("250 2.0.0 stored as letter"), "{first}");
    assert!(again.contains("250 2.0.0 stored before as letter"), "{again}");

    let store = database.open().await;
    let mut cases = Vec::new();
    let end = Instant::now() + WAIT;
    while cases.is_empty() && Instant::now() < end {
        cases = store.read().await.unwrap().cases_by_state().await.unwrap();
    }
    assert_eq!(cases, [("open".to_owned(), 1)]);
    drop(store);
    assert_eq!(server.stop(), Some(0), "it stops cleanly when asked");
    assert!(start(&config, &["journal", "verify"]).wait().unwrap().success());
}

pub(super) fn hand_in(postfix: &Postfix, numbers: std::ops::Range<usize>) {
    let transport = SmtpTransport::builder_dangerous("127.0.0.1").port(postfix.smtp_port).build();
    for number in numbers {
        let message = Message::builder()
            .from(format!("c{number}@customer.example").parse().unwrap())
            .to(OFFICE.parse().unwrap())
            .subject(format!("Bill {number}"))
            .message_id(Some(format!("<{number}@customer.example>")))
            .body(format!("My bill number {number} was charged twice.\r\n"))
            .unwrap();
        transport.send(&message).unwrap();
    }
}

fn taken(postfix: &Postfix) -> usize {
    postfix.log().matches("status=sent").count()
}

/// Waits until every letter is here and prepared. Postfix's log is not counted on: under load a line
/// of it may be lost, a letter may not.
async fn wait_for_all(store: &Store, postfix: &Postfix, server: &Server, letters: usize) {
    let end = Instant::now() + Duration::from_mins(4) + Duration::from_millis(50) * u32::try_from(letters).unwrap();
    loop {
        let stages = store.read().await.unwrap().letters_by_stage().await.unwrap();
        let prepared = stages.iter().find(|(stage, _)| stage == "prepared").map_or(0, |(_, count)| *count);
        if usize::try_from(prepared).unwrap() >= letters {
            return;
        }
        if Instant::now() > end || !server.is_running() {
            let log = postfix.log();
            let tail = log.get(log.len().saturating_sub(4_000)..).unwrap_or_default();
            panic!("{stages:?} are here; Postfix says at last:\n{tail}\nand penstock:\n{}", server.log_end());
        }
        // A letter that Postfix holds to be under way waits for a minute, and then for any cause to
        // look at its queue again.
        postfix.flush();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn start_listening(config: &Path, socket: &Path) -> Child {
    let program = start(config, &["serve"]);
    wait_for("the socket", WAIT, || UnixStream::connect(socket).is_ok());
    program
}

/// Hands a share of the letters in and kills the program somewhere among them; in every third
/// round Postfix is then started again while the program takes what is left.
fn disturb(postfix: &mut Postfix, (config, socket): (&Path, &Path), round: usize, numbers: std::ops::Range<usize>) {
    let program = start_listening(config, socket);
    let longest = u64::try_from(numbers.len()).unwrap() * 8;
    std::thread::scope(|scope| {
        scope.spawn(|| hand_in(postfix, numbers));
        kill_after(program, moment(round, longest));
    });
    if round % 3 == 2 {
        let program = start_listening(config, socket);
        std::thread::sleep(moment(1_000 + round, longest));
        postfix.restart();
        kill_after(program, moment(2_000 + round, longest));
    }
}

async fn letters_outlive_kills_restarts_and_cut_connections(database: &Database) {
    let begin = Instant::now();
    let letters = letters(LETTERS);
    let socket = database.folder().join("lmtp");
    let config = config(database, &format!("unix:{}", socket.display()), free_port());
    let proxy = CuttingProxy::to_socket(&socket, seed());
    let mut postfix = Postfix::start(&["water.example"], proxy.port);
    let rounds = rounds(letters);
    for round in 0..rounds {
        let numbers = round * letters / rounds..(round + 1) * letters / rounds;
        disturb(&mut postfix, (&config, &socket), round, numbers);
    }
    let early = taken(&postfix);
    let server = serve(database, &config);
    let store = database.open().await;
    wait_for_all(&store, &postfix, &server, letters).await;
    let log = postfix.log();
    println!(
        "{letters} letters, {} kills, {} restarts of Postfix, {} connections cut, {} seconds; {early} letters were taken \
         before the last start, {} put off, {} of them in the middle of a session, {} handed in again",
        rounds + rounds / 3,
        rounds / 3,
        proxy.cuts(),
        begin.elapsed().as_secs(),
        log.matches("status=deferred").count(),
        log.matches("status=deferred (lost connection with").count(),
        log.matches("stored before as letter").count(),
    );
    assert_eq!(log.matches("status=bounced").count(), 0);

    let letters = i64::try_from(letters).unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.letters_by_stage().await.unwrap(), [("prepared".to_owned(), letters)], "each letter is there once");
    assert_eq!(tx.cases_by_state().await.unwrap(), [("open".to_owned(), letters)], "and has its case");
    let sources = tx.sources().await.unwrap();
    let counts: Vec<(&str, i64)> = sources.iter().map(|source| (source.name.as_str(), source.arrivals)).collect();
    assert_eq!(counts, [("lmtp:mx", letters)], "what came again came as the same bytes");
    drop((tx, store));
    assert_eq!(server.stop(), Some(0), "it stops cleanly when asked");
    assert!(!socket.exists(), "the socket goes with the program");
    assert!(start(&config, &["journal", "verify"]).wait().unwrap().success());
}
