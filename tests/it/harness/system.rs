//! Owns a whole system in the test's own process, on a database of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use penstock::app::{Running, start};
use penstock::clock::Clock;
use penstock::config::Settings;
use penstock::letter::SourceAccount;
use penstock::store::Store;

use super::database::Database;

const WAIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// A running system with its store.
pub(crate) struct System {
    /// The system; stop it at the end.
    pub(crate) running: Running,
    /// Its database.
    pub(crate) store: Store,
}

impl System {
    /// Starts a system on loopback, with further sections of settings.
    pub(crate) async fn start(database: &Database, sections: &str) -> Self {
        let text = format!(
            "data_dir = \"{}\"\n[web]\nlisten = \"127.0.0.1:0\"\n{sections}\n",
            database.folder().join("data").display()
        );
        let settings = Settings::read(None, &text, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems:?}"));
        let store = database.open().await;
        let running = start(&settings, store.clone(), Clock::System).await.unwrap();
        Self { running, store }
    }

    /// Waits until the account of a source is as wanted; gives it.
    pub(crate) async fn source_when(&self, name: &str, wanted: impl Fn(&SourceAccount) -> bool) -> SourceAccount {
        let mut last = None;
        for _ in 0..WAIT.as_millis() / POLL.as_millis() {
            let sources = self.store.read().await.unwrap().sources().await.unwrap();
            last = sources.into_iter().find(|source| source.name == name);
            if let Some(source) = last.clone().filter(|source| wanted(source)) {
                return source;
            }
            tokio::time::sleep(POLL).await;
        }
        panic!("the account never was as wanted: {last:?}");
    }

    /// How many letters are stored.
    pub(crate) async fn letters(&self) -> i64 {
        let stages = self.store.read().await.unwrap().letters_by_stage().await.unwrap();
        stages.into_iter().map(|(_, count)| count).sum()
    }
}
