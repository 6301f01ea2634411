//! What letters depend on goes away for a while: it is told, nothing is lost, and everything goes
//! on by itself when it is there again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use penstock::clock::Clock;
use penstock::journal::Actor;
use penstock::letter::Role;
use penstock::review::add_user;
use penstock::store::{Options, Store};

use super::crash::program;
use super::lmtp::{OFFICE, hand_in};
use crate::harness::database::{Database, Kind};
use crate::harness::dovecot::Dovecot;
use crate::harness::postfix::Postfix;
use crate::harness::postgres::Postgres;
use crate::harness::process::{Server, folder, free_port, wait_for};

const LONG: Duration = Duration::from_mins(2);
const PASSWORD: &str = "correct horse battery";

fn serve(folder: &Path, url: &str, web_port: u16, sections: &str) -> Server {
    let path: PathBuf = folder.join("penstock.toml");
    let text = format!(
        "data_dir = \"{}\"\nlog_filter = \"info\"\n[database]\nurl = \"{url}\"\n[web]\nlisten = \"127.0.0.1:{web_port}\"\n\
         [pipeline]\nlease_seconds = 5\n{sections}",
        folder.join("data").display(),
    );
    fs::write(&path, text).unwrap();
    Server::start("penstock", folder, "TERM", program(&path).arg("serve"))
}

fn log(server: &Server) -> String {
    fs::read_to_string(&server.log_path).unwrap_or_default()
}

/// The text of a page, seen by somebody who signed in.
fn page(web_port: u16, path: &str) -> String {
    let base = format!("http://127.0.0.1:{web_port}");
    let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
    let answer = agent.post(format!("{base}/sign-in")).send_form([("login", "s"), ("password", PASSWORD)]).unwrap();
    let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let mut answer = agent.get(format!("{base}{path}")).header("cookie", cookie).call().unwrap();
    answer.body_mut().read_to_string().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_whose_server_is_away_raises_an_alarm_until_it_is_back() {
    let database = Database::fresh(Kind::Sqlite);
    let mut dovecot = Dovecot::start(&[(OFFICE, "office")]);
    dovecot
        .deliver(OFFICE, b"From: ana@customer.example\r\nMessage-ID: <1@c.example>\r\nSubject: Bill\r\n\r\nHello\r\n");
    let store = database.open().await;
    add_user(&store, Clock::System.now(), Actor::Operator, ("s", "s", Role::Supervisor), PASSWORD).await.unwrap();
    let web_port = free_port();
    let sections = format!(
        "[[mailbox]]\nname = \"away\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nuser = \"{OFFICE}\"\n\
         password = \"office\"\npoll_seconds = 1\nfailing_after_minutes = 0\n",
        dovecot.imap_port
    );
    let server = serve(database.folder(), &database.url, web_port, &sections);
    wait_for("the letter", LONG, || {
        let status = std::net::TcpStream::connect(("127.0.0.1", web_port)).map(|_| page(web_port, "/sources"));
        status.is_ok_and(|page| page.contains("1 stored, 0 unaccounted") && page.contains("in order"))
    });
    dovecot.stop();
    wait_for("the alarm", LONG, || log(&server).contains("source imap:away/INBOX needs somebody: failing for"));
    let shown = page(web_port, "/sources");
    assert!(shown.contains("Needs somebody:") && shown.contains("failing for"), "{shown}");
    let metrics = page(web_port, "/metrics");
    assert!(metrics.contains("penstock_source_alarms{source=\"imap:away/INBOX\"} 1"), "{metrics}");
    dovecot.restart();
    wait_for("its end", LONG, || log(&server).contains("source imap:away/INBOX works again"));
    assert!(page(web_port, "/metrics").contains("penstock_source_alarms{source=\"imap:away/INBOX\"} 0"));
    assert!(page(web_port, "/sources").contains("in order"));
}

async fn arrivals(store: &Store) -> i64 {
    let Ok(mut tx) = store.read().await else { return -1 };
    tx.sources().await.map_or(-1, |sources| sources.iter().map(|source| source.arrivals).sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_handed_in_while_the_database_is_away_come_later_and_once() {
    let folder = folder("outage");
    let mut postgres = Postgres::start();
    let url = postgres.url(&postgres.create_database());
    let lmtp_port = free_port();
    let sections = format!("[[lmtp]]\nname = \"mx\"\nlisten = \"127.0.0.1:{lmtp_port}\"\n");
    let server = serve(folder.path(), &url, free_port(), &sections);
    server.wait_until_ready(LONG, || std::net::TcpStream::connect(("127.0.0.1", lmtp_port)).is_ok());
    let postfix = Postfix::start(&["water.example"], lmtp_port);
    hand_in(&postfix, 0..20);
    wait_for("some letters", LONG, || postfix.log().matches("status=sent").count() >= 10);

    postgres.stop();
    hand_in(&postfix, 20..40);
    wait_for("letters sent back for later", LONG, || {
        postfix.log().matches("said: 451 4.3.0").count() >= 1 && postfix.log().contains("status=deferred")
    });
    assert!(server.is_running(), "a database that is away does not end the program: {}", server.log_end());
    postgres.restart();
    let options =
        Options { url: Some(url), data_dir: folder.path().to_owned(), connections: 4, accept_weak_durability: false };
    let store = Store::open(&options).await.unwrap();
    let end = std::time::Instant::now() + LONG;
    loop {
        let stages = store.read().await.unwrap().letters_by_stage().await.unwrap();
        if stages == [("prepared".to_owned(), 40)] {
            break;
        }
        assert!(std::time::Instant::now() < end, "{stages:?}: {}", server.log_end());
        postfix.flush();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(arrivals(&store).await, 40, "each came once");
    assert_eq!(store.read().await.unwrap().cases_by_state().await.unwrap(), [("open".to_owned(), 40)]);
    assert_eq!(postfix.log().matches("status=bounced").count(), 0);
    store.close().await;
    assert_eq!(server.stop(), Some(0), "it stops cleanly when asked");
}
