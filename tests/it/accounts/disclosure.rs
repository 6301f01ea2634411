//! Every template, to every reader: nothing that the reader may not know stands in the letter.

use std::collections::BTreeMap;

use jiff::civil::date;
use penstock::accounts::disclosure::{DisclosureTable, FactClass, Reader};
use penstock::accounts::{Assurance, Standing};
use penstock::letter::{Language, Topic};
use penstock::policy::Policy;
use penstock::replies::{Situation, Templates, compose, html};
use serde_json::{Map, Value, json};

/// Every fact that the table knows of, with a mark of its own as its value.
fn marked_facts() -> (Value, BTreeMap<String, String>) {
    let text: toml::Table = include_str!("../../../templates/disclosure.toml").parse().unwrap();
    let mut facts = Map::new();
    let mut marks = BTreeMap::new();
    let names: Vec<String> = text["facts"].as_table().unwrap().keys().cloned().collect();
    for name in &names {
        let has_inner = names.iter().any(|other| other.starts_with(&format!("{name}.")));
        let own = if has_inner { vec![format!("{name}.total"), format!("{name}.issued_on")] } else { inner(name) };
        for path in own {
            let mark = format!("Q{}Q", marks.len() + 1000);
            marks.insert(path.clone(), mark.clone());
            put(&mut facts, &path, json!(mark));
        }
    }
    for code in ["access_code", "ssn", "medical_details", "last_bill.access_code"] {
        marks.insert(code.to_owned(), format!("Q{}Q", marks.len() + 1000));
        put(&mut facts, code, json!(marks[code]));
    }
    (Value::Object(facts), marks)
}

/// The names inside of a fact that templates print.
fn inner(name: &str) -> Vec<String> {
    let names: &[&str] = match name {
        "usage_change" => &["percent", "up", "down"],
        "estimated_run" | "zero_run" => &["count", "since"],
        "catch_up" => &["issued_on", "total"],
        "last_payment" => &["posted_on", "amount"],
        "agreement" => &["signed_on", "installment", "months"],
        "agreement_terms" => &["down_payment", "months_low", "months_high", "installment_low", "installment_high"],
        "broken_agreements" => &["count", "two_or_more"],
        "shutoff_notice" => &["issued_on", "effective_on", "amount"],
        _ => return vec![name.to_owned()],
    };
    names.iter().map(|inner| format!("{name}.{inner}")).collect()
}

fn put(facts: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((first, rest)) => {
            let inside = facts.entry(first).or_insert_with(|| json!({}));
            if let Value::Object(inside) = inside {
                put(inside, rest, value);
            }
        }
        None => drop(facts.insert(path.to_owned(), value)),
    }
}

fn readers() -> Vec<Reader> {
    let mut readers = vec![Reader::default(), Reader { allowed: true, ..Reader::default() }];
    for standing in Standing::ALL {
        for level in Assurance::ALL {
            for scope in ["", "all", "payments", "billing usage", "assistance"] {
                let scope = scope.split_whitespace().map(ToOwned::to_owned).collect();
                readers.push(Reader { assurance: Some(*level), standing: *standing, scope, allowed: false });
            }
        }
    }
    readers
}

#[test]
fn no_letter_tells_a_fact_above_its_readers_level() {
    let table = DisclosureTable::embedded().unwrap();
    let templates = Templates::embedded().unwrap();
    let policy = Policy::parse(include_str!("../../../templates/policy.toml")).unwrap();
    let (facts, marks) = marked_facts();
    let (mut letters, mut told_somebody) = (0, 0);
    for reader in readers() {
        let told = table.told(&reader, &facts).account;
        let may = |class: FactClass| table.may(&reader, class);
        for (language, _) in [(Language::English, "en"), (Language::Spanish, "es")] {
            for topic in Topic::ALL {
                let draft = compose(
                    &templates,
                    &Situation {
                        language,
                        topics: &[*topic],
                        reference: "PW-2026-000042",
                        customer_name: "",
                        subject: "My bill",
                        received_on: date(2026, 10, 1),
                        today: date(2026, 10, 5),
                        account: told.clone(),
                        policy: &policy,
                    },
                );
                let sheet = draft.facts.to_string();
                let mail =
                    html(&templates, language, (&draft.subject, &draft.body), ("Water", "PW-2026-000042")).unwrap();
                let bytes = format!("{}\n{}\n{sheet}\n{mail}", draft.subject, draft.body);
                letters += 1;
                for (path, mark) in &marks {
                    if !bytes.contains(mark.as_str()) {
                        continue;
                    }
                    told_somebody += 1;
                    let class = table.class_of(path);
                    assert!(class.is_some_and(may), "{topic} to {reader:?} tells {path} ({class:?}):\n{bytes}");
                    assert!(!path.contains("access_code"), "{topic} to {reader:?} tells a code");
                }
            }
        }
    }
    assert!(letters > 6000 && told_somebody > 1000, "{letters} letters, {told_somebody} facts");
}
