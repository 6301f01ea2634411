//! What went wrong, as RFC 9457 wants it said.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::intake::NotStored;
use crate::review::ReviewError;
use crate::store::StoreError;

/// A problem document.
#[derive(Debug)]
pub(in crate::web) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: &str) -> Self {
        Self { status, detail: detail.to_owned() }
    }

    pub(super) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, &format!("there is no such {what}"))
    }

    pub(super) fn invalid(detail: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "the API could not answer");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database did not answer; try again in a moment")
    }
}

impl From<NotStored> for Problem {
    fn from(error: NotStored) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, &format!("{error}; keep it and try again"))
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let status = match &error {
            ReviewError::NotFound => StatusCode::NOT_FOUND,
            ReviewError::Forbidden(_) => StatusCode::FORBIDDEN,
            ReviewError::Stale => StatusCode::PRECONDITION_FAILED,
            ReviewError::WrongState(_) => StatusCode::CONFLICT,
            ReviewError::Invalid(_) | ReviewError::Unsendable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ReviewError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        match error {
            ReviewError::Store(inner) => Self::from(inner),
            other => Self::new(status, &other.to_string()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Json(json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        }));
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// Refusals that the framework gives in plain text (too large, no JSON) become problems too.
pub(super) async fn in_words(response: Response) -> Response {
    let status = response.status();
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/"));
    if !(status.is_client_error() || status.is_server_error()) || !plain {
        return response;
    }
    let detail = axum::body::to_bytes(response.into_body(), 4096).await.unwrap_or_default();
    Problem::new(status, String::from_utf8_lossy(&detail).trim()).into_response()
}
