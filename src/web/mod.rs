//! The pages: they find, tell the office, and answer. What may be done is decided in `review`.

mod actions;
mod api;
mod case_page;
mod checks;
mod crisis;
mod due;
mod finding_panel;
mod found;
mod guard;
mod health;
mod learning;
mod letter_html;
mod letter_view;
mod pages;
mod posting;
mod queue;
mod similar;
mod sources;
mod usage_chart;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::config::Learning;
use crate::intake::Desk;
use crate::pipeline::learning::{InUse, Past};
use crate::review::Office;

/// What the pages are served from.
#[derive(Clone)]
pub struct Site {
    /// The office.
    pub office: Office,
    /// Where letters are handed in.
    pub desk: Desk,
    /// What judges letters.
    pub in_use: InUse,
    /// The past cases that similar letters are looked for in.
    pub past: Past,
    /// How the classifier learns.
    pub learning: Learning,
    /// Whether browsers reach the pages by HTTPS.
    pub https: bool,
    /// Renders the metrics.
    pub metrics: Arc<PrometheusHandle>,
}

/// The routes of the site.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/sign-in", get(pages::sign_in_page).post(actions::sign_in))
        .route("/sign-out", post(actions::sign_out))
        .route("/cases", get(queue::show))
        .route("/cases/next", post(queue::take_next))
        .route("/cases/{reference}", get(case_page::show))
        .route("/cases/{reference}/claim", post(actions::claim))
        .route("/cases/{reference}/release", post(actions::release))
        .route("/cases/{reference}/topics", post(actions::topics))
        .route("/cases/{reference}/account", post(actions::account))
        .route("/cases/{reference}/assurance", post(actions::assurance))
        .route("/cases/{reference}/disclosure/ask", post(actions::ask_override))
        .route("/cases/{reference}/disclosure/allow", post(actions::allow_override))
        .route("/cases/{reference}/disclosure/take-back", post(actions::take_back_override))
        .route("/cases/{reference}/draft", post(actions::draft))
        .route("/cases/{reference}/justify", post(actions::justify))
        .route("/cases/{reference}/submit", post(actions::submit))
        .route("/cases/{reference}/approve", post(actions::approve))
        .route("/cases/{reference}/return", post(actions::send_back))
        .route("/cases/{reference}/close", post(actions::close))
        .route("/cases/{reference}/join", post(actions::join))
        .route("/cases/{reference}/keep-apart", post(actions::keep_apart))
        .route("/cases/{reference}/correct", post(learning::correct))
        .route("/learning", get(learning::show))
        .route("/learning/{letter}", post(learning::label))
        .route("/holding", get(pages::holding))
        .route("/cases/{reference}/deliveries/{delivery}", post(actions::resolve))
        .route("/cases/{reference}/letters/{letter}/raw", get(pages::raw_letter))
        .route("/cases/{reference}/letters/{letter}/html", get(letter_html::show))
        .route("/cases/{reference}/letters/{letter}/reveal", post(actions::reveal))
        .route("/cases/{reference}/letters/{letter}/attachments/{position}", get(pages::attachment))
        .route("/cases/{reference}/letters/{letter}/pages/{image}", get(pages::page_image))
        .route("/sources", get(sources::show))
        .route("/sources/upload", post(sources::upload).layer(DefaultBodyLimit::max(sources::UPLOAD_BYTES)))
        .route("/cases/{reference}/posting", post(actions::posting))
        .route("/cases/{reference}/letter.pdf", get(posting::preview))
        .route("/post", get(posting::show))
        .route("/post/returned", post(posting::returned))
        .route("/post/batches", post(posting::make_batch))
        .route("/post/batches/{number}/mailed", post(posting::mailed))
        .route("/post/batches/{number}/letters.pdf", get(posting::batch_pdf))
        .route("/post/batches/{number}/manifest.csv", get(posting::manifest))
        .route("/deliveries", get(pages::deliveries))
        .route("/deliveries/{delivery}", get(pages::delivery))
        .nest("/api/v1", api::routes())
        .route("/assets/penstock.css", get(stylesheet))
        .route("/healthz", get(health::healthy))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .layer(axum::middleware::from_fn(guard::headers))
        .layer(DefaultBodyLimit::max(1024 * 1024))
        .with_state(site)
}

async fn stylesheet() -> impl IntoResponse {
    let text = include_str!("../../templates/pages/penstock.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], text)
}
