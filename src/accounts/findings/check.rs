//! What an extract itself has wrong, account by account: rows that contradict each other, and
//! balances that the rows do not explain.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Serialize;

use super::arithmetic::is_plausible_bill;
use super::bills::replaced;
use super::duplicates::{is_overlap, shared_days};
use super::items::itemize;
use super::ledger::Ledger;
use super::reconcile::reconcile;
use crate::accounts::context::{AccountRows, context};
use crate::accounts::rows::{
    Account, Adjustment, Agreement, AgreementStatus, Assistance, Bill, BillKind, Contact, Notice, Payment,
    PaymentStatus, Protection, Read,
};
use crate::money::Cents;

/// A row with the line it stands on.
pub type Lined<T> = (u64, T);

/// The rows of one account number, each with its line.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the files of the contract, section 2")]
pub struct LinedRows {
    pub accounts: Vec<Lined<Account>>,
    pub bills: Vec<Lined<Bill>>,
    pub reads: Vec<Lined<Read>>,
    pub payments: Vec<Lined<Payment>>,
    pub adjustments: Vec<Lined<Adjustment>>,
    pub agreements: Vec<Lined<Agreement>>,
    pub assistance: Vec<Lined<Assistance>>,
    pub notices: Vec<Lined<Notice>>,
    pub protections: Vec<Lined<Protection>>,
    pub contacts: Vec<Lined<Contact>>,
}

/// Something wrong in an extract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExtractProblem {
    /// In which file.
    pub file: String,
    /// On which line, the header being the first.
    pub line: u64,
    /// Which row, where it has a name of its own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub row: String,
    /// Of which account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// What kind of trouble.
    pub kind: &'static str,
    /// What is wrong, in words.
    pub message: String,
}

/// Collects the problems of one account.
struct Problems<'a> {
    account: &'a str,
    found: Vec<ExtractProblem>,
}

impl Problems<'_> {
    fn add(&mut self, file: &str, (line, row): (u64, &str), kind: &'static str, message: impl Into<String>) {
        self.found.push(ExtractProblem {
            file: file.to_owned(),
            line,
            row: row.to_owned(),
            account: self.account.to_owned(),
            kind,
            message: message.into(),
        });
    }
}

/// What is wrong with the rows of one account number.
#[must_use]
pub fn account_problems(number: &str, rows: &LinedRows, today: Date) -> Vec<ExtractProblem> {
    let mut problems = Problems { account: number, found: Vec::new() };
    let Some(((_, account), again)) = rows.accounts.split_last() else {
        without_account(rows, &mut problems);
        return problems.found;
    };
    for (line, _) in again {
        problems.add("accounts.csv", (*line, number), "account_twice", "a later row has the same account number");
    }
    names_used_twice(rows, &mut problems);
    let plain = plain(account, rows);
    let ledger = super::ledger::ledger(&plain, today);
    bills(rows, &plain, ledger.as_ref(), &mut problems);
    overlaps(&rows.bills, &plain, &mut problems);
    reads(&rows.reads, &mut problems);
    others(rows, &mut problems);
    balance(&plain, rows, today, &mut problems);
    problems.found
}

fn plain(account: &Account, rows: &LinedRows) -> AccountRows {
    fn rows_of<T: Clone>(lined: &[Lined<T>]) -> Vec<T> {
        lined.iter().map(|(_, row)| row.clone()).collect()
    }
    AccountRows {
        account: account.clone(),
        bills: rows_of(&rows.bills),
        reads: rows_of(&rows.reads),
        payments: rows_of(&rows.payments),
        adjustments: rows_of(&rows.adjustments),
        agreements: rows_of(&rows.agreements),
        assistance: rows_of(&rows.assistance),
        notices: rows_of(&rows.notices),
        protections: rows_of(&rows.protections),
        contacts: rows_of(&rows.contacts),
    }
}

/// Every row with its file, its line and its name.
fn named_rows(rows: &LinedRows) -> Vec<(&'static str, u64, &str)> {
    let mut named = Vec::new();
    named.extend(rows.bills.iter().map(|(line, row)| ("bills.csv", *line, row.bill_id.as_str())));
    named.extend(rows.reads.iter().map(|(line, _)| ("reads.csv", *line, "")));
    named.extend(rows.payments.iter().map(|(line, row)| ("payments.csv", *line, row.payment_id.as_str())));
    named.extend(rows.adjustments.iter().map(|(line, row)| ("adjustments.csv", *line, row.adjustment_id.as_str())));
    named.extend(rows.agreements.iter().map(|(line, row)| ("agreements.csv", *line, row.agreement_id.as_str())));
    named.extend(rows.assistance.iter().map(|(line, _)| ("assistance.csv", *line, "")));
    named.extend(rows.notices.iter().map(|(line, row)| ("notices.csv", *line, row.notice_id.as_str())));
    named.extend(rows.protections.iter().map(|(line, _)| ("protections.csv", *line, "")));
    named.extend(rows.contacts.iter().map(|(line, _)| ("contacts.csv", *line, "")));
    named
}

fn without_account(rows: &LinedRows, problems: &mut Problems<'_>) {
    for (file, line, name) in named_rows(rows) {
        problems.add(file, (line, name), "without_account", "no account in accounts.csv has this number");
    }
}

fn names_used_twice(rows: &LinedRows, problems: &mut Problems<'_>) {
    let mut seen: HashMap<(&str, &str), u64> = HashMap::new();
    for (file, line, name) in named_rows(rows) {
        if name.is_empty() {
            continue;
        }
        if let Some(first) = seen.insert((file, name), line) {
            problems.add(file, (line, name), "name_twice", format!("line {first} has the same number"));
        }
    }
}

fn bills(rows: &LinedRows, plain: &AccountRows, ledger: Option<&Ledger>, problems: &mut Problems<'_>) {
    const FILE: &str = "bills.csv";
    let known: HashMap<&str, &Bill> = plain.bills.iter().map(|bill| (bill.bill_id.as_str(), bill)).collect();
    for (line, bill) in &rows.bills {
        let at = (*line, bill.bill_id.as_str());
        if bill.period_start.zip(bill.period_end).is_some_and(|(start, end)| start > end) {
            problems.add(FILE, at, "period_reversed", "its period ends before it starts");
        }
        if bill.due_on.is_some_and(|due| due < bill.issued_on) {
            problems.add(FILE, at, "due_before_issue", "it is due before it was issued");
        }
        if bill.usage_cf.is_some_and(|usage| usage.0 < 0) {
            problems.add(FILE, at, "usage_negative", "its usage is less than nothing");
        }
        if !is_plausible_bill(bill) {
            problems.add(FILE, at, "amount_implausible", "an amount on it cannot be one");
            continue;
        }
        let itemized = itemize(bill, ledger.and_then(|ledger| ledger.prior(bill)));
        if itemized.is_whole() && itemized.rest != Cents::ZERO {
            let rest = itemized.rest.dollars();
            problems.add(FILE, at, "total_not_explained", format!("its items leave {rest} of its total unexplained"));
        }
        match bill.replaces_bill_id.as_deref() {
            Some(replaced) if replaced == bill.bill_id => {
                problems.add(FILE, at, "replaces_itself", "it says that it replaces itself");
            }
            Some(replaced) if !known.contains_key(replaced) => {
                let message = format!("the bill {replaced} that it replaces is not there");
                problems.add(FILE, at, "replaced_missing", message);
            }
            Some(_) | None => {}
        }
    }
}

fn overlaps(bills: &[Lined<Bill>], plain: &AccountRows, problems: &mut Problems<'_>) {
    let replaced = replaced(&plain.bills);
    let mut periods: Vec<(Date, Date, u64, &Bill)> = bills
        .iter()
        .filter(|(_, bill)| !matches!(bill.kind, BillKind::Cancelled | BillKind::CatchUp))
        .filter(|(_, bill)| !replaced.contains(bill.bill_id.as_str()))
        .filter_map(|(line, bill)| Some((bill.period_start?, bill.period_end?, *line, bill)))
        .filter(|(start, end, ..)| start <= end)
        .collect();
    periods.sort_by_key(|(start, end, line, _)| (*start, *end, *line));
    // Each bill is compared with the one before it that reaches furthest: one line a bill.
    let mut furthest: Option<(Date, Date, u64, &Bill)> = None;
    for period in periods {
        if let Some(before) = furthest {
            let shared = shared_days((before.0, before.1), (period.0, period.1));
            let same = (before.0, before.1) == (period.0, period.1);
            if is_overlap(shared, same) {
                let message = if same {
                    format!("it holds for the same days as {} on line {}", before.3.bill_id, before.2)
                } else {
                    format!("it shares {shared} days with {} on line {}", before.3.bill_id, before.2)
                };
                let kind = if same { "period_twice" } else { "periods_overlap" };
                problems.add("bills.csv", (period.2, &period.3.bill_id), kind, message);
            }
        }
        if furthest.is_none_or(|before| before.1 <= period.1) {
            furthest = Some(period);
        }
    }
}

fn reads(reads: &[Lined<Read>], problems: &mut Problems<'_>) {
    let mut ordered: Vec<(&str, Date, u64, i64)> = reads
        .iter()
        .filter_map(|(line, read)| Some((read.meter_number.as_deref()?, read.read_on, *line, read.register_cf?.0)))
        .collect();
    ordered.sort_unstable();
    for two in ordered.windows(2) {
        let [(meter, _, before, earlier), (same, _, line, later)] = two else { continue };
        if meter == same && later < earlier {
            let message = format!("the register stands at {later}, below the {earlier} of line {before}");
            problems.add("reads.csv", (*line, ""), "register_falls", message);
        }
    }
}

fn others(rows: &LinedRows, problems: &mut Problems<'_>) {
    for (line, payment) in &rows.payments {
        if payment.status == PaymentStatus::Posted && payment.posted_on.is_none() {
            let at = (*line, payment.payment_id.as_str());
            problems.add("payments.csv", at, "posted_without_day", "it is posted, but has no day");
        }
    }
    let active = |(_, agreement): &&Lined<Agreement>| agreement.status == AgreementStatus::Active;
    for (line, agreement) in rows.agreements.iter().filter(active).skip(1) {
        let at = (*line, agreement.agreement_id.as_str());
        problems.add("agreements.csv", at, "agreements_overlap", "another agreement of the account is active too");
    }
    let reversed = |from: Option<Date>, until: Option<Date>| from.zip(until).is_some_and(|(from, until)| from > until);
    let mut range = |file, line: u64, from, until| {
        if reversed(from, until) {
            problems.add(file, (line, ""), "dates_reversed", "it ends before it begins");
        }
    };
    rows.assistance.iter().for_each(|(line, row)| range("assistance.csv", *line, row.since, row.until));
    rows.protections.iter().for_each(|(line, row)| range("protections.csv", *line, row.from, row.until));
    rows.contacts.iter().for_each(|(line, row)| range("contacts.csv", *line, row.from, row.until));
}

fn balance(plain: &AccountRows, rows: &LinedRows, today: Date, problems: &mut Problems<'_>) {
    let Some(found) = reconcile(&context(plain, today)) else { return };
    if found.value.difference.is_none_or(|difference| difference == Cents::ZERO) {
        return;
    }
    let line = rows.accounts.last().map_or(0, |(line, _)| *line);
    let mut message = found.sentence.en;
    for step in found.steps.iter().skip(1) {
        message.push(' ');
        message.push_str(&step.en);
    }
    let number = problems.account;
    problems.add("accounts.csv", (line, number), "balance_not_explained", message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::{NUMBER, bill, day, home, payment};

    fn kinds(rows: &LinedRows) -> Vec<(String, u64, &'static str)> {
        account_problems(NUMBER, rows, day("2026-06-01"))
            .into_iter()
            .map(|problem| (problem.file, problem.line, problem.kind))
            .collect()
    }

    fn sound() -> LinedRows {
        let mut rows = LinedRows { accounts: vec![(2, home(7000).account)], ..LinedRows::default() };
        rows.bills =
            vec![(2, bill("b1", "2026-04-04").with_total(5000)), (3, bill("b2", "2026-05-04").with_total(7000))];
        rows.payments = vec![(2, payment("p1", "2026-04-20", 5000, PaymentStatus::Posted))];
        rows
    }

    #[test]
    fn sound_rows_have_no_problem() {
        assert_eq!(kinds(&sound()), []);
    }

    #[test]
    fn rows_without_an_account_are_named_by_file_and_line() {
        let mut rows = sound();
        rows.accounts.clear();
        assert_eq!(kinds(&rows).len(), 3);
        assert_eq!(kinds(&rows)[2], ("payments.csv".to_owned(), 2, "without_account"));
    }

    #[test]
    fn a_balance_that_the_rows_do_not_leave_is_told_with_its_reason() {
        let mut rows = sound();
        rows.accounts[0].1.balance = Some(Cents(12_000));
        let problems = account_problems(NUMBER, &rows, day("2026-06-01"));
        assert_eq!(problems[0].kind, "balance_not_explained");
        assert!(problems[0].message.contains("$50.00 more, since April 20, 2026."), "{}", problems[0].message);
    }

    #[test]
    fn periods_that_overlap_are_told_once_each() {
        let mut rows = sound();
        let mut twice = rows.bills[1].1.clone();
        twice.bill_id = "b3".to_owned();
        rows.bills.push((4, twice));
        rows.accounts[0].1.balance = Some(Cents(14_000));
        assert_eq!(kinds(&rows), [("bills.csv".to_owned(), 4, "period_twice")]);
    }

    #[test]
    fn what_contradicts_itself_in_a_row_is_told() {
        let mut rows = sound();
        let bill = &mut rows.bills[1].1;
        (bill.period_start, bill.period_end) = (bill.period_end, bill.period_start);
        bill.due_on = Some(day("2026-01-01"));
        bill.replaces_bill_id = Some("b9".to_owned());
        let kinds: Vec<_> = kinds(&rows).into_iter().map(|(.., kind)| kind).collect();
        assert_eq!(kinds, ["period_reversed", "due_before_issue", "replaced_missing"]);
    }
}
