//! The bench of one letter: read, classify, match, draft, each alone and all in a row.
//!
//! `cargo bench --bench letter`; the account is one of the demo's, looked up beforehand, so that
//! only the pure steps are measured. `-- reading` measures reading alone: see `reading_cost`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up should stop there")]

mod reading_cost;

use std::sync::OnceLock;

use divan::{Bencher, black_box};
use jiff::civil::{Date, date};
use penstock::accounts::{
    Account, AccountContext, AccountRows, MatchQuery, MatchResult, account_facts, context, decide,
};
use penstock::classification::{Classification, Classifier};
use penstock::clock::Clock;
use penstock::demo::accounts::{sample_account, write_extract};
use penstock::letter::Language;
use penstock::pipeline::import::import;
use penstock::policy::Policy;
use penstock::reading::{Reading, read};
use penstock::replies::{Draft, Situation, Templates, compose};
use penstock::store::{Options, Store};

const TODAY: Date = date(2026, 11, 24);

/// What every step needs.
struct Bench {
    classifier: Classifier,
    templates: Templates,
    policy: Policy,
    account: Account,
    rows: AccountRows,
    /// An ordinary letter of some 700 characters, with account number and service address.
    raw: Vec<u8>,
}

fn main() {
    if std::env::args().any(|argument| argument == "reading") {
        return reading_cost::measure();
    }
    divan::main();
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        let sample = sample_account(7);
        let rows = tokio::runtime::Runtime::new().unwrap().block_on(account_rows(&sample.number));
        let raw = format!(
            "From: {} <{}>\r\nTo: inquiries@penstock.example\r\nSubject: Bill of this month\r\n\
             Message-ID: <1@customer.example>\r\nDate: Mon, 23 Nov 2026 09:00:00 -0500\r\n\r\n\
             Good morning,\r\n\r\nI am writing about account {} at {}. Until September I paid about 55 dollars a month. \
             The bill that came last week asks for nearly three times as much, and nothing in the house has changed: we \
             are still two people, no garden, no pool. I had the toilets looked at and the plumber found no leak. Could \
             somebody check whether the reading is right, and tell me why it went up? If I do owe this I would need to \
             pay it in parts, because I cannot find that sum at once.\r\n\r\nThank you for looking into it.\r\n\r\n\
             -- \r\n{}\r\n215-555-0134\r\n",
            sample.name, sample.email, sample.number, sample.service_address, sample.name
        );
        Bench {
            classifier: Classifier::from_starting_letters().unwrap(),
            templates: Templates::embedded().unwrap(),
            policy: Policy::parse(include_str!("../templates/policy.toml")).unwrap(),
            account: rows.account.clone(),
            rows,
            raw: raw.into_bytes(),
        }
    })
}

async fn account_rows(number: &str) -> AccountRows {
    let folder = tempfile::tempdir().unwrap();
    write_extract(folder.path(), 20, TODAY).unwrap();
    let options =
        Options { url: None, data_dir: folder.path().to_owned(), connections: 2, accept_weak_durability: false };
    let store = Store::open(&options).await.unwrap();
    import(&store, &Clock::System, folder.path()).await.unwrap();
    let rows = store.read().await.unwrap().whole_account(number).await.unwrap().unwrap();
    store.close().await;
    rows
}

fn classified(bench: &Bench, reading: &Reading) -> Classification {
    bench.classifier.classify(&reading.subject, &reading.new_text)
}

fn matched(bench: &Bench, reading: &Reading) -> MatchResult {
    let query = MatchQuery {
        subject: &reading.subject,
        text: &reading.new_text,
        from_address: reading.from.as_ref().map_or("", |from| &from.address),
        ..MatchQuery::default()
    };
    decide(&query, std::slice::from_ref(&bench.account), &[], TODAY)
}

fn drafted(bench: &Bench, reading: &Reading, found: &Classification, account: &AccountContext) -> Draft {
    compose(
        &bench.templates,
        &Situation {
            language: Language::English,
            topics: &found.topics,
            reference: "PW-2026-000001",
            customer_name: reading.from.as_ref().map_or("", |from| &from.name),
            subject: &reading.subject,
            received_on: TODAY,
            today: TODAY,
            account: Some(account_facts(account, Language::English, &bench.policy, TODAY)),
            policy: &bench.policy,
        },
    )
}

#[divan::bench]
fn step_1_read(bencher: Bencher<'_, '_>) {
    let bench = bench();
    bencher.bench(|| read(black_box(&bench.raw)));
}

#[divan::bench]
fn step_2_classify(bencher: Bencher<'_, '_>) {
    let bench = bench();
    let reading = read(&bench.raw);
    bencher.bench(|| classified(bench, black_box(&reading)));
}

#[divan::bench]
fn step_3_match(bencher: Bencher<'_, '_>) {
    let bench = bench();
    let reading = read(&bench.raw);
    bencher.bench(|| matched(bench, black_box(&reading)));
}

#[divan::bench]
fn step_4_context_and_draft(bencher: Bencher<'_, '_>) {
    let bench = bench();
    let reading = read(&bench.raw);
    let found = classified(bench, &reading);
    bencher.bench(|| drafted(bench, black_box(&reading), &found, &context(&bench.rows, TODAY)));
}

#[divan::bench]
fn the_whole_way(bencher: Bencher<'_, '_>) {
    let bench = bench();
    bencher.bench(|| {
        let reading = read(black_box(&bench.raw));
        let found = classified(bench, &reading);
        let result = matched(bench, &reading);
        let draft = drafted(bench, &reading, &found, &context(&bench.rows, TODAY));
        (result, draft)
    });
}
