//! `penstock classify` and `penstock match`: one JSON object in, one out, in the same order.

use std::io::{BufRead as _, Write as _};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Common, Ended, open_store};
use crate::accounts::{MatchQuery, decide, wanted};
use crate::classification::Classifier;
use crate::clock::{Clock, local_date};

#[derive(Deserialize)]
struct Letter {
    id: Value,
    text: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    from_name: String,
    #[serde(default)]
    from_address: String,
}

/// The letters of standard input; a line that is none is named and left out.
fn letters(ended: &mut Ended) -> Vec<Letter> {
    let mut letters = Vec::new();
    for (at, line) in std::io::stdin().lock().lines().enumerate() {
        let parsed = line.map_err(|error| error.to_string()).and_then(|line| {
            if line.trim().is_empty() {
                Ok(None)
            } else {
                serde_json::from_str(&line).map(Some).map_err(|error| error.to_string())
            }
        });
        match parsed {
            Ok(letter) => letters.extend(letter),
            Err(reason) => {
                eprintln!("standard input:{}: {reason}", at + 1);
                *ended = Ended::Refused;
            }
        }
    }
    letters
}

/// Classifies letters with the model of the starting letters.
pub(super) fn classify() -> anyhow::Result<Ended> {
    let classifier = Classifier::from_starting_letters()?;
    let mut ended = Ended::Done;
    for letter in letters(&mut ended) {
        let found = classifier.classify(&letter.subject, &letter.text);
        let labels: Vec<Value> = found
            .labels
            .iter()
            .map(|(label, probability)| json!({ "label": label, "probability": probability }))
            .collect();
        let evidence: Vec<Value> = found
            .evidence
            .iter()
            .map(|part| json!({ "label": part.topic, "start": part.start, "end": part.end, "text": part.text, "weight": part.weight }))
            .collect();
        let line = json!({
            "id": letter.id, "language": found.language, "labels": labels, "topics": found.topics, "unsure": found.unsure,
            "flags": found.flags, "evidence": evidence,
        });
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(ended)
}

/// Says which accounts letters are about.
pub(super) async fn match_accounts(common: &Common) -> anyhow::Result<Ended> {
    let settings = common.settings()?;
    let store = open_store(&settings).await?;
    let today = local_date(Clock::System.now(), &settings.organization.zone);
    let mut ended = Ended::Done;
    for letter in letters(&mut ended) {
        let query = MatchQuery {
            subject: &letter.subject,
            text: &letter.text,
            from_name: &letter.from_name,
            from_address: &letter.from_address,
            authenticated: None,
        };
        let mut tx = store.read().await?;
        let (accounts, contacts) = tx.accounts_wanted(&wanted(&query)).await?;
        let result = decide(&query, &accounts, &contacts, today);
        let line = json!({
            "id": letter.id, "decision": result.decision, "candidates": result.candidates, "assurance": result.assurance,
        });
        writeln!(std::io::stdout(), "{line}")?;
    }
    store.close().await;
    Ok(ended)
}
