//! Scanned letters on their way to being read: claimed one by one, converted, and stored with
//! their pages; a batch with separator sheets becomes a letter for each part. Slow, so it has
//! claims of its own and no mail waits for it.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::converters::{Converted, Converters};
use crate::ids::{Digest, LetterId};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{LetterKind, LetterStage};
use crate::reading::scan::{Page, Scan, ScanForm};
use crate::store::{Arrival, ClaimedLetter, PreparedLetter, Store, StoreError, Stored, Tx};

/// The source that the parts of batches come from.
const BATCHES: &str = "batches";

/// Who converts, and how.
#[derive(Debug, Clone)]
pub struct Workshop {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The converters.
    pub converters: Converters,
    /// After how many attempts a scan is set aside.
    pub attempts: i64,
    /// The process and task.
    pub owner: String,
}

impl Workshop {
    /// Converts scans until told to stop; the one under way is then given back.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.convert_next(&stop).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => Duration::from_millis(500),
                Err(error) => {
                    tracing::error!(error = %error, "a scan could not be converted; it will be tried again");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Converts the next scan that is due; gives whether there was one.
    pub async fn convert_next(&self, stop: &CancellationToken) -> Result<bool, StoreError> {
        let now = self.clock.now().as_microsecond();
        // The last page may have begun just before the converters' patience ended.
        let lease = self.converters.patience + Duration::from_mins(15);
        let until = now + i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
        let mut tx = self.store.write().await?;
        let claimed = tx.claim_scans(&self.owner, (now, until), 1).await?;
        tx.commit().await?;
        let Some(claimed) = claimed.into_iter().next() else { return Ok(false) };
        if claimed.attempt > self.attempts {
            self.give_up(&claimed).await?;
            return Ok(true);
        }
        let bytes = self.store.read().await?.letter_bytes(&claimed.id, &claimed.raw_digest).await?;
        let converted = tokio::select! {
            converted = self.converters.convert(&bytes) => converted,
            () = stop.cancelled() => {
                let mut tx = self.store.write().await?;
                tx.give_scan_back(&claimed, &self.owner).await?;
                tx.commit().await?;
                return Ok(false);
            }
        };
        self.store(&claimed, &bytes, &converted).await?;
        Ok(true)
    }

    /// A scan that ended the program each time is left for the quarantine, with its bytes.
    async fn give_up(&self, claimed: &ClaimedLetter) -> Result<(), StoreError> {
        let problem = format!("converting it failed {} times; the scan is attached", claimed.attempt - 1);
        let mut tx = self.store.write().await?;
        tx.add_scan(&claimed.id, &Scan::unreadable(0, problem), &HashMap::new()).await?;
        tx.finish_scan(claimed, &self.owner, self.attempts).await?;
        tx.commit().await
    }

    async fn store(&self, claimed: &ClaimedLetter, bytes: &[u8], converted: &Converted) -> Result<(), StoreError> {
        let now = self.clock.now();
        let scan = &converted.scan;
        let mut tx = self.store.write().await?;
        let account = scan.account();
        if let Some(parts) = scan.parts() {
            self.store_batch(&mut tx, (claimed, bytes), (converted, &parts), now).await?;
        } else {
            let images = converted.images.iter().map(|(number, image)| (*number, image.as_slice())).collect();
            tx.add_scan(&claimed.id, scan, &images).await?;
            tx.finish_scan(claimed, &self.owner, 0).await?;
            let details = json!({ "pages": account, "problems": scan.problems });
            let event = Event::new(now, Actor::Program, EventKind::LetterConverted).of_letter(&claimed.id);
            tx.append(&[event.with(details)]).await?;
        }
        tx.commit().await?;
        tracing::info!(
            letter.id = %claimed.id, pages = account.pages_in, filed = account.filed, blank = account.blank,
            separators = account.separators, rejected = account.rejected, "the scan {} was converted", claimed.id
        );
        Ok(())
    }

    /// Files the batch itself, with the account of its pages, and takes in each of its letters.
    async fn store_batch(
        &self,
        tx: &mut Tx,
        (claimed, bytes): (&ClaimedLetter, &[u8]),
        (converted, parts): (&Converted, &[Vec<&Page>]),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let scan = &converted.scan;
        // The images go with the letters; the batch keeps the account and its own bytes.
        tx.add_scan(&claimed.id, scan, &HashMap::new()).await?;
        let form = ScanForm::of(bytes).unwrap_or(ScanForm::Pdf);
        let reading = scan.reading(form, bytes.len() as u64, &Digest::from(claimed.raw_digest.clone()));
        tx.finish_letters(&[PreparedLetter {
            id: &claimed.id,
            owner: &self.owner,
            attempt: claimed.attempt,
            stage: LetterStage::Filed,
            kind: LetterKind::Person,
            message_id: None,
            case_id: None,
            reading: serde_json::to_string(&reading).unwrap_or_else(|_| "{}".to_owned()),
            classification: None,
            account_match: None,
        }])
        .await?;
        tx.mark_converted(&claimed.id).await?;
        let mut letters = Vec::with_capacity(parts.len());
        for part in parts {
            letters.push(take_in(tx, claimed, converted, part, now).await?);
        }
        let details = json!({ "pages": scan.account(), "letters": letters, "problems": scan.problems });
        let event = Event::new(now, Actor::Program, EventKind::LetterFiled).of_letter(&claimed.id).with(details);
        tx.append(&[event]).await
    }
}

/// Takes one letter of a batch in, with the pages that were converted already.
async fn take_in(
    tx: &mut Tx,
    batch: &ClaimedLetter,
    converted: &Converted,
    part: &[&Page],
    now: Timestamp,
) -> Result<LetterId, StoreError> {
    let bytes = converted.part(part);
    let digest = Digest::of(&bytes);
    let (first, last) = (part.first().map_or(0, |page| page.number), part.last().map_or(0, |page| page.number));
    let key = format!("{} pages {first}-{last}", batch.id);
    // The batch came earlier than this moment; so did its letters.
    let arrival = Arrival {
        source: BATCHES,
        source_key: &key,
        bytes: &bytes,
        raw_digest: &digest,
        content_digest: &digest,
        at: batch.received_at,
    };
    let stored = tx.store_arrivals(&[arrival]).await?.pop();
    let Some(stored) = stored else { return Err(StoreError::Stale { what: "a part of a batch" }) };
    let kind = match &stored {
        Stored::New(id) => {
            let scan = renumbered(part);
            let images = part.iter().zip(&scan.pages).filter_map(|(old, new)| {
                let (_, image) = converted.images.iter().find(|(number, _)| *number == old.number)?;
                Some((new.number, image.as_slice()))
            });
            tx.add_scan(id, &scan, &images.collect()).await?;
            tx.mark_converted(id).await?;
            EventKind::LetterReceived
        }
        Stored::Copy(_) | Stored::Known(_) => EventKind::LetterCopyReceived,
    };
    let details = json!({ "source": BATCHES, "bytes": bytes.len(), "sha256": digest, "batch": batch.id,
        "pages": part.iter().map(|page| page.number).collect::<Vec<_>>() });
    tx.append(&[Event::new(now, Actor::Program, kind).of_letter(stored.letter()).with(details)]).await?;
    Ok(stored.letter().clone())
}

/// The pages as those of a letter of its own, counted from 1.
fn renumbered(part: &[&Page]) -> Scan {
    let pages: Vec<Page> = (1..).zip(part).map(|(number, page)| Page { number, ..(*page).clone() }).collect();
    Scan { pages_in: pages.len() as u64, pages, problems: Vec::new() }
}
