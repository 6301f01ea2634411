//! The evidence of one case: everything that was received, decided and sent, as files that can
//! be read without this program.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Office, ReviewError};
use crate::clock::from_microseconds;
use crate::ids::{CaseRef, Digest};
use crate::journal::{Actor, Entry, Event, EventKind};
use crate::letter::Channel;
use crate::reading::scan::ScanForm;
use crate::store::{CaseRow, DeliveryRow, LetterRow, RevisionRow, Tx};

/// One file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its path within the bundle.
    pub path: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// A case with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The case.
    pub case: CaseRow,
    /// When the bundle was made, as text.
    pub made_at: String,
    /// What happened, in order: when, who, what.
    pub history: Vec<(String, String, String)>,
    /// The files, without an index page and without the list of digests.
    pub files: Vec<EvidenceFile>,
}

impl Office {
    /// Gathers the evidence of a case, and remembers that it was taken out.
    pub async fn evidence(&self, actor: Actor, reference: &CaseRef) -> Result<Evidence, ReviewError> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        tx.append(&[Event::new(now, actor, EventKind::CaseExported).of_case(&case.id)]).await?;
        tx.commit().await?;
        let mut tx = self.store.read().await?;
        let case = tx.case_by_reference(reference.as_str()).await?.ok_or(ReviewError::NotFound)?;
        let mut files = vec![json_file("case.json", &case_json(&case))];
        letters(&mut tx, &case, &mut files).await?;
        revisions(&mut tx, &case, &mut files).await?;
        deliveries(&mut tx, &case, &mut files).await?;
        let entries = tx.journal_of_case(&case.id).await?;
        let head = tx.journal_head().await?;
        let lines: Vec<String> = entries.iter().map(|entry| entry_json(entry).to_string()).collect();
        files.push(EvidenceFile { path: "journal.jsonl".to_owned(), bytes: (lines.join("\n") + "\n").into_bytes() });
        files.push(json_file("journal-head.json", &json!({ "sequence": head.sequence, "hash": head.hash })));
        let history = entries.iter().map(|entry| (moment(entry.at), entry.actor.clone(), entry.kind.clone())).collect();
        Ok(Evidence { case, made_at: now.to_string(), history, files })
    }
}

impl Evidence {
    /// The list of digests, in the form that `sha256sum -c` reads.
    #[must_use]
    pub fn digests(files: &[EvidenceFile]) -> String {
        files.iter().fold(String::new(), |mut list, file| {
            // A text grows without failing.
            let _ = writeln!(list, "{}  {}", Digest::of(&file.bytes), file.path);
            list
        })
    }
}

fn moment(at: i64) -> String {
    from_microseconds(at).to_string()
}

fn json_file(path: &str, value: &Value) -> EvidenceFile {
    EvidenceFile { path: path.to_owned(), bytes: format!("{value:#}\n").into_bytes() }
}

fn case_json(case: &CaseRow) -> Value {
    json!({
        "reference": case.reference, "state": case.state.name(), "language": case.language, "topics": case.topics,
        "flags": case.flags, "unsure": case.unsure, "account": case.account_number,
        "account_decision": case.account_decision, "customer_address": case.customer_address,
        "customer_name": case.customer_name, "subject": case.subject, "opened_at": moment(case.opened_at),
        "due_at": moment(case.due_at), "changed_at": moment(case.changed_at),
    })
}

fn entry_json(entry: &Entry) -> Value {
    let details: Value = serde_json::from_str(&entry.details).unwrap_or_default();
    json!({
        "sequence": entry.sequence, "at": entry.at, "actor": entry.actor, "kind": entry.kind, "case": entry.case_id,
        "letter": entry.letter_id, "details": details, "details_as_stored": entry.details,
        "previous_hash": entry.previous_hash, "hash": entry.hash,
    })
}

/// The letters as they came, and what the program made of each.
async fn letters(tx: &mut Tx, case: &CaseRow, files: &mut Vec<EvidenceFile>) -> Result<(), ReviewError> {
    let letters = tx.letters_of_case(&case.id).await?;
    for (number, letter) in letters.iter().enumerate() {
        let name = format!("letters/{:03}", number + 1);
        let bytes = tx.letter_bytes(&letter.id, &letter.raw_digest).await?;
        let ending = ScanForm::of(&bytes).map_or("eml", |form| match form {
            ScanForm::Pdf => "pdf",
            ScanForm::Tiff => "tif",
            ScanForm::Png => "png",
            ScanForm::Jpeg => "jpg",
        });
        files.push(EvidenceFile { path: format!("{name}.{ending}"), bytes });
        files.push(json_file(&format!("{name}.json"), &letter_json(letter)));
    }
    Ok(())
}

fn letter_json(letter: &LetterRow) -> Value {
    let inner = |text: &Option<String>| -> Value {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    json!({
        "letter": letter.id, "received_at": moment(letter.received_at), "sha256": letter.raw_digest,
        "bytes": letter.size_bytes, "kind": letter.kind, "reading": inner(&letter.reading),
        "classification": inner(&letter.classification), "account_match": inner(&letter.account_match),
    })
}

/// Every revision with the facts of its moment, and who approved what.
async fn revisions(tx: &mut Tx, case: &CaseRow, files: &mut Vec<EvidenceFile>) -> Result<(), ReviewError> {
    for revision in tx.revisions(&case.id).await? {
        let name = format!("revisions/{:03}", revision.number);
        let text = format!("{}\n\n{}\n", revision.subject, revision.body);
        files.push(EvidenceFile { path: format!("{name}.txt"), bytes: text.into_bytes() });
        files.push(json_file(&format!("{name}.json"), &revision_json(&revision)));
    }
    let approvals: Vec<Value> = tx
        .approvals(&case.id)
        .await?
        .iter()
        .map(|approval| {
            json!({
                "approval": approval.id, "revision": approval.revision_id, "approver": approval.approver_name,
                "approved_at": moment(approval.approved_at), "sha256_of_what_goes_out": approval.bytes_digest,
            })
        })
        .collect();
    files.push(json_file("approvals.json", &json!(approvals)));
    Ok(())
}

fn revision_json(revision: &RevisionRow) -> Value {
    let facts: Value = serde_json::from_str(&revision.facts).unwrap_or_default();
    json!({
        "revision": revision.id, "number": revision.number, "author": revision.author_name,
        "language": revision.language, "channel": revision.channel, "recipient": revision.recipient,
        "template": revision.template, "facts": facts, "missing": revision.missing,
        "created_at": moment(revision.created_at),
    })
}

/// What went out, byte for byte, and what became of it.
async fn deliveries(tx: &mut Tx, case: &CaseRow, files: &mut Vec<EvidenceFile>) -> Result<(), ReviewError> {
    let rows = tx.deliveries_of_case(&case.id).await?;
    for (number, row) in rows.iter().enumerate() {
        let Some(bytes) = tx.delivery_bytes(&row.id).await? else { continue };
        let ending = match row.channel {
            Channel::Email => "eml",
            Channel::Post => "pdf",
        };
        files.push(EvidenceFile { path: format!("deliveries/{:03}.{ending}", number + 1), bytes });
    }
    let told: Vec<Value> = rows.iter().map(delivery_json).collect();
    files.push(json_file("deliveries.json", &json!(told)));
    Ok(())
}

fn delivery_json(row: &DeliveryRow) -> Value {
    json!({
        "delivery": row.id, "revision": row.revision_id, "channel": row.channel, "recipient": row.recipient,
        "message_id": row.message_id, "state": row.state, "attempts": row.attempt,
        "answer": row.server_reply, "print_batch": row.print_batch, "approved_at": moment(row.created_at),
        "settled_at": row.settled_at.map(moment),
    })
}
