//! The usage of two years as a chart: drawn by the server, without a script, its table beside it.

use crate::accounts::findings::usage::{Span, a_day};
use crate::accounts::rows::{Bill, ReadType};
use crate::money::grouped;

const WIDTH: i64 = 480;
const HEIGHT: i64 = 120;
/// What is left above the bars for the largest one's figure.
const HEADROOM: i64 = 18;

/// Bars, oldest first, and the rows of the table.
pub(super) struct UsageChart {
    pub(super) bars: Vec<Bar>,
    pub(super) summary: String,
}

/// One bill's bar.
pub(super) struct Bar {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
    /// How it is drawn.
    pub(super) class: &'static str,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) read: &'static str,
    pub(super) cubic_feet: String,
    pub(super) gallons: String,
    pub(super) each_day: String,
    pub(super) gallons_each_day: String,
}

/// The chart of the bills that hold and tell use and period; nothing when there are fewer than
/// two.
pub(super) fn usage_chart(bills: &[Bill]) -> Option<UsageChart> {
    let rows = crate::accounts::findings::usage::bill_spans(bills);
    let largest = rows.iter().map(|(_, span)| span.thousandths_a_day()).max().unwrap_or(0).max(1);
    let count = i64::try_from(rows.len()).ok().filter(|count| *count >= 2)?;
    let step = (WIDTH / count).clamp(4, 60);
    let bars = rows.iter().zip(0..).map(|((bill, span), at)| bar(bill, span, (at * step, step - 2), largest)).collect();
    let summary = format!(
        "Cubic feet a day on {count} bills; the largest is {}, the newest {}.",
        a_day(largest),
        rows.last().map(|(_, span)| a_day(span.thousandths_a_day())).unwrap_or_default()
    );
    Some(UsageChart { bars, summary })
}

fn bar(bill: &Bill, span: &Span, (x, width): (i64, i64), largest: i64) -> Bar {
    let share = i128::from(span.thousandths_a_day().max(0)) * i128::from(HEIGHT - HEADROOM) / i128::from(largest);
    let height = i64::try_from(share).unwrap_or(0);
    let (class, read) = match bill.read_type {
        Some(ReadType::Estimated) => ("estimated", "estimated"),
        Some(ReadType::None) => ("estimated", "no reading"),
        Some(ReadType::Zero) => ("read", "no use"),
        Some(ReadType::Customer) => ("read", "read by the customer"),
        Some(ReadType::Actual) => ("read", "read"),
        None => ("estimated", "unknown"),
    };
    Bar {
        x,
        y: HEIGHT - height,
        width,
        height,
        class,
        from: span.from.to_string(),
        until: span.until.to_string(),
        read,
        cubic_feet: span.usage.grouped(),
        gallons: grouped(span.usage.gallons()),
        each_day: a_day(span.thousandths_a_day()),
        gallons_each_day: grouped(span.gallons_a_day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::rows::BillKind;
    use crate::money::{Cents, CubicFeet};
    use jiff::civil::date;

    fn bill(month: i8, usage: i64) -> Bill {
        Bill {
            bill_id: format!("b{month}"),
            account_number: "1234567890123456".parse().expect("the test has one"),
            kind: BillKind::Regular,
            period_start: Some(date(2026, month, 1)),
            period_end: Some(date(2026, month, 28)),
            issued_on: date(2026, month, 28),
            due_on: None,
            read_type: Some(ReadType::Actual),
            usage_cf: Some(CubicFeet(usage)),
            water: None,
            sewer: None,
            service: None,
            stormwater: None,
            discount: None,
            penalty: None,
            other: None,
            total: Cents::ZERO,
            replaces_bill_id: None,
        }
    }

    #[test]
    fn the_largest_bar_leaves_the_headroom_and_the_others_are_in_proportion() {
        let chart = usage_chart(&[bill(2, 560), bill(1, 280)]).expect("the test has one");
        assert_eq!(chart.bars.iter().map(|bar| bar.height).collect::<Vec<_>>(), [51, 102]);
        assert_eq!(chart.bars[1].y, HEADROOM);
        assert_eq!(chart.summary, "Cubic feet a day on 2 bills; the largest is 20.0, the newest 20.0.");
    }

    #[test]
    fn one_bill_makes_no_chart() {
        assert!(usage_chart(&[bill(1, 280)]).is_none());
    }
}
