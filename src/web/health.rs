//! What machines ask: is it alive, can it work, how much is there.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Site;
use super::guard::Problem;
use crate::store::StoreError;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
pub(super) async fn healthy() -> &'static str {
    "ok\n"
}

/// The database answers too.
pub(super) async fn ready(State(site): State<Site>) -> Response {
    let asked = async { site.office.store.read().await?.journal_head().await };
    // Whoever asks wants to know now, not when a connection has been waited for.
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(_)) => return "ready\n".into_response(),
        Ok(Err(error)) => tracing::warn!(error = %error, "not ready"),
        Err(_) => tracing::warn!("not ready: the database does not answer"),
    }
    (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
}

/// Counts, in the form that Prometheus reads.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format")]
pub(super) async fn metrics(State(site): State<Site>) -> Result<String, Problem> {
    let store = &site.office.store;
    let counts = async {
        let mut tx = store.read().await?;
        let oldest = tx.oldest_waiting().await?;
        Ok::<_, StoreError>((
            tx.letters_by_stage().await?,
            tx.cases_by_state().await?,
            tx.deliveries_by_state().await?,
            oldest,
        ))
    };
    let (letters, cases, deliveries, oldest) = counts.await?;
    for (stage, count) in letters {
        metrics::gauge!("penstock_letters", "stage" => stage).set(count as f64);
    }
    for (state, count) in cases {
        metrics::gauge!("penstock_cases", "state" => state).set(count as f64);
    }
    for (state, count) in deliveries {
        metrics::gauge!("penstock_deliveries", "state" => state).set(count as f64);
    }
    let now = site.office.clock.now().as_microsecond();
    metrics::gauge!("penstock_oldest_waiting_letter_seconds").set(oldest.map_or(0, |at| (now - at) / 1_000_000) as f64);
    Ok(site.metrics.render())
}
