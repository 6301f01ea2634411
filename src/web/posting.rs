//! Replies by post: the printed form of a reply, the batches for the printer, letters that come back.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Site;
use super::guard::{Problem, SignedIn, page};
use super::pages::moment;
use crate::converters::printing::unite;
use crate::ids::CaseRef;
use crate::review::{Person, ReviewError};
use crate::store::DeliveryRow;

struct BatchView {
    number: i64,
    made: String,
    made_by: String,
    letters: i64,
    sheets: i64,
    mailed: String,
}

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage<'a> {
    person: &'a Person,
    form_token: &'a str,
    problem: &'a str,
    may_print: bool,
    waiting: Vec<(String, String, DeliveryRow)>,
    sheets: i64,
    batches: Vec<BatchView>,
}

#[derive(Deserialize)]
pub(super) struct Preview {
    #[serde(default)]
    large: String,
}

#[derive(Deserialize)]
pub(super) struct Returned {
    form_token: String,
    code: String,
    reason: String,
}

#[derive(Deserialize)]
pub(super) struct Token {
    form_token: String,
}

/// The reply of a case as the printed letter would be.
pub(super) async fn preview(
    State(site): State<Site>,
    who: SignedIn,
    Path(reference): Path<String>,
    Query(query): Query<Preview>,
) -> Result<Response, Problem> {
    let reference = CaseRef::from(reference);
    let letter = site.office.letter_preview(who.person(), &reference, query.large == "yes").await?;
    Ok(pdf(letter.pdf, &format!("inline; filename=\"{reference}.pdf\"")))
}

/// A PDF of our own making; browsers show it in a frame of their own.
pub(super) fn pdf(bytes: Vec<u8>, disposition: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, bytes).into_response()
}

pub(super) async fn show(State(site): State<Site>, who: SignedIn) -> Result<Response, Problem> {
    render(&site, &who, StatusCode::OK, "").await
}

async fn render(site: &Site, who: &SignedIn, status: StatusCode, problem: &str) -> Result<Response, Problem> {
    who.person().may_work()?;
    let zone = &site.office.organization.zone;
    let mut tx = site.office.store.read().await?;
    let mut waiting = Vec::new();
    for delivery in tx.letters_to_print(500).await? {
        let reference = tx.case(&delivery.case_id).await?.map(|case| case.reference.to_string()).unwrap_or_default();
        waiting.push((moment(delivery.created_at, zone), reference, delivery));
    }
    let batches = tx.print_batches(50).await?.into_iter().map(|batch| BatchView {
        number: batch.number,
        made: moment(batch.made_at, zone),
        made_by: batch.made_by,
        letters: batch.letters,
        sheets: batch.sheets,
        mailed: batch.mailed_at.map(|at| moment(at, zone)).unwrap_or_default(),
    });
    let shown = PostPage {
        person: who.person(),
        form_token: &who.session.form_token,
        problem,
        may_print: who.person().may_approve().is_ok(),
        sheets: waiting.iter().filter_map(|(_, _, delivery)| delivery.pages).sum(),
        waiting,
        batches: batches.collect(),
    };
    Ok(page(status, &shown))
}

/// The page again after a step, or the word why it was not taken.
async fn after(site: &Site, who: &SignedIn, result: Result<(), ReviewError>) -> Result<Response, Problem> {
    match result {
        Ok(()) => Ok(Redirect::to("/post").into_response()),
        Err(error) => {
            let problem = Problem::from(error);
            if problem.status == StatusCode::SERVICE_UNAVAILABLE {
                return Err(problem);
            }
            render(site, who, problem.status, &problem.message).await
        }
    }
}

pub(super) async fn make_batch(
    State(site): State<Site>,
    who: SignedIn,
    Form(form): Form<Token>,
) -> Result<Response, Problem> {
    who.check(&form.form_token)?;
    let result = site.office.make_print_batch(who.person()).await;
    after(&site, &who, result.map(drop)).await
}

pub(super) async fn mailed(
    State(site): State<Site>,
    who: SignedIn,
    Path(number): Path<i64>,
    Form(form): Form<Token>,
) -> Result<Response, Problem> {
    who.check(&form.form_token)?;
    let result = site.office.batch_was_mailed(who.person(), number).await;
    after(&site, &who, result).await
}

pub(super) async fn returned(
    State(site): State<Site>,
    who: SignedIn,
    Form(form): Form<Returned>,
) -> Result<Response, Problem> {
    who.check(&form.form_token)?;
    match site.office.letter_returned(who.person(), &form.code, &form.reason).await {
        Ok(reference) => Ok(Redirect::to(&format!("/cases/{reference}")).into_response()),
        Err(error) => after(&site, &who, Err(error)).await,
    }
}

/// All letters of a batch in one file.
pub(super) async fn batch_pdf(
    State(site): State<Site>,
    who: SignedIn,
    Path(number): Path<i64>,
) -> Result<Response, Problem> {
    let (_, rows) = site.office.print_batch(who.person(), number).await?;
    let mut letters = Vec::with_capacity(rows.len());
    let mut tx = site.office.store.read().await?;
    for row in &rows {
        letters.push(tx.delivery_bytes(&row.id).await?.ok_or_else(Problem::not_found)?);
    }
    drop(tx);
    let bytes = unite(&letters).await.map_err(|error| {
        tracing::error!(error = %error, "batch {number} could not be put into one file");
        Problem { status: StatusCode::SERVICE_UNAVAILABLE, message: error.to_string() }
    })?;
    Ok(pdf(bytes, &format!("attachment; filename=\"batch-{number}.pdf\"")))
}

/// What lies in the batch: one line for each letter, for those who fold and count.
pub(super) async fn manifest(
    State(site): State<Site>,
    who: SignedIn,
    Path(number): Path<i64>,
) -> Result<Response, Problem> {
    let (_, rows) = site.office.print_batch(who.person(), number).await?;
    let mut tx = site.office.store.read().await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Problem {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        message: format!("the manifest could not be written: {error}"),
    };
    writer.write_record(["position", "case", "pages", "sha256", "address"]).map_err(failed)?;
    for (position, row) in rows.iter().enumerate() {
        let reference = tx.case(&row.case_id).await?.map(|case| case.reference.to_string()).unwrap_or_default();
        let bytes = tx.delivery_bytes(&row.id).await?.ok_or_else(Problem::not_found)?;
        let cells = [
            (position + 1).to_string(),
            reference,
            row.pages.unwrap_or(0).to_string(),
            crate::ids::Digest::of(&bytes).to_string(),
            no_formula(&row.recipient.replace('\n', "; ")),
        ];
        writer.write_record(cells).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    let disposition = format!("attachment; filename=\"batch-{number}.csv\"");
    Ok((
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, disposition.as_str())],
        bytes,
    )
        .into_response())
}

/// A cell that a spreadsheet would take for a formula begins with a quote.
fn no_formula(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
