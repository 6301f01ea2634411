//! Conversations with a mail server, held with the LMTP listener: LHLO stands for EHLO and HELO.
//!
//! A conversation counts when each answer that it waits for comes: by its first digit, which
//! says "yes", "later" or "never", and more strictly by the whole code. Texts are each
//! program's own. Left out are conversations about AUTH, which LMTP does not have.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use penstock::clock::Clock;
use penstock::config::Settings;
use penstock::ids::LetterId;
use penstock::intake::lmtp::Listener;
use penstock::intake::{Desk, Receipt, Request};
use tokio_util::sync::CancellationToken;

use crate::corpus::Corpora;
use crate::score::{Row, share};

const SETTINGS: &str = "[[lmtp]]\nname = \"corpora\"\nlisten = \"127.0.0.1:0\"\nmessage_bytes = 1048576\n";

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (address, stored) = runtime.block_on(listen());
    let mut names: Vec<String> = std::fs::read_dir(corpora.path("smtp/dialogs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cmy"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !name.starts_with("auth"))
        .collect();
    names.sort();
    let (mut kinds, mut codes) = (0, 0);
    for name in &names {
        let text = std::fs::read_to_string(corpora.path(&format!("smtp/dialogs/{name}"))).unwrap();
        let mut fit = converse(address, &text);
        if let Ok(wanted) = std::fs::read(corpora.path(&format!("smtp/dialogs/{name}.verify"))) {
            let message = stored.try_recv().unwrap_or_default();
            fit.kind &= is_stored_as(&message, &wanted);
            fit.code &= fit.kind;
        }
        // Whatever a conversation stored is not the next one's.
        while stored.try_recv().is_ok() {}
        (kinds, codes) = (kinds + usize::from(fit.kind), codes + usize::from(fit.code));
        if !fit.code {
            corpora.miss(name, &fit.wanted, &fit.found);
        }
    }
    let row = |measure, right, floor| Row {
        set: "smtp dialogs",
        measure,
        cases: names.len(),
        score: share(right, names.len()),
        peer: Some(("chasquid", 1.0)),
        floor,
    };
    vec![row("each answer of the right kind", kinds, 0.92), row("each answer of the same code", codes, 0.92)]
}

/// A listener that takes letters for anybody, and what it was given.
async fn listen() -> (SocketAddr, mpsc::Receiver<Vec<u8>>) {
    let mut settings = Settings::read(None, SETTINGS, &BTreeMap::new()).unwrap();
    let listener = Listener::bind(settings.lmtp.remove(0)).await.unwrap();
    let address = listener.address().unwrap();
    let (desk, mut requests) = Desk::open();
    let (sender, stored) = mpsc::channel();
    tokio::spawn(listener.serve(desk, None, CancellationToken::new()));
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            if let Request::Store { incoming, answer } = request {
                sender.send(incoming.bytes).unwrap();
                let _ = answer.send(Ok(Receipt::New(LetterId::new(Clock::System.now()))));
            }
        }
    });
    (address, stored)
}

/// Whether the message is the wanted one, behind the trace that a deliverer adds.
fn is_stored_as(message: &[u8], wanted: &[u8]) -> bool {
    let message = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (trace, message) = message.split_once('\n').unwrap_or_default();
    trace.starts_with("Return-Path: ") && message.trim_end() == String::from_utf8_lossy(wanted).trim_end()
}

/// How far a conversation went as wanted, and the first answer that did not.
struct Fit {
    kind: bool,
    code: bool,
    wanted: String,
    found: String,
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    BufReader::new(stream)
}

fn converse(address: SocketAddr, text: &str) -> Fit {
    let mut fit = Fit { kind: true, code: true, wanted: String::new(), found: String::new() };
    let mut peer = connect(address);
    for line in text.lines().filter_map(|line| line.strip_prefix("c ")) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "tcp_connect" => peer = connect(address),
            "close" => {}
            "->" => send(&mut peer, format!("{}\r\n", as_lmtp(rest)).as_bytes()),
            "~>" => send(&mut peer, expression(rest).as_bytes()),
            "<-" | "<~" | "<..." => {
                let found = answer(&mut peer);
                let same = |length| found.get(..length).is_some_and(|start| rest.get(..length) == Some(start));
                if fit.code && !same(3) {
                    (fit.wanted, fit.found) = (rest.to_owned(), found.clone());
                }
                fit.kind &= same(1);
                fit.code &= same(3);
            }
            _ => panic!("a conversation has the line {line}"),
        }
    }
    fit
}

fn as_lmtp(line: &str) -> String {
    let is_greeting = line.get(..4).is_some_and(|verb| verb == "EHLO" || verb == "HELO");
    if is_greeting { format!("LHLO{}", &line[4..]) } else { line.to_owned() }
}

/// Whoever was sent away cannot send more; the answer that is waited for next tells.
fn send(peer: &mut BufReader<TcpStream>, bytes: &[u8]) {
    let _ = peer.get_mut().write_all(bytes);
}

/// The last line of the next answer.
fn answer(peer: &mut BufReader<TcpStream>) -> String {
    loop {
        let mut line = String::new();
        if peer.read_line(&mut line).unwrap_or(0) == 0 {
            return "nothing".to_owned();
        }
        if line.as_bytes().get(3) == Some(&b' ') {
            return line.trim_end().to_owned();
        }
    }
}

/// Texts in quotes, put together by `+`, repeated by `*`, grouped by brackets.
fn expression(text: &str) -> String {
    let mut rest = text.trim();
    let sum = sum(&mut rest);
    assert!(rest.is_empty(), "not understood: {rest}");
    sum
}

fn sum(rest: &mut &str) -> String {
    let mut total = product(rest);
    while let Some(after) = rest.strip_prefix('+') {
        *rest = after.trim_start();
        total += &product(rest);
    }
    total
}

fn product(rest: &mut &str) -> String {
    let text = if let Some(after) = rest.strip_prefix('(') {
        *rest = after.trim_start();
        let inner = sum(rest);
        *rest = rest.strip_prefix(')').unwrap().trim_start();
        inner
    } else {
        let (quoted, after) = rest.strip_prefix('\'').unwrap().split_once('\'').unwrap();
        *rest = after.trim_start();
        quoted.replace("\\r", "\r").replace("\\n", "\n")
    };
    let Some(after) = rest.strip_prefix('*') else { return text };
    let after = after.trim_start();
    let end = after.find(|character: char| !character.is_ascii_digit()).unwrap_or(after.len());
    *rest = after[end..].trim_start();
    text.repeat(after[..end].parse().unwrap())
}
