//! Matching told in cases: what a letter gives, which accounts there are, and what follows.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const ONE: &str = "1111222233334444";
const TWO: &str = "5555666677778888";
const TODAY: Date = date(2026, 3, 1);

/// An account with number, name, e-mail and service address.
fn account(number: &str, name: &str, email: &str, address: &str) -> Account {
    serde_json::from_value(json!({
        "account_number": number, "status": "active", "name": name, "email": email, "service_address": address,
        "phone": format!("215-555-{}", &number[12..]),
    }))
    .expect("the fields fit")
}

fn ana() -> Account {
    account(ONE, "Ana Morales Ortiz", "ana@customer.example", "12 N 5th St")
}

fn luis() -> Account {
    account(TWO, "Luis Baker", "luis@customer.example", "99 Pine St")
}

/// Finds what the store would find: accounts by number, key or house.
fn found(query: &MatchQuery<'_>, accounts: &[Account]) -> Vec<Account> {
    let wanted = wanted(query);
    let numbers: BTreeSet<&str> = wanted.all_numbers().collect();
    let keys = wanted.keys();
    let houses = wanted.houses();
    accounts
        .iter()
        .filter(|account| {
            numbers.contains(account.account_number.as_str())
                || super::super::keys::account_keys(account, &[]).iter().any(|key| {
                    keys.contains(key)
                        || houses.iter().any(|house| super::super::keys::street_of_key(key, &house.number).is_some())
                })
        })
        .cloned()
        .collect()
}

fn decided(query: &MatchQuery<'_>, accounts: &[Account]) -> MatchResult {
    decide(query, &found(query, accounts), &[], TODAY)
}

fn by_text(text: &str, from_address: &str, accounts: &[Account]) -> (Decision, Vec<String>) {
    let result = decided(&MatchQuery { text, from_address, ..MatchQuery::default() }, accounts);
    (result.decision, result.candidates.iter().map(|candidate| candidate.account.to_string()).collect())
}

const STRANGER: &str = "x@elsewhere.example";

#[test]
fn the_number_in_the_letter_decides() {
    assert_eq!(by_text(&format!("Account {ONE}"), STRANGER, &[ana(), luis()]).0, Decision::Matched);
}

#[test]
fn number_and_address_of_different_accounts_are_ambiguous() {
    let text = format!("Account {ONE}, my house is 99 Pine Street");
    assert_eq!(by_text(&text, STRANGER, &[ana(), luis()]).0, Decision::Ambiguous);
    let misspelt = format!("Account {ONE}, my house is 99 Pne Street");
    assert_eq!(by_text(&misspelt, STRANGER, &[ana(), luis()]).0, Decision::Ambiguous);
}

#[test]
fn a_number_with_an_address_of_nobody_is_ambiguous_until_the_sender_fits() {
    let text = format!("Account {ONE}, my house is 4410 Baring Street");
    assert_eq!(by_text(&text, STRANGER, &[ana()]).0, Decision::Ambiguous);
    assert_eq!(by_text(&text, "ana@customer.example", &[ana()]).0, Decision::Matched);
}

#[test]
fn the_number_of_one_and_the_mail_of_another_are_ambiguous() {
    let accounts = [ana(), luis()];
    assert_eq!(by_text(&format!("Account {ONE}"), "luis@customer.example", &accounts).0, Decision::Ambiguous);
    let both = format!("Account {ONE} of my mother at 12 N 5th St");
    assert_eq!(by_text(&both, "luis@customer.example", &accounts).0, Decision::Matched);
}

#[test]
fn an_address_shared_by_two_accounts_is_ambiguous_until_something_else_decides() {
    let accounts = [
        account(ONE, "Ana Morales", "a@b.example", "12 N 5th St Apt 1"),
        account(TWO, "Luis Baker", "c@d.example", "12 N 5th St Apt 2"),
    ];
    assert_eq!(by_text("I live at 12 N 5th St", STRANGER, &accounts).0, Decision::Ambiguous);
    let (decision, best) = by_text("I live at 12 N 5th St Apt 2", STRANGER, &accounts);
    assert_eq!((decision, best[0].as_str()), (Decision::Matched, TWO));
    let (decision, best) = by_text("I live at 12 N 5th St\n\nAna Morales", STRANGER, &accounts);
    assert_eq!((decision, best[0].as_str()), (Decision::Matched, ONE));
}

#[test]
fn gaps_and_slips_in_the_address_still_find_it() {
    let accounts = [
        account(ONE, "Ana Morales", "a@b.example", "2217 E Cambria St"),
        account(TWO, "Luis Baker", "c@d.example", "2217 N 29th St"),
    ];
    for text in
        ["I live at 2217 Cambria Street", "I live at 2217 E Cambira St", "2217 Cambria St, Philadelphia PA 19134"]
    {
        let (decision, best) = by_text(text, STRANGER, &accounts);
        assert_eq!((decision, best.first().map(String::as_str)), (Decision::Matched, Some(ONE)), "{text}");
    }
    assert_eq!(by_text("I live at 2217 W Cambria St", STRANGER, &accounts).0, Decision::Ambiguous);
    assert_eq!(by_text("I live at 2217 N 28th St", STRANGER, &accounts), (Decision::None, vec![]));
}

#[test]
fn a_short_street_with_a_slip_may_be_another_one() {
    assert_eq!(by_text("I live at 99 Vine St", STRANGER, &[luis()]), (Decision::Ambiguous, vec![TWO.to_owned()]));
    assert_eq!(by_text("I live at 99 Vine St\n\nLuis Baker", STRANGER, &[luis()]).0, Decision::Matched);
}

#[test]
fn a_missing_direction_that_two_streets_have_is_ambiguous() {
    let accounts = [
        account(ONE, "Ana Morales", "a@b.example", "1300 N Broad St"),
        account(TWO, "Luis Baker", "c@d.example", "1300 S Broad St"),
    ];
    assert_eq!(by_text("I live at 1300 Broad Street", STRANGER, &accounts).0, Decision::Ambiguous);
    assert_eq!(by_text("I live at 1300 S Broad Street", STRANGER, &accounts).0, Decision::Matched);
}

#[test]
fn an_owner_of_several_accounts_has_to_say_which() {
    let accounts = [
        account(ONE, "Ana Morales", "ana@customer.example", "12 N 5th St"),
        account(TWO, "Ana Morales", "ana@customer.example", "99 Pine St"),
    ];
    assert_eq!(by_text("My bill is too high", "ana@customer.example", &accounts).0, Decision::Ambiguous);
    let (decision, best) = by_text("The bill of 99 Pine Street", "ana@customer.example", &accounts);
    assert_eq!((decision, best[0].as_str()), (Decision::Matched, TWO));
}

#[test]
fn a_name_alone_is_a_candidate_and_no_match() {
    let query = MatchQuery { text: "Why?", from_name: "Luis Baker", from_address: STRANGER, ..MatchQuery::default() };
    let result = decided(&query, &[ana(), luis()]);
    assert_eq!((result.decision, result.candidates.len()), (Decision::Ambiguous, 1));
    assert_eq!(result.candidates[0].reasons, ["the sender gives the accountholder's name"]);
    let text = "Why? Call me at 215-555-8888";
    let query = MatchQuery { text, from_name: "Luis Baker", from_address: STRANGER, ..MatchQuery::default() };
    assert_eq!(decided(&query, &[ana(), luis()]).decision, Decision::Matched, "name and telephone agree");
}

#[test]
fn an_address_of_mail_in_the_letter_is_a_hint_among_others() {
    let text = "Write to me at Luis@Customer.example please.";
    assert_eq!(by_text(text, STRANGER, &[ana(), luis()]), (Decision::Ambiguous, vec![TWO.to_owned()]));
    let signed = format!("{text}\n\nLuis Baker");
    assert_eq!(by_text(&signed, STRANGER, &[ana(), luis()]).0, Decision::Matched);
}

#[test]
fn earlier_letters_of_the_conversation_count() {
    let thread = [ONE.to_owned()];
    let query = MatchQuery { text: "And now?", from_address: STRANGER, thread: &thread, ..MatchQuery::default() };
    assert_eq!(decided(&query, &[ana(), luis()]).decision, Decision::Matched);
    let text = "And now? I mean 99 Pine Street.";
    let query = MatchQuery { text, from_address: STRANGER, thread: &thread, ..MatchQuery::default() };
    assert_eq!(decided(&query, &[ana(), luis()]).decision, Decision::Ambiguous);
}

#[test]
fn a_closed_account_gives_way_to_the_one_that_followed() {
    let mut former = account(ONE, "Ana Morales", "a@b.example", "99 Pine St");
    former.status = crate::accounts::rows::AccountStatus::Closed;
    let accounts = [former, luis()];
    let (decision, best) = by_text("I live at 99 Pine St", STRANGER, &accounts);
    assert_eq!(decision, Decision::Matched);
    assert!(best.contains(&ONE.to_owned()));
}

#[test]
fn a_slip_in_the_number_never_matches_alone() {
    let slipped = "1111222233334445";
    let text = format!("Account {slipped}");
    assert_eq!(by_text(&text, STRANGER, &[ana()]), (Decision::Ambiguous, vec![ONE.to_owned()]));
    assert_eq!(by_text(&text, "ana@customer.example", &[ana()]).0, Decision::Matched);
    let short = "Account 1111 2222 3333 444";
    assert_eq!(by_text(short, STRANGER, &[ana()]), (Decision::Ambiguous, vec![ONE.to_owned()]));
    let wrong = format!("Account {slipped} at 99 Pine St");
    assert_eq!(by_text(&wrong, STRANGER, &[ana(), luis()]).0, Decision::Ambiguous);
}

#[test]
fn reasons_say_what_speaks_for_an_account() {
    let text = format!("{ONE}, 12 N 5th St\nAna Ortiz");
    let query = MatchQuery { text: &text, from_address: "ana@customer.example", ..MatchQuery::default() };
    let result = decided(&query, &[ana()]);
    assert_eq!(
        result.candidates[0].reasons,
        [
            "the letter gives this account number",
            "the letter names this service address",
            "the sender's address is on file for it",
            "the letter is signed with the accountholder's name",
        ]
    );
}

/// A number with one digit changed or two neighbours exchanged.
fn slipped(number: &str, (at, by, swap): (usize, u8, bool)) -> String {
    let mut digits = number.as_bytes().to_vec();
    if swap && at + 1 < digits.len() {
        digits.swap(at, at + 1);
    } else {
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

proptest! {
    #[test]
    fn any_single_slip_gives_the_account_and_never_another_one_alone(
        number in "[1-9][0-9]{15}", at in 0_usize..16, by in 1_u8..10, swap: bool,
    ) {
        let wrong = slipped(&number, (at, by, swap));
        let own = account(&number, "Ana Morales Ortiz", "ana@customer.example", "12 N 5th St");
        let mut accounts = vec![own];
        if wrong != number {
            // The slip lands on a stranger's account.
            accounts.push(account(&wrong, "Luis Baker", "luis@customer.example", "99 Pine St"));
        }
        let (decision, candidates) = by_text(&format!("Account {wrong}."), "ana@customer.example", &accounts);
        prop_assert!(candidates.contains(&number));
        prop_assert!(wrong == number || decision == Decision::Ambiguous);
        let (alone, candidates) = by_text(&format!("Account {wrong}."), STRANGER, &accounts[..1]);
        prop_assert!(candidates.contains(&number));
        prop_assert!(wrong == number || alone == Decision::Ambiguous);
    }

    #[test]
    fn any_letter_is_decided(text in "\\PC{0,200}", name in "\\PC{0,20}", address in "\\PC{0,20}") {
        let query = MatchQuery { text: &text, from_name: &name, from_address: &address, ..MatchQuery::default() };
        let result = decided(&query, &[ana(), luis()]);
        prop_assert!(result.candidates.iter().all(|candidate| candidate.score > 0.0 && candidate.score <= 1.0));
    }
}
