//! The facts of an account as templates name them, printed in the language of the reply.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::context::{AccountContext, days};
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
    set("agreement_terms", agreement_terms(context, policy, today));
    Value::Object(facts)
}

/// The terms of a payment agreement by the policy table; nothing when the rules forbid one.
fn agreement_terms(context: &AccountContext, policy: &Policy, today: Date) -> Value {
    let Some(balance) = context.account.balance.filter(|balance| *balance > Cents::ZERO) else { return Value::Null };
    let kind =
        if context.account.service_class == Some(ServiceClass::Commercial) { "commercial" } else { "residential" };
    let number = |name: &str| policy.number(&format!("agreement.{kind}.{name}"), today);
    let most = policy.number("agreement.same_debt_limit", today);
    let used = i64::try_from(context.broken_agreements).unwrap_or(i64::MAX);
    let (Some(down), Some(low), Some(high), Some(most)) =
        (number("down_payment"), number("months_low"), number("months_high"), most)
    else {
        return Value::Null;
    };
    if used >= most || context.agreement.is_some() || low <= 0 || high < low {
        return Value::Null;
    }
    // The share of the debt is rounded up to the cent, so that the rest is never more than due.
    let down_payment = Cents((balance.0 * down + 9_999) / 10_000);
    let rest = balance - down_payment;
    json!({
        "down_payment": down_payment.dollars(),
        "months_low": grouped(low), "months_high": grouped(high),
        "installment_low": Cents((rest.0 + high - 1) / high).dollars(),
        "installment_high": Cents((rest.0 + low - 1) / low).dollars(),
    })
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
