//! Revisions of replies, who wrote them, and who approved them.

use super::batch::write_rows;
use super::{StoreError, Tx, on, refusal};
use crate::ids::{ApprovalId, CaseId, Digest, RevisionId, UserId};
use crate::letter::Channel;

/// A revision to be stored; it never changes afterwards.
#[derive(Debug, Clone)]
pub struct NewRevision<'a> {
    /// Its identifier.
    pub id: &'a RevisionId,
    /// Its case.
    pub case_id: &'a CaseId,
    /// Who wrote it; `None` for the program.
    pub author: Option<&'a UserId>,
    /// The revision it was made from, whose authors are its authors too.
    pub base: Option<&'a RevisionId>,
    /// The language of the reply.
    pub language: &'a str,
    /// The subject of the reply.
    pub subject: &'a str,
    /// The text of the reply.
    pub body: &'a str,
    /// To whom it goes: an e-mail address, or the lines of a postal one.
    pub recipient: Option<&'a str>,
    /// How it goes out.
    pub channel: Channel,
    /// Whether its printed form is set in large print.
    pub large_print: bool,
    /// Which template it was made from, with its version.
    pub template: &'a str,
    /// The facts it was made from, as JSON.
    pub facts: &'a str,
    /// The names of values that were missing, as a JSON list.
    pub missing: &'a str,
    /// When.
    pub created_at: i64,
}

impl<'a> NewRevision<'a> {
    /// The same reply again as a person's revision, for whoever changes one thing about it.
    #[must_use]
    pub fn following(base: &'a RevisionRow, id: &'a RevisionId, author: &'a UserId, created_at: i64) -> Self {
        Self {
            id,
            case_id: &base.case_id,
            author: Some(author),
            base: Some(&base.id),
            language: &base.language,
            subject: &base.subject,
            body: &base.body,
            recipient: base.recipient.as_deref(),
            channel: base.channel,
            large_print: base.large_print == 1,
            template: &base.template,
            facts: &base.facts,
            missing: &base.missing,
            created_at,
        }
    }
}

/// A revision as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RevisionRow {
    /// Its identifier.
    #[sqlx(try_from = "String")]
    pub id: RevisionId,
    /// Its case.
    #[sqlx(try_from = "String")]
    pub case_id: CaseId,
    /// The how-manieth of its case, from 1.
    pub number: i64,
    /// Who wrote it; `None` for the program.
    pub author_id: Option<String>,
    /// The writer's name.
    pub author_name: Option<String>,
    /// The language of the reply.
    pub language: String,
    /// The subject of the reply.
    pub subject: String,
    /// The text of the reply.
    pub body: String,
    /// To whom it goes: an e-mail address, or the lines of a postal one.
    pub recipient: Option<String>,
    /// How it goes out.
    #[sqlx(try_from = "String")]
    pub channel: Channel,
    /// Whether its printed form is set in large print: 1, else 0.
    pub large_print: i64,
    /// Which template it was made from.
    pub template: String,
    /// The facts it was made from, as JSON.
    pub facts: String,
    /// The names of values that were missing, as a JSON list.
    pub missing: String,
    /// When.
    pub created_at: i64,
}

/// An approval as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ApprovalRow {
    /// Its identifier.
    pub id: String,
    /// What was approved.
    pub revision_id: String,
    /// The approver's name.
    pub approver_name: String,
    /// When.
    pub approved_at: i64,
    /// The digest of the bytes that go out.
    pub bytes_digest: String,
}

const SELECT: &str = "SELECT r.id, r.case_id, r.number, r.author_id, u.name AS author_name, r.language, r.subject, r.body, \
     r.recipient, r.channel, r.large_print, r.template, r.facts, r.missing, r.created_at FROM revisions r LEFT JOIN users u ON u.id = r.author_id";

impl Tx {
    /// Stores a revision as the next of its case, with its authors.
    pub async fn add_revision(&mut self, revision: &NewRevision<'_>) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO revisions (id, case_id, number, author_id, language, subject, body, recipient, \
             template, facts, missing, created_at, channel, large_print) \
             VALUES ($1, $2, (SELECT coalesce(max(number), 0) + 1 FROM revisions WHERE case_id = $2), \
             $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        const INHERIT: &str = "INSERT INTO revision_authors (revision_id, user_id) \
             SELECT $1, user_id FROM revision_authors WHERE revision_id = $2 AND user_id <> $3";
        on!(self, connection => sqlx::query(ADD).bind(revision.id.as_str()).bind(revision.case_id.as_str())
            .bind(revision.author.map(UserId::as_str)).bind(revision.language).bind(revision.subject)
            .bind(revision.body).bind(revision.recipient).bind(revision.template).bind(revision.facts)
            .bind(revision.missing).bind(revision.created_at).bind(revision.channel.as_str())
            .bind(i64::from(revision.large_print)).execute(connection).await.map(drop)?);
        if let Some(base) = revision.base {
            let author = revision.author.map_or("", UserId::as_str);
            on!(self, connection => sqlx::query(INHERIT).bind(revision.id.as_str()).bind(base.as_str()).bind(author)
                .execute(connection).await.map(drop)?);
        }
        if let Some(author) = revision.author {
            self.add_author(revision.id, author).await?;
        }
        Ok(())
    }

    /// Stores the program's first drafts of cases that have no revision yet.
    pub async fn add_first_drafts(&mut self, drafts: &[NewRevision<'_>]) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO revisions (id, case_id, number, language, subject, body, recipient, template, facts, \
             missing, created_at, channel, large_print) VALUES";
        write_rows!(self, ADD, "", drafts, draft => [
            draft.id.as_str(), draft.case_id.as_str(), 1_i64, draft.language, draft.subject, draft.body, draft.recipient,
            draft.template, draft.facts, draft.missing, draft.created_at, draft.channel.as_str(),
            i64::from(draft.large_print),
        ]);
        Ok(())
    }

    /// Counts somebody among those whose words stand in a revision.
    pub async fn add_author(&mut self, revision: &RevisionId, user: &UserId) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO revision_authors (revision_id, user_id) VALUES ($1, $2) \
             ON CONFLICT (revision_id, user_id) DO NOTHING";
        on!(self, connection => sqlx::query(ADD).bind(revision.as_str()).bind(user.as_str())
            .execute(connection).await.map(drop).map_err(refusal)?);
        Ok(())
    }

    /// Whose words stand in a revision.
    pub async fn authors(&mut self, revision: &RevisionId) -> Result<Vec<UserId>, StoreError> {
        const AUTHORS: &str = "SELECT user_id FROM revision_authors WHERE revision_id = $1 ORDER BY user_id";
        let ids: Vec<String> =
            on!(self, connection => sqlx::query_scalar(AUTHORS).bind(revision.as_str()).fetch_all(connection).await?);
        Ok(ids.into_iter().map(UserId::from).collect())
    }

    /// One revision.
    pub async fn revision(&mut self, id: &RevisionId) -> Result<Option<RevisionRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE r.id = $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(id.as_str()).fetch_optional(connection).await?))
    }

    /// The newest revision of a case.
    pub async fn latest_revision(&mut self, case: &CaseId) -> Result<Option<RevisionRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE r.case_id = $1 ORDER BY r.number DESC LIMIT 1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(case.as_str()).fetch_optional(connection).await?))
    }

    /// The revisions of a case, newest first.
    pub async fn revisions(&mut self, case: &CaseId) -> Result<Vec<RevisionRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE r.case_id = $1 ORDER BY r.number DESC"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(case.as_str()).fetch_all(connection).await?))
    }

    /// Records an approval; the database refuses an author's, and anybody's but a supervisor's.
    pub async fn add_approval(
        &mut self,
        id: &ApprovalId,
        revision: &RevisionRow,
        approver: &UserId,
        (approved_at, bytes): (i64, &Digest),
    ) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO approvals (id, case_id, revision_id, approver_id, approved_at, bytes_digest) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        on!(self, connection => sqlx::query(ADD).bind(id.as_str()).bind(revision.case_id.as_str())
            .bind(revision.id.as_str()).bind(approver.as_str()).bind(approved_at).bind(bytes.as_str())
            .execute(connection).await.map(drop).map_err(refusal)?);
        Ok(())
    }

    /// The approvals of a case, oldest first.
    pub async fn approvals(&mut self, case: &CaseId) -> Result<Vec<ApprovalRow>, StoreError> {
        const APPROVALS: &str = "SELECT a.id, a.revision_id, u.name AS approver_name, a.approved_at, a.bytes_digest \
             FROM approvals a JOIN users u ON u.id = a.approver_id WHERE a.case_id = $1 ORDER BY a.approved_at, a.id";
        Ok(on!(self, connection => sqlx::query_as(APPROVALS).bind(case.as_str()).fetch_all(connection).await?))
    }
}
