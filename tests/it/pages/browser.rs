//! Owns the office that the pages are looked at in, and the browser of one person, with the
//! checks that every page has to stand: axe in both themes, reflow, and a focus one can see.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use penstock::clock::Clock;
use penstock::ids::UserId;
use penstock::journal::{Actor, Entry};
use penstock::letter::Role;
use penstock::review::add_user;
use penstock::store::{CaseFilter, CaseRow};
use serde_json::{Value, json};

use crate::harness::chromium;
use crate::harness::database::{Database, Kind};
use crate::harness::system::System;

const PASSWORD: &str = "correct horse battery";
const WAIT: Duration = Duration::from_secs(30);
const AXE: &str = "target/node/node_modules/axe-core/axe.min.js";
/// What axe is asked for: everything of WCAG 2.2 AA, and what it holds for good practice.
const RULES: &str = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }";
/// The width that WCAG asks pages to fit into without scrolling sideways.
const NARROW: u32 = 320;

/// A running system with its people.
pub(super) struct Office {
    pub(super) system: System,
    pub(super) database: Database,
    pub(super) address: String,
}

impl Office {
    pub(super) async fn open() -> Self {
        Self::on(Database::fresh(Kind::Sqlite)).await
    }

    /// An office with what a database holds already.
    pub(super) async fn on(database: Database) -> Self {
        let system = System::start(&database, "").await;
        let address = format!("http://{}", system.running.address);
        Self { system, database, address }
    }

    pub(super) async fn person(&self, login: &str, role: Role) -> UserId {
        let now = Clock::System.now();
        add_user(&self.system.store, now, Actor::Operator, (login, login, role), PASSWORD).await.unwrap()
    }

    /// Takes a message in and waits for its case.
    pub(super) async fn take(&self, message: &str) -> CaseRow {
        let bytes = message.replace('\n', "\r\n").into_bytes();
        let receipt = self.system.running.desk.store("test", None, bytes).await.unwrap();
        for _ in 0..400 {
            let mut tx = self.system.store.read().await.unwrap();
            let letter = tx.letter(receipt.letter()).await.unwrap().unwrap();
            if let Some(case) = letter.case_id {
                return tx.case(&case.into()).await.unwrap().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the letter never came to a case");
    }

    pub(super) async fn cases(&self) -> Vec<CaseRow> {
        let filter = CaseFilter { limit: 100, ..CaseFilter::default() };
        self.system.store.read().await.unwrap().cases(&filter).await.unwrap()
    }

    /// The events of a case.
    pub(super) async fn events(&self, case: &CaseRow) -> Vec<Entry> {
        self.system.store.read().await.unwrap().journal_of_case(&case.id).await.unwrap()
    }
}

/// A person's browser.
pub(super) struct Browser {
    pub(super) page: Client,
    address: String,
}

impl Browser {
    /// A browser in which nobody has signed in.
    pub(super) async fn open(office: &Office) -> Self {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(chromium::capabilities());
        let page = builder.connect(chromium::webdriver_url()).await.unwrap();
        Self { page, address: office.address.clone() }
    }

    pub(super) async fn sign_in(office: &Office, login: &str) -> Self {
        let browser = Self::open(office).await;
        browser.go("/sign-in").await;
        browser.write("#login", login).await;
        browser.write("#password", PASSWORD).await;
        browser.click("main button").await;
        browser.find("table").await;
        browser
    }

    pub(super) async fn go(&self, path: &str) {
        self.page.goto(&format!("{}{path}", self.address)).await.unwrap();
    }

    pub(super) async fn find(&self, selector: &str) -> Element {
        let found = self.page.wait().at_most(WAIT).for_element(Locator::Css(selector)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("no {selector} ({error}) in {}", self.text("body").await),
        }
    }

    /// Clicks; where that leads to another page, that page is there afterwards.
    pub(super) async fn click(&self, selector: &str) {
        const LEADS_AWAY: &str = "const one = document.querySelector(arguments[0]); window.stillHere = true; \
            const link = one.tagName === 'A' && !one.target && !(one.getAttribute('href') || '#').startsWith('#'); \
            return link || (one.tagName === 'BUTTON' && one.type === 'submit' && one.form !== null)";
        const ARRIVED: &str = "return window.stillHere === undefined && document.readyState === 'complete'";
        let element = self.find(selector).await;
        let leads_away = self.page.execute(LEADS_AWAY, vec![json!(selector)]).await.unwrap() == json!(true);
        element.click().await.unwrap();
        for _ in 0..if leads_away { 400 } else { 0 } {
            // Between two pages nothing can be asked.
            if self.page.execute(ARRIVED, Vec::new()).await.is_ok_and(|arrived| arrived == json!(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    pub(super) async fn write(&self, selector: &str, text: &str) {
        self.find(selector).await.send_keys(text).await.unwrap();
    }

    /// The text of the first element that fits, as a person sees it.
    pub(super) async fn text(&self, selector: &str) -> String {
        let found = self.page.find(Locator::Css(selector)).await;
        found.unwrap().text().await.unwrap()
    }

    /// The words of all elements that fit, in one line.
    pub(super) async fn words(&self, selector: &str) -> String {
        let script = "return [...document.querySelectorAll(arguments[0])].map(one => one.textContent).join('')";
        let found = self.page.execute(script, vec![json!(selector)]).await.unwrap();
        found.as_str().unwrap().to_owned()
    }

    pub(super) async fn count(&self, selector: &str) -> usize {
        self.page.find_all(Locator::Css(selector)).await.unwrap().len()
    }

    pub(super) async fn run(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until a script gives true.
    pub(super) async fn until(&self, script: &str) {
        for _ in 0..400 {
            if self.run(script).await == json!(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("waited in vain for {script}");
    }

    /// Checks the page as it stands: axe in both themes, no scrolling sideways, focus to be seen.
    /// Keeps pictures of it when `PICTURES` names a folder.
    pub(super) async fn check(&self, name: &str) {
        for theme in ["light", "dark"] {
            let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
            self.ask_chromium("Emulation.setEmulatedMedia", &json!({ "features": features })).await;
            for width in [1280, 375] {
                self.resize(width).await;
                self.picture(&format!("{name}-{theme}-{width}.png")).await;
            }
            self.resize(1280).await;
            self.axe(&format!("{name}, {theme}")).await;
        }
        self.resize(NARROW).await;
        let width = self.run("return document.documentElement.scrollWidth").await;
        assert!(
            width.as_u64() <= Some(NARROW.into()),
            "{name} scrolls sideways: it is {width} wide, by {}",
            self.wide().await
        );
        self.axe(&format!("{name}, narrow")).await;
        self.resize(1280).await;
        self.tab_through(name).await;
    }

    async fn resize(&self, width: u32) {
        self.ask_chromium("Emulation.setScrollbarsHidden", &json!({ "hidden": true })).await;
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.ask_chromium("Emulation.setDeviceMetricsOverride", &size).await;
    }

    /// What stands out of a narrow page.
    async fn wide(&self) -> Value {
        self.run(
            "return [...document.querySelectorAll('main *, header *')].filter(one => \
             one.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(one => one.outerHTML.slice(0, 120))",
        )
        .await
    }

    async fn axe(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
        let axe = std::fs::read_to_string(path).expect("axe-core is not installed; run tests/install");
        let script = format!(
            "const done = arguments[arguments.length - 1]; {axe}; axe.run(document, {RULES}).then(found => done(\
             found.violations.map(one => one.id + ': ' + one.help + ' at ' + one.nodes.map(node => node.target + ' ' + \
             node.failureSummary).join(' | '))), error => done([String(error)]));"
        );
        let found = self.page.execute_async(&script, Vec::new()).await.unwrap();
        assert_eq!(found, json!([]), "{name}");
    }

    /// Walks by keyboard: whatever has the focus shows it and stands within the window.
    async fn tab_through(&self, name: &str) {
        const SHOWN: &str = "const one = document.activeElement; if (one === document.body) return ''; \
             const style = getComputedStyle(one); const box = one.getBoundingClientRect(); \
             const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; \
             const inside = box.bottom > 0 && box.top < innerHeight; \
             return seen && inside ? '' : one.outerHTML.slice(0, 200)";
        self.run("window.scrollTo(0, 0); document.activeElement.blur()").await;
        for _ in 0..30 {
            let value = char::from(Key::Tab);
            let tab =
                KeyActions::new("keyboard".to_owned()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
            self.page.perform_actions(tab).await.unwrap();
            if self.run("return document.activeElement.tagName === 'IFRAME'").await == json!(true) {
                break;
            }
            assert_eq!(self.run(SHOWN).await, json!(""), "the focus cannot be seen on {name}");
        }
    }

    async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("PICTURES") else { return };
        let metrics = self.ask_chromium("Page.getLayoutMetrics", &json!({})).await;
        let size = &metrics["cssContentSize"];
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let whole = json!({ "captureBeyondViewport": true, "clip": clip });
        let shot = self.ask_chromium("Page.captureScreenshot", &whole).await;
        let bytes = BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
    }

    /// Asks Chromium for what the driver's own protocol has no words for.
    async fn ask_chromium(&self, command: &str, parameters: &Value) -> Value {
        let session = self.page.session_id().await.unwrap().unwrap();
        let url = format!("{}/session/{session}/goog/cdp/execute", chromium::webdriver_url());
        let body = json!({ "cmd": command, "params": parameters }).to_string();
        let answer = tokio::task::spawn_blocking(move || {
            let sent = ureq::post(&url).header("content-type", "application/json").send(body);
            sent.unwrap().body_mut().with_config().limit(64 * 1024 * 1024).read_to_string().unwrap()
        });
        let answer: Value = serde_json::from_str(&answer.await.unwrap()).unwrap();
        answer["value"].clone()
    }
}
