//! The folder that the billing system writes into: complete extracts are taken by themselves.

use std::fs;
use std::path::Path;
use std::time::Duration;

use penstock::store::Store;

use crate::harness::database::{Database, Kind};
use crate::harness::system::System;

const NUMBER: &str = "1000200030004001";

fn write(folder: &Path, name: &str) {
    let text = format!("account_number,status,name\n{NUMBER},active,{name}\n");
    fs::write(folder.join("accounts.csv"), text).unwrap();
}

async fn name_when(store: &Store, wanted: &str) -> String {
    let mut last = String::new();
    for _ in 0..400 {
        let rows = store.read().await.unwrap().whole_account(NUMBER).await.unwrap();
        last = rows.map(|rows| rows.account.name).unwrap_or_default();
        if last == wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extract_is_taken_when_it_says_that_it_is_complete() {
    let database = Database::fresh(Kind::Sqlite);
    let folder = database.folder().join("extract");
    fs::create_dir(&folder).unwrap();
    let text = format!("[accounts]\nfolder = \"{}\"\npoll_seconds = 1\nsettled_seconds = 3600\n", folder.display());
    let system = System::start(&database, &text).await;
    write(&folder, "Ana Vega");
    fs::write(folder.join("done"), "").unwrap();
    assert_eq!(name_when(&system.store, "Ana Vega").await, "Ana Vega");
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extract_that_nobody_touches_any_more_is_complete() {
    let database = Database::fresh(Kind::Sqlite);
    let folder = database.folder().join("extract");
    fs::create_dir(&folder).unwrap();
    write(&folder, "Ana Vega");
    let text = format!("[accounts]\nfolder = \"{}\"\npoll_seconds = 1\nsettled_seconds = 1\n", folder.display());
    let system = System::start(&database, &text).await;
    assert_eq!(name_when(&system.store, "Ana Vega").await, "Ana Vega");
    write(&folder, "Luis Reed");
    assert_eq!(name_when(&system.store, "Luis Reed").await, "Luis Reed");
    system.running.stop().await;
}
