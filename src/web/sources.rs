//! The page of the sources: what each holds against what is stored, and letters handed in by hand.

use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Site;
use super::guard::{Problem, SignedIn, page};
use super::pages::moment;
use crate::intake::{Receipt, files};
use crate::review::Person;

/// How many bytes one form may hand in.
pub(super) const UPLOAD_BYTES: usize = 256 * 1024 * 1024;

struct SourceView {
    name: String,
    account: String,
    looked_at: String,
    failure: String,
    alarms: String,
}

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage<'a> {
    person: &'a Person,
    form_token: &'a str,
    rows: Vec<SourceView>,
    uploaded: Vec<String>,
}

pub(super) async fn show(State(site): State<Site>, who: SignedIn) -> Result<Response, Problem> {
    who.person().may_work()?;
    render(&site, &who, StatusCode::OK, Vec::new()).await
}

async fn render(site: &Site, who: &SignedIn, status: StatusCode, uploaded: Vec<String>) -> Result<Response, Problem> {
    let (now, zone) = (site.office.clock.now().as_microsecond(), &site.office.organization.zone);
    let sources = site.office.store.read().await?.sources().await?;
    let rows = sources
        .into_iter()
        .map(|source| SourceView {
            account: source.sentence(now),
            looked_at: source.looked_at.map(|at| moment(at, zone)).unwrap_or_default(),
            alarms: source.alarms(now).join("; "),
            failure: source.failure.unwrap_or_default(),
            name: source.name,
        })
        .collect();
    Ok(page(status, &SourcesPage { person: who.person(), form_token: &who.session.form_token, rows, uploaded }))
}

/// Takes the files of the form one after the other; says for each what became of it.
pub(super) async fn upload(State(site): State<Site>, who: SignedIn, mut form: Multipart) -> Result<Response, Problem> {
    who.person().may_work()?;
    let mut checked = false;
    let mut lines = Vec::new();
    let broken = |error: axum::extract::multipart::MultipartError| Problem {
        status: error.status(),
        message: format!("the files did not arrive whole ({}); hand them in again", error.body_text()),
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("form_token") {
            who.check(&field.text().await.map_err(broken)?)?;
            checked = true;
            continue;
        }
        // The secret stands before the files, so that a stranger's are not even read.
        if !checked {
            return Err(Problem::forbidden("the form is from another session; open the page again"));
        }
        let name = field.file_name().unwrap_or("file").chars().take(200).collect::<String>();
        let bytes = field.bytes().await.map_err(broken)?.to_vec();
        if !bytes.is_empty() {
            lines.push(format!("{name}: {}", hand_in(&site, who.person(), (&name, bytes)).await));
        }
    }
    if lines.is_empty() {
        lines.push("no file was chosen".to_owned());
    }
    render(&site, &who, StatusCode::OK, lines).await
}

/// Hands in the messages of one file; says what became of them.
async fn hand_in(site: &Site, person: &Person, (name, bytes): (&str, Vec<u8>)) -> String {
    if bytes.len() as u64 > files::MESSAGE_BYTES {
        return format!("refused, it is larger than {} MiB", files::MESSAGE_BYTES / 1024 / 1024);
    }
    let messages = match files::messages_in(name, bytes) {
        Ok(messages) => messages,
        Err(error) => return format!("refused, {error}"),
    };
    let (mut new, mut known) = (0, 0);
    for message in messages {
        match site.desk.hand_in("upload", &person.id, message).await {
            Ok(Receipt::New(_)) => new += 1,
            Ok(Receipt::Duplicate(_)) => known += 1,
            Err(error) => return format!("{new} stored, then stopped: {error}; hand it in again"),
        }
    }
    match known {
        0 => format!("{new} stored"),
        _ => format!("{new} stored, {known} were here already"),
    }
}
