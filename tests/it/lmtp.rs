//! The LMTP listener by its sockets: time, connections, permissions, stopping.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use penstock::clock::Clock;
use penstock::config::Settings;
use penstock::ids::LetterId;
use penstock::intake::lmtp::{BindError, Listener};
use penstock::intake::{Desk, NotStored, Receipt, Request};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::postfix::Postfix;
use crate::harness::process::{folder, wait_for};

const TO_DATA: &[u8] =
    b"LHLO mx\r\nMAIL FROM:<a@customer.example>\r\nRCPT TO:<b@water.example>\r\nRCPT TO:<c@water.example>\r\nDATA\r\n";
const TEXT: &[u8] = b"Message-ID: <1@customer.example>\r\n\r\nHello\r\n.\r\n";
const LONG: Duration = Duration::from_secs(20);

/// A listener whose desk keeps what it is given, as soon as it may.
struct House {
    listener: JoinHandle<()>,
    address: Option<std::net::SocketAddr>,
    stop: CancellationToken,
    stored: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Each message takes one; without any it waits.
    permits: Arc<Semaphore>,
    /// How many messages are refused before the first is kept.
    refusals: Arc<Mutex<usize>>,
}

fn settings(listen: &str, more: &str) -> Settings {
    let text = format!("[[lmtp]]\nname = \"mx\"\nlisten = \"{listen}\"\n{more}");
    Settings::read(None, &text, &std::collections::BTreeMap::new()).unwrap()
}

/// Opens a house; `change` shortens what a test would wait for.
async fn open(listen: &str, more: &str, change: impl FnOnce(&mut penstock::config::Lmtp)) -> House {
    let mut place = settings(listen, more).lmtp.remove(0);
    change(&mut place);
    let listener = Listener::bind(place).await.unwrap();
    let (desk, mut requests) = Desk::open();
    let (address, stop) = (listener.address(), CancellationToken::new());
    let house = House {
        address,
        listener: tokio::spawn(listener.serve(desk, None, stop.clone())),
        stop,
        stored: Arc::default(),
        permits: Arc::new(Semaphore::new(1_000)),
        refusals: Arc::default(),
    };
    let (stored, permits, refusals) = (house.stored.clone(), house.permits.clone(), house.refusals.clone());
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let Request::Store { incoming, answer } = request else { continue };
            permits.acquire().await.unwrap().forget();
            let refused = {
                let mut left = refusals.lock().unwrap();
                let refused = *left > 0;
                *left = left.saturating_sub(1);
                refused
            };
            let receipt = if refused {
                Err(NotStored("the database is away".to_owned()))
            } else {
                stored.lock().unwrap().push(incoming.bytes);
                Ok(Receipt::New(LetterId::new(Clock::System.now())))
            };
            let _ = answer.send(receipt);
        }
    });
    house
}

async fn open_tcp(change: impl FnOnce(&mut penstock::config::Lmtp)) -> House {
    open("127.0.0.1:0", "", change).await
}

impl House {
    async fn connect(&self) -> BufReader<TcpStream> {
        BufReader::new(TcpStream::connect(self.address.unwrap()).await.unwrap())
    }

    fn stored(&self) -> usize {
        self.stored.lock().unwrap().len()
    }
}

/// The code of the next reply; `None` when the connection has ended.
async fn code(peer: &mut (impl AsyncBufRead + Unpin)) -> Option<u16> {
    loop {
        let mut line = String::new();
        let read = tokio::time::timeout(LONG, peer.read_line(&mut line)).await.expect("an answer in time");
        // A connection that is reset has ended too.
        if read.unwrap_or(0) == 0 {
            return None;
        }
        if line.as_bytes()[3] == b' ' {
            return Some(line[..3].parse().unwrap());
        }
    }
}

async fn codes<const N: usize>(peer: &mut (impl AsyncBufRead + Unpin)) -> [Option<u16>; N] {
    let mut found = [None; N];
    for each in &mut found {
        *each = code(peer).await;
    }
    found
}

/// Goes up to the text of a message.
async fn begin<S: AsyncRead + AsyncWrite + Unpin>(peer: &mut BufReader<S>) {
    peer.write_all(TO_DATA).await.unwrap();
    assert_eq!(codes(peer).await, [220, 250, 250, 250, 250, 354].map(Some));
}

#[tokio::test]
async fn a_message_is_answered_after_it_is_stored() {
    let house = open_tcp(|_| {}).await;
    let mut peer = house.connect().await;
    house.permits.forget_permits(1_000);
    begin(&mut peer).await;
    peer.write_all(TEXT).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), peer.fill_buf()).await;
    assert!(early.is_err(), "nothing is said before the message is stored");
    house.permits.add_permits(1);
    assert_eq!(codes(&mut peer).await, [250, 250].map(Some), "one answer for each recipient");
    assert_eq!(house.stored(), 1, "the message itself is stored once");
}

#[tokio::test]
async fn a_whole_session_may_come_in_one_piece() {
    let house = open_tcp(|_| {}).await;
    let mut peer = house.connect().await;
    let mail = [&TO_DATA[9..], TEXT].concat();
    peer.write_all(&[b"LHLO mx\r\n", mail.as_slice(), &mail, b"QUIT\r\n"].concat()).await.unwrap();
    let found = codes(&mut peer).await;
    assert_eq!(found[..8], [220, 250, 250, 250, 250, 354, 250, 250].map(Some));
    assert_eq!(found[8..], [Some(250), Some(250), Some(250), Some(354), Some(250), Some(250), Some(221), None]);
    let _: [_; 16] = found;
}

#[tokio::test]
async fn what_the_database_cannot_take_is_sent_back_for_later() {
    let house = open_tcp(|_| {}).await;
    *house.refusals.lock().unwrap() = 1;
    let mut peer = house.connect().await;
    begin(&mut peer).await;
    peer.write_all(TEXT).await.unwrap();
    assert_eq!(codes(&mut peer).await, [451, 451].map(Some));
    peer.write_all(&[&TO_DATA[9..], TEXT].concat()).await.unwrap();
    assert_eq!(codes(&mut peer).await, [250, 250, 250, 354, 250, 250].map(Some));
}

#[tokio::test]
async fn who_says_nothing_and_who_never_ends_are_sent_away() {
    let house = open_tcp(|place| {
        place.command_timeout = Duration::from_millis(150);
        place.message_timeout = Duration::from_millis(150);
    })
    .await;
    let mut silent = house.connect().await;
    assert_eq!(codes(&mut silent).await, [Some(220), Some(421), None]);
    let mut endless = house.connect().await;
    begin(&mut endless).await;
    endless.write_all(b"Subject: one").await.unwrap();
    assert_eq!(codes(&mut endless).await, [Some(421), None]);
    assert_eq!(house.stored(), 0);
}

#[tokio::test]
async fn one_connection_too_many_is_told_to_come_again() {
    let house = open_tcp(|place| place.connections = 1).await;
    let mut first = house.connect().await;
    assert_eq!(code(&mut first).await, Some(220));
    assert_eq!(codes(&mut house.connect().await).await, [Some(421), None]);
    first.write_all(b"QUIT\r\n").await.unwrap();
    assert_eq!(codes(&mut first).await, [Some(221), None]);
    drop(first);
    let mut later = None;
    while later != Some(220) {
        later = code(&mut house.connect().await).await;
    }
}

#[tokio::test]
async fn strangers_are_turned_away() {
    let house = open("127.0.0.1:0", "peers = [\"192.0.2.1\"]\n", |_| {}).await;
    assert_eq!(codes(&mut house.connect().await).await, [Some(554), None]);
}

#[tokio::test]
async fn a_message_under_way_is_finished_when_the_program_stops() {
    let house = open_tcp(|_| {}).await;
    let (mut idle, mut busy) = (house.connect().await, house.connect().await);
    assert_eq!(code(&mut idle).await, Some(220));
    begin(&mut busy).await;
    house.stop.cancel();
    assert_eq!(codes(&mut idle).await, [Some(421), None]);
    busy.write_all(TEXT).await.unwrap();
    assert_eq!(codes(&mut busy).await, [Some(250), Some(250), Some(421), None]);
    drop((idle, busy));
    tokio::time::timeout(LONG, house.listener).await.expect("it ends").unwrap();
    assert_eq!(house.stored.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn too_many_errors_end_a_connection() {
    let house = open_tcp(|place| place.errors = 2).await;
    let mut peer = house.connect().await;
    peer.write_all(b"X\r\nY\r\nZ\r\n").await.unwrap();
    assert_eq!(codes(&mut peer).await, [Some(220), Some(500), Some(421), None]);
}

/// The memory is for eight mebibytes here: twelve messages that wait to be stored have no room.
#[tokio::test]
async fn large_messages_beyond_the_memory_are_sent_back_for_later() {
    let house = open("127.0.0.1:0", "message_bytes = 1048576\n", |_| {}).await;
    house.permits.forget_permits(1_000);
    let text = [&b"x".repeat(900 * 1024), b"\r\n.\r\n".as_slice()].concat();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (mut peer, text) = (house.connect().await, text.clone());
        senders.spawn(async move {
            begin(&mut peer).await;
            peer.write_all(&text).await.unwrap();
            code(&mut peer).await.unwrap()
        });
    }
    for _ in 0..3 {
        assert_eq!(senders.join_next().await.unwrap().unwrap(), 452);
    }
    house.permits.add_permits(1_000);
    let rest = senders.join_all().await;
    assert!(rest.iter().filter(|code| **code == 250).count() >= 4, "{rest:?}");
    let mut peer = house.connect().await;
    begin(&mut peer).await;
    peer.write_all(&text).await.unwrap();
    assert_eq!(codes(&mut peer).await, [250, 250].map(Some), "the memory was given back");
}

fn socket_in(folder: &Path) -> (PathBuf, String) {
    let path = folder.join("lmtp");
    let listen = format!("unix:{}", path.display());
    (path, listen)
}

#[tokio::test]
async fn a_socket_has_its_permissions_and_goes_with_the_program() {
    let folder = folder("lmtp");
    let (path, listen) = socket_in(folder.path());
    let house = open(&listen, "socket_mode = \"0600\"\n", |_| {}).await;
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let mut peer = BufReader::new(UnixStream::connect(&path).await.unwrap());
    begin(&mut peer).await;
    peer.write_all(TEXT).await.unwrap();
    assert_eq!(codes(&mut peer).await, [250, 250].map(Some));
    drop(peer);
    house.stop.cancel();
    tokio::time::timeout(LONG, house.listener).await.expect("it ends").unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[tokio::test]
async fn a_socket_of_the_dead_is_replaced_and_one_of_the_living_is_not() {
    let folder = folder("lmtp");
    let (path, listen) = socket_in(folder.path());
    // Closed without being removed, as by a killed program.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let house = open(&listen, "", |_| {}).await;
    let mut peer = BufReader::new(UnixStream::connect(&path).await.unwrap());
    assert_eq!(code(&mut peer).await, Some(220));

    let second = Listener::bind(settings(&listen, "").lmtp.remove(0)).await;
    assert!(matches!(second, Err(BindError::Taken(_))), "{second:?}");
    assert!(UnixStream::connect(&path).await.is_ok(), "the living one still listens");
    house.stop.cancel();
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let folder = folder("lmtp");
    let (path, listen) = socket_in(folder.path());
    fs::write(&path, "precious").unwrap();
    let bound = Listener::bind(settings(&listen, "").lmtp.remove(0)).await;
    assert!(matches!(bound, Err(BindError::NoSocket(_))), "{bound:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

/// Hands a message to Postfix over SMTP, byte for byte.
async fn hand_to(postfix: &Postfix, recipients: &[&str], text: &[u8]) {
    let stream = TcpStream::connect(("127.0.0.1", postfix.smtp_port)).await.unwrap();
    let mut peer = BufReader::new(stream);
    assert_eq!(code(&mut peer).await, Some(220));
    let recipients = recipients.iter().map(|recipient| format!("RCPT TO:<{recipient}>"));
    let commands = ["EHLO test".to_owned(), "MAIL FROM:<a@customer.example>".to_owned()].into_iter().chain(recipients);
    for command in commands {
        peer.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
        assert_eq!(code(&mut peer).await, Some(250), "{command}");
    }
    peer.write_all(b"DATA\r\n").await.unwrap();
    assert_eq!(code(&mut peer).await, Some(354));
    peer.write_all(text).await.unwrap();
    assert_eq!(code(&mut peer).await, Some(250));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_mail_server_keeps_what_is_not_taken_and_bounces_what_is_refused() {
    let folder = folder("lmtp");
    let (_, listen) = socket_in(folder.path());
    let more =
        "socket_mode = \"0666\"\nrecipients = [\"b@water.example\", \"c@water.example\"]\nmessage_bytes = 65536\n";
    let house = open(&listen, more, |_| {}).await;
    *house.refusals.lock().unwrap() = 2;
    let postfix = Postfix::start_with(&["water.example"], &format!("lmtp:{listen}"));

    let long_line = "x".repeat(5_000);
    let text = format!("Message-ID: <2@customer.example>\r\n\r\n..dot\r\n{long_line}\r\n.\r\n");
    hand_to(&postfix, &["b@water.example", "c@water.example", "nobody@water.example"], text.as_bytes()).await;
    wait_for("the message", LONG, || house.stored() == 1);
    wait_for("the log", LONG, || postfix.log().matches("status=sent").count() == 2);
    let log = postfix.log();
    assert_eq!(log.matches("status=deferred (host").count(), 4, "twice for each of two recipients: {log}");
    assert_eq!(log.matches("said: 550 5.1.1").count(), 1, "{log}");
    let stored = String::from_utf8(house.stored.lock().unwrap()[0].clone()).unwrap();
    assert!(stored.starts_with("Return-Path: <a@customer.example>\r\n"), "{stored}");
    assert!(stored.contains("\r\n.dot\r\n"), "{stored}");

    hand_to(&postfix, &["b@water.example"], &[&vec![b'y'; 70_000], b"\r\n.\r\n".as_slice()].concat()).await;
    wait_for("the refusal", LONG, || postfix.log().matches("status=bounced").count() == 2);
    assert_eq!(house.stored(), 1);
    house.stop.cancel();
}
