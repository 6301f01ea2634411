//! Pages that show: the holding pen, sent mail, letters as they came.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;

use super::Site;
use super::guard::{Problem, SignedIn, page};
use super::letter_view::has_personal_data;
use super::posting;
use crate::clock::from_microseconds;
use crate::ids::{DeliveryId, LetterId};
use crate::letter::Channel;
use crate::reading::scan::ScanForm;
use crate::reading::{Reading, attachment_bytes};
use crate::review::Person;
use crate::store::{CaseRow, DeliveryRow, GuessRow, LetterRow, Tx};

/// A moment as people here read it.
pub(super) fn moment(microseconds: i64, zone: &TimeZone) -> String {
    from_microseconds(microseconds).to_zoned_datetime(zone.clone()).strftime("%a %d %b %Y, %H:%M").to_string()
}

pub(super) async fn home() -> Redirect {
    Redirect::to("/cases")
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignInPage<'a> {
    pub(super) problem: &'a str,
}

pub(super) async fn sign_in_page() -> Response {
    page(StatusCode::OK, &SignInPage { problem: "" })
}

/// What a case is about, in words.
pub(super) fn about(case: &CaseRow) -> String {
    case.topics.iter().map(|topic| topic.title()).collect::<Vec<_>>().join(", ")
}

/// How many guesses the holding pen shows.
const GUESSES: i64 = 200;

#[derive(Template)]
#[template(path = "holding.html")]
struct HoldingPage<'a> {
    person: &'a Person,
    form_token: &'a str,
    rows: Vec<(GuessRow, String)>,
}

/// The reasons of a guess, in one line.
pub(super) fn reasons(guess: &GuessRow) -> String {
    serde_json::from_str::<Vec<String>>(&guess.reasons).unwrap_or_default().join("; ")
}

pub(super) async fn holding(State(site): State<Site>, who: SignedIn) -> Result<Response, Problem> {
    who.person().may_work()?;
    let guesses = site.office.store.read().await?.undecided_guesses(GUESSES).await?;
    let rows = guesses.into_iter().map(|guess| (guess.clone(), reasons(&guess))).collect();
    Ok(page(StatusCode::OK, &HoldingPage { person: who.person(), form_token: &who.session.form_token, rows }))
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage<'a> {
    person: &'a Person,
    form_token: &'a str,
    rows: Vec<(String, DeliveryRow)>,
}

pub(super) async fn deliveries(State(site): State<Site>, who: SignedIn) -> Result<Response, Problem> {
    who.person().may_work()?;
    let mut tx = site.office.store.read().await?;
    let zone = &site.office.organization.zone;
    let rows = tx.latest_deliveries(100).await?.into_iter().map(|row| (moment(row.created_at, zone), row)).collect();
    Ok(page(StatusCode::OK, &DeliveriesPage { person: who.person(), form_token: &who.session.form_token, rows }))
}

/// Bytes that came from outside: never shown as anything but text or a download.
fn foreign(bytes: Vec<u8>, as_text: bool) -> Response {
    let (kind, disposition) =
        if as_text { ("text/plain; charset=utf-8", "inline") } else { ("application/octet-stream", "attachment") };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    ];
    (headers, bytes).into_response()
}

pub(super) async fn delivery(
    State(site): State<Site>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    who.person().may_work()?;
    let mut tx = site.office.store.read().await?;
    let id = DeliveryId::from(id);
    let row = tx.delivery(&id).await?.ok_or_else(Problem::not_found)?;
    let bytes = tx.delivery_bytes(&id).await?.ok_or_else(Problem::not_found)?;
    Ok(match row.channel {
        Channel::Email => foreign(bytes, true),
        Channel::Post => posting::pdf(bytes, &format!("inline; filename=\"{id}.pdf\"")),
    })
}

pub(super) async fn letter_bytes(
    site: &Site,
    who: &SignedIn,
    reference: &str,
    letter: String,
) -> Result<Vec<u8>, Problem> {
    let mut tx = site.office.store.read().await?;
    let letter = letter_of_case(&mut tx, who, reference, letter).await?;
    let bytes = tx.letter_bytes(&letter.id, &letter.raw_digest).await?;
    let reading: Option<Reading> = letter.reading.as_deref().and_then(|text| serde_json::from_str(text).ok());
    if reading.as_ref().is_some_and(has_personal_data) {
        let case = tx.case_by_reference(reference).await?.ok_or_else(Problem::not_found)?;
        drop(tx);
        site.office.saw_hidden(who.person(), &case, &letter.id, "message as it came").await?;
    }
    Ok(bytes)
}

/// A letter that stands in the case of the address; whoever asks may work on cases.
async fn letter_of_case(tx: &mut Tx, who: &SignedIn, reference: &str, letter: String) -> Result<LetterRow, Problem> {
    who.person().may_work()?;
    let case = tx.case_by_reference(reference).await?.ok_or_else(Problem::not_found)?;
    let letter = tx.letter(&LetterId::from(letter)).await?.ok_or_else(Problem::not_found)?;
    if letter.case_id.as_deref() != Some(case.id.as_str()) {
        return Err(Problem::not_found());
    }
    Ok(letter)
}

pub(super) async fn raw_letter(
    State(site): State<Site>,
    who: SignedIn,
    Path((reference, letter)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let bytes = letter_bytes(&site, &who, &reference, letter).await?;
    let as_text = ScanForm::of(&bytes).is_none();
    Ok(foreign(bytes, as_text))
}

pub(super) async fn attachment(
    State(site): State<Site>,
    who: SignedIn,
    Path((reference, letter, position)): Path<(String, String, usize)>,
) -> Result<Response, Problem> {
    let raw = letter_bytes(&site, &who, &reference, letter).await?;
    // A scanned letter has one attachment: the scan.
    let bytes = match ScanForm::of(&raw) {
        Some(_) => (position == 0).then_some(raw),
        None => attachment_bytes(&raw, position),
    };
    Ok(foreign(bytes.ok_or_else(Problem::not_found)?, false))
}

/// The image of a page, which the converters made: `1.png`.
pub(super) async fn page_image(
    State(site): State<Site>,
    who: SignedIn,
    Path((reference, letter, image)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let number = image.strip_suffix(".png").and_then(|number| number.parse().ok()).ok_or_else(Problem::not_found)?;
    let mut tx = site.office.store.read().await?;
    let letter = letter_of_case(&mut tx, &who, &reference, letter).await?;
    let image = tx.page_image(&letter.id, number).await?.ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((headers, image).into_response())
}
