//! What reading costs in time: against the parser's own parse of the bench corpus, and how it
//! grows with the size of hostile messages. `cargo bench --bench letter -- reading`.
//!
//! The corpus lies in `../shared/corpora`, or where `PENSTOCK_CORPORA` says; where it is absent
//! sample letters stand for it. Each figure is the best of some rounds.

#[path = "../../tests/reading_costs/shapes.rs"]
mod shapes;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use penstock::accounts::mentions;
use penstock::reading::{content_digest, display_html, html_body, read};

const ROUNDS: usize = 5;
const SIZE: usize = 1 << 20;

/// Prints all of it.
pub(crate) fn measure() {
    let (name, messages) = corpus();
    against_parser(&format!("{name}, all"), &messages);
    let plain: Vec<Vec<u8>> = messages.into_iter().filter(|raw| read(raw).attachments.is_empty()).collect();
    against_parser(&format!("{name}, without attachments"), &plain);
    growth();
}

fn best(rounds: usize, mut work: impl FnMut()) -> Duration {
    let round = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    (0..rounds).map(round).min().unwrap_or_default()
}

fn against_parser(name: &str, messages: &[Vec<u8>]) {
    let parsing = best(ROUNDS, || messages.iter().for_each(|raw| drop(black_box(MessageParser::default().parse(raw)))));
    let reading = best(ROUNDS, || messages.iter().for_each(|raw| drop(black_box(read(raw)))));
    let bytes: usize = messages.iter().map(Vec::len).sum();
    println!(
        "{name}: {} messages, {bytes} bytes; mail-parser {parsing:.1?}, reading {reading:.1?}, {:.2} times",
        messages.len(),
        reading.as_secs_f64() / parsing.as_secs_f64()
    );
}

/// How much longer twice the bytes take.
fn growth() {
    println!("shape | reading {SIZE} bytes | twice as many | times | shown and searched | twice as many | times");
    for (name, shape) in shapes::SHAPES {
        let (single, double) = (shape(SIZE), shape(2 * SIZE));
        let reading = [&single, &double].map(|raw| best(3, || drop(black_box(read(raw)))));
        let further = [&single, &double].map(|raw| {
            let text = read(raw).new_text;
            best(2, || show_and_search(raw, &text))
        });
        println!(
            "{name} | {:.1?} | {:.1?} | {:.2} | {:.1?} | {:.1?} | {:.2}",
            reading[0],
            reading[1],
            reading[1].as_secs_f64() / reading[0].as_secs_f64(),
            further[0],
            further[1],
            further[1].as_secs_f64() / further[0].as_secs_f64(),
        );
    }
}

fn show_and_search(raw: &[u8], new_text: &str) {
    black_box(content_digest(raw));
    black_box(mentions(new_text));
    if let Some((html, _)) = html_body(raw) {
        black_box(display_html(&html, |_| None, false));
    }
}

fn corpus() -> (&'static str, Vec<Vec<u8>>) {
    let folder = std::env::var_os("PENSTOCK_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let unpacked = tempfile::tempdir().unwrap();
    let mut tar = Command::new("tar");
    tar.arg("--zstd").arg("-xf").arg(folder.join("mail2k.tar.zst")).arg("-C").arg(unpacked.path());
    if tar.status().is_ok_and(|status| status.success()) {
        return ("bench corpus", files(unpacked.path()).iter().map(|path| std::fs::read(path).unwrap()).collect());
    }
    ("sample letters", (0..2000).map(sample).collect())
}

/// A letter and the one it answers, as plain text and as HTML.
fn sample(number: usize) -> Vec<u8> {
    let line =
        "The bill that came last week asks for nearly three times as much, and nothing in the house has changed.";
    let text = format!("{line}\r\n").repeat(number % 40 + 5);
    let quoted = format!("> {line}\r\n").repeat(number % 20);
    format!(
        "From: Ana Ruiz <ana{number}@customer.example>\r\nTo: inquiries@penstock.example\r\nSubject: Re: Bill\r\n\
         Message-ID: <{number}@customer.example>\r\nDate: Mon, 23 Nov 2026 09:00:00 -0500\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         {text}\r\nOn Sun, Nov 22, 2026 at 9:14 AM Help <help@penstock.example> wrote:\r\n{quoted}\r\n--b\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<p>{text}</p><blockquote type=\"cite\">{quoted}</blockquote>\r\n--b--\r\n"
    )
    .into_bytes()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
