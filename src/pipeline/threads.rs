//! Which case a letter belongs to: by what it answers, when its sender or account fits; else
//! where it may belong, with reasons, for a person to decide.
//!
//! A case number in the subject alone never joins a case, and a stranger who knows a Message-ID
//! or a reply address does not either.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use super::prepare::Thought;
use crate::ids::CaseId;
use crate::store::{CaseRow, NewGuess, StoreError, Tx};

/// How many of the messages that a letter says it answers are looked for.
const ANSWERED: usize = 20;
/// How many guesses are kept for a letter.
const GUESSES: usize = 3;
/// What speaks for a case, in hundredths.
const ANSWERS: i64 = 60;
const REPLY_ADDRESS: i64 = 70;
const NAMED: i64 = 40;
const SENDER: i64 = 30;
const ACCOUNT: i64 = 20;

/// What a batch's letters point to, looked up beforehand in few statements.
#[derive(Default)]
pub(super) struct Threads {
    /// Which case stands under a Message-ID.
    messages: HashMap<String, CaseId>,
    /// Which case a reply address belongs to.
    tokens: HashMap<String, CaseId>,
    /// Which case is called so.
    called: HashMap<String, CaseId>,
    /// The open cases of a sender, the newest first.
    senders: HashMap<String, Vec<CaseId>>,
    /// The cases, as they stand now.
    pub(super) cases: HashMap<CaseId, CaseRow>,
}

/// The messages that a letter says it answers, the nearest first.
pub(super) fn answered(thought: &Thought) -> impl Iterator<Item = &str> {
    let reading = &thought.reading;
    reading.in_reply_to.iter().chain(reading.references.iter().rev()).map(String::as_str).take(ANSWERED)
}

/// The tokens of the reply addresses that a letter went to: `inquiries+r0123...@...`.
fn tokens(thought: &Thought) -> impl Iterator<Item = &str> {
    let reading = &thought.reading;
    reading.to.iter().chain(&reading.cc).filter_map(|mailbox| {
        let (local, _) = mailbox.address.split_once('@')?;
        let (_, tag) = local.rsplit_once('+')?;
        let token = tag.strip_prefix('r')?;
        (token.len() == 24 && token.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(token)
    })
}

/// The case numbers that a letter names: `PW-2026-000123`.
fn called(thought: &Thought) -> Vec<String> {
    let mut found = Vec::new();
    for text in [&thought.reading.subject, &thought.reading.new_text] {
        for (at, _) in text.match_indices("PW-").take(10) {
            let name: String = text[at..].chars().take(14).collect();
            let right = name.len() == 14
                && name.bytes().skip(3).enumerate().all(
                    |(place, byte)| {
                        if place == 4 { byte == b'-' } else { byte.is_ascii_digit() }
                    },
                );
            if right && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// The same key once, in order, so that statements are alike.
fn unique<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    keys.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

impl Threads {
    /// Looks up what the letters of a batch point to.
    pub(super) async fn look_up(tx: &mut Tx, thoughts: &[Thought]) -> Result<Self, StoreError> {
        let names: Vec<String> = thoughts.iter().flat_map(called).collect();
        let senders: Vec<String> = thoughts.iter().filter_map(|thought| thought.reading.sender_key()).collect();
        let messages = tx.cases_of_messages(&unique(thoughts.iter().flat_map(answered))).await?;
        let tokens = tx.cases_of_reply_tokens(&unique(thoughts.iter().flat_map(tokens))).await?;
        let mut threads =
            Self { messages: messages.into_iter().collect(), tokens: tokens.into_iter().collect(), ..Self::default() };
        for (sender, case) in tx.open_cases_of(&unique(senders.iter().map(String::as_str))).await? {
            threads.senders.entry(sender).or_default().push(case);
        }
        for case in tx.cases_called(&unique(names.iter().map(String::as_str))).await? {
            threads.called.insert(case.reference.as_str().to_owned(), case.id.clone());
            threads.cases.insert(case.id.clone(), case);
        }
        let ids = unique(
            threads
                .messages
                .values()
                .chain(threads.tokens.values())
                .chain(threads.senders.values().flatten())
                .map(CaseId::as_str),
        );
        let cases = tx.cases_by_id(&ids).await?;
        threads.cases.extend(cases.into_iter().map(|case| (case.id.clone(), case)));
        Ok(threads)
    }

    /// Remembers where a letter of this batch went, for letters that answer it.
    pub(super) fn note(&mut self, thought: &Thought, case: &CaseId) {
        if let Some(message_id) = &thought.reading.message_id {
            self.messages.entry(message_id.clone()).or_insert_with(|| case.clone());
        }
    }

    /// The cases that the letter answers, the nearest first.
    pub(super) fn answered_cases(&self, thought: &Thought) -> Vec<CaseId> {
        let by_address = tokens(thought).filter_map(|token| self.tokens.get(token));
        let mut found: Vec<CaseId> = Vec::new();
        for case in by_address.chain(answered(thought).filter_map(|id| self.messages.get(id))) {
            if !found.contains(case) {
                found.push(case.clone());
            }
        }
        found
    }

    /// The accounts of the cases that a letter answers, where the same writer opened them.
    pub(super) fn accounts_of_writer(&self, thought: &Thought) -> Vec<String> {
        let Some(sender) = thought.reading.sender_key() else { return Vec::new() };
        let mut found: Vec<String> = Vec::new();
        for case in self.answered_cases(thought).iter().filter_map(|id| self.cases.get(id)) {
            let account = case.account_number.as_ref().filter(|_| case.customer_address.as_ref() == Some(&sender));
            found.extend(account.filter(|account| !found.contains(account)).cloned());
        }
        found
    }

    /// Where a letter that joined no case may belong, the likeliest first.
    pub(super) fn guesses(&self, thought: &Thought, opened: &CaseId, now: i64) -> Vec<NewGuess> {
        let mut found: BTreeMap<&CaseId, (i64, Vec<&'static str>)> = BTreeMap::new();
        let mut add = |case, score, reason| {
            let (sum, reasons) = found.entry(case).or_default();
            if !reasons.contains(&reason) {
                *sum += score;
                reasons.push(reason);
            }
        };
        tokens(thought)
            .filter_map(|token| self.tokens.get(token))
            .for_each(|case| add(case, REPLY_ADDRESS, "it came to the reply address of that case"));
        answered(thought)
            .filter_map(|id| self.messages.get(id))
            .for_each(|case| add(case, ANSWERS, "it answers a message of that case"));
        let names = called(thought);
        names
            .iter()
            .filter_map(|name| self.called.get(name))
            .for_each(|case| add(case, NAMED, "it names that case's number"));
        let sender = thought.reading.sender_key();
        sender
            .iter()
            .filter_map(|sender| self.senders.get(sender))
            .flatten()
            .for_each(|case| add(case, SENDER, "the same sender has that case open"));
        let account = thought.matched_account();
        for (case, (sum, reasons)) in &mut found {
            let same =
                self.cases.get(*case).is_some_and(|row| account.is_some() && row.account_number.as_deref() == account);
            if same {
                *sum += ACCOUNT;
                reasons.push("it is about the same account");
            }
        }
        let mut guesses: Vec<NewGuess> = found
            .into_iter()
            .filter(|(case, _)| *case != opened)
            .map(|(case, (score, reasons))| NewGuess {
                case_id: opened.clone(),
                other_case_id: case.clone(),
                score: score.min(95),
                reasons: json!(reasons).to_string(),
                guessed_at: now,
            })
            .collect();
        guesses.sort_by(|one, other| {
            other.score.cmp(&one.score).then_with(|| one.other_case_id.as_str().cmp(other.other_case_id.as_str()))
        });
        guesses.truncate(GUESSES);
        guesses
    }
}

/// Whether a letter may join a case: its sender is the case's customer, or on file for the case's
/// account. That a letter names the account is not enough: the next reply goes to its sender.
pub(super) fn fits(thought: &Thought, case: &CaseRow) -> bool {
    let sender = thought.reading.sender_key();
    let same_sender = sender.is_some() && case.customer_address == sender;
    let account = thought.matched_account();
    same_sender || (thought.on_file && account.is_some() && case.account_number.as_deref() == account)
}
