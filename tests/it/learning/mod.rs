//! Learning from people: what teaches the classifier and what does not, that a worse model never
//! judges, that a choice stands, and that only one process trains.

mod pages;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use penstock::app::{office, tools, trainer};
use penstock::classification::Classification;
use penstock::clock::Clock;
use penstock::config::Settings;
use penstock::ids::UserId;
use penstock::journal::{Actor, Entry};
use penstock::letter::{Flag, Role, Topic};
use penstock::pipeline::learning::{Comparison, Trained, Trainer, choose, offers, unpin};
use penstock::pipeline::prepare::{Tools, prepare_batch};
use penstock::review::{Edit, Office, Person, ReviewError, add_user};
use penstock::store::{Arrival, CaseFilter, CaseRow, Store};
use serde_json::Value;

use crate::harness::database::{Database, on_both_databases};

on_both_databases!(
    approved_corrections_teach_and_a_choice_of_the_model_stands,
    a_worse_model_is_refused_and_the_old_one_goes_on,
    of_two_processes_one_trains,
    supervisors_label_what_the_classifier_doubts,
);

const OPENERS: [&str; 5] =
    ["Hello,", "Dear Water Department,", "Good morning.", "To whom it may concern:", "Hi, quick question."];

/// What letters say of each topic.
const SAYINGS: [(Topic, [&str; 4]); 6] = [
    (
        Topic::BillingInquiry,
        [
            "Please send me a copy of my statement for May.",
            "What is the balance I owe, and how can I pay it online?",
            "Could you explain the line called service charge on my statement?",
            "I would like the history of my payments for the last year.",
        ],
    ),
    (
        Topic::Shutoff,
        [
            "My water was shut off this morning and I need it restored.",
            "A shutoff notice hangs on my door, please stop it.",
            "They turned my service off at the curb for nonpayment.",
            "When will you restore my service after the shutoff?",
        ],
    ),
    (
        Topic::HighUsage,
        [
            "My usage doubled and the meter shows far too many gallons.",
            "The amount is very high this month, is there a leak somewhere?",
            "Why is my consumption three times what it was?",
            "The reading seems too high, nothing in the house has changed.",
        ],
    ),
    (
        Topic::Stormwater,
        [
            "The stormwater charge on my vacant lot is too much.",
            "The impervious area of my parcel is measured wrong.",
            "I built a rain garden and want a stormwater credit.",
            "Why does a parking lot pay for runoff?",
        ],
    ),
    (
        Topic::FieldProblem,
        [
            "Brown water comes out of the tap and smells.",
            "A hydrant is open at the corner and floods the street.",
            "Sewage backs up into our basement.",
            "A main broke and there is a hole in the road.",
        ],
    ),
    (
        Topic::Other,
        [
            "I want to thank your clerk for being so kind.",
            "May my class visit the treatment plant in spring?",
            "Do you have an open position for a plumber?",
            "Your newsletter was a pleasure to read.",
        ],
    ),
];

/// Something that the starting letters know nothing of.
const NEW_THING: [&str; 4] = [
    "Our backflow preventer was tested by a certified plumber, where does the certificate go?",
    "Attached is the yearly backflow test certificate of the preventer in our restaurant.",
    "The plumber says the backflow assembly certificate has to be filed with you, how?",
    "You asked for the certificate of our backflow preventer test, who takes it?",
];

/// Starting letters of a small utility, in the form of the shipped ones.
fn write_letters(folder: &Path) {
    let folder = folder.join("letters").join("en");
    std::fs::create_dir_all(&folder).unwrap();
    for (topic, sayings) in SAYINGS {
        let letters: Vec<String> = sayings
            .iter()
            .flat_map(|saying| OPENERS.map(|opener| (saying, opener)))
            .map(|(saying, opener)| {
                format!("topics: {topic}\nflags:\nsubject: A question\n\n{opener} {saying} Thank you.\n====\n")
            })
            .collect();
        std::fs::write(folder.join(format!("{topic}.txt")), letters.concat()).unwrap();
    }
}

/// An office with its pipeline and its trainer, worked by hand.
struct Desk {
    store: Store,
    office: Office,
    tools: Arc<Tools>,
    trainer: Trainer,
    trainee: Person,
    supervisor: Person,
}

fn settings(database: &Database) -> Settings {
    write_letters(database.folder());
    let letters = database.folder().join("letters");
    let text = format!(
        "data_dir = \"{}\"\n[learning]\nminimum = 8\nletters_dir = \"{}\"\n",
        database.folder().display(),
        letters.display()
    );
    Settings::read(None, &text, &BTreeMap::new()).unwrap()
}

async fn person(store: &Store, login: &str, role: Role) -> Person {
    let now = Clock::System.now();
    let id: UserId =
        add_user(store, now, Actor::Operator, (login, login, role), "correct horse battery").await.unwrap();
    Person { id, name: login.to_owned(), role }
}

impl Desk {
    async fn open(database: &Database) -> Self {
        let settings = settings(database);
        let store = database.open().await;
        let tools = Arc::new(tools(&settings).unwrap());
        Self {
            office: office(&settings, store.clone(), Clock::System).unwrap(),
            trainer: trainer(&settings, store.clone(), Clock::System, tools.classifier.clone()).unwrap(),
            trainee: person(&store, "t", Role::Trainee).await,
            supervisor: person(&store, "s", Role::Supervisor).await,
            tools,
            store,
        }
    }

    /// Takes letters in and prepares them; gives their cases.
    async fn take(&self, texts: &[String]) -> Vec<CaseRow> {
        let before = self.cases().await.len();
        for text in texts {
            let key = penstock::ids::Digest::of(text.as_bytes());
            let message = format!(
                "From: Ana Morales <ana@customer.example>\r\nMessage-ID: <{}@customer.example>\r\n\
                 Subject: A question\r\n\r\n{text}\r\n",
                &key.as_str()[..12]
            );
            let raw = penstock::ids::Digest::of(message.as_bytes());
            let content = penstock::reading::content_digest(message.as_bytes());
            let arrival = Arrival {
                source: "test",
                source_key: key.as_str(),
                bytes: message.as_bytes(),
                raw_digest: &raw,
                content_digest: &content,
                at: Clock::System.now().as_microsecond(),
            };
            let mut tx = self.store.write().await.unwrap();
            tx.store_arrivals(&[arrival]).await.unwrap();
            tx.commit().await.unwrap();
        }
        while prepare_batch(&self.store, &Clock::System, &self.tools, "test").await.unwrap() > 0 {}
        self.cases().await.split_off(before)
    }

    async fn cases(&self) -> Vec<CaseRow> {
        let filter = CaseFilter { limit: 1000, ..CaseFilter::default() };
        let mut cases = self.store.read().await.unwrap().cases(&filter).await.unwrap();
        cases.sort_by(|one, other| one.reference.cmp(&other.reference));
        cases
    }

    async fn again(&self, case: &CaseRow) -> CaseRow {
        self.store.read().await.unwrap().case(&case.id).await.unwrap().unwrap()
    }

    /// What was said of a case's letter.
    async fn said(&self, case: &CaseRow) -> Classification {
        let letter = self.store.read().await.unwrap().letters_of_case(&case.id).await.unwrap().remove(0);
        serde_json::from_str(&letter.classification.unwrap()).unwrap()
    }

    /// A trainee says what a case is about and hands a reply in.
    async fn correct(&self, case: &CaseRow, topics: &[Topic], flags: &[Flag]) {
        self.office.claim(&self.trainee, &case.reference, case.version).await.unwrap();
        let version = case.version + 1;
        self.office.correct(&self.trainee, &case.reference, version, (topics, flags)).await.unwrap();
        let edit = Edit { subject: "Your question".to_owned(), body: "Dear Ana,\n\nWe have it.".to_owned() };
        self.office.submit(&self.trainee, &case.reference, version + 1, &edit).await.unwrap();
    }

    async fn approve(&self, case: &CaseRow) {
        let case = self.again(case).await;
        let revision = case.state.revision().unwrap().clone();
        self.office.approve(&self.supervisor, &case.reference, case.version, &revision).await.unwrap();
    }

    async fn label(&self, case: &CaseRow, topics: &[Topic]) {
        let letter = self.store.read().await.unwrap().letters_of_case(&case.id).await.unwrap().remove(0);
        self.office.label(&self.supervisor, &letter.id, (topics, &[])).await.unwrap();
    }

    async fn labels(&self) -> i64 {
        self.store.read().await.unwrap().labels_after(0).await.unwrap()
    }

    async fn events(&self, kind: &str) -> Vec<Entry> {
        let entries = self.store.read().await.unwrap().journal_after(0, 100_000).await.unwrap();
        entries.into_iter().filter(|entry| entry.kind == kind).collect()
    }

    async fn train(&self) -> Trained {
        self.trainer.train(&Actor::Program, false).await.unwrap()
    }
}

/// Letters that say each of some things, each with every opener.
fn letters(sayings: &[&str], end: &str) -> Vec<String> {
    sayings.iter().flat_map(|saying| OPENERS.map(|opener| format!("{opener} {saying} {end}"))).collect()
}

async fn approved_corrections_teach_and_a_choice_of_the_model_stands(database: &Database) {
    let desk = Desk::open(database).await;
    let texts = letters(&NEW_THING[..3], "Regards, Ana");
    let cases = desk.take(&texts).await;
    let starting = desk.said(&cases[0]).await;
    assert!(starting.model.starts_with("starting@"), "{}", starting.model);
    assert!(!starting.topics.contains(&Topic::ServiceRequest), "it knows nothing of it yet");

    // What a trainee says teaches nothing by itself.
    for case in &cases {
        desk.correct(case, &[Topic::ServiceRequest], &[Flag::ThirdParty]).await;
    }
    assert_eq!((desk.labels().await, desk.train().await), (0, Trained::TooFew(0)));
    for case in &cases {
        desk.approve(case).await;
    }
    assert_eq!(desk.labels().await, 15);
    assert_eq!(desk.events("letter.labelled").await.len(), 15);

    let (version, comparison) = match desk.train().await {
        Trained::Accepted(version, comparison) => (version, comparison),
        other => panic!("it should be better: {other:?}"),
    };
    assert!(comparison.fixed.letters > 10 && comparison.recent.won > 0, "{comparison:?}");
    assert_eq!(desk.train().await, Trained::TooFew(0), "the same labels are learned once");
    let accepted = desk.events("model.accepted").await;
    let details: Value = serde_json::from_str(&accepted[0].details).unwrap();
    assert_eq!((details["model"].as_i64(), details["labels"].as_i64()), (Some(version), Some(15)));

    // A letter of the kind that was wrong before is right now, and says which model judged it.
    let next = desk.take(&letters(&NEW_THING[3..], "Regards, Berta")[..1]).await.remove(0);
    let found = desk.said(&next).await;
    assert_eq!(
        (found.topics.as_slice(), next.topics.as_slice()),
        (&[Topic::ServiceRequest][..], &[Topic::ServiceRequest][..])
    );
    let row = desk.store.read().await.unwrap().current_model().await.unwrap().unwrap();
    assert_eq!(found.model, format!("{version}@{}", row.digest));

    // Back to the starting model by one step, and nothing replaces it by itself.
    choose(&desk.store, Clock::System.now(), Actor::Operator, None).await.unwrap();
    for case in desk.take(&letters(&NEW_THING[3..], "Yours, Clara")).await.iter().chain([&next]) {
        desk.label(case, &[Topic::ServiceRequest]).await;
    }
    for case in desk.take(&letters(&NEW_THING[..1], "Yours, Dora")).await {
        desk.label(&case, &[Topic::ServiceRequest]).await;
    }
    assert_eq!(desk.train().await, Trained::Pinned);
    assert!(desk.tools.classifier.follow(&desk.store).await.unwrap());
    let old = desk.take(&letters(&NEW_THING[3..], "Regards, Elsa")[..1]).await.remove(0);
    assert_eq!(desk.said(&old).await.model, starting.model);
    unpin(&desk.store, Clock::System.now(), Actor::Operator).await.unwrap();
    assert!(matches!(desk.train().await, Trained::Accepted(2, _)));
    choose(&desk.store, Clock::System.now(), Actor::Operator, Some(version)).await.unwrap();
    assert!(desk.tools.classifier.follow(&desk.store).await.unwrap());
    assert_eq!(desk.tools.classifier.judge().version, Some(version));
    assert!(choose(&desk.store, Clock::System.now(), Actor::Operator, Some(99)).await.is_err());
}

async fn a_worse_model_is_refused_and_the_old_one_goes_on(database: &Database) {
    let desk = Desk::open(database).await;
    let mut poisoned = Vec::new();
    for end in ["Thank you.", "Thank you!", "Thank you. A.", "Thank you. B."] {
        poisoned.extend(letters(&SAYINGS[0].1, end));
    }
    let cases = desk.take(&poisoned).await;
    assert_eq!(desk.said(&cases[0]).await.topics, [Topic::BillingInquiry]);
    for case in &cases {
        desk.label(case, &[Topic::Other]).await;
    }
    let (version, comparison) = match desk.train().await {
        Trained::Refused(version, comparison) => (version, comparison),
        other => panic!("it is worse: {other:?}"),
    };
    assert!(comparison.fixed.lost > comparison.fixed.won, "{comparison:?}");
    assert!(comparison.reason.contains("fixed letters"), "{}", comparison.reason);
    let mut tx = desk.store.read().await.unwrap();
    let row = tx.model(version).await.unwrap().unwrap();
    let stored: Comparison = serde_json::from_str(&row.comparison).unwrap();
    assert_eq!((row.state.as_str(), stored.accepted), ("refused", false));
    assert!(tx.current_model().await.unwrap().is_none());
    drop(tx);
    assert_eq!(desk.events("model.refused").await.len(), 1);
    assert_eq!(desk.train().await, Trained::TooFew(0), "it is not tried again with the same labels");
    let next = desk.take(&["Brown water again, it smells.".to_owned()]).await.remove(0);
    assert!(desk.said(&next).await.model.starts_with("starting@"));
}

async fn of_two_processes_one_trains(database: &Database) {
    let desk = Desk::open(database).await;
    for case in desk.take(&letters(&NEW_THING[..2], "Regards")).await {
        desk.label(&case, &[Topic::ServiceRequest]).await;
    }
    let settings = settings(database);
    let other = tools(&settings).unwrap().classifier;
    let other = trainer(&settings, database.open().await, Clock::System, other).unwrap();
    assert_ne!(desk.trainer.owner, other.owner);
    let (one, two) = tokio::join!(desk.train(), other.train(&Actor::Program, false));
    let all = [one, two.unwrap()];
    let learned = all.iter().filter(|trained| matches!(trained, Trained::Accepted(1, _))).count();
    let left = all.iter().filter(|trained| matches!(trained, Trained::Busy | Trained::TooFew(0))).count();
    assert_eq!((learned, left), (1, 1), "{all:?}");
    assert_eq!(desk.store.read().await.unwrap().models().await.unwrap().len(), 1);
    // The other takes the new model up.
    desk.tools.classifier.follow(&desk.store).await.unwrap();
    other.in_use.follow(&other.store).await.unwrap();
    assert_eq!(desk.tools.classifier.judge().name(), other.in_use.judge().name());
    // The same examples give the same bytes, whoever learns from them.
    let wanted = other.train(&Actor::Operator, true).await.unwrap();
    assert_eq!(wanted, Trained::Same);
}

async fn supervisors_label_what_the_classifier_doubts(database: &Database) {
    let desk = Desk::open(database).await;
    let mut texts = letters(&SAYINGS[0].1[..1], "Thank you.");
    texts.extend(letters(&NEW_THING[..1], "Regards"));
    desk.take(&texts).await;
    let now = Clock::System.now().as_microsecond();
    let offered = offers(&desk.store, &desk.tools.classifier, now, 4).await.unwrap();
    assert_eq!(offered.len(), 4);
    // Letters that say the same teach little more than one of them: both kinds are offered.
    let saying = |words: &str| offered.iter().find(|offer| offer.text.contains(words));
    assert!(saying("statement").is_some(), "{offered:?}");
    let letter = &saying("backflow").unwrap().letter_id;
    let word = (&[Topic::ServiceRequest][..], &[Flag::ThirdParty][..]);
    let refused = desk.office.label(&desk.trainee, letter, word).await;
    assert!(matches!(refused, Err(ReviewError::Forbidden(_))), "{refused:?}");
    desk.office.label(&desk.supervisor, letter, word).await.unwrap();
    let labelled = desk.events("letter.labelled").await;
    assert_eq!(labelled[0].letter_id.as_deref(), Some(letter.as_str()));
    assert!(labelled[0].details.contains("\"source\":\"supervisor\""), "{}", labelled[0].details);
    let offered = offers(&desk.store, &desk.tools.classifier, now, 100).await.unwrap();
    assert!(offered.len() == 9 && offered.iter().all(|offer| offer.letter_id != *letter));
    let example = desk.store.read().await.unwrap().labelled_letters(10).await.unwrap().remove(0);
    assert_eq!((example.topics, example.flags), (vec![Topic::ServiceRequest], vec![Flag::ThirdParty]));
}
