//! Scanned letters: which wait for the converters, and what those found on the pages.

use std::collections::HashMap;

use super::batch::{fetch_in, write_rows};
use super::dialect::Claim;
use super::letters::ClaimedLetter;
use super::rows::parsed;
use super::{StoreError, Tx, expect_one, on};
use crate::ids::LetterId;
use crate::reading::scan::{Page, Scan};

/// A page's row without its image.
#[derive(Debug, sqlx::FromRow)]
struct PageRow {
    letter_id: String,
    number: i64,
    kind: String,
    source: String,
    rotation: i64,
    width: i64,
    height: i64,
    text: String,
    words: String,
}

impl Tx {
    /// Claims scans that wait to be converted, and counts the attempt before it is made.
    pub async fn claim_scans(
        &mut self,
        owner: &str,
        (now, until): (i64, i64),
        limit: i64,
    ) -> Result<Vec<ClaimedLetter>, StoreError> {
        self.claim_scan_rows(&Claim { owner, until, now, limit }).await
    }

    /// Ends the claim of a scan whose pages are stored: it is read next, with `attempt` attempts
    /// behind it.
    pub async fn finish_scan(&mut self, claimed: &ClaimedLetter, owner: &str, attempt: i64) -> Result<(), StoreError> {
        const FINISH: &str = "UPDATE letters SET converting = 'done', attempt = $1, lease_owner = NULL, lease_until = NULL \
             WHERE id = $2 AND stage = 'received' AND converting = 'pending' AND lease_owner = $3 AND attempt = $4";
        let rows = on!(self, connection => sqlx::query(FINISH)
            .bind(attempt)
            .bind(claimed.id.as_str())
            .bind(owner)
            .bind(claimed.attempt)
            .execute(connection)
            .await?
            .rows_affected());
        expect_one(rows, "a scan")
    }

    /// Marks a letter as converted that nobody holds: a part of a batch, stored a moment ago, or
    /// the batch itself, filed a moment ago.
    pub async fn mark_converted(&mut self, id: &LetterId) -> Result<(), StoreError> {
        const MARK: &str = "UPDATE letters SET converting = 'done' WHERE id = $1 AND lease_owner IS NULL";
        let rows =
            on!(self, connection => sqlx::query(MARK).bind(id.as_str()).execute(connection).await?.rows_affected());
        expect_one(rows, "a scan")
    }

    /// Gives a scan back as if it had never been claimed.
    pub async fn give_scan_back(&mut self, claimed: &ClaimedLetter, owner: &str) -> Result<(), StoreError> {
        const BACK: &str = "UPDATE letters SET lease_owner = NULL, lease_until = NULL, attempt = attempt - 1 \
             WHERE id = $1 AND converting = 'pending' AND lease_owner = $2 AND attempt = $3";
        on!(self, connection => sqlx::query(BACK)
            .bind(claimed.id.as_str())
            .bind(owner)
            .bind(claimed.attempt)
            .execute(connection)
            .await
            .map(drop)?);
        Ok(())
    }

    /// Stores what was found on the pages of a scan, with those images that are given.
    pub async fn add_scan(
        &mut self,
        id: &LetterId,
        scan: &Scan,
        images: &HashMap<u32, &[u8]>,
    ) -> Result<(), StoreError> {
        const SCAN: &str = "INSERT INTO scans (letter_id, pages_in, problems) VALUES ($1, $2, $3)";
        const PAGES: &str = "INSERT INTO pages (letter_id, number, kind, source, rotation, width, height, text, words, \
             image) VALUES";
        let problems = json(&scan.problems)?;
        let pages_in = i64::try_from(scan.pages_in).unwrap_or(i64::MAX);
        on!(self, connection => sqlx::query(SCAN)
            .bind(id.as_str())
            .bind(pages_in)
            .bind(problems)
            .execute(connection)
            .await
            .map(drop)?);
        let pages: Vec<(&Page, String)> =
            scan.pages.iter().map(|page| Ok((page, json(&page.words)?))).collect::<Result<_, StoreError>>()?;
        write_rows!(self, PAGES, "", &pages, row => [
            id.as_str(), i64::from(row.0.number), row.0.kind.as_str(), row.0.source.as_str(), i64::from(row.0.rotation),
            i64::from(row.0.width), i64::from(row.0.height), row.0.text.as_str(), row.1.as_str(),
            images.get(&row.0.number).copied(),
        ]);
        Ok(())
    }

    /// What was found on the pages of scans, those that were converted.
    pub async fn scans_of(&mut self, ids: &[&str]) -> Result<HashMap<String, Scan>, StoreError> {
        const SCANS: &str = "SELECT letter_id, pages_in, problems FROM scans WHERE letter_id";
        const PAGES: &str = "SELECT letter_id, number, kind, source, rotation, width, height, text, words FROM pages \
             WHERE letter_id";
        let rows: Vec<(String, i64, String)> = fetch_in!(self, SCANS, "", [], ids);
        let mut scans = HashMap::new();
        for (id, pages_in, problems) in rows {
            let problems = serde_json::from_str(&problems).map_err(|error| damaged("problems", &error))?;
            let pages_in = u64::try_from(pages_in).unwrap_or(0);
            scans.insert(id, Scan { pages_in, pages: Vec::new(), problems });
        }
        let pages: Vec<PageRow> = fetch_in!(self, PAGES, "ORDER BY letter_id, number", [], ids);
        for row in pages {
            let page = row.page()?;
            if let Some(scan) = scans.get_mut(&row.letter_id)
                && scan.pages.last().is_none_or(|last| last.number < page.number)
            {
                scan.pages.push(page);
            }
        }
        Ok(scans)
    }

    /// The image of one page, as PNG.
    pub async fn page_image(&mut self, id: &LetterId, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        const IMAGE: &str = "SELECT image FROM pages WHERE letter_id = $1 AND number = $2";
        let found: Option<Option<Vec<u8>>> = on!(self, connection => sqlx::query_scalar(IMAGE)
            .bind(id.as_str())
            .bind(number)
            .fetch_optional(connection)
            .await?);
        Ok(found.flatten())
    }
}

impl PageRow {
    fn page(&self) -> Result<Page, StoreError> {
        Ok(Page {
            number: u32::try_from(self.number).unwrap_or(0),
            kind: parsed("pages", "kind", &self.kind)?,
            source: parsed("pages", "source", &self.source)?,
            text: self.text.clone(),
            words: serde_json::from_str(&self.words).map_err(|error| damaged("words", &error))?,
            width: u32::try_from(self.width).unwrap_or(0),
            height: u32::try_from(self.height).unwrap_or(0),
            rotation: u16::try_from(self.rotation).unwrap_or(0),
        })
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| damaged("words", &error))
}

fn damaged(column: &'static str, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt { table: "pages", column, reason: error.to_string() }
}
