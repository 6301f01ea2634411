//! What an account's rows show: the sums that a trainee would otherwise do by hand, each with
//! its steps, its sources and a sentence in English and Spanish.
//!
//! Every finding is a pure function of rows, policy table and day, in whole numbers.

pub mod agreement;
mod arithmetic;
pub mod assistance;
mod bills;
pub mod change;
pub mod check;
pub mod duplicates;
mod items;
pub mod leak;
pub mod ledger;
pub mod protection;
pub mod reconcile;
pub mod runs;
#[cfg(test)]
mod samples;
pub mod shutoff;
pub mod tariff;
pub mod usage;
pub mod wording;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};

use super::context::AccountContext;
use super::rows::{Bill, ReadType};
use crate::letter::Language;
use crate::policy::Policy;
use agreement::AgreementOffer;
use assistance::AssistanceStanding;
use change::BillChange;
use duplicates::{CorrectedBills, DuplicateBills};
use leak::LeakAdjustment;
use reconcile::Reconciliation;
use runs::{CatchUp, MeterExchange, Run};
use shutoff::Shutoff;
use tariff::TariffCheck;
use usage::UsageFinding;
use wording::{Finding, Rules, Source, Wording};

/// Everything that an account's rows show. What they do not show is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is documented where it is worked out")]
pub struct AccountFindings {
    pub bill_change: Option<Finding<BillChange>>,
    pub usage: Option<Finding<UsageFinding>>,
    pub estimated_run: Option<Finding<Run>>,
    pub zero_run: Option<Finding<Run>>,
    pub catch_up: Option<Finding<CatchUp>>,
    pub meter_exchange: Option<Finding<MeterExchange>>,
    pub duplicate_bills: Option<Finding<DuplicateBills>>,
    pub corrected_bills: Option<Finding<CorrectedBills>>,
    pub ledger: Option<Finding<Reconciliation>>,
    pub agreement: Finding<AgreementOffer>,
    pub shutoff: Finding<Shutoff>,
    pub assistance: Option<Finding<AssistanceStanding>>,
    pub leak: Finding<LeakAdjustment>,
    pub tariff: Option<Finding<TariffCheck>>,
}

/// One finding as people read it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its name.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it says.
    pub sentence: &'a Wording,
    /// How it was worked out.
    pub steps: &'a [Wording],
    /// What it rests on.
    pub sources: &'a [Source],
}

/// Works out everything that an account's rows show on a day.
#[must_use]
pub fn findings(context: &AccountContext, policy: &Policy, today: Date) -> AccountFindings {
    let rules = || Rules::new(policy, today);
    let (bills, reads) = (context.bills.as_slice(), context.reads.as_slice());
    let newest = bills::standing(bills).into_iter().next();
    AccountFindings {
        bill_change: newest.and_then(|newest| explained(context, newest, rules())),
        usage: usage::usage(bills),
        estimated_run: runs::run(bills, reads, ReadType::Estimated),
        zero_run: runs::run(bills, reads, ReadType::Zero),
        catch_up: runs::catch_up(bills),
        meter_exchange: runs::meter_exchange(reads),
        duplicate_bills: duplicates::duplicate_bills(bills),
        corrected_bills: duplicates::corrected_bills(bills),
        ledger: reconcile::reconcile(context),
        agreement: agreement::agreement(context, rules()),
        shutoff: shutoff::shutoff(context, today, rules()),
        assistance: assistance::assistance(context, today, rules()),
        leak: leak::leak(context, today, rules()),
        tariff: newest.and_then(|newest| tariff::tariff_check(newest, policy)),
    }
}

/// The newest bill beside the one whose period comes before its own.
fn explained(context: &AccountContext, newest: &Bill, rules: Rules<'_>) -> Option<Finding<BillChange>> {
    let before = |bill: &Bill| match (bill.period_start, bill.period_end, newest.period_start, newest.period_end) {
        (Some(start), Some(end), Some(new_start), Some(new_end)) => start < new_start && end < new_end,
        _ => bill.issued_on < newest.issued_on,
    };
    let ordered = bills::by_period(&context.bills);
    let older = ordered.into_iter().rev().find(|bill| bill.bill_id != newest.bill_id && before(bill))?;
    let prior = |bill: &Bill| context.ledger.as_ref().and_then(|ledger| ledger.prior(bill));
    change::bill_change(newest, older, (prior(newest), prior(older)), rules)
}

impl AccountFindings {
    /// The findings as templates see them under `account.findings`.
    #[must_use]
    pub fn facts(&self, language: Language) -> Value {
        let mut facts = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                facts.insert(name.to_owned(), value);
            }
        };
        set("bill_change", self.bill_change.as_ref().map(|finding| finding.printed(language)));
        set("usage", self.usage.as_ref().map(|finding| finding.printed(language)));
        set("estimated_run", self.estimated_run.as_ref().map(|finding| finding.printed(language)));
        set("zero_run", self.zero_run.as_ref().map(|finding| finding.printed(language)));
        set("catch_up", self.catch_up.as_ref().map(|finding| finding.printed(language)));
        set("meter_exchange", self.meter_exchange.as_ref().map(|finding| finding.printed(language)));
        set("duplicate_bills", self.duplicate_bills.as_ref().map(|finding| finding.printed(language)));
        set("corrected_bills", self.corrected_bills.as_ref().map(|finding| finding.printed(language)));
        set("ledger", self.ledger.as_ref().map(|finding| finding.printed(language)));
        set("agreement", Some(self.agreement.printed(language)));
        set("shutoff", Some(self.shutoff.printed(language)));
        set("assistance", self.assistance.as_ref().map(|finding| finding.printed(language)));
        set("leak", self.leak.printed(language));
        set("tariff", self.tariff.as_ref().map(|finding| finding.printed(language)));
        Value::Object(facts)
    }

    /// Every finding that is there, in the order in which people ask.
    #[must_use]
    pub fn told(&self) -> Vec<Told<'_>> {
        fn of<'a, T>(name: &'static str, title: &'static str, finding: &'a Finding<T>) -> Told<'a> {
            Told { name, title, sentence: &finding.sentence, steps: &finding.steps, sources: &finding.sources }
        }
        let mut told = Vec::new();
        told.extend(self.bill_change.as_ref().map(|it| of("bill_change", "Why the bill changed", it)));
        told.extend(self.usage.as_ref().map(|it| of("usage", "Use of water", it)));
        told.extend(self.estimated_run.as_ref().map(|it| of("estimated_run", "Estimated bills", it)));
        told.extend(self.zero_run.as_ref().map(|it| of("zero_run", "Bills without use", it)));
        told.extend(self.catch_up.as_ref().map(|it| of("catch_up", "Catch-up bill", it)));
        told.extend(self.meter_exchange.as_ref().map(|it| of("meter_exchange", "Meter exchange", it)));
        told.extend(self.duplicate_bills.as_ref().map(|it| of("duplicate_bills", "Bills for the same days", it)));
        told.extend(self.corrected_bills.as_ref().map(|it| of("corrected_bills", "Corrected bills", it)));
        told.extend(self.ledger.as_ref().map(|it| of("ledger", "Balance", it)));
        told.push(of("agreement", "Payment agreement", &self.agreement));
        told.push(of("shutoff", "Shutoff", &self.shutoff));
        told.extend(self.assistance.as_ref().map(|it| of("assistance", "Assistance", it)));
        told.push(of("leak", "Leak adjustment", &self.leak));
        told.extend(self.tariff.as_ref().map(|it| of("tariff", "Rate table", it)));
        told
    }
}
