//! Owns the chromedriver of the test process and how Chromium is started by it.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::process::{Server, folder, free_port};

const PROGRAM: &str = "/usr/bin/chromedriver";
const START: Duration = Duration::from_secs(30);

const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
];

struct Driver {
    url: String,
    folder: TempDir,
    _server: Server,
}

/// The address of the chromedriver that the tests of this process share.
///
/// It ends with the test process, and so do the browsers that a test left open.
pub(crate) fn webdriver_url() -> &'static str {
    &driver().url
}

/// The capabilities for a new session: no window, no network of its own, an empty profile.
pub(crate) fn capabilities() -> Map<String, Value> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let profile = driver().folder.path().join(format!("profile-{number}"));
    fs::create_dir(&profile).expect("make a folder for a profile");
    let mut flags = FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--user-data-dir={}", profile.display()));
    Map::from_iter([("goog:chromeOptions".to_owned(), json!({ "args": flags }))])
}

fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(start)
}

fn start() -> Driver {
    assert!(Path::new(PROGRAM).exists(), "chromedriver is not installed; run tests/install");
    let folder = folder("chromium");
    let port = free_port();
    let mut command = Command::new(PROGRAM);
    command.arg(format!("--port={port}"));
    // Chromium writes caches and crash reports below these, whatever the profile is.
    command.env("HOME", folder.path()).env("TMPDIR", folder.path());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    let server = Server::start("chromedriver", folder.path(), "TERM", &command);
    server.wait_until_ready(START, || TcpStream::connect(("127.0.0.1", port)).is_ok());
    Driver { url: format!("http://127.0.0.1:{port}"), folder, _server: server }
}
