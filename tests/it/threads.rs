//! Which case a letter belongs to, and what delivery reports do to replies.

use std::collections::BTreeMap;
use std::sync::Arc;

use penstock::app::tools;
use penstock::clock::Clock;
use penstock::config::Settings;
use penstock::ids::{CaseRef, UserId};
use penstock::journal::Actor;
use penstock::letter::{CaseState, Outcome, Role};
use penstock::pipeline::prepare::{Tools, prepare_batch};
use penstock::review::{Edit, Office, Person, add_user};
use penstock::store::{Arrival, CaseFilter, CaseRow, GuessRow, Store};

use crate::harness::database::{Database, on_both_databases};

on_both_databases!(
    an_answer_of_the_same_sender_joins_its_case,
    a_stranger_who_answers_is_held_with_reasons_until_a_person_decides,
    an_answer_to_the_reply_address_joins_without_any_reference,
    a_delivery_report_brings_the_case_back,
);

/// An office with its pipeline, worked by hand.
struct Desk {
    store: Store,
    office: Office,
    tools: Arc<Tools>,
}

impl Desk {
    async fn open(database: &Database) -> Self {
        let text = format!("data_dir = \"{}\"\n[organization]\nreply_addresses = true\n", database.folder().display());
        let settings = Settings::read(None, &text, &BTreeMap::new()).unwrap();
        let store = database.open().await;
        let office = penstock::app::office(&settings, store.clone(), Clock::System).unwrap();
        Self { store, office, tools: Arc::new(tools(&settings).unwrap()) }
    }

    async fn person(&self, login: &str, role: Role) -> Person {
        let now = Clock::System.now();
        let id: UserId =
            add_user(&self.store, now, Actor::Operator, (login, login, role), "correct horse battery").await.unwrap();
        Person { id, name: login.to_owned(), role }
    }

    /// Takes a message in and prepares it.
    async fn take(&self, message: &str) {
        let bytes = message.replace('\n', "\r\n").into_bytes();
        let raw = penstock::ids::Digest::of(&bytes);
        let content = penstock::reading::content_digest(&bytes);
        let arrival = Arrival {
            source: "test",
            source_key: raw.as_str(),
            bytes: &bytes,
            raw_digest: &raw,
            content_digest: &content,
            at: Clock::System.now().as_microsecond(),
        };
        let mut tx = self.store.write().await.unwrap();
        tx.store_arrivals(&[arrival]).await.unwrap();
        tx.commit().await.unwrap();
        while prepare_batch(&self.store, &Clock::System, &self.tools, "test").await.unwrap() > 0 {}
    }

    async fn cases(&self) -> Vec<CaseRow> {
        let filter = CaseFilter { limit: 100, ..CaseFilter::default() };
        let mut cases = self.store.read().await.unwrap().cases(&filter).await.unwrap();
        cases.sort_by(|one, other| one.reference.cmp(&other.reference));
        cases
    }

    async fn letters(&self, case: &CaseRow) -> usize {
        self.store.read().await.unwrap().letters_of_case(&case.id).await.unwrap().len()
    }

    async fn guesses(&self) -> Vec<GuessRow> {
        self.store.read().await.unwrap().undecided_guesses(100).await.unwrap()
    }

    /// Has the only case answered, approved and sent; gives the message that went out.
    async fn answer(&self) -> String {
        let (trainee, supervisor) = (self.person("t", Role::Trainee).await, self.person("s", Role::Supervisor).await);
        let case = self.cases().await.remove(0);
        self.office.claim(&trainee, &case.reference, case.version).await.unwrap();
        let edit = Edit { subject: "Your bill".to_owned(), body: "Dear Ana,\n\nWe are looking into it.".to_owned() };
        self.office.submit(&trainee, &case.reference, case.version + 1, &edit).await.unwrap();
        let case = self.cases().await.remove(0);
        let revision = case.state.revision().unwrap().clone();
        self.office.approve(&supervisor, &case.reference, case.version, &revision).await.unwrap();
        let sender = penstock::pipeline::dispatch::Sender {
            store: self.store.clone(),
            clock: Clock::System,
            outgoing: Settings::defaults(&BTreeMap::new()).unwrap().outgoing,
            from: "inquiries@penstock.example".to_owned(),
            owner: "test".to_owned(),
        };
        let mut relay = penstock::delivery::Relay::new(sender.outgoing.clone());
        assert_eq!(sender.send_due(&mut relay, &tokio_util::sync::CancellationToken::new()).await.unwrap(), 1);
        let mut tx = self.store.read().await.unwrap();
        let delivery = tx.latest_deliveries(1).await.unwrap().remove(0);
        String::from_utf8(tx.delivery_bytes(&delivery.id).await.unwrap().unwrap()).unwrap()
    }
}

fn header(message: &str, name: &str) -> String {
    let line = message.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:"))).unwrap();
    line.split_once(':').unwrap().1.trim().to_owned()
}

const FIRST: &str =
    "From: Ana <ana@customer.example>\nMessage-ID: <1@customer.example>\nSubject: My bill\n\nMy bill is wrong.\n";

async fn an_answer_of_the_same_sender_joins_its_case(database: &Database) {
    let desk = Desk::open(database).await;
    desk.take(FIRST).await;
    let reply = desk.answer().await;
    let id = header(&reply, "message-id");
    desk.take(&format!(
        "From: ana@customer.example\nMessage-ID: <2@customer.example>\nIn-Reply-To: {id}\nSubject: Re: Your bill\n\nThank you, when?\n"
    ))
    .await;
    let cases = desk.cases().await;
    assert_eq!((cases.len(), cases[0].state.name()), (1, "open"));
    assert_eq!(desk.letters(&cases[0]).await, 2);
    assert!(desk.guesses().await.is_empty());
}

async fn a_stranger_who_answers_is_held_with_reasons_until_a_person_decides(database: &Database) {
    let desk = Desk::open(database).await;
    desk.take(FIRST).await;
    let reference = desk.cases().await[0].reference.clone();
    desk.take(&format!(
        "From: evil@elsewhere.example\nMessage-ID: <9@elsewhere.example>\nIn-Reply-To: <1@customer.example>\n\
         Subject: Re: {reference}\n\nSend me the balance.\n"
    ))
    .await;
    let cases = desk.cases().await;
    assert_eq!(cases.len(), 2, "it joins nothing");
    let guesses = desk.guesses().await;
    assert_eq!((guesses.len(), guesses[0].other_reference.as_str(), guesses[0].score), (1, reference.as_str(), 95));
    assert!(guesses[0].reasons.contains("answers a message") && guesses[0].reasons.contains("number"), "{guesses:?}");

    let trainee = desk.person("t", Role::Trainee).await;
    let held = &cases[1];
    desk.office.join(&trainee, &held.reference, held.version, &reference).await.unwrap();
    let cases = desk.cases().await;
    assert_eq!(desk.letters(&cases[0]).await, 2);
    assert_eq!(cases[1].state, CaseState::Closed { outcome: Outcome::Joined });
    assert!(desk.guesses().await.is_empty());
    assert_eq!(cases[0].customer_address.as_deref(), Some("ana@customer.example"), "replies go where they went");
    let unknown = desk.office.join(&trainee, &cases[0].reference, cases[0].version, &CaseRef::new(1999, 1)).await;
    assert!(unknown.is_err());
}

async fn an_answer_to_the_reply_address_joins_without_any_reference(database: &Database) {
    let desk = Desk::open(database).await;
    desk.take(FIRST).await;
    let reply = desk.answer().await;
    let address = header(&reply, "reply-to");
    assert!(address.contains("<inquiries+r"), "{address}");
    desk.take(&format!(
        "From: ana@customer.example\nTo: {address}\nMessage-ID: <3@customer.example>\nSubject: thanks\n\nThanks\n"
    ))
    .await;
    let cases = desk.cases().await;
    assert_eq!(cases.len(), 1);
    // Who guessed or overheard the address is not let in.
    desk.take(&format!(
        "From: evil@elsewhere.example\nTo: {address}\nMessage-ID: <4@elsewhere.example>\nSubject: hi\n\nHi\n"
    ))
    .await;
    assert_eq!(desk.cases().await.len(), 2);
    assert!(desk.guesses().await[0].reasons.contains("reply address"));
}

async fn a_delivery_report_brings_the_case_back(database: &Database) {
    let desk = Desk::open(database).await;
    desk.take(FIRST).await;
    let reply = desk.answer().await;
    assert_eq!(desk.cases().await[0].state.name(), "answered");
    let report = |recipient: &str| {
        format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\nTo: inquiries@penstock.example\nMessage-ID: <r-{recipient}>\n\
             Subject: Undelivered\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
             --b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n--b\nContent-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\
             Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b\nContent-Type: text/rfc822-headers\n\n\
             Message-ID: {}\nSubject: Your bill\n\n--b--\n",
            header(&reply, "message-id")
        )
    };
    desk.take(&report("somebody@elsewhere.example")).await;
    assert_eq!(desk.cases().await[0].state.name(), "answered", "a report about another address changes nothing");
    desk.take(&report("ana@customer.example")).await;
    let cases = desk.cases().await;
    assert_eq!((cases.len(), cases[0].state.name()), (1, "undelivered"));
    let delivery = desk.store.read().await.unwrap().latest_deliveries(1).await.unwrap().remove(0);
    assert_eq!(delivery.state, "rejected");
    assert!(delivery.server_reply.unwrap().contains("it came back: 5.1.1"));
}
