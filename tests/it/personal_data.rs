//! Numbers of persons that should not stand in a letter: hidden, and shown only to be remembered.

use penstock::clock::Clock;
use penstock::journal::Actor;
use penstock::letter::{Flag, Role};
use penstock::review::add_user;
use penstock::store::CaseFilter;

use crate::harness::database::{Database, Kind};
use crate::harness::system::System;

/// A signed-in browser without a screen.
struct Browser {
    agent: ureq::Agent,
    base: String,
    cookie: String,
}

impl Browser {
    fn sign_in(base: String, login: &str, password: &str) -> Self {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let answer =
            agent.post(format!("{base}/sign-in")).send_form([("login", login), ("password", password)]).unwrap();
        let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { agent, base, cookie }
    }

    fn get(&self, path: &str) -> String {
        let request = self.agent.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        request.call().unwrap().body_mut().read_to_string().unwrap()
    }

    fn post(&self, path: &str, form_token: &str) -> String {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        request.send_form([("form_token", form_token)]).unwrap().body_mut().read_to_string().unwrap()
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_social_security_number_is_hidden_until_somebody_asks_and_is_remembered() {
    let database = Database::fresh(Kind::Sqlite);
    let system = System::start(&database, "").await;
    let letter = b"From: Ana <ana@customer.example>\r\nMessage-ID: <1@c.example>\r\nSubject: TAP\r\n\r\n\
        I want to apply for help. My social security number is 219-09-9999.\r\n";
    system.running.desk.store("test", None, letter.to_vec()).await.unwrap();
    let person = ("t", "t", Role::Trainee);
    add_user(&system.store, Clock::System.now(), Actor::Operator, person, "correct horse battery").await.unwrap();
    let case = loop {
        let filter = CaseFilter { limit: 1, ..CaseFilter::default() };
        if let Some(case) = system.store.read().await.unwrap().cases(&filter).await.unwrap().pop() {
            break case;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(case.flags.contains(&Flag::PersonalData), "{:?}", case.flags);
    let base = format!("http://{}", system.running.address);
    let path = format!("/cases/{}", case.reference);
    let (hidden, shown) = tokio::task::spawn_blocking(move || {
        let browser = Browser::sign_in(base, "t", "correct horse battery");
        let page = browser.get(&path);
        let reveal = between(&page, "<form method=\"post\" action=\"", "/reveal\"").rsplit("action=\"").next().unwrap();
        let token = between(&page, "name=\"form_token\" value=\"", "\"");
        let shown = browser.post(&format!("{reveal}/reveal"), token);
        (page, shown)
    })
    .await
    .unwrap();
    assert!(hidden.contains("•••-••-9999") && !hidden.contains("219-09-9999"));
    assert!(shown.contains("219-09-9999"));
    let entries = system.store.read().await.unwrap().journal_of_case(&case.id).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.kind == "letter.personal_data_seen").count(), 1);
    system.running.stop().await;
}
