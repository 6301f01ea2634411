//! A letter's HTML, made harmless and shown in a frame of its own: nothing runs, and nothing is
//! loaded from elsewhere unless a person asks for it.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::Site;
use super::guard::{Problem, SignedIn};
use super::pages::letter_bytes;
use crate::accounts::personal_data::masked;
use crate::reading::{attachment_bytes, display_html, html_body, read};

/// The pictures within letters that are shown; others have to be downloaded.
const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];
/// How many bytes of pictures are shown in one letter.
const PICTURE_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pictures: String,
}

pub(super) async fn show(
    State(site): State<Site>,
    who: SignedIn,
    Path((reference, letter)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let raw = letter_bytes(&site, &who, &reference, letter).await?;
    let elsewhere = asked.pictures == "yes";
    let shown = tokio::task::spawn_blocking(move || harmless(&raw, elsewhere)).await;
    let html = shown.ok().flatten().ok_or_else(Problem::not_found)?;
    // The frame has no origin: it cannot reach the pages, whatever the letter would try.
    let policy = if elsewhere {
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data: https: http:; \
         style-src 'unsafe-inline'; frame-ancestors 'self'"
    } else {
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; frame-ancestors 'self'"
    };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    Ok((headers, html).into_response())
}

/// The letter's HTML with its own pictures put in; numbers that pages hide are hidden here too.
fn harmless(raw: &[u8], elsewhere: bool) -> Option<String> {
    let (html, images) = html_body(raw)?;
    let attachments = read(raw).attachments;
    let mut pictures: HashMap<String, String> = HashMap::new();
    let mut bytes = 0;
    for (content_id, position) in images {
        let Some(kind) = attachments.get(position).map(|attachment| attachment.content_type.as_str()) else { continue };
        let Some(picture) = attachment_bytes(raw, position).filter(|_| PICTURES.contains(&kind)) else { continue };
        bytes += picture.len();
        if bytes <= PICTURE_BYTES {
            pictures.insert(content_id, format!("data:{kind};base64,{}", BASE64_STANDARD.encode(picture)));
        }
    }
    let body = display_html(&masked(&html), move |content_id| pictures.get(content_id).cloned(), elsewhere);
    Some(format!(
        "<!doctype html><html lang=\"und\"><head><meta charset=\"utf-8\"><title>Letter</title></head><body>{body}</body></html>"
    ))
}
