//! What has to be looked up for a letter: everything in it that can point to an account.

use std::collections::BTreeSet;

use super::super::address::{AddressKey, find_addresses};
use super::super::keys::{contact_key, holder_key, mailing_key, name_key, phone_digits, phone_key};
use super::super::mentions::{find_emails, find_phones};
use super::super::names::{name_pairs, name_words, signed_name};
use super::super::numbers::{FoundNumber, find_account_numbers, find_uneven_numbers, near_numbers, uneven_neighbours};
use super::{MatchQuery, email_key};

/// Of numbers, addresses and telephones each so many: a letter that lists more is a list, not a
/// question about one account.
const MOST: usize = 5;
/// How much of a letter is searched for names: the rest of a very long one is no signature.
const NAME_TEXT: usize = 20_000;

/// The keys by which accounts have to be looked up, and what they are compared by afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Account numbers as they stand in the letter.
    pub numbers: Vec<FoundNumber>,
    /// Numbers that are one slip away from those: what the writer may have meant.
    pub slips: Vec<String>,
    /// The sender's address, folded.
    pub email: Option<String>,
    /// Other addresses of mail that the letter gives.
    pub emails: Vec<String>,
    /// Telephones, ten digits each.
    pub phones: Vec<String>,
    /// Addresses in their normal form.
    pub addresses: Vec<AddressKey>,
    /// The names that the sender gives: in front of the address, under the letter.
    pub names: Vec<String>,
    /// The words of the letter, as names are compared.
    pub words: Vec<String>,
    /// The accounts of earlier letters of the conversation.
    pub thread: Vec<String>,
}

/// A house number and the streets that the letter names with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    /// The number.
    pub number: String,
    /// The streets, in the City's form.
    pub streets: Vec<String>,
}

/// What has to be looked up for a letter.
#[must_use]
pub fn wanted(query: &MatchQuery<'_>) -> Wanted {
    let all = format!("{}\n{}\n{}", query.subject, query.text, query.signature);
    let mut numbers = find_account_numbers(&all);
    numbers.truncate(MOST);
    let mut slips: BTreeSet<String> = numbers.iter().flat_map(|found| near_numbers(&found.number)).collect();
    slips.extend(find_uneven_numbers(&all).iter().take(2).flat_map(|digits| uneven_neighbours(digits)));
    let mut addresses = find_addresses(&all);
    addresses.truncate(MOST);
    let mut phones: Vec<String> = Vec::new();
    for digits in find_phones(&all).iter().filter_map(|found| phone_digits(&found.number)) {
        if !phones.contains(&digits) && phones.len() < MOST {
            phones.push(digits);
        }
    }
    let email = email_key(query.from_address);
    let mut emails: Vec<String> = Vec::new();
    for written in find_emails(&all) {
        if Some(&written) != email.as_ref() && !emails.contains(&written) && emails.len() < MOST {
            emails.push(written);
        }
    }
    let under = if query.signature.trim().is_empty() { query.text } else { query.signature };
    let names = [Some(query.from_name), signed_name(under)];
    let end = (0..=NAME_TEXT.min(all.len())).rev().find(|end| all.is_char_boundary(*end)).unwrap_or(0);
    Wanted {
        slips: slips.into_iter().collect(),
        numbers,
        email,
        emails,
        phones,
        addresses,
        names: names.into_iter().flatten().filter(|name| !name_words(name).is_empty()).map(ToOwned::to_owned).collect(),
        words: all_words(&all[..end]),
        thread: query.thread.to_vec(),
    }
}

/// The words of a text, in order and with repetitions.
fn all_words(text: &str) -> Vec<String> {
    text.split_whitespace().flat_map(name_words).collect()
}

impl Wanted {
    /// The keys that are looked up as they are.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut keys = BTreeSet::new();
        for email in self.email.iter().chain(&self.emails) {
            keys.extend([holder_key(email), contact_key(email)]);
        }
        keys.extend(self.phones.iter().map(|digits| phone_key(digits)));
        keys.extend(self.names.iter().flat_map(|name| name_pairs(name)).map(|pair| name_key(&pair)));
        keys.extend(self.addresses.iter().map(|address| mailing_key(&address.street)));
        keys.into_iter().collect()
    }

    /// The house numbers whose streets are compared.
    #[must_use]
    pub fn houses(&self) -> Vec<House> {
        let mut houses: Vec<House> = Vec::new();
        for address in &self.addresses {
            let Some((number, street)) = address.street.split_once(' ') else { continue };
            match houses.iter_mut().find(|house| house.number == number) {
                Some(house) => house.streets.push(street.to_owned()),
                None => houses.push(House { number: number.to_owned(), streets: vec![street.to_owned()] }),
            }
        }
        houses
    }

    /// Every account number that is looked up, whether it exists or not.
    pub fn all_numbers(&self) -> impl Iterator<Item = &str> {
        let given = self.numbers.iter().map(|found| found.number.as_str());
        given.chain(self.slips.iter().map(String::as_str)).chain(self.thread.iter().map(String::as_str))
    }
}
