//! What people change: the assurance is only lowered, or confirmed by somebody who called back;
//! one reply tells more only when two people say so.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use penstock::accounts::Assurance;
use penstock::clock::{Clock, local_date};
use penstock::demo::accounts::{sample_account, write_extract};
use penstock::ids::CaseRef;
use penstock::journal::Actor;
use penstock::letter::Role;
use penstock::pipeline::import::import;
use penstock::review::{AssuranceChange, Confirmation, Edit, Office, Person, add_user};
use penstock::store::{CaseFilter, CaseRow};

use super::billing::Peer;
use crate::harness::database::{Database, on_both_databases};
use crate::harness::system::System;

on_both_databases!(
    the_assurance_is_lowered_and_confirmed_by_people,
    two_people_let_one_reply_tell_more,
    amounts_are_sent_only_while_billing_answers,
);

struct Scene {
    system: System,
    trainee: Person,
    supervisor: Person,
    reference: CaseRef,
}

impl Scene {
    /// A letter about a sample account from somebody, claimed by the trainee.
    async fn begin(database: &Database, from: &str, settings: &str) -> Self {
        let system = System::start(database, settings).await;
        let folder = database.folder().join("extract");
        std::fs::create_dir_all(&folder).unwrap();
        write_extract(&folder, 20, local_date(Clock::System.now(), &TimeZone::UTC)).unwrap();
        import(&system.store, &Clock::System, &folder).await.unwrap();
        let account = sample_account(7);
        let letter = format!(
            "From: Somebody <{from}>\r\nMessage-ID: <1@c.example>\r\nSubject: What do I owe\r\n\r\n\
             What is the balance of account {} and when is it due?\r\n",
            account.number
        );
        system.running.desk.store("test", None, letter.into_bytes()).await.unwrap();
        let trainee = Self::person(&system, "tess", Role::Trainee).await;
        let supervisor = Self::person(&system, "sam", Role::Supervisor).await;
        let case = loop {
            let mut tx = system.store.read().await.unwrap();
            let cases = tx.cases(&CaseFilter { limit: 10, ..CaseFilter::default() }).await.unwrap();
            match cases.into_iter().next() {
                Some(case) => break case,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        system.running.office.claim(&trainee, &case.reference, case.version).await.unwrap();
        Self { system, trainee, supervisor, reference: case.reference }
    }

    async fn person(system: &System, login: &str, role: Role) -> Person {
        let now = Clock::System.now();
        let id =
            add_user(&system.store, now, Actor::Operator, (login, login, role), "correct horse battery").await.unwrap();
        Person { id, name: login.to_owned(), role }
    }

    async fn case(&self) -> CaseRow {
        self.system.store.read().await.unwrap().case_by_reference(self.reference.as_str()).await.unwrap().unwrap()
    }

    async fn version(&self) -> i64 {
        self.case().await.version
    }

    /// The newest draft tells the account's balance.
    async fn tells_the_balance(&self) -> bool {
        let case = self.case().await;
        let draft = self.system.store.read().await.unwrap().latest_revision(&case.id).await.unwrap().unwrap();
        draft.body.contains('$') && draft.body.contains("Your balance is")
    }

    async fn events(&self) -> Vec<String> {
        let case = self.case().await;
        let entries = self.system.store.read().await.unwrap().journal_of_case(&case.id).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }
}

async fn the_assurance_is_lowered_and_confirmed_by_people(database: &Database) {
    let scene = Scene::begin(database, &sample_account(7).email, "").await;
    let office = scene.system.running.office.clone();
    let case = scene.case().await;
    assert_eq!((case.assurance.level, case.assurance.standing.as_str()), (Assurance::A1, "holder"));
    assert!(!scene.tells_the_balance().await, "the sender is not proven");

    let confirm = AssuranceChange::Confirm { by: Confirmation::CallBack, note: "she knew the last payment".to_owned() };
    office.change_assurance(&scene.trainee, &scene.reference, case.version, &confirm).await.unwrap();
    assert_eq!(scene.case().await.assurance.level, Assurance::A4);
    assert!(scene.tells_the_balance().await);

    let raise = AssuranceChange::Lower { level: Assurance::A4, reason: "why not".to_owned() };
    let version = scene.version().await;
    assert!(office.change_assurance(&scene.trainee, &scene.reference, version, &raise).await.is_err());
    let lower = AssuranceChange::Lower { level: Assurance::A0, reason: "the voice was another".to_owned() };
    office.change_assurance(&scene.trainee, &scene.reference, version, &lower).await.unwrap();
    let case = scene.case().await;
    assert_eq!(case.assurance.level, Assurance::A0);
    assert!(case.assurance.reasons.iter().any(|reason| reason.contains("the voice was another")));
    assert!(!scene.tells_the_balance().await);
    assert_eq!(scene.events().await.iter().filter(|kind| *kind == "case.assurance_changed").count(), 2);
    scene.system.running.stop().await;
}

async fn two_people_let_one_reply_tell_more(database: &Database) {
    let scene = Scene::begin(database, "daughter@elsewhere.example", "").await;
    let office = scene.system.running.office.clone();
    assert_eq!(scene.case().await.assurance.level, Assurance::A0);
    let (reference, reason) = (&scene.reference, "the court named her; the order is in the file");
    let version = scene.version().await;
    assert!(office.ask_override(&scene.trainee, reference, version, reason).await.is_err(), "trainees do not ask");
    assert!(office.ask_override(&scene.supervisor, reference, version, " ").await.is_err(), "a reason is needed");
    office.ask_override(&scene.supervisor, reference, version, reason).await.unwrap();
    assert!(!scene.tells_the_balance().await);
    let version = scene.version().await;
    assert!(office.allow_override(&scene.supervisor, reference, version).await.is_err(), "two people");
    office.allow_override(&scene.trainee, reference, version).await.unwrap();
    assert!(scene.tells_the_balance().await);
    let events = scene.events().await;
    assert!(events.contains(&"disclosure.asked".to_owned()) && events.contains(&"disclosure.allowed".to_owned()));

    let version = scene.version().await;
    office.take_back_override(&scene.trainee, reference, version).await.unwrap();
    assert!(!scene.tells_the_balance().await);
    let version = scene.version().await;
    assert!(office.allow_override(&scene.trainee, reference, version).await.is_err(), "it ended");
    scene.system.running.stop().await;
}

async fn amounts_are_sent_only_while_billing_answers(database: &Database) {
    let peer = Peer::start("77.10");
    let settings = format!(
        "[billing]\nurl = \"{}\"\ntoken = \"secret\"\nattempts = 1\nfailures = 1\nfresh_seconds = 1\npause_seconds = 1\n",
        peer.url
    );
    let scene = Scene::begin(database, &sample_account(7).email, &settings).await;
    let office = scene.system.running.office.clone();
    let confirm = AssuranceChange::Confirm { by: Confirmation::Portal, note: "she wrote there".to_owned() };
    let version = scene.version().await;
    office.change_assurance(&scene.trainee, &scene.reference, version, &confirm).await.unwrap();
    let case = scene.case().await;
    let draft = scene.system.store.read().await.unwrap().latest_revision(&case.id).await.unwrap().unwrap();
    assert!(draft.body.contains("$77.10"), "billing's own balance is told: {}", draft.body);
    let edit = Edit { subject: draft.subject.clone(), body: draft.body.clone() };
    office.submit(&scene.trainee, &scene.reference, case.version, &edit).await.unwrap();

    peer.fail(1000);
    let version = scene.version().await;
    // Later, when the answer of a moment ago is old.
    let later = Clock::manual(Clock::System.now() + SignedDuration::from_mins(1));
    let office = Office { clock: later, ..office };
    let refused =
        office.approve(&scene.supervisor, &scene.reference, version, &draft.id).await.unwrap_err().to_string();
    assert!(refused.contains("billing does not answer"), "{refused}");
    scene.system.running.stop().await;
}
