//! The page of one case: letter, reply and account side by side.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Site;
use super::checks::{Checked, checked};
use super::crisis::Crisis;
use super::due::{due_reason, due_words};
use super::finding_panel::{FindingPanel, finding_panel};
use super::guard::{Problem, SignedIn, page};
use super::learning::Choices;
use super::letter_view::{LetterView, Way, match_result};
use super::pages::{about, moment, reasons};
use super::similar::{SimilarReply, similar};
use crate::accounts::{AccountContext, Assurance, Reader, context};
use crate::billing::Billing;
use crate::clock::local_date;
use crate::ids::LetterId;
use crate::journal::Entry;
use crate::letter::{CaseState, Channel, Outcome};
use crate::review::{Person, may_close};
use crate::store::{CaseRow, DeliveryRow, GuessRow, LetterRow, RevisionRow, UserRow};

#[derive(Template)]
#[template(path = "case.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that the page offers or not")]
struct CasePage<'a> {
    person: &'a Person,
    form_token: &'a str,
    crisis: Option<Crisis>,
    about: String,
    due: String,
    due_reason: String,
    problem: &'a str,
    returned: String,
    letters: Vec<LetterView>,
    revision: Option<RevisionRow>,
    postal_address: String,
    checked: Checked,
    deliveries: Vec<DeliveryRow>,
    account: Option<AccountContext>,
    panel: Option<FindingPanel>,
    disclosure: &'static str,
    /// How old the facts are.
    age: String,
    /// The levels that it can be lowered to.
    lower: Vec<Assurance>,
    /// Why somebody asked to tell more, when somebody did.
    asked: Option<String>,
    can_ask: bool,
    can_allow: bool,
    candidates: Vec<String>,
    guesses: Vec<(GuessRow, String)>,
    history: Vec<String>,
    editable: bool,
    can_claim: bool,
    can_approve: bool,
    can_resolve: bool,
    can_close: bool,
    correction: Option<Choices>,
    similar: Vec<SimilarReply>,
    outcomes: &'a [Outcome],
    case: CaseRow,
}

pub(super) async fn show(
    State(site): State<Site>,
    who: SignedIn,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    render(&site, &who, &reference, &Shown { status: StatusCode::OK, problem: "", revealed: None }).await
}

/// How the page is shown.
pub(super) struct Shown<'a> {
    /// The status of the answer.
    pub(super) status: StatusCode,
    /// The word about what went wrong, when something did.
    pub(super) problem: &'a str,
    /// The letter whose hidden numbers were asked for.
    pub(super) revealed: Option<&'a LetterId>,
}

/// The page of a case.
pub(super) async fn render(
    site: &Site,
    who: &SignedIn,
    reference: &str,
    shown_as: &Shown<'_>,
) -> Result<Response, Problem> {
    let person = who.person();
    person.may_work()?;
    let office = &site.office;
    let zone = &office.organization.zone;
    let mut tx = office.store.read().await?;
    let case = tx.case_by_reference(reference).await?.ok_or_else(Problem::not_found)?;
    let letters = tx.letters_of_case(&case.id).await?;
    let scans = tx.scans_of(&letters.iter().map(|letter| letter.id.as_str()).collect::<Vec<_>>()).await?;
    let shown = match case.state.revision() {
        Some(revision) => tx.revision(revision).await?,
        None => tx.latest_revision(&case.id).await?,
    };
    let editable = matches!(&case.state, CaseState::Claimed { by } if *by == person.id);
    let checked = checked(office, &mut tx, &case, (shown.as_ref(), editable)).await?;
    let rows = match &case.account_number {
        Some(number) => tx.whole_account(number).await?,
        None => None,
    };
    let today = local_date(office.clock.now(), zone);
    let account = rows.map(|rows| context(&rows, today));
    let panel = account.as_ref().map(|account| finding_panel(account, &office.policy, today));
    let extract = tx.current_extract().await?;
    let (entries, users) = (tx.journal_of_case(&case.id).await?, tx.users().await?);
    let authors = match &shown {
        Some(revision) => tx.authors(&revision.id).await?,
        None => Vec::new(),
    };
    let deliveries = tx.deliveries_of_case(&case.id).await?;
    let guesses = tx.guesses_of_case(&case.id).await?;
    let similar = similar(site, &mut tx, &case, &letters).await?;
    let supervisor = person.may_approve().is_ok();
    let asked = tx.disclosure_override(&case.id).await?;
    let allowed = asked.as_ref().is_some_and(|asked| asked.allowed_by.is_some());
    let reader = Reader { allowed, ..case.assurance.reader() };
    let disclosure = match &account {
        Some(_) if allowed => "Two people allowed that this one reply tells the account's facts.",
        Some(_) if office.disclosure.may_know(&reader) => "The writer may be told the account's facts.",
        Some(_) => "The writer may not be told facts of this account: the draft says how to verify instead.",
        None => "",
    };
    let candidates = letters.last().map(candidates).unwrap_or_default();
    let letters: Vec<LetterView> = letters
        .iter()
        .enumerate()
        .map(|(at, letter)| {
            let way = Way { base: format!("/cases/{}/letters/{}", case.reference, letter.id), number: at + 1, zone };
            LetterView::of(letter, &way, shown_as.revealed == Some(&letter.id), scans.get(letter.id.as_str()))
        })
        .collect();
    let crisis = letters.iter().any(|letter| letter.self_harm) && !matches!(case.state, CaseState::Closed { .. });
    let view = CasePage {
        about: about(&case),
        crisis: crisis.then(|| Crisis::of(office)),
        due: due_words(&case, office.clock.now(), zone),
        due_reason: due_reason(&case),
        problem: shown_as.problem,
        returned: returned(&case, &entries),
        candidates,
        letters,
        checked,
        postal_address: postal_address(shown.as_ref(), account.as_ref()),
        revision: shown,
        deliveries,
        guesses: guesses.into_iter().map(|guess| (guess.clone(), reasons(&guess))).collect(),
        age: age(
            extract.and_then(|extract| extract.loaded_at),
            office.billing.as_ref().is_some_and(Billing::is_down),
            zone,
        ),
        account,
        panel,
        disclosure,
        lower: Assurance::ALL.iter().copied().filter(|level| *level < case.assurance.level).collect(),
        can_ask: supervisor
            && asked.is_none()
            && case.account_number.is_some()
            && !office.disclosure.may_know(&reader)
            && matches!(case.state, CaseState::Open | CaseState::Claimed { .. }),
        can_allow: asked
            .as_ref()
            .is_some_and(|asked| asked.allowed_by.is_none() && asked.asked_by != person.id.as_str()),
        asked: asked.map(|asked| asked.reason),
        history: entries.iter().rev().map(|entry| history_line(entry, &users, zone)).collect(),
        editable,
        can_claim: case.state.clone().claim(person.id.clone()).is_ok() && case.state.assignee() != Some(&person.id)
            || matches!(case.state, CaseState::Answered { .. } | CaseState::Undelivered { .. }),
        can_approve: supervisor && matches!(case.state, CaseState::Submitted { .. }) && !authors.contains(&person.id),
        can_resolve: supervisor,
        can_close: case.state.clone().close(Outcome::Explained).is_ok() && may_close(person, &case).is_ok(),
        correction: editable.then(|| Choices::of(&case.topics, &case.flags)),
        similar,
        outcomes: Outcome::ALL,
        person,
        form_token: &who.session.form_token,
        case,
    };
    Ok(page(shown_as.status, &view))
}

/// How old what is known of accounts is.
fn age(loaded_at: Option<i64>, billing_is_down: bool, zone: &jiff::tz::TimeZone) -> String {
    let as_of =
        loaded_at.map(|at| format!("As of the billing extract taken in {}.", moment(at, zone))).unwrap_or_default();
    if billing_is_down {
        format!("{as_of} Billing does not answer: amounts of the account cannot be sent until it does.")
            .trim()
            .to_owned()
    } else {
        as_of
    }
}

/// The address of a posted reply, else the one on file.
fn postal_address(revision: Option<&RevisionRow>, account: Option<&AccountContext>) -> String {
    let chosen = revision.filter(|revision| revision.channel == Channel::Post);
    chosen
        .and_then(|revision| revision.recipient.clone())
        .or_else(|| account?.account.postal_address())
        .unwrap_or_default()
}

fn candidates(letter: &LetterRow) -> Vec<String> {
    match_result(letter)
        .map(|result| {
            result
                .candidates
                .iter()
                .map(|candidate| {
                    format!("{} ({:.2}): {}", candidate.account, candidate.score, candidate.reasons.join("; "))
                })
                .collect()
        })
        .unwrap_or_default()
}

/// The reason of the last return, while the writer works on it.
fn returned(case: &CaseRow, entries: &[Entry]) -> String {
    if !matches!(case.state, CaseState::Claimed { .. }) {
        return String::new();
    }
    let last = entries.iter().rev().find(|entry| matches!(entry.kind.as_str(), "reply.returned" | "reply.submitted"));
    last.filter(|entry| entry.kind == "reply.returned")
        .and_then(|entry| serde_json::from_str::<serde_json::Value>(&entry.details).ok())
        .and_then(|details| details.get("reason")?.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}

fn history_line(entry: &Entry, users: &[UserRow], zone: &jiff::tz::TimeZone) -> String {
    let who = entry.actor.strip_prefix("user:").map_or(entry.actor.as_str(), |id| {
        users.iter().find(|user| user.id.as_str() == id).map_or("somebody", |user| user.name.as_str())
    });
    format!("{}: {} ({who})", moment(entry.at, zone), entry.kind.replace(['.', '_'], " "))
}
