//! What classification found in a letter, and what happens at once when somebody may be in danger.

use penstock::letter::{Flag, Role};
use serde_json::json;

use super::browser::{Browser, Office};

const MIXED: &str = "From: Ana <ana@customer.example>\nMessage-ID: <1@customer.example>\nSubject: My bill\n\n\
    My water bill doubled this month and nobody used more water. Why is it so high?\n\
    My mother is on oxygen at home.\n\
    Ella no puede pagar la factura de este mes porque no tiene trabajo.\n\
    Please set up a payment agreement with small installments.\n";

const CRISIS: &str = "From: Bo <bo@customer.example>\nMessage-ID: <2@customer.example>\nSubject: shutoff\n\n\
    You shut my water off and I have nothing left. I don't want to live like this anymore.\n";

const HIGH: &str = "From: Cy <cy@customer.example>\nMessage-ID: <3@customer.example>\nSubject: bill copy\n\n\
    Please send me a copy of my bill for May.\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_is_marked_in_the_letter_and_linked_to_its_place() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    let case = office.take(MIXED).await;
    let browser = Browser::sign_in(&office, "tess").await;
    browser.go(&format!("/cases/{}", case.reference)).await;
    let shown = browser.text("main").await;
    for words in ["What the program found in it", "Circumstances", "What it asks", "Topics", " %", "parts in Spanish"] {
        assert!(shown.contains(words), "no {words:?} in {shown}");
    }
    assert!(browser.words("[lang=es].part").await.contains("Ella no puede pagar"));
    assert!(browser.words("mark.flag").await.contains("oxygen"));
    assert!(browser.count("mark.evidence").await > 0 && browser.count(".letter .ask").await > 0);
    // Every link leads to a place that is there, and that is marked when it was followed.
    let lost = "return [...document.querySelectorAll('article a[href^=\"#\"]')].filter(link => \
         !document.getElementById(link.getAttribute('href').slice(1))).map(link => link.outerHTML)";
    assert_eq!(browser.run(lost).await, json!([]));
    let twice = "const ids = [...document.querySelectorAll('[id]')].map(one => one.id); \
         return ids.filter((id, at) => ids.indexOf(id) !== at)";
    assert_eq!(browser.run(twice).await, json!([]));
    browser.click("a[href='#letter-1-ask-1']").await;
    assert_eq!(browser.text(":target").await.trim(), "Ask 1");
    browser.check("case-found").await;
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_threat_of_self_harm_stands_above_everything_with_what_to_do() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    office.person("sam", Role::Supervisor).await;
    office.take(HIGH).await;
    let case = office.take(CRISIS).await;
    let trainee = Browser::sign_in(&office, "tess").await;
    let shown = trainee.text(".crisis").await;
    assert!(shown.contains("988") && shown.contains("press 2") && shown.contains("911"), "{shown}");
    assert!(trainee.text(".crises").await.contains(case.reference.as_str()));
    assert!(trainee.text("tbody tr").await.contains(case.reference.as_str()), "it is the first of the queue");
    trainee.check("queue-crisis").await;

    trainee.click("#next").await;
    assert!(trainee.find("h1").await.text().await.unwrap().contains(case.reference.as_str()), "it is the next to take");
    assert!(trainee.text(".crisis").await.contains("988"));
    assert!(trainee.words("mark.flag").await.contains("want to live"), "{}", trainee.text(".letter").await);
    assert_eq!(trainee.count("#close").await, 0, "a trainee cannot close it");
    trainee.check("case-crisis").await;
    // Nor by a form of their own making.
    let forged = "const form = document.querySelector('form[action$=\"/release\"]'); form.action = \
         form.action.replace('/release', '/close'); const outcome = document.createElement('input'); \
         outcome.name = 'outcome'; outcome.value = 'explained'; form.append(outcome); form.submit()";
    trainee.run(forged).await;
    assert!(trainee.find(".problem").await.text().await.unwrap().contains("only a supervisor closes"));
    trainee.page.close().await.unwrap();

    let supervisor = Browser::sign_in(&office, "sam").await;
    supervisor.go(&format!("/cases/{}", case.reference)).await;
    supervisor.click("#close").await;
    supervisor.go("/cases").await;
    assert_eq!(supervisor.count(".crisis").await, 0, "it is over when the case is closed");
    supervisor.page.close().await.unwrap();
    office.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_further_letter_brings_its_circumstances_into_its_case() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    let first = office.take(HIGH).await;
    assert!(!first.urgent);
    let further = "From: Cy <cy@customer.example>\nMessage-ID: <4@customer.example>\nIn-Reply-To: <3@customer.example>\n\
         Subject: Re: bill copy\n\nNobody answers me. I want to die.\n";
    let case = office.take(further).await;
    assert_eq!(case.id, first.id);
    assert!(case.urgent && case.flags.contains(&Flag::Threat) && case.due_at < first.due_at, "{case:?}");
    let browser = Browser::sign_in(&office, "tess").await;
    assert!(browser.text(".crises").await.contains(case.reference.as_str()));
    browser.go(&format!("/cases/{}", case.reference)).await;
    browser.check("case-two-letters").await;
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}
