//! A scanned letter: the image of its page beside what was read on it.

use std::time::Duration;

use penstock::clock::Clock;
use penstock::converters::Converters;
use penstock::ids::Digest;
use penstock::letter::Role;
use penstock::pipeline::convert::Workshop;
use penstock::store::Arrival;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::browser::{Browser, Office};
use crate::harness::database::{Database, Kind};
use crate::scans::paper::{self, ENGLISH};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanned_letter_is_shown_with_the_image_of_its_page() {
    let database = Database::fresh(Kind::Sqlite);
    let store = database.open().await;
    let page = paper::crooked(&paper::drawn(database.folder(), &paper::pdf(&[ENGLISH])), 1.0);
    let bytes = paper::png(&page);
    let digest = Digest::of(&bytes);
    let at = Clock::System.now().as_microsecond();
    let arrival = Arrival {
        source: "folder:scans",
        source_key: digest.as_str(),
        bytes: &bytes,
        raw_digest: &digest,
        content_digest: &digest,
        at,
    };
    let mut tx = store.write().await.unwrap();
    tx.store_arrivals(&[arrival]).await.unwrap();
    tx.commit().await.unwrap();
    let workshop = Workshop {
        store,
        clock: Clock::System,
        converters: Converters { program: env!("CARGO_BIN_EXE_penstock").into(), patience: Duration::from_mins(5) },
        attempts: 3,
        owner: "test".to_owned(),
    };
    while workshop.convert_next(&CancellationToken::new()).await.unwrap() {}
    let office = Office::on(database).await;
    office.person("tess", Role::Trainee).await;
    let reference = loop {
        if let Some(case) = office.cases().await.pop() {
            break case.reference;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };

    let browser = Browser::sign_in(&office, "tess").await;
    browser.go(&format!("/cases/{reference}")).await;
    browser.find(".scan img").await;
    let drawn = "const image = document.querySelector('.scan img'); image.loading = 'eager'; \
         return image.decode().then(() => image.naturalWidth > 400 && image.alt.includes('Page 1'))";
    assert_eq!(browser.run(drawn).await, json!(true));
    assert!(browser.text(".scan .text").await.contains("tripled in February"));
    assert!(browser.text(".letter").await.contains("tripled in February"), "what was found is marked in its text too");
    browser.check("case-scan").await;
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}
