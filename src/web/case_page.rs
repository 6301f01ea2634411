//! The page of one case: letter, reply and account side by side.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Site;
use super::guard::{Problem, SignedIn, page};
use super::pages::{about, moment, reasons};
use crate::accounts::personal_data::{find_personal_data, masked};
use crate::accounts::{AccountContext, MatchResult, context};
use crate::classification::Classification;
use crate::clock::local_date;
use crate::ids::LetterId;
use crate::journal::Entry;
use crate::letter::{CaseState, Channel, Outcome, Topic};
use crate::reading::scan::{Page, PageKind, Scan, Stretch, TextSource};
use crate::reading::{Authentication, Place, Reading};
use crate::replies::missing_marks;
use crate::review::Person;
use crate::store::{CaseRow, DeliveryRow, GuessRow, LetterRow, RevisionRow, UserRow};

struct LetterView {
    from: String,
    received: String,
    subject: String,
    new_text: String,
    signature: String,
    quoted: String,
    attachments: Vec<(String, u64, String)>,
    problems: Vec<String>,
    sender: String,
    raw: String,
    /// Where its HTML can be seen; empty when it has none.
    html: String,
    /// Where the hidden numbers can be asked for; empty when there are none, or they are shown.
    reveal: String,
    evidence: Vec<String>,
    pages: Vec<PageView>,
}

/// A page of a scanned letter: its image, and its text beside it.
struct PageView {
    number: u32,
    note: &'static str,
    image: Option<String>,
    stretches: Vec<Stretch>,
}

#[derive(Template)]
#[template(path = "case.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that the page offers or not")]
struct CasePage<'a> {
    person: &'a Person,
    form_token: &'a str,
    about: String,
    due: String,
    problem: &'a str,
    returned: String,
    letters: Vec<LetterView>,
    revision: Option<RevisionRow>,
    postal_address: String,
    missing: String,
    deliveries: Vec<DeliveryRow>,
    account: Option<AccountContext>,
    disclosure: &'static str,
    candidates: Vec<String>,
    guesses: Vec<(GuessRow, String)>,
    history: Vec<String>,
    editable: bool,
    can_claim: bool,
    can_approve: bool,
    can_resolve: bool,
    can_close: bool,
    primary: &'static str,
    also: &'static str,
    all_topics: &'a [Topic],
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
    let rows = match &case.account_number {
        Some(number) => tx.whole_account(number).await?,
        None => None,
    };
    let account = rows.map(|rows| context(&rows, local_date(office.clock.now(), zone)));
    let (entries, users) = (tx.journal_of_case(&case.id).await?, tx.users().await?);
    let authors = match &shown {
        Some(revision) => tx.authors(&revision.id).await?,
        None => Vec::new(),
    };
    let deliveries = tx.deliveries_of_case(&case.id).await?;
    let guesses = tx.guesses_of_case(&case.id).await?;
    let supervisor = person.may_approve().is_ok();
    let told = case.customer_address.as_deref().unwrap_or_default();
    let disclosure = match &account {
        Some(account) if account.may_be_told_to(told) => "The writer's address is on file: account facts may be told.",
        Some(_) => "The writer's address is not on file for this account: tell no account facts.",
        None => "",
    };
    let view = CasePage {
        about: about(&case),
        due: moment(case.due_at, zone),
        problem: shown_as.problem,
        returned: returned(&case, &entries),
        candidates: letters.last().map(candidates).unwrap_or_default(),
        letters: letters
            .iter()
            .map(|letter| letter_view(letter, &case, (zone, shown_as.revealed), scans.get(letter.id.as_str())))
            .collect(),
        missing: shown.as_ref().map(|revision| missing_marks(&revision.body).join(", ")).unwrap_or_default(),
        postal_address: postal_address(shown.as_ref(), account.as_ref()),
        revision: shown,
        deliveries,
        guesses: guesses.into_iter().map(|guess| (guess.clone(), reasons(&guess))).collect(),
        account,
        disclosure,
        history: entries.iter().rev().map(|entry| history_line(entry, &users, zone)).collect(),
        editable: matches!(&case.state, CaseState::Claimed { by } if *by == person.id),
        can_claim: case.state.clone().claim(person.id.clone()).is_ok() && case.state.assignee() != Some(&person.id)
            || matches!(case.state, CaseState::Answered { .. } | CaseState::Undelivered { .. }),
        can_approve: supervisor && matches!(case.state, CaseState::Submitted { .. }) && !authors.contains(&person.id),
        can_resolve: supervisor,
        can_close: case.state.clone().close(Outcome::Explained).is_ok()
            && (supervisor || case.state.assignee().is_none_or(|holder| *holder == person.id)),
        primary: case.topics.first().map_or("", |topic| topic.as_str()),
        also: case.topics.get(1).map_or("", |topic| topic.as_str()),
        all_topics: Topic::ALL,
        outcomes: Outcome::ALL,
        person,
        form_token: &who.session.form_token,
        case,
    };
    Ok(page(shown_as.status, &view))
}

/// The address of a posted reply, else the one on file.
fn postal_address(revision: Option<&RevisionRow>, account: Option<&AccountContext>) -> String {
    let chosen = revision.filter(|revision| revision.channel == Channel::Post);
    chosen
        .and_then(|revision| revision.recipient.clone())
        .or_else(|| account?.account.postal_address())
        .unwrap_or_default()
}

fn letter_view(
    letter: &LetterRow,
    case: &CaseRow,
    (zone, revealed): (&jiff::tz::TimeZone, Option<&LetterId>),
    scan: Option<&Scan>,
) -> LetterView {
    let reading: Option<Reading> = letter.reading.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let reading = reading.unwrap_or_else(|| Reading::unreadable("it has not been read yet".to_owned()));
    let classification: Option<Classification> =
        letter.classification.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let base = format!("/cases/{}/letters/{}", case.reference, letter.id);
    let open = revealed == Some(&letter.id);
    let text = |text: String| if open { text } else { masked(&text) };
    let html = if has_html(&reading) { format!("{base}/html") } else { String::new() };
    let hides = !open && has_personal_data(&reading);
    LetterView {
        sender: sender_line(reading.authentication, letter),
        from: reading.from.map(|from| format!("{} <{}>", from.name, from.address)).unwrap_or_default(),
        received: moment(letter.received_at, zone),
        subject: text(reading.subject),
        new_text: text(reading.new_text),
        signature: text(reading.signature),
        quoted: text(reading.quoted),
        reveal: if hides { format!("{base}/reveal") } else { String::new() },
        attachments: reading
            .attachments
            .iter()
            .enumerate()
            .map(|(at, attachment)| {
                let name =
                    if attachment.name.is_empty() { attachment.content_type.clone() } else { attachment.name.clone() };
                (name, attachment.bytes, format!("{base}/attachments/{at}"))
            })
            .collect(),
        problems: reading.problems,
        html,
        raw: format!("{base}/raw"),
        evidence: classification.map(|found| evidence_lines(&found)).unwrap_or_default(),
        pages: scan.iter().flat_map(|scan| &scan.pages).map(|page| page_view(page, &base)).collect(),
    }
}

fn page_view(page: &Page, base: &str) -> PageView {
    PageView {
        number: page.number,
        note: match (page.kind, page.source) {
            (PageKind::Letter, TextSource::TextLayer) => "the text stands in the file",
            (PageKind::Letter, TextSource::Ocr) => "read by a machine; doubtful words are marked",
            (PageKind::Letter, TextSource::None) => "its text was not read",
            (PageKind::Blank, _) => "blank",
            (PageKind::Separator, _) => "a separator sheet",
            (PageKind::Rejected, _) => "it could not be read; the scan itself is attached",
        },
        image: (page.kind != PageKind::Rejected).then(|| format!("{base}/pages/{}.png", page.number)),
        stretches: page
            .stretches()
            .into_iter()
            .map(|stretch| Stretch { text: masked(&stretch.text), ..stretch })
            .collect(),
    }
}

/// Whether the sender's program wrote HTML.
fn has_html(reading: &Reading) -> bool {
    reading
        .parts
        .iter()
        .any(|part| part.content_type == "text/html" && matches!(part.place, Place::Text | Place::Display))
}

/// Whether a letter holds numbers that pages hide.
pub(super) fn has_personal_data(reading: &Reading) -> bool {
    [&reading.subject, &reading.body].into_iter().any(|text| !find_personal_data(text).is_empty())
}

/// How sure it is that the sender wrote: what the checks came to, and the assurance with its
/// reasons.
fn sender_line(found: Authentication, letter: &LetterRow) -> String {
    let proven = if found.aligned { "its domain confirms it" } else { "its domain does not confirm it" };
    let checks = format!("{proven} (SPF {}, DKIM {}, DMARC {})", found.spf, found.dkim, found.dmarc);
    match match_result(letter) {
        Some(result) => format!("{}: {}; {checks}", result.assurance, result.assurance_reasons.join("; ")),
        None => checks,
    }
}

fn match_result(letter: &LetterRow) -> Option<MatchResult> {
    serde_json::from_str(letter.account_match.as_deref()?).ok()
}

fn evidence_lines(classification: &Classification) -> Vec<String> {
    let mut lines: Vec<String> = classification
        .labels
        .iter()
        .take(3)
        .map(|(topic, probability)| {
            let words: Vec<&str> = classification
                .evidence
                .iter()
                .filter(|evidence| evidence.topic == *topic)
                .map(|evidence| evidence.text.as_str())
                .collect();
            let because = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
            format!("{} {:.0} %{because}", topic.title(), probability * 100.0)
        })
        .collect();
    lines.extend(
        classification.flags.iter().map(|found| format!("{}: \u{201c}{}\u{201d}", found.flag.title(), found.text)),
    );
    lines
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
