//! Ledger reconciliation: whether the rows explain the billing system's balance, and where they
//! do not, by how much, since when, and which single row would explain it.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::bills::replaced;
use super::ledger::{EntryKind, Ledger, LedgerEntry};
use super::wording::{Facts, Finding, Source, Wording, dated, magnitude, row, say};
use crate::accounts::context::AccountContext;
use crate::accounts::rows::{BillKind, Payment, PaymentStatus};
use crate::letter::Language;
use crate::money::Cents;

/// How many entries a letter may list.
const RECENT: usize = 12;
/// An account whose first row comes later than this after its opening had rows before.
const FIRST_BILL_DAYS: i32 = 62;

/// The rows beside the billing system's balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// The day of the balance.
    pub as_of: Date,
    /// What the rows leave.
    pub computed: Cents,
    /// What the billing system says.
    pub balance: Option<Cents>,
    /// How much more that is.
    pub difference: Option<Cents>,
    /// Since when they differ.
    pub since: Option<Date>,
    /// The one row that explains the difference.
    pub because: Option<Cause>,
    /// How many rows would explain it, each by itself.
    pub possible_causes: usize,
    /// The account is older than its first row: what was owed then is not in the rows.
    pub earlier_rows_missing: bool,
    /// The first row's day.
    pub first_on: Option<Date>,
    /// The newest entries, newest first.
    pub recent: Vec<LedgerEntry>,
    /// Payments on their way.
    pub pending: Waiting,
    /// Payments promised by others.
    pub pledged: Waiting,
    /// Payments that came back.
    pub returned: Waiting,
}

/// Payments that do not count, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Waiting {
    /// Their sum.
    pub amount: Cents,
    /// How many.
    pub count: usize,
    /// The newest one's day.
    pub on: Option<Date>,
}

/// A row that explains a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// How.
    pub kind: CauseKind,
    /// Its amount.
    pub amount: Cents,
    /// Its day.
    pub on: Option<Date>,
    /// Which row.
    pub source: Source,
}

/// How a row explains a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A posted payment is not in the balance.
    PaymentNotCounted,
    /// A pending or pledged payment is in it already.
    WaitingPaymentCounted,
    /// A payment that came back is still in it.
    ReturnedPaymentCounted,
    /// A bill is not in the balance.
    BillNotCounted,
    /// A bill that no longer holds still is.
    OldBillCounted,
    /// An adjustment is not in it.
    AdjustmentNotCounted,
    /// An adjustment is in it with the opposite sign.
    AdjustmentReversed,
}

impl CauseKind {
    fn label(self) -> Wording {
        let (en, es) = match self {
            Self::PaymentNotCounted => ("a payment that is not in the balance", "un pago que no está en el saldo"),
            Self::WaitingPaymentCounted => {
                ("a payment on its way that is already in the balance", "un pago en camino que ya está en el saldo")
            }
            Self::ReturnedPaymentCounted => {
                ("a returned payment that is still in the balance", "un pago devuelto que sigue en el saldo")
            }
            Self::BillNotCounted => ("a bill that is not in the balance", "una factura que no está en el saldo"),
            Self::OldBillCounted => (
                "a cancelled or replaced bill that is still in the balance",
                "una factura anulada o reemplazada que sigue en el saldo",
            ),
            Self::AdjustmentNotCounted => {
                ("an adjustment that is not in the balance", "un ajuste que no está en el saldo")
            }
            Self::AdjustmentReversed => (
                "an adjustment that is in the balance with the opposite sign",
                "un ajuste que está en el saldo con el signo contrario",
            ),
        };
        say(en, es)
    }
}

/// Compares the rows with the billing system's balance.
pub(super) fn reconcile(context: &AccountContext) -> Option<Finding<Reconciliation>> {
    let ledger = context.ledger.as_ref()?;
    if ledger.entries.is_empty() && ledger.balance.is_none() {
        return None;
    }
    let difference = ledger.difference();
    let first_on = ledger.first_on();
    let opened = context.account.opened_on;
    let earlier_rows_missing = first_on.is_some_and(|first| {
        opened.is_none_or(|opened| opened.saturating_add(jiff::Span::new().days(FIRST_BILL_DAYS)) < first)
    });
    let mut causes = match difference {
        Some(difference) if difference != Cents::ZERO => causes(context, difference),
        _ => Vec::new(),
    };
    let possible_causes = causes.len();
    let because = if possible_causes == 1 { causes.pop() } else { None };
    let since = difference.filter(|difference| *difference != Cents::ZERO).and_then(|_| {
        let by_row = because.as_ref().and_then(|cause| cause.on);
        let from_start = if earlier_rows_missing && possible_causes == 0 { first_on } else { None };
        ledger.first_stated_otherwise.or(by_row).or(from_start)
    });
    let waiting = |status: PaymentStatus| waiting(&context.payments, status);
    let value = Reconciliation {
        as_of: ledger.as_of,
        computed: ledger.computed,
        balance: ledger.balance,
        difference,
        since,
        because,
        possible_causes,
        earlier_rows_missing,
        first_on,
        recent: ledger.entries.iter().rev().take(RECENT).cloned().collect(),
        pending: waiting(PaymentStatus::Pending),
        pledged: waiting(PaymentStatus::Pledged),
        returned: waiting(PaymentStatus::Returned),
    };
    Some(Finding { sentence: sentence(&value), steps: steps(&value, ledger), sources: sources(context, ledger), value })
}

fn waiting(payments: &[Payment], status: PaymentStatus) -> Waiting {
    let mut found = Waiting::default();
    for payment in payments.iter().filter(|payment| payment.status == status) {
        found.amount += payment.amount;
        found.count += 1;
        found.on = found.on.max(payment.posted_on);
    }
    found
}

/// The rows of the last 24 months that would explain the difference, each by itself.
fn causes(context: &AccountContext, difference: Cents) -> Vec<Cause> {
    let mut found = Vec::new();
    let mut test = |kind, effect: Cents, amount: Cents, on, source: Source| {
        if effect == difference && amount != Cents::ZERO {
            found.push(Cause { kind, amount, on, source });
        }
    };
    for payment in &context.payments {
        let amount = payment.amount;
        let (kind, effect) = match payment.status {
            PaymentStatus::Posted => (CauseKind::PaymentNotCounted, amount),
            PaymentStatus::Pending | PaymentStatus::Pledged => (CauseKind::WaitingPaymentCounted, -amount),
            PaymentStatus::Returned => (CauseKind::ReturnedPaymentCounted, -amount),
        };
        test(kind, effect, amount, payment.posted_on, row("payments.csv", payment.payment_id.clone()));
    }
    let replaced = replaced(&context.bills);
    for bill in &context.bills {
        let source = row("bills.csv", bill.bill_id.clone());
        if bill.kind == BillKind::Cancelled || replaced.contains(bill.bill_id.as_str()) {
            test(CauseKind::OldBillCounted, bill.total, bill.total, Some(bill.issued_on), source);
        } else {
            let prior = context.ledger.as_ref().and_then(|ledger| ledger.prior(bill)).unwrap_or_default();
            let charge = bill.total - prior;
            test(CauseKind::BillNotCounted, -charge, charge, Some(bill.issued_on), source);
        }
    }
    for adjustment in &context.adjustments {
        let source = || row("adjustments.csv", adjustment.adjustment_id.clone());
        let amount = adjustment.amount;
        test(CauseKind::AdjustmentNotCounted, -amount, amount, adjustment.posted_on, source());
        test(CauseKind::AdjustmentReversed, -amount - amount, amount, adjustment.posted_on, source());
    }
    found
}

fn sentence(found: &Reconciliation) -> Wording {
    let (on, computed) = (dated(found.as_of), found.computed.dollars());
    let sum = say(
        format!("Up to {}, the bills, payments and adjustments on file add up to {computed}.", on.en),
        format!("Hasta el {}, las facturas, los pagos y los ajustes registrados suman {computed}.", on.es),
    );
    let (Some(balance), Some(difference)) = (found.balance, found.difference) else { return sum };
    let balance = balance.dollars();
    if difference == Cents::ZERO {
        let agrees = say(
            format!("That is the billing system's balance, {balance}."),
            format!("Ese es el saldo del sistema de facturación, {balance}."),
        );
        return sum.then(&agrees);
    }
    let (amount, more) = (magnitude(difference), difference.0 > 0);
    let (more_or_less, mas_o_menos) = if more { ("more", "más") } else { ("less", "menos") };
    let since = found.since.map(dated);
    let (when, desde) =
        since.map(|since| (format!(", since {}", since.en), format!(", desde el {}", since.es))).unwrap_or_default();
    sum.then(&say(
        format!("The billing system's balance is {balance}, {amount} {more_or_less}{when}."),
        format!("El saldo del sistema de facturación es {balance}, {amount} {mas_o_menos}{desde}."),
    ))
}

fn steps(found: &Reconciliation, ledger: &Ledger) -> Vec<Wording> {
    let sum = |kind: EntryKind| -> (String, usize) {
        let amounts = || ledger.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.amount);
        (amounts().sum::<Cents>().dollars(), amounts().count())
    };
    let ((bills, bill_count), (paid, paid_count), (adjusted, adjusted_count)) =
        (sum(EntryKind::Bill), sum(EntryKind::Payment), sum(EntryKind::Adjustment));
    let together = found.computed.dollars();
    let mut steps = vec![say(
        format!(
            "Bills that hold: {bill_count}, {bills}. Posted payments: {paid_count}, {paid}. Adjustments: \
             {adjusted_count}, {adjusted}. Together: {together}."
        ),
        format!(
            "Facturas vigentes: {bill_count}, {bills}. Pagos registrados: {paid_count}, {paid}. Ajustes: \
             {adjusted_count}, {adjusted}. En total: {together}."
        ),
    )];
    let waiting = found.pending.count + found.pledged.count + found.returned.count;
    if waiting > 0 {
        steps.push(say(
            format!("Payments that are pending, pledged or returned do not count: {waiting}."),
            format!("Los pagos pendientes, prometidos o devueltos no cuentan: {waiting}."),
        ));
    }
    if let Some(cause) = &found.because {
        let (label, amount) = (cause.kind.label(), cause.amount.dollars());
        let on = cause.on.map_or_else(|| say("an unknown day", "fecha desconocida"), dated);
        steps.push(say(
            format!("One row explains the difference: {} ({amount}, {}).", label.en, on.en),
            format!("Una sola fila explica la diferencia: {} ({amount}, {}).", label.es, on.es),
        ));
    } else if found.possible_causes > 1 {
        let count = found.possible_causes;
        steps.push(say(
            format!("{count} rows would each explain the difference by itself; which one, the rows do not show."),
            format!("{count} filas explicarían la diferencia por sí solas; las filas no muestran cuál."),
        ));
    } else if found.difference.is_some_and(|difference| difference != Cents::ZERO) && found.earlier_rows_missing {
        steps.push(say(
            "The account is older than its first row here; what was owed then is not in these rows.",
            "La cuenta es anterior a su primera fila aquí; lo que se debía entonces no está en estas filas.",
        ));
    }
    steps
}

fn sources(context: &AccountContext, ledger: &Ledger) -> Vec<Source> {
    let mut sources = vec![row("accounts.csv", context.account.account_number.last_four())];
    sources.extend(ledger.entries.iter().rev().map(|entry| entry.source.clone()));
    sources
}

impl EntryKind {
    /// What it is called.
    #[must_use]
    pub fn label(self) -> Wording {
        match self {
            Self::Bill => say("Bill", "Factura"),
            Self::Adjustment => say("Adjustment", "Ajuste"),
            Self::Payment => say("Payment", "Pago"),
        }
    }
}

impl Finding<Reconciliation> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let found = &self.value;
        let waiting = |waiting: Waiting| {
            if waiting.count == 0 {
                return Value::Null;
            }
            Facts::new(language)
                .amount("amount", Some(waiting.amount))
                .count("count", waiting.count)
                .date("on", waiting.on)
                .done()
        };
        let entry = |entry: &LedgerEntry| {
            Facts::new(language)
                .date("on", entry.on)
                .with("kind", json!(entry.kind))
                .wording("label", Some(&entry.kind.label()))
                .text("amount", magnitude(entry.amount))
                .flag("charge", entry.amount.0 > 0)
                .flag("credit", entry.amount.0 < 0)
                .amount("balance", Some(entry.balance))
                .done()
        };
        let cause = |cause: &Cause| {
            Facts::new(language)
                .with("kind", json!(cause.kind))
                .wording("label", Some(&cause.kind.label()))
                .text("amount", magnitude(cause.amount))
                .date("on", cause.on)
                .done()
        };
        let difference = found.difference;
        let facts = Facts::new(language)
            .date("as_of", Some(found.as_of))
            .amount("computed", Some(found.computed))
            .amount("balance", found.balance)
            .flag("agrees", difference == Some(Cents::ZERO))
            .with("difference", json!(difference.map(magnitude)))
            .flag("more", difference.is_some_and(|difference| difference.0 > 0))
            .flag("less", difference.is_some_and(|difference| difference.0 < 0))
            .date("since", found.since)
            .with("because", found.because.as_ref().map_or(Value::Null, cause))
            .flag("earlier_rows_missing", found.earlier_rows_missing)
            .date("first_on", found.first_on)
            .with("recent", found.recent.iter().map(entry).collect())
            .with("pending", waiting(found.pending))
            .with("pledged", waiting(found.pledged))
            .with("returned", waiting(found.returned));
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::context;
    use crate::accounts::context::AccountRows;
    use crate::accounts::findings::samples::{bill, day, home, payment};

    fn reconciled(rows: &AccountRows) -> Finding<Reconciliation> {
        reconcile(&context(rows, day("2026-05-01"))).expect("there are rows")
    }

    fn two_bills(balance: i64) -> AccountRows {
        let mut rows = home(balance);
        rows.account.opened_on = Some(day("2026-02-01"));
        rows.bills = vec![bill("b1", "2026-03-04").with_total(5000), bill("b2", "2026-04-04").with_total(7000)];
        rows.payments = vec![payment("p1", "2026-03-20", 4000, PaymentStatus::Posted)];
        rows
    }

    #[test]
    fn a_balance_that_the_rows_explain_agrees() {
        let found = reconciled(&two_bills(8000));
        assert_eq!(found.value.difference, Some(Cents::ZERO));
        assert!(found.sentence.en.ends_with("That is the billing system's balance, $80.00."), "{}", found.sentence.en);
    }

    #[test]
    fn a_payment_that_billing_does_not_count_is_named_with_its_day() {
        let found = reconciled(&two_bills(12_000));
        assert_eq!(found.value.since, Some(day("2026-03-20")));
        assert_eq!(found.value.because.as_ref().map(|cause| cause.kind), Some(CauseKind::PaymentNotCounted));
        assert!(found.sentence.en.ends_with("$120.00, $40.00 more, since March 20, 2026."), "{}", found.sentence.en);
    }

    #[test]
    fn rows_that_each_explain_it_are_not_chosen_from() {
        let mut rows = two_bills(4000);
        rows.payments.push(payment("p2", "2026-04-20", 4000, PaymentStatus::Posted));
        rows.account.balance = Some(Cents(8000));
        let found = reconciled(&rows).value;
        assert_eq!((found.because, found.possible_causes, found.since), (None, 2, None));
    }

    #[test]
    fn what_was_owed_before_the_first_row_is_said_to_be_missing() {
        let mut rows = two_bills(8123);
        rows.account.opened_on = Some(day("2020-01-01"));
        let found = reconciled(&rows).value;
        assert!(found.earlier_rows_missing);
        assert_eq!(found.since, Some(day("2026-03-04")));
    }
}
