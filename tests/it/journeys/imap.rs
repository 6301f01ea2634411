//! Letters lie in a mailbox of a real server; meanwhile the program is killed, the server started
//! again and their connections cut, again and again, and each letter is there once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use penstock::letter::SourceAccount;
use penstock::store::Store;

use super::chance::{letters, moment, rounds, seed};
use super::crash::{kill_after, program, start};
use crate::harness::cutting_proxy::CuttingProxy;
use crate::harness::database::{Database, on_both_databases};
use crate::harness::dovecot::Dovecot;
use crate::harness::process::{Server, free_port};

on_both_databases!(
    letters_left_in_a_mailbox_outlive_kills_restarts_and_cut_connections,
    letters_moved_out_of_a_mailbox_outlive_kills_restarts_and_cut_connections,
);

const OFFICE: &str = "inquiries@water.example";
const SOURCE: &str = "imap:inquiries/INBOX";
const LETTERS: usize = 500;

fn config(database: &Database, port: u16, after: &str) -> PathBuf {
    let path = database.folder().join("penstock.toml");
    let text = format!(
        "data_dir = \"{}\"\nlog_filter = \"warn\"\n[database]\nurl = \"{}\"\n[web]\nlisten = \"127.0.0.1:{}\"\n\
         [pipeline]\nlease_seconds = 5\n[[mailbox]]\nname = \"inquiries\"\nhost = \"127.0.0.1\"\nport = {port}\n\
         tls = \"none\"\nuser = \"{OFFICE}\"\npassword = \"office\"\npoll_seconds = 1\nafter = \"{after}\"\n",
        database.folder().join("data").display(),
        database.url,
        free_port(),
    );
    fs::write(&path, text).unwrap();
    path
}

fn letter(number: usize) -> Vec<u8> {
    format!(
        "From: c{number}@customer.example\r\nMessage-ID: <{number}@customer.example>\r\nSubject: Bill {number}\r\n\r\n\
         My bill number {number} was charged twice.\r\n{}\r\n",
        "More words. ".repeat(number % 100)
    )
    .into_bytes()
}

fn files_in(folder: &Path) -> usize {
    ["new", "cur"].iter().filter_map(|inner| fs::read_dir(folder.join(inner)).ok()).map(Iterator::count).sum()
}

/// Letters arrive in the mailbox while the program runs, until it is killed; in every third round
/// the server is started again meanwhile.
fn disturb(dovecot: &mut Dovecot, config: &Path, round: usize, numbers: std::ops::Range<usize>) {
    let program = start(config, &["serve"]);
    for number in numbers {
        dovecot.deliver(OFFICE, &letter(number));
    }
    if round % 3 == 2 {
        std::thread::sleep(moment(1_000 + round, 1_500));
        dovecot.restart();
    }
    // By then the program has found the mailbox, more often than not.
    kill_after(program, Duration::from_millis(300) + moment(round, 3_000));
}

async fn account(store: &Store) -> (Option<SourceAccount>, Vec<(String, i64)>) {
    let mut tx = store.read().await.unwrap();
    let account = tx.sources().await.unwrap().into_iter().find(|source| source.name == SOURCE);
    (account, tx.letters_by_stage().await.unwrap())
}

/// Waits until every letter is prepared and the mailbox holds as many as it should.
async fn wait_for_all(store: &Store, server: &Server, letters: i64, held: i64) -> SourceAccount {
    let end = Instant::now() + Duration::from_mins(4) + Duration::from_millis(50) * u32::try_from(letters).unwrap();
    loop {
        let (found, stages) = account(store).await;
        if stages == [("prepared".to_owned(), letters)]
            && let Some(found) = found.clone().filter(|found| found.held == Some(held) && found.failure.is_none())
        {
            return found;
        }
        let goes_on = Instant::now() <= end && server.is_running();
        assert!(goes_on, "{stages:?} are here, {found:?}; penstock says at last:\n{}", server.log_end());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn all_are_there_once(database: &Database, after: &str) {
    let begin = Instant::now();
    let letters = letters(LETTERS);
    let mut dovecot = Dovecot::start(&[(OFFICE, "office")]);
    dovecot.make_folder(OFFICE, "Processed");
    let proxy = CuttingProxy::to_port(dovecot.imap_port, seed());
    let config = config(database, proxy.port, after);
    let rounds = rounds(letters);
    for round in 0..rounds {
        let numbers = round * letters / rounds..(round + 1) * letters / rounds;
        disturb(&mut dovecot, &config, round, numbers);
    }
    let store = database.open().await;
    let (before, _) = account(&store).await;
    let server = Server::start("penstock", database.folder(), "TERM", program(&config).arg("serve"));
    let left = if after == "move" { 0 } else { letters };
    let count = i64::try_from(letters).unwrap();
    let found = wait_for_all(&store, &server, count, i64::try_from(left).unwrap()).await;
    println!(
        "{letters} letters ({after}), {rounds} kills, {} restarts of Dovecot, {} connections cut, {} seconds; \
         {} letters were here before the last start",
        rounds / 3,
        proxy.cuts(),
        begin.elapsed().as_secs(),
        before.map_or(0, |account| account.arrivals),
    );
    assert_eq!((found.arrivals, found.unaccounted()), (count, Some(0)), "each letter came once");
    let cases = store.read().await.unwrap().cases_by_state().await.unwrap();
    assert_eq!(cases, [("open".to_owned(), count)], "and has its case");
    let folder = dovecot.maildir_of(OFFICE);
    assert_eq!((files_in(&folder), files_in(&folder.join(".Processed"))), (left, letters - left));
    drop(store);
    assert_eq!(server.stop(), Some(0), "it stops cleanly when asked");
    assert!(start(&config, &["journal", "verify"]).wait().unwrap().success());
}

async fn letters_left_in_a_mailbox_outlive_kills_restarts_and_cut_connections(database: &Database) {
    all_are_there_once(database, "leave").await;
}

async fn letters_moved_out_of_a_mailbox_outlive_kills_restarts_and_cut_connections(database: &Database) {
    all_are_there_once(database, "move").await;
}
