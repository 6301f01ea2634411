//! The facts column of a case: what the account's rows show, sentence by sentence, with the
//! steps and sources folded beneath, and the usage of two years as a chart.

use jiff::civil::Date;

use super::usage_chart::{UsageChart, usage_chart};
use crate::accounts::findings::agreement::Terms;
use crate::accounts::{AccountContext, findings};
use crate::policy::Policy;

/// What the column shows.
pub(super) struct FindingPanel {
    pub(super) findings: Vec<FindingView>,
    pub(super) plans: Option<PlanTable>,
    pub(super) chart: Option<UsageChart>,
}

/// One finding.
pub(super) struct FindingView {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) sentence: String,
    pub(super) spanish: String,
    pub(super) steps: Vec<String>,
    pub(super) sources: Vec<String>,
}

/// What an agreement would be, for each number of months.
pub(super) struct PlanTable {
    pub(super) debt: String,
    pub(super) down_payment: String,
    pub(super) plans: Vec<PlanView>,
}

/// One plan of the table.
pub(super) struct PlanView {
    pub(super) months: i64,
    pub(super) installment: String,
    pub(super) last: String,
}

/// The column of an account on a day.
pub(super) fn finding_panel(context: &AccountContext, policy: &Policy, today: Date) -> FindingPanel {
    let found = findings(context, policy, today);
    let view = |told: crate::accounts::findings::Told<'_>| FindingView {
        name: told.name,
        title: told.title,
        sentence: told.sentence.en.clone(),
        spanish: told.sentence.es.clone(),
        steps: told.steps.iter().map(|step| step.en.clone()).collect(),
        sources: told.sources.iter().map(ToString::to_string).collect(),
    };
    FindingPanel {
        findings: found.told().into_iter().map(view).collect(),
        plans: found.agreement.value.terms.as_ref().map(plan_table),
        chart: usage_chart(&context.bills),
    }
}

fn plan_table(terms: &Terms) -> PlanTable {
    PlanTable {
        debt: terms.debt.dollars(),
        down_payment: terms.down_payment.dollars(),
        plans: terms
            .plans
            .iter()
            .map(|plan| PlanView {
                months: plan.months,
                installment: plan.installment.dollars(),
                last: plan.last_installment.dollars(),
            })
            .collect(),
    }
}
