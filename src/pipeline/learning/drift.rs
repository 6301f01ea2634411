//! What drifts: how many letters the classifier is unsure of, and how many it had wrong, week by
//! week.

use std::collections::BTreeMap;

use crate::letter::Topic;
use crate::store::{StoreError, Tx};

/// A week in microseconds.
pub(super) const WEEK: i64 = 7 * 24 * 3600 * 1_000_000;

/// What became of the letters of seven days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Week {
    /// When they begin.
    pub from: i64,
    /// How many letters were judged.
    pub judged: i64,
    /// How many of them a person had to decide.
    pub unsure: i64,
    /// For each right primary topic how many letters people answered for, and how many of these
    /// the classifier had wrong or was unsure of.
    pub topics: BTreeMap<Topic, (i64, i64)>,
}

/// The weeks up to now, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// The weeks.
    pub weeks: Vec<Week>,
}

impl Week {
    /// How many letters people answered for, and how many had been wrong.
    #[must_use]
    pub fn labelled(&self) -> (i64, i64) {
        self.topics.values().fold((0, 0), |(all, wrong), (more, also)| (all + more, wrong + also))
    }
}

/// Counts the letters of the last weeks.
pub async fn drift(tx: &mut Tx, now: i64, weeks: i64) -> Result<Drift, StoreError> {
    let mut found = Vec::new();
    for number in 0..weeks {
        // The moment of now belongs to the newest week.
        let to = now - number * WEEK + 1;
        let from = to - WEEK;
        let (judged, unsure) = tx.judged_between(from, to).await?;
        let mut topics: BTreeMap<Topic, (i64, i64)> = BTreeMap::new();
        for (right, said, count) in tx.labelled_between(from, to).await? {
            let primary = right.split(' ').next().unwrap_or_default().parse().unwrap_or(Topic::Other);
            let (all, wrong) = topics.entry(primary).or_default();
            *all += count;
            *wrong += if said == right { 0 } else { count };
        }
        found.push(Week { from, judged, unsure, topics });
    }
    Ok(Drift { weeks: found })
}

/// Shows the newest week in the metrics.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format")]
pub(super) fn gauge(drift: &Drift) {
    let Some(week) = drift.weeks.first() else { return };
    metrics::gauge!("penstock_letters_judged_week").set(week.judged as f64);
    metrics::gauge!("penstock_letters_unsure_share_week").set(week.unsure as f64 / week.judged.max(1) as f64);
    for topic in Topic::ALL {
        let (all, wrong) = week.topics.get(topic).copied().unwrap_or_default();
        metrics::gauge!("penstock_letters_labelled_week", "topic" => topic.as_str()).set(all as f64);
        metrics::gauge!("penstock_letters_corrected_week", "topic" => topic.as_str()).set(wrong as f64);
    }
}
