//! Cases as JSON: the queue a page at a time, and one case with its letters and its reply.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Bearer;
use super::messages::{inner, reading};
use super::problem::Problem;
use crate::clock::from_microseconds;
use crate::letter::{CaseState, Topic};
use crate::store::{CaseFilter, CaseRow, DeliveryRow, LetterRow, QueuePlace, RevisionRow};
use crate::web::Site;
use crate::web::checks::concerns;
use crate::web::similar::{SimilarReply, similar};

/// How many cases an answer holds.
const PAGE: i64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    topic: String,
    assignee: String,
    q: String,
    cursor: String,
}

pub(super) async fn list(
    State(site): State<Site>,
    Bearer(person): Bearer,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    person.may_work()?;
    let mut tx = site.office.store.read().await?;
    let assignee = match wanted.assignee.as_str() {
        "" => None,
        "me" => Some(person.id.clone()),
        login => Some(tx.user_by_login(login).await?.ok_or_else(|| Problem::not_found("assignee"))?.id),
    };
    let filter = CaseFilter {
        state: state(&wanted.state)?,
        topic: topic(&wanted.topic)?,
        assignee,
        text: (!wanted.q.is_empty()).then_some(wanted.q),
        after: place(&wanted.cursor)?,
        limit: PAGE + 1,
        ..CaseFilter::default()
    };
    let mut cases = tx.cases(&filter).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = cases.len() > page;
    cases.truncate(page);
    let next = cases.last().filter(|_| more).map(|case| QueuePlace::of(case).to_string());
    let cases: Vec<Value> = cases.iter().map(case_json).collect();
    Ok(Json(json!({ "cases": cases, "next_cursor": next })))
}

fn place(cursor: &str) -> Result<Option<QueuePlace>, Problem> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Problem::invalid("`cursor` is not one that an answer gave as `next_cursor`");
    cursor.parse().map(Some).map_err(wrong)
}

fn state(name: &str) -> Result<Option<String>, Problem> {
    match name {
        "" => Ok(None),
        known if CaseState::NAMES.contains(&known) => Ok(Some(known.to_owned())),
        _ => Err(Problem::invalid(&format!("`state` is one of {}", CaseState::NAMES.join(", ")))),
    }
}

fn topic(name: &str) -> Result<Option<Topic>, Problem> {
    if name.is_empty() {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|error: crate::letter::UnknownWord| Problem::invalid(&error.to_string()))
}

pub(super) async fn show(
    State(site): State<Site>,
    Bearer(person): Bearer,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    person.may_work()?;
    whole(&site, &reference).await
}

/// One case with everything about it; its version stands in `ETag`.
pub(super) async fn whole(site: &Site, reference: &str) -> Result<Response, Problem> {
    let mut tx = site.office.store.read().await?;
    let case = tx.case_by_reference(reference).await?.ok_or_else(|| Problem::not_found("case"))?;
    let rows = tx.letters_of_case(&case.id).await?;
    let past = similar(site, &mut tx, &case, &rows).await?;
    let letters: Vec<Value> = rows.iter().map(letter_json).collect();
    let revision = match case.state.revision() {
        Some(revision) => tx.revision(revision).await?,
        None => tx.latest_revision(&case.id).await?,
    };
    let deliveries: Vec<Value> = tx.deliveries_of_case(&case.id).await?.iter().map(delivery_json).collect();
    let mut value = case_json(&case);
    value["letters"] = json!(letters);
    value["draft"] = revision.as_ref().map_or(Value::Null, revision_json);
    if let Some(revision) = &revision {
        value["draft"]["concerns"] = json!(concerns(&site.office, &mut tx, (&case, revision)).await?);
    }
    value["deliveries"] = json!(deliveries);
    value["similar"] = past.iter().map(SimilarReply::json).collect();
    let mut response = Json(value).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", case.version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn moment(at: i64) -> String {
    from_microseconds(at).to_string()
}

fn case_json(case: &CaseRow) -> Value {
    let outcome = match &case.state {
        CaseState::Closed { outcome } => Some(*outcome),
        _ => None,
    };
    json!({
        "reference": case.reference,
        "version": case.version,
        "state": case.state.name(),
        "topics": case.topics,
        "flags": case.flags,
        "unsure": case.unsure,
        "urgent": case.urgent,
        "language": case.language,
        "account": case.account_number,
        "account_decision": case.account_decision,
        "assurance": {
            "level": case.assurance.level, "standing": case.assurance.standing, "reasons": case.assurance.reasons,
            "set_by": case.assurance.set_by,
        },
        "customer": { "name": case.customer_name, "address": case.customer_address },
        "subject": case.subject,
        "assignee": case.assignee_name,
        "outcome": outcome,
        "opened_at": moment(case.opened_at),
        "due_at": moment(case.due_at),
        "changed_at": moment(case.changed_at),
    })
}

fn letter_json(letter: &LetterRow) -> Value {
    json!({
        "id": letter.id,
        "received_at": moment(letter.received_at),
        "stage": letter.stage,
        "kind": letter.kind,
        "reading": reading(letter.reading.as_deref()),
        "classification": inner(letter.classification.as_deref()),
        "account_match": inner(letter.account_match.as_deref()),
    })
}

fn revision_json(revision: &RevisionRow) -> Value {
    json!({
        "revision": revision.id,
        "number": revision.number,
        "author": revision.author_name,
        "language": revision.language,
        "recipient": revision.recipient,
        "channel": revision.channel,
        "large_print": revision.large_print == 1,
        "subject": revision.subject,
        "body": revision.body,
        "template": revision.template,
        "facts": inner(Some(&revision.facts)),
        "missing": inner(Some(&revision.missing)),
        "created_at": moment(revision.created_at),
    })
}

fn delivery_json(delivery: &DeliveryRow) -> Value {
    json!({
        "id": delivery.id,
        "revision": delivery.revision_id,
        "recipient": delivery.recipient,
        "channel": delivery.channel,
        "pages": delivery.pages,
        "print_batch": delivery.print_batch,
        "message_id": delivery.message_id,
        "state": delivery.state,
        "attempts": delivery.attempt,
        "server_reply": delivery.server_reply,
        "approved_at": moment(delivery.created_at),
        "settled_at": delivery.settled_at.map(moment),
    })
}
