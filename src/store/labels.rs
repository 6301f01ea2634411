//! What the classifier said of letters, and what people say of them: judgements and labels.

use super::batch::write_rows;
use super::cases::CaseRow;
use super::rows::{joined, parsed_list};
use super::{StoreError, Tx, expect_one, on};
use crate::ids::{LetterId, UserId};
use crate::letter::words::words;
use crate::letter::{Flag, Topic};

words! {
    /// Where a label comes from.
    LabelSource("source of a label") {
        /// A supervisor approved the reply to the letter, with its case's topics.
        Approved = "approved",
        /// A supervisor said so when asked.
        Supervisor = "supervisor",
    }
}

/// What the classifier said of a letter, to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJudgement {
    /// The letter.
    pub letter_id: LetterId,
    /// When.
    pub judged_at: i64,
    /// Which model said so.
    pub model: String,
    /// The likeliest topic.
    pub topic: Topic,
    /// Whether a person had to decide.
    pub unsure: bool,
    /// How far the next topic was behind, in thousandths.
    pub margin: i64,
}

/// A person's word about a letter, to be noted.
#[derive(Debug, Clone)]
pub struct NewLabel<'a> {
    /// The letter.
    pub letter_id: &'a LetterId,
    /// What it is about, the primary topic first; at least one.
    pub topics: &'a [Topic],
    /// Its circumstances.
    pub flags: &'a [Flag],
    /// What the classifier had said; nothing when it was unsure.
    pub said: &'a [Topic],
    /// Where the label comes from.
    pub source: LabelSource,
    /// The supervisor who answers for it.
    pub person: &'a UserId,
    /// When.
    pub labelled_at: i64,
}

/// A labelled letter, to learn from.
#[derive(Debug, Clone)]
pub struct LabelledLetter {
    /// The letter.
    pub letter_id: LetterId,
    /// Counts all labels.
    pub sequence: i64,
    /// What it is about, the primary topic first.
    pub topics: Vec<Topic>,
    /// Its circumstances.
    pub flags: Vec<Flag>,
    /// When it was labelled.
    pub labelled_at: i64,
    /// What was read, as JSON.
    pub reading: String,
    /// How it was classified, as JSON.
    pub classification: Option<String>,
}

/// A letter that nobody labelled yet.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OfferedLetter {
    /// The letter.
    #[sqlx(try_from = "String")]
    pub letter_id: LetterId,
    /// Its case, as people call it.
    pub reference: String,
    /// What was read, as JSON.
    pub reading: String,
}

#[derive(sqlx::FromRow)]
struct LabelColumns {
    letter_id: String,
    sequence: i64,
    topics: String,
    flags: String,
    labelled_at: i64,
    reading: Option<String>,
    classification: Option<String>,
}

impl TryFrom<LabelColumns> for LabelledLetter {
    type Error = StoreError;

    fn try_from(columns: LabelColumns) -> Result<Self, StoreError> {
        Ok(Self {
            topics: parsed_list("labels", "topics", &columns.topics)?,
            flags: parsed_list("labels", "flags", &columns.flags)?,
            letter_id: columns.letter_id.into(),
            sequence: columns.sequence,
            labelled_at: columns.labelled_at,
            reading: columns.reading.unwrap_or_default(),
            classification: columns.classification,
        })
    }
}

impl Tx {
    /// Notes what the classifier said; a letter that is judged again keeps its first judgement.
    pub async fn add_judgements(&mut self, judgements: &[NewJudgement]) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO judgements (letter_id, judged_at, model, topic, unsure, margin) VALUES";
        write_rows!(self, ADD, "ON CONFLICT (letter_id) DO NOTHING", judgements, judgement => [
            judgement.letter_id.as_str(), judgement.judged_at, judgement.model.as_str(), judgement.topic.as_str(),
            judgement.unsure, judgement.margin,
        ]);
        Ok(())
    }

    /// Notes a person's word about a letter; the newest holds.
    pub async fn set_label(&mut self, label: &NewLabel<'_>) -> Result<(), StoreError> {
        const SET: &str = "INSERT INTO labels (letter_id, sequence, topics, flags, said, source, person_id, labelled_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (letter_id) DO UPDATE SET sequence = excluded.sequence, \
             topics = excluded.topics, flags = excluded.flags, source = excluded.source, \
             person_id = excluded.person_id, labelled_at = excluded.labelled_at";
        let sequence = self.take_numbers("label", 1).await?;
        on!(self, connection => sqlx::query(SET).bind(label.letter_id.as_str()).bind(sequence)
            .bind(joined(label.topics)).bind(joined(label.flags)).bind(joined(label.said)).bind(label.source.as_str())
            .bind(label.person.as_str()).bind(label.labelled_at).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// The topics that a letter is labelled with, when it is.
    pub async fn label_of(&mut self, letter: &LetterId) -> Result<Option<Vec<Topic>>, StoreError> {
        const LABEL: &str = "SELECT topics FROM labels WHERE letter_id = $1";
        let topics: Option<String> =
            on!(self, connection => sqlx::query_scalar(LABEL).bind(letter.as_str()).fetch_optional(connection).await?);
        topics.map(|topics| parsed_list("labels", "topics", &topics)).transpose()
    }

    /// The newest labels with their letters, in the order of the letters.
    pub async fn labelled_letters(&mut self, limit: i64) -> Result<Vec<LabelledLetter>, StoreError> {
        const LABELLED: &str = "SELECT b.letter_id, b.sequence, b.topics, b.flags, b.labelled_at, l.reading, \
             l.classification FROM (SELECT letter_id, sequence, topics, flags, labelled_at FROM labels \
             ORDER BY sequence DESC LIMIT $1) AS b JOIN letters l ON l.id = b.letter_id ORDER BY b.letter_id";
        let rows: Vec<LabelColumns> =
            on!(self, connection => sqlx::query_as(LABELLED).bind(limit).fetch_all(connection).await?);
        rows.into_iter().map(LabelledLetter::try_from).collect()
    }

    /// How many labels came after one.
    pub async fn labels_after(&mut self, sequence: i64) -> Result<i64, StoreError> {
        const COUNT: &str = "SELECT CAST(count(*) AS BIGINT) FROM labels WHERE sequence > $1";
        Ok(on!(self, connection => sqlx::query_scalar(COUNT).bind(sequence).fetch_one(connection).await?))
    }

    /// The sequence of the newest label; 0 when there is none.
    pub async fn newest_label(&mut self) -> Result<i64, StoreError> {
        const NEWEST: &str = "SELECT CAST(coalesce(max(sequence), 0) AS BIGINT) FROM labels";
        Ok(on!(self, connection => sqlx::query_scalar(NEWEST).fetch_one(connection).await?))
    }

    /// The letters judged since a moment that nobody labelled, those with the smallest margin
    /// first.
    pub async fn unlabelled_letters(&mut self, since: i64, limit: i64) -> Result<Vec<OfferedLetter>, StoreError> {
        const UNLABELLED: &str = "SELECT l.id AS letter_id, c.reference, coalesce(l.reading, '') AS reading \
             FROM (SELECT j.letter_id, j.margin FROM judgements j WHERE j.judged_at >= $1 \
               AND NOT EXISTS (SELECT 1 FROM labels b WHERE b.letter_id = j.letter_id) \
               ORDER BY j.margin, j.letter_id LIMIT $2) AS o \
             JOIN letters l ON l.id = o.letter_id JOIN cases c ON c.id = l.case_id ORDER BY o.margin, l.id";
        Ok(on!(self, connection => sqlx::query_as(UNLABELLED).bind(since).bind(limit).fetch_all(connection).await?))
    }

    /// How many letters were judged in a span, and how many of them unsurely.
    pub async fn judged_between(&mut self, from: i64, to: i64) -> Result<(i64, i64), StoreError> {
        const JUDGED: &str = "SELECT CAST(count(*) AS BIGINT), \
             CAST(coalesce(sum(CASE WHEN unsure THEN 1 ELSE 0 END), 0) AS BIGINT) FROM judgements \
             WHERE judged_at >= $1 AND judged_at < $2";
        Ok(on!(self, connection => sqlx::query_as(JUDGED).bind(from).bind(to).fetch_one(connection).await?))
    }

    /// How many letters were labelled in a span, by their right topics and what the classifier
    /// had said: nothing where it was unsure.
    pub async fn labelled_between(&mut self, from: i64, to: i64) -> Result<Vec<(String, String, i64)>, StoreError> {
        const LABELLED: &str = "SELECT topics, said, CAST(count(*) AS BIGINT) FROM labels \
             WHERE labelled_at >= $1 AND labelled_at < $2 GROUP BY topics, said ORDER BY topics, said";
        Ok(on!(self, connection => sqlx::query_as(LABELLED).bind(from).bind(to).fetch_all(connection).await?))
    }

    /// Changes what a case is about and its circumstances, as a person says.
    pub async fn correct_case(
        &mut self,
        seen: &CaseRow,
        (topics, flags): (&[Topic], &[Flag]),
        now: i64,
    ) -> Result<(), StoreError> {
        const CORRECT: &str = "UPDATE cases SET version = version + 1, primary_topic = $1, topics = $2, flags = $3, \
             unsure = $4, urgent = $5, changed_at = $6 WHERE id = $7 AND version = $8";
        let primary = topics.first().copied().unwrap_or(Topic::Other);
        let urgent = flags.iter().any(|flag| Flag::URGENT.contains(flag));
        let rows = on!(self, connection => sqlx::query(CORRECT).bind(primary.as_str()).bind(joined(topics))
            .bind(joined(flags)).bind(false).bind(urgent).bind(now).bind(seen.id.as_str()).bind(seen.version)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the case")
    }
}
