//! Letters: their bytes, where they came from, how far they are, and what was read in them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::batch::{fetch_in, write_rows};
use super::dialect::Claim;
use super::rows::parsed;
use super::{StoreError, Tx, expect_one, on};
use crate::ids::{CaseId, Digest, LetterId};
use crate::letter::{LetterKind, LetterStage};
use crate::reading::scan::ScanForm;

/// One copy of a message that came in.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    /// Where it came from: a mailbox, a folder, an upload.
    pub source: &'a str,
    /// What it is called there; unique within the source.
    pub source_key: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The digest of its bytes.
    pub raw_digest: &'a Digest,
    /// The digest of what the writer sent, the same for every copy.
    pub content_digest: &'a Digest,
    /// When it came, in microseconds since 1970.
    pub at: i64,
}

/// What became of an arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// A letter that was not here before.
    New(LetterId),
    /// A further copy of a letter that is here.
    Copy(LetterId),
    /// This very arrival was recorded before.
    Known(LetterId),
}

/// A letter that a worker holds for preparing.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClaimedLetter {
    /// The letter.
    #[sqlx(try_from = "String")]
    pub id: LetterId,
    /// The how-manieth attempt this is, counted before it is made.
    pub attempt: i64,
    /// The digest of its bytes.
    pub raw_digest: String,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// When it came.
    pub received_at: i64,
    /// Set when it is a scan: whether it is converted.
    pub converting: Option<String>,
}

/// One letter as it is shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LetterRow {
    /// The letter.
    #[sqlx(try_from = "String")]
    pub id: LetterId,
    /// The digest of its first copy's bytes.
    pub raw_digest: String,
    /// Their size.
    pub size_bytes: i64,
    /// When it came.
    pub received_at: i64,
    /// How far it is.
    pub stage: String,
    /// What sort it is, once read.
    pub kind: Option<String>,
    /// Its case, once it has one.
    pub case_id: Option<String>,
    /// What was read, as JSON.
    pub reading: Option<String>,
    /// How it was classified, as JSON.
    pub classification: Option<String>,
    /// Which accounts were found, as JSON.
    pub account_match: Option<String>,
}

/// What preparing found out, to be stored with the claim's end.
#[derive(Debug, Clone)]
pub struct PreparedLetter<'a> {
    /// The letter.
    pub id: &'a LetterId,
    /// Who holds it.
    pub owner: &'a str,
    /// In which attempt.
    pub attempt: i64,
    /// Where it stands from now on.
    pub stage: LetterStage,
    /// What sort it is.
    pub kind: LetterKind,
    /// Its Message-ID.
    pub message_id: Option<&'a str>,
    /// Its case.
    pub case_id: Option<CaseId>,
    /// What was read, as JSON.
    pub reading: String,
    /// How it was classified, as JSON.
    pub classification: Option<String>,
    /// Which accounts were found, as JSON.
    pub account_match: Option<String>,
}

const LETTER_COLUMNS: &str = "SELECT id, raw_digest, size_bytes, received_at, stage, kind, case_id, reading, \
     classification, account_match FROM letters";

impl<'a> Arrival<'a> {
    /// What it is known by: its source and its name there.
    const fn key(&self) -> (&'a str, &'a str) {
        (self.source, self.source_key)
    }
}

impl LetterRow {
    /// How far the letter is.
    pub fn stage(&self) -> Result<LetterStage, StoreError> {
        parsed("letters", "stage", &self.stage)
    }
}

impl Tx {
    /// Stores arrivals, each a new letter, a further copy, or nothing when it is known; the
    /// answers are in their order.
    pub async fn store_arrivals(&mut self, arrivals: &[Arrival<'_>]) -> Result<Vec<Stored>, StoreError> {
        const ADD_LETTERS: &str = "INSERT INTO letters (id, content_digest, raw_digest, size_bytes, received_at, stage, \
             due_at, attempt, converting) VALUES";
        const SAME: &str = "SELECT content_digest, id FROM letters WHERE content_digest";
        const ADD_BYTES: &str = "INSERT INTO letter_bytes (letter_id, raw_digest, bytes) VALUES";
        const ADD_ARRIVALS: &str =
            "INSERT INTO arrivals (source, source_key, letter_id, raw_digest, arrived_at) VALUES";

        let mut known = self.known_arrivals(arrivals).await?;
        let mut keys = HashSet::new();
        let news: Vec<&Arrival<'_>> = arrivals
            .iter()
            .filter(|arrival| !known.contains_key(&arrival.key()) && keys.insert(arrival.key()))
            .collect();
        // In the order of their digests, so that two processes that take in the same letters
        // wait for each other instead of for ever.
        let mut fresh: BTreeMap<&str, (LetterId, &Arrival<'_>)> = BTreeMap::new();
        for arrival in &news {
            fresh
                .entry(arrival.content_digest.as_str())
                .or_insert_with(|| (LetterId::new(crate::clock::from_microseconds(arrival.at)), arrival));
        }
        let letters: Vec<_> = fresh.values().collect();
        write_rows!(self, ADD_LETTERS, "ON CONFLICT (content_digest) DO NOTHING", &letters, row => [
            row.0.as_str(), row.1.content_digest.as_str(), row.1.raw_digest.as_str(),
            i64::try_from(row.1.bytes.len()).unwrap_or(i64::MAX), row.1.at, LetterStage::Received.as_str(), row.1.at, 0_i64,
            ScanForm::of(row.1.bytes).map(|_| "pending"),
        ]);
        let digests: Vec<&str> = fresh.keys().copied().collect();
        let stored: Vec<(String, String)> = fetch_in!(self, SAME, "", [], &digests);
        let ids: HashMap<String, String> = stored.into_iter().collect();
        let id_of = |arrival: &Arrival<'_>| ids.get(arrival.content_digest.as_str()).map(String::as_str);
        write_rows!(self, ADD_BYTES, "ON CONFLICT (letter_id, raw_digest) DO NOTHING", &news, arrival => [
            id_of(arrival), arrival.raw_digest.as_str(), arrival.bytes,
        ]);
        write_rows!(self, ADD_ARRIVALS, "", &news, arrival => [
            arrival.source, arrival.source_key, id_of(arrival), arrival.raw_digest.as_str(), arrival.at,
        ]);
        self.count_arrivals(&news).await?;
        let mut answers = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            if let Some(id) = known.get(&arrival.key()) {
                answers.push(Stored::Known(id.clone()));
                continue;
            }
            let id = id_of(arrival).map(|id| LetterId::from(id.to_owned())).ok_or_else(|| StoreError::Corrupt {
                table: "letters",
                column: "content_digest",
                reason: "a letter that was just stored is not there".to_owned(),
            })?;
            known.insert(arrival.key(), id.clone());
            // The first of its content is the new letter, when its row is the one that went in.
            match fresh.remove(arrival.content_digest.as_str()) {
                Some((new, _)) if new == id => answers.push(Stored::New(id)),
                Some(_) | None => answers.push(Stored::Copy(id)),
            }
        }
        Ok(answers)
    }

    /// The letters of those arrivals that were recorded before.
    async fn known_arrivals<'a>(
        &mut self,
        arrivals: &[Arrival<'a>],
    ) -> Result<HashMap<(&'a str, &'a str), LetterId>, StoreError> {
        const KNOWN: &str = "SELECT source_key, letter_id FROM arrivals WHERE source = $1 AND source_key";
        let mut by_source: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for arrival in arrivals {
            by_source.entry(arrival.source).or_default().push(arrival.source_key);
        }
        let mut known = HashMap::new();
        for (source, keys) in by_source {
            let rows: Vec<(String, String)> = fetch_in!(self, KNOWN, "", [source], &keys);
            let letters: HashMap<String, String> = rows.into_iter().collect();
            for arrival in arrivals.iter().filter(|arrival| arrival.source == source) {
                if let Some(id) = letters.get(arrival.source_key) {
                    known.insert(arrival.key(), LetterId::from(id.clone()));
                }
            }
        }
        Ok(known)
    }

    /// Whether the bytes of these messages of a source are here and whole, in their order.
    pub async fn read_back(&mut self, source: &str, keys: &[&str]) -> Result<Vec<bool>, StoreError> {
        const KEPT: &str = "SELECT source_key, letter_id, raw_digest FROM arrivals WHERE source = $1 AND source_key";
        let rows: Vec<(String, String, String)> = fetch_in!(self, KEPT, "", [source], keys);
        // Two messages of the same bytes are one copy here.
        let copies: BTreeSet<(&str, &str)> =
            rows.iter().map(|(_, id, digest)| (id.as_str(), digest.as_str())).collect();
        let ids: Vec<LetterId> = copies.iter().map(|(id, _)| LetterId::from((*id).to_owned())).collect();
        let asked: Vec<(&LetterId, &str)> = ids.iter().zip(&copies).map(|(id, (_, digest))| (id, *digest)).collect();
        let bytes = self.bytes_of(&asked).await?;
        let whole: BTreeSet<(&str, &str)> =
            copies.iter().zip(bytes).filter(|(_, bytes)| bytes.is_ok()).map(|(copy, _)| *copy).collect();
        let kept: HashSet<&str> = rows
            .iter()
            .filter(|(_, id, digest)| whole.contains(&(id.as_str(), digest.as_str())))
            .map(|(key, _, _)| key.as_str())
            .collect();
        Ok(keys.iter().map(|key| kept.contains(key)).collect())
    }

    /// Where the first copy of each letter came from, by the letter's id: that copy's bytes are
    /// the ones that are read.
    pub async fn first_sources(&mut self, ids: &[&str]) -> Result<HashMap<String, String>, StoreError> {
        const FIRST: &str = "SELECT arrivals.letter_id, arrivals.source FROM arrivals JOIN letters \
             ON letters.id = arrivals.letter_id AND letters.raw_digest = arrivals.raw_digest WHERE arrivals.letter_id";
        const ORDER: &str = "ORDER BY arrivals.arrived_at, arrivals.source, arrivals.source_key";
        let rows: Vec<(String, String)> = fetch_in!(self, FIRST, ORDER, [], ids);
        let mut sources = HashMap::new();
        for (id, source) in rows {
            sources.entry(id).or_insert(source);
        }
        Ok(sources)
    }

    /// The keys under which a source's messages were stored before, those that start with
    /// `prefix`.
    pub async fn arrival_keys(&mut self, source: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        const KEYS: &str = "SELECT source_key FROM arrivals WHERE source = $1 \
             AND substr(source_key, 1, length($2)) = $2 ORDER BY source_key";
        Ok(on!(self, connection => sqlx::query_scalar(KEYS).bind(source).bind(prefix).fetch_all(connection).await?))
    }

    /// Claims letters that wait to be prepared.
    pub async fn claim_letters(
        &mut self,
        owner: &str,
        (now, until): (i64, i64),
        limit: i64,
    ) -> Result<Vec<ClaimedLetter>, StoreError> {
        self.claim_letter_rows(&Claim { owner, until, now, limit }).await
    }

    /// The bytes of one copy of a letter, checked against their digest.
    pub async fn letter_bytes(&mut self, id: &LetterId, raw_digest: &str) -> Result<Vec<u8>, StoreError> {
        let mut found = self.bytes_of(&[(id, raw_digest)]).await?;
        found.pop().unwrap_or_else(|| Err(damaged(id)))
    }

    /// The bytes of copies of letters, each checked against its digest, in their order.
    pub async fn bytes_of(
        &mut self,
        copies: &[(&LetterId, &str)],
    ) -> Result<Vec<Result<Vec<u8>, StoreError>>, StoreError> {
        const BYTES: &str = "SELECT letter_id, raw_digest, bytes FROM letter_bytes WHERE letter_id";
        let ids: Vec<&str> = copies.iter().map(|(id, _)| id.as_str()).collect();
        let rows: Vec<(String, String, Vec<u8>)> = fetch_in!(self, BYTES, "", [], &ids);
        let mut by_copy: HashMap<(String, String), Vec<u8>> =
            rows.into_iter().map(|(id, digest, bytes)| ((id, digest), bytes)).collect();
        Ok(copies
            .iter()
            .map(|(id, digest)| {
                by_copy
                    .remove(&(id.as_str().to_owned(), (*digest).to_owned()))
                    .filter(|bytes| Digest::of(bytes).as_str() == *digest)
                    .ok_or_else(|| damaged(id))
            })
            .collect())
    }

    /// Stores what preparing found out and ends the claims; fails when one no longer holds.
    pub async fn finish_letters(&mut self, letters: &[PreparedLetter<'_>]) -> Result<(), StoreError> {
        const FINISH: &str = "UPDATE letters SET stage = v.column1, kind = v.column2, message_id = v.column3, \
             case_id = v.column4, reading = v.column5, classification = v.column6, account_match = v.column7, \
             lease_owner = NULL, lease_until = NULL FROM (VALUES";
        const HELD: &str = ") AS v WHERE letters.id = v.column8 AND letters.stage = 'received' \
             AND letters.lease_owner = v.column9 AND letters.attempt = v.column10";
        let changed = write_rows!(self, FINISH, HELD, letters, letter => [
            letter.stage.as_str(), letter.kind.as_str(), letter.message_id, letter.case_id.as_ref().map(CaseId::as_str),
            letter.reading.as_str(), letter.classification.as_deref(), letter.account_match.as_deref(),
            letter.id.as_str(), letter.owner, letter.attempt,
        ]);
        if usize::try_from(changed) == Ok(letters.len()) {
            return Ok(());
        }
        Err(StoreError::Stale { what: "a letter" })
    }

    /// Gives a claimed letter back untouched: the attempt that the claim counted was none.
    pub async fn put_letter_back(&mut self, letter: &ClaimedLetter, owner: &str) -> Result<(), StoreError> {
        const BACK: &str = "UPDATE letters SET lease_owner = NULL, lease_until = NULL, attempt = attempt - 1 \
             WHERE id = $1 AND stage = 'received' AND lease_owner = $2 AND attempt = $3";
        let rows = on!(self, connection => sqlx::query(BACK).bind(letter.id.as_str()).bind(owner).bind(letter.attempt)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the letter")
    }

    /// One letter.
    pub async fn letter(&mut self, id: &LetterId) -> Result<Option<LetterRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{LETTER_COLUMNS} WHERE id = $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(id.as_str()).fetch_optional(connection).await?))
    }

    /// The letters of a case, oldest first.
    pub async fn letters_of_case(&mut self, case: &CaseId) -> Result<Vec<LetterRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{LETTER_COLUMNS} WHERE case_id = $1 ORDER BY received_at, id"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(case.as_str()).fetch_all(connection).await?))
    }

    /// The cases that stand under Message-IDs, of letters and of replies: pairs of Message-ID and
    /// case, of several for one Message-ID the best last.
    pub async fn cases_of_messages(&mut self, message_ids: &[&str]) -> Result<Vec<(String, CaseId)>, StoreError> {
        const LETTERS: &str = "SELECT message_id, case_id FROM letters WHERE case_id IS NOT NULL AND message_id";
        const DELIVERIES: &str = "SELECT message_id, case_id FROM deliveries WHERE message_id";
        let mut found: Vec<(String, String)> = fetch_in!(self, LETTERS, "ORDER BY received_at, id", [], message_ids);
        let replies: Vec<(String, String)> = fetch_in!(self, DELIVERIES, "", [], message_ids);
        found.extend(replies);
        Ok(found.into_iter().map(|(message, case)| (message, CaseId::from(case))).collect())
    }

    /// How many letters stand at each stage.
    pub async fn letters_by_stage(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        const COUNT: &str = "SELECT stage, CAST(count(*) AS BIGINT) FROM letters GROUP BY stage ORDER BY stage";
        Ok(on!(self, connection => sqlx::query_as(COUNT).fetch_all(connection).await?))
    }

    /// When the oldest letter that still waits to be prepared came.
    pub async fn oldest_waiting(&mut self) -> Result<Option<i64>, StoreError> {
        const OLDEST: &str = "SELECT min(received_at) FROM letters WHERE stage = 'received'";
        Ok(on!(self, connection => sqlx::query_scalar(OLDEST).fetch_one(connection).await?))
    }
}

impl Stored {
    /// The letter, whichever way it is here.
    #[must_use]
    pub const fn letter(&self) -> &LetterId {
        match self {
            Self::New(id) | Self::Copy(id) | Self::Known(id) => id,
        }
    }
}

fn damaged(id: &LetterId) -> StoreError {
    StoreError::Corrupt {
        table: "letter_bytes",
        column: "bytes",
        reason: format!("the bytes of letter {id} do not have their digest"),
    }
}
