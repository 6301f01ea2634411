//! The program is killed at random moments, started again, killed again: nothing is lost,
//! nothing doubled, nothing sent twice but what is reported as unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use penstock::clock::Clock;
use penstock::ids::{ApprovalId, DeliveryId, Digest, RevisionId, UserId};
use penstock::letter::{CaseState, Channel};
use penstock::store::{CaseFilter, NewDelivery, NewRevision, Store, UserRow};

use super::chance::{OWN_VARIABLES, moment};
use crate::harness::database::{Database, on_both_databases};
use crate::harness::process::free_port;
use crate::harness::smtp_sink::{Behaviour, SmtpSink};

on_both_databases!(
    ingest_killed_twenty_times_has_every_letter_once,
    sending_killed_twenty_times_sends_nothing_twice_unreported,
);

const LETTERS: u16 = 500;
const REPLIES: u16 = 100;
const KILLS: usize = 20;

fn config(database: &Database, smtp_port: u16) -> PathBuf {
    let path = database.folder().join("penstock.toml");
    let text = format!(
        "data_dir = \"{}\"\nlog_filter = \"warn\"\n[database]\nurl = \"{}\"\n[web]\nlisten = \"127.0.0.1:{}\"\n\
         [outgoing]\nmode = \"smtp\"\nhost = \"127.0.0.1\"\nport = {smtp_port}\ntls = \"none\"\n",
        database.folder().join("data").display(),
        database.url,
        free_port(),
    );
    fs::write(&path, text).unwrap();
    path
}

/// The program, without what is meant for the tests: it would be a wrong setting to it.
pub(super) fn program(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_penstock"));
    for name in OWN_VARIABLES {
        command.env_remove(name);
    }
    command.arg("--config").arg(config);
    command
}

pub(super) fn start(config: &Path, arguments: &[&str]) -> Child {
    program(config).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

pub(super) fn kill_after(mut child: Child, wait: Duration) {
    let end = Instant::now() + wait;
    while Instant::now() < end && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    // SIGKILL: the process can do nothing more.
    let _ = child.kill();
    child.wait().unwrap();
}

fn write_letters(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for number in 0..LETTERS {
        let text = format!(
            "From: c{number}@customer.example\r\nMessage-ID: <{number}@customer.example>\r\nSubject: Bill {number}\r\n\r\n\
             My bill number {number} was charged twice.\r\n{}",
            "More words. ".repeat(usize::from(number % 200))
        );
        fs::write(folder.join(format!("{number:04}.eml")), text).unwrap();
    }
}

async fn ingest_killed_twenty_times_has_every_letter_once(database: &Database) {
    let folder = database.folder().join("letters");
    write_letters(&folder);
    let config = config(database, 1);
    let path = folder.to_str().unwrap();
    for number in 0..KILLS {
        kill_after(start(&config, &["ingest", path]), moment(number, 900));
    }
    let store = database.open().await;
    // What a killed process held is free again when its lease is over.
    let deadline = Instant::now() + Duration::from_secs(150);
    loop {
        assert!(start(&config, &["ingest", path]).wait().unwrap().success());
        let stages: BTreeMap<String, i64> =
            store.read().await.unwrap().letters_by_stage().await.unwrap().into_iter().collect();
        if !stages.contains_key("received") || Instant::now() > deadline {
            assert_eq!(stages, BTreeMap::from([("prepared".to_owned(), i64::from(LETTERS))]));
            break;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.cases_by_state().await.unwrap(), [("open".to_owned(), i64::from(LETTERS))], "one case a letter");
    drop(tx);
    assert!(start(&config, &["journal", "verify"]).wait().unwrap().success());
}

async fn person(store: &Store, login: &str, role: &str) -> UserId {
    let id = UserId::new(Clock::System.now());
    let mut tx = store.write().await.unwrap();
    let user = UserRow {
        id: id.clone(),
        login: login.to_owned(),
        name: login.to_owned(),
        role: role.to_owned(),
        password_hash: "none".to_owned(),
        created_at: 0,
        disabled_at: None,
        failed_sign_ins: 0,
        blocked_until: None,
    };
    tx.add_user(&user).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Brings every open case to an approved reply, as the office does.
async fn approve_all(store: &Store) {
    let (trainee, supervisor) = (person(store, "t", "trainee").await, person(store, "s", "supervisor").await);
    let mut tx = store.write().await.unwrap();
    let filter = CaseFilter { limit: 1000, ..CaseFilter::default() };
    for case in tx.cases(&filter).await.unwrap() {
        let now = Clock::System.now();
        let (revision, approval, delivery) = (RevisionId::new(now), ApprovalId::new(now), DeliveryId::new(now));
        let at = now.as_microsecond();
        let recipient = case.customer_address.clone().unwrap();
        tx.add_revision(&NewRevision {
            id: &revision,
            case_id: &case.id,
            author: Some(&trainee),
            base: None,
            language: "en",
            subject: "Your bill",
            body: "Dear customer,",
            recipient: Some(&recipient),
            channel: Channel::Email,
            large_print: false,
            template: "other/1",
            facts: "{}",
            missing: "[]",
            created_at: at,
        })
        .await
        .unwrap();
        let message_id = format!("{delivery}@penstock.example");
        let bytes =
            format!("From: a@penstock.example\r\nTo: {recipient}\r\nMessage-ID: <{message_id}>\r\n\r\nHello\r\n")
                .into_bytes();
        let row = tx.revision(&revision).await.unwrap().unwrap();
        tx.add_approval(&approval, &row, &supervisor, (at, &Digest::of(&bytes))).await.unwrap();
        tx.add_delivery(&NewDelivery {
            id: &delivery,
            case_id: &case.id,
            revision_id: &revision,
            approval_id: &approval,
            recipient: &recipient,
            channel: Channel::Email,
            pages: None,
            message_id: &message_id,
            reply_token: None,
            bytes: &bytes,
            bytes_digest: &Digest::of(&bytes),
            created_at: at,
        })
        .await
        .unwrap();
        tx.move_case(&case, &CaseState::Approved { by: trainee.clone(), revision }, at).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn states(store: &Store) -> BTreeMap<String, i64> {
    store.read().await.unwrap().deliveries_by_state().await.unwrap().into_iter().collect()
}

async fn sending_killed_twenty_times_sends_nothing_twice_unreported(database: &Database) {
    let sink = SmtpSink::start(Behaviour { delay: Duration::from_millis(15), ..Behaviour::default() });
    let config = config(database, sink.port);
    let folder = database.folder().join("letters");
    fs::create_dir_all(&folder).unwrap();
    for number in 0..REPLIES {
        let text = format!(
            "From: c{number}@customer.example\nMessage-ID: <{number}@c.example>\nSubject: Bill\n\nHello {number}\n"
        );
        fs::write(folder.join(format!("{number}.eml")), text).unwrap();
    }
    assert!(start(&config, &["ingest", folder.to_str().unwrap()]).wait().unwrap().success());
    let store = database.open().await;
    approve_all(&store).await;
    for number in 0..KILLS {
        kill_after(start(&config, &["serve"]), Duration::from_millis(150) + moment(number, 500));
    }
    // Time passes: what a killed process had claimed before the dot may be tried again, what
    // it had past the dot is in doubt.
    let url = database.url.clone();
    let mut last = start(&config, &["serve"]);
    let mut expired = false;
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let now = states(&store).await;
        let open: i64 = ["prepared", "claimed", "dot_committed"].iter().filter_map(|state| now.get(*state)).sum();
        if open == 0 || Instant::now() > deadline {
            assert_eq!(open, 0, "{now:?} on {url}");
            break;
        }
        if !expired && !now.contains_key("prepared") {
            expired = true;
            expire_leases(database);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let _ = last.kill();
    last.wait().unwrap();

    let accepted: Vec<String> = sink.accepted().iter().map(|mail| mail.recipients.join(",")).collect();
    let distinct: BTreeSet<&String> = accepted.iter().collect();
    let ended = states(&store).await;
    let unknown = ended.get("unknown").copied().unwrap_or(0);
    assert_eq!(accepted.len(), distinct.len(), "some reply was sent twice: {ended:?}");
    assert_eq!(ended.values().sum::<i64>(), i64::from(REPLIES));
    let missing = i64::from(REPLIES) - i64::try_from(distinct.len()).unwrap();
    assert!(missing <= unknown, "{missing} replies are lost, only {unknown} are reported as unknown");
}

/// Ends every lease, as an hour would.
fn expire_leases(database: &Database) {
    let sql = "UPDATE deliveries SET lease_until = 1 WHERE lease_until IS NOT NULL";
    if let Some(name) = database.postgres_name() {
        crate::harness::postgres::server().execute(name, sql);
        return;
    }
    let path = database.url.trim_start_matches("sqlite:").to_owned();
    let script = format!("import sqlite3; c = sqlite3.connect({path:?}, timeout=10); c.execute({sql:?}); c.commit()");
    assert!(Command::new("python3").args(["-c", &script]).status().unwrap().success());
}
