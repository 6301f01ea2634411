//! What the embedded templates say, what their check finds, and what is found in drafts.

mod broken;
mod drafts;
mod letters;
mod values;

use jiff::civil::{Date, date};
use penstock::letter::{Language, Topic};
use penstock::policy::Policy;
use penstock::replies::{Draft, Situation, Templates, compose};
use serde_json::{Value, json};

const TODAY: Date = date(2026, 10, 5);
const LANGUAGES: [(Language, &str); 2] = [(Language::English, "en"), (Language::Spanish, "es")];

fn policy() -> Policy {
    Policy::parse(include_str!("../../../templates/policy.toml")).expect("the embedded policy is right")
}

fn day(language: Language, month: usize, number: i8) -> String {
    penstock::policy::long_date(date(2026, i8::try_from(month).unwrap(), number), language)
}

/// A home with nearly everything that an account can have.
fn full(language: Language) -> Value {
    let masked = match language {
        Language::Spanish => "que termina en 1111",
        Language::English | Language::Other => "ending in 1111",
    };
    let (may, april) = (day(language, 5, 4), day(language, 4, 2));
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

/// A home in TAP without debt, whose bill shows no use.
fn protected(language: Language) -> Value {
    let may = day(language, 5, 4);
    json!({
        "masked": full(language)["masked"], "name": "B Customer", "service_address": "20 S BROAD ST", "active": true,
        "residential": true, "owes": false, "balance": "$0.00", "in_tap": true,
        "last_bill": { "issued_on": may, "total": "$41.20", "zero": true },
        "zero_run": { "count": "3", "since": day(language, 3, 4) },
    })
}

/// A shop that broke two agreements.
fn shop(language: Language) -> Value {
    json!({
        "masked": full(language)["masked"], "name": "Corner Store", "service_address": "7 MARKET ST", "active": true,
        "commercial": true, "owes": true, "balance": "$4,000.00", "shut_off": true,
        "broken_agreements": { "count": 2, "two_or_more": true },
    })
}

/// A home whose findings are worked out.
fn with_findings(language: Language) -> Value {
    let (may, april, march) = (day(language, 5, 4), day(language, 4, 2), day(language, 3, 3));
    let bill = |total: &str, on: &str| json!({ "bill_id": "B1", "total": total, "issued_on": on, "estimated": false });
    let mut account = full(language);
    account["catch_up"] = json!({ "issued_on": may, "total": "$412.10" });
    account["estimated_run"] = Value::Null;
    account["assistance_pending"] = json!(true);
    account["findings"] = json!({
        "bill_change": {
            "newer": bill("$412.10", &may), "older": bill("$81.00", &april), "difference": "$331.10", "up": true,
            "parts": [
                { "kind": "usage", "label": "water used", "amount": "$320.00", "up": true, "down": false },
                { "kind": "service", "label": "service charge", "amount": "$11.10", "up": true, "down": false },
            ],
        },
        "usage": { "last_year": { "up": true, "down": false, "same": false, "percent": "35" } },
        "catch_up": {
            "bill": bill("$412.10", &may), "bills": "5", "since": march, "billed_cf": "2,000", "total_cf": "6,500",
            "total_gallons": "48,620", "estimated": true,
        },
        "meter_exchange": { "on": april, "count": "1" },
        "duplicate_bills": {
            "count": "1",
            "pairs": [{ "first": bill("$412.10", &may), "second": bill("$398.00", &april), "overlap_days": "31" }],
        },
        "ledger": { "pending": { "amount": "$50.00", "count": "1" } },
        "shutoff": { "notice": { "kind": "access", "access": true, "defect": false, "issued_on": april } },
        "assistance": { "denied": [{ "program": "tap", "label": "TAP", "incomplete": true }] },
    });
    account
}

/// An invented account in the language of the reply.
type Invented = fn(Language) -> Value;

/// The accounts that every letter is written for.
const ACCOUNTS: [(&str, Invented); 4] =
    [("full", full), ("protected", protected), ("shop", shop), ("findings", with_findings)];

fn draft(language: Language, topics: &[Topic], account: Option<Value>) -> Draft {
    let templates = Templates::embedded().expect("the embedded templates are right");
    compose_with(&templates, language, topics, account)
}

fn compose_with(templates: &Templates, language: Language, topics: &[Topic], account: Option<Value>) -> Draft {
    compose(
        templates,
        &Situation {
            language,
            topics,
            reference: "PW-2026-000042",
            customer_name: "",
            subject: "My bill",
            received_on: date(2026, 10, 1),
            today: TODAY,
            account,
            policy: &policy(),
        },
    )
}
