//! The letters themselves: every topic, language and account, as golden files.
//!
//! `GOLDEN=write cargo test --test it replies` writes them anew after a wanted change.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::date;
use penstock::letter::{Language, Topic};
use penstock::policy::Policy;
use penstock::replies::{Situation, Templates, compose, html};
use serde_json::{Value, json};

use super::{ACCOUNTS, LANGUAGES, compose_with, draft, full};

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
    let templates = Templates::embedded().expect("the embedded templates are right");
    let mut wrong = Vec::new();
    for (language, folder) in LANGUAGES {
        for topic in Topic::ALL {
            let mut text = String::new();
            let accounts = ACCOUNTS.iter().map(|(kind, account)| (*kind, Some(account(language))));
            for (kind, account) in accounts.chain([("stranger", None)]) {
                let draft = compose_with(&templates, language, &[*topic], account);
                assert_eq!(draft.missing, Vec::<String>::new(), "{folder} {topic} {kind}");
                write!(text, "######## {kind}\n{}\n\n{}\n\n", draft.subject, draft.body).unwrap();
                if kind == "full" {
                    let letter = (draft.subject.as_str(), draft.body.as_str());
                    let page = html(&templates, language, letter, ("The Department", "PW-2026-000042")).unwrap();
                    compare(&golden.join(format!("{folder}-{topic}.html")), &page, &mut wrong);
                }
            }
            compare(&golden.join(format!("{folder}-{topic}.txt")), &text, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "look at what changed, then write them anew:\n{}", wrong.join("\n"));
}

fn compare(file: &Path, text: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).expect("the golden folder can be written");
    }
    if std::fs::read_to_string(file).unwrap_or_default() != text {
        wrong.push(file.display().to_string());
    }
}

#[test]
fn a_letter_to_a_stranger_tells_nothing_of_an_account() {
    for (language, _) in LANGUAGES {
        for topic in Topic::ALL {
            let draft = draft(language, &[*topic], None);
            let told = draft.paragraphs.iter().flat_map(|paragraph| &paragraph.sources);
            assert!(told.clone().all(|source| source.from != "account"), "{topic}: {:?}", told.collect::<Vec<_>>());
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
        for (kind, account) in ACCOUNTS {
            let [english, spanish] =
                LANGUAGES.map(|(language, _)| figures(&draft(language, &[*topic], Some(account(language))).body));
            assert_eq!(english, spanish, "{topic} {kind}");
        }
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
            let accounts = ACCOUNTS.iter().map(|(_, account)| Some(account(language)));
            for account in accounts.chain([None]) {
                let body = draft(language, &[*topic], account).body;
                for words in NEVER {
                    assert!(!body.contains(words), "{topic}: {words}\n{body}");
                }
            }
        }
    }
}

#[test]
fn every_letter_says_what_must_always_be_said() {
    let always = [
        ["Your case number is PW-2026-000042", "Su número de caso es PW-2026-000042"],
        ["October 1, 2026", "1 de octubre de 2026"],
        ["October 5, 2026", "5 de octubre de 2026"],
        ["ending in 1111", "que termina en 1111"],
        ["1234 N 5TH ST", "1234 N 5TH ST"],
        ["(215) 685-6300", "(215) 685-6300"],
        ["wrbhelpdesk@phila.gov", "wrbhelpdesk@phila.gov"],
        ["P.O. Box 41496", "P.O. Box 41496"],
        ["Help in your language is free", "La ayuda en su idioma es gratis"],
        ["braille", "braille"],
        ["What happens next", "Qué sigue ahora"],
    ];
    for (at, (language, _)) in LANGUAGES.into_iter().enumerate() {
        for topic in Topic::ALL {
            let body = draft(language, &[*topic], Some(full(language))).body;
            for words in always {
                assert!(body.contains(words[at]), "{topic}: {}\n{body}", words[at]);
            }
        }
    }
}

#[test]
fn a_letter_with_several_topics_answers_each_in_order_and_repeats_nothing() {
    let topics = [Topic::Shutoff, Topic::Dispute, Topic::PaymentAgreement];
    let draft = draft(Language::English, &topics, Some(full(Language::English)));
    let titles = [
        "Your water service",
        "The charge that you question",
        "More time to pay",
        "Paying over time",
        "If you do not agree",
        "What happens next",
    ];
    for title in titles {
        assert_eq!(draft.body.matches(&format!("\n\n{title}\n\n")).count(), 1, "{title}\n{}", draft.body);
    }
    let at = |title: &str| draft.body.find(&format!("\n\n{title}\n\n")).unwrap();
    assert!(at(titles[0]) < at(titles[1]) && at(titles[1]) < at(titles[2]) && at(titles[2]) < at(titles[3]));
    for topic in topics {
        assert!(draft.paragraphs.iter().any(|paragraph| paragraph.topic == Some(topic) && paragraph.id == "next"));
    }
    for used in ["en/greeting@", "en/shutoff@", "en/dispute@", "en/_hearing@", "en/next@", "en/closing@"] {
        assert!(draft.template.contains(used), "{}", draft.template);
    }
    let templates = Templates::embedded().unwrap();
    let page = html(&templates, Language::English, (&draft.subject, &draft.body), ("Office", "PW-1")).unwrap();
    assert!(page.contains(">Your water service</h2>") && page.contains("lang=\"en\""), "{page}");
}

#[test]
fn each_paragraph_keeps_what_it_is_and_where_it_is_from() {
    let draft = draft(Language::English, &[Topic::Dispute], Some(full(Language::English)));
    let of = |id: &str| draft.paragraphs.iter().find(|paragraph| paragraph.id == id).unwrap();
    let board = of("board");
    assert_eq!((board.template.as_str(), board.kind.as_str(), board.required), ("en/_hearing", "locked", true));
    assert_eq!(board.citations, ["CODE-1702", "PG-TRB", "PG-TRBFORM"]);
    let days = board.sources.iter().find(|source| source.name == "policy.review_board.days").unwrap();
    assert_eq!((days.value.as_str(), days.from.as_str()), ("60", "CODE-1702"));
    let checked = of("checked");
    assert!(checked.sources.iter().any(|source| source.from == "account" && source.value == "$412.10"));
    assert!(draft.facts["paragraphs"].as_array().unwrap().len() == draft.paragraphs.len());
}

#[test]
fn the_data_choose_what_is_said() {
    let body = |account: Value| draft(Language::English, &[Topic::PaymentAgreement], Some(account)).body;
    let mut facts = full(Language::English);
    facts["agreement_terms"] = Value::Null;
    facts["broken_agreements"] = json!({ "count": 2, "two_or_more": true });
    let broken = body(facts);
    assert!(broken.contains("at most 2 agreements") && !broken.contains("down payment would be"), "{broken}");
    let offered = draft(Language::English, &[Topic::PaymentAgreement], Some(full(Language::English)));
    let terms = offered.paragraphs.iter().find(|paragraph| paragraph.id == "agreement").unwrap();
    assert!(
        terms.text.contains("$310.13") && terms.alternatives.iter().any(|other| other.contains("25%")),
        "{terms:?}"
    );
}

#[test]
fn somebody_who_writes_another_language_learns_that_an_interpreter_is_free() {
    let body = draft(Language::Other, &[Topic::Other], None).body;
    assert!(body.contains("An interpreter is free for you."), "{body}");
    assert!(!draft(Language::English, &[Topic::Other], None).body.contains("An interpreter is free"));
}

#[test]
fn a_policy_fact_out_of_its_dates_stops_the_letter() {
    let templates = Templates::embedded().expect("the embedded templates are right");
    let text = include_str!("../../../templates/policy.toml")
        .replace("from = 2025-12-29", "from = 2025-12-29\nuntil = 2026-01-31");
    let policy = Policy::parse(&text).unwrap();
    let draft = compose(
        &templates,
        &Situation {
            language: Language::English,
            topics: &[Topic::Assistance],
            reference: "PW-2026-000001",
            customer_name: "",
            subject: "",
            received_on: date(2026, 3, 1),
            today: date(2026, 3, 1),
            account: None,
            policy: &policy,
        },
    );
    assert!(draft.missing.iter().any(|name| name.contains("senior.income")), "{:?}", draft.missing);
}

#[test]
fn a_withdrawn_template_is_used_no_more_and_a_changed_set_at_once() {
    let templates = Templates::embedded().unwrap();
    let copy = templates.clone();
    let version = templates.header("en/dispute").unwrap().version;
    copy.withdraw([format!("en/dispute@{version}")].into());
    let used = |templates: &Templates| compose_with(templates, Language::English, &[Topic::Dispute], None).template;
    assert!(!used(&templates).contains("dispute") && used(&templates).contains("en/other@"), "{}", used(&templates));
    let mut files = penstock::replies::embedded_files();
    let file = files.get_mut("en/dispute.hbs").unwrap();
    *file = file.replace(&format!("version = {version}"), "version = 99");
    copy.replace(&files).unwrap();
    assert!(used(&templates).contains("en/dispute@99"), "{}", used(&templates));
}
