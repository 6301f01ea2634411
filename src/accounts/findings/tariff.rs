//! The charges of a month by the policy table's rates, for dates whose rates are in it.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::arithmetic::{is_plausible, narrowed, rounded};
use super::bills::source;
use super::wording::{Facts, Finding, Rules, Wording, dated, say};
use crate::accounts::rows::Bill;
use crate::letter::Language;
use crate::money::{Cents, CubicFeet, grouped};
use crate::policy::Policy;

/// What a volume of water costs by the table, each part rounded to the cent by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Charges {
    /// Water, with its rider.
    pub water: Cents,
    /// Sewer, with its rider.
    pub sewer: Cents,
}

/// A bill's water and sewer beside the table's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TariffCheck {
    /// The bill.
    pub bill_id: String,
    /// By the table.
    pub charges: Charges,
    /// As billed.
    pub billed: Charges,
}

/// What a month's volume costs by the rates of a day; nothing when the table does not have them.
#[must_use]
pub fn charges(policy: &Policy, usage: CubicFeet, on: Date) -> Option<Charges> {
    charges_by(&mut Rules::new(policy, on), usage)
}

fn charges_by(rules: &mut Rules<'_>, usage: CubicFeet) -> Option<Charges> {
    if usage.0 < 0 || !is_plausible(usage.0) {
        return None;
    }
    let rider = i128::from(rules.number("tariff.water_rider")?);
    let mut water = 0_i128;
    let mut below = 0_i64;
    for block in 1..=4 {
        let upper = if block < 4 { rules.number(&format!("tariff.water_{block}_up_to"))? } else { i64::MAX };
        let rate = i128::from(rules.number(&format!("tariff.water_{block}"))?) + rider;
        let within = usage.0.min(upper).saturating_sub(below).max(0);
        water += i128::from(within) * rate;
        below = upper;
    }
    let sewer = i128::from(rules.number("tariff.sewer")?) + i128::from(rules.number("tariff.sewer_rider")?);
    Some(Charges {
        water: Cents(narrowed(rounded(water, 1000))),
        sewer: Cents(narrowed(rounded(i128::from(usage.0) * sewer, 1000))),
    })
}

/// A share of a sum, rounded to the cent before anything is taken off.
#[must_use]
pub fn share(amount: Cents, hundredths: i64) -> Cents {
    Cents(narrowed(rounded(i128::from(amount.0) * i128::from(hundredths), 10_000)))
}

/// Compares a bill's water and sewer with the table, when its whole period has one set of rates.
pub(super) fn tariff_check(bill: &Bill, policy: &Policy) -> Option<Finding<TariffCheck>> {
    let (start, end, usage) = (bill.period_start?, bill.period_end?, bill.usage_cf?);
    let billed = Charges { water: bill.water?, sewer: bill.sewer? };
    let mut rules = Rules::new(policy, end);
    let by_table = charges_by(&mut rules, usage)?;
    if charges(policy, usage, start)? != by_table || !is_plausible(billed.water.0) || !is_plausible(billed.sewer.0) {
        return None;
    }
    let value = TariffCheck { bill_id: bill.bill_id.clone(), charges: by_table, billed };
    let (on, used) = (dated(bill.issued_on), grouped(usage.0));
    let (water, sewer) = (by_table.water.dollars(), by_table.sewer.dollars());
    let by = say(
        format!("By the rate table, {used} cubic feet cost {water} for water and {sewer} for sewer."),
        format!("Según la tabla de tarifas, {used} pies cúbicos cuestan {water} de agua y {sewer} de alcantarillado."),
    );
    let (billed_water, billed_sewer) = (billed.water.dollars(), billed.sewer.dollars());
    let says = say(
        format!("The bill of {} says {billed_water} and {billed_sewer}.", on.en),
        format!("La factura del {} dice {billed_water} y {billed_sewer}.", on.es),
    );
    let sentence: Wording = by.clone().then(&says);
    let mut sources = vec![source(bill)];
    sources.extend(rules.sources());
    Some(Finding { sentence, steps: vec![by, says], sources, value })
}

impl Finding<TariffCheck> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let found = &self.value;
        let facts = Facts::new(language)
            .amount("water", Some(found.charges.water))
            .amount("sewer", Some(found.charges.sewer))
            .amount("billed_water", Some(found.billed.water))
            .amount("billed_sewer", Some(found.billed.sewer))
            .flag("agrees", found.charges == found.billed);
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::{bill, day, policy};
    use crate::accounts::rows::ReadType;

    const RATES_OF_2021: &str = "2021-10-01";

    fn fixed(policy: &Policy) -> Cents {
        let number = |key| policy.number(key, day(RATES_OF_2021)).map(Cents).expect("the table has it");
        number("tariff.service") + number("tariff.stormwater")
    }

    #[test]
    fn the_published_sum_for_500_cubic_feet_comes_out() {
        let policy = policy();
        let charges = charges(&policy, CubicFeet(500), day(RATES_OF_2021)).expect("the test has one");
        assert_eq!(charges, Charges { water: Cents(2334), sewer: Cents(1685) });
        assert_eq!(charges.water + charges.sewer + fixed(&policy), Cents(6915));
        assert_eq!(policy.number("typical_bill.total", day(RATES_OF_2021)), Some(6915));
    }

    #[test]
    fn the_published_sum_of_a_senior_comes_out_with_its_rounding() {
        let policy = policy();
        let charges = charges(&policy, CubicFeet(300), day(RATES_OF_2021)).expect("the test has one");
        assert_eq!(charges, Charges { water: Cents(1400), sewer: Cents(1011) });
        let whole = charges.water + charges.sewer + fixed(&policy);
        let discount = share(whole, policy.number("senior.discount", day(RATES_OF_2021)).expect("the test has one"));
        assert_eq!((whole, discount, whole - discount), (Cents(5307), Cents(1327), Cents(3980)));
    }

    #[test]
    fn the_published_increases_come_out() {
        let policy = policy();
        let total = |on: &str| policy.number("typical_bill.total", day(on)).expect("the test has one");
        // Tenths of a percent, as they were published.
        let increase = |before: &str, after: &str| {
            narrowed(rounded(i128::from(total(after) - total(before)) * 1000, i128::from(total(before))))
        };
        assert_eq!(increase("2021-08-31", "2021-09-01"), 36);
        assert_eq!(increase("2022-08-31", "2022-09-01"), 65);
        assert_eq!(increase("2025-08-31", "2025-09-01"), 94);
        assert_eq!(increase("2026-08-31", "2026-09-01"), 55);
        assert_eq!(policy.number("typical_bill.total", day("2023-09-01")), None, "it was not found");
    }

    #[test]
    fn the_published_volumes_in_gallons_come_out() {
        let policy = policy();
        let typical = |on: &str| {
            CubicFeet(policy.number("typical_bill.cubic_feet", day(on)).expect("the test has one")).gallons()
        };
        assert_eq!((typical("2021-10-01"), typical("2025-10-01")), (3740, 3216));
    }

    #[test]
    fn larger_volumes_go_through_the_blocks() {
        let policy = policy();
        let water = |usage| charges(&policy, CubicFeet(usage), day(RATES_OF_2021)).expect("the test has one").water.0;
        assert_eq!(water(2000), 2 * 4668);
        assert_eq!(water(100_000), 2 * 4668 + 98 * 4302);
        assert_eq!(water(2_000_000), 2 * 4668 + 98 * 4302 + 1900 * 3353);
        assert_eq!(water(2_001_000), 2 * 4668 + 98 * 4302 + 1900 * 3353 + 3263);
    }

    #[test]
    fn rates_past_their_date_count_nothing() {
        assert_eq!(charges(&policy(), CubicFeet(500), day("2022-09-01")), None);
    }

    #[test]
    fn a_bill_of_that_year_is_compared_with_the_table() {
        let policy = policy();
        let bill =
            bill("b1", "2021-11-04").with_use(500, ReadType::Actual).with_items(&[("water", 2334), ("sewer", 1685)]);
        let finding = tariff_check(&bill, &policy).expect("the test has one");
        assert_eq!(finding.printed(Language::English)["agrees"], true);
        let across = bill.with_period("2021-08-20", "2021-09-19");
        assert!(tariff_check(&across, &policy).is_none(), "two sets of rates");
    }
}
