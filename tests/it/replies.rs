//! What the embedded templates say: every topic in both languages, with an account and without.
//!
//! The rendered letters stand in `golden/`; `GOLDEN=write cargo test --test it replies` writes
//! them anew after a wanted change.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::{Date, date};
use penstock::letter::{Language, Topic};
use penstock::policy::Policy;
use penstock::replies::{Draft, Situation, Templates, compose};
use serde_json::{Value, json};

const TODAY: Date = date(2026, 10, 5);
const LANGUAGES: [(Language, &str); 2] = [(Language::English, "en"), (Language::Spanish, "es")];

fn policy() -> Policy {
    Policy::parse(include_str!("../../templates/policy.toml")).expect("the embedded policy is right")
}

/// A home with nearly everything that an account can have.
fn account(language: Language) -> Value {
    let (masked, may, april) = match language {
        Language::Spanish => ("que termina en 1111", "4 de mayo de 2026", "2 de abril de 2026"),
        Language::English | Language::Other => ("ending in 1111", "May 4, 2026", "April 2, 2026"),
    };
    json!({
        "masked": masked, "name": "A Customer", "service_address": "1234 N 5TH ST", "active": true,
        "residential": true, "owes": true, "balance": "$1,240.50", "balance_as_of": may,
        "last_bill": {
            "issued_on": may, "due_on": may, "period_start": april, "period_end": may, "days": "32",
            "total": "$412.10", "usage_cf": "2,300", "usage_gallons": "17,204", "actual": true,
        },
        "usage_change": { "up": true, "down": false, "percent": "180" },
        "estimated_run": { "count": "4", "since": april },
        "last_payment": { "posted_on": april, "amount": "$60.00" },
        "shutoff_notice": { "issued_on": april, "effective_on": may, "amount": "$1,240.50" },
        "agreement_terms": {
            "down_payment": "$310.13", "months_low": "6", "months_high": "12", "installment_low": "$77.54",
            "installment_high": "$155.07",
        },
    })
}

fn draft(language: Language, topic: Topic, account: Option<Value>) -> Draft {
    let templates = Templates::embedded().expect("the embedded templates are right");
    let policy = policy();
    compose(
        &templates,
        &Situation {
            language,
            topics: &[topic],
            reference: "PW-2026-000042",
            customer_name: "",
            subject: "My bill",
            received_on: date(2026, 10, 1),
            today: TODAY,
            account,
            policy: &policy,
        },
    )
}

#[test]
fn every_topic_has_its_letter_in_both_languages() {
    let templates = Templates::embedded().expect("the embedded templates are right");
    for (language, folder) in LANGUAGES {
        for topic in Topic::ALL {
            assert_eq!(templates.for_topic(language, *topic), format!("{folder}/{topic}"));
        }
    }
}

#[test]
fn every_letter_reads_as_its_golden_file() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let mut wrong = Vec::new();
    for (language, folder) in LANGUAGES {
        for topic in Topic::ALL {
            for (kind, account) in [("account", Some(account(language))), ("stranger", None)] {
                let draft = draft(language, *topic, account);
                assert_eq!(draft.missing, Vec::<String>::new(), "{folder} {topic} {kind}");
                let text = format!("{}\n\n{}\n", draft.subject, draft.body);
                let file = golden.join(format!("{folder}-{topic}-{kind}.txt"));
                if std::env::var_os("GOLDEN").is_some() {
                    std::fs::write(&file, &text).expect("the golden folder can be written");
                }
                if std::fs::read_to_string(&file).unwrap_or_default() != text {
                    wrong.push(file.display().to_string());
                }
            }
        }
    }
    assert!(wrong.is_empty(), "look at what changed, then write them anew:\n{}", wrong.join("\n"));
}

#[test]
fn a_letter_to_a_stranger_tells_nothing_of_an_account() {
    for (language, _) in LANGUAGES {
        for topic in Topic::ALL {
            let body = draft(language, *topic, None).body;
            assert!(!body.contains("1111") && !body.contains("$412.10"), "{topic}: {body}");
        }
    }
}

/// The figures of a text, in order.
fn figures(text: &str) -> BTreeSet<String> {
    text.split(|character: char| !(character.is_ascii_digit() || ".,$%".contains(character)))
        .map(|word| word.trim_matches(['.', ',']).to_owned())
        .filter(|word| word.chars().any(|character| character.is_ascii_digit()))
        .collect()
}

#[test]
fn both_languages_give_the_same_figures() {
    for topic in Topic::ALL {
        let [english, spanish] =
            LANGUAGES.map(|(language, _)| figures(&draft(language, *topic, Some(account(language))).body));
        assert_eq!(english, spanish, "{topic}");
    }
}

/// Words that no reply may contain, each with the reason in the domain notes, section 9.1.
const NEVER: &[&str] = &[
    "PUC",
    "frivolous",
    "your fault",
    "you failed",
    "LIHWAP",
    "WRAP",
    "686-6880",
    "685-3000",
    ".com",
    "Notice 2",
    "su culpa",
    "frívol",
    "Access Code is",
    "third agreement",
    "guarantee",
    "garantiza",
];

#[test]
fn no_letter_says_what_must_never_be_said() {
    for (language, _) in LANGUAGES {
        for topic in Topic::ALL {
            for account in [Some(account(language)), None] {
                let body = draft(language, *topic, account).body;
                for words in NEVER {
                    assert!(!body.contains(words), "{topic}: {words}\n{body}");
                }
            }
        }
    }
}

#[test]
fn a_debt_with_two_broken_agreements_is_offered_no_third() {
    let mut facts = account(Language::English);
    facts["agreement_terms"] = Value::Null;
    facts["broken_agreements"] = json!({ "count": 2, "two_or_more": true });
    let body = draft(Language::English, Topic::PaymentAgreement, Some(facts)).body;
    assert!(
        body.contains("at most 2 agreements for the same unpaid amount") && !body.contains("down payment would be")
    );
}

#[test]
fn a_policy_fact_out_of_its_dates_stops_the_letter() {
    let templates = Templates::embedded().expect("the embedded templates are right");
    let policy = policy();
    let draft = compose(
        &templates,
        &Situation {
            language: Language::English,
            topics: &[Topic::Assistance],
            reference: "PW-2025-000001",
            customer_name: "",
            subject: "",
            received_on: date(2025, 12, 1),
            today: date(2025, 12, 1),
            account: None,
            policy: &policy,
        },
    );
    assert!(draft.missing.iter().any(|name| name.contains("senior.income")), "{:?}", draft.missing);
}
