//! Learning from the outside: the page of supervisors, the form of a case, the metrics, and the
//! commands of operators.

use std::process::Command;
use std::time::Duration;

use penstock::letter::{Role, Topic};
use penstock::review::Edit;
use penstock::store::CaseFilter;
use serde_json::Value;

use super::{Desk, NEW_THING, letters, person, write_letters};
use crate::harness::database::{Database, Kind};
use crate::harness::system::System;

/// A signed-in browser without a screen, on a running system.
struct Browser {
    base: String,
    cookie: String,
}

impl Browser {
    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
    }

    fn sign_in(base: &str, login: &str) -> Self {
        let form = [("login", login), ("password", "correct horse battery")];
        let answer = Self::agent().post(format!("{base}/sign-in")).send_form(form).unwrap();
        let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap();
        Self { base: base.to_owned(), cookie: cookie.to_owned() }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let request = Self::agent().get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let mut answer = request.call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> u16 {
        let request = Self::agent().post(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        request.send_form(form.iter().copied()).unwrap().status().as_u16()
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_system_learns_by_itself_and_shows_it() {
    let database = Database::fresh(Kind::Sqlite);
    write_letters(database.folder());
    let letters_dir = database.folder().join("letters");
    let section = format!("[learning]\nminimum = 2\npoll_seconds = 1\nletters_dir = \"{}\"", letters_dir.display());
    let system = System::start(&database, &section).await;
    let (trainee, supervisor) =
        (person(&system.store, "t", Role::Trainee).await, person(&system.store, "s", Role::Supervisor).await);
    let mail = |number: usize, name: &str, text: &str| {
        format!(
            "From: {name} <{number}@customer.example>\r\nMessage-ID: <{number}@c.example>\r\nSubject: Hello\r\n\r\n{text}\r\n"
        )
        .into_bytes()
    };
    for (number, text) in NEW_THING[..2].iter().enumerate() {
        system.running.desk.store("test", None, mail(number, "Rosalinda Quispe", text)).await.unwrap();
    }
    let cases = until(async || {
        let filter = CaseFilter { limit: 10, ..CaseFilter::default() };
        let cases = system.store.read().await.unwrap().cases(&filter).await.unwrap();
        (cases.len() == 2).then_some(cases)
    })
    .await;
    let office = &system.running.office;
    for case in &cases {
        office.claim(&trainee, &case.reference, case.version).await.unwrap();
        let word = (&[Topic::ServiceRequest][..], &[][..]);
        office.correct(&trainee, &case.reference, case.version + 1, word).await.unwrap();
        let body = "Dear Rosalinda Quispe,\n\nSend the certificate to the cross connection desk.";
        let edit = Edit { subject: "Certificate".to_owned(), body: body.to_owned() };
        office.submit(&trainee, &case.reference, case.version + 2, &edit).await.unwrap();
        let submitted = system.store.read().await.unwrap().case(&case.id).await.unwrap().unwrap();
        let revision = submitted.state.revision().unwrap().clone();
        office.approve(&supervisor, &case.reference, submitted.version, &revision).await.unwrap();
    }
    until(async || system.store.read().await.unwrap().models().await.unwrap().pop()).await;
    system.running.desk.store("test", None, mail(7, "Berta Diaz", NEW_THING[2])).await.unwrap();
    let next = until(async || {
        let filter = CaseFilter { limit: 10, state: Some("open".to_owned()), ..CaseFilter::default() };
        system.store.read().await.unwrap().cases(&filter).await.unwrap().pop()
    })
    .await;
    office.claim(&trainee, &next.reference, next.version).await.unwrap();
    let word = (&[Topic::ServiceRequest][..], &[][..]);
    office.correct(&trainee, &next.reference, next.version + 1, word).await.unwrap();

    let base = format!("http://{}", system.running.address);
    let path = format!("/cases/{}", next.reference);
    tokio::task::spawn_blocking(move || {
        let (trainee, supervisor) = (Browser::sign_in(&base, "t"), Browser::sign_in(&base, "s"));
        assert_eq!(trainee.get("/learning").0, 403);
        let (status, page) = supervisor.get("/learning");
        assert_eq!(status, 200);
        assert!(page.contains("Share unsure") && page.contains("Service request"), "{page}");
        let token = between(&page, "name=\"form_token\" value=\"", "\"");
        let action = between(&page, "<form method=\"post\" action=\"/learning/", "\"");
        let form = [("form_token", token), ("topic", "service_request"), ("topic", ""), ("flag", "third_party")];
        assert_eq!(supervisor.post(&format!("/learning/{action}"), &form), 303);
        assert!(!supervisor.get("/learning").1.contains(action), "it is labelled");

        // The reply to a similar letter, without the other customer's name.
        let mut page = String::new();
        for _ in 0..600 {
            page = trainee.get(&path).1;
            if page.contains("Similar past letters") {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(page.contains("cross connection desk") && !page.contains("Rosalinda"), "{page}");
        let (token, version) =
            (between(&page, "name=\"form_token\" value=\"", "\""), between(&page, "name=\"version\" value=\"", "\""));
        let form = [
            ("form_token", token),
            ("version", version),
            ("topic", "stormwater"),
            ("topic", "other"),
            ("flag", "hearing_request"),
        ];
        assert_eq!(trainee.post(&format!("{path}/correct"), &form), 303);
        let page = trainee.get(&path).1;
        assert!(page.contains("Stormwater, Other") && page.contains("urgent"), "{page}");
        let metrics = trainee.get("/metrics").1;
        assert!(metrics.contains("penstock_letters_unsure_share_week") && metrics.contains("penstock_model_version"));
    })
    .await
    .unwrap();
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_trains_lists_and_goes_back_by_one_command() {
    let database = Database::fresh(Kind::Sqlite);
    let desk = Desk::open(&database).await;
    for case in desk.take(&letters(&NEW_THING[..1], "Regards")).await {
        desk.label(&case, &[Topic::ServiceRequest]).await;
    }
    let model = |arguments: &[&str]| {
        let ended = Command::new(env!("CARGO_BIN_EXE_penstock"))
            .arg("model")
            .args(arguments)
            .env("PENSTOCK_DATABASE_URL", &database.url)
            .env("PENSTOCK_DATA_DIR", database.folder())
            .env("PENSTOCK_LEARNING_LETTERS_DIR", database.folder().join("letters"))
            .output()
            .unwrap();
        let text = String::from_utf8(ended.stdout).unwrap();
        assert!(ended.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&ended.stderr));
        text
    };
    assert!(model(&["train"]).starts_with("model 1 judges letters from now on"));
    let listed: Value = serde_json::from_str(&model(&["list", "--json"])).unwrap();
    assert_eq!((&listed["current"], &listed["models"][0]["labels"]), (&1.into(), &5.into()));
    assert!(model(&["use", "starting"]).contains("model starting judges"));
    let listed: Value = serde_json::from_str(&model(&["list", "--json"])).unwrap();
    assert!(listed["current"] == "starting" && listed["pinned_at"].is_string(), "{listed}");
    assert!(model(&["use", "1"]).contains("model 1 judges"));
    assert!(model(&["show", "1"]).contains("\"macro_f1\""));
    model(&["unpin"]);
    assert!(model(&["list"]).contains("1\tcurrent\t"));
}
