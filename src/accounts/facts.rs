//! The facts of an account as templates name them, printed in the language of the reply.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::context::{AccountContext, days};
use super::findings::agreement::AgreementOffer;
use super::findings::findings;
use super::rows::{AccountStatus, Bill, BillKind, CustomerType, NoticeKind, PaymentStatus, ReadType, ServiceClass};
use crate::letter::Language;
use crate::money::{Cents, grouped};
use crate::policy::{Policy, long_date};

/// The account number as a reply shows it.
#[must_use]
pub(super) fn masked(last_four: &str, language: Language) -> String {
    match language {
        Language::Spanish => format!("que termina en {last_four}"),
        Language::English | Language::Other => format!("ending in {last_four}"),
    }
}

/// What templates can say of an account. What is not known is not there.
#[must_use]
pub fn account_facts(context: &AccountContext, language: Language, policy: &Policy, today: Date) -> Value {
    let account = &context.account;
    let class = account.service_class;
    let mut facts = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            facts.insert(name.to_owned(), value);
        }
    };
    let date = |date: Date| json!(long_date(date, language));
    set("masked", json!(masked(account.account_number.last_four(), language)));
    set("name", json!(account.name));
    set("service_address", json!(account.service_address));
    set("active", json!(account.status == AccountStatus::Active));
    set("shut_off", json!(account.status == AccountStatus::ShutOff));
    set("closed", json!(account.status == AccountStatus::Closed));
    set("residential", json!(class == Some(ServiceClass::Residential)));
    set("commercial", json!(class == Some(ServiceClass::Commercial)));
    set("stormwater_only", json!(class == Some(ServiceClass::StormwaterOnly)));
    let tenant = matches!(account.customer_type, Some(CustomerType::Tenant | CustomerType::UstraTenant));
    set("tenant", json!(tenant));
    set("owes", json!(account.balance.is_some_and(|balance| balance > Cents::ZERO)));
    set("balance", json!(account.balance.map(Cents::dollars)));
    set("balance_as_of", account.balance_as_of.map_or(Value::Null, date));
    let mut bills = context.bills.iter().filter(|bill| bill.kind != BillKind::Cancelled);
    set("last_bill", bills.next().map_or(Value::Null, |bill| bill_facts(bill, language)));
    set("previous_bill", bills.next().map_or(Value::Null, |bill| bill_facts(bill, language)));
    if let Some(change) = &context.findings.usage_change {
        set(
            "usage_change",
            json!({
                "up": change.thousandths > 0, "down": change.thousandths < 0,
                "percent": grouped(change.thousandths.abs() / 10),
            }),
        );
    }
    let run = |count: usize| {
        let since = context.bills.get(count.checked_sub(1)?).map(|bill| long_date(bill.issued_on, language))?;
        (count > 1).then(|| json!({ "count": grouped(i64::try_from(count).unwrap_or(0)), "since": since }))
    };
    set("estimated_run", run(context.findings.estimated_run).unwrap_or(Value::Null));
    set("zero_run", run(context.findings.zero_run).unwrap_or(Value::Null));
    if context.findings.catch_up
        && let Some(bill) = context.bills.first()
    {
        set("catch_up", json!({ "issued_on": long_date(bill.issued_on, language), "total": bill.total.dollars() }));
    }
    let payment = |status: PaymentStatus| context.payments.iter().find(|payment| payment.status == status);
    if let Some(paid) = payment(PaymentStatus::Posted)
        && let Some(posted_on) = paid.posted_on
    {
        set("last_payment", json!({ "posted_on": long_date(posted_on, language), "amount": paid.amount.dollars() }));
    }
    if let Some(agreement) = &context.agreement
        && let (Some(signed), Some(installment)) = (agreement.signed_on, agreement.installment)
    {
        set(
            "agreement",
            json!({
                "signed_on": long_date(signed, language), "installment": installment.dollars(), "months": agreement.months,
            }),
        );
    }
    if context.broken_agreements > 0 {
        set(
            "broken_agreements",
            json!({ "count": context.broken_agreements, "two_or_more": context.broken_agreements >= 2 }),
        );
    }
    set("in_tap", json!(context.has_program("tap")));
    set("in_senior", json!(context.has_program("senior")));
    set("assistance_pending", json!(context.assistance_pending()));
    if let Some(notice) = context.notices.iter().find(|notice| notice.kind == NoticeKind::ShutoffFinal) {
        let mut facts = Map::new();
        for (name, value) in [("issued_on", notice.issued_on), ("effective_on", notice.effective_on)] {
            if let Some(value) = value {
                facts.insert(name.to_owned(), date(value));
            }
        }
        if let Some(amount) = notice.amount {
            facts.insert("amount".to_owned(), json!(amount.dollars()));
        }
        set("shutoff_notice", Value::Object(facts));
    }
    let found = findings(context, policy, today);
    set("agreement_terms", agreement_terms(&found.agreement.value));
    set("findings", found.facts(language));
    set("sources", sources(context));
    Value::Object(facts)
}

/// The terms of a payment agreement by the policy table; nothing when the rules forbid one.
fn agreement_terms(offer: &AgreementOffer) -> Value {
    let Some(terms) = &offer.terms else { return Value::Null };
    let (Some(shortest), Some(longest)) = (terms.plans.first(), terms.plans.last()) else { return Value::Null };
    json!({
        "down_payment": terms.down_payment.dollars(),
        "months_low": grouped(shortest.months), "months_high": grouped(longest.months),
        "installment_low": longest.installment.dollars(),
        "installment_high": shortest.installment.dollars(),
    })
}

/// The rows behind the names that stand beside the findings, for the fact sheet.
fn sources(context: &AccountContext) -> Value {
    let mut rows = Map::new();
    let mut bills = context.bills.iter().filter(|bill| bill.kind != BillKind::Cancelled);
    for (name, bill) in [("last_bill", bills.next()), ("previous_bill", bills.next())] {
        rows.extend(bill.map(|bill| (name.to_owned(), json!(format!("bills.csv {}", bill.bill_id)))));
    }
    if let Some(change) = &context.findings.usage_change {
        let ids = format!("bills.csv {}, {}", change.bill_id, change.previous_bill_id);
        rows.insert("usage_change".to_owned(), json!(ids));
    }
    let paid = context.payments.iter().find(|payment| payment.status == PaymentStatus::Posted);
    rows.extend(paid.map(|paid| ("last_payment".to_owned(), json!(format!("payments.csv {}", paid.payment_id)))));
    let notice = context.notices.iter().find(|notice| notice.kind == NoticeKind::ShutoffFinal);
    rows.extend(notice.map(|row| ("shutoff_notice".to_owned(), json!(format!("notices.csv {}", row.notice_id)))));
    let agreement = context.agreement.as_ref();
    rows.extend(agreement.map(|row| ("agreement".to_owned(), json!(format!("agreements.csv {}", row.agreement_id)))));
    rows.insert("balance".to_owned(), json!(format!("accounts.csv {}", context.account.account_number.last_four())));
    Value::Object(rows)
}

fn bill_facts(bill: &Bill, language: Language) -> Value {
    let mut facts = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            facts.insert(name.to_owned(), value);
        }
    };
    let date = |date: Option<Date>| date.map_or(Value::Null, |date| json!(long_date(date, language)));
    set("issued_on", date(Some(bill.issued_on)));
    set("due_on", date(bill.due_on));
    set("period_start", date(bill.period_start));
    set("period_end", date(bill.period_end));
    set("days", json!(days(bill).map(grouped)));
    set("total", json!(bill.total.dollars()));
    set("usage_cf", json!(bill.usage_cf.map(crate::money::CubicFeet::grouped)));
    set("usage_gallons", json!(bill.usage_cf.map(|usage| grouped(usage.gallons()))));
    set("estimated", json!(bill.read_type == Some(ReadType::Estimated)));
    set("zero", json!(bill.read_type == Some(ReadType::Zero)));
    set("actual", json!(bill.read_type == Some(ReadType::Actual)));
    Value::Object(facts)
}
