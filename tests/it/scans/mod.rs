//! Scanned letters from the outside: read by the program as a user starts it, parted into
//! letters, shown on the pages; and files that were made to do harm.

mod batches;
mod fax;
pub(crate) mod paper;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::process;
use paper::{ENGLISH, SPANISH};

fn penstock(folder: &Path, arguments: &[&str]) -> Output {
    std::fs::create_dir_all(folder.join("tmp")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_penstock"))
        .args(arguments)
        .env_clear()
        .env("PENSTOCK_DATA_DIR", folder.join("data"))
        .env("TMPDIR", folder.join("tmp"))
        .current_dir(folder)
        .output()
        .unwrap()
}

/// What `read` says of one file; nothing is left in the temporary folder.
fn read(folder: &Path, name: &str, bytes: &[u8]) -> Value {
    std::fs::write(folder.join(name), bytes).unwrap();
    let output = penstock(folder, &["read", name]);
    let left: Vec<_> = std::fs::read_dir(folder.join("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn problems(reading: &Value) -> String {
    reading["problems"].to_string()
}

#[test]
fn a_crooked_soiled_scan_on_its_head_is_read() {
    let folder = process::folder("crooked");
    let page = paper::crooked(&paper::drawn(folder.path(), &paper::pdf(&[ENGLISH])), 3.0);
    let reading = read(folder.path(), "letter.png", &paper::png(&paper::upside_down(&page)));
    let body = reading["body"].as_str().unwrap();
    assert!(body.contains("My water bill tripled in February although nobody was at home."), "{body}");
    assert_eq!(reading["kind"], "person");
    assert_eq!(reading["subject"], "water bill for account 0012345678901234");
    assert_eq!(reading["date"], "2026-03-03T00:00:00Z");
    assert_eq!(reading["attachments"][0]["content_type"], "image/png");
    assert!(problems(&reading).contains("by a machine"), "{reading}");
}

#[test]
fn a_spanish_scan_keeps_its_accents() {
    let folder = process::folder("spanish");
    let page = paper::crooked(&paper::drawn(folder.path(), &paper::pdf(&[SPANISH])), -1.5);
    let reading = read(folder.path(), "carta.tif", &paper::tiff(&[page]));
    let body = reading["body"].as_str().unwrap();
    assert!(body.contains("porque perdí mi trabajo en enero"), "{body}");
    assert_eq!(reading["subject"], "ayuda para pagar la factura de agua");
}

#[test]
fn a_pdf_with_text_is_taken_at_its_word() {
    let folder = process::folder("layer");
    let reading = read(folder.path(), "letter.pdf", &paper::pdf(&[ENGLISH, SPANISH]));
    let body = reading["body"].as_str().unwrap();
    assert!(body.contains("account 0012345678901234") && body.contains("Estimados señores"), "{body}");
    assert!(!problems(&reading).contains("machine"), "{reading}");
}

/// A drawing that draws itself ten times at each of twelve levels.
fn bomb() -> Vec<u8> {
    use std::fmt::Write as _;
    let mut more = String::new();
    for level in 100..112 {
        let drawing = if level == 111 { "0 0 500 500 re f".to_owned() } else { "/X Do ".repeat(10) };
        let _ = write!(
            more,
            "{level} 0 obj\n<< /Type /XObject /Subtype /Form /BBox [0 0 600 800] /Length {} \
             /Resources << /XObject << /X {} 0 R >> >> >>\nstream\n{drawing}\nendstream\nendobj\n",
            drawing.len(),
            level + 1
        );
    }
    paper::pdf_of(&["/X Do"], &more)
}

/// The head of a PNG that says it has 900 million pixels.
fn huge_png() -> Vec<u8> {
    let mut bytes = paper::png(&image::GrayImage::new(8, 8));
    bytes[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    // The check of a PNG's chunk covers its name and content.
    let mut check = u32::MAX;
    for byte in &bytes[12..29] {
        check ^= u32::from(*byte);
        for _ in 0..8 {
            check = if check & 1 == 1 { (check >> 1) ^ 0xedb8_8320 } else { check >> 1 };
        }
    }
    bytes[29..33].copy_from_slice(&(!check).to_be_bytes());
    bytes
}

#[test]
fn hostile_files_spoil_nothing_but_themselves() {
    let folder = process::folder("hostile");
    let inside = folder.path().join("in");
    std::fs::create_dir(&inside).unwrap();
    let good = paper::pdf(&[ENGLISH]);
    let locked = paper::pdf(&[]);
    let files: [(&str, &[u8]); 8] = [
        ("a-truncated.pdf", &good[..40]),
        ("b-bomb.pdf", &bomb()),
        ("c-huge.png", &huge_png()),
        ("d-text.pdf", b"Dear Sirs, this is a text"),
        ("e-nopages.pdf", &locked),
        ("f-noise.jpg", b"\xff\xd8\xff\xe0 nothing"),
        ("g-circle.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0"),
        ("h-good.pdf", &good),
    ];
    for (name, bytes) in files {
        std::fs::write(inside.join(name), bytes).unwrap();
    }
    let output = penstock(folder.path(), &["ingest", "in"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("d-text.pdf: it is called .pdf, but it is no PDF"), "{said}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "received 7, duplicates 0, quarantined 0, refused 1\n",
        "{said}"
    );
    assert_eq!(std::fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    let status: Value = serde_json::from_slice(&penstock(folder.path(), &["status", "--json"]).stdout).unwrap();
    assert_eq!(status["letters"]["prepared"], 7, "each has a case in which a person sees it");
    let journal = penstock(folder.path(), &["journal", "verify"]);
    assert!(journal.status.success());
    let readings: Vec<Value> = String::from_utf8_lossy(&penstock(folder.path(), &["read", "in"]).stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let unreadable = readings.iter().filter(|reading| reading["kind"] == "unreadable").count();
    assert!(unreadable >= 5, "{readings:#?}");
    assert!(readings.iter().any(|reading| reading["body"].as_str().unwrap().contains("tripled")));
    assert!(readings.iter().all(|reading| reading["attachments"][0]["sha256"].is_string()));
}
