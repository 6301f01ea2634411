//! A letter in HTML in its frame, and numbers that are hidden until somebody asks.

use std::time::Duration;

use penstock::letter::{Flag, Role};
use serde_json::json;

use super::browser::{Browser, Office};
use super::canary::Canary;
use crate::harness::process::wait_for;

/// A message that tries to run scripts and to load things from elsewhere.
fn hostile(canary: &Canary) -> String {
    let elsewhere = &canary.address;
    format!(
        "From: Ana <ana@customer.example>\nMessage-ID: <1@customer.example>\nSubject: My bill\nMIME-Version: 1.0\n\
         Content-Type: text/html; charset=utf-8\n\n\
         <html><head><script>new Image().src = '{elsewhere}/script'; document.title = 'taken';</script>\n\
         <link rel=stylesheet href='{elsewhere}/style.css'><style>@import '{elsewhere}/import.css';</style></head>\n\
         <body onload=\"new Image().src = '{elsewhere}/onload'\"><p id=words>Why is my <b>bill</b> so high?</p>\n\
         <img src='{elsewhere}/picture.svg' alt='our dog'><img src=x onerror=\"new Image().src='{elsewhere}/onerror'\">\n\
         <svg onload=\"new Image().src='{elsewhere}/svg'\"></svg><iframe src='{elsewhere}/frame'></iframe>\n\
         <a href=\"javascript:location='{elsewhere}/link'\">press here</a>\n\
         <div style=\"background: url({elsewhere}/background)\">words</div>\n\
         <form action='{elsewhere}/form'><button>send</button></form></body></html>\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_in_html_runs_nothing_and_loads_nothing_until_somebody_asks() {
    let (office, canary) = (Office::open().await, Canary::start());
    office.person("tess", Role::Trainee).await;
    let case = office.take(&hostile(&canary)).await;
    let browser = Browser::sign_in(&office, "tess").await;
    browser.go(&format!("/cases/{}", case.reference)).await;
    browser.run("document.querySelector('iframe').closest('details').open = true").await;
    let frame = browser.find("iframe").await;
    browser.run("document.querySelector('iframe').scrollIntoView()").await;
    browser.until("return performance.getEntriesByType('resource').some(one => one.initiatorType === 'iframe')").await;
    assert_eq!(frame.attr("sandbox").await.unwrap().as_deref(), Some("allow-popups"), "no scripts, no origin");
    let source = frame.attr("src").await.unwrap().unwrap();
    browser.check("case-html").await;

    frame.enter_frame().await.unwrap();
    assert!(browser.find("body").await.text().await.unwrap().contains("Why is my bill so high?"));
    browser.page.enter_parent_frame().await.unwrap();
    browser.go(&source).await;
    assert_eq!(browser.count("script, iframe, form, link, svg, [onload], [onerror], a[href^=javascript]").await, 0);
    assert_eq!(browser.page.title().await.unwrap(), "Letter");
    assert_eq!(canary.asked(), Vec::<String>::new(), "nothing is loaded before somebody asks");

    browser.go(&format!("{source}?pictures=yes")).await;
    let loaded = || canary.asked().iter().any(|path| path == "/picture.svg");
    tokio::task::block_in_place(|| wait_for("the picture", Duration::from_secs(10), loaded));
    let others: Vec<String> = canary.asked().into_iter().filter(|path| path != "/picture.svg").collect();
    assert!(others.iter().all(|path| path == "/background"), "only pictures are loaded: {others:?}");
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_number_is_shown_to_who_asks_and_the_case_remembers_it() {
    let office = Office::open().await;
    let tess = office.person("tess", Role::Trainee).await;
    let case = office
        .take(
            "From: Ana <ana@customer.example>\nMessage-ID: <1@customer.example>\nSubject: Help to pay\n\n\
             I want to apply for assistance. My social security number is 219-09-9999. Can you help me?\n",
        )
        .await;
    assert!(case.flags.contains(&Flag::PersonalData), "{:?}", case.flags);
    let browser = Browser::sign_in(&office, "tess").await;
    browser.go(&format!("/cases/{}", case.reference)).await;
    let shown = browser.text("main").await;
    assert!(shown.contains("•••-••-9999") && !shown.contains("219-09"), "{shown}");
    assert!(!browser.page.source().await.unwrap().contains("219-09"), "not even where nobody looks");
    browser.check("case-hidden").await;

    browser.click("form[action$='/reveal'] button").await;
    browser.find(".letter").await;
    let shown = browser.text(".letter").await;
    assert!(shown.contains("219-09-9999"), "{shown}");
    assert_eq!(browser.count("form[action$='/reveal']").await, 0);
    let seen: Vec<String> = office
        .events(&case)
        .await
        .into_iter()
        .filter(|entry| entry.kind == "letter.personal_data_seen")
        .map(|entry| entry.actor)
        .collect();
    assert_eq!(json!(seen), json!([format!("user:{tess}")]));
    browser.go(&format!("/cases/{}", case.reference)).await;
    assert!(browser.text(".history").await.contains("letter personal data seen (tess)"));
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}
