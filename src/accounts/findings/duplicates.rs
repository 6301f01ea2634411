//! Bills that hold for the same days, and those that took the place of others.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::bills::{bill_facts, source, standing};
use super::wording::{Facts, Finding, Wording, dated, listed, magnitude, say};
use crate::accounts::rows::{Bill, BillKind};
use crate::letter::Language;
use crate::money::Cents;

/// So many pairs are told; an account with more has another trouble.
const MOST_PAIRS: usize = 20;
/// Many bills end on the day on which the next begins.
const SHARED_DAYS: i64 = 1;

/// Bills that hold for the same days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DuplicateBills {
    /// The pairs, newest first.
    pub pairs: Vec<Pair>,
}

/// Two bills that hold for the same days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The one issued first.
    pub first: Bill,
    /// The other.
    pub second: Bill,
    /// How many days they share.
    pub overlap_days: i64,
}

/// Bills that took the place of others, and those that no longer hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrectedBills {
    /// Corrections, newest first.
    pub corrections: Vec<Correction>,
    /// Cancelled bills that nothing replaced, newest first.
    pub cancelled: Vec<Bill>,
}

/// A bill that took another's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The bill that holds.
    pub bill: Bill,
    /// The one that it replaced, when it is known.
    pub replaced: Option<Bill>,
}

/// How many days two periods share.
pub(in crate::accounts) fn shared_days(a: (Date, Date), b: (Date, Date)) -> i64 {
    let (from, until) = (a.0.max(b.0), a.1.min(b.1));
    from.until(until).map_or(0, |span| i64::from(span.get_days()) + 1).max(0)
}

/// Whether that many shared days make two bills overlap.
pub(in crate::accounts) const fn is_overlap(shared_days: i64, same_period: bool) -> bool {
    shared_days > SHARED_DAYS || (shared_days > 0 && same_period)
}

/// Bills that hold for the same days. A catch-up bill goes over the days of those it settles and
/// is no duplicate of them.
pub(super) fn duplicate_bills(bills: &[Bill]) -> Option<Finding<DuplicateBills>> {
    let mut periods: Vec<(Date, Date, &Bill)> = standing(bills)
        .into_iter()
        .filter(|bill| bill.kind != BillKind::CatchUp)
        .filter_map(|bill| Some((bill.period_start?, bill.period_end?, bill)))
        .filter(|(start, end, _)| start <= end)
        .collect();
    periods.sort_by(|a, b| (a.0, a.1, &a.2.bill_id).cmp(&(b.0, b.1, &b.2.bill_id)));
    let mut pairs = Vec::new();
    for (at, (start, end, bill)) in periods.iter().enumerate() {
        for (other_start, other_end, other) in periods[at + 1..].iter().take_while(|other| other.0 <= *end) {
            let overlap_days = shared_days((*start, *end), (*other_start, *other_end));
            let same_period = start == other_start && end == other_end;
            if is_overlap(overlap_days, same_period) && pairs.len() < MOST_PAIRS {
                let in_order = bill.issued_on <= other.issued_on;
                let (first, second) = if in_order { (*bill, *other) } else { (*other, *bill) };
                pairs.push(Pair { first: first.clone(), second: second.clone(), overlap_days });
            }
        }
        if pairs.len() >= MOST_PAIRS {
            break;
        }
    }
    if pairs.is_empty() {
        return None;
    }
    pairs.reverse();
    let words: Vec<Wording> = pairs.iter().map(pair_words).collect();
    let sources = pairs.iter().flat_map(|pair| [source(&pair.first), source(&pair.second)]).collect();
    let list = listed(&words);
    let sentence = say(
        format!("These bills hold for the same days: {}.", list.en),
        format!("Estas facturas valen por los mismos días: {}.", list.es),
    );
    Some(Finding { sentence, steps: words, sources, value: DuplicateBills { pairs } })
}

impl Pair {
    fn is_same_period(&self) -> bool {
        self.first.period_start == self.second.period_start && self.first.period_end == self.second.period_end
    }
}

fn pair_words(pair: &Pair) -> Wording {
    let (first, second) = (dated(pair.first.issued_on), dated(pair.second.issued_on));
    let (one, two, days) = (pair.first.total.dollars(), pair.second.total.dollars(), pair.overlap_days);
    say(
        format!("that of {} ({one}) and that of {} ({two}), {days} days", first.en, second.en),
        format!("la del {} ({one}) y la del {} ({two}), {days} días", first.es, second.es),
    )
}

/// Bills that took the place of others, and cancelled ones.
pub(super) fn corrected_bills(bills: &[Bill]) -> Option<Finding<CorrectedBills>> {
    let standing = standing(bills);
    let corrections: Vec<Correction> = standing
        .iter()
        .filter(|bill| bill.kind == BillKind::Corrected || bill.replaces_bill_id.is_some())
        .map(|bill| Correction {
            replaced: bill
                .replaces_bill_id
                .as_ref()
                .and_then(|replaced| {
                    bills.iter().find(|other| other.bill_id == *replaced && other.bill_id != bill.bill_id)
                })
                .cloned(),
            bill: (*bill).clone(),
        })
        .collect();
    let replaced = |bill: &Bill| {
        corrections.iter().any(|correction| correction.bill.replaces_bill_id.as_ref() == Some(&bill.bill_id))
    };
    let cancelled: Vec<Bill> =
        bills.iter().filter(|bill| bill.kind == BillKind::Cancelled && !replaced(bill)).cloned().collect();
    if corrections.is_empty() && cancelled.is_empty() {
        return None;
    }
    let mut words: Vec<Wording> = corrections.iter().map(correction_words).collect();
    words.extend(cancelled.iter().map(|bill| {
        let (on, total) = (dated(bill.issued_on), bill.total.dollars());
        say(
            format!("The bill of {} ({total}) was cancelled.", on.en),
            format!("La factura del {} ({total}) fue anulada.", on.es),
        )
    }));
    let mut sources = Vec::new();
    for correction in &corrections {
        sources.push(source(&correction.bill));
        sources.extend(correction.replaced.as_ref().map(source));
    }
    sources.extend(cancelled.iter().map(source));
    let first = words[0].clone();
    let sentence = words[1..].iter().fold(first, Wording::then);
    Some(Finding { sentence, steps: words, sources, value: CorrectedBills { corrections, cancelled } })
}

fn correction_words(correction: &Correction) -> Wording {
    let (on, total) = (dated(correction.bill.issued_on), correction.bill.total.dollars());
    match &correction.replaced {
        Some(old) => {
            let (old_on, old_total) = (dated(old.issued_on), old.total.dollars());
            say(
                format!(
                    "The bill of {} ({total}) takes the place of that of {} ({old_total}), which no longer holds.",
                    on.en, old_on.en
                ),
                format!(
                    "La factura del {} ({total}) reemplaza a la del {} ({old_total}), que ya no vale.",
                    on.es, old_on.es
                ),
            )
        }
        None => say(
            format!("The bill of {} ({total}) is a corrected one.", on.en),
            format!("La factura del {} ({total}) es una factura corregida.", on.es),
        ),
    }
}

impl Finding<DuplicateBills> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let pair = |pair: &Pair| {
            Facts::new(language)
                .with("first", bill_facts(&pair.first, language))
                .with("second", bill_facts(&pair.second, language))
                .number("overlap_days", Some(pair.overlap_days))
                .flag("same_period", pair.is_same_period())
                .flag("same_total", pair.first.total == pair.second.total)
                .done()
        };
        let pairs = &self.value.pairs;
        let facts = Facts::new(language).count("count", pairs.len()).with("pairs", pairs.iter().map(pair).collect());
        self.facts(language, facts)
    }
}

impl Finding<CorrectedBills> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let correction = |correction: &Correction| {
            let facts = Facts::new(language).with("bill", bill_facts(&correction.bill, language));
            let Some(old) = &correction.replaced else { return facts.done() };
            let difference = Cents(correction.bill.total.0.saturating_sub(old.total.0));
            facts
                .with("replaced", bill_facts(old, language))
                .text("difference", magnitude(difference))
                .flag("up", difference.0 > 0)
                .flag("down", difference.0 < 0)
                .flag("same", difference == Cents::ZERO)
                .done()
        };
        let found = &self.value;
        let facts = Facts::new(language)
            .count("count", found.corrections.len())
            .with("corrections", found.corrections.iter().map(correction).collect())
            .with("cancelled", found.cancelled.iter().map(|bill| bill_facts(bill, language)).collect());
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::bill;

    #[test]
    fn bills_for_the_same_days_are_a_pair_and_neighbours_are_not() {
        let bills = [
            bill("b3", "2026-05-04").with_period("2026-04-01", "2026-05-01").with_total(7000),
            bill("b2", "2026-04-20").with_period("2026-03-01", "2026-04-01").with_total(5000),
            bill("b1", "2026-04-04").with_period("2026-03-01", "2026-04-01").with_total(6000),
        ];
        let found = duplicate_bills(&bills).expect("the test has one");
        let pairs = &found.value.pairs;
        assert_eq!(pairs.len(), 1);
        assert_eq!((pairs[0].first.bill_id.as_str(), pairs[0].second.bill_id.as_str()), ("b1", "b2"));
        assert_eq!(pairs[0].overlap_days, 32);
        assert_eq!(found.printed(Language::English)["pairs"][0]["same_period"], true);
    }

    #[test]
    fn a_bill_that_was_replaced_is_no_duplicate() {
        let mut bills = [bill("b2", "2026-04-20").with_total(5000), bill("b1", "2026-04-20").with_total(6000)];
        bills[0].replaces_bill_id = Some("b1".to_owned());
        assert!(duplicate_bills(&bills).is_none());
        let found = corrected_bills(&bills).expect("the test has one");
        assert_eq!(found.printed(Language::English)["corrections"][0]["difference"], "$10.00");
        assert_eq!(found.printed(Language::English)["corrections"][0]["down"], true);
    }

    #[test]
    fn a_thousand_bills_for_one_day_are_told_of_in_good_time() {
        let bills: Vec<Bill> = (0..5000).map(|at| bill(&format!("b{at}"), "2026-05-04")).collect();
        assert_eq!(duplicate_bills(&bills).expect("the test has one").value.pairs.len(), MOST_PAIRS);
    }
}
