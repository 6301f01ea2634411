//! The JSON API under `/api/v1`: the same steps as the pages, for programs with a bearer token.
//!
//! Every write to a case names the version it saw in `If-Match` and is refused with 412 when
//! somebody was faster. Problems are RFC 9457 documents.

mod cases;
mod messages;
mod problem;
mod steps;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, middleware};

use self::problem::Problem;
use super::Site;
use crate::review::{Person, status};

/// How large a message may be that is handed in, in bytes.
const MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// The routes of the API.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/openapi.json", get(description))
        .route("/messages", post(messages::hand_in).layer(DefaultBodyLimit::max(MESSAGE_BYTES)))
        .route("/messages/{id}", get(messages::show))
        .route("/cases", get(cases::list))
        .route("/cases/{reference}", get(cases::show))
        .route("/cases/{reference}/claim", post(steps::claim))
        .route("/cases/{reference}/release", post(steps::release))
        .route("/cases/{reference}/topics", post(steps::topics))
        .route("/cases/{reference}/account", post(steps::account))
        .route("/cases/{reference}/assurance", post(steps::assurance))
        .route("/cases/{reference}/disclosure/ask", post(steps::ask_override))
        .route("/cases/{reference}/disclosure/allow", post(steps::allow_override))
        .route("/cases/{reference}/disclosure/take-back", post(steps::take_back_override))
        .route("/cases/{reference}/draft", post(steps::draft))
        .route("/cases/{reference}/justify", post(steps::justify))
        .route("/cases/{reference}/submit", post(steps::submit))
        .route("/cases/{reference}/approve", post(steps::approve))
        .route("/cases/{reference}/return", post(steps::send_back))
        .route("/cases/{reference}/close", post(steps::close))
        .route("/status", get(show_status))
        .fallback(nothing)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::map_response(problem::in_words))
}

/// Who asks, by their bearer token.
pub(super) struct Bearer(Person);

impl FromRequestParts<Site> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let words = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, token) = words.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
            return Err(Problem::unauthorized("send the header `Authorization: Bearer TOKEN`"));
        }
        let person = site.office.person_of_token(token.trim()).await?;
        person.map(Self).ok_or_else(|| Problem::unauthorized("the token is unknown, has ended or was taken back"))
    }
}

async fn description() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("openapi.json"))
}

async fn show_status(State(site): State<Site>, Bearer(_): Bearer) -> Result<Response, Problem> {
    Ok(Json(status(&site.office.store, site.office.clock.now()).await?).into_response())
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing under this address; see /api/v1/openapi.json")
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take that method; see /api/v1/openapi.json")
}
