//! Usage beside the same season last year and the median of two years, day by day.
//!
//! Bills are put together into spans that a real reading closes: estimates, and the bill that
//! settles them, say only together how much water was used.

use jiff::Span as TimeSpan;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::arithmetic::{is_plausible, narrowed, rounded};
use super::bills::{bill_facts, by_period, source};
use super::wording::{Facts, Finding, Wording, dated, say};
use crate::accounts::context::days;
use crate::accounts::rows::{Bill, BillKind, ReadType};
use crate::letter::Language;
use crate::money::{CubicFeet, grouped};

/// So many measured bills make a median worth telling.
const FEWEST_FOR_MEDIAN: usize = 3;
/// A season is the same when its middle is at most so many days off.
const SEASON_DAYS: i32 = 20;

/// Water over a number of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub until: Date,
    /// Its days.
    pub days: i64,
    /// Its water.
    pub usage: CubicFeet,
    /// Its bills, oldest first.
    pub bills: Vec<String>,
    /// No reading stands behind it.
    pub estimated: bool,
    /// Its readings showed no use.
    pub zero: bool,
}

impl Span {
    fn of(bill: &Bill) -> Option<Self> {
        let (from, until, days, usage) = (bill.period_start?, bill.period_end?, days(bill)?, bill.usage_cf?);
        is_plausible(usage.0).then(|| Self {
            from,
            until,
            days,
            usage,
            bills: vec![bill.bill_id.clone()],
            estimated: matches!(bill.read_type, Some(ReadType::Estimated | ReadType::None)),
            zero: bill.read_type == Some(ReadType::Zero),
        })
    }

    /// This span and the earlier one that it settles.
    fn settling(self, earlier: Self) -> Self {
        let (from, until) = (self.from.min(earlier.from), self.until.max(earlier.until));
        let mut bills = earlier.bills;
        bills.extend(self.bills);
        Self {
            days: from.until(until).map_or(self.days, |span| i64::from(span.get_days()) + 1),
            usage: CubicFeet(self.usage.0 + earlier.usage.0),
            estimated: self.estimated && earlier.estimated,
            zero: self.zero && earlier.zero,
            from,
            until,
            bills,
        }
    }

    /// Thousandths of a cubic foot a day.
    #[must_use]
    pub fn thousandths_a_day(&self) -> i64 {
        narrowed(rounded(i128::from(self.usage.0) * 1000, i128::from(self.days.max(1))))
    }

    /// Whole gallons a day: 100 cubic feet are 748 gallons.
    #[must_use]
    pub fn gallons_a_day(&self) -> i64 {
        narrowed(rounded(i128::from(self.usage.0) * 748, 100 * i128::from(self.days.max(1))))
    }

    fn middle(&self) -> Date {
        let half = i32::try_from(self.days / 2).unwrap_or(0);
        self.from.saturating_add(TimeSpan::new().days(half))
    }
}

/// The bills with use and period as spans, oldest first. An actual reading settles the estimates
/// before it; a catch-up bill also the bills without use.
pub(super) fn spans(bills: &[&Bill]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for bill in bills {
        let Some(mut span) = Span::of(bill) else { continue };
        if !span.estimated && !span.zero {
            let catch_up = bill.kind == BillKind::CatchUp;
            while let Some(earlier) = spans.pop_if(|earlier| earlier.estimated || (catch_up && earlier.zero)) {
                span = span.settling(earlier);
            }
        }
        spans.push(span);
    }
    spans
}

/// The bills that hold and tell use and period, each by itself, oldest first.
#[must_use]
pub fn bill_spans(bills: &[Bill]) -> Vec<(&Bill, Span)> {
    by_period(bills).into_iter().filter_map(|bill| Some((bill, Span::of(bill)?))).collect()
}

/// Usage beside other times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageFinding {
    /// The newest bill with a use and a period.
    pub bill: Bill,
    /// That bill by itself.
    pub own: Span,
    /// That bill with those that it settles, when it settles any.
    pub spread: Option<Span>,
    /// The same season last year.
    pub last_year: Option<Beside>,
    /// The span before.
    pub previous: Option<Beside>,
    /// The median of the measured bills before.
    pub median: Option<Median>,
}

/// Another time, and the change from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// The other time.
    pub span: Span,
    /// The change in whole percent of its use a day; nothing when it had none.
    pub percent: Option<i64>,
}

/// The median of the measured bills, and the change from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Median {
    /// Of how many bills.
    pub bills: usize,
    /// Thousandths of a cubic foot a day.
    pub thousandths_a_day: i64,
    /// The change in whole percent; nothing when it is zero.
    pub percent: Option<i64>,
}

/// The newest use beside other times; nothing without a bill that tells use and period.
pub(super) fn usage(bills: &[Bill]) -> Option<Finding<UsageFinding>> {
    let ordered = by_period(bills);
    let mut spans = spans(&ordered);
    let current = spans.pop()?;
    let newest_id = current.bills.last()?;
    let bill = (*ordered.iter().find(|bill| bill.bill_id == *newest_id)?).clone();
    let last_year = season_before(&spans, &current);
    let mut sources: Vec<_> = ordered.iter().map(|bill| source(bill)).collect();
    sources.reverse();
    let value = UsageFinding {
        own: Span::of(&bill)?,
        last_year: last_year.map(|span| beside(&current, span)),
        previous: before(&spans, &current).map(|span| beside(&current, span.clone())),
        median: median(&spans, &current),
        spread: (current.bills.len() > 1).then_some(current),
        bill,
    };
    Some(Finding { sentence: sentence(&value), steps: steps(&value, &spans), sources, value })
}

/// The span before, and not one for the same days.
fn before<'a>(spans: &'a [Span], current: &Span) -> Option<&'a Span> {
    spans.iter().rev().find(|span| span.from < current.from && span.until < current.until)
}

fn beside(current: &Span, span: Span) -> Beside {
    let (now, then) =
        (i128::from(current.usage.0) * i128::from(span.days), i128::from(span.usage.0) * i128::from(current.days));
    let percent = match then {
        0 if now == 0 => Some(0),
        then if then > 0 => Some(narrowed(rounded((now - then) * 100, then))),
        _ => None,
    };
    Beside { span, percent }
}

/// The spans whose middle lies in the same days a year before, put together; else the nearest.
fn season_before(spans: &[Span], current: &Span) -> Option<Span> {
    let year = TimeSpan::new().years(1);
    let (from, until) = (current.from.saturating_sub(year), current.until.saturating_sub(year));
    let inside = spans.iter().filter(|span| (from..=until).contains(&span.middle())).cloned();
    inside.reduce(|earlier, later| later.settling(earlier)).or_else(|| {
        let middle = current.middle().saturating_sub(year);
        let off = |span: &Span| span.middle().until(middle).map_or(i32::MAX, |span| span.get_days().abs());
        spans.iter().min_by_key(|span| off(span)).filter(|span| off(span) <= SEASON_DAYS).cloned()
    })
}

/// The median use a day of the measured spans before, each counted once for every bill in it.
fn median(spans: &[Span], current: &Span) -> Option<Median> {
    let measured = spans.iter().filter(|span| !span.estimated && !span.zero);
    let mut rates: Vec<i64> =
        measured.flat_map(|span| std::iter::repeat_n(span.thousandths_a_day(), span.bills.len())).collect();
    if rates.len() < FEWEST_FOR_MEDIAN {
        return None;
    }
    rates.sort_unstable();
    let (low, high) = (rates[(rates.len() - 1) / 2], rates[rates.len() / 2]);
    let middle = narrowed(rounded(i128::from(low) + i128::from(high), 2));
    let change = i128::from(current.thousandths_a_day()) - i128::from(middle);
    let percent = (middle > 0).then(|| narrowed(rounded(change * 100, i128::from(middle))));
    Some(Median { bills: rates.len(), thousandths_a_day: middle, percent })
}

/// `14.3`: cubic feet a day with one decimal.
#[must_use]
pub fn a_day(thousandths: i64) -> String {
    let tenths = narrowed(rounded(i128::from(thousandths), 100));
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    format!("{sign}{}.{}", grouped(i64::try_from(tenths / 10).unwrap_or(i64::MAX)), tenths % 10)
}

/// Gallons a day from thousandths of a cubic foot.
fn gallons_of(thousandths: i64) -> i64 {
    narrowed(rounded(i128::from(thousandths) * 748, 100_000))
}

fn compared(percent: Option<i64>, with: &Wording) -> Wording {
    let (en, es) = match percent {
        None => (format!("there was no use in {}", with.en), format!("no hubo uso en {}", with.es)),
        Some(0) => (format!("the same as {}", with.en), format!("igual que {}", with.es)),
        Some(up) if up > 0 => {
            (format!("{}% more than {}", grouped(up), with.en), format!("{}% más que {}", grouped(up), with.es))
        }
        Some(down) => {
            let down = grouped(down.saturating_abs());
            (format!("{down}% less than {}", with.en), format!("{down}% menos que {}", with.es))
        }
    };
    say(en, es)
}

fn in_words(span: &Span) -> Wording {
    let (cf, gallons, days) = (span.usage.grouped(), grouped(span.usage.gallons()), grouped(span.days));
    let (each, each_gallons) = (a_day(span.thousandths_a_day()), grouped(span.gallons_a_day()));
    say(
        format!("{cf} cubic feet ({gallons} gallons) in {days} days, {each} cubic feet ({each_gallons} gallons) a day"),
        format!(
            "{cf} pies cúbicos ({gallons} galones) en {days} días, {each} pies cúbicos ({each_gallons} galones) por día"
        ),
    )
}

fn sentence(found: &UsageFinding) -> Wording {
    let (own, on) = (in_words(&found.own), dated(found.bill.issued_on));
    let mut sentence = say(
        format!("The bill of {} is for {}.", on.en, own.en),
        format!("La factura del {} es por {}.", on.es, own.es),
    );
    if found.own.estimated {
        return sentence.then(&say(
            "It is an estimate, not a reading of the meter.",
            "Es una estimación, no una lectura del medidor.",
        ));
    }
    if found.own.zero {
        return sentence.then(&say(
            "The reading shows no use of water; the rows do not say why.",
            "La lectura no muestra uso de agua; las filas no dicen por qué.",
        ));
    }
    if let Some(spread) = &found.spread {
        let (all, count) = (in_words(spread), spread.bills.len());
        sentence = sentence.then(&say(
            format!("With the bills that it settles ({count} bills in all), it is {}.", all.en),
            format!("Con las facturas que salda ({count} facturas en total), son {}.", all.es),
        ));
    }
    let mut comparisons = Vec::new();
    if let Some(last_year) = &found.last_year {
        comparisons
            .push(compared(last_year.percent, &say("the same season last year", "la misma temporada del año pasado")));
    }
    if let Some(median) = &found.median {
        comparisons.push(compared(
            median.percent,
            &say("the median of the last two years", "la mediana de los últimos dos años"),
        ));
    }
    if comparisons.is_empty() {
        return sentence;
    }
    let list = super::wording::listed(&comparisons);
    sentence.then(&say(format!("A day, that is {}.", list.en), format!("Por día, eso es {}.", list.es)))
}

fn steps(found: &UsageFinding, earlier: &[Span]) -> Vec<Wording> {
    let mut steps = Vec::new();
    let mut add = |en: &str, es: &str, span: &Span| {
        let (words, from, until) = (in_words(span), dated(span.from), dated(span.until));
        steps.push(say(
            format!("{en}, {} to {}: {}.", from.en, until.en, words.en),
            format!("{es}, del {} al {}: {}.", from.es, until.es, words.es),
        ));
    };
    add("Newest bill", "Factura más reciente", &found.own);
    if let Some(spread) = &found.spread {
        add("With the bills it settles", "Con las facturas que salda", spread);
    }
    if let Some(previous) = &found.previous {
        add("Before", "Antes", &previous.span);
    }
    if let Some(last_year) = &found.last_year {
        add("Same season last year", "Misma temporada del año pasado", &last_year.span);
    }
    if let Some(median) = &found.median {
        let (each, gallons) = (a_day(median.thousandths_a_day), grouped(gallons_of(median.thousandths_a_day)));
        steps.push(say(
            format!(
                "Median of {} bills with readings: {each} cubic feet ({gallons} gallons) a day; estimates count with \
                 the reading that settles them, bills without use do not count.",
                median.bills
            ),
            format!(
                "Mediana de {} facturas con lectura: {each} pies cúbicos ({gallons} galones) por día; las estimaciones \
                 cuentan con la lectura que las salda, las facturas sin uso no cuentan.",
                median.bills
            ),
        ));
    }
    let estimated = earlier.iter().filter(|span| span.estimated).count();
    if estimated > 0 {
        steps.push(say(
            format!("{estimated} earlier bills are estimates that no reading has settled."),
            format!("{estimated} facturas anteriores son estimaciones que ninguna lectura ha saldado."),
        ));
    }
    steps
}

impl Span {
    pub(super) fn facts(&self, language: Language) -> Facts {
        self.rate(Facts::new(language))
    }

    fn rate(&self, facts: Facts) -> Facts {
        facts
            .number("days", Some(self.days))
            .volume("cf", "gallons", Some(self.usage))
            .text("cf_a_day", a_day(self.thousandths_a_day()))
            .number("gallons_a_day", Some(self.gallons_a_day()))
    }
}

fn percent_facts(facts: Facts, percent: Option<i64>) -> Facts {
    facts
        .number("percent", percent.map(i64::saturating_abs))
        .flag("up", percent.is_none_or(|percent| percent > 0))
        .flag("down", percent.is_some_and(|percent| percent < 0))
        .flag("same", percent == Some(0))
}

impl Finding<UsageFinding> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let found = &self.value;
        let beside = |beside: &Beside| {
            let facts = beside
                .span
                .facts(language)
                .date("period_start", Some(beside.span.from))
                .date("period_end", Some(beside.span.until))
                .flag("estimated", beside.span.estimated);
            percent_facts(facts, beside.percent).done()
        };
        let spread = |span: &Span| {
            let facts = span.facts(language).count("bills", span.bills.len());
            facts.date("since", Some(span.from)).date("until", Some(span.until)).done()
        };
        let median = |median: &Median| {
            let facts = Facts::new(language)
                .count("bills", median.bills)
                .text("cf_a_day", a_day(median.thousandths_a_day))
                .number("gallons_a_day", Some(gallons_of(median.thousandths_a_day)));
            percent_facts(facts, median.percent).done()
        };
        let facts = found
            .own
            .facts(language)
            .with("bill", bill_facts(&found.bill, language))
            .flag("estimated", found.own.estimated)
            .with("spread", found.spread.as_ref().map_or(Value::Null, spread))
            .with("last_year", found.last_year.as_ref().map_or(Value::Null, beside))
            .with("previous", found.previous.as_ref().map_or(Value::Null, beside))
            .with("median", found.median.as_ref().map_or(Value::Null, median));
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::bill;

    /// Bills of whole months, `(read type, cubic feet)`, the last one for April 2026.
    fn months(uses: &[(ReadType, i64)]) -> Vec<Bill> {
        let newest = jiff::civil::date(2026, 4, 30);
        let count = i32::try_from(uses.len()).expect("the test has one");
        uses.iter()
            .enumerate()
            .map(|(at, (read_type, usage))| {
                let back = TimeSpan::new().months(count - 1 - i32::try_from(at).expect("the test has one"));
                let end = newest.first_of_month().saturating_sub(back).last_of_month();
                let issued = end.saturating_add(TimeSpan::new().days(4)).to_string();
                bill(&format!("b{at:02}"), &issued)
                    .with_period(&end.first_of_month().to_string(), &end.to_string())
                    .with_use(*usage, *read_type)
            })
            .collect()
    }

    #[test]
    fn a_month_is_compared_day_by_day_with_last_year_and_the_median() {
        let mut uses = vec![(ReadType::Actual, 500); 24];
        uses[23].1 = 1000;
        let found = usage(&months(&uses)).expect("the test has one").value;
        let last_year = found.last_year.expect("the test has one");
        assert_eq!(last_year.span.from.to_string(), "2025-04-01");
        assert_eq!(last_year.percent, Some(100));
        assert_eq!(found.median.map(|median| median.bills), Some(23));
        assert_eq!(found.previous.and_then(|previous| previous.percent), Some(107), "March has 31 days");
    }

    #[test]
    fn a_catch_up_bill_is_spread_over_the_bills_that_it_settles() {
        let mut uses = vec![(ReadType::Actual, 400); 24];
        for (read_type, usage) in &mut uses[19..23] {
            (*read_type, *usage) = (ReadType::Estimated, 300);
        }
        uses[23].1 = 1200;
        let finding = usage(&months(&uses)).expect("the test has one");
        let spread = finding.value.spread.as_ref().expect("the test has one");
        assert_eq!((spread.bills.len(), spread.usage, spread.days), (5, CubicFeet(2400), 151));
        assert_eq!(finding.value.last_year.as_ref().expect("the test has one").span.days, 151);
        assert!(
            finding.sentence.en.contains("With the bills that it settles (5 bills in all)"),
            "{}",
            finding.sentence.en
        );
    }

    #[test]
    fn an_estimate_says_nothing_of_real_use() {
        let mut uses = vec![(ReadType::Actual, 400); 6];
        uses[5] = (ReadType::Estimated, 900);
        let finding = usage(&months(&uses)).expect("the test has one");
        assert!(finding.sentence.en.ends_with("It is an estimate, not a reading of the meter."));
    }

    #[test]
    fn bills_without_use_do_not_lower_the_median() {
        let mut uses = vec![(ReadType::Zero, 0); 12];
        for use_of in &mut uses[7..] {
            *use_of = (ReadType::Actual, 300);
        }
        let median = usage(&months(&uses)).expect("the test has one").value.median.expect("the test has one");
        assert_eq!(median.bills, 4);
        assert!(median.thousandths_a_day > 9_000, "{}", median.thousandths_a_day);
    }

    #[test]
    fn a_day_has_one_decimal_rounded_to_the_nearest() {
        for (thousandths, printed) in
            [(14_333, "14.3"), (14_350, "14.4"), (0, "0.0"), (-50, "-0.1"), (1_234_000, "1,234.0")]
        {
            assert_eq!(a_day(thousandths), printed);
        }
    }
}
