//! Delivery reports and automatic mail.

use std::collections::BTreeSet;

use penstock::letter::LetterKind;
use penstock::reading::{self, Reading};
use serde_json::Value;

use crate::corpus::{Case, Corpora};
use crate::score::{Row, share};

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    let mut rows = sisimai(corpora);
    rows.extend(flufl_bounce(corpora));
    rows.extend(autoclass(corpora));
    rows
}

/// Right ones out of those asked for.
#[derive(Default)]
struct Count {
    right: usize,
    all: usize,
}

impl Count {
    fn add(&mut self, right: bool) {
        self.all += 1;
        self.right += usize::from(right);
    }

    fn row(&self, set: &'static str, measure: &'static str, peer: Option<(&'static str, f64)>, floor: f64) -> Row {
        Row { set, measure, cases: self.all, score: share(self.right, self.all), peer, floor }
    }
}

fn sisimai(corpora: &Corpora) -> Vec<Row> {
    let (mut detected, mut recipients) = (Count::default(), Count::default());
    let (mut class, mut status) = (Count::default(), Count::default());
    for case in corpora.cases("sisimai") {
        let reading = reading::read(&case.input);
        let kind = case.expected["kind"].as_str().unwrap();
        let is_kind = match kind {
            "bounce" | "feedback" => reading.kind == LetterKind::Bounce,
            _ => reading.kind == LetterKind::Automatic,
        };
        detected.add(is_kind);
        note(corpora, is_kind, &case, "kind", kind, &format!("{:?}", reading.kind));
        if kind == "auto_reply" {
            continue;
        }
        let told = told(&reading);
        let wanted = case.expected["n_reports"].as_u64().unwrap();
        let same = told.len() as u64 == wanted;
        recipients.add(same);
        note(corpora, same, &case, "recipients", &wanted.to_string(), &format!("{told:?}"));
        let wanted_class = case.expected["coarse"].as_str().unwrap();
        if kind == "bounce" {
            let found = told.iter().map(|(_, status)| coarse(status)).collect::<Vec<_>>();
            // A report of several outcomes counts by its worst.
            let found =
                if found.contains(&"permanent") { "permanent" } else { found.first().copied().unwrap_or("none") };
            class.add(found == wanted_class);
            note(corpora, found == wanted_class, &case, "class", wanted_class, found);
        }
        let wanted: Vec<String> = strings(&case.expected["statuses"]);
        if wanted.iter().any(|code| code.is_empty() || code.contains(".0.9")) {
            continue;
        }
        let mut found: Vec<String> = told.into_iter().map(|(_, status)| status).collect();
        let mut sorted = wanted.clone();
        sorted.sort();
        found.sort();
        status.add(found == sorted);
        note(corpora, found == sorted, &case, "status", &sorted.join(" "), &found.join(" "));
    }
    vec![
        detected.row("sisimai", "kind of report", Some(("Sisimai", 0.978)), 0.975),
        recipients.row("sisimai", "number of failed recipients", None, 0.965),
        class.row("sisimai", "permanent or temporary", None, 0.97),
        status.row("sisimai", "status codes where printed", Some(("RFC 3464 lines", 0.664)), 0.965),
    ]
}

fn flufl_bounce(corpora: &Corpora) -> Vec<Row> {
    let (mut recipients, mut late) = (Count::default(), Count::default());
    for case in corpora.cases("flufl-bounce") {
        let reading = reading::read(&case.input);
        let lower = |list: Vec<String>| list.into_iter().map(|address| address.to_lowercase()).collect::<BTreeSet<_>>();
        let wanted = lower(strings(&case.expected["failed_recipients"]));
        let found = lower(told(&reading).into_iter().map(|(address, _)| address).collect());
        recipients.add(wanted == found);
        note(
            corpora,
            wanted == found,
            &case,
            "recipients",
            &format!("{wanted:?}"),
            &format!("{found:?} {:?}", reading.kind),
        );
        let temporary = case.expected["temporary"].as_bool().unwrap();
        let bounce = reading.bounce.unwrap_or_default();
        let delayed = bounce.recipients.iter().any(|recipient| recipient.action == "delayed");
        late.add(!bounce.recipients.is_empty() && delayed == temporary);
        note(corpora, delayed == temporary, &case, "temporary", &temporary.to_string(), &format!("{bounce:?}"));
    }
    vec![
        recipients.row("flufl-bounce", "failed recipients", Some(("Sisimai (Perl)", 0.911)), 0.94),
        late.row("flufl-bounce", "temporary or not", None, 0.96),
    ]
}

fn autoclass(corpora: &Corpora) -> Vec<Row> {
    let (mut automatic, mut label, mut human) = (Count::default(), Count::default(), Count::default());
    for case in corpora.cases("autoclass") {
        let kind = reading::read(&case.input).kind;
        let wanted = case.expected["automatic"].as_bool().unwrap();
        let found = matches!(kind, LetterKind::Automatic | LetterKind::Bounce);
        automatic.add(wanted == found);
        if !wanted {
            human.add(!found);
        }
        let name = case.expected["label"].as_str().unwrap();
        note(corpora, wanted == found, &case, "automatic", name, &format!("{kind:?}"));
        let same = match name {
            "bounce" => kind == LetterKind::Bounce,
            "human" => kind == LetterKind::Person,
            _ => kind == LetterKind::Automatic,
        };
        label.add(same);
        note(corpora, same, &case, "label", name, &format!("{kind:?}"));
    }
    vec![
        automatic.row("autoclass", "automatic or not", Some(("RFC rules", 0.952)), 0.98),
        human.row("autoclass", "people's letters left to people", None, 1.0),
        label.row("autoclass", "report, automatic or person", None, 0.97),
    ]
}

/// The recipients that are not said to have got it, or complained; address and status.
fn told(reading: &Reading) -> Vec<(String, String)> {
    let recipients = reading.bounce.iter().flat_map(|bounce| &bounce.recipients);
    recipients
        .filter(|recipient| {
            matches!(recipient.action.as_str(), "failed" | "delayed") || recipient.reason.starts_with("complaint")
        })
        .map(|recipient| (recipient.address.clone(), recipient.status.clone()))
        .collect()
}

fn coarse(status: &str) -> &'static str {
    match status.chars().next() {
        Some('5') => "permanent",
        Some('4') => "temporary",
        _ => "none",
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

fn note(corpora: &Corpora, right: bool, case: &Case, what: &str, wanted: &str, found: &str) {
    if !right {
        corpora.miss(&format!("{} {what}", case.id), wanted, found);
    }
}
