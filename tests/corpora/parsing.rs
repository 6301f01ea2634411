//! What a message holds: headers, text, attachments, the tree of its parts.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use md5::{Digest as _, Md5};
use penstock::reading::{Mailbox, Reading, attachment_bytes, html_body, html_text, leaves, read};
use serde_json::Value;

use crate::corpus::{Case, Corpora};
use crate::score::{Row, share, word_f1};

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    let mut rows = zammad(corpora);
    rows.extend(imap_tools(corpora));
    rows.extend(mime4j(corpora));
    rows.extend(robust(corpora));
    rows
}

/// Counts what was right of what was asked, and names the misses.
struct Tally<'c> {
    corpora: &'c Corpora,
    counts: HashMap<&'static str, (f64, usize)>,
}

impl<'c> Tally<'c> {
    fn new(corpora: &'c Corpora) -> Self {
        Self { corpora, counts: HashMap::new() }
    }

    fn exact(&mut self, measure: &'static str, id: &str, wanted: &str, found: &str) {
        if wanted != found {
            self.corpora.miss(&format!("{id} {measure}"), wanted, found);
        }
        self.add(measure, if wanted == found { 1.0 } else { 0.0 }, 1);
    }

    fn text(&mut self, measure: &'static str, id: &str, wanted: &str, found: [&str; 2]) {
        let best = found.iter().map(|found| word_f1(wanted, found)).fold(0.0, f64::max);
        if best < 0.98 {
            self.corpora.miss(&format!("{id} {measure} {best:.3}"), wanted, found[0]);
        }
        self.add(measure, best, 1);
    }

    /// How many of the wanted are found, each as often as it is wanted.
    fn multiset(&mut self, measure: &'static str, id: &str, wanted: &[String], found: &[String]) {
        let mut left = found.to_vec();
        let mut right = 0;
        for one in wanted {
            if let Some(at) = left.iter().position(|other| other == one) {
                left.swap_remove(at);
                right += 1;
            }
        }
        if right < wanted.len() {
            self.corpora.miss(&format!("{id} {measure}"), &format!("{wanted:?}"), &format!("{found:?}"));
        }
        self.add(measure, f64::from(u32::try_from(right).unwrap()), wanted.len());
    }

    fn add(&mut self, measure: &'static str, right: f64, all: usize) {
        let count = self.counts.entry(measure).or_default();
        count.0 += right;
        count.1 += all;
    }

    #[expect(clippy::cast_precision_loss, reason = "sets have few cases")]
    fn row(&self, set: &'static str, measure: &'static str, peer: (&'static str, f64), floor: f64) -> Row {
        let (right, cases) = self.counts[measure];
        Row { set, measure, cases, score: right / cases as f64, peer: Some(peer), floor }
    }
}

fn zammad(corpora: &Corpora) -> Vec<Row> {
    let mut tally = Tally::new(corpora);
    for case in corpora.cases("zammad") {
        let reading = read(&case.input);
        let (id, expected) = (case.id.as_str(), &case.expected);
        let address = |mailbox: Option<&Mailbox>| mailbox.map(|from| from.address.clone()).unwrap_or_default();
        let name = reading.from.as_ref().map(|from| from.name.clone()).unwrap_or_default();
        if is_asked(&case, "from_email") {
            tally.exact(
                "sender's address",
                id,
                &lower(&expected["from_email"]),
                &address(reading.from.as_ref()).to_lowercase(),
            );
        }
        if is_asked(&case, "from_display_name") {
            tally.exact("sender's name", id, &folded(&expected["from_display_name"]), &folded_text(&name));
        }
        if is_asked(&case, "subject") {
            tally.exact("subject", id, &folded(&expected["subject"]), &folded_text(&reading.subject));
        }
        for (field, found) in
            [("to_addresses", &reading.to), ("cc_addresses", &reading.cc), ("reply_to_addresses", &reading.reply_to)]
        {
            if is_asked(&case, field) {
                tally.exact("recipients", id, &wanted_set(&expected[field]), &found_set(found));
            }
        }
        if is_asked(&case, "body_text") {
            let rich = html_body(&case.input).map(|(html, _)| html_text(&html)).unwrap_or_default();
            tally.text("text, F1", id, expected["body_text"].as_str().unwrap_or_default(), [&reading.body, &rich]);
        }
        let fair =
            expected["attachments"].as_array().into_iter().flatten().filter(|one| one["zammad_specific"] != true);
        let wanted: Vec<String> = fair.map(|one| one["md5_lf"].as_str().unwrap_or_default().to_owned()).collect();
        let found: Vec<String> =
            attached(&case.input, &reading).iter().map(|bytes| md5(line_feeds(bytes).trim_ascii())).collect();
        tally.multiset("attachments", id, &wanted, &found);
    }
    vec![
        tally.row("zammad", "sender's address", ("mail-parser", 0.971), 0.98),
        tally.row("zammad", "sender's name", ("mail-parser", 0.960), 0.98),
        tally.row("zammad", "subject", ("mail-parser", 0.981), 0.98),
        tally.row("zammad", "recipients", ("mail-parser", 0.972), 0.98),
        tally.row("zammad", "text, F1", ("mail-parser", 0.994), 0.98),
        tally.row("zammad", "attachments", ("mail-parser", 60.0 / 66.0), 0.98),
    ]
}

fn imap_tools(corpora: &Corpora) -> Vec<Row> {
    let mut tally = Tally::new(corpora);
    for case in corpora.cases("imap-tools") {
        let reading = read(&case.input);
        let (id, expected) = (case.id.as_str(), &case.expected);
        let from = reading.from.clone().unwrap_or(Mailbox { name: String::new(), address: String::new() });
        tally.exact("sender's address", id, &lower(&expected["from_email"]), &from.address.to_lowercase());
        tally.exact("sender's name", id, &folded(&expected["from_name"]), &folded_text(&from.name));
        tally.exact("subject", id, &folded(&expected["subject"]), &folded_text(&reading.subject));
        for (field, found) in [("to", &reading.to), ("cc", &reading.cc), ("reply_to", &reading.reply_to)] {
            tally.exact("recipients", id, &wanted_set(&expected[field]), &found_set(found));
        }
        let rich = html_body(&case.input).map(|(html, _)| html_text(&html)).unwrap_or_default();
        if let Some(text) = expected["text"].as_str().filter(|text| !text.trim().is_empty()) {
            tally.text("text, F1", id, text, [&reading.body, &reading.body]);
        }
        if let Some(html) = expected["html"].as_str().filter(|html| !html.trim().is_empty()) {
            tally.text("HTML, F1", id, &html_text(html), [&rich, &rich]);
        }
        let wanted: Vec<String> = expected["attachments"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["md5"].as_str().unwrap_or_default().to_owned())
            .collect();
        let found: Vec<String> = attached(&case.input, &reading).iter().map(|bytes| md5(bytes)).collect();
        tally.multiset("attachments", id, &wanted, &found);
    }
    vec![
        tally.row("imap-tools", "sender's address", ("Python", 0.982), 0.97),
        tally.row("imap-tools", "sender's name", ("Python", 0.982), 0.97),
        tally.row("imap-tools", "subject", ("Python", 0.982), 0.95),
        tally.row("imap-tools", "recipients", ("Python", 0.947), 0.98),
        tally.row("imap-tools", "text, F1", ("mail-parser", 0.929), 0.93),
        tally.row("imap-tools", "HTML, F1", ("mail-parser", 0.929), 0.98),
        tally.row("imap-tools", "attachments", ("mail-parser", 36.0 / 47.0), 0.75),
    ]
}

fn mime4j(corpora: &Corpora) -> Vec<Row> {
    let mut tally = Tally::new(corpora);
    for case in corpora.cases("mime4j") {
        let (leaves, messages) = leaves(&case.input);
        let (id, expected) = (case.id.as_str(), &case.expected);
        tally.exact("leaf count", id, &expected["n_leaves"].to_string(), &leaves.len().to_string());
        tally.exact("messages in it", id, &expected["n_embedded_messages"].to_string(), &messages.to_string());
        let wanted: Vec<String> = expected["leaves"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["md5_lf"].as_str().unwrap_or_default().to_owned())
            .collect();
        let found: Vec<String> = leaves.iter().map(|leaf| md5(line_feeds(leaf).trim_ascii())).collect();
        tally.multiset("leaves", id, &wanted, &found);
    }
    vec![
        tally.row("mime4j", "leaf count", ("mail-parser", 0.875), 0.9),
        tally.row("mime4j", "leaves", ("Python", 137.0 / 161.0), 0.93),
        tally.row("mime4j", "messages in it", ("mail-parser", 1.0), 1.0),
    ]
}

/// Real and broken messages by the thousand; a part of them where the build is a slow one.
fn robust(corpora: &Corpora) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar")
        .arg("--zstd")
        .arg("-xf")
        .arg(corpora.path("robust.tar.zst"))
        .arg("-C")
        .arg(folder.path())
        .status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("robust: skipped, tar cannot unpack it here");
        return Vec::new();
    }
    let step = if cfg!(debug_assertions) { 8 } else { 1 };
    let (mut right, mut all) = (0, 0);
    for path in files(folder.path()).iter().step_by(step) {
        let raw = std::fs::read(path).unwrap();
        let begun = Instant::now();
        let outcome = std::panic::catch_unwind(|| read(&raw));
        let taken = begun.elapsed();
        let gave_up =
            outcome.as_ref().map_or(true, |reading| reading.problems.iter().any(|one| one.contains("gave up")));
        all += 1;
        right += usize::from(!gave_up && taken < Duration::from_secs(2));
        if gave_up || taken >= Duration::from_secs(2) {
            corpora.miss(&path.display().to_string(), "a reading within two seconds", &format!("{taken:?}"));
        }
    }
    let peer = Some(("mail-parser", 1.0));
    vec![Row {
        set: "robust",
        measure: "read within two seconds",
        cases: all,
        score: share(right, all),
        peer,
        floor: 1.0,
    }]
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn attached(raw: &[u8], reading: &Reading) -> Vec<Vec<u8>> {
    (0..reading.attachments.len()).map(|position| attachment_bytes(raw, position).unwrap()).collect()
}

fn is_asked(case: &Case, field: &str) -> bool {
    let is_disputed = case.line["disputed"].as_array().is_some_and(|fields| fields.iter().any(|one| one == field));
    !is_disputed && !case.compare[field].as_str().unwrap_or_default().starts_with("NOT FAIR")
}

fn lower(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_lowercase()
}

fn folded(value: &Value) -> String {
    folded_text(value.as_str().unwrap_or_default())
}

fn folded_text(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The addresses of a field, which may also be objects that hold one.
fn wanted_set(value: &Value) -> String {
    let address =
        |one: &Value| one.as_str().or_else(|| one["email"].as_str()).unwrap_or_default().trim().to_lowercase();
    let set: BTreeSet<String> =
        value.as_array().into_iter().flatten().map(address).filter(|one| !one.is_empty()).collect();
    set.into_iter().collect::<Vec<_>>().join(" ")
}

fn found_set(mailboxes: &[Mailbox]) -> String {
    let set: BTreeSet<String> = mailboxes.iter().map(|one| one.address.to_lowercase()).collect();
    set.into_iter().collect::<Vec<_>>().join(" ")
}

fn line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            result.push(*byte);
        }
    }
    result
}

fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
