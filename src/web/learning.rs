//! The page of learning, for supervisors: which model judges and why, what drifts, and the
//! letters whose label would teach most; and the form that corrects what a case is about.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Site;
use super::actions::shown;
use super::guard::{Problem, SignedIn, page};
use super::pages::moment;
use crate::accounts::personal_data::masked;
use crate::ids::{CaseRef, LetterId};
use crate::letter::{Flag, Topic};
use crate::pipeline::learning::{Comparison, Drift, Offer, Side, drift, offers};
use crate::review::{Person, ReviewError};
use crate::store::{LearningState, ModelRow};

/// How many weeks of drift are shown.
const WEEKS: i64 = 8;
/// How many letters are offered.
const OFFERS: usize = 8;
/// How many models are shown.
const MODELS: usize = 20;
/// How many characters of an offered letter are shown.
const SHOWN: usize = 2_500;
/// The names of the places of a letter's topics.
const PLACES: [&str; 3] = ["Primary topic", "Second topic", "Third topic"];

/// A place among a letter's topics: its name, whether it must be filled, and every topic with
/// whether it is chosen.
type Place = (&'static str, bool, Vec<(Topic, bool)>);

/// A form's choices of topics and flags, with those that stand now.
pub(super) struct Choices {
    pub(super) topics: Vec<Place>,
    pub(super) flags: Vec<(Flag, bool)>,
}

impl Choices {
    /// The choices with these chosen.
    pub(super) fn of(topics: &[Topic], flags: &[Flag]) -> Self {
        let places = PLACES.iter().enumerate().map(|(at, name)| {
            let all = Topic::ALL.iter().map(|topic| (*topic, topics.get(at) == Some(topic)));
            (*name, at == 0, all.collect())
        });
        Self { topics: places.collect(), flags: Flag::ALL.iter().map(|flag| (*flag, flags.contains(flag))).collect() }
    }
}

struct OfferView {
    letter: String,
    reference: String,
    subject: String,
    text: String,
    said: String,
    choices: Choices,
}

struct ModelView {
    name: String,
    state: String,
    created: String,
    labels: i64,
    fixed: String,
    recent: String,
    reason: String,
}

struct WeekView {
    from: String,
    judged: i64,
    unsure: i64,
    /// In percent.
    share: String,
    labelled: i64,
    corrected: i64,
}

#[derive(Template)]
#[template(path = "learning.html")]
struct LearningPage<'a> {
    person: &'a Person,
    form_token: &'a str,
    model: String,
    pinned: String,
    waiting: i64,
    minimum: i64,
    automatic: bool,
    models: Vec<ModelView>,
    weeks: Vec<WeekView>,
    topics: Vec<(&'static str, Vec<String>)>,
    offers: Vec<OfferView>,
}

pub(super) async fn show(State(site): State<Site>, who: SignedIn) -> Result<Response, Problem> {
    who.person().may_approve()?;
    let (office, zone) = (&site.office, &site.office.organization.zone);
    let now = office.clock.now().as_microsecond();
    let mut tx = office.store.read().await?;
    let state: LearningState = tx.learning_state().await?;
    let waiting = tx.labels_after(state.trained_until).await?;
    let rows = tx.models().await?;
    let found = drift(&mut tx, now, WEEKS).await?;
    drop(tx);
    let offered = offers(&office.store, &site.in_use, now, OFFERS).await?;
    Ok(page(
        StatusCode::OK,
        &LearningPage {
            person: who.person(),
            form_token: &who.session.form_token,
            model: site.in_use.judge().name(),
            pinned: state.pinned_at.map(|at| moment(at, zone)).unwrap_or_default(),
            waiting,
            minimum: site.learning.minimum,
            automatic: site.learning.automatic,
            models: rows.iter().take(MODELS).map(|row| model_view(row, zone)).collect(),
            topics: topic_rows(&found),
            weeks: found.weeks.iter().map(|week| week_view(week, zone)).collect(),
            offers: offered.into_iter().map(offer_view).collect(),
        },
    ))
}

fn model_view(row: &ModelRow, zone: &jiff::tz::TimeZone) -> ModelView {
    let comparison: Comparison = serde_json::from_str(&row.comparison).unwrap_or_default();
    let side = |side: &Side| match side.letters {
        0 => "none yet".to_owned(),
        letters => format!("{} of {letters}, before {}", side.after.right, side.before.right),
    };
    ModelView {
        name: row.version.to_string(),
        state: if row.kept { row.state.clone() } else { format!("{}, bytes dropped", row.state) },
        created: moment(row.created_at, zone),
        labels: row.labels,
        fixed: side(&comparison.fixed),
        recent: side(&comparison.recent),
        reason: comparison.reason,
    }
}

fn week_view(week: &crate::pipeline::learning::Week, zone: &jiff::tz::TimeZone) -> WeekView {
    let (labelled, corrected) = week.labelled();
    WeekView {
        from: moment(week.from, zone),
        judged: week.judged,
        unsure: week.unsure,
        share: percent(week.unsure, week.judged),
        labelled,
        corrected,
    }
}

fn percent(part: i64, all: i64) -> String {
    // In tenths of a percent, rounded.
    let tenths = (part * 1000 + all / 2).checked_div(all).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// One row for each topic that people answered for: corrected of all, week by week.
fn topic_rows(drift: &Drift) -> Vec<(&'static str, Vec<String>)> {
    let topics: BTreeSet<Topic> = drift.weeks.iter().flat_map(|week| week.topics.keys().copied()).collect();
    let cell = |topic: &Topic, week: &crate::pipeline::learning::Week| match week.topics.get(topic) {
        Some((all, wrong)) => format!("{wrong} of {all}"),
        None => String::new(),
    };
    topics.iter().map(|topic| (topic.title(), drift.weeks.iter().map(|week| cell(topic, week)).collect())).collect()
}

fn offer_view(offer: Offer) -> OfferView {
    let said: Vec<String> = offer
        .labels
        .iter()
        .map(|(topic, probability)| format!("{} {:.0} %", topic.title(), probability * 100.0))
        .collect();
    let guessed: Vec<Topic> = if offer.topics.is_empty() {
        offer.labels.first().map(|(topic, _)| *topic).into_iter().collect()
    } else {
        offer.topics
    };
    OfferView {
        letter: offer.letter_id.to_string(),
        reference: offer.reference,
        subject: masked(&offer.subject),
        text: masked(&offer.text).chars().take(SHOWN).collect(),
        said: said.join(", "),
        choices: Choices::of(&guessed, &offer.flags),
    }
}

/// What a form with [`Choices`] says.
struct Chosen {
    form_token: String,
    version: i64,
    topics: Vec<Topic>,
    flags: Vec<Flag>,
}

fn chosen(form: Vec<(String, String)>) -> Result<Chosen, ReviewError> {
    let mut chosen = Chosen { form_token: String::new(), version: -1, topics: Vec::new(), flags: Vec::new() };
    for (name, value) in form {
        match name.as_str() {
            "form_token" => chosen.form_token = value,
            "version" => chosen.version = value.parse().unwrap_or(-1),
            "topic" if !value.is_empty() => {
                let topic: Topic = value.parse()?;
                if !chosen.topics.contains(&topic) {
                    chosen.topics.push(topic);
                }
            }
            "flag" => {
                let flag: Flag = value.parse()?;
                if !chosen.flags.contains(&flag) {
                    chosen.flags.push(flag);
                }
            }
            _ => {}
        }
    }
    Ok(chosen)
}

/// A supervisor says what an offered letter is about.
pub(super) async fn label(
    State(site): State<Site>,
    who: SignedIn,
    Path(letter): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let chosen = chosen(form)?;
    who.check(&chosen.form_token)?;
    site.office.label(who.person(), &LetterId::from(letter), (&chosen.topics, &chosen.flags)).await?;
    Ok(Redirect::to("/learning").into_response())
}

/// Somebody who works on a case says what it is about.
pub(super) async fn correct(
    State(site): State<Site>,
    who: SignedIn,
    Path(reference): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let chosen = chosen(form)?;
    who.check(&chosen.form_token)?;
    let case = CaseRef::from(reference);
    let result = site.office.correct(who.person(), &case, chosen.version, (&chosen.topics, &chosen.flags)).await;
    shown(&site, &who, &case, result).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_keep_their_order_and_stand_once() {
        let pairs =
            [("topic", "shutoff"), ("topic", ""), ("topic", "shutoff"), ("topic", "other"), ("flag", "medical")];
        let form = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let chosen = chosen(form).expect("they are known");
        assert_eq!(chosen.topics, [Topic::Shutoff, Topic::Other]);
        assert_eq!(chosen.flags, [Flag::Medical]);
    }

    #[test]
    fn shares_are_rounded_and_nothing_of_nothing_is_nothing() {
        assert_eq!([percent(1, 3), percent(0, 0), percent(2, 2)], ["33.3", "0.0", "100.0"]);
    }
}
