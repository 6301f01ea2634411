//! Watches the sources' accounts: an alarm is logged when it begins and when it ends, and stands
//! in the metrics as long as it lasts.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::letter::SourceAccount;
use crate::store::{Store, StoreError};

/// How often the accounts are looked at.
const PAUSE: Duration = Duration::from_secs(15);

/// Watches until told to stop.
pub async fn run(store: Store, clock: Clock, stop: CancellationToken) {
    let mut ringing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while !stop.is_cancelled() {
        match sources(&store).await {
            Ok(sources) => {
                let now = clock.now().as_microsecond();
                for source in &sources {
                    gauge(source, now);
                }
                let alarms = sources.iter().map(|source| (source.name.clone(), source.alarms(now)));
                ringing = tell(&ringing, alarms.filter(|(_, alarms)| !alarms.is_empty()).collect());
            }
            Err(error) => tracing::warn!(error = %error, "the accounts of the sources could not be read"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn sources(store: &Store) -> Result<Vec<SourceAccount>, StoreError> {
    store.read().await?.sources().await
}

/// Logs what began and what ended; gives what rings now.
fn tell(before: &BTreeMap<String, Vec<String>>, now: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    for (source, alarms) in now.iter().filter(|(source, _)| !before.contains_key(*source)) {
        let words = alarms.join("; ");
        tracing::error!(alarm = "source", source = %source, "source {source} needs somebody: {words}");
    }
    for source in before.keys().filter(|source| !now.contains_key(*source)) {
        tracing::info!(alarm = "source", source = %source, "source {source} works again");
    }
    now
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format")]
fn gauge(source: &SourceAccount, now: i64) {
    let name = source.name.clone();
    metrics::gauge!("penstock_source_alarms", "source" => name.clone()).set(source.alarms(now).len() as f64);
    if let Some(unaccounted) = source.unaccounted() {
        metrics::gauge!("penstock_source_unaccounted", "source" => name.clone()).set(unaccounted as f64);
    }
    if let Some(days) = source.token_days(now) {
        metrics::gauge!("penstock_source_token_days", "source" => name.clone()).set(days as f64);
    }
    let heard = source.last_arrival_at.unwrap_or(source.first_seen_at);
    metrics::gauge!("penstock_source_silent_seconds", "source" => name).set(((now - heard) / 1_000_000) as f64);
}
