//! Letters: their bytes, where they came from, how far they are, and what was read in them.

use super::dialect::Claim;
use super::rows::parsed;
use super::{StoreError, Tx, expect_one, on};
use crate::ids::{CaseId, Digest, LetterId};
use crate::letter::{LetterKind, LetterStage};

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
    /// When it came.
    pub received_at: i64,
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
    pub case_id: Option<&'a CaseId>,
    /// What was read, as JSON.
    pub reading: String,
    /// How it was classified, as JSON.
    pub classification: Option<String>,
    /// Which accounts were found, as JSON.
    pub account_match: Option<String>,
}

const LETTER_COLUMNS: &str = "SELECT id, raw_digest, size_bytes, received_at, stage, kind, case_id, reading, \
     classification, account_match FROM letters";

impl LetterRow {
    /// How far the letter is.
    pub fn stage(&self) -> Result<LetterStage, StoreError> {
        parsed("letters", "stage", &self.stage)
    }
}

impl Tx {
    /// Stores one arrival: a new letter, a further copy, or nothing when it is known.
    pub async fn store_arrival(&mut self, arrival: &Arrival<'_>) -> Result<Stored, StoreError> {
        const KNOWN: &str = "SELECT letter_id FROM arrivals WHERE source = $1 AND source_key = $2";
        const ADD_LETTER: &str = "INSERT INTO letters (id, content_digest, raw_digest, size_bytes, received_at, stage, \
             due_at, attempt) VALUES ($1, $2, $3, $4, $5, 'received', $5, 0) \
             ON CONFLICT (content_digest) DO NOTHING";
        const SAME: &str = "SELECT id FROM letters WHERE content_digest = $1";
        const ADD_BYTES: &str = "INSERT INTO letter_bytes (letter_id, raw_digest, bytes) VALUES ($1, $2, $3) \
             ON CONFLICT (letter_id, raw_digest) DO NOTHING";
        const ADD_ARRIVAL: &str = "INSERT INTO arrivals (source, source_key, letter_id, raw_digest, arrived_at) \
             VALUES ($1, $2, $3, $4, $5)";

        let known: Option<String> = on!(self, connection => sqlx::query_scalar(KNOWN)
            .bind(arrival.source).bind(arrival.source_key).fetch_optional(connection).await?);
        if let Some(id) = known {
            return Ok(Stored::Known(id.into()));
        }
        let fresh = LetterId::new(crate::clock::from_microseconds(arrival.at));
        let size = i64::try_from(arrival.bytes.len()).unwrap_or(i64::MAX);
        let added = on!(self, connection => sqlx::query(ADD_LETTER).bind(fresh.as_str())
            .bind(arrival.content_digest.as_str()).bind(arrival.raw_digest.as_str()).bind(size).bind(arrival.at)
            .execute(connection).await?.rows_affected());
        let stored = if added == 1 {
            Stored::New(fresh)
        } else {
            let id: String = on!(self, connection => sqlx::query_scalar(SAME)
                .bind(arrival.content_digest.as_str()).fetch_one(connection).await?);
            Stored::Copy(id.into())
        };
        on!(self, connection => sqlx::query(ADD_BYTES).bind(stored.letter().as_str()).bind(arrival.raw_digest.as_str())
            .bind(arrival.bytes).execute(connection).await.map(drop)?);
        on!(self, connection => sqlx::query(ADD_ARRIVAL).bind(arrival.source).bind(arrival.source_key)
            .bind(stored.letter().as_str()).bind(arrival.raw_digest.as_str()).bind(arrival.at)
            .execute(connection).await.map(drop)?);
        Ok(stored)
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
        const BYTES: &str = "SELECT bytes FROM letter_bytes WHERE letter_id = $1 AND raw_digest = $2";
        let bytes: Vec<u8> = on!(self, connection => sqlx::query_scalar(BYTES).bind(id.as_str()).bind(raw_digest)
            .fetch_one(connection).await?);
        if Digest::of(&bytes).as_str() == raw_digest {
            return Ok(bytes);
        }
        Err(StoreError::Corrupt {
            table: "letter_bytes",
            column: "bytes",
            reason: format!("the bytes of letter {id} do not have their digest"),
        })
    }

    /// Stores what preparing found out and ends the claim, if it still holds.
    pub async fn finish_letter(&mut self, letter: &PreparedLetter<'_>) -> Result<(), StoreError> {
        const FINISH: &str = "UPDATE letters SET stage = $1, kind = $2, message_id = $3, case_id = $4, reading = $5, \
             classification = $6, account_match = $7, lease_owner = NULL, lease_until = NULL \
             WHERE id = $8 AND stage = 'received' AND lease_owner = $9 AND attempt = $10";
        let rows = on!(self, connection => sqlx::query(FINISH).bind(letter.stage.as_str()).bind(letter.kind.as_str())
            .bind(letter.message_id).bind(letter.case_id.map(CaseId::as_str)).bind(letter.reading.as_str())
            .bind(letter.classification.as_deref()).bind(letter.account_match.as_deref())
            .bind(letter.id.as_str()).bind(letter.owner).bind(letter.attempt)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the letter")
    }

    /// Gives claimed letters back, to be tried again when due.
    pub async fn put_letter_back(&mut self, id: &LetterId, owner: &str, due_at: i64) -> Result<(), StoreError> {
        const BACK: &str = "UPDATE letters SET lease_owner = NULL, lease_until = NULL, due_at = $1 \
             WHERE id = $2 AND stage = 'received' AND lease_owner = $3";
        on!(self, connection => sqlx::query(BACK).bind(due_at).bind(id.as_str()).bind(owner).execute(connection).await.map(drop)?);
        Ok(())
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

    /// The case of a letter with that Message-ID, if it has one; the latest when several.
    pub async fn case_of_message_id(&mut self, message_id: &str) -> Result<Option<CaseId>, StoreError> {
        const CASE: &str = "SELECT case_id FROM letters WHERE message_id = $1 AND case_id IS NOT NULL \
             ORDER BY received_at DESC, id DESC LIMIT 1";
        let id: Option<String> =
            on!(self, connection => sqlx::query_scalar(CASE).bind(message_id).fetch_optional(connection).await?);
        Ok(id.map(CaseId::from))
    }

    /// How many letters stand at each stage.
    pub async fn letters_by_stage(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        const COUNT: &str = "SELECT stage, CAST(count(*) AS BIGINT) FROM letters GROUP BY stage ORDER BY stage";
        Ok(on!(self, connection => sqlx::query_as(COUNT).fetch_all(connection).await?))
    }

    /// For each source: how many arrivals are stored and when the last one came.
    pub async fn arrivals_by_source(&mut self) -> Result<Vec<(String, i64, i64)>, StoreError> {
        const COUNT: &str = "SELECT source, CAST(count(*) AS BIGINT), max(arrived_at) FROM arrivals \
             GROUP BY source ORDER BY source";
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
