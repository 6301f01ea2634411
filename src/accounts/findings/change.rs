//! Why a bill differs from another: the difference of their totals, split into parts that add
//! up to it to the cent, whatever is missing.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::arithmetic::{is_plausible, is_plausible_bill, narrowed, rounded};
use super::bills::{bill_facts, is_read, source};
use super::items::{ITEMS, Itemized, itemize};
use super::wording::{Facts, Finding, Rules, Wording, dated, listed, magnitude, say};
use crate::accounts::context::days;
use crate::accounts::rows::{Bill, BillKind};
use crate::letter::Language;
use crate::money::{Cents, CubicFeet};

/// The difference between two bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BillChange {
    /// The bill that is explained.
    pub newer: Bill,
    /// The bill it is compared with.
    pub older: Bill,
    /// The newer total less the older one.
    pub difference: Cents,
    /// Its parts, those that are not zero.
    pub parts: Vec<Part>,
    /// When new rates began, if that was between the two.
    pub rates_changed_on: Option<Date>,
}

impl BillChange {
    /// Whether both bills rest on readings for their own days.
    fn is_measured(&self) -> bool {
        is_read(&self.newer) && is_read(&self.older) && self.newer.kind != BillKind::CatchUp
    }
}

/// A part of the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it comes from.
    pub kind: PartKind,
    /// How much it adds.
    pub amount: Cents,
}

/// What a part of the difference comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// More or less water a day.
    Usage,
    /// A longer or shorter period.
    Days,
    /// Another price a cubic foot.
    Rates,
    /// These three together, where they cannot be told apart.
    WaterAndSewer,
    /// The service charge.
    Service,
    /// The stormwater charge.
    Stormwater,
    /// Discounts.
    Discounts,
    /// Penalties.
    Penalties,
    /// Other charges.
    Other,
    /// What was owed from before, where totals include it.
    PriorBalance,
    /// What the bills do not break down.
    NotItemized,
}

/// Explains the difference of two bills. `prior` is what each total includes of a balance from
/// before, the newer bill's first.
pub(super) fn bill_change(
    newer: &Bill,
    older: &Bill,
    prior: (Option<Cents>, Option<Cents>),
    mut rules: Rules<'_>,
) -> Option<Finding<BillChange>> {
    if !is_plausible_bill(newer) || !is_plausible_bill(older) {
        return None;
    }
    let (new_items, old_items) = (itemize(newer, prior.0), itemize(older, prior.1));
    let value = BillChange {
        difference: newer.total - older.total,
        parts: parts((newer, &new_items), (older, &old_items)),
        rates_changed_on: rules.began_between("rates.changed_on", older.issued_on, newer.issued_on),
        newer: newer.clone(),
        older: older.clone(),
    };
    let mut sources = vec![source(newer), source(older)];
    sources.extend(rules.sources());
    Some(Finding { sentence: sentence(&value), steps: steps(&value), sources, value })
}

fn parts((newer, new_items): (&Bill, &Itemized), (older, old_items): (&Bill, &Itemized)) -> Vec<Part> {
    let mut volume: Option<(Cents, Cents)> = None;
    let mut not_itemized = new_items.rest - old_items.rest;
    let mut fixed = Vec::new();
    for (at, item) in ITEMS.iter().enumerate() {
        let (Some(new), Some(old)) = (new_items.amounts[at], old_items.amounts[at]) else {
            // Known in one bill only: in the other it hides in the rest.
            not_itemized += new_items.amounts[at].unwrap_or_default() - old_items.amounts[at].unwrap_or_default();
            continue;
        };
        if let Some(kind) = fixed_kind(*item) {
            fixed.push(Part { kind, amount: new - old });
        } else {
            let (new_sum, old_sum) = volume.unwrap_or_default();
            volume = Some((new_sum + new, old_sum + old));
        }
    }
    let mut parts = volume.map(|charges| by_volume(newer, older, charges)).unwrap_or_default();
    parts.extend(fixed);
    parts.push(Part { kind: PartKind::PriorBalance, amount: new_items.prior - old_items.prior });
    parts.push(Part { kind: PartKind::NotItemized, amount: not_itemized });
    parts.retain(|part| part.amount != Cents::ZERO);
    parts
}

const fn fixed_kind(item: super::items::Item) -> Option<PartKind> {
    use super::items::Item;
    match item {
        Item::Water | Item::Sewer => None,
        Item::Service => Some(PartKind::Service),
        Item::Stormwater => Some(PartKind::Stormwater),
        Item::Discount => Some(PartKind::Discounts),
        Item::Penalty => Some(PartKind::Penalties),
        Item::Other => Some(PartKind::Other),
    }
}

/// Splits the change of what is charged by volume. The older bill's price a cubic foot, times the
/// change in cubic feet, is due to usage; of that, what the older bill's use a day would have
/// cost in the other number of days is due to the days; what remains is due to the price.
fn by_volume(newer: &Bill, older: &Bill, (new, old): (Cents, Cents)) -> Vec<Part> {
    let whole = new - old;
    let unsplit = vec![Part { kind: PartKind::WaterAndSewer, amount: whole }];
    let (Some(CubicFeet(new_use)), Some(CubicFeet(old_use))) = (newer.usage_cf, older.usage_cf) else {
        return unsplit;
    };
    if old_use == 0 && old == Cents::ZERO {
        return vec![Part { kind: PartKind::Usage, amount: whole }];
    }
    let countable = old_use > 0 && new_use >= 0 && old.0 > 0 && new.0 >= 0;
    if !countable || (new_use == 0 && new != Cents::ZERO) {
        return unsplit;
    }
    let (old_cost, more) = (i128::from(old.0), i128::from(new_use) - i128::from(old_use));
    let by_use = narrowed(rounded(old_cost * more, i128::from(old_use)));
    let by_days = match (days(newer), days(older)) {
        (Some(new_days), Some(old_days)) => {
            narrowed(rounded(old_cost * i128::from(new_days - old_days), i128::from(old_days)))
        }
        _ => 0,
    };
    // A tiny use beside a huge one: the share says nothing, and might not fit.
    if !is_plausible(by_use) || !is_plausible(by_days) {
        return unsplit;
    }
    vec![
        Part { kind: PartKind::Usage, amount: Cents(by_use - by_days) },
        Part { kind: PartKind::Days, amount: Cents(by_days) },
        Part { kind: PartKind::Rates, amount: Cents(whole.0 - by_use) },
    ]
}

impl Part {
    /// What it comes from, in words that say the direction. Only between two readings is a change
    /// of the volume one of the water used.
    #[must_use]
    pub fn label(self, measured: bool) -> Wording {
        let up = self.amount.0 > 0;
        let (en, es) = match (self.kind, up) {
            (PartKind::Usage, true) if measured => ("more water used each day", "más agua usada por día"),
            (PartKind::Usage, false) if measured => ("less water used each day", "menos agua usada por día"),
            (PartKind::Usage, true) => ("more water billed for each day", "más agua facturada por día"),
            (PartKind::Usage, false) => ("less water billed for each day", "menos agua facturada por día"),
            (PartKind::Days, true) => ("a longer billing period", "un período de facturación más largo"),
            (PartKind::Days, false) => ("a shorter billing period", "un período de facturación más corto"),
            (PartKind::Rates, true) => ("a higher price for each cubic foot", "un precio más alto por pie cúbico"),
            (PartKind::Rates, false) => ("a lower price for each cubic foot", "un precio más bajo por pie cúbico"),
            (PartKind::WaterAndSewer, true) => {
                ("higher water and sewer charges", "cargos de agua y alcantarillado más altos")
            }
            (PartKind::WaterAndSewer, false) => {
                ("lower water and sewer charges", "cargos de agua y alcantarillado más bajos")
            }
            (PartKind::Service, true) => ("a higher service charge", "un cargo por servicio más alto"),
            (PartKind::Service, false) => ("a lower service charge", "un cargo por servicio más bajo"),
            (PartKind::Stormwater, true) => ("a higher stormwater charge", "un cargo por aguas pluviales más alto"),
            (PartKind::Stormwater, false) => ("a lower stormwater charge", "un cargo por aguas pluviales más bajo"),
            (PartKind::Discounts, true) => ("a smaller discount", "un descuento menor"),
            (PartKind::Discounts, false) => ("a larger discount", "un descuento mayor"),
            (PartKind::Penalties, true) => ("more late penalties", "más recargos por pago tardío"),
            (PartKind::Penalties, false) => ("fewer late penalties", "menos recargos por pago tardío"),
            (PartKind::Other, true) => ("higher other charges", "otros cargos más altos"),
            (PartKind::Other, false) => ("lower other charges", "otros cargos más bajos"),
            (PartKind::PriorBalance, true) => ("a larger balance from before", "un saldo anterior mayor"),
            (PartKind::PriorBalance, false) => ("a smaller balance from before", "un saldo anterior menor"),
            (PartKind::NotItemized, _) => {
                ("charges that the bills do not break down", "cargos que las facturas no desglosan")
            }
        };
        say(en, es)
    }

    fn in_words(self, measured: bool) -> Wording {
        let (amount, label) = (magnitude(self.amount), self.label(measured));
        let (more, mas) = if self.amount.0 > 0 { ("more", "más") } else { ("less", "menos") };
        say(format!("{amount} {more} ({})", label.en), format!("{amount} {mas} ({})", label.es))
    }
}

fn sentence(change: &BillChange) -> Wording {
    let (newer, older) = (dated(change.newer.issued_on), dated(change.older.issued_on));
    if change.difference == Cents::ZERO && change.parts.is_empty() {
        let total = change.newer.total.dollars();
        return say(
            format!("The bills of {} and {} have the same total, {total}, for the same items.", newer.en, older.en),
            format!(
                "Las facturas del {} y del {} tienen el mismo total, {total}, por los mismos conceptos.",
                newer.es, older.es
            ),
        );
    }
    let parts = listed(&change.parts.iter().map(|part| part.in_words(change.is_measured())).collect::<Vec<_>>());
    let amount = magnitude(change.difference);
    let (how, como) = match change.difference.0 {
        0 => ("has the same total as".to_owned(), "tiene el mismo total que".to_owned()),
        up if up > 0 => (format!("is {amount} higher than"), format!("es {amount} más alta que")),
        _ => (format!("is {amount} lower than"), format!("es {amount} más baja que")),
    };
    say(
        format!("The bill of {} {how} the bill of {}: {}.", newer.en, older.en, parts.en),
        format!("La factura del {} {como} la factura del {}: {}.", newer.es, older.es, parts.es),
    )
}

fn steps(change: &BillChange) -> Vec<Wording> {
    let mut steps: Vec<Wording> = [(&change.older, "Older", "anterior"), (&change.newer, "Newer", "nueva")]
        .into_iter()
        .map(|(bill, which, cual)| {
            let (on, total) = (dated(bill.issued_on), bill.total.dollars());
            let (of, de) = usage_words(bill);
            say(format!("{which} bill: {}, {total}{of}.", on.en), format!("Factura {cual}: {}, {total}{de}.", on.es))
        })
        .collect();
    if change.parts.iter().any(|part| matches!(part.kind, PartKind::Usage | PartKind::Days | PartKind::Rates)) {
        steps.push(say(
            "Water and sewer: the change in cubic feet at the older bill's price is due to use and days; the older \
             bill's use a day over the change in days is due to the days; the rest is due to the price. Each is \
             rounded to the cent, and the price takes up the rounding.",
            "Agua y alcantarillado: el cambio en pies cúbicos al precio de la factura anterior se debe al uso y a los \
             días; el uso diario de la factura anterior por el cambio de días se debe a los días; el resto se debe al \
             precio. Cada parte se redondea al centavo y el precio absorbe el redondeo.",
        ));
    }
    if let Some(on) = change.rates_changed_on {
        let on = dated(on);
        steps.push(say(
            format!("New rates began on {}.", on.en),
            format!("Las tarifas nuevas comenzaron el {}.", on.es),
        ));
    }
    steps.extend(change.parts.iter().map(|part| part.in_words(change.is_measured())));
    let sum: Cents = change.parts.iter().map(|part| part.amount).sum();
    steps.push(say(format!("The parts add up to {}.", sum.dollars()), format!("Las partes suman {}.", sum.dollars())));
    steps
}

fn usage_words(bill: &Bill) -> (String, String) {
    match (bill.usage_cf, days(bill)) {
        (Some(usage), Some(days)) => {
            let (usage, gallons) = (usage.grouped(), crate::money::grouped(usage.gallons()));
            (
                format!(", {usage} cubic feet ({gallons} gallons) in {days} days"),
                format!(", {usage} pies cúbicos ({gallons} galones) en {days} días"),
            )
        }
        (Some(usage), None) => {
            (format!(", {} cubic feet", usage.grouped()), format!(", {} pies cúbicos", usage.grouped()))
        }
        (None, _) => (String::new(), String::new()),
    }
}

impl Finding<BillChange> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let change = &self.value;
        let part = |part: &Part| {
            Facts::new(language)
                .with("kind", json!(part.kind))
                .wording("label", Some(&part.label(change.is_measured())))
                .change("amount", part.amount)
                .done()
        };
        let direction = change.difference.0.signum();
        let main = change
            .parts
            .iter()
            .filter(|part| direction != 0 && part.amount.0.signum() == direction)
            .max_by_key(|part| part.amount.0.abs());
        let facts = Facts::new(language)
            .with("newer", bill_facts(&change.newer, language))
            .with("older", bill_facts(&change.older, language))
            .change("difference", change.difference)
            .flag("same", change.difference == Cents::ZERO)
            .with("parts", change.parts.iter().map(part).collect())
            .with("main", main.map_or(Value::Null, part))
            .date("rates_changed_on", change.rates_changed_on);
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::{bill, day, policy};
    use crate::accounts::rows::ReadType;
    use proptest::prelude::*;

    fn explained(newer: &Bill, older: &Bill) -> Finding<BillChange> {
        let policy = policy();
        let rules = Rules::new(&policy, day("2026-10-05"));
        bill_change(newer, older, (None, None), rules).expect("the amounts are plausible")
    }

    fn amount(change: &BillChange, kind: PartKind) -> i64 {
        change.parts.iter().find(|part| part.kind == kind).map_or(0, |part| part.amount.0)
    }

    #[test]
    fn use_days_and_price_are_told_apart() {
        // 500 cf in 30 days cost $50.00; now 1,100 cf in 33 days cost $121.00: 11 cents a cubic foot.
        let older =
            bill("b1", "2026-08-04").with_items(&[("water", 3000), ("sewer", 2000)]).with_use(500, ReadType::Actual);
        let newer =
            bill("b2", "2026-09-06").with_items(&[("water", 7000), ("sewer", 5100)]).with_use(1100, ReadType::Actual);
        let newer = newer.with_period("2026-08-02", "2026-09-03");
        let found = explained(&newer, &older);
        assert_eq!(found.value.difference, Cents(7100));
        assert_eq!(amount(&found.value, PartKind::Days), 500);
        assert_eq!(amount(&found.value, PartKind::Usage), 5500);
        assert_eq!(amount(&found.value, PartKind::Rates), 1100);
        assert_eq!(found.value.rates_changed_on, Some(day("2026-09-01")));
        assert_eq!(
            found.sentence.en,
            "The bill of September 6, 2026 is $71.00 higher than the bill of August 4, 2026: $55.00 more (more water \
             used each day); $5.00 more (a longer billing period); $11.00 more (a higher price for each cubic foot)."
        );
    }

    #[test]
    fn what_only_one_bill_breaks_down_is_not_guessed() {
        let older = bill("b1", "2026-08-04").with_total(8000);
        let newer = bill("b2", "2026-09-04").with_items(&[("water", 7000), ("sewer", 2000)]);
        let found = explained(&newer, &older);
        assert_eq!(found.value.parts, [Part { kind: PartKind::NotItemized, amount: Cents(1000) }]);
    }

    fn maybe(range: std::ops::Range<i64>) -> impl Strategy<Value = Option<Cents>> {
        prop::option::of(range.prop_map(Cents))
    }

    prop_compose! {
        fn any_bill()(
            items in prop::array::uniform7(maybe(-50_000..500_000)),
            rest in prop_oneof![Just(0_i64), -100_000..1_000_000_i64],
            usage in prop::option::of(-5..100_000_i64),
            length in prop::option::of(-3..200_i32),
        ) -> Bill {
            let mut bill = bill("b", "2026-05-04");
            [bill.water, bill.sewer, bill.service, bill.stormwater, bill.discount, bill.penalty, bill.other] = items;
            bill.total = items.iter().flatten().copied().sum::<Cents>() + Cents(rest);
            bill.usage_cf = usage.map(CubicFeet);
            bill.period_start = length.and_then(|days| Some(bill.period_end?.saturating_sub(jiff::Span::new().days(days))));
            bill
        }
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_difference(
            newer in any_bill(), older in any_bill(), prior in (maybe(-9_000..900_000), maybe(-9_000..900_000)),
        ) {
            let policy = policy();
            let found = bill_change(&newer, &older, prior, Rules::new(&policy, day("2026-10-05"))).expect("the test has one").value;
            prop_assert_eq!(found.parts.iter().map(|part| part.amount).sum::<Cents>(), newer.total - older.total);
            prop_assert!(found.parts.iter().all(|part| part.amount != Cents::ZERO));
        }
    }
}
