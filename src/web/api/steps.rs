//! The steps of a case, each with the version that was seen in `If-Match`.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Bearer;
use super::cases::whole;
use super::problem::Problem;
use crate::accounts::{AccountNumber, Assurance};
use crate::ids::{CaseRef, RevisionId};
use crate::letter::{Flag, Outcome, Topic};
use crate::review::{AssuranceChange, Confirmation, Edit};
use crate::web::Site;

#[derive(Deserialize)]
struct Topics {
    topics: Vec<Topic>,
    /// The circumstances; without them they stay as they are.
    flags: Option<Vec<Flag>>,
}

#[derive(Deserialize)]
struct ChosenAccount {
    account: Option<AccountNumber>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assured {
    level: Option<Assurance>,
    confirmed_by: Option<Confirmation>,
    reason: String,
}

impl Assured {
    fn change(self) -> Result<AssuranceChange, Problem> {
        match (self.level, self.confirmed_by) {
            (Some(level), None) => Ok(AssuranceChange::Lower { level, reason: self.reason }),
            (None, Some(by)) => Ok(AssuranceChange::Confirm { by, note: self.reason }),
            _ => Err(Problem::invalid("give either `level`, to lower it, or `confirmed_by`")),
        }
    }
}

#[derive(Deserialize)]
struct Text {
    subject: String,
    body: String,
}

#[derive(Deserialize)]
struct Approval {
    revision: RevisionId,
}

#[derive(Deserialize)]
struct Reason {
    reason: String,
}

#[derive(Deserialize)]
struct Justified {
    /// The key of the concern.
    key: String,
    reason: String,
}

#[derive(Deserialize)]
struct Ending {
    outcome: Outcome,
}

/// The version in `If-Match`: a number, with or without the quotes of an entity tag.
fn version(headers: &HeaderMap) -> Result<i64, Problem> {
    let words = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if words.trim().is_empty() {
        let detail = "send the case's version in `If-Match`, as its `ETag` or `version` gives it";
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, detail));
    }
    // A tag that no version has is as stale as an old one.
    Ok(words.trim().trim_start_matches("W/").trim_matches('"').parse().unwrap_or(-1))
}

fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::invalid(&format!("the body is not as it should be: {error}")))
}

/// A handler for one step; it answers with the case as it stands then.
macro_rules! steps {
    ($($name:ident: |$office:ident, $person:ident, $case:ident, $version:ident, $body:ident| $step:expr;)+) => {$(
        pub(super) async fn $name(
            State(site): State<Site>,
            Bearer(person): Bearer,
            Path(reference): Path<String>,
            headers: HeaderMap,
            bytes: Bytes,
        ) -> Result<Response, Problem> {
            let case = CaseRef::from(reference);
            let ($office, $person, $case, $body) = (&site.office, &person, &case, &bytes);
            let $version = version(&headers)?;
            $step.await?;
            whole(&site, case.as_str()).await
        }
    )+};
}

steps! {
    claim: |office, person, case, version, _body| office.claim(person, case, version);
    release: |office, person, case, version, _body| office.release(person, case, version);
    topics: |office, person, case, version, bytes| {
        let Topics { topics, flags } = body(bytes)?;
        async move {
            match flags {
                Some(flags) => office.correct(person, case, version, (&topics, &flags)).await,
                None => office.change_topics(person, case, version, &topics).await,
            }
        }
    };
    account: |office, person, case, version, bytes| {
        let ChosenAccount { account } = body(bytes)?;
        async move { office.change_account(person, case, version, account.as_ref()).await }
    };
    assurance: |office, person, case, version, bytes| {
        let change = body::<Assured>(bytes)?.change()?;
        async move { office.change_assurance(person, case, version, &change).await }
    };
    ask_override: |office, person, case, version, bytes| {
        let Reason { reason } = body(bytes)?;
        async move { office.ask_override(person, case, version, &reason).await }
    };
    allow_override: |office, person, case, version, _body| office.allow_override(person, case, version);
    take_back_override: |office, person, case, version, _body| office.take_back_override(person, case, version);
    draft: |office, person, case, version, bytes| {
        let Text { subject, body } = body(bytes)?;
        async move { office.save_draft(person, case, version, &Edit { subject, body }).await }
    };
    justify: |office, person, case, version, bytes| {
        let Justified { key, reason } = body(bytes)?;
        async move { office.justify(person, case, version, (&key, &reason)).await }
    };
    submit: |office, person, case, version, bytes| {
        let Text { subject, body } = body(bytes)?;
        async move { office.submit(person, case, version, &Edit { subject, body }).await }
    };
    approve: |office, person, case, version, bytes| {
        let Approval { revision } = body(bytes)?;
        async move { office.approve(person, case, version, &revision).await }
    };
    send_back: |office, person, case, version, bytes| {
        let Reason { reason } = body(bytes)?;
        async move { office.send_back(person, case, version, &reason).await }
    };
    close: |office, person, case, version, bytes| {
        let Ending { outcome } = body(bytes)?;
        async move { office.close(person, case, version, outcome).await }
    };
}
