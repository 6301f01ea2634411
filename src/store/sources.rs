//! The account of each source: what came from it, what it holds, whether it works.

use std::collections::BTreeMap;

use super::batch::write_rows;
use super::letters::Arrival;
use super::{StoreError, Tx, on};
use crate::letter::{SourceAccount, SourceReport};

#[derive(sqlx::FromRow)]
struct Columns {
    name: String,
    first_seen_at: i64,
    arrivals: i64,
    last_arrival_at: Option<i64>,
    held: Option<i64>,
    stored: Option<i64>,
    looked_at: Option<i64>,
    failing_since: Option<i64>,
    failure: Option<String>,
    silent_after_seconds: Option<i64>,
    failing_after_seconds: Option<i64>,
    token_ends_at: Option<i64>,
    token_alarm_seconds: Option<i64>,
}

impl From<Columns> for SourceAccount {
    fn from(columns: Columns) -> Self {
        Self {
            name: columns.name,
            first_seen_at: columns.first_seen_at,
            arrivals: columns.arrivals,
            last_arrival_at: columns.last_arrival_at,
            held: columns.held,
            stored: columns.stored,
            looked_at: columns.looked_at,
            failing_since: columns.failing_since,
            failure: columns.failure,
            silent_after_seconds: columns.silent_after_seconds,
            failing_after_seconds: columns.failing_after_seconds,
            token_ends_at: columns.token_ends_at,
            token_alarm_seconds: columns.token_alarm_seconds,
        }
    }
}

impl Tx {
    /// Counts new arrivals with their sources.
    pub(super) async fn count_arrivals(&mut self, arrivals: &[&Arrival<'_>]) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO sources (name, first_seen_at, arrivals, last_arrival_at) VALUES";
        const MORE: &str = "ON CONFLICT (name) DO UPDATE SET arrivals = sources.arrivals + excluded.arrivals, \
             last_arrival_at = excluded.last_arrival_at";
        // In the order of their names, so that two processes wait for each other instead of for ever.
        let mut counts: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for arrival in arrivals {
            let (count, last) = counts.entry(arrival.source).or_default();
            *count += 1;
            *last = arrival.at.max(*last);
        }
        let counts: Vec<_> = counts.into_iter().collect();
        write_rows!(self, ADD, MORE, &counts, row => [row.0, row.1.1, row.1.0, row.1.1]);
        Ok(())
    }

    /// Notes what a source says of itself.
    pub async fn note_source(&mut self, report: &SourceReport, now: i64) -> Result<(), StoreError> {
        const SEEN: &str = "INSERT INTO sources (name, first_seen_at, silent_after_seconds, failing_after_seconds, \
             token_ends_at, token_alarm_seconds) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET \
             silent_after_seconds = excluded.silent_after_seconds, failing_after_seconds = excluded.failing_after_seconds, \
             token_ends_at = excluded.token_ends_at, token_alarm_seconds = excluded.token_alarm_seconds";
        const WORKS: &str = "UPDATE sources SET held = $1, stored = $2, looked_at = $3, failing_since = NULL, \
             failure = NULL WHERE name = $4";
        const FAILS: &str =
            "UPDATE sources SET failing_since = COALESCE(failing_since, $1), failure = $2 WHERE name = $3";
        on!(self, connection => sqlx::query(SEEN).bind(&report.name).bind(now).bind(report.silent_after_seconds)
            .bind(report.failing_after_seconds).bind(report.token_ends_at).bind(report.token_alarm_seconds)
            .execute(connection).await.map(drop)?);
        match &report.look {
            Ok((held, stored)) => {
                on!(self, connection => sqlx::query(WORKS).bind(held).bind(stored).bind(now).bind(&report.name)
                    .execute(connection).await.map(drop)?);
            }
            Err(words) => {
                on!(self, connection => sqlx::query(FAILS).bind(now).bind(words).bind(&report.name)
                    .execute(connection).await.map(drop)?);
            }
        }
        Ok(())
    }

    /// Every source with its account, by name.
    pub async fn sources(&mut self) -> Result<Vec<SourceAccount>, StoreError> {
        const ALL: &str = "SELECT name, first_seen_at, arrivals, last_arrival_at, held, stored, looked_at, failing_since, \
             failure, silent_after_seconds, failing_after_seconds, token_ends_at, token_alarm_seconds \
             FROM sources ORDER BY name";
        let rows: Vec<Columns> = on!(self, connection => sqlx::query_as(ALL).fetch_all(connection).await?);
        Ok(rows.into_iter().map(SourceAccount::from).collect())
    }
}
