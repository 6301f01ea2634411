//! Everything known of one account, put in order, with the first findings about it.

use jiff::civil::Date;
use serde::Serialize;

use super::findings::ledger::{Ledger, ledger};
use super::rows::{
    Account, Adjustment, Agreement, AgreementStatus, Assistance, AssistanceStatus, Bill, BillKind, Contact, Notice,
    NoticeStatus, Payment, PaymentStatus, Protection, Read, ReadType,
};
use crate::money::Cents;

/// The rows of one account, as the extract has them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the files of the contract, section 2")]
pub struct AccountRows {
    pub account: Account,
    pub bills: Vec<Bill>,
    pub reads: Vec<Read>,
    pub payments: Vec<Payment>,
    pub adjustments: Vec<Adjustment>,
    pub agreements: Vec<Agreement>,
    pub assistance: Vec<Assistance>,
    pub notices: Vec<Notice>,
    pub protections: Vec<Protection>,
    pub contacts: Vec<Contact>,
}

impl AccountRows {
    /// An account without any other rows yet.
    #[must_use]
    pub const fn new(account: Account) -> Self {
        Self {
            account,
            bills: Vec::new(),
            reads: Vec::new(),
            payments: Vec::new(),
            adjustments: Vec::new(),
            agreements: Vec::new(),
            assistance: Vec::new(),
            notices: Vec::new(),
            protections: Vec::new(),
            contacts: Vec::new(),
        }
    }
}

/// An account as a trainee needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountContext {
    /// The account itself.
    pub account: Account,
    /// The bills of the last 24 months, newest first.
    pub bills: Vec<Bill>,
    /// The payments of the last 24 months, newest first.
    pub payments: Vec<Payment>,
    /// The adjustments of the last 24 months, newest first.
    pub adjustments: Vec<Adjustment>,
    /// The readings of the last 24 months, newest first.
    pub reads: Vec<Read>,
    /// Every agreement, newest first.
    pub agreements: Vec<Agreement>,
    /// All rows added up; nothing when an amount among them cannot be one.
    pub ledger: Option<Ledger>,
    /// The agreement that runs.
    pub agreement: Option<Agreement>,
    /// How many agreements were broken.
    pub broken_agreements: usize,
    /// What the account has of assistance, or asked for, newest first.
    pub assistance: Vec<Assistance>,
    /// The notices that hold.
    pub notices: Vec<Notice>,
    /// What protects from shutoff today.
    pub protections: Vec<Protection>,
    /// Who else may speak for the account today.
    pub contacts: Vec<Contact>,
    /// What the newest bills show at a glance.
    #[serde(rename = "figures")]
    pub findings: Findings,
}

/// What the numbers show.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Findings {
    /// How the usage a day of the newest bill compares with the one before.
    pub usage_change: Option<UsageChange>,
    /// How many bills in a row, the newest included, were estimated.
    pub estimated_run: usize,
    /// How many bills in a row, the newest included, showed no use.
    pub zero_run: usize,
    /// The newest bill settles what estimated or zero bills before it left out.
    pub catch_up: bool,
    /// Bills for the same period that both hold, by their numbers.
    pub duplicates: Vec<(String, String)>,
    /// Payments that are on their way.
    pub pending: Cents,
}

/// A change of the usage a day, in thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageChange {
    /// The newest bill.
    pub bill_id: String,
    /// The bill it is compared with.
    pub previous_bill_id: String,
    /// The change in thousandths of the earlier usage a day: 1000 is twice as much.
    pub thousandths: i64,
}

/// Puts the rows of an account in order for a day.
#[must_use]
pub fn context(rows: &AccountRows, today: Date) -> AccountContext {
    let since = today.saturating_sub(jiff::Span::new().months(24));
    let in_force = |from: Option<Date>, until: Option<Date>| {
        from.is_none_or(|from| from <= today) && until.is_none_or(|until| today <= until)
    };
    let mut bills: Vec<Bill> = rows.bills.iter().filter(|bill| bill.issued_on >= since).cloned().collect();
    // Several bills may come on one day: the one for the latest days is the newest.
    let newest = |bill: &Bill| (bill.issued_on, bill.period_end);
    bills.sort_by(|a, b| newest(b).cmp(&newest(a)).then_with(|| b.bill_id.cmp(&a.bill_id)));
    let mut reads: Vec<Read> = rows.reads.iter().filter(|read| read.read_on >= since).cloned().collect();
    reads.sort_by(|a, b| b.read_on.cmp(&a.read_on).then_with(|| b.meter_number.cmp(&a.meter_number)));
    let mut agreements = rows.agreements.clone();
    agreements.sort_by(|a, b| b.signed_on.cmp(&a.signed_on).then_with(|| b.agreement_id.cmp(&a.agreement_id)));
    let mut payments: Vec<Payment> =
        rows.payments.iter().filter(|payment| payment.posted_on.is_none_or(|on| on >= since)).cloned().collect();
    payments.sort_by(|a, b| b.posted_on.cmp(&a.posted_on).then_with(|| b.payment_id.cmp(&a.payment_id)));
    let mut adjustments: Vec<Adjustment> =
        rows.adjustments.iter().filter(|row| row.posted_on.is_none_or(|on| on >= since)).cloned().collect();
    adjustments.sort_by(|a, b| b.posted_on.cmp(&a.posted_on).then_with(|| b.adjustment_id.cmp(&a.adjustment_id)));
    let mut assistance = rows.assistance.clone();
    assistance.sort_by_key(|row| std::cmp::Reverse(row.since));
    AccountContext {
        findings: findings(&bills, &payments),
        account: rows.account.clone(),
        payments,
        adjustments,
        reads,
        ledger: ledger(rows, today),
        agreement: agreements.iter().find(|agreement| agreement.status == AgreementStatus::Active).cloned(),
        broken_agreements: agreements.iter().filter(|agreement| agreement.status == AgreementStatus::Broken).count(),
        agreements,
        assistance,
        notices: rows.notices.iter().filter(|notice| notice.status == NoticeStatus::Open).cloned().collect(),
        protections: rows.protections.iter().filter(|row| in_force(row.from, row.until)).cloned().collect(),
        contacts: rows.contacts.iter().filter(|row| in_force(row.from, row.until)).cloned().collect(),
        bills,
    }
}

impl AccountContext {
    /// Whether a program is in force today.
    #[must_use]
    pub fn has_program(&self, program: &str) -> bool {
        self.assistance.iter().any(|row| {
            row.program == program && matches!(row.status, AssistanceStatus::Approved | AssistanceStatus::Enrolled)
        })
    }

    /// Whether an application for assistance is under way.
    #[must_use]
    pub fn assistance_pending(&self) -> bool {
        self.assistance.iter().any(|row| matches!(row.status, AssistanceStatus::Requested | AssistanceStatus::Pending))
    }
}

fn findings(bills: &[Bill], payments: &[Payment]) -> Findings {
    let replaced: Vec<&str> = bills.iter().filter_map(|bill| bill.replaces_bill_id.as_deref()).collect();
    let standing: Vec<&Bill> = bills
        .iter()
        .filter(|bill| bill.kind != BillKind::Cancelled && !replaced.contains(&bill.bill_id.as_str()))
        .collect();
    let run = |wanted: ReadType, from: usize| {
        standing.iter().skip(from).take_while(|bill| bill.read_type == Some(wanted)).count()
    };
    let newest_actual = standing.first().is_some_and(|bill| bill.read_type == Some(ReadType::Actual));
    Findings {
        usage_change: usage_change(&standing),
        estimated_run: run(ReadType::Estimated, 0),
        zero_run: run(ReadType::Zero, 0),
        catch_up: standing.first().is_some_and(|bill| bill.kind == BillKind::CatchUp)
            || (newest_actual && run(ReadType::Estimated, 1) + run(ReadType::Zero, 1) > 0),
        duplicates: duplicates(&standing),
        pending: payments
            .iter()
            .filter(|payment| matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Pledged))
            .map(|payment| payment.amount)
            .sum(),
    }
}

/// Compares cubic feet a day without a fraction: a/b against c/d as a*d against c*b.
fn usage_change(bills: &[&Bill]) -> Option<UsageChange> {
    let [newest, previous, ..] = bills else { return None };
    let (new_usage, old_usage) = (newest.usage_cf?.0, previous.usage_cf?.0);
    let (new_days, old_days) = (days(newest)?, days(previous)?);
    if old_usage <= 0 {
        return None;
    }
    let new_scaled = new_usage.checked_mul(old_days)?;
    let old_scaled = old_usage.checked_mul(new_days)?;
    let thousandths = (new_scaled - old_scaled).checked_mul(1000)? / old_scaled;
    Some(UsageChange { bill_id: newest.bill_id.clone(), previous_bill_id: previous.bill_id.clone(), thousandths })
}

/// How many days a bill covers, both ends included.
#[must_use]
pub fn days(bill: &Bill) -> Option<i64> {
    let days = i64::from(bill.period_start?.until(bill.period_end?).ok()?.get_days()) + 1;
    (days > 0).then_some(days)
}

/// So many pairs are told; an account with more has another trouble.
const MOST_DUPLICATES: usize = 20;

fn duplicates(bills: &[&Bill]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (index, bill) in bills.iter().enumerate() {
        for other in &bills[index + 1..] {
            let same = bill.period_start.is_some()
                && bill.period_start == other.period_start
                && bill.period_end == other.period_end;
            if same {
                found.push((bill.bill_id.clone(), other.bill_id.clone()));
            }
            if found.len() == MOST_DUPLICATES {
                return found;
            }
        }
    }
    found
}
