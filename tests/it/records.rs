//! What is left years later: a case taken out whole, a backup that can be restored.

use std::path::Path;
use std::process::{Command, Output};

use penstock::clock::Clock;
use penstock::ids::CaseRef;
use penstock::journal::Actor;
use penstock::store::CaseFilter;

use crate::harness::database::{Database, Kind, on_both_databases};
use crate::harness::system::System;

on_both_databases!(everything_of_a_case_is_taken_out_and_that_is_remembered,);

const LETTER: &[u8] = b"From: Ana <ana@customer.example>\r\nMessage-ID: <1@c.example>\r\nSubject: my bill\r\n\r\n\
    Why is my bill so high this month?\r\n";

fn penstock(database: &Database, arguments: &[&str]) -> Output {
    let data = database.folder().join("data");
    Command::new(env!("CARGO_BIN_EXE_penstock"))
        .args(arguments)
        .env("PENSTOCK_DATA_DIR", data)
        .current_dir(database.folder())
        .output()
        .unwrap()
}

async fn one_case(system: &System) -> CaseRef {
    system.running.desk.store("test", None, LETTER.to_vec()).await.unwrap();
    for _ in 0..600 {
        let found = system.store.read().await.unwrap().cases(&CaseFilter { limit: 1, ..CaseFilter::default() }).await;
        if let Some(case) = found.unwrap().pop() {
            return case.reference;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no case was opened");
}

async fn everything_of_a_case_is_taken_out_and_that_is_remembered(database: &Database) {
    let system = System::start(database, "").await;
    let reference = one_case(&system).await;
    let evidence = system.running.office.evidence(Actor::Operator, &reference).await.unwrap();
    let bytes = |path: &str| evidence.files.iter().find(|file| file.path == path).map(|file| file.bytes.clone());
    assert_eq!(bytes("letters/001.eml").as_deref(), Some(LETTER), "the letter as it came");
    assert!(bytes("revisions/001.txt").is_some_and(|text| !text.is_empty()));
    let journal = String::from_utf8(bytes("journal.jsonl").unwrap()).unwrap();
    for kind in ["case.opened", "draft.composed", "case.exported"] {
        assert!(journal.contains(kind), "{kind} is not in {journal}");
    }
    system.running.stop().await;
}

/// What others than the owner may do with a file.
fn others_may(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077
}

/// Read by another program than the one that wrote it.
fn unzip(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("unzip").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_of_a_case_opens_elsewhere() {
    let database = Database::fresh(Kind::Sqlite);
    std::fs::create_dir_all(database.folder().join("data")).unwrap();
    std::fs::write(database.folder().join("letter.eml"), LETTER).unwrap();
    let taken = penstock(&database, &["ingest", "letter.eml"]);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    let year = Clock::System.now().strftime("%Y").to_string();
    let reference = format!("PW-{year}-000001");
    let exported = penstock(&database, &["case", "export", &reference]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let archive = format!("{reference}.zip");
    assert_eq!(others_may(&database.folder().join(&archive)), 0, "nobody else may read it");
    assert!(unzip(database.folder(), &["-t", &archive]).contains("No errors"));
    let names = unzip(database.folder(), &["-Z1", &archive]);
    for name in ["index.html", "SHA256SUMS", "letters/001.eml", "journal.jsonl"] {
        assert!(names.contains(&format!("{reference}/{name}")), "{name} is not among {names}");
    }
    assert_eq!(penstock(&database, &["case", "export", "PW-1999-000001"]).status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_templates_are_tried_on_stored_letters_and_nothing_is_changed() {
    let database = Database::fresh(Kind::Sqlite);
    let folder = database.folder();
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::write(folder.join("letter.eml"), LETTER).unwrap();
    assert!(penstock(&database, &["ingest", "letter.eml"]).status.success());
    let same = penstock(&database, &["replay", "--since", "2020-01-01", "--json"]);
    assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stderr));
    assert_eq!(String::from_utf8_lossy(&same.stdout), "", "the same settings make the same");

    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    assert!(Command::new("cp").arg("-r").arg(&templates).arg(folder.join("own")).status().unwrap().success());
    let greeting = folder.join("own/replies/en/greeting.hbs");
    let text = std::fs::read_to_string(&greeting).unwrap();
    std::fs::write(&greeting, text.replace("Thank you for writing to us.", "We thank you for your letter.")).unwrap();
    std::fs::write(folder.join("new.toml"), format!("templates_dir = {:?}\n", folder.join("own"))).unwrap();
    let before = penstock(&database, &["journal", "export"]).stdout;
    let other = penstock(&database, &["--config", "new.toml", "replay", "--since", "2020-01-01", "--json"]);
    assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stderr));
    let told: serde_json::Value = serde_json::from_slice(&other.stdout).unwrap();
    let whats: Vec<&str> =
        told["changes"].as_array().unwrap().iter().map(|change| change["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["draft"], "{told}");
    assert!(told["changes"][0]["after"].as_str().unwrap().contains("We thank you for your letter."));
    assert_eq!(penstock(&database, &["journal", "export"]).stdout, before, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_in_use_is_restored_elsewhere() {
    let database = Database::fresh(Kind::Sqlite);
    std::fs::create_dir_all(database.folder().join("data")).unwrap();
    std::fs::write(database.folder().join("letter.eml"), LETTER).unwrap();
    assert!(penstock(&database, &["ingest", "letter.eml"]).status.success());
    // What a backup that was broken off left behind is in nobody's way.
    std::fs::write(database.folder().join("copy.sqlite3.unfinished"), "half").unwrap();
    std::fs::create_dir(database.folder().join("copy.sqlite3.unfinished.drill")).unwrap();
    let backed_up = penstock(&database, &["backup", "--output", "copy.sqlite3", "--json"]);
    assert!(backed_up.status.success(), "{}", String::from_utf8_lossy(&backed_up.stderr));
    let told: serde_json::Value = serde_json::from_slice(&backed_up.stdout).unwrap();
    assert_eq!(told["letters"], 1);
    assert_eq!(others_may(&database.folder().join("copy.sqlite3")), 0, "nobody else may read it");
    assert!(!penstock(&database, &["backup", "--output", "copy.sqlite3"]).status.success(), "nothing is overwritten");
    assert!(penstock(&database, &["restore", "--drill", "copy.sqlite3"]).status.success());

    // The database is lost; the backup takes its place.
    assert!(!penstock(&database, &["restore", "copy.sqlite3"]).status.success(), "not over a database that is there");
    std::fs::remove_dir_all(database.folder().join("data")).unwrap();
    assert!(penstock(&database, &["restore", "copy.sqlite3"]).status.success());
    let verified = penstock(&database, &["journal", "verify"]);
    assert!(String::from_utf8_lossy(&verified.stdout).contains("the journal is whole"));

    // A damaged backup is refused and says so.
    let mut bytes = std::fs::read(database.folder().join("copy.sqlite3")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xff);
    std::fs::write(database.folder().join("damaged.sqlite3"), bytes).unwrap();
    let refused = penstock(&database, &["restore", "--drill", "damaged.sqlite3"]);
    assert_eq!(refused.status.code(), Some(1), "{}", String::from_utf8_lossy(&refused.stderr));
}
