//! Messages handed in by a program, and what became of them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Bearer;
use super::problem::Problem;
use crate::accounts::personal_data::masked;
use crate::clock::from_microseconds;
use crate::ids::LetterId;
use crate::intake::{Receipt, files};
use crate::web::Site;

/// The source that the ledger names for them.
const SOURCE: &str = "api";

/// Takes a raw message, or the files of a form; answers only when they are durable.
pub(super) async fn hand_in(
    State(site): State<Site>,
    Bearer(person): Bearer,
    request: Request,
) -> Result<Response, Problem> {
    person.may_work()?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let messages = if kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        files_of(request).await?
    } else {
        let body = Bytes::from_request(request, &()).await;
        vec![body.map_err(|rejection| Problem::new(rejection.status(), &rejection.body_text()))?.to_vec()]
    };
    let mut stored = Vec::with_capacity(messages.len());
    for message in messages {
        if message.is_empty() {
            return Err(Problem::invalid("the message is empty"));
        }
        stored.push(receipt(&site.desk.hand_in(SOURCE, &person.id, message).await?));
    }
    match stored.len() {
        0 => Err(Problem::invalid("the form holds no file")),
        1 => Ok((StatusCode::ACCEPTED, Json(stored.remove(0))).into_response()),
        _ => Ok((StatusCode::ACCEPTED, Json(json!({ "messages": stored }))).into_response()),
    }
}

async fn files_of(request: Request) -> Result<Vec<Vec<u8>>, Problem> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|rejection| Problem::new(rejection.status(), &rejection.body_text()))?;
    let broken = |error: axum::extract::multipart::MultipartError| Problem::new(error.status(), &error.body_text());
    let mut messages = Vec::new();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?.to_vec();
        messages.extend(files::messages_in(&name, bytes).map_err(|error| Problem::invalid(&error.to_string()))?);
    }
    Ok(messages)
}

fn receipt(receipt: &Receipt) -> Value {
    let id = receipt.letter();
    json!({
        "id": id,
        "duplicate": matches!(receipt, Receipt::Duplicate(_)),
        "location": format!("/api/v1/messages/{id}"),
    })
}

/// How far a message is, what was read in it, and its case.
pub(super) async fn show(
    State(site): State<Site>,
    Bearer(person): Bearer,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    person.may_work()?;
    let mut tx = site.office.store.read().await?;
    let letter = tx.letter(&LetterId::from(id)).await?.ok_or_else(|| Problem::not_found("message"))?;
    let case = match &letter.case_id {
        Some(case) => tx.case(&case.clone().into()).await?.map(|case| case.reference),
        None => None,
    };
    Ok(Json(json!({
        "id": letter.id,
        "received_at": from_microseconds(letter.received_at).to_string(),
        "bytes": letter.size_bytes,
        "sha256": letter.raw_digest,
        "stage": letter.stage,
        "kind": letter.kind,
        "case": case,
        "reading": reading(letter.reading.as_deref()),
        "classification": inner(letter.classification.as_deref()),
        "account_match": inner(letter.account_match.as_deref()),
    })))
}

/// The fields of a reading that a person wrote.
const WRITTEN: &[&str] = &["subject", "body", "new_text", "quoted", "signature"];

/// What was read, with the numbers hidden that pages hide too.
pub(super) fn reading(text: Option<&str>) -> Value {
    let mut value = inner(text);
    let hide = |field: Option<&mut Value>| {
        if let Some(Value::String(text)) = field {
            *text = masked(text);
        }
    };
    for name in WRITTEN {
        hide(value.get_mut(name));
    }
    for attachment in value.get_mut("attachments").and_then(Value::as_array_mut).into_iter().flatten() {
        hide(attachment.get_mut("text"));
    }
    value
}

/// JSON that is stored as text.
pub(super) fn inner(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}
