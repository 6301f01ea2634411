//! Batches, claims and pages of scans, on both databases.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use image::GrayImage;
use penstock::app::{start, tools};
use penstock::clock::Clock;
use penstock::config::Settings;
use penstock::converters::Converters;
use penstock::ids::Digest;
use penstock::intake::Desk;
use penstock::intake::folder::watch;
use penstock::journal::Actor;
use penstock::letter::{LetterStage, Role};
use penstock::pipeline::convert::Workshop;
use penstock::pipeline::prepare::prepare_batch;
use penstock::pipeline::record;
use penstock::review::add_user;
use penstock::store::{Arrival, CaseFilter, LetterRow, Store, Stored};
use tokio_util::sync::CancellationToken;

use super::paper::{self, ENGLISH, SPANISH};
use crate::harness::database::{Database, on_both_databases};
use crate::harness::process::wait_for;

on_both_databases!(
    a_batch_becomes_its_letters_and_no_page_is_lost,
    mail_overtakes_a_scan,
    a_scan_that_ends_the_program_is_set_aside_with_its_bytes,
    the_page_of_a_case_shows_the_pages_of_a_scan,
    a_watched_folder_takes_scans_and_rejects_what_is_none,
);

async fn arrive(store: &Store, bytes: &[u8]) -> Stored {
    let mut tx = store.write().await.unwrap();
    let digest = Digest::of(bytes);
    let arrival = Arrival {
        source: "folder:scans",
        source_key: digest.as_str(),
        bytes,
        raw_digest: &digest,
        content_digest: &digest,
        at: Clock::System.now().as_microsecond(),
    };
    let stored = tx.store_arrivals(&[arrival]).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    stored
}

fn settings(database: &Database) -> Settings {
    let data = database.folder().join("data");
    let text = format!("data_dir = \"{}\"\n[web]\nlisten = \"127.0.0.1:0\"\n", data.display());
    Settings::read(None, &text, &BTreeMap::new()).unwrap()
}

fn workshop(store: &Store) -> Workshop {
    Workshop {
        store: store.clone(),
        clock: Clock::System,
        converters: Converters { program: env!("CARGO_BIN_EXE_penstock").into(), patience: Duration::from_mins(5) },
        attempts: 3,
        owner: "test".to_owned(),
    }
}

async fn convert_all(store: &Store) {
    while workshop(store).convert_next(&CancellationToken::new()).await.unwrap() {}
}

async fn prepare_all(store: &Store, database: &Database) {
    let tools = Arc::new(tools(&settings(database)).unwrap());
    while prepare_batch(store, &Clock::System, &tools, "test").await.unwrap() > 0 {}
}

/// The letters that stand in cases.
async fn letters(store: &Store) -> Vec<(String, LetterRow)> {
    let mut tx = store.read().await.unwrap();
    let filter = CaseFilter { limit: 50, ..CaseFilter::default() };
    let mut found = Vec::new();
    for case in tx.cases(&filter).await.unwrap() {
        for letter in tx.letters_of_case(&case.id).await.unwrap() {
            found.push((case.reference.as_str().to_owned(), letter));
        }
    }
    found
}

async fn a_batch_becomes_its_letters_and_no_page_is_lost(database: &Database) {
    let store = database.open().await;
    let folder = database.folder();
    let page = |lines: &[&str]| paper::drawn(folder, &paper::pdf(&[lines]));
    let sheet = || paper::crooked(&paper::separator(folder), 2.0);
    let (english, spanish): (GrayImage, GrayImage) = (page(ENGLISH), page(SPANISH));
    let second = page(&["Page 2", "", "I also enclose the three bills of last year."]);
    let pages = [sheet(), english, paper::blank(), second, sheet(), paper::blank(), spanish];
    let batch = arrive(&store, &paper::tiff(&pages)).await;
    convert_all(&store).await;
    prepare_all(&store, database).await;

    let found = letters(&store).await;
    let bodies: Vec<&str> = found.iter().map(|(_, letter)| letter.reading.as_deref().unwrap()).collect();
    assert_eq!(found.len(), 2, "{bodies:?}");
    let one = bodies.iter().find(|body| body.contains("tripled in February")).unwrap();
    assert!(one.contains("three bills of last year"), "{one}");
    assert!(bodies.iter().any(|body| body.contains("perdí mi trabajo")), "{bodies:?}");
    let mut tx = store.read().await.unwrap();
    let parent = tx.letter(batch.letter()).await.unwrap().unwrap();
    assert_eq!(parent.stage().unwrap(), LetterStage::Filed);
    let scan = tx.scans_of(&[batch.letter().as_str()]).await.unwrap().remove(batch.letter().as_str()).unwrap();
    let account = serde_json::to_value(scan.account()).unwrap();
    let wanted = serde_json::json!({ "pages_in": 7, "filed": 3, "blank": 2, "separators": 2, "rejected": 0 });
    assert_eq!(account, wanted);
    for (_, letter) in &found {
        let bytes = tx.letter_bytes(&letter.id, &letter.raw_digest).await.unwrap();
        assert!(bytes.starts_with(b"%PDF-"));
        assert!(tx.page_image(&letter.id, 1).await.unwrap().unwrap().starts_with(b"\x89PNG"));
    }
}

async fn mail_overtakes_a_scan(database: &Database) {
    let store = database.open().await;
    let scan = arrive(&store, &paper::pdf(&[ENGLISH])).await;
    arrive(&store, b"From: a@customer.example\nMessage-ID: <1@x.example>\nSubject: Bill\n\nHello\n").await;
    prepare_all(&store, database).await;
    let found = letters(&store).await;
    assert_eq!(found.len(), 1);
    assert_ne!(found[0].1.id, *scan.letter());
    convert_all(&store).await;
    prepare_all(&store, database).await;
    assert_eq!(letters(&store).await.len(), 2);
}

async fn a_scan_that_ends_the_program_is_set_aside_with_its_bytes(database: &Database) {
    let store = database.open().await;
    let bytes = paper::pdf(&[SPANISH]);
    let scan = arrive(&store, &bytes).await;
    for attempt in 1..=3 {
        let mut tx = store.write().await.unwrap();
        // Its lease is over at once.
        let now = Clock::System.now().as_microsecond();
        let claimed = tx.claim_scans("a process that ends", (now, now), 1).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(claimed[0].attempt, attempt);
    }
    convert_all(&store).await;
    prepare_all(&store, database).await;
    let mut tx = store.read().await.unwrap();
    let letter = tx.letter(scan.letter()).await.unwrap().unwrap();
    assert_eq!(letter.stage().unwrap(), LetterStage::Quarantined);
    assert!(letter.case_id.is_some());
    assert_eq!(tx.letter_bytes(&letter.id, &letter.raw_digest).await.unwrap(), bytes);
}

async fn a_watched_folder_takes_scans_and_rejects_what_is_none(database: &Database) {
    let watched = database.folder().join("scans");
    std::fs::create_dir(&watched).unwrap();
    let files: [(&str, &[u8]); 3] =
        [("a.pdf", &paper::pdf(&[ENGLISH])), ("b.tif", b"Dear Sirs, this is a text"), ("c.pdf.part", b"%PDF-")];
    for (name, bytes) in files {
        std::fs::write(watched.join(name), bytes).unwrap();
        let left_alone = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        std::fs::File::options().write(true).open(watched.join(name)).unwrap().set_modified(left_alone).unwrap();
    }
    let more = format!("[[folder]]\nname = \"scans\"\npath = \"{}\"\n", watched.display());
    let folder = Settings::read(None, &more, &BTreeMap::new()).unwrap().folders.remove(0);
    let store = database.open().await;
    let (desk, requests) = Desk::open();
    let recorder = tokio::spawn(record::run(store.clone(), Clock::System, requests));
    let stop = CancellationToken::new();
    let watching = tokio::spawn(watch(folder, desk, None, stop.clone()));
    let reason = watched.join("rejected/b.tif.reason.txt");
    let (done, waited) = (watched.join("done/a.pdf"), reason.clone());
    let moved = move || done.exists() && waited.exists();
    tokio::task::spawn_blocking(move || wait_for("the files to be moved", Duration::from_secs(20), moved))
        .await
        .unwrap();
    stop.cancel();
    watching.await.unwrap();
    recorder.await.unwrap();
    let said = std::fs::read_to_string(reason).unwrap();
    assert!(said.contains("it is called .tif, but it is no PDF, TIFF, PNG or JPEG file"), "{said}");
    assert!(watched.join("c.pdf.part").exists(), "it is not complete");
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.letters_by_stage().await.unwrap(), [("received".to_owned(), 1)]);
}

/// An address asked with a session's cookie.
async fn ask(url: String, cookie: Option<String>) -> (u16, Vec<u8>) {
    tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let mut request = agent.get(&url);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_vec().unwrap())
    })
    .await
    .unwrap()
}

async fn sign_in(base: &str) -> String {
    let url = format!("{base}/sign-in");
    tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
        let form = [("login", "ana"), ("password", "correct horse battery")];
        let response = agent.post(&url).header("sec-fetch-site", "same-origin").send_form(form).unwrap();
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    })
    .await
    .unwrap()
}

async fn the_page_of_a_case_shows_the_pages_of_a_scan(database: &Database) {
    let store = database.open().await;
    let page = paper::crooked(&paper::drawn(database.folder(), &paper::pdf(&[ENGLISH])), 1.0);
    arrive(&store, &paper::png(&page)).await;
    convert_all(&store).await;
    prepare_all(&store, database).await;
    let (reference, letter) = letters(&store).await.remove(0);
    add_user(&store, Clock::System.now(), Actor::Operator, ("ana", "Ana", Role::Trainee), "correct horse battery")
        .await
        .unwrap();
    let running = start(&settings(database), store, Clock::System).await.unwrap();
    let base = format!("http://{}", running.address);
    let cookie = sign_in(&base).await;
    let image = format!("/cases/{reference}/letters/{}/pages/1.png", letter.id);

    let (status, shown) = ask(format!("{base}/cases/{reference}"), Some(cookie.clone())).await;
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(status, 200);
    assert!(shown.contains(&format!("<img src=\"{image}\"")), "{shown}");
    assert!(shown.contains("read by a machine") && shown.contains("tripled in February"), "{shown}");
    let (status, bytes) = ask(format!("{base}{image}"), Some(cookie.clone())).await;
    assert_eq!((status, &bytes[..4]), (200, b"\x89PNG".as_slice()));
    let stranger = ask(format!("{base}{image}"), None).await;
    assert!(stranger.0 != 200 && !stranger.1.starts_with(b"\x89PNG"));
    assert_eq!(ask(format!("{base}{}", image.replace("1.png", "2.png")), Some(cookie.clone())).await.0, 404);
    let scan = image.replace("pages/1.png", "attachments/0");
    assert!(ask(format!("{base}{scan}"), Some(cookie)).await.1.starts_with(b"\x89PNG"));
    running.stop().await;
}
