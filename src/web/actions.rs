//! What forms ask for: check the form, tell the office, show the case again.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Site;
use super::case_page::{self, Shown};
use super::guard::{Problem, SignedIn, cookie_name, page, same_site};
use super::pages::SignInPage;
use crate::accounts::AccountNumber;
use crate::ids::{CaseRef, DeliveryId, LetterId, RevisionId};
use crate::letter::{Outcome, Topic};
use crate::review::{AssuranceChange, Edit, Office, Person, Posting, ReviewError, SignInError};

/// Every field that a form of the case page may carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CaseForm {
    form_token: String,
    version: i64,
    subject: String,
    body: String,
    revision: String,
    reason: String,
    outcome: String,
    account: String,
    primary: String,
    also: String,
    sent: String,
    other: String,
    level: String,
    confirmed_by: String,
    channel: String,
    address: String,
    large_print: String,
    key: String,
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    login: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct TokenForm {
    form_token: String,
}

pub(super) async fn sign_in(State(site): State<Site>, headers: HeaderMap, Form(form): Form<SignInForm>) -> Response {
    if !same_site(&headers) {
        return Problem::forbidden("the request came from another site").into_response();
    }
    match site.office.sign_in(&form.login, &form.password).await {
        Ok(token) => {
            let secure = if site.https { "; Secure" } else { "" };
            let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Strict{secure}", cookie_name(site.https));
            ([(header::SET_COOKIE, cookie)], Redirect::to("/cases")).into_response()
        }
        Err(error) => {
            let status = match &error {
                SignInError::Wrong | SignInError::Password => StatusCode::UNAUTHORIZED,
                SignInError::Blocked => StatusCode::TOO_MANY_REQUESTS,
                SignInError::Machine(_) | SignInError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            };
            if status == StatusCode::SERVICE_UNAVAILABLE {
                tracing::error!(error = %error, "somebody could not sign in");
                return page(status, &SignInPage { problem: "signing in does not work now; try again in a moment" });
            }
            page(status, &SignInPage { problem: &error.to_string() })
        }
    }
}

pub(super) async fn sign_out(
    State(site): State<Site>,
    who: SignedIn,
    Form(form): Form<TokenForm>,
) -> Result<Response, Problem> {
    who.check(&form.form_token)?;
    site.office.sign_out(&who.token).await?;
    let cookie = format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", cookie_name(site.https));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}

/// Shows the case after a step, or the word why it was not taken.
pub(super) async fn shown(
    site: &Site,
    who: &SignedIn,
    reference: &CaseRef,
    result: Result<(), ReviewError>,
) -> Result<Response, Problem> {
    match result {
        Ok(()) => Ok(Redirect::to(&format!("/cases/{reference}")).into_response()),
        Err(error) => {
            let problem = Problem::from(error);
            if matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE) {
                return Err(problem);
            }
            let shown = Shown { status: problem.status, problem: &problem.message, revealed: None };
            case_page::render(site, who, reference.as_str(), &shown).await
        }
    }
}

/// A handler for one step of a case.
macro_rules! steps {
    ($($(#[$outer:meta])* $name:ident: |$office:ident, $who:ident, $case:ident, $form:ident| $body:expr;)+) => {$(
        $(#[$outer])*
        pub(super) async fn $name(
            State(site): State<Site>,
            who: SignedIn,
            Path(reference): Path<String>,
            Form(form): Form<CaseForm>,
        ) -> Result<Response, Problem> {
            who.check(&form.form_token)?;
            let case = CaseRef::from(reference);
            let ($office, $who, $case, $form) = (&site.office, who.person(), &case, &form);
            let result: Result<(), ReviewError> = $body;
            shown(&site, &who, $case, result).await
        }
    )+};
}

steps! {
    claim: |office, person, case, form| office.claim(person, case, form.version).await;
    release: |office, person, case, form| office.release(person, case, form.version).await;
    topics: |office, person, case, form| match chosen_topics(form) {
        Ok(topics) => office.change_topics(person, case, form.version, &topics).await,
        Err(error) => Err(error),
    };
    account: |office, person, case, form| match chosen_account(form) {
        Ok(number) => office.change_account(person, case, form.version, number.as_ref()).await,
        Err(error) => Err(error),
    };
    draft: |office, person, case, form| office.save_draft(person, case, form.version, &edit(form)).await;
    posting: |office, person, case, form| match chosen_posting(form) {
        Ok(posting) => office.choose_posting(person, case, form.version, &posting).await,
        Err(error) => Err(error),
    };
    submit: |office, person, case, form| submitted(office, person, case, form).await;
    justify: |office, person, case, form| {
        office.justify(person, case, form.version, (&form.key, &form.reason)).await
    };
    approve: |office, person, case, form| {
        office.approve(person, case, form.version, &RevisionId::from(form.revision.clone())).await
    };
    send_back: |office, person, case, form| office.send_back(person, case, form.version, &form.reason).await;
    join: |office, person, case, form| {
        office.join(person, case, form.version, &CaseRef::from(form.other.trim().to_owned())).await
    };
    keep_apart: |office, person, case, form| office.keep_apart(person, case, form.version).await;
    assurance: |office, person, case, form| match assurance_change(form) {
        Ok(change) => office.change_assurance(person, case, form.version, &change).await,
        Err(error) => Err(error),
    };
    ask_override: |office, person, case, form| office.ask_override(person, case, form.version, &form.reason).await;
    allow_override: |office, person, case, form| office.allow_override(person, case, form.version).await;
    take_back_override: |office, person, case, form| office.take_back_override(person, case, form.version).await;
    close: |office, person, case, form| match form.outcome.parse::<Outcome>() {
        Ok(outcome) => office.close(person, case, form.version, outcome).await,
        Err(error) => Err(error.into()),
    };
}

pub(super) async fn resolve(
    State(site): State<Site>,
    who: SignedIn,
    Path((reference, delivery)): Path<(String, String)>,
    Form(form): Form<CaseForm>,
) -> Result<Response, Problem> {
    who.check(&form.form_token)?;
    let case = CaseRef::from(reference);
    let result = site.office.resolve(who.person(), &case, &DeliveryId::from(delivery), form.sent == "yes").await;
    shown(&site, &who, &case, result).await
}

/// Shows the page with a letter's hidden numbers, and remembers who saw them.
pub(super) async fn reveal(
    State(site): State<Site>,
    who: SignedIn,
    Path((reference, letter)): Path<(String, String)>,
    Form(form): Form<TokenForm>,
) -> Result<Response, Problem> {
    who.check(&form.form_token)?;
    let mut tx = site.office.store.read().await?;
    let case = tx.case_by_reference(&reference).await?.ok_or_else(Problem::not_found)?;
    let letter = tx.letter(&LetterId::from(letter)).await?.ok_or_else(Problem::not_found)?;
    drop(tx);
    if letter.case_id.as_deref() != Some(case.id.as_str()) {
        return Err(Problem::not_found());
    }
    site.office.saw_hidden(who.person(), &case, &letter.id, "page").await?;
    let shown = Shown { status: StatusCode::OK, problem: "", revealed: Some(&letter.id) };
    case_page::render(&site, &who, &reference, &shown).await
}

/// Hands the text in. A text that cannot go out is kept, so that the page shows it with what
/// holds it back.
async fn submitted(office: &Office, person: &Person, case: &CaseRef, form: &CaseForm) -> Result<(), ReviewError> {
    let edit = edit(form);
    let result = office.submit(person, case, form.version, &edit).await;
    if let Err(ReviewError::Unsendable(_)) = &result {
        office.save_draft(person, case, form.version, &edit).await?;
    }
    result
}

fn edit(form: &CaseForm) -> Edit {
    Edit { subject: form.subject.clone(), body: form.body.clone() }
}

fn assurance_change(form: &CaseForm) -> Result<AssuranceChange, ReviewError> {
    if form.confirmed_by.is_empty() {
        return Ok(AssuranceChange::Lower { level: form.level.parse()?, reason: form.reason.clone() });
    }
    Ok(AssuranceChange::Confirm { by: form.confirmed_by.parse()?, note: form.reason.clone() })
}

fn chosen_topics(form: &CaseForm) -> Result<Vec<Topic>, ReviewError> {
    let mut topics = vec![form.primary.parse::<Topic>()?];
    if !form.also.is_empty() {
        let also = form.also.parse::<Topic>()?;
        if !topics.contains(&also) {
            topics.push(also);
        }
    }
    Ok(topics)
}

fn chosen_posting(form: &CaseForm) -> Result<Posting, ReviewError> {
    Ok(Posting {
        channel: form.channel.parse()?,
        address: form.address.clone(),
        large_print: form.large_print == "yes",
    })
}

fn chosen_account(form: &CaseForm) -> Result<Option<AccountNumber>, ReviewError> {
    let digits: String = form.account.chars().filter(|character| !matches!(character, ' ' | '-')).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    digits
        .parse()
        .map(Some)
        .map_err(|error: crate::accounts::rows::NotAnAccountNumber| ReviewError::Invalid(error.to_string()))
}
