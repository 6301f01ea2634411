//! The demonstration: fictional accounts, people who sign in, letters that keep arriving.

pub mod accounts;

use std::path::Path;
use std::time::Duration;

use jiff::civil::Date;

use crate::app::Running;
use crate::classification::{StartingLetter, starting_letters};
use crate::clock::local_date;
use crate::ids::secret;
use crate::journal::Actor;
use crate::letter::Role;
use crate::pipeline::import::import;
use crate::review::add_user;

/// How many accounts there are.
pub(crate) const ACCOUNTS: usize = 240;
/// How many letters lie there at the start.
const LETTERS: usize = 48;
/// How long it takes until the next letter arrives.
const PAUSE: Duration = Duration::from_secs(20);

/// Somebody who signs in to the demonstration, with their password.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// What they sign in with.
    pub login: String,
    /// Their password, made for this data folder.
    pub password: String,
    /// What they may do.
    pub role: Role,
}

/// Fills an empty database and lets letters arrive; gives the people who can sign in.
pub async fn populate(running: &Running, folder: &Path) -> anyhow::Result<Vec<SignIn>> {
    let office = &running.office;
    let today = local_date(office.clock.now(), &office.organization.zone);
    let extract = folder.join("sample-extract");
    std::fs::create_dir_all(&extract)?;
    accounts::write_extract(&extract, ACCOUNTS, today)?;
    import(&office.store, &office.clock, &extract).await?;
    let people = add_people(running).await?;
    let mut letters = sample_letters(today)?;
    for letter in letters.by_ref().take(LETTERS) {
        running.desk.store("demo", None, letter.into_bytes()).await?;
    }
    let (desk, stop) = (running.desk.clone(), running.stopping());
    running.spawn(async move {
        for letter in letters {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            if let Err(error) = desk.store("demo", None, letter.into_bytes()).await {
                tracing::warn!(error = %error, "a sample letter was not stored");
            }
        }
    });
    Ok(people)
}

async fn add_people(running: &Running) -> anyhow::Result<Vec<SignIn>> {
    let office = &running.office;
    let mut people = Vec::new();
    for (login, name, role) in [
        ("trainee", "Trainee", Role::Trainee),
        ("supervisor", "Supervisor", Role::Supervisor),
        ("administrator", "Administrator", Role::Administrator),
    ] {
        let password = secret()?[..16].to_owned();
        add_user(&office.store, office.clock.now(), Actor::Operator, (login, name, role), &password).await?;
        people.push(SignIn { login: login.to_owned(), password, role });
    }
    Ok(people)
}

/// Messages made of the starting letters, each from a sample account, without end.
pub(crate) fn sample_letters(today: Date) -> anyhow::Result<impl Iterator<Item = String> + Send> {
    let letters = starting_letters()?;
    // Files are by topic: take one of each in turn, so that the queue is mixed.
    let count = letters.len().max(1);
    let step = (0..count).find(|step| *step > count / 3 && gcd(*step, count) == 1).unwrap_or(1);
    Ok((0..).map_while(move |number| Some(message(number, letters.get(number * step % count)?, today))))
}

const fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The server at the border whose word about the sample letters is believed.
pub const BORDER: &str = "mx.penstock.example";

fn message(number: usize, letter: &StartingLetter, today: Date) -> String {
    let account = accounts::sample_account(number % ACCOUNTS);
    // Some give their number, some their address, some write from elsewhere, as customers do.
    let hint = match number % 5 {
        0 | 1 => format!("\r\n\r\nAccount {}", account.number),
        2 => format!("\r\n\r\n{}", account.service_address),
        _ => String::new(),
    };
    let sender = if number % 7 == 3 { format!("writer{number}@elsewhere.example") } else { account.email };
    let body = letter.body.replace('\n', "\r\n");
    // The border confirms most senders, as it does in life; the others are told how to verify.
    let results = if number % 11 == 5 {
        String::new()
    } else {
        let domain = sender.rsplit('@').next().unwrap_or_default();
        format!("Authentication-Results: {BORDER}; dmarc=pass header.from={domain}\r\n")
    };
    format!(
        "{results}From: {} <{sender}>\r\nTo: inquiries@penstock.example\r\nSubject: {}\r\nMessage-ID: <sample-{number}-{today}@customer.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}{hint}\r\n",
        account.name,
        encoded(&letter.subject),
    )
}

/// A subject as a header carries it.
fn encoded(subject: &str) -> String {
    if subject.is_ascii() {
        return subject.to_owned();
    }
    let escaped: Vec<String> = subject.bytes().map(|byte| format!("={byte:02X}")).collect();
    let escaped = escaped.concat();
    format!("=?utf-8?Q?{escaped}?=")
}
