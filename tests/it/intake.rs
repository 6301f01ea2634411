//! Messages from files, through the program as a user starts it.

use std::path::Path;
use std::process::{Command, Output};

use crate::harness::process;

fn penstock(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_penstock"))
        .args(arguments)
        .env_clear()
        .env("PENSTOCK_DATA_DIR", folder.join("data"))
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write_letters(folder: &Path) {
    std::fs::create_dir(folder.join("in")).unwrap();
    let letter = |number: usize| {
        format!("From: a@customer.example\nMessage-ID: <{number}@x.example>\nSubject: Bill\n\nHello {number}\n")
    };
    std::fs::write(folder.join("in/1.eml"), letter(1)).unwrap();
    std::fs::write(folder.join("in/2.eml"), letter(2)).unwrap();
    std::fs::write(folder.join("in/all.mbox"), format!("From a\n{}\nFrom b\n{}\n", letter(2), letter(3))).unwrap();
    std::fs::write(folder.join("in/broken.eml"), [0xff, 0x00, 0x13]).unwrap();
}

#[test]
fn ingest_takes_every_letter_once_and_the_journal_is_whole() {
    let folder = process::folder("ingest");
    write_letters(folder.path());
    let first = penstock(folder.path(), &["ingest", "in"]);
    assert_eq!(text(&first.stdout), "received 4, duplicates 1, quarantined 0, refused 0\n", "{}", text(&first.stderr));
    let again = penstock(folder.path(), &["ingest", "in"]);
    assert_eq!(text(&again.stdout), "received 0, duplicates 5, quarantined 0, refused 0\n");
    let journal = penstock(folder.path(), &["journal", "verify"]);
    // Four letters received; each opened a case and was prepared, three have a draft.
    assert_eq!(text(&journal.stdout), "the journal is whole: 15 entries\n");
}

#[test]
fn read_prints_one_object_a_message_and_stores_nothing() {
    let folder = process::folder("read");
    write_letters(folder.path());
    let output = penstock(folder.path(), &["read", "in"]);
    let kinds: Vec<String> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["person", "person", "person", "person", "unreadable"]);
    assert!(!folder.path().join("data").exists());
}

#[test]
fn status_counts_what_was_taken_in() {
    let folder = process::folder("status");
    write_letters(folder.path());
    penstock(folder.path(), &["ingest", "in"]);
    let status: serde_json::Value =
        serde_json::from_slice(&penstock(folder.path(), &["status", "--json"]).stdout).unwrap();
    assert_eq!(status["letters"]["prepared"], 4);
    assert_eq!(status["cases"]["open"], 4);
    assert_eq!(status["oldest_waiting"], serde_json::Value::Null);
}

#[test]
fn what_cannot_be_taken_is_named_and_the_rest_is_taken() {
    let folder = process::folder("refuse");
    write_letters(folder.path());
    let output = penstock(folder.path(), &["ingest", "nowhere", "in"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("nowhere"), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "received 4, duplicates 1, quarantined 0, refused 1\n");
}

#[test]
fn wrong_settings_are_all_named_and_end_with_status_2() {
    let folder = process::folder("settings");
    std::fs::write(folder.path().join("p.toml"), "[web]\nlisten = \"x\"\nport = 5\n").unwrap();
    let output = penstock(folder.path(), &["--config", "p.toml", "journal", "verify"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("p.toml:2: web.listen") && said.contains("p.toml:3: web.port"), "{said}");
}
