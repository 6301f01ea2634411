//! A payment agreement by the policy table's terms, or why none can be offered.

use serde::Serialize;
use serde_json::Value;

use super::arithmetic::{is_plausible, narrowed};
use super::wording::{Facts, Finding, Rules, Wording, row, say};
use crate::accounts::context::AccountContext;
use crate::accounts::rows::{Agreement, AgreementStatus, CustomerType, ServiceClass};
use crate::letter::Language;
use crate::money::Cents;

/// What can be offered, or why nothing can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementOffer {
    /// The terms, when an agreement can be offered.
    pub terms: Option<Terms>,
    /// Why none can.
    pub refusal: Option<Refusal>,
    /// The agreement that runs.
    pub running: Option<Agreement>,
    /// How many agreements there were on the same debt.
    pub used: i64,
    /// How many there may be.
    pub limit: Option<i64>,
    /// Whether the terms are those of businesses.
    pub commercial: bool,
}

/// Why no agreement can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// One runs already.
    Running,
    /// There were as many on this debt as there may be.
    LimitReached,
    /// Nothing is owed.
    NothingOwed,
    /// What is owed is not known.
    BalanceUnknown,
    /// The policy table has no terms for today.
    TermsUnknown,
    /// The tenant is not the customer and does not owe the landlord's balance.
    NotCustomer,
}

/// The terms of an agreement, and its plan for each number of months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// What is owed.
    pub debt: Cents,
    /// The share that is due at once, in hundredths of a percent.
    pub down_hundredths: i64,
    /// That share of the debt.
    pub down_payment: Cents,
    /// What remains for the instalments.
    pub rest: Cents,
    /// One plan for each number of months, the shortest first.
    pub plans: Vec<Plan>,
}

/// The instalments over a number of months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Over how many months.
    pub months: i64,
    /// Each instalment but the last.
    pub installment: Cents,
    /// The last instalment, which takes up the cents.
    pub last_installment: Cents,
}

impl Plan {
    /// Shares a rest over months: each instalment is rounded down to the cent, and the last takes
    /// up what that leaves. Nothing when an instalment would be less than a cent.
    #[must_use]
    pub fn over(rest: Cents, months: i64) -> Option<Self> {
        if months <= 0 || rest.0 < months {
            return None;
        }
        let installment = Cents(rest.0 / months);
        Some(Self { months, installment, last_installment: Cents(rest.0 - installment.0 * (months - 1)) })
    }

    /// All instalments together.
    #[must_use]
    pub const fn sum(self) -> Cents {
        Cents(self.installment.0 * (self.months - 1) + self.last_installment.0)
    }
}

/// The terms for a debt: the down payment is rounded up to the cent, so that the rest is never
/// more than the table allows.
#[must_use]
pub fn terms(debt: Cents, down_hundredths: i64, months: (i64, i64)) -> Option<Terms> {
    let sound = (0..=10_000).contains(&down_hundredths) && 0 < months.0 && months.0 <= months.1 && months.1 <= 600;
    if debt <= Cents::ZERO || !is_plausible(debt.0) || !sound {
        return None;
    }
    let down_payment = Cents(narrowed((i128::from(debt.0) * i128::from(down_hundredths) + 9_999) / 10_000));
    let rest = debt - down_payment;
    let plans: Vec<Plan> = (months.0..=months.1).filter_map(|months| Plan::over(rest, months)).collect();
    if plans.is_empty() { None } else { Some(Terms { debt, down_hundredths, down_payment, rest, plans }) }
}

/// What can be offered on this account today.
pub(super) fn agreement(context: &AccountContext, mut rules: Rules<'_>) -> Finding<AgreementOffer> {
    let commercial = context.account.service_class == Some(ServiceClass::Commercial);
    let kind = if commercial { "commercial" } else { "residential" };
    let limit = rules.number("agreement.same_debt_limit");
    let same_debt = same_debt(context);
    let used = i64::try_from(same_debt.len()).unwrap_or(i64::MAX);
    let mut number = |name: &str| rules.number(&format!("agreement.{kind}.{name}"));
    let found = (number("down_payment"), number("months_low"), number("months_high"));
    let offered = match (context.account.balance, limit, found) {
        _ if context.account.customer_type == Some(CustomerType::UstraTenant) => Err(Refusal::NotCustomer),
        _ if context.agreement.is_some() => Err(Refusal::Running),
        (None, _, _) => Err(Refusal::BalanceUnknown),
        (Some(balance), _, _) if balance <= Cents::ZERO => Err(Refusal::NothingOwed),
        (Some(_), Some(limit), _) if used >= limit => Err(Refusal::LimitReached),
        (Some(balance), Some(_), (Some(down), Some(low), Some(high))) => {
            terms(balance, down, (low, high)).ok_or(Refusal::TermsUnknown)
        }
        (Some(_), _, _) => Err(Refusal::TermsUnknown),
    };
    let mut sources = vec![row("accounts.csv", context.account.account_number.last_four())];
    sources.extend(same_debt.iter().map(|agreement| row("agreements.csv", agreement.agreement_id.clone())));
    let percent = rules.printed(&format!("agreement.{kind}.down_payment"));
    sources.extend(rules.sources());
    let value = AgreementOffer {
        refusal: offered.as_ref().err().copied(),
        terms: offered.ok(),
        running: context.agreement.clone(),
        used,
        limit,
        commercial,
    };
    Finding { sentence: sentence(&value), steps: steps(&value, percent.as_ref()), sources, value }
}

/// The agreements on what is owed now: those broken or running that were signed since the rows
/// last left nothing owed. Where the rows do not explain the balance, every one counts.
fn same_debt(context: &AccountContext) -> Vec<&Agreement> {
    let explained = context.ledger.as_ref().filter(|ledger| ledger.difference() == Some(Cents::ZERO));
    let since = explained.and_then(super::ledger::Ledger::owed_since);
    context
        .agreements
        .iter()
        .filter(|agreement| agreement.status != AgreementStatus::Kept)
        .filter(|agreement| match (agreement.signed_on, since) {
            (Some(signed), Some(since)) => signed >= since,
            (None, _) | (_, None) => true,
        })
        .collect()
}

fn sentence(offer: &AgreementOffer) -> Wording {
    if let Some(terms) = &offer.terms {
        let [first, .., last] = terms.plans.as_slice() else {
            return match terms.plans.first() {
                Some(plan) => plan_words(*plan),
                None => say("", ""),
            };
        };
        let (debt, down) = (terms.debt.dollars(), terms.down_payment.dollars());
        let (short, long) = (first.installment.dollars(), last.installment.dollars());
        let (fewest, most) = (first.months, last.months);
        return say(
            format!(
                "For the unpaid {debt}, an agreement would begin with a down payment of {down}. The rest can be paid \
                 over {fewest} months, {short} a month, up to {most} months, {long} a month."
            ),
            format!(
                "Para los {debt} sin pagar, un plan de pagos comenzaría con un pago inicial de {down}. El resto se \
                 puede pagar en {fewest} meses, {short} al mes, y hasta en {most} meses, {long} al mes."
            ),
        );
    }
    match offer.refusal {
        Some(Refusal::Running) => say(
            "A payment agreement is in force on this account; another cannot be added to it.",
            "Hay un plan de pagos vigente en esta cuenta; no se puede agregar otro.",
        ),
        Some(Refusal::LimitReached) => {
            let limit = offer.limit.unwrap_or(offer.used);
            say(
                format!("There were {} agreements on this unpaid amount. At most {limit} can be made.", offer.used),
                format!("Ya hubo {} planes de pagos por esta deuda. Se pueden hacer {limit} como máximo.", offer.used),
            )
        }
        Some(Refusal::NothingOwed) => say("Nothing is owed on this account.", "No se debe nada en esta cuenta."),
        Some(Refusal::NotCustomer) => say(
            "The tenant is not the customer of this account and does not owe its balance.",
            "El inquilino no es el cliente de esta cuenta y no debe su saldo.",
        ),
        Some(Refusal::BalanceUnknown) => {
            say("What is owed on this account is not known here.", "Aquí no se conoce lo que se debe en esta cuenta.")
        }
        Some(Refusal::TermsUnknown) | None => say(
            "The terms of an agreement on this amount are not known here.",
            "Aquí no se conocen las condiciones de un plan de pagos por esta cantidad.",
        ),
    }
}

fn plan_words(plan: Plan) -> Wording {
    let (each, last, months) = (plan.installment.dollars(), plan.last_installment.dollars(), plan.months);
    if plan.installment == plan.last_installment {
        return say(format!("{months} months: {each} each."), format!("{months} meses: {each} cada uno."));
    }
    let before = months - 1;
    say(
        format!("{months} months: {before} instalments of {each}, and a last one of {last}."),
        format!("{months} meses: {before} cuotas de {each} y una última de {last}."),
    )
}

fn steps(offer: &AgreementOffer, percent: Option<&Wording>) -> Vec<Wording> {
    let mut steps = Vec::new();
    if let Some(limit) = offer.limit {
        steps.push(say(
            format!("Agreements on the same debt: {} of at most {limit}.", offer.used),
            format!("Planes de pagos por la misma deuda: {} de un máximo de {limit}.", offer.used),
        ));
    }
    let (Some(terms), Some(percent)) = (&offer.terms, percent) else { return steps };
    let (debt, down, rest) = (terms.debt.dollars(), terms.down_payment.dollars(), terms.rest.dollars());
    steps.push(say(
        format!("Down payment: {} of {debt}, rounded up to the cent, is {down}; {rest} remain.", percent.en),
        format!(
            "Pago inicial: {} de {debt}, redondeado hacia arriba al centavo, es {down}; quedan {rest}.",
            percent.es
        ),
    ));
    steps.push(say(
        "Each instalment is rounded down to the cent; the last takes up the cents, so that the total is exact.",
        "Cada cuota se redondea hacia abajo al centavo; la última absorbe los centavos, para que el total sea exacto.",
    ));
    steps.extend(terms.plans.iter().map(|plan| plan_words(*plan)));
    steps
}

impl Finding<AgreementOffer> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let offer = &self.value;
        let mut facts = Facts::new(language)
            .flag("offered", offer.terms.is_some())
            .number("used", Some(offer.used))
            .number("limit", offer.limit)
            .flag("second", offer.limit.is_some_and(|limit| offer.used > 0 && offer.used + 1 == limit))
            .flag("commercial", offer.commercial);
        if let Some(terms) = &offer.terms {
            let plan = |plan: &Plan| {
                Facts::new(language)
                    .number("months", Some(plan.months))
                    .amount("installment", Some(plan.installment))
                    .amount("last_installment", Some(plan.last_installment))
                    .flag("even", plan.installment == plan.last_installment)
                    .amount("total", Some(terms.down_payment + plan.sum()))
                    .done()
            };
            facts = facts
                .amount("debt", Some(terms.debt))
                .text("down_percent", crate::policy::percent(terms.down_hundredths))
                .amount("down_payment", Some(terms.down_payment))
                .amount("rest", Some(terms.rest))
                .with("plans", terms.plans.iter().map(plan).collect())
                .with("shortest", terms.plans.first().map_or(Value::Null, plan))
                .with("longest", terms.plans.last().map_or(Value::Null, plan));
        }
        if let Some(refusal) = offer.refusal {
            let name = serde_json::to_value(refusal).unwrap_or_default();
            let name = name.as_str().unwrap_or_default();
            facts = facts.with("not_offered", Facts::new(language).flag(name, true).done());
        }
        if let Some(running) = &offer.running {
            let running = Facts::new(language)
                .date("signed_on", running.signed_on)
                .amount("installment", running.installment)
                .number("months", running.months)
                .amount("debt", running.debt)
                .done();
            facts = facts.with("running", running);
        }
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::context;
    use crate::accounts::context::AccountRows;
    use crate::accounts::findings::samples::{agreement as signed, bill, day, home, payment, policy};
    use crate::accounts::rows::PaymentStatus;
    use proptest::prelude::*;

    fn offered(rows: &AccountRows) -> AgreementOffer {
        let policy = policy();
        agreement(&context(rows, day("2026-05-01")), Rules::new(&policy, day("2026-05-01"))).value
    }

    #[test]
    fn a_home_pays_a_quarter_down_and_the_rest_over_six_to_twelve_months() {
        let terms = offered(&home(124_050)).terms.expect("it can be offered");
        assert_eq!((terms.down_payment, terms.rest), (Cents(31_013), Cents(93_037)));
        assert_eq!(terms.plans.iter().map(|plan| plan.months).collect::<Vec<_>>(), [6, 7, 8, 9, 10, 11, 12]);
        assert_eq!((terms.plans[0].installment, terms.plans[0].last_installment), (Cents(15_506), Cents(15_507)));
    }

    #[test]
    fn a_business_pays_half_down_and_the_rest_over_three_to_six_months() {
        let mut rows = home(400_000);
        rows.account.service_class = Some(ServiceClass::Commercial);
        let terms = offered(&rows).terms.expect("it can be offered");
        assert_eq!(terms.down_payment, Cents(200_000));
        assert_eq!((terms.plans[0].months, terms.plans.last().map(|plan| plan.months)), (3, Some(6)));
    }

    #[test]
    fn no_third_agreement_is_offered_on_the_same_debt() {
        let mut rows = home(124_050);
        rows.agreements = vec![
            signed("g1", "2025-01-05", AgreementStatus::Broken),
            signed("g2", "2025-09-05", AgreementStatus::Broken),
        ];
        assert_eq!(offered(&rows).refusal, Some(Refusal::LimitReached));
        rows.agreements.pop();
        let offer = offered(&rows);
        assert!(offer.terms.is_some() && offer.used == 1);
    }

    #[test]
    fn agreements_on_a_debt_that_was_paid_do_not_count() {
        let mut rows = home(7000);
        rows.bills = vec![bill("b1", "2025-03-04").with_total(5000), bill("b2", "2026-04-04").with_total(7000)];
        rows.payments = vec![payment("p1", "2025-06-20", 5000, PaymentStatus::Posted)];
        rows.agreements = vec![
            signed("g1", "2025-04-05", AgreementStatus::Broken),
            signed("g2", "2025-05-05", AgreementStatus::Broken),
        ];
        assert_eq!(offered(&rows).used, 0);
        rows.account.balance = Some(Cents(7001));
        assert_eq!(offered(&rows).refusal, Some(Refusal::LimitReached), "rows that do not explain it prove nothing");
    }

    #[test]
    fn nothing_is_offered_where_the_rules_forbid_it() {
        assert_eq!(offered(&home(0)).refusal, Some(Refusal::NothingOwed));
        let mut rows = home(5000);
        rows.agreements = vec![signed("g1", "2026-01-05", AgreementStatus::Active)];
        assert_eq!(offered(&rows).refusal, Some(Refusal::Running));
        rows.account.customer_type = Some(CustomerType::UstraTenant);
        assert_eq!(offered(&rows).refusal, Some(Refusal::NotCustomer));
        let empty = crate::policy::Policy::default();
        let day = day("2026-05-01");
        let offer = agreement(&context(&home(5000), day), Rules::new(&empty, day)).value;
        assert_eq!(offer.refusal, Some(Refusal::TermsUnknown));
    }

    proptest! {
        #[test]
        fn down_payment_and_instalments_are_the_debt_to_the_cent(
            debt in 1..100_000_000_i64, down in 0..=10_000_i64, low in 1..40_i64, more in 0..40_i64,
        ) {
            let Some(terms) = terms(Cents(debt), down, (low, low + more)) else { return Ok(()) };
            for plan in &terms.plans {
                prop_assert_eq!(terms.down_payment + plan.sum(), Cents(debt));
                prop_assert!(plan.installment.0 > 0 && plan.last_installment >= plan.installment);
                prop_assert!(plan.last_installment.0 - plan.installment.0 < plan.months);
            }
        }
    }
}
