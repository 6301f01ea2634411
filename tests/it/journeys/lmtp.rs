//! A real mail server hands letters in by LMTP; the program is killed meanwhile, again and
//! again, and each letter is there once.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lettre::transport::smtp::SmtpTransport;
use lettre::{Message, Transport as _};

use penstock::store::Store;

use super::crash::{kill_after, moment, start};
use crate::harness::database::{Database, on_both_databases};
use crate::harness::postfix::Postfix;
use crate::harness::process::{Server, free_port, wait_for};

on_both_databases!(a_letter_handed_in_twice_is_one_case, a_thousand_letters_outlive_a_program_that_is_killed_ten_times,);

const OFFICE: &str = "inquiries@water.example";
const LETTERS: u16 = 1_000;
const KILLS: u16 = 10;
const WAIT: Duration = Duration::from_secs(30);

fn config(database: &Database, listen: &str, web_port: u16) -> PathBuf {
    let path = database.folder().join("penstock.toml");
    let text = format!(
        "data_dir = \"{}\"\nlog_filter = \"warn\"\n[database]\nurl = \"{}\"\n[web]\nlisten = \"127.0.0.1:{web_port}\"\n\
         [[lmtp]]\nname = \"mx\"\nlisten = \"{listen}\"\nsocket_mode = \"0666\"\nrecipients = [\"{OFFICE}\"]\n",
        database.folder().join("data").display(),
        database.url,
    );
    fs::write(&path, text).unwrap();
    path
}

fn serve(database: &Database, config: &Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_penstock"));
    command.arg("--config").arg(config).arg("serve");
    Server::start("penstock", database.folder(), "TERM", &command)
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

fn hand_in(postfix: &Postfix, numbers: std::ops::Range<u16>) {
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

/// Waits until every letter is here. Postfix's log is not counted on: under load a line of it may
/// be lost, a letter may not.
async fn wait_for_all(store: &Store, postfix: &Postfix, server: &Server) {
    let end = Instant::now() + Duration::from_mins(4);
    loop {
        let stages = store.read().await.unwrap().letters_by_stage().await.unwrap();
        let count: i64 = stages.iter().map(|(_, count)| count).sum();
        if count >= i64::from(LETTERS) {
            return;
        }
        if Instant::now() > end || !server.is_running() {
            let log = postfix.log();
            let tail = log.get(log.len().saturating_sub(4_000)..).unwrap_or_default();
            panic!("{count} letters are here; Postfix says at last:\n{tail}\nand penstock:\n{}", server.log_end());
        }
        // A letter that Postfix holds to be under way waits for a minute, and then for any cause to
        // look at its queue again.
        postfix.flush();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Hands a share of the letters in and kills the program somewhere among them.
fn kill_among(postfix: &Postfix, config: &Path, socket: &Path, round: u16) {
    let program = start(config, &["serve"]);
    wait_for("the socket", WAIT, || UnixStream::connect(socket).is_ok());
    let share = LETTERS / KILLS;
    let already = taken(postfix);
    std::thread::scope(|scope| {
        scope.spawn(|| hand_in(postfix, round * share..(round + 1) * share));
        let some = moment(round.into(), u64::from(share / 2)).as_millis();
        wait_for("some letters", WAIT, || taken(postfix) >= already + usize::try_from(some).unwrap());
        kill_after(program, moment(round.into(), 10));
    });
}

async fn a_thousand_letters_outlive_a_program_that_is_killed_ten_times(database: &Database) {
    let socket = database.folder().join("lmtp");
    let listen = format!("unix:{}", socket.display());
    let config = config(database, &listen, free_port());
    let postfix = Postfix::start_with(&["water.example"], &format!("lmtp:{listen}"));
    for round in 0..KILLS {
        kill_among(&postfix, &config, &socket, round);
    }
    let early = taken(&postfix);
    let server = serve(database, &config);
    let store = database.open().await;
    wait_for_all(&store, &postfix, &server).await;
    let log = postfix.log();
    println!(
        "{early} letters were taken between {KILLS} kills; put off {} times, {} of them in the middle of a session; \
         {} were handed in again after a lost answer",
        log.matches("status=deferred").count(),
        log.matches("status=deferred (lost connection with").count(),
        log.matches("stored before as letter").count(),
    );
    assert_eq!(log.matches("status=bounced").count(), 0);

    let stages: BTreeMap<String, i64> =
        store.read().await.unwrap().letters_by_stage().await.unwrap().into_iter().collect();
    assert_eq!(stages.values().sum::<i64>(), i64::from(LETTERS), "each letter is there once: {stages:?}");
    let sources = store.read().await.unwrap().sources().await.unwrap();
    let counts: Vec<(&str, i64)> = sources.iter().map(|source| (source.name.as_str(), source.arrivals)).collect();
    assert_eq!(counts, [("lmtp:mx", i64::from(LETTERS))], "what came again came as the same bytes");
    drop(store);
    assert_eq!(server.stop(), Some(0), "it stops cleanly when asked");
    assert!(!socket.exists(), "the socket goes with the program");
    assert!(start(&config, &["journal", "verify"]).wait().unwrap().success());
}
