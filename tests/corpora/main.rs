//! Scores the program on other projects' own test material and prints the scores beside the
//! peers'. The material is not part of this repository: it lies in `../shared/corpora`, or where
//! `PENSTOCK_CORPORA` says; where it is absent the run says so and passes.
//!
//! `cargo test --test corpora` prints the table and fails when a score fell below its floor;
//! `cargo test --test corpora -- --write docs/corpora.md` also writes it down, and further words
//! choose the families (`-- trimming`). With `--misses` each case that was missed is named.
#![expect(clippy::unwrap_used, reason = "a run that cannot read its material should stop there")]

mod addresses;
mod authentication;
mod bounces;
mod classification;
mod corpus;
#[expect(dead_code, reason = "the tests from the outside ask for more of it")]
#[path = "../it/harness/dns.rs"]
mod dns;
mod html;
mod ocr;
mod parsing;
mod score;
mod smtp;
mod trimming;

use std::process::ExitCode;

use corpus::Corpora;
use score::Row;

/// A family of sets, by the name it is chosen by.
type Family = (&'static str, fn(&Corpora) -> Vec<Row>);

const FAMILIES: &[Family] = &[
    ("parsing", parsing::rows),
    ("trimming", trimming::rows),
    ("bounces", bounces::rows),
    ("addresses", addresses::rows),
    ("html", html::rows),
    ("smtp", smtp::rows),
    ("classification", classification::rows),
    ("authentication", authentication::rows),
    ("ocr", ocr::rows),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(corpora) = Corpora::open(arguments.iter().any(|argument| argument == "--misses")) else {
        println!("corpora: skipped, the material is not on this machine");
        return ExitCode::SUCCESS;
    };
    let chosen = |name: &str| {
        let names = || FAMILIES.iter().filter(|(family, _)| arguments.iter().any(|argument| argument == family));
        names().count() == 0 || names().any(|(family, _)| *family == name)
    };
    let rows: Vec<Row> =
        FAMILIES.iter().filter(|(name, _)| chosen(name)).flat_map(|(_, rows)| rows(&corpora)).collect();
    let table = score::table(&rows);
    println!("{table}");
    if let Some(at) = arguments.iter().position(|argument| argument == "--write") {
        let path = arguments.get(at + 1).expect("--write is followed by a file");
        std::fs::write(path, score::document(&table)).unwrap();
    }
    let fallen: Vec<&Row> = rows.iter().filter(|row| row.score < row.floor).collect();
    for row in &fallen {
        println!("{} {}: {:.3} is below its floor {:.3}", row.set, row.measure, row.score, row.floor);
    }
    println!("{} passed, {} failed", rows.len() - fallen.len(), fallen.len());
    if fallen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
