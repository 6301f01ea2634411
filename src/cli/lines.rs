//! `penstock match`, and the lines that it and `penstock classify` read: one JSON object in, one
//! out, in the same order.

use std::io::{BufRead as _, Write as _};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Common, Ended, open_store};
use crate::accounts::{Decision, MatchQuery, assure, decide_wanted, wanted};
use crate::clock::{Clock, local_date};

/// A letter of standard input.
#[derive(Deserialize)]
pub(super) struct Letter {
    /// Whatever the caller knows it by.
    #[serde(default)]
    pub(super) id: Value,
    /// Its text.
    pub(super) text: String,
    /// Its subject, where it has one.
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default)]
    from_name: String,
    #[serde(default)]
    from_address: String,
    /// Whether the address proved to have written; nothing when it is not known.
    #[serde(default)]
    authenticated: Option<bool>,
    /// Whether it came on paper.
    #[serde(default)]
    paper: bool,
}

/// The letters of standard input; a line that is none is named and left out.
pub(super) fn letters(ended: &mut Ended) -> Vec<Letter> {
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
            authenticated: letter.authenticated,
            paper: letter.paper,
            ..MatchQuery::default()
        };
        let mut tx = store.read().await?;
        let wanted = wanted(&query);
        let (accounts, contacts) = tx.accounts_wanted(&wanted).await?;
        let mut result = decide_wanted(&query, &wanted, (&accounts, &contacts), today);
        if let (Decision::Matched, Some(best)) = (result.decision, result.candidates.first())
            && let Some(rows) = tx.whole_account(best.account.as_str()).await?
        {
            let account = Some((&rows.account, rows.contacts.as_slice()));
            let assured = assure(&query, &wanted, account, (Some(&rows), today));
            (result.assurance, result.assurance_reasons, result.standing) =
                (assured.level, assured.reasons, assured.standing);
        }
        let line = json!({
            "id": letter.id, "decision": result.decision, "candidates": result.candidates, "assurance": result.assurance,
            "assurance_reasons": result.assurance_reasons, "standing": result.standing,
        });
        writeln!(std::io::stdout(), "{line}")?;
    }
    store.close().await;
    Ok(ended)
}
