//! The JSON API from the outside: a letter handed in, answered and approved by programs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use penstock::clock::Clock;
use penstock::ids::UserId;
use penstock::journal::Actor;
use penstock::letter::Role;
use penstock::review::{add_token, add_user};
use serde_json::{Value, json};

use crate::harness::database::{Database, Kind, on_both_databases};
use crate::harness::system::System;

on_both_databases!(a_letter_is_handed_in_answered_and_approved_by_programs);

/// A running system, and the way to ask it.
struct Api {
    system: System,
    base: String,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    kind: String,
    version: Option<String>,
    body: Value,
}

impl Api {
    async fn start(database: &Database) -> Self {
        let system = System::start(database, "").await;
        let base = format!("http://{}/api/v1", system.running.address);
        Self { system, base }
    }

    async fn user(&self, login: &str, role: Role) -> UserId {
        let now = Clock::System.now();
        add_user(&self.system.store, now, Actor::Operator, (login, login, role), "correct horse battery").await.unwrap()
    }

    async fn token(&self, login: &str, role: Role) -> String {
        let user = self.user(login, role).await;
        add_token(&self.system.store, Clock::System.now(), (&user, "test"), None).await.unwrap()
    }

    /// Asks with a token; a step names the version it saw.
    async fn ask(&self, token: &str, request: (&str, &str), version: Option<&str>, body: Vec<u8>) -> Answer {
        let (url, method) = (format!("{}{}", self.base, request.1), request.0.to_owned());
        let headers: Vec<(&str, String)> = [
            (!token.is_empty()).then(|| ("authorization", format!("Bearer {token}"))),
            version.map(|version| ("if-match", version.to_owned())),
        ]
        .into_iter()
        .flatten()
        .collect();
        tokio::task::spawn_blocking(move || send(&method, &url, &headers, &body)).await.unwrap()
    }

    /// Hands a letter in and waits for its case; gives the case's address.
    async fn hand_in(&self, token: &str, letter: &[u8]) -> String {
        let receipt = self.ask(token, ("POST", "/messages"), None, letter.to_vec()).await;
        let path = format!("/messages/{}", receipt.body["id"].as_str().unwrap());
        loop {
            let message = self.ask(token, ("GET", &path), None, Vec::new()).await;
            if let Some(case) = message.body["case"].as_str() {
                return format!("/cases/{case}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn step(&self, token: &str, path: &str, version: &str, body: &Value) -> Answer {
        self.ask(token, ("POST", path), Some(version), body.to_string().into_bytes()).await
    }
}

fn send(method: &str, url: &str, headers: &[(&str, String)], body: &[u8]) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let response = agent.run(request.body(body).unwrap()).unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (status, kind, version) =
        (response.status().as_u16(), header("content-type").unwrap_or_default(), header("etag"));
    let body = response.into_body().read_to_vec().unwrap();
    Answer { status, kind, version, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

/// Method, address, version, body, and the status that answers it.
type Nonsense = (&'static str, &'static str, Option<&'static str>, &'static [u8], u16);

const LETTER: &[u8] =
    b"From: Ana <ana@customer.example>\r\nMessage-ID: <1@customer.example>\r\nSubject: My bill\r\n\r\n\
    My bill for May is wrong and I want a hearing.\r\n";

async fn a_letter_is_handed_in_answered_and_approved_by_programs(database: &Database) {
    let api = Api::start(database).await;
    let (trainee, supervisor) = (api.token("t", Role::Trainee).await, api.token("s", Role::Supervisor).await);

    let receipt = api.ask(&trainee, ("POST", "/messages"), None, LETTER.to_vec()).await;
    assert_eq!((receipt.status, &receipt.body["duplicate"]), (202, &json!(false)));
    let again = api.ask(&trainee, ("POST", "/messages"), None, LETTER.to_vec()).await;
    assert_eq!((&again.body["id"], &again.body["duplicate"]), (&receipt.body["id"], &json!(true)));

    let path = format!("/messages/{}", receipt.body["id"].as_str().unwrap());
    let mut message = api.ask(&trainee, ("GET", &path), None, Vec::new()).await;
    while message.body["stage"] == "received" {
        tokio::time::sleep(Duration::from_millis(50)).await;
        message = api.ask(&trainee, ("GET", &path), None, Vec::new()).await;
    }
    assert_eq!(message.body["reading"]["subject"], "My bill");
    let case = format!("/cases/{}", message.body["case"].as_str().unwrap());

    let seen = api.ask(&trainee, ("GET", &case), None, Vec::new()).await;
    let first = seen.version.unwrap();
    let claimed = api.step(&trainee, &format!("{case}/claim"), &first, &json!({})).await;
    assert_eq!((claimed.status, &claimed.body["state"]), (200, &json!("claimed")), "{claimed:?}");
    let text = json!({ "subject": "Your bill", "body": "Dear Ana,\n\nWe are looking into it." });
    let stale = api.step(&trainee, &format!("{case}/submit"), &first, &text).await;
    assert_eq!((stale.status, stale.kind.as_str()), (412, "application/problem+json"));
    let submitted = api.step(&trainee, &format!("{case}/submit"), &claimed.version.unwrap(), &text).await;
    assert_eq!(submitted.body["state"], "submitted", "{submitted:?}");

    let version = submitted.version.unwrap();
    let approval = json!({ "revision": submitted.body["draft"]["revision"] });
    let refused = api.step(&trainee, &format!("{case}/approve"), &version, &approval).await;
    assert_eq!(refused.status, 403, "a trainee approves nothing");
    let approved = api.step(&supervisor, &format!("{case}/approve"), &version, &approval).await;
    assert_eq!((approved.status, approved.body["deliveries"].as_array().unwrap().len()), (200, 1), "{approved:?}");
    let listed = api.ask(&supervisor, ("GET", "/cases?q=ana@customer.example"), None, Vec::new()).await;
    assert_eq!(listed.body["cases"].as_array().unwrap().len(), 1);
    api.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_sees_what_holds_a_draft_back_and_gives_the_reason() {
    let database = Database::fresh(Kind::Sqlite);
    let api = Api::start(&database).await;
    let token = api.token("t", Role::Trainee).await;
    let case = api.hand_in(&token, LETTER).await;
    let seen = api.ask(&token, ("GET", &case), None, Vec::new()).await;
    let claimed = api.step(&token, &format!("{case}/claim"), &seen.version.unwrap(), &json!({})).await;
    let draft = &claimed.body["draft"];
    assert!(held(draft).is_empty(), "{}", draft["concerns"]);

    let body = format!("{}\n\nYou will get $999.99 back.", draft["body"].as_str().unwrap());
    let text = json!({ "subject": draft["subject"], "body": body });
    let saved = api.step(&token, &format!("{case}/draft"), &claimed.version.unwrap(), &text).await;
    let concerns = held(&saved.body["draft"]);
    assert_eq!(concerns.len(), 1, "{concerns:?}");
    let (concern, at) = (&concerns[0], body.chars().count() - "$999.99 back.".len());
    assert_eq!((&concern["kind"], &concern["weight"]), (&json!("orphan"), &json!("needs_reason")));
    assert_eq!(concern["place"], json!([at, at + "$999.99".len()]));

    let version = saved.version.unwrap();
    let refused = api.step(&token, &format!("{case}/submit"), &version, &text).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body["detail"].as_str().unwrap().contains("$999.99"), "{refused:?}");
    let justify = format!("{case}/justify");
    let reason = json!({ "key": concern["key"], "reason": "the supervisor agreed" });
    assert_eq!(api.ask(&token, ("POST", &justify), None, reason.to_string().into_bytes()).await.status, 428);
    let unknown = json!({ "key": "orphan:$1.00", "reason": "why not" });
    assert_eq!(api.step(&token, &justify, &version, &unknown).await.status, 422);
    let justified = api.step(&token, &justify, &version, &reason).await;
    assert_eq!(justified.status, 200, "{justified:?}");
    assert!(held(&justified.body["draft"]).is_empty());
    assert!(justified.body["draft"]["concerns"].to_string().contains("the supervisor agreed"));
    let submitted = api.step(&token, &format!("{case}/submit"), &justified.version.unwrap(), &text).await;
    assert_eq!(submitted.body["state"], "submitted", "{submitted:?}");
    api.system.running.stop().await;
}

/// What keeps a draft from being submitted.
fn held(draft: &Value) -> Vec<Value> {
    let concerns = draft["concerns"].as_array().unwrap().iter();
    let holds = |concern: &&Value| concern["weight"] != "look" && concern["reason"].is_null();
    concerns.filter(holds).cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_token_that_holds_is_told_so_and_gets_nothing() {
    let database = Database::fresh(Kind::Sqlite);
    let api = Api::start(&database).await;
    let user = api.user("t", Role::Trainee).await;
    let past = Clock::System.now() - SignedDuration::from_hours(1);
    let add = |name: &'static str, until: Option<Timestamp>| {
        add_token(&api.system.store, Clock::System.now(), (&user, name), until)
    };
    let (ended, revoked) = (add("ended", Some(past)).await.unwrap(), add("revoked", None).await.unwrap());
    let mut tx = api.system.store.write().await.unwrap();
    tx.revoke_token(&user, "revoked", Clock::System.now().as_microsecond()).await.unwrap();
    tx.commit().await.unwrap();
    for token in ["", "guessed", &ended, &revoked] {
        for path in ["/cases", "/status", "/cases/PW-2026-000001", "/messages/x"] {
            let answer = api.ask(token, ("GET", path), None, Vec::new()).await;
            assert_eq!((answer.status, answer.kind.as_str()), (401, "application/problem+json"), "{token} {path}");
        }
        assert_eq!(api.ask(token, ("POST", "/messages"), None, LETTER.to_vec()).await.status, 401);
    }
    assert_eq!(api.ask("", ("GET", "/openapi.json"), None, Vec::new()).await.status, 200);
    api.system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_answered_by_a_problem_that_says_what_to_do() {
    let database = Database::fresh(Kind::Sqlite);
    let api = Api::start(&database).await;
    let token = api.token("t", Role::Trainee).await;
    let cases: &[Nonsense] = &[
        ("GET", "/nowhere", None, b"", 404),
        ("DELETE", "/cases", None, b"", 405),
        ("GET", "/cases?state=lost", None, b"", 422),
        ("GET", "/cases?cursor=-5", None, b"", 422),
        ("GET", "/cases/PW-2026-999999", None, b"", 404),
        ("POST", "/messages", None, b"", 422),
        ("POST", "/cases/PW-2026-999999/claim", None, b"", 428),
        ("POST", "/cases/PW-2026-999999/claim", Some("\"7\""), b"", 404),
        ("POST", "/cases/PW-2026-999999/submit", Some("7"), b"{\"subject\":", 422),
        ("POST", "/cases/PW-2026-999999/topics", Some("7"), b"{\"topics\":[\"lost\"]}", 422),
    ];
    for (method, path, version, body, status) in cases {
        let answer = api.ask(&token, (method, path), *version, body.to_vec()).await;
        assert_eq!(
            (answer.status, answer.kind.as_str()),
            (*status, "application/problem+json"),
            "{method} {path}: {answer:?}"
        );
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{answer:?}");
    }
    api.system.running.stop().await;
}
