//! A customer's mail goes in by a real mail server, is drafted, edited, approved in a real
//! browser, and the reply arrives in the customer's mailbox in the same conversation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use lettre::transport::smtp::SmtpTransport;
use lettre::{Message, Transport as _};
use penstock::clock::{Clock, local_date};
use penstock::demo::accounts::{SampleAccount, sample_account, write_extract};
use penstock::reading::read;

use super::crash::program;
use crate::harness::chromium;
use crate::harness::database::{Database, on_both_databases};
use crate::harness::dovecot::Dovecot;
use crate::harness::postfix::Postfix;
use crate::harness::process::{Server, free_port, wait_for};

on_both_databases!(a_letter_goes_in_and_an_approved_reply_comes_out);

const OFFICE: &str = "inquiries@penstock.example";
const PASSWORD: &str = "correct horse battery";
const WAIT: Duration = Duration::from_secs(30);

fn penstock(config: &Path, arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let mut child = program(config).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn write_config(database: &Database, dovecot: &Dovecot, postfix: &Postfix, port: u16) -> PathBuf {
    let path = database.folder().join("penstock.toml");
    let text = format!(
        r#"
data_dir = "{data}"
[database]
url = "{url}"
[web]
listen = "127.0.0.1:{port}"
[organization]
address = "{OFFICE}"
[[mailbox]]
name = "inquiries"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{OFFICE}"
password = "office"
poll_seconds = 5
after = "flag"
[outgoing]
mode = "smtp"
host = "127.0.0.1"
port = {smtp}
tls = "none"
"#,
        data = database.folder().join("data").display(),
        url = database.url,
        imap = dovecot.imap_port,
        smtp = postfix.smtp_port,
    );
    fs::write(&path, text).unwrap();
    path
}

/// The accountholder who writes.
fn customer() -> SampleAccount {
    sample_account(7)
}

/// Imports a small billing extract that holds the customer's account.
fn import_accounts(config: &Path, database: &Database) {
    let folder = database.folder().join("extract");
    fs::create_dir_all(&folder).unwrap();
    write_extract(&folder, 20, local_date(Clock::System.now(), &jiff::tz::TimeZone::UTC)).unwrap();
    penstock(config, &["accounts", "import", folder.to_str().unwrap()], "");
}

fn send_as_customer(postfix: &Postfix, customer: &SampleAccount) {
    let message = Message::builder()
        .from(format!("{} <{}>", customer.name, customer.email).parse().unwrap())
        .to(OFFICE.parse().unwrap())
        .subject("My bill was charged twice")
        .message_id(Some("<first@customer.example>".to_owned()))
        .body("Hello,\r\nI was billed twice for March and want one charge back. Nothing changed at home.\r\n\r\nThank you".to_owned())
        .unwrap();
    let transport = SmtpTransport::builder_dangerous("127.0.0.1").port(postfix.smtp_port).build();
    transport.send(&message).unwrap();
}

fn mails_of(dovecot: &Dovecot, user: &str) -> Vec<Vec<u8>> {
    let folder = dovecot.maildir_of(user);
    ["new", "cur"]
        .iter()
        .filter_map(|inner| fs::read_dir(folder.join(inner)).ok())
        .flatten()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect()
}

async fn browser() -> Client {
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(chromium::capabilities());
    builder.connect(chromium::webdriver_url()).await.unwrap()
}

/// Keeps a picture of the page for the documents, when `SCREENSHOTS_FOLDER` names a folder.
async fn picture(page: &Client, name: &str) {
    if let Some(folder) = std::env::var_os("SCREENSHOTS_FOLDER") {
        page.set_window_size(1400, 1100).await.unwrap();
        page.execute("window.scrollTo(0, 0)", Vec::new()).await.unwrap();
        let bytes = page.screenshot().await.unwrap();
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name), bytes).unwrap();
    }
}

async fn click(page: &Client, selector: &str) {
    page.wait().at_most(WAIT).for_element(Locator::Css(selector)).await.unwrap().click().await.unwrap();
}

async fn sign_in(page: &Client, address: &str, login: &str) {
    page.goto(&format!("{address}/sign-in")).await.unwrap();
    page.find(Locator::Id("login")).await.unwrap().send_keys(login).await.unwrap();
    page.find(Locator::Id("password")).await.unwrap().send_keys(PASSWORD).await.unwrap();
    click(page, "main button").await;
    page.wait().at_most(WAIT).for_element(Locator::Css("table")).await.unwrap();
}

/// Opens the only case of the queue, waiting until it is there.
async fn open_case(page: &Client, address: &str) -> String {
    for _ in 0..100 {
        page.goto(&format!("{address}/cases")).await.unwrap();
        if let Ok(link) = page.find(Locator::Css("td a")).await {
            let reference = link.text().await.unwrap();
            link.click().await.unwrap();
            page.wait().at_most(WAIT).for_element(Locator::Id("draft")).await.unwrap();
            return reference;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no case appeared in the queue");
}

async fn a_letter_goes_in_and_an_approved_reply_comes_out(database: &Database) {
    let customer = customer();
    let dovecot = Dovecot::start(&[(OFFICE, "office"), (&customer.email, "customer")]);
    let postfix = Postfix::start(&["penstock.example", "customer.example"], dovecot.lmtp_port);
    let port = free_port();
    let address = format!("http://127.0.0.1:{port}");
    let config = write_config(database, &dovecot, &postfix, port);
    for (login, role) in [("tess", "trainee"), ("sam", "supervisor")] {
        penstock(&config, &["users", "add", login, "--name", login, "--role", role], &format!("{PASSWORD}\n"));
    }
    import_accounts(&config, database);
    let server = Server::start("penstock", database.folder(), "TERM", program(&config).arg("serve"));
    wait_for("the pages", WAIT, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());

    send_as_customer(&postfix, &customer);

    let trainee = browser().await;
    sign_in(&trainee, &address, "tess").await;
    let reference = open_case(&trainee, &address).await;
    click(&trainee, "#claim").await;
    let text = trainee.wait().at_most(WAIT).for_element(Locator::Id("body")).await.unwrap();
    text.send_keys("\n\nPS: We are checking the March bill, señora.").await.unwrap();
    picture(&trainee, "case.png").await;
    click(&trainee, "#submit").await;
    trainee.wait().at_most(WAIT).for_element(Locator::XPath("//span[@class='tag'][text()='submitted']")).await.unwrap();
    trainee.close().await.unwrap();

    let supervisor = browser().await;
    sign_in(&supervisor, &address, "sam").await;
    assert_eq!(open_case(&supervisor, &address).await, reference);
    click(&supervisor, "#approve").await;
    supervisor.wait().at_most(WAIT).for_element(Locator::XPath("//p[starts-with(., 'Delivery to')]")).await.unwrap();
    supervisor.close().await.unwrap();

    wait_for("the reply", WAIT, || !mails_of(&dovecot, &customer.email).is_empty());
    let mails = mails_of(&dovecot, &customer.email);
    let reply = read(&mails[0]);
    assert_eq!(mails.len(), 1);
    assert_eq!(reply.in_reply_to, ["first@customer.example"]);
    assert!(reply.references.contains(&"first@customer.example".to_owned()));
    assert_eq!(reply.from.map(|from| from.address).as_deref(), Some(OFFICE));
    assert!(reply.body.contains("PS: We are checking the March bill, señora."), "{}", reply.body);
    assert!(reply.body.contains(&reference), "{}", reply.body);
    let last_four = &customer.number[customer.number.len() - 4..];
    assert!(reply.body.contains(last_four), "the reply tells a fact of the account: {}", reply.body);

    assert_eq!(server.stop(), Some(0), "it stops cleanly when asked");
    assert!(penstock(&config, &["journal", "verify"], "").starts_with("the journal is whole"));
}
