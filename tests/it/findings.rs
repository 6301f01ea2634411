//! What the rows of sample accounts show: every finding in both languages, and what an extract
//! itself has wrong.
//!
//! The samples stand in `golden/findings/*.csv`, what they show beside them; `GOLDEN=write cargo
//! test --test it findings` writes it anew after a wanted change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::civil::{Date, date};
use penstock::accounts::extract::{ExtractRow, read_rows};
use penstock::accounts::findings::wording::Source;
use penstock::accounts::rows::Account;
use penstock::accounts::{AccountFindings, AccountRows, account_facts, context, findings};
use penstock::letter::Language;
use penstock::policy::Policy;
use serde_json::Value;

/// The samples, each on its day.
const SAMPLES: &[(&str, &str, Date)] = &[
    ("high_use", "2000300040005007", date(2026, 10, 5)),
    ("catch_up", "2000300040005014", date(2026, 10, 5)),
    ("zero_and_defect", "2000300040005021", date(2026, 10, 5)),
    ("duplicate_and_corrected", "2000300040005028", date(2026, 10, 5)),
    ("payment_not_counted", "2000300040005035", date(2026, 10, 5)),
    ("two_broken_agreements", "2000300040005042", date(2026, 10, 5)),
    ("two_broken_agreements_in_winter", "2000300040005042", date(2026, 12, 10)),
    ("business", "2000300040005049", date(2026, 10, 5)),
    ("in_tap_with_medical_delay", "2000300040005056", date(2026, 10, 5)),
    ("totals_with_prior_balance", "2000300040005063", date(2026, 10, 5)),
    ("landlord_does_not_pay", "2000300040005070", date(2026, 10, 5)),
    ("nothing_known", "2000300040005077", date(2026, 10, 5)),
    ("rates_of_2021", "2000300040005084", date(2021, 12, 1)),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/findings")
}

fn policy() -> Policy {
    Policy::parse(include_str!("../../templates/policy.toml")).unwrap()
}

fn rows_of<R: ExtractRow>(name: &str, mut take: impl FnMut(R)) {
    let file = File::open(folder().join(format!("{name}.csv"))).unwrap();
    let report = read_rows::<R>(name, file, &mut take).unwrap();
    assert_eq!(report.rejected_count, 0, "{:?}", report.rejected);
}

fn samples() -> BTreeMap<String, AccountRows> {
    let mut all: BTreeMap<String, AccountRows> = BTreeMap::new();
    rows_of("accounts", |row: Account| {
        all.insert(row.account_number.to_string(), AccountRows::new(row));
    });
    macro_rules! take {
        ($($name:ident),+) => {$(
            rows_of(stringify!($name), |row| {
                let of = ExtractRow::account(&row).to_string();
                all.get_mut(&of).unwrap().$name.push(row);
            });
        )+};
    }
    take!(bills, reads, payments, adjustments, agreements, assistance, notices, protections);
    all
}

/// Each sample with its rows and findings.
fn found() -> Vec<(&'static str, AccountRows, AccountFindings, Date)> {
    let (all, policy) = (samples(), policy());
    let of = |(name, number, today): &(&'static str, &str, Date)| {
        let rows = all[*number].clone();
        let findings = findings(&context(&rows, *today), &policy, *today);
        (*name, rows, findings, *today)
    };
    SAMPLES.iter().map(of).collect()
}

fn told(findings: &AccountFindings) -> String {
    let mut text = String::new();
    for told in findings.told() {
        writeln!(text, "# {}: {}\n{}\n{}", told.name, told.title, told.sentence.en, told.sentence.es).unwrap();
        for step in told.steps {
            writeln!(text, "- {}\n  {}", step.en, step.es).unwrap();
        }
        let sources: Vec<String> = told.sources.iter().map(ToString::to_string).collect();
        writeln!(text, "from {}\n", sources.join(", ")).unwrap();
    }
    let facts = serde_json::to_string_pretty(&findings.facts(Language::Spanish)).unwrap();
    writeln!(text, "{facts}").unwrap();
    text
}

#[test]
fn every_finding_reads_as_its_golden_file() {
    let mut wrong = Vec::new();
    for (name, _, findings, _) in found() {
        let (file, text) = (folder().join(format!("{name}.txt")), told(&findings));
        if std::env::var_os("GOLDEN").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        if std::fs::read_to_string(&file).unwrap_or_default() != text {
            wrong.push(file.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "look at what changed, then write them anew:\n{}", wrong.join("\n"));
}

#[test]
fn the_samples_show_every_finding() {
    let names: BTreeSet<&str> = found()
        .iter()
        .flat_map(|(_, _, findings, _)| findings.told().iter().map(|told| told.name).collect::<Vec<_>>())
        .collect();
    let all = [
        "agreement",
        "assistance",
        "bill_change",
        "catch_up",
        "corrected_bills",
        "duplicate_bills",
        "estimated_run",
        "leak",
        "ledger",
        "meter_exchange",
        "shutoff",
        "tariff",
        "usage",
        "zero_run",
    ];
    assert_eq!(names.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn every_source_is_a_row_of_the_account_or_a_fact_of_the_policy() {
    let policy = policy();
    for (name, rows, findings, today) in found() {
        for source in findings.told().iter().flat_map(|told| told.sources) {
            let there = match source {
                Source::Policy { fact, .. } => policy.fact(fact, today).is_some(),
                Source::Row { file, row } => match *file {
                    "accounts.csv" => rows.account.account_number.last_four() == row,
                    "bills.csv" => rows.bills.iter().any(|bill| bill.bill_id == *row),
                    "payments.csv" => rows.payments.iter().any(|payment| payment.payment_id == *row),
                    "adjustments.csv" => rows.adjustments.iter().any(|row_of| row_of.adjustment_id == *row),
                    "agreements.csv" => rows.agreements.iter().any(|row_of| row_of.agreement_id == *row),
                    "notices.csv" => rows.notices.iter().any(|notice| notice.notice_id == *row),
                    "reads.csv" => rows.reads.iter().any(|read| row.starts_with(&read.read_on.to_string())),
                    "assistance.csv" => rows.assistance.iter().any(|of| row.starts_with(&of.program)),
                    "protections.csv" => rows.protections.iter().any(|of| row.starts_with(of.kind.as_str())),
                    _ => false,
                },
            };
            assert!(there, "{name}: {source}");
        }
    }
}

/// The figures of a text, in order of size.
fn figures(text: &str) -> BTreeSet<String> {
    text.split(|character: char| !(character.is_ascii_digit() || ".,$%".contains(character)))
        .map(|word| word.trim_matches(['.', ',']).to_owned())
        .filter(|word| word.chars().any(|character| character.is_ascii_digit()))
        .collect()
}

#[test]
fn both_languages_give_the_same_figures() {
    for (name, _, findings, _) in found() {
        for told in findings.told() {
            assert_eq!(figures(&told.sentence.en), figures(&told.sentence.es), "{name} {}", told.name);
            for step in told.steps {
                assert_eq!(figures(&step.en), figures(&step.es), "{name} {}", told.name);
            }
        }
    }
}

#[test]
fn no_finding_says_what_a_letter_must_never_say() {
    const NEVER: &[&str] = &[
        "PUC",
        "frivolous",
        "your fault",
        "you failed",
        "LIHWAP",
        "WRAP",
        "guarantee",
        "eligible",
        "will be shut off",
    ];
    for (name, _, findings, _) in found() {
        for told in findings.told() {
            for words in NEVER {
                assert!(!told.sentence.en.contains(words), "{name} {}: {words}", told.name);
            }
        }
    }
}

#[test]
fn templates_see_the_findings_beside_the_names_of_before() {
    let (all, policy, today) = (samples(), policy(), date(2026, 10, 5));
    let facts = account_facts(&context(&all["2000300040005007"], today), Language::English, &policy, today);
    assert_eq!(facts["last_bill"]["total"], facts["findings"]["bill_change"]["newer"]["total"]);
    assert_eq!(facts["sources"]["last_bill"], "bills.csv B01-23");
    assert_eq!(facts["findings"]["agreement"]["down_payment"], facts["agreement_terms"]["down_payment"]);
    assert!(facts["findings"]["leak"].is_null(), "no policy is entered");
    assert!(facts["findings"]["usage"]["last_year"]["percent"].is_string());
}

fn penstock(arguments: &[&str], folder: &Path) -> Output {
    let data = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_penstock"))
        .args(arguments)
        .arg(folder)
        .env("PENSTOCK_DATA_DIR", data.path())
        .output()
        .unwrap()
}

#[test]
fn a_check_names_what_the_extract_has_wrong_by_file_and_line() {
    let output = penstock(&["accounts", "check", "--json"], &folder());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let problems: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let named: BTreeSet<(String, String)> = problems
        .iter()
        .map(|problem| (problem["kind"].as_str().unwrap().to_owned(), problem["row"].as_str().unwrap_or("").to_owned()))
        .collect();
    assert!(named.contains(&("balance_not_explained".to_owned(), "2000300040005035".to_owned())), "{named:?}");
    assert!(named.contains(&("period_twice".to_owned(), "B04-10".to_owned())), "{named:?}");
    assert!(problems.iter().all(|problem| problem["line"].as_u64().unwrap() > 1));
}

#[test]
fn a_check_of_a_sound_extract_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    penstock::demo::accounts::write_extract(folder.path(), 40, date(2026, 10, 5)).unwrap();
    let output = penstock(&["accounts", "check"], folder.path());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_check_tells_rows_without_an_account_and_rows_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("accounts.csv", "account_number,status,name\n1111222233334444,active,A\n12,active,B\n");
    write("payments.csv", "payment_id,account_number,amount,status\np1,5555222233334444,5.00,posted\n");
    let output = penstock(&["accounts", "check"], folder.path());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("accounts.csv:3: account_number: an account number has 16 digits"), "{text}");
    assert!(text.contains("payments.csv:2: p1: no account in accounts.csv has this number"), "{text}");
}
