//! Mailboxes of a real server: what is in them is stored once and accounted for, whatever happens.

use std::fs;
use std::path::Path;

use penstock::clock::Clock;
use penstock::store::CaseFilter;

use crate::harness::database::{Database, Kind, on_both_databases};
use crate::harness::dovecot::Dovecot;
use crate::harness::oauth_provider::OAuthProvider;
use crate::harness::process::wait_for;
use crate::harness::system::System;

on_both_databases!(messages_are_moved_once_they_are_stored_and_read_back);

const OFFICE: &str = "inquiries@penstock.example";
const SOURCE: &str = "imap:inquiries/INBOX";

async fn start(database: &Database, mailboxes: &[String]) -> System {
    let sections = mailboxes.iter().map(|lines| format!("[[mailbox]]\n{lines}")).collect::<Vec<_>>().join("\n");
    System::start(database, &sections).await
}

fn mailbox(dovecot: &Dovecot, more: &str) -> String {
    format!(
        "name = \"inquiries\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nuser = \"{OFFICE}\"\n\
         password = \"office\"\npoll_seconds = 1\n{more}",
        dovecot.imap_port
    )
}

fn letter(number: usize, words: &str) -> Vec<u8> {
    format!(
        "From: c{number}@customer.example\r\nMessage-ID: <{number}@customer.example>\r\nSubject: Bill {number}\r\n\r\n\
         My bill is too high. {words}\r\n"
    )
    .into_bytes()
}

fn files_in(folder: &Path) -> usize {
    ["new", "cur"].iter().filter_map(|inner| fs::read_dir(folder.join(inner)).ok()).map(Iterator::count).sum()
}

async fn messages_are_moved_once_they_are_stored_and_read_back(database: &Database) {
    let dovecot = Dovecot::start(&[(OFFICE, "office")]);
    for number in 0..30 {
        dovecot.deliver(OFFICE, &letter(number, ""));
    }
    dovecot.make_folder(OFFICE, "Processed");
    let system = start(database, &[mailbox(&dovecot, "after = \"move\"")]).await;
    let source = system.source_when(SOURCE, |source| source.arrivals == 30 && source.held == Some(0)).await;
    assert_eq!((source.unaccounted(), source.failure), (Some(0), None));
    assert_eq!(system.letters().await, 30);
    let folder = dovecot.maildir_of(OFFICE);
    assert_eq!((files_in(&folder), files_in(&folder.join(".Processed"))), (0, 30));
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_messages_of_the_same_bytes_are_one_letter_and_both_are_moved() {
    let database = Database::fresh(Kind::Sqlite);
    let dovecot = Dovecot::start(&[(OFFICE, "office")]);
    dovecot.make_folder(OFFICE, "Processed");
    dovecot.deliver(OFFICE, &letter(1, ""));
    dovecot.deliver(OFFICE, &letter(1, ""));
    let system = start(&database, &[mailbox(&dovecot, "after = \"move\"")]).await;
    system.source_when(SOURCE, |source| source.arrivals == 2 && source.held == Some(0)).await;
    assert_eq!(system.letters().await, 1);
    assert_eq!(files_in(&dovecot.maildir_of(OFFICE).join(".Processed")), 2);
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_stored_but_not_finished_is_finished_later() {
    let database = Database::fresh(Kind::Sqlite);
    let dovecot = Dovecot::start(&[(OFFICE, "office")]);
    for number in 0..3 {
        dovecot.deliver(OFFICE, &letter(number, ""));
    }
    dovecot.deliver(OFFICE, &letter(3, &"See the picture. ".repeat(60_000)));
    let small = "message_bytes = 100000\n";
    // As if the program had ended between storing and moving.
    let system = start(&database, &[mailbox(&dovecot, small)]).await;
    system.source_when(SOURCE, |source| source.stored == Some(4)).await;
    system.running.stop().await;
    let flagged = |folder: &Path| {
        let names = fs::read_dir(folder.join("cur")).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains(":2,a")).count()
    };
    let folder = dovecot.maildir_of(OFFICE);
    let system = start(&database, &[mailbox(&dovecot, &format!("{small}after = \"flag\""))]).await;
    wait_for("the flags", std::time::Duration::from_secs(30), || flagged(&folder) == 3);
    system.running.stop().await;
    // The folder is missing at first: that is told and stops nothing.
    dovecot.deliver(OFFICE, &letter(4, ""));
    let system = start(&database, &[mailbox(&dovecot, "after = \"move\"")]).await;
    let source = system.source_when(SOURCE, |source| source.failure.is_some() && source.arrivals == 5).await;
    assert!(source.failure.as_deref().unwrap().contains("exist"), "{source:?}");
    dovecot.make_folder(OFFICE, "Processed");
    let source = system.source_when(SOURCE, |source| source.held == Some(1) && source.failure.is_none()).await;
    assert_eq!((source.arrivals, source.unaccounted()), (5, Some(0)));
    assert_eq!(files_in(&folder.join(".Processed")), 4, "of the large one only the beginning is here: it stays");
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_large_becomes_a_case_and_stays_in_the_mailbox() {
    let database = Database::fresh(Kind::Sqlite);
    let dovecot = Dovecot::start(&[(OFFICE, "office")]);
    dovecot.deliver(OFFICE, &letter(1, &"See the picture. ".repeat(60_000)));
    dovecot.deliver(OFFICE, &letter(2, ""));
    let system = start(&database, &[mailbox(&dovecot, "message_bytes = 100000\nafter = \"flag\"")]).await;
    let source = system.source_when(SOURCE, |source| source.arrivals == 2 && source.held == Some(2)).await;
    assert_eq!(source.unaccounted(), Some(0));
    let large = loop {
        let mut tx = system.store.read().await.unwrap();
        let cases = tx.cases(&CaseFilter { limit: 10, ..CaseFilter::default() }).await.unwrap();
        if let Some(case) = cases.iter().find(|case| case.subject == "Bill 1") {
            break tx.letters_of_case(&case.id).await.unwrap().remove(0);
        }
        drop(tx);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let reading = large.reading.unwrap();
    assert!(reading.contains("the mailbox holds 1020"), "{}", &reading[reading.len() - 300..]);
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_numbered_anew_is_fetched_again_without_doubles() {
    let database = Database::fresh(Kind::Sqlite);
    let mut dovecot = Dovecot::start(&[(OFFICE, "office")]);
    for number in 0..10 {
        dovecot.deliver(OFFICE, &letter(number, ""));
    }
    let system = start(&database, &[mailbox(&dovecot, "")]).await;
    system.source_when(SOURCE, |source| source.stored == Some(10)).await;
    // Without its list the server numbers the mailbox anew, under another UIDVALIDITY.
    dovecot.stop();
    let folder = dovecot.maildir_of(OFFICE);
    for name in ["dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache", "dovecot-uidvalidity"]
    {
        let _ = fs::remove_file(folder.join(name));
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    dovecot.restart();
    dovecot.deliver(OFFICE, &letter(10, ""));
    let source = system.source_when(SOURCE, |source| source.held == Some(11) && source.stored == Some(11)).await;
    assert_eq!(source.arrivals, 21, "everything was fetched again");
    assert_eq!(system.letters().await, 11, "and nothing was doubled");
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_fails_is_told_and_stops_no_other() {
    let database = Database::fresh(Kind::Sqlite);
    let dovecot = Dovecot::start(&[(OFFICE, "office")]);
    dovecot.deliver(OFFICE, &letter(1, ""));
    let broken = mailbox(&dovecot, "failing_after_minutes = 0").replace("inquiries\"\nhost", "broken\"\nhost");
    let broken = broken.replace("password = \"office\"", "password = \"wrong\"");
    let system = start(&database, &[broken, mailbox(&dovecot, "")]).await;
    system.source_when(SOURCE, |source| source.stored == Some(1)).await;
    let broken = system.source_when("imap:broken/INBOX", |source| source.failure.is_some()).await;
    let alarms = broken.alarms(Clock::System.now().as_microsecond());
    assert!(alarms[0].starts_with("failing for") && alarms[0].contains("Authentication failed"), "{alarms:?}");
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_is_signed_in_to_by_a_token_that_is_renewed() {
    let database = Database::fresh(Kind::Sqlite);
    let provider = OAuthProvider::start(OFFICE);
    let dovecot = Dovecot::start_with_tokens(&[(OFFICE, "office")], provider.port);
    dovecot.deliver(OFFICE, &letter(1, ""));
    let file = database.folder().join("refresh-token");
    fs::write(&file, "first\n").unwrap();
    let oauth2 = format!(
        "[mailbox.oauth2]\ntoken_url = \"http://127.0.0.1:{}/token\"\nclient_id = \"penstock\"\n\
         refresh_token_file = \"{}\"\ntoken_days = 90\nalarm_days = 100",
        provider.port,
        file.display()
    );
    let lines = mailbox(&dovecot, &oauth2).replace("password = \"office\"\n", "");
    let system = start(&database, std::slice::from_ref(&lines)).await;
    let source = system.source_when(SOURCE, |source| source.stored == Some(1)).await;
    let now = Clock::System.now().as_microsecond();
    assert_eq!(fs::read_to_string(&file).unwrap(), provider.refresh_token(), "the renewed token replaced the old one");
    assert_eq!(source.token_days(now), Some(89));
    assert!(source.alarms(now)[0].contains("ends in 89 days"), "{:?}", source.alarms(now));
    system.running.stop().await;
    // A permission that was taken back is told in words.
    fs::write(&file, "stolen").unwrap();
    let system = start(&database, &[lines]).await;
    let source = system.source_when(SOURCE, |source| source.failure.is_some()).await;
    assert!(source.failure.unwrap().contains("the grant has ended"));
    system.running.stop().await;
}
