//! The use of water over the last bills: a chart, and the table that says the same in words.

/// One bill's use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageBar {
    /// The bill, as the table's first column says it.
    pub label: String,
    /// The use, in cubic feet.
    pub cubic_feet: u32,
    /// The use, as the table's second column says it.
    pub printed: String,
    /// Whether the meter was not read.
    pub estimated: bool,
}

/// A chart with its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageChart {
    /// What it shows.
    pub title: String,
    /// The heads of the table's two columns.
    pub columns: [String; 2],
    /// What the chart says to those who cannot see it.
    pub alternative: String,
    /// The bills, the oldest first.
    pub bars: Vec<UsageBar>,
}

/// The height of the chart, in points.
pub(super) const HEIGHT: f32 = 96.0;

/// A bar: from the left, in points; its width; its height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub(super) left: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) estimated: bool,
}

/// The bars, in a place of that width.
pub(super) fn bars(chart: &UsageChart, width: f32) -> Vec<Bar> {
    let most = chart.bars.iter().map(|bar| bar.cubic_feet).max().unwrap_or(0).max(1);
    let count = u16::try_from(chart.bars.len()).unwrap_or(u16::MAX).max(1);
    let step = width / f32::from(count);
    let mut left = step * 0.15;
    let mut bars = Vec::with_capacity(chart.bars.len());
    for bar in &chart.bars {
        // A share in ten thousandths: a chart shows no finer.
        let share = u64::from(bar.cubic_feet) * 10_000 / u64::from(most);
        let share = f32::from(u16::try_from(share).unwrap_or(10_000)) / 10_000.0;
        bars.push(Bar { left, width: step * 0.7, height: share * HEIGHT, estimated: bar.estimated });
        left += step;
    }
    bars
}
