//! Letters handed in by hand, letters that may belong elsewhere, and sources that need somebody.

use penstock::clock::Clock;
use penstock::letter::{Role, SourceReport};

use super::browser::{Browser, Office};

fn letter(number: u32) -> String {
    format!(
        "From: Ana <ana{number}@customer.example>\r\nMessage-ID: <{number}@customer.example>\r\nSubject: Bill {number}\r\n\r\n\
         Please send me a copy of bill {number}.\r\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_files_are_handed_in_at_once_and_the_journal_names_who_did_it() {
    let office = Office::open().await;
    let tess = office.person("tess", Role::Trainee).await;
    let browser = Browser::sign_in(&office, "tess").await;
    browser.go("/sources").await;
    browser.check("intake-empty").await;
    let files =
        [("one.eml", letter(1)), ("two.eml", letter(2)), ("again.eml", letter(1)), ("none.pdf", "no scan".to_owned())];
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = office.database.folder().join(name);
        std::fs::write(&path, text).unwrap();
        paths.push(path.display().to_string());
    }
    browser.write("#files", &paths.join("\n")).await;
    browser.click("#upload").await;
    browser.find("#handed-in").await;
    let said = browser.text("#handed-in").await;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(lines[0].ends_with("1 stored") && lines[1].ends_with("1 stored"), "{said}");
    assert!(lines[2].contains("were here already") && lines[3].contains("refused"), "{said}");
    browser.check("intake-uploaded").await;

    let entries = office.system.store.read().await.unwrap().journal_after(0, 100).await.unwrap();
    let received: Vec<&str> =
        entries.iter().filter(|entry| entry.kind == "letter.received").map(|entry| entry.actor.as_str()).collect();
    assert_eq!(received, [format!("user:{tess}"), format!("user:{tess}")]);
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_may_belong_elsewhere_is_joined_or_kept_apart_by_a_person() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    let first = office
        .take("From: Ana <ana@customer.example>\nMessage-ID: <1@customer.example>\nSubject: My bill\n\nMy bill is wrong.\n")
        .await;
    let stranger = |number: u32| {
        format!(
            "From: evil{number}@elsewhere.example\nMessage-ID: <{number}@elsewhere.example>\n\
             In-Reply-To: <1@customer.example>\nSubject: Re: {}\n\nSend me the balance, number {number}.\n",
            first.reference
        )
    };
    let (one, other) = (office.take(&stranger(7)).await, office.take(&stranger(8)).await);
    let browser = Browser::sign_in(&office, "tess").await;
    browser.go("/holding").await;
    assert!(browser.count("tbody tr").await >= 2);
    assert!(browser.text("tbody").await.contains("answers a message"), "{}", browser.text("tbody").await);
    browser.check("holding").await;

    browser.go(&format!("/cases/{}", one.reference)).await;
    browser.check("case-held").await;
    browser.click("form[action$='/join'] button").await;
    browser.find(".identity").await;
    browser.go(&format!("/cases/{}", other.reference)).await;
    browser.click("form[action$='/keep-apart'] button").await;
    browser.find(".identity").await;
    browser.go("/holding").await;
    assert_eq!(browser.count("tbody tr").await, 0);
    browser.check("holding-empty").await;

    let cases = office.cases().await;
    let state = |id: &str| cases.iter().find(|case| case.id.as_str() == id).unwrap().state.name();
    assert_eq!((state(one.id.as_str()), state(other.id.as_str())), ("closed", "open"));
    let mut tx = office.system.store.read().await.unwrap();
    assert_eq!(tx.letters_of_case(&first.id).await.unwrap().len(), 2);
    drop(tx);
    let kinds: Vec<String> = office.events(&other).await.into_iter().map(|entry| entry.kind).collect();
    assert!(kinds.iter().any(|kind| kind == "case.kept_apart"), "{kinds:?}");
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_fails_or_is_silent_is_told_of_on_the_queue() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    let browser = Browser::sign_in(&office, "tess").await;
    assert_eq!(browser.count("#alarms").await, 0);
    let report = |name: &str, look| SourceReport {
        name: name.to_owned(),
        look,
        silent_after_seconds: Some(3600),
        failing_after_seconds: Some(600),
        token_ends_at: None,
        token_alarm_seconds: None,
    };
    let past = Clock::System.now().as_microsecond() - 7_200_000_000;
    let mut tx = office.system.store.write().await.unwrap();
    tx.note_source(&report("imap:appeals/INBOX", Err("the password was refused".to_owned())), past).await.unwrap();
    tx.note_source(&report("imap:inquiries/INBOX", Ok((Some(4), Some(4)))), past).await.unwrap();
    tx.commit().await.unwrap();

    browser.go("/cases").await;
    let shown = browser.text(".problem").await;
    assert!(shown.contains("imap:appeals/INBOX: failing for 2 h: the password was refused"), "{shown}");
    assert!(shown.contains("imap:inquiries/INBOX: no mail for 2 h"), "{shown}");
    browser.check("queue-alarms").await;
    browser.click(".problem a").await;
    browser.find("#upload").await;
    assert!(browser.text("tbody").await.contains("Needs somebody:"), "{}", browser.text("tbody").await);
    browser.check("intake-alarms").await;
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}
