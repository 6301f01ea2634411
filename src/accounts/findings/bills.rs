//! Which bills hold, in order, and how a bill is shown.

use std::collections::BTreeSet;

use serde_json::Value;

use super::wording::{Facts, Source, row};
use crate::accounts::context::days;
use crate::accounts::rows::{Bill, BillKind, ReadType};
use crate::letter::Language;

/// Bills that hold: neither cancelled nor replaced by another; in the order given.
pub(super) fn standing(bills: &[Bill]) -> Vec<&Bill> {
    let replaced = replaced(bills);
    bills.iter().filter(|bill| bill.kind != BillKind::Cancelled && !replaced.contains(bill.bill_id.as_str())).collect()
}

/// The numbers of the bills that another, which holds, took the place of.
pub(super) fn replaced(bills: &[Bill]) -> BTreeSet<&str> {
    bills
        .iter()
        .filter(|bill| bill.kind != BillKind::Cancelled)
        .filter_map(|bill| bill.replaces_bill_id.as_deref().filter(|replaced| *replaced != bill.bill_id))
        .collect()
}

/// Bills that hold, oldest period first.
pub(super) fn by_period(bills: &[Bill]) -> Vec<&Bill> {
    let mut bills = standing(bills);
    bills.sort_by(|a, b| {
        let key = |bill: &Bill| (bill.period_end.unwrap_or(bill.issued_on), bill.issued_on);
        key(a).cmp(&key(b)).then_with(|| a.bill_id.cmp(&b.bill_id))
    });
    bills
}

/// A bill as a source.
pub(super) fn source(bill: &Bill) -> Source {
    row("bills.csv", bill.bill_id.clone())
}

/// Whether the meter was really read for a bill.
pub(super) fn is_read(bill: &Bill) -> bool {
    matches!(bill.read_type, Some(ReadType::Actual | ReadType::Customer))
}

/// A bill as templates see it.
pub(super) fn bill_facts(bill: &Bill, language: Language) -> Value {
    Facts::new(language)
        .text("bill_id", &bill.bill_id)
        .date("issued_on", Some(bill.issued_on))
        .date("due_on", bill.due_on)
        .date("period_start", bill.period_start)
        .date("period_end", bill.period_end)
        .number("days", days(bill))
        .amount("total", Some(bill.total))
        .volume("usage_cf", "usage_gallons", bill.usage_cf)
        .flag("estimated", bill.read_type == Some(ReadType::Estimated))
        .flag("zero", bill.read_type == Some(ReadType::Zero))
        .flag("actual", bill.read_type == Some(ReadType::Actual))
        .done()
}
