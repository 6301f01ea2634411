//! The queue: what waits, the most urgent first, and what stands above all of it.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;

use super::Site;
use super::crisis::Crisis;
use super::due::{due_reason, due_words};
use super::guard::{Problem, SignedIn, page};
use super::pages::about;
use crate::accounts::personal_data::masked;
use crate::clock::local_date;
use crate::letter::{CaseState, Language, SourceAccount, Topic};
use crate::review::{Person, crises};
use crate::store::{CaseFilter, CaseRow, QueuePlace};

/// How many cases a page of the queue shows.
const PAGE: i64 = 50;
/// What `state` may say beside the names of states.
const ANY: &str = "any";
/// Whose cases, by word and title.
const HOLDERS: &[(&str, &str)] = &[("", "everybody's"), ("me", "mine"), ("nobody", "nobody's yet")];
/// When they are due, by word and title.
const DUE: &[(&str, &str)] = &[("", "whenever"), ("overdue", "overdue"), ("today", "today"), ("week", "within 7 days")];
/// In which language, by word and title.
const LANGUAGES: &[(&str, &str)] = &[("", "any"), ("en", "English"), ("es", "Spanish"), ("other", "other")];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct QueueQuery {
    q: String,
    state: String,
    topic: String,
    language: String,
    due: String,
    who: String,
    after: String,
}

#[derive(Deserialize)]
pub(super) struct NextForm {
    form_token: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    language: String,
}

struct QueueRow {
    reference: String,
    urgent: bool,
    unsure: bool,
    language: &'static str,
    about: String,
    from: String,
    subject: String,
    due: String,
    reason: String,
    state: &'static str,
    assignee: String,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage<'a> {
    person: &'a Person,
    form_token: &'a str,
    problem: &'a str,
    counts: Vec<(String, i64)>,
    rows: Vec<QueueRow>,
    crisis: Option<Crisis>,
    crises: Vec<QueueRow>,
    alarms: Vec<(String, String)>,
    states: &'a [&'a str],
    topics: &'a [Topic],
    languages: &'a [(&'a str, &'a str)],
    dues: &'a [(&'a str, &'a str)],
    holders: &'a [(&'a str, &'a str)],
    query: &'a QueueQuery,
    filtered: bool,
    next: String,
}

impl QueueRow {
    fn of(case: &CaseRow, now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            reference: case.reference.to_string(),
            urgent: case.urgent,
            unsure: case.unsure,
            language: match case.language {
                Language::English => "",
                Language::Spanish => "Spanish",
                Language::Other => "other language",
            },
            about: about(case),
            from: case.customer_name.clone().or_else(|| case.customer_address.clone()).unwrap_or_default(),
            subject: masked(&case.subject),
            due: due_words(case, now, zone),
            reason: due_reason(case),
            state: case.state.name(),
            assignee: case.assignee_name.clone().unwrap_or_default(),
        }
    }
}

impl QueueQuery {
    fn filter(&self, person: &Person, now: Timestamp, zone: &TimeZone) -> CaseFilter {
        let state = Some(self.state.clone()).filter(|state| CaseState::NAMES.contains(&state.as_str()));
        CaseFilter {
            in_work: state.is_none() && self.state != ANY,
            // A case that nobody has is an open one.
            state: if self.who == "nobody" { Some(CaseState::Open.name().to_owned()) } else { state },
            topic: self.topic.parse().ok(),
            assignee: (self.who == "me").then(|| person.id.clone()),
            language: self.language.parse().ok(),
            due_before: due_before(&self.due, now, zone),
            text: (!self.q.is_empty()).then(|| self.q.clone()),
            after: self.after.parse().ok(),
            limit: PAGE + 1,
        }
    }

    fn is_filtered(&self) -> bool {
        [&self.q, &self.state, &self.topic, &self.language, &self.due, &self.who].iter().any(|word| !word.is_empty())
    }

    /// The address of the page behind a case.
    fn behind(&self, case: &CaseRow) -> String {
        let after = QueuePlace::of(case).to_string();
        let pairs = [
            ("q", &self.q),
            ("state", &self.state),
            ("topic", &self.topic),
            ("language", &self.language),
            ("due", &self.due),
            ("who", &self.who),
            ("after", &after),
        ];
        let said: Vec<_> = pairs.into_iter().filter(|(_, word)| !word.is_empty()).collect();
        format!("/cases?{}", serde_urlencoded::to_string(said).unwrap_or_default())
    }
}

fn due_before(word: &str, now: Timestamp, zone: &TimeZone) -> Option<i64> {
    let midnight = |days: i64| {
        let day = local_date(now, zone).checked_add(days.days()).ok()?;
        Some(day.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_microsecond())
    };
    match word {
        "overdue" => Some(now.as_microsecond()),
        "today" => midnight(1),
        "week" => Some((now + SignedDuration::from_hours(24 * 7)).as_microsecond()),
        _ => None,
    }
}

pub(super) async fn show(
    State(site): State<Site>,
    who: SignedIn,
    Query(query): Query<QueueQuery>,
) -> Result<Response, Problem> {
    who.person().may_work()?;
    render(&site, &who, &query, "").await
}

async fn render(site: &Site, who: &SignedIn, query: &QueueQuery, problem: &str) -> Result<Response, Problem> {
    let (now, zone) = (site.office.clock.now(), &site.office.organization.zone);
    let mut tx = site.office.store.read().await?;
    let mut cases = tx.cases(&query.filter(who.person(), now, zone)).await?;
    let counts = tx.cases_in_work().await?;
    let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = cases.len() > page_size;
    cases.truncate(page_size);
    let row = |case: &CaseRow| QueueRow::of(case, now, zone);
    let crises: Vec<QueueRow> = crises(&mut tx).await?.iter().map(row).collect();
    let view = QueuePage {
        person: who.person(),
        form_token: &who.session.form_token,
        problem,
        counts,
        rows: cases.iter().map(row).collect(),
        crisis: (!crises.is_empty()).then(|| Crisis::of(&site.office)),
        crises,
        alarms: alarms(&tx.sources().await?, now.as_microsecond()),
        states: CaseState::NAMES,
        topics: Topic::ALL,
        languages: LANGUAGES,
        dues: DUE,
        holders: HOLDERS,
        query,
        filtered: query.is_filtered(),
        next: cases.last().filter(|_| more).map(|case| query.behind(case)).unwrap_or_default(),
    };
    Ok(page(StatusCode::OK, &view))
}

/// Takes the most urgent case that nobody has, and shows it.
pub(super) async fn take_next(
    State(site): State<Site>,
    who: SignedIn,
    Form(form): Form<NextForm>,
) -> Result<Response, Problem> {
    who.check(&form.form_token)?;
    let wanted =
        CaseFilter { topic: form.topic.parse().ok(), language: form.language.parse().ok(), ..CaseFilter::default() };
    if let Some(reference) = site.office.take_next(who.person(), &wanted).await? {
        return Ok(Redirect::to(&format!("/cases/{reference}")).into_response());
    }
    let query = QueueQuery { topic: form.topic, language: form.language, ..QueueQuery::default() };
    render(&site, &who, &query, "Every letter that fits is in somebody's hands already.").await
}

/// The sources that somebody has to look after, each with what it says.
fn alarms(sources: &[SourceAccount], now: i64) -> Vec<(String, String)> {
    let said = sources.iter().map(|source| (source.name.clone(), source.alarms(now).join("; ")));
    said.filter(|(_, alarms)| !alarms.is_empty()).collect()
}
