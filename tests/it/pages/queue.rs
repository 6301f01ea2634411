//! The queue: filters, the next letter, pages; and the pages that nobody has to sign in for.

use penstock::clock::Clock;
use penstock::ids::{CaseId, CaseRef};
use penstock::letter::{Language, Role, Topic};
use penstock::store::{CaseAssurance, CaseFilter, NewCase, QueuePlace, Store};

use super::browser::{Browser, Office};
use crate::harness::database::{Database, on_both_databases};

on_both_databases!(every_case_stands_on_one_page_of_the_queue);

/// Many cases at once, each due a second after the one before.
async fn many(store: &Store, count: i64) {
    let now = Clock::System.now();
    let cases: Vec<NewCase> = (1..=count)
        .map(|number| NewCase {
            id: CaseId::new(now),
            reference: CaseRef::new(2020, number),
            language: if number % 2 == 0 { Language::Spanish } else { Language::English },
            topics: vec![if number % 3 == 0 { Topic::Shutoff } else { Topic::HighUsage }],
            flags: Vec::new(),
            unsure: false,
            urgent: number > count - 3,
            account_number: None,
            account_decision: "none".to_owned(),
            customer_address: Some(format!("c{number}@customer.example")),
            customer_name: None,
            subject: format!("Letter {number}"),
            opened_at: now.as_microsecond(),
            due_at: now.as_microsecond() + number * 3_600_000_000,
            assurance: CaseAssurance::default(),
        })
        .collect();
    let mut tx = store.write().await.unwrap();
    tx.add_cases(&cases).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_is_filtered_paged_and_the_next_letter_taken() {
    let office = Office::open().await;
    office.person("tess", Role::Trainee).await;
    let browser = Browser::open(&office).await;
    browser.go("/sign-in").await;
    browser.check("sign-in").await;
    browser.page.close().await.unwrap();
    let browser = Browser::sign_in(&office, "tess").await;
    browser.check("queue-empty").await;
    browser.click("#next").await;
    assert!(browser.find("[role=alert]").await.text().await.unwrap().contains("in somebody's hands"));
    browser.check("queue-nothing-left").await;
    many(&office.system.store, 120).await;

    browser.go("/cases").await;
    let mut seen = Vec::new();
    loop {
        let links = "return [...document.querySelectorAll('tbody td:first-child a')].map(one => one.textContent)";
        let shown: Vec<String> = serde_json::from_value(browser.run(links).await).unwrap();
        seen.extend(shown);
        if browser.count("#more").await == 0 {
            break;
        }
        browser.click("#more").await;
    }
    let urgent = 118..=120;
    let wanted: Vec<String> = urgent.chain(1..=117).map(|number| CaseRef::new(2020, number).to_string()).collect();
    assert_eq!(seen, wanted, "each case once, the urgent ones first");

    browser.go("/cases?topic=shutoff&language=es&due=week").await;
    assert_eq!(browser.count("tbody tr").await, 20);
    browser.check("queue-filtered").await;
    browser.click("#next").await;
    let taken = browser.find("h1").await.text().await.unwrap();
    assert!(taken.contains(CaseRef::new(2020, 120).as_str()), "{taken}");
    browser.go("/cases?who=me").await;
    assert_eq!(browser.count("tbody tr").await, 1);
    browser.go("/cases?who=nobody").await;
    assert!(!browser.text("tbody").await.contains(CaseRef::new(2020, 120).as_str()));
    browser.go("/deliveries").await;
    browser.check("deliveries").await;
    browser.go("/cases/PW-1999-000001").await;
    browser.check("problem").await;
    browser.page.close().await.unwrap();
    office.system.running.stop().await;
}

async fn every_case_stands_on_one_page_of_the_queue(database: &Database) {
    let store = database.open().await;
    many(&store, 30).await;
    let mut tx = store.read().await.unwrap();
    let mut filter = CaseFilter { in_work: true, limit: 7, ..CaseFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = tx.cases(&filter).await.unwrap();
        seen.extend(page.iter().map(|case| case.reference.to_string()));
        let Some(last) = page.last() else { break };
        filter.after = Some(QueuePlace::of(last).to_string().parse().unwrap());
    }
    let wanted: Vec<String> = (28..=30).chain(1..=27).map(|number| CaseRef::new(2020, number).to_string()).collect();
    assert_eq!(seen, wanted);
    let soon = Clock::System.now().as_microsecond() + 10 * 3_600_000_000;
    let filter = CaseFilter { due_before: Some(soon), limit: 50, ..CaseFilter::default() };
    assert_eq!(tx.cases(&filter).await.unwrap().len(), 10);
    assert!(tx.threatening_cases().await.unwrap().is_empty());
}
