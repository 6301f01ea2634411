//! Runs of bills without a reading or without use, the bill that settles them, and exchanges of
//! the meter.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::bills::{bill_facts, by_period, is_read, source, standing};
use super::usage::{Span, spans};
use super::wording::{Facts, Finding, Wording, dated, row, say};
use crate::accounts::rows::{Bill, BillKind, Read, ReadType};
use crate::letter::Language;
use crate::money::CubicFeet;

/// Bills in a row, the newest one of the account included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// What they have in common.
    pub read_type: ReadType,
    /// The bills, newest first; never empty.
    pub bills: Vec<Bill>,
    /// The last real reading before them.
    pub last_read_on: Option<Date>,
}

/// A bill that settles what bills before left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatchUp {
    /// The bill.
    pub bill: Bill,
    /// Those that it settles, oldest first.
    pub settled: Vec<Bill>,
    /// What those were billed for.
    pub billed: Option<CubicFeet>,
    /// All together over all their days.
    pub together: Option<Span>,
}

/// A change of the meter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeterExchange {
    /// The first reading of the new meter.
    pub on: Date,
    /// The last reading of the old one.
    pub last_read_on: Date,
    /// How many there were in the last 24 months.
    pub count: usize,
}

/// The run of bills of one kind of reading that the newest bill ends.
pub(super) fn run(bills: &[Bill], reads: &[Read], read_type: ReadType) -> Option<Finding<Run>> {
    let standing = standing(bills);
    let bills: Vec<Bill> = standing.into_iter().take_while(|bill| bill.read_type == Some(read_type)).cloned().collect();
    let first = bills.last()?;
    let begins = first.period_start.unwrap_or(first.issued_on);
    let real = |read: &&Read| matches!(read.read_type, Some(ReadType::Actual | ReadType::Customer));
    let last = reads.iter().filter(real).filter(|read| read.read_on <= begins).max_by_key(|read| read.read_on);
    let mut sources: Vec<_> = bills.iter().map(source).collect();
    sources.extend(last.map(read_source));
    let value = Run { read_type, last_read_on: last.map(|read| read.read_on), bills };
    Some(Finding { sentence: run_sentence(&value), steps: run_steps(&value), sources, value })
}

fn read_source(read: &Read) -> super::wording::Source {
    row("reads.csv", format!("{} {}", read.read_on, read.meter_number.as_deref().unwrap_or_default()).trim_end())
}

impl Run {
    fn first(&self) -> Option<&Bill> {
        self.bills.last()
    }
}

fn run_sentence(run: &Run) -> Wording {
    let since = dated(run.first().map_or(Date::MIN, |bill| bill.issued_on));
    let (count, zero) = (run.bills.len(), run.read_type == ReadType::Zero);
    match (count, zero) {
        (1, true) => say(
            format!("The newest bill, of {}, shows no use of water.", since.en),
            format!("La factura más reciente, del {}, no muestra uso de agua.", since.es),
        ),
        (1, false) => say(
            format!("The newest bill, of {}, rests on an estimate, not on a reading.", since.en),
            format!("La factura más reciente, del {}, se basa en una estimación, no en una lectura.", since.es),
        ),
        (_, true) => say(
            format!("The last {count} bills, since that of {}, show no use of water.", since.en),
            format!("Las últimas {count} facturas, desde la del {}, no muestran uso de agua.", since.es),
        ),
        (_, false) => say(
            format!("The last {count} bills, since that of {}, rest on estimates, not on readings.", since.en),
            format!(
                "Las últimas {count} facturas, desde la del {}, se basan en estimaciones, no en lecturas.",
                since.es
            ),
        ),
    }
}

fn run_steps(run: &Run) -> Vec<Wording> {
    let mut steps: Vec<Wording> = run
        .last_read_on
        .map(dated)
        .into_iter()
        .map(|on| {
            say(format!("Last real reading before: {}.", on.en), format!("Última lectura real anterior: {}.", on.es))
        })
        .collect();
    steps.extend(run.bills.iter().rev().map(bill_words));
    steps
}

fn bill_words(bill: &Bill) -> Wording {
    let (on, total) = (dated(bill.issued_on), bill.total.dollars());
    let (used, usado) = bill
        .usage_cf
        .map(|usage| (format!(", {} cubic feet", usage.grouped()), format!(", {} pies cúbicos", usage.grouped())))
        .unwrap_or_default();
    say(format!("Bill of {}: {total}{used}.", on.en), format!("Factura del {}: {total}{usado}.", on.es))
}

/// The newest bill as one that settles others: a catch-up bill, or a real reading after
/// estimates.
pub(super) fn catch_up(bills: &[Bill]) -> Option<Finding<CatchUp>> {
    let ordered = by_period(bills);
    let (newest, earlier) = ordered.split_last()?;
    let is_catch_up = newest.kind == BillKind::CatchUp;
    if !is_catch_up && !is_read(newest) {
        return None;
    }
    let settles = |bill: &&&Bill| match bill.read_type {
        Some(ReadType::Estimated | ReadType::None) => true,
        Some(ReadType::Zero) => is_catch_up,
        Some(ReadType::Actual | ReadType::Customer) | None => false,
    };
    let mut settled: Vec<Bill> = earlier.iter().rev().take_while(settles).map(|bill| (*bill).clone()).collect();
    settled.reverse();
    if !is_catch_up && settled.is_empty() {
        return None;
    }
    let mut sources: Vec<_> = vec![source(newest)];
    sources.extend(settled.iter().rev().map(source));
    let value = CatchUp {
        billed: settled.iter().map(|bill| bill.usage_cf.map(|usage| usage.0)).sum::<Option<i64>>().map(CubicFeet),
        together: spans(&ordered).pop().filter(|span| span.bills.len() == settled.len() + 1),
        bill: (*newest).clone(),
        settled,
    };
    Some(Finding { sentence: catch_up_sentence(&value), steps: catch_up_steps(&value), sources, value })
}

fn catch_up_sentence(found: &CatchUp) -> Wording {
    let (on, total, count) = (dated(found.bill.issued_on), found.bill.total.dollars(), found.settled.len());
    let mut words = if count == 0 {
        say(
            format!("The bill of {}, {total}, is for water used but not billed before.", on.en),
            format!("La factura del {}, {total}, es por agua usada y no facturada antes.", on.es),
        )
    } else {
        say(
            format!("The bill of {}, {total}, settles {count} earlier bills without a real reading.", on.en),
            format!("La factura del {}, {total}, salda {count} facturas anteriores sin lectura real.", on.es),
        )
    };
    if let Some(span) = &found.together {
        let (each, gallons, days) = (
            super::usage::a_day(span.thousandths_a_day()),
            crate::money::grouped(span.gallons_a_day()),
            crate::money::grouped(span.days),
        );
        words = words.then(&say(
            format!("Over all {days} days, that is {each} cubic feet ({gallons} gallons) a day."),
            format!("En los {days} días, eso es {each} pies cúbicos ({gallons} galones) por día."),
        ));
    }
    words
}

fn catch_up_steps(found: &CatchUp) -> Vec<Wording> {
    let mut steps: Vec<Wording> = found.settled.iter().map(bill_words).collect();
    steps.push(bill_words(&found.bill));
    steps
}

/// The newest exchange of the meter among the readings.
pub(super) fn meter_exchange(reads: &[Read]) -> Option<Finding<MeterExchange>> {
    let mut ordered: Vec<&Read> = reads.iter().filter(|read| read.meter_number.is_some()).collect();
    ordered.sort_by_key(|read| read.read_on);
    let exchanges: Vec<(&Read, &Read)> = ordered
        .windows(2)
        .filter(|two| two[0].meter_number != two[1].meter_number)
        .map(|two| (two[0], two[1]))
        .collect();
    let (old, new) = exchanges.last()?;
    let value = MeterExchange { on: new.read_on, last_read_on: old.read_on, count: exchanges.len() };
    let (before, after) = (dated(value.last_read_on), dated(value.on));
    let sentence = say(
        format!("The meter was changed between {} and {}.", before.en, after.en),
        format!("El medidor se cambió entre el {} y el {}.", before.es, after.es),
    );
    let steps = vec![
        say(
            format!("Last reading of the old meter: {}.", before.en),
            format!("Última lectura del medidor anterior: {}.", before.es),
        ),
        say(
            format!("First reading of the new meter: {}.", after.en),
            format!("Primera lectura del medidor nuevo: {}.", after.es),
        ),
    ];
    Some(Finding { sentence, steps, sources: vec![read_source(old), read_source(new)], value })
}

impl Finding<Run> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let run = &self.value;
        let first = run.first();
        let facts = Facts::new(language)
            .count("count", run.bills.len())
            .flag("single", run.bills.len() == 1)
            .date("since", first.map(|bill| bill.issued_on))
            .date("period_start", first.and_then(|bill| bill.period_start))
            .with("bills", run.bills.iter().map(|bill| bill_facts(bill, language)).collect())
            .date("last_read_on", run.last_read_on);
        self.facts(language, facts)
    }
}

impl Finding<CatchUp> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let found = &self.value;
        let first = found.settled.first().unwrap_or(&found.bill);
        let was = |read_type: ReadType| found.settled.iter().any(|bill| bill.read_type == Some(read_type));
        let mut facts = Facts::new(language)
            .with("bill", bill_facts(&found.bill, language))
            .count("bills", found.settled.len())
            .date("since", Some(first.period_start.unwrap_or(first.issued_on)))
            .with("billed_cf", serde_json::json!(found.billed.map(CubicFeet::grouped)))
            .flag("estimated", was(ReadType::Estimated))
            .flag("zero", was(ReadType::Zero));
        if let Some(span) = &found.together {
            facts = facts
                .volume("total_cf", "total_gallons", Some(span.usage))
                .number("days", Some(span.days))
                .text("cf_a_day", super::usage::a_day(span.thousandths_a_day()))
                .number("gallons_a_day", Some(span.gallons_a_day()));
        }
        self.facts(language, facts)
    }
}

impl Finding<MeterExchange> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let facts = Facts::new(language)
            .date("on", Some(self.value.on))
            .date("last_read_on", Some(self.value.last_read_on))
            .count("count", self.value.count);
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::findings::samples::{bill, day};

    /// Newest first, as a context has them.
    fn newest_first(types: &[ReadType]) -> Vec<Bill> {
        let bill_of = |(at, read_type): (usize, &ReadType)| {
            let month = 12 - at;
            bill(&format!("b{month:02}"), &format!("2025-{month:02}-04"))
                .with_period(&format!("2025-{month:02}-01"), &format!("2025-{month:02}-03"))
                .with_use(300, *read_type)
        };
        types.iter().enumerate().map(bill_of).collect()
    }

    #[test]
    fn a_run_ends_with_the_newest_bill() {
        let bills = newest_first(&[ReadType::Zero, ReadType::Zero, ReadType::Actual, ReadType::Zero]);
        let found = run(&bills, &[], ReadType::Zero).expect("the test has one");
        assert_eq!(found.value.bills.len(), 2);
        assert_eq!(found.sentence.en, "The last 2 bills, since that of November 4, 2025, show no use of water.");
        assert!(run(&bills, &[], ReadType::Estimated).is_none());
    }

    #[test]
    fn a_reading_after_estimates_settles_them() {
        let bills = newest_first(&[ReadType::Actual, ReadType::Estimated, ReadType::Estimated, ReadType::Actual]);
        let found = catch_up(&bills).expect("the test has one").value;
        assert_eq!((found.settled.len(), found.billed), (2, Some(CubicFeet(600))));
        assert_eq!(found.together.expect("the test has one").usage, CubicFeet(900));
    }

    #[test]
    fn a_reading_after_bills_without_use_settles_them_only_on_a_catch_up_bill() {
        let mut bills = newest_first(&[ReadType::Actual, ReadType::Zero, ReadType::Zero]);
        assert!(catch_up(&bills).is_none(), "somebody may have come home");
        bills[0].kind = BillKind::CatchUp;
        assert_eq!(catch_up(&bills).expect("the test has one").value.settled.len(), 2);
    }

    #[test]
    fn another_meter_number_is_an_exchange() {
        let read = |on: &str, meter: &str| Read {
            account_number: "1234567890123456".parse().expect("the test has one"),
            meter_number: Some(meter.to_owned()),
            read_on: day(on),
            register_cf: None,
            read_type: None,
        };
        let reads = [read("2026-03-01", "0000002"), read("2026-01-01", "0000001"), read("2026-02-01", "0000001")];
        let found = meter_exchange(&reads).expect("the test has one").value;
        assert_eq!((found.last_read_on, found.on, found.count), (day("2026-02-01"), day("2026-03-01"), 1));
    }
}
