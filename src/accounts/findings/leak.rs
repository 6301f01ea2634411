//! The worksheet of a leak adjustment. Its rule is data: it works once every part of the policy
//! stands in the table, and says what is missing until then. Its sums are for the supervisor who
//! decides; no letter promises them.

use jiff::Span as TimeSpan;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::arithmetic::{is_plausible, narrowed, rounded};
use super::bills::{by_period, is_read, source};
use super::protection::days_after;
use super::usage::{Span, spans};
use super::wording::{Facts, Finding, Rules, Wording, dated, say};
use crate::accounts::context::{AccountContext, days};
use crate::letter::Language;
use crate::money::{Cents, CubicFeet};

/// The parts of the rule, as the policy table names them.
const PARTS: [&str; 6] =
    ["leak.baseline_months", "leak.trigger", "leak.share", "leak.cap", "leak.window_days", "leak.proof"];

/// The worksheet, or what it lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeakAdjustment {
    /// The parts of the policy that are not in the table.
    pub missing: Vec<&'static str>,
    /// What the customer must send.
    pub proof: Option<Wording>,
    /// Within how many days after the bill.
    pub window_days: Option<i64>,
    /// The sums, when the policy is entered and the newest bill rests on a reading.
    pub worksheet: Option<Worksheet>,
}

/// The sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Worksheet {
    /// The bill.
    pub bill_id: String,
    /// The median use before, in thousandths of a cubic foot a day.
    pub baseline_thousandths: i64,
    /// What the baseline comes to in the bill's days.
    pub usual: CubicFeet,
    /// The use above it.
    pub excess: CubicFeet,
    /// Whether that is enough.
    pub triggered: bool,
    /// What the use above cost in water and sewer.
    pub excess_charge: Cents,
    /// What could be credited at most.
    pub credit: Cents,
    /// The last day to ask.
    pub ask_by: Date,
    /// Whether that day has not passed.
    pub in_time: bool,
}

/// The rule, when it is whole.
struct Rule {
    baseline_months: i64,
    trigger: i64,
    share: i64,
    cap: Cents,
    window_days: i64,
}

/// The worksheet for the newest bill.
pub(super) fn leak(context: &AccountContext, today: Date, mut rules: Rules<'_>) -> Finding<LeakAdjustment> {
    let missing: Vec<&'static str> = PARTS.into_iter().filter(|part| rules.printed(part).is_none()).collect();
    let proof = rules.printed("leak.proof");
    let rule = rule(&mut rules);
    let ordered = by_period(&context.bills);
    let mut sources: Vec<_> = ordered.iter().rev().map(|bill| source(bill)).collect();
    let sheet = match &rule {
        Some(rule) if missing.is_empty() => worksheet(&ordered, rule, today),
        Some(_) | None => None,
    };
    if sheet.is_none() {
        sources.clear();
    }
    let value =
        LeakAdjustment { window_days: rule.as_ref().map(|rule| rule.window_days), proof, worksheet: sheet, missing };
    sources.extend(rules.sources());
    Finding { sentence: sentence(&value), steps: steps(&value), sources, value }
}

fn rule(rules: &mut Rules<'_>) -> Option<Rule> {
    Some(Rule {
        baseline_months: rules.number("leak.baseline_months")?,
        trigger: rules.number("leak.trigger")?,
        share: rules.number("leak.share")?,
        cap: Cents(rules.number("leak.cap")?),
        window_days: rules.number("leak.window_days")?,
    })
}

fn worksheet(ordered: &[&crate::accounts::rows::Bill], rule: &Rule, today: Date) -> Option<Worksheet> {
    let (newest, earlier) = ordered.split_last()?;
    let (usage, period_days, start) = (newest.usage_cf?, days(newest)?, newest.period_start?);
    let volume = newest.water.unwrap_or_default() + newest.sewer.unwrap_or_default();
    if !is_read(newest) || usage.0 <= 0 || !is_plausible(usage.0) || !is_plausible(volume.0) {
        return None;
    }
    let months = i32::try_from(rule.baseline_months.clamp(1, 60)).ok()?;
    let since = start.saturating_sub(TimeSpan::new().months(months));
    let baseline = baseline(&spans(earlier), since)?;
    let usual = narrowed(rounded(i128::from(baseline) * i128::from(period_days), 1000));
    let excess = (usage.0 - usual).max(0);
    // 10,000 hundredths of a percent are the whole.
    let enough = i128::from(usage.0) * 10_000 >= i128::from(usual) * i128::from(10_000 + rule.trigger);
    let excess_charge = narrowed(rounded(i128::from(volume.0) * i128::from(excess), i128::from(usage.0)));
    let share = narrowed(i128::from(excess_charge) * i128::from(rule.share) / 10_000);
    let ask_by = days_after(newest.issued_on, rule.window_days);
    Some(Worksheet {
        bill_id: newest.bill_id.clone(),
        baseline_thousandths: baseline,
        usual: CubicFeet(usual),
        excess: CubicFeet(excess),
        triggered: enough && excess > 0,
        excess_charge: Cents(excess_charge),
        credit: if enough && excess > 0 { Cents(share.clamp(0, rule.cap.0.max(0))) } else { Cents::ZERO },
        in_time: today <= ask_by,
        ask_by,
    })
}

/// The median use a day of the measured bills since a day.
fn baseline(spans: &[Span], since: Date) -> Option<i64> {
    let measured = spans.iter().filter(|span| !span.estimated && !span.zero && span.from >= since);
    let mut rates: Vec<i64> =
        measured.flat_map(|span| std::iter::repeat_n(span.thousandths_a_day(), span.bills.len())).collect();
    rates.sort_unstable();
    let (low, high) = (*rates.get(rates.len().checked_sub(1)? / 2)?, *rates.get(rates.len() / 2)?);
    Some(narrowed(rounded(i128::from(low) + i128::from(high), 2)))
}

fn sentence(found: &LeakAdjustment) -> Wording {
    if !found.missing.is_empty() {
        return say(
            "No leak adjustment policy is entered; the worksheet is off.",
            "No se ha registrado ninguna política de ajuste por fugas; la hoja de cálculo está desactivada.",
        );
    }
    let Some(sheet) = &found.worksheet else {
        return say(
            "The newest bill has no reading to work a leak adjustment out from.",
            "La factura más reciente no tiene lectura para calcular un ajuste por fuga.",
        );
    };
    if !sheet.triggered {
        return say(
            "The newest bill's use is not far enough above the usual for a leak adjustment.",
            "El uso de la factura más reciente no supera lo suficiente el uso habitual para un ajuste por fuga.",
        );
    }
    let (credit, by) = (sheet.credit.dollars(), dated(sheet.ask_by));
    say(
        format!("By the policy, at most {credit} could be credited if it is asked for by {} and approved.", by.en),
        format!(
            "Según la política, se podrían acreditar {credit} como máximo si se pide antes del {} y se aprueba.",
            by.es
        ),
    )
}

fn steps(found: &LeakAdjustment) -> Vec<Wording> {
    let mut steps: Vec<Wording> = found
        .missing
        .iter()
        .map(|part| {
            say(format!("Not in the policy table: {part}."), format!("No está en la tabla de políticas: {part}."))
        })
        .collect();
    let Some(sheet) = &found.worksheet else { return steps };
    let each = super::usage::a_day(sheet.baseline_thousandths);
    let (usual, excess) = (sheet.usual.grouped(), sheet.excess.grouped());
    let (charge, credit) = (sheet.excess_charge.dollars(), sheet.credit.dollars());
    steps.push(say(
        format!("Usual use: {each} cubic feet a day, {usual} in the bill's days."),
        format!("Uso habitual: {each} pies cúbicos por día, {usual} en los días de la factura."),
    ));
    steps.push(say(
        format!("Above it: {excess} cubic feet, which cost {charge} in water and sewer."),
        format!("Por encima: {excess} pies cúbicos, que costaron {charge} en agua y alcantarillado."),
    ));
    steps.push(say(
        format!("The policy's share, rounded down to the cent and within its cap: {credit}."),
        format!("La parte según la política, redondeada hacia abajo al centavo y dentro del tope: {credit}."),
    ));
    steps
}

impl Finding<LeakAdjustment> {
    /// What a letter may say of it: what to send and when, never a sum.
    pub(super) fn printed(&self, language: Language) -> Option<Value> {
        let found = &self.value;
        let (true, Some(proof)) = (found.missing.is_empty(), &found.proof) else { return None };
        let facts = Facts::new(language)
            .wording("proof", Some(proof))
            .number("ask_within_days", found.window_days)
            .flag("reviewed", true);
        Some(facts.done())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::context;
    use crate::accounts::context::AccountRows;
    use crate::accounts::findings::samples::{bill, day, home, policy};
    use crate::accounts::rows::ReadType;
    use crate::policy::Policy;

    /// A rule made up for the test.
    fn entered() -> Policy {
        let parts = [
            ("leak.baseline_months", "number", "12"),
            ("leak.trigger", "percent", "5000"),
            ("leak.share", "percent", "5000"),
            ("leak.cap", "money", "4000"),
            ("leak.window_days", "number", "60"),
            ("leak.proof", "text", "\"a plumber's receipt\""),
        ];
        let fact = |(key, kind, value): &(&str, &str, &str)| {
            format!(
                "[[fact]]\nkey = \"{key}\"\nkind = \"{kind}\"\nvalue = {value}\nfrom = 2026-01-01\nmark = \"confirmed\"\n\
                 source = \"TEST\"\n"
            )
        };
        Policy::parse(&parts.iter().map(fact).collect::<String>()).expect("the test has one")
    }

    fn leaking() -> AccountRows {
        let mut rows = home(30_000);
        for month in 1..=4 {
            let use_of = if month == 4 { 1200 } else { 300 };
            rows.bills.push(
                bill(&format!("b{month}"), &format!("2026-{:02}-04", month + 1))
                    .with_items(&[("water", use_of * 6), ("sewer", use_of * 4)])
                    .with_use(use_of, ReadType::Actual),
            );
        }
        rows
    }

    fn found(rows: &AccountRows, policy: &Policy) -> Finding<LeakAdjustment> {
        let today = day("2026-06-01");
        leak(&context(rows, today), today, Rules::new(policy, today))
    }

    #[test]
    fn it_is_off_until_a_policy_is_entered() {
        let finding = found(&leaking(), &policy());
        assert_eq!(finding.value.missing, PARTS);
        assert!(finding.value.worksheet.is_none() && finding.printed(Language::English).is_none());
    }

    #[test]
    fn the_rule_is_followed_with_its_share_and_cap() {
        let finding = found(&leaking(), &entered());
        let sheet = finding.value.worksheet.as_ref().expect("the test has one");
        assert_eq!((sheet.usual, sheet.excess), (CubicFeet(300), CubicFeet(900)));
        assert_eq!((sheet.excess_charge, sheet.credit), (Cents(9000), Cents(4000)), "half is $45.00, the cap $40.00");
        assert!(sheet.triggered && sheet.in_time);
        assert_eq!(sheet.ask_by, day("2026-07-03"));
    }

    #[test]
    fn a_letter_never_sees_the_sums() {
        let printed = found(&leaking(), &entered()).printed(Language::English).expect("the test has one").to_string();
        assert!(printed.contains("plumber") && !printed.contains('$'), "{printed}");
    }

    #[test]
    fn a_use_near_the_usual_triggers_nothing() {
        let mut rows = leaking();
        rows.bills[3].usage_cf = Some(CubicFeet(449));
        assert!(!found(&rows, &entered()).value.worksheet.expect("the test has one").triggered);
        rows.bills[3].usage_cf = Some(CubicFeet(450));
        assert!(found(&rows, &entered()).value.worksheet.expect("the test has one").triggered);
    }
}
