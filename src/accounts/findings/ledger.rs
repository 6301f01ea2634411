//! The ledger: bills, payments and adjustments in order, with the balance that they leave after
//! each, beside the balance that the billing system gives.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::arithmetic::is_plausible_account;
use super::bills::replaced;
use super::items::itemize;
use super::wording::{Source, row};
use crate::accounts::context::AccountRows;
use crate::accounts::rows::{Bill, BillKind, PaymentStatus};
use crate::money::Cents;

/// The rows of an account added up in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// What counted, in order.
    pub entries: Vec<LedgerEntry>,
    /// The day up to which rows count: that of the billing system's balance, else today.
    pub as_of: Date,
    /// The balance that the rows leave.
    pub computed: Cents,
    /// The billing system's balance.
    pub balance: Option<Cents>,
    /// The first day on which a bill states another balance from before than the rows leave.
    pub first_stated_otherwise: Option<Date>,
    /// What each bill's total includes of a balance from before.
    #[serde(skip)]
    pub(super) prior: BTreeMap<String, Cents>,
}

/// One row that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// When; unknown ones come last.
    pub on: Option<Date>,
    /// What it is.
    pub kind: EntryKind,
    /// Which row.
    pub source: Source,
    /// What it adds to what is owed.
    pub amount: Cents,
    /// What is owed after it.
    pub balance: Cents,
}

/// What a row of the ledger is; in this order on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A bill.
    Bill,
    /// An adjustment.
    Adjustment,
    /// A payment.
    Payment,
}

/// A row before it is added up.
enum Row<'a> {
    Bill(&'a Bill),
    Other(Cents, Source),
}

/// Adds the rows of an account up; nothing when an amount cannot be one.
pub(in crate::accounts) fn ledger(rows: &AccountRows, today: Date) -> Option<Ledger> {
    if !is_plausible_account(rows) {
        return None;
    }
    let as_of = rows.account.balance_as_of.unwrap_or(today);
    let mut ledger = Ledger {
        entries: Vec::new(),
        as_of,
        computed: Cents::ZERO,
        balance: rows.account.balance,
        first_stated_otherwise: None,
        prior: BTreeMap::new(),
    };
    let mut stated = false;
    for (on, kind, row) in in_order(rows, as_of) {
        let (amount, source) = match row {
            Row::Other(amount, source) => (amount, source),
            Row::Bill(bill) => {
                let (amount, source) = ledger.charge(bill, &mut stated);
                (amount, source)
            }
        };
        ledger.computed += amount;
        ledger.entries.push(LedgerEntry { on, kind, source, amount, balance: ledger.computed });
    }
    Some(ledger)
}

/// The rows that count up to a day, in order: by date, and on one day bills first.
fn in_order(rows: &AccountRows, as_of: Date) -> Vec<(Option<Date>, EntryKind, Row<'_>)> {
    let replaced = replaced(&rows.bills);
    let counts = |on: Option<Date>| on.is_none_or(|on| on <= as_of);
    let mut ordered: Vec<(Option<Date>, EntryKind, Row<'_>)> = Vec::new();
    for bill in &rows.bills {
        let holds = bill.kind != BillKind::Cancelled && !replaced.contains(bill.bill_id.as_str());
        if holds && counts(Some(bill.issued_on)) {
            ordered.push((Some(bill.issued_on), EntryKind::Bill, Row::Bill(bill)));
        }
    }
    for adjustment in rows.adjustments.iter().filter(|adjustment| counts(adjustment.posted_on)) {
        let source = row("adjustments.csv", adjustment.adjustment_id.clone());
        ordered.push((adjustment.posted_on, EntryKind::Adjustment, Row::Other(adjustment.amount, source)));
    }
    for payment in rows.payments.iter().filter(|payment| counts(payment.posted_on)) {
        if payment.status == PaymentStatus::Posted {
            let source = row("payments.csv", payment.payment_id.clone());
            ordered.push((payment.posted_on, EntryKind::Payment, Row::Other(-payment.amount, source)));
        }
    }
    ordered.sort_by(|(a_on, a_kind, a), (b_on, b_kind, b)| {
        let key = |on: Option<Date>| on.unwrap_or(Date::MAX);
        key(*a_on).cmp(&key(*b_on)).then(a_kind.cmp(b_kind)).then_with(|| a.name().cmp(b.name()))
    });
    ordered
}

impl Row<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Bill(bill) => &bill.bill_id,
            Self::Other(_, Source::Row { row, .. }) => row,
            Self::Other(_, Source::Policy { fact, .. }) => fact,
        }
    }
}

impl Ledger {
    /// What a bill adds. Where totals include the balance from before, that part was counted
    /// already; a bill that states another one than the rows leave is remembered.
    fn charge(&mut self, bill: &Bill, stated: &mut bool) -> (Cents, Source) {
        let itemized = itemize(bill, Some(self.computed));
        let mut prior = itemized.prior;
        if *stated && itemized.is_whole() && prior != self.computed {
            prior += itemized.rest;
            self.first_stated_otherwise.get_or_insert(bill.issued_on);
        }
        *stated |= itemized.prior != Cents::ZERO;
        self.prior.insert(bill.bill_id.clone(), prior);
        (bill.total - prior, row("bills.csv", bill.bill_id.clone()))
    }

    /// What a bill's total includes of a balance from before.
    #[must_use]
    pub fn prior(&self, bill: &Bill) -> Option<Cents> {
        self.prior.get(&bill.bill_id).copied()
    }

    /// How much more the billing system says is owed than the rows leave.
    #[must_use]
    pub fn difference(&self) -> Option<Cents> {
        self.balance.map(|balance| balance - self.computed)
    }

    /// The first day with a row.
    #[must_use]
    pub fn first_on(&self) -> Option<Date> {
        self.entries.first()?.on
    }

    /// The day after which something was always owed; nothing when the rows do not show it.
    #[must_use]
    pub fn owed_since(&self) -> Option<Date> {
        let settled = self.entries.iter().rposition(|entry| entry.balance <= Cents::ZERO);
        self.entries.get(settled.map_or(0, |at| at + 1))?.on
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::{adjustment, bill, day, home, payment};
    use proptest::prelude::*;

    #[test]
    fn rows_are_added_up_in_order_and_what_does_not_hold_is_left_out() {
        let mut rows = home(6000);
        rows.bills = vec![bill("b1", "2026-03-04").with_total(5000), bill("b2", "2026-04-04").with_total(7000)];
        let mut corrected = bill("b3", "2026-04-20").with_total(6000);
        corrected.replaces_bill_id = Some("b2".to_owned());
        rows.bills.push(corrected);
        rows.payments = vec![
            payment("p1", "2026-03-20", 4000, PaymentStatus::Posted),
            payment("p2", "2026-04-21", 9999, PaymentStatus::Pending),
        ];
        rows.adjustments = vec![adjustment("a1", "2026-03-25", -1000)];
        let ledger = ledger(&rows, day("2026-05-01")).expect("the test has one");
        let balances: Vec<i64> = ledger.entries.iter().map(|entry| entry.balance.0).collect();
        assert_eq!(balances, [5000, 1000, 0, 6000]);
        assert_eq!(ledger.difference(), Some(Cents::ZERO));
        assert_eq!(ledger.owed_since(), Some(day("2026-04-20")));
    }

    #[test]
    fn totals_that_include_what_was_owed_are_not_counted_twice() {
        let items = [("water", 2000), ("sewer", 1000), ("service", 1210), ("stormwater", 1686)];
        let mut rows = home(0);
        for (at, prior) in [0, 5896, 5896 * 2, 5896 * 3 - 700].into_iter().enumerate() {
            let mut bill = bill(&format!("b{at}"), &format!("2026-0{}-04", at + 1)).with_items(&items);
            bill.total += Cents(prior);
            rows.bills.push(bill);
        }
        let ledger = ledger(&rows, day("2026-05-01")).expect("the test has one");
        assert_eq!(ledger.computed, Cents(5896 * 4));
        assert_eq!(ledger.first_stated_otherwise, Some(day("2026-04-04")));
    }

    proptest! {
        #[test]
        fn each_balance_is_the_one_before_and_the_amount(
            bills in prop::collection::vec((1..13_u8, -90_000..900_000_i64, 0..6_u8), 0..20),
            paid in prop::collection::vec((1..13_u8, 0..900_000_i64, 0..4_usize), 0..20),
        ) {
            let statuses = [PaymentStatus::Posted, PaymentStatus::Pending, PaymentStatus::Returned, PaymentStatus::Pledged];
            let mut rows = home(0);
            let mut expected = 0;
            for (at, (month, total, kind)) in bills.into_iter().enumerate() {
                let mut bill = bill(&format!("b{at}"), &format!("2026-{month:02}-04")).with_total(total);
                if kind == 0 { bill.kind = BillKind::Cancelled } else { expected += total }
                rows.bills.push(bill);
            }
            for (at, (month, amount, status)) in paid.into_iter().enumerate() {
                if status == 0 { expected -= amount }
                rows.payments.push(payment(&format!("p{at}"), &format!("2026-{month:02}-15"), amount, statuses[status]));
            }
            let ledger = ledger(&rows, day("2027-01-01")).expect("the test has one");
            let mut before = 0;
            for entry in &ledger.entries {
                prop_assert_eq!(before + entry.amount.0, entry.balance.0);
                before = entry.balance.0;
            }
            prop_assert_eq!(ledger.computed, Cents(expected));
        }
    }
}
