//! The checks of a draft beside it: what holds it back, the reason for what may stay, and a
//! template that is withdrawn under it.

use std::process::Command;

use penstock::letter::Role;
use serde_json::{Value, json};

use super::browser::{Browser, Office};

const LETTER: &str = "From: Ana <ana@customer.example>\nMessage-ID: <1@customer.example>\nSubject: My bill\n\n\
    My bill for May is wrong and I want a hearing.\n";

const REASON: &str = "The refund was approved by the Tax Review Board today";

/// Every link within the page leads to a place that is there, once.
async fn links_lead_somewhere(browser: &Browser) {
    let lost = "return [...document.querySelectorAll('a[href^=\"#\"]')].filter(link => \
         !document.getElementById(link.getAttribute('href').slice(1))).map(link => link.outerHTML)";
    assert_eq!(browser.run(lost).await, json!([]));
    let twice = "const ids = [...document.querySelectorAll('[id]')].map(one => one.id); \
         return ids.filter((id, at) => ids.indexOf(id) !== at)";
    assert_eq!(browser.run(twice).await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_that_nobody_knows_goes_out_only_with_a_reason_that_the_supervisor_sees() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    office.person("sam", Role::Supervisor).await;
    let case = office.take(LETTER).await;
    let path = format!("/cases/{}", case.reference);
    let trainee = Browser::sign_in(&office, "tess").await;
    trainee.go(&path).await;
    trainee.click("#claim").await;
    trainee.find("#body").await;
    let shown = trainee.text(".checks").await;
    assert!(shown.contains("Nothing holds this reply back."), "{shown}");
    trainee.write("#body", "\n\nYou will get $999.99 back.").await;
    trainee.click("#submit").await;
    let alert = trainee.find("[role=alert]").await.text().await.unwrap();
    assert!(alert.contains("$999.99"), "{alert}");
    let shown = trainee.text(".checks").await;
    for words in ["One thing holds this reply back.", "What needs a reason", "\"$999.99\" is in no fact"] {
        assert!(shown.contains(words), "no {words:?} in {shown}");
    }
    let kept = trainee.run("return document.querySelector('#body').value.includes('$999.99')").await;
    assert_eq!(kept, json!(true), "what was typed is not lost");
    assert_eq!(office.cases().await[0].state.name(), "claimed");
    links_lead_somewhere(&trainee).await;
    trainee.check("case-checks-held").await;

    trainee.write(".checks input[name=reason]", REASON).await;
    trainee.click(".checks form button").await;
    trainee.find(".checks .reason").await;
    let shown = trainee.text(".checks").await;
    assert!(shown.contains("Nothing holds this reply back.") && shown.contains(REASON), "{shown}");
    trainee.check("case-checks-reason").await;
    trainee.click("#submit").await;
    trainee.find("#reply-text").await;
    assert_eq!(office.cases().await[0].state.name(), "submitted");
    trainee.page.close().await.unwrap();

    let supervisor = Browser::sign_in(&office, "sam").await;
    supervisor.go(&path).await;
    assert!(supervisor.text(".checks .reason").await.contains(REASON));
    assert_eq!(supervisor.text("#reply-text mark").await, "$999.99");
    supervisor.click(".checks a[href^='#check-place']").await;
    assert_eq!(supervisor.text(":target").await, "$999.99");
    supervisor.run("document.querySelector('#paragraphs').open = true").await;
    let shown = supervisor.text("#paragraphs").await;
    for words in ["locked", "required", "signature of en/closing@"] {
        assert!(shown.contains(words), "no {words:?} in {shown}");
    }
    links_lead_somewhere(&supervisor).await;
    supervisor.check("case-checks-approve").await;
    supervisor.go(&path).await;
    supervisor.click("#approve").await;
    supervisor
        .until("return document.querySelector('.identity') !== null && !document.querySelector('#approve')")
        .await;
    let kinds: Vec<String> = office.events(&case).await.into_iter().map(|entry| entry.kind).collect();
    for kind in ["draft.justified", "reply.approved"] {
        assert!(kinds.iter().any(|one| one == kind), "{kinds:?}");
    }
    supervisor.page.close().await.unwrap();
    office.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_template_voids_the_draft_that_uses_it_and_the_page_says_so() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    let case = office.take(LETTER).await;
    let drafted = office.system.store.read().await.unwrap().latest_revision(&case.id).await.unwrap().unwrap();
    let used = drafted.template.split(' ').nth(1).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_penstock"))
        .args(["templates", "withdraw", used.split('@').next().unwrap(), "--reason", "its figures are old", "--json"])
        .env("PENSTOCK_DATABASE_URL", &office.database.url)
        .env("PENSTOCK_DATA_DIR", office.database.folder())
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let said: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!((&said["voided"], &said["approved"]), (&json!([case.reference]), &json!([])), "{said}");
    assert!(office.events(&case).await.iter().any(|entry| entry.kind == "draft.voided"));

    let browser = Browser::sign_in(&office, "tess").await;
    browser.go(&format!("/cases/{}", case.reference)).await;
    browser.click("#claim").await;
    browser.find("#body").await;
    let shown = browser.text(".checks").await;
    let wanted = format!("The template `{used}` was withdrawn; draft the reply anew.");
    assert!(shown.contains("What stops it") && shown.contains(&wanted), "{shown}");
    assert_eq!(browser.count(".checks form").await, 0, "no reason lets it stay");
    browser.check("case-checks-stopped").await;
    browser.click("#submit").await;
    assert!(browser.find("[role=alert]").await.text().await.unwrap().contains("was withdrawn"));
    assert_eq!(office.cases().await[0].state.name(), "claimed");
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}
