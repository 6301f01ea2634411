//! Decides whose account a letter is about, and how sure it is who wrote.
//!
//! A wrong account is worse than none: whatever points to two accounts is ambiguous.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::address::{address_key, find_addresses};
use super::numbers::{FoundNumber, find_account_numbers, near_numbers};
use super::rows::{Account, AccountNumber, AccountStatus, Contact};
use crate::letter::words::words;

words! {
    /// How sure it is that the writer is who the letter says.
    Assurance("assurance") {
        /// Nobody we know.
        A0 = "A0",
        /// An address on file, without proof that it wrote.
        A1 = "A1",
        /// An address on file that proved to have written.
        A2 = "A2",
        /// The same, and two facts of the account in the letter.
        A3 = "A3",
        /// Confirmed by a person, by call-back or portal.
        A4 = "A4",
    }
}

words! {
    /// What matching came to.
    Decision("matching decision") {
        /// One account, without doubt.
        Matched = "matched",
        /// Several could be meant, or the letter contradicts itself.
        Ambiguous = "ambiguous",
        /// None was found.
        None = "none",
    }
}

/// What a letter says about its account.
#[derive(Debug, Clone, Default)]
pub struct MatchQuery<'a> {
    /// The subject.
    pub subject: &'a str,
    /// What the writer wrote.
    pub text: &'a str,
    /// The name they gave.
    pub from_name: &'a str,
    /// The address they wrote from.
    pub from_address: &'a str,
    /// Whether that address is proven; `None` when it is not known.
    pub authenticated: Option<bool>,
}

/// The keys by which accounts have to be looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Account numbers as they stand in the letter.
    pub numbers: Vec<FoundNumber>,
    /// The sender's address, folded.
    pub email: Option<String>,
    /// Streets with house numbers, in their normal form.
    pub streets: Vec<String>,
}

/// An account that may be meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its number.
    pub account: AccountNumber,
    /// How much speaks for it, from 0 to 1.
    pub score: f32,
    /// What speaks for it, in words.
    pub reasons: Vec<String>,
}

/// What matching came to, with its candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchResult {
    /// The decision.
    pub decision: Decision,
    /// The accounts that may be meant, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// How sure it is who wrote.
    pub assurance: Assurance,
    /// Why.
    pub assurance_reasons: Vec<String>,
}

/// An e-mail address folded for comparison.
#[must_use]
pub fn email_key(address: &str) -> Option<String> {
    let folded = address.trim().to_lowercase();
    folded.contains('@').then_some(folded)
}

/// What has to be looked up for a letter.
#[must_use]
pub fn wanted(query: &MatchQuery<'_>) -> Wanted {
    let all = format!("{}\n{}", query.subject, query.text);
    let mut numbers = find_account_numbers(&all);
    // A letter that lists many numbers is a list, not a question about one account.
    numbers.truncate(5);
    let mut streets: Vec<String> = Vec::new();
    for key in find_addresses(&all) {
        if !streets.contains(&key.street) {
            streets.push(key.street);
        }
    }
    streets.truncate(5);
    Wanted { numbers, email: email_key(query.from_address), streets }
}

/// The numbers to try when none of the letter's own exists.
#[must_use]
pub fn near(wanted: &Wanted) -> Vec<String> {
    wanted.numbers.iter().flat_map(|found| near_numbers(&found.number)).collect()
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one hint, and any of them may stand together")]
struct Evidence {
    number: bool,
    near_number: bool,
    address: bool,
    unit_differs: bool,
    email: bool,
    contact: bool,
    name: bool,
    reasons: Vec<String>,
}

/// Decides among the accounts that the look-ups gave.
#[must_use]
pub fn decide(query: &MatchQuery<'_>, found: &[Account], contacts: &[Contact], today: Date) -> MatchResult {
    let wanted = wanted(query);
    let all = format!("{}\n{}", query.subject, query.text);
    let addresses = find_addresses(&all);
    let accounts: BTreeMap<&AccountNumber, &Account> =
        found.iter().map(|account| (&account.account_number, account)).collect();
    let mut scored: Vec<(&Account, Evidence)> = accounts
        .values()
        .map(|account| (*account, evidence(account, query, (&wanted, &addresses), contacts, today)))
        .filter(|(_, evidence)| evidence.score() > 0.0)
        .collect();
    scored.sort_by(|(first, a), (second, b)| {
        b.score().total_cmp(&a.score()).then_with(|| first.account_number.cmp(&second.account_number))
    });
    let decision = decision(&scored, &wanted, &accounts);
    let (assurance, assurance_reasons) = assurance(query, decision, scored.first());
    let candidates = scored
        .into_iter()
        .take(10)
        .map(|(account, evidence)| Candidate {
            account: account.account_number.clone(),
            score: evidence.score(),
            reasons: evidence.reasons,
        })
        .collect();
    MatchResult { decision, candidates, assurance, assurance_reasons }
}

fn evidence(
    account: &Account,
    query: &MatchQuery<'_>,
    (wanted, addresses): (&Wanted, &[super::address::AddressKey]),
    contacts: &[Contact],
    today: Date,
) -> Evidence {
    let mut evidence = Evidence::default();
    let number = &account.account_number;
    if wanted.numbers.iter().any(|found| found.number == *number) {
        evidence.number = true;
        evidence.reasons.push("the letter gives this account number".to_owned());
    } else if wanted.numbers.iter().any(|found| near_numbers(&found.number).iter().any(|near| near == number.as_str()))
    {
        evidence.near_number = true;
        evidence.reasons.push("the letter gives a number that differs by one slip".to_owned());
    }
    if let Some(own) = account.service_address.as_deref().and_then(address_key)
        && let Some(written) = addresses.iter().find(|address| address.street == own.street)
    {
        evidence.address = true;
        evidence.unit_differs = !written.unit.is_empty() && !own.unit.is_empty() && written.unit != own.unit;
        let reason = if evidence.unit_differs {
            "the letter names this street address, but another unit"
        } else {
            "the letter names this service address"
        };
        evidence.reasons.push(reason.to_owned());
    }
    if wanted.email.is_some() && account.email.as_deref().and_then(email_key) == wanted.email {
        evidence.email = true;
        evidence.reasons.push("the sender's address is on file for it".to_owned());
    }
    if contacts
        .iter()
        .any(|contact| contact.account_number == *number && speaks(contact, wanted.email.as_deref(), today))
    {
        evidence.contact = true;
        evidence.reasons.push("the sender is an authorized contact of it".to_owned());
    }
    if names_agree(&account.name, query.from_name) {
        evidence.name = true;
        evidence.reasons.push("the sender gives the accountholder's name".to_owned());
    }
    evidence
}

/// Whether the contact has that address and may speak for the account on that day.
fn speaks(contact: &Contact, email: Option<&str>, today: Date) -> bool {
    let address = contact.email.as_deref().and_then(email_key);
    address.is_some()
        && address.as_deref() == email
        && contact.from.is_none_or(|from| from <= today)
        && contact.until.is_none_or(|until| today <= until)
}

fn names_agree(holder: &str, writer: &str) -> bool {
    let words = |name: &str| -> BTreeSet<String> {
        name.to_lowercase()
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| word.chars().count() > 1)
            .map(ToOwned::to_owned)
            .collect()
    };
    words(holder).intersection(&words(writer)).count() >= 2
}

impl Evidence {
    fn score(&self) -> f32 {
        let parts = [
            (self.number, 0.9),
            (self.near_number, 0.3),
            (self.address && !self.unit_differs, 0.6),
            (self.address && self.unit_differs, 0.2),
            (self.email, 0.6),
            (self.contact, 0.5),
            (self.name && (self.number || self.address || self.email || self.near_number), 0.2),
        ];
        // Independent hints: each closes a part of the remaining doubt.
        1.0 - parts.iter().filter(|(there, _)| *there).map(|(_, weight)| 1.0 - weight).product::<f32>()
    }
}

fn decision(
    scored: &[(&Account, Evidence)],
    wanted: &Wanted,
    accounts: &BTreeMap<&AccountNumber, &Account>,
) -> Decision {
    let Some((best_account, best)) = scored.first() else { return Decision::None };
    let given: Vec<&FoundNumber> = wanted.numbers.iter().filter(|found| accounts.contains_key(&found.number)).collect();
    // Two existing numbers in one letter: a person has to say which is meant.
    if given.len() > 1 {
        return Decision::Ambiguous;
    }
    let number_unknown = !wanted.numbers.is_empty() && given.is_empty();
    let others = &scored[1..];
    // The number says one account, the address another.
    let contradicted =
        others.iter().any(|(_, other)| (other.address && !best.address) || (other.number && !best.number));
    if contradicted {
        return Decision::Ambiguous;
    }
    let strong = best.number || (best.address && !best.unit_differs) || best.email || best.contact;
    if !strong || (number_unknown && !(best.near_number && (best.address || best.email))) {
        return Decision::Ambiguous;
    }
    let rival = others.iter().map(|(account, other)| (account, other.score())).find(|(account, score)| {
        let weaker = account.status == AccountStatus::Closed && best_account.status != AccountStatus::Closed;
        !weaker && *score > best.score() - 0.15
    });
    if rival.is_some() { Decision::Ambiguous } else { Decision::Matched }
}

fn assurance(
    query: &MatchQuery<'_>,
    decision: Decision,
    best: Option<&(&Account, Evidence)>,
) -> (Assurance, Vec<String>) {
    let Some((_, evidence)) = best.filter(|_| decision == Decision::Matched) else {
        return (Assurance::A0, vec!["no single account is matched".to_owned()]);
    };
    if !evidence.email && !evidence.contact {
        return (Assurance::A0, vec!["the sender's address is not on file for the account".to_owned()]);
    }
    let mut reasons = vec!["the sender's address is on file for the account".to_owned()];
    if query.authenticated != Some(true) {
        reasons.push("that it wrote is not proven".to_owned());
        return (Assurance::A1, reasons);
    }
    reasons.push("its domain confirms that it wrote".to_owned());
    if evidence.number && evidence.address {
        reasons.push("the letter gives the account number and the service address".to_owned());
        return (Assurance::A3, reasons);
    }
    (Assurance::A2, reasons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn account(number: &str, email: &str, address: &str) -> Account {
        let text = serde_json::json!({
            "account_number": number, "status": "active", "name": "Ana Morales Ortiz", "email": email, "service_address": address,
        });
        serde_json::from_value(text).expect("the fields fit")
    }

    fn decided(text: &str, from: &str, accounts: &[Account]) -> MatchResult {
        let query = MatchQuery { text, from_address: from, ..MatchQuery::default() };
        decide(&query, accounts, &[], date(2026, 3, 1))
    }

    const ONE: &str = "1111222233334444";
    const TWO: &str = "5555666677778888";

    #[test]
    fn the_number_in_the_letter_decides() {
        let result = decided(&format!("Account {ONE}"), "x@y.example", &[account(ONE, "a@b.example", "12 N 5th St")]);
        assert_eq!((result.decision, result.assurance), (Decision::Matched, Assurance::A0));
    }

    #[test]
    fn number_and_address_of_different_accounts_are_ambiguous() {
        let accounts = [account(ONE, "a@b.example", "12 N 5th St"), account(TWO, "c@d.example", "99 Pine St")];
        let result = decided(&format!("Account {ONE}, my house is 99 Pine Street"), "x@y.example", &accounts);
        assert_eq!(result.decision, Decision::Ambiguous);
    }

    #[test]
    fn an_address_shared_by_two_accounts_is_ambiguous_until_something_else_decides() {
        let accounts =
            [account(ONE, "a@b.example", "12 N 5th St Apt 1"), account(TWO, "c@d.example", "12 N 5th St Apt 2")];
        assert_eq!(decided("I live at 12 N 5th St", "x@y.example", &accounts).decision, Decision::Ambiguous);
        let by_unit = decided("I live at 12 N 5th St Apt 2", "x@y.example", &accounts);
        assert_eq!((by_unit.decision, by_unit.candidates[0].account.as_str()), (Decision::Matched, TWO));
    }

    #[test]
    fn a_number_with_one_slip_never_matches_alone() {
        let slipped = "1111222233334445";
        let accounts = [account(ONE, "a@b.example", "12 N 5th St")];
        assert_eq!(decided(&format!("Account {slipped}"), "x@y.example", &accounts).decision, Decision::Ambiguous);
        assert_eq!(decided(&format!("Account {slipped}"), "A@B.example", &accounts).decision, Decision::Matched);
    }

    #[test]
    fn assurance_rises_with_proof_only() {
        let accounts = [account(ONE, "a@b.example", "12 N 5th St")];
        let text = format!("Account {ONE} at 12 N 5th St");
        let with = |authenticated| {
            let query = MatchQuery { text: &text, from_address: "a@b.example", authenticated, ..MatchQuery::default() };
            decide(&query, &accounts, &[], date(2026, 3, 1)).assurance
        };
        assert_eq!([with(None), with(Some(false)), with(Some(true))], [Assurance::A1, Assurance::A1, Assurance::A3]);
    }
}
