//! Who asks, and whether the question came from our own pages.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::Site;
use crate::review::{Person, ReviewError, Session};
use crate::store::StoreError;

/// The cookie's name; the longer form is bound to HTTPS and this host by the browser itself.
pub(super) const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-penstock" } else { "penstock" }
}

/// Somebody who is signed in; who is not is sent to sign in.
pub(super) struct SignedIn {
    pub(super) session: Session,
    pub(super) token: String,
}

impl SignedIn {
    pub(super) const fn person(&self) -> &Person {
        &self.session.person
    }

    /// Fails unless the form carries this session's own secret.
    pub(super) fn check(&self, form_token: &str) -> Result<(), Problem> {
        let expected = self.session.form_token.as_bytes();
        let same = expected.len() == form_token.len()
            && expected.iter().zip(form_token.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0;
        if same { Ok(()) } else { Err(Problem::forbidden("the form is from another session; open the page again")) }
    }
}

impl FromRequestParts<Site> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        if !same_site(&parts.headers) && parts.method != axum::http::Method::GET {
            return Err(Problem::forbidden("the request came from another site").into_response());
        }
        let Some(token) = cookie(&parts.headers, cookie_name(site.https)) else {
            return Err(Redirect::to("/sign-in").into_response());
        };
        match site.office.session(&token).await {
            Ok(Some(session)) => Ok(Self { session, token }),
            Ok(None) => Err(Redirect::to("/sign-in").into_response()),
            Err(error) => Err(Problem::from(error).into_response()),
        }
    }
}

/// Whether the browser says that the request came from our own pages. Old browsers say nothing.
pub(super) fn same_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok())
        .is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name).then(|| value.to_owned())
        })
}

/// An answer that says what went wrong.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn forbidden(message: &str) -> Self {
        Self { status: StatusCode::FORBIDDEN, message: message.to_owned() }
    }

    pub(super) fn not_found() -> Self {
        Self { status: StatusCode::NOT_FOUND, message: "there is nothing here".to_owned() }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "a page could not be made");
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: "the database did not answer; try again in a moment".to_owned(),
        }
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let status = match &error {
            ReviewError::NotFound => StatusCode::NOT_FOUND,
            ReviewError::Forbidden(_) => StatusCode::FORBIDDEN,
            ReviewError::Stale | ReviewError::WrongState(_) => StatusCode::CONFLICT,
            ReviewError::Invalid(_) | ReviewError::Unsendable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ReviewError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        if let ReviewError::Store(inner) = error {
            return Self::from(inner);
        }
        Self { status, message: error.to_string() }
    }
}

#[derive(askama::Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    title: &'a str,
    message: &'a str,
    back: &'a str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Problem");
        page(self.status, &ProblemPage { title, message: &self.message, back: "/cases" })
    }
}

/// A rendered page.
pub(super) fn page(status: StatusCode, template: &impl askama::Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Headers that every answer carries.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Bytes that came from outside bring a stricter policy of their own.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
