//! What accounts are found by without looking through all of them: short texts, each with the
//! letter of its sort in front.

use std::collections::BTreeSet;

use super::address::address_key;
use super::matching::email_key;
use super::names::name_pairs;
use super::rows::{Account, Contact};

/// The accountholder's address of mail.
pub(super) fn holder_key(email: &str) -> String {
    format!("e:{email}")
}

/// A contact's address of mail.
pub(super) fn contact_key(email: &str) -> String {
    format!("c:{email}")
}

/// A telephone of the accountholder or a contact.
pub(super) fn phone_key(digits: &str) -> String {
    format!("p:{digits}")
}

/// Two words of a name.
pub(super) fn name_key(pair: &str) -> String {
    format!("n:{pair}")
}

/// The mailing address, house number and street.
pub(super) fn mailing_key(street: &str) -> String {
    format!("m:{street}")
}

/// What every service address with that house number begins with.
#[must_use]
pub fn house_key(house: &str) -> String {
    format!("h:{house} ")
}

/// The street behind a house number, of a key that [`house_key`] begins.
#[must_use]
pub fn street_of_key<'k>(key: &'k str, house: &str) -> Option<&'k str> {
    key.strip_prefix("h:")?.strip_prefix(house)?.strip_prefix(' ')
}

/// The ten digits of a telephone.
#[must_use]
pub fn phone_digits(phone: &str) -> Option<String> {
    // An extension behind the number does not belong to it.
    let plain = phone.split(['x', 'X', 'e', 'E']).next().unwrap_or_default();
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let digits = if digits.len() == 11 { digits.strip_prefix('1').unwrap_or(&digits).to_owned() } else { digits };
    (digits.len() == 10).then_some(digits)
}

/// Everything that an account is found by.
#[must_use]
pub fn account_keys(account: &Account, contacts: &[Contact]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let service = account.service_address.as_deref().and_then(address_key).map(|key| key.street);
    let mailing = account.mailing_address.as_deref().and_then(address_key).map(|key| key.street);
    keys.extend(mailing.filter(|mailing| Some(mailing) != service.as_ref()).map(|street| mailing_key(&street)));
    keys.extend(service.map(|street| format!("h:{street}")));
    keys.extend(account.email.as_deref().and_then(email_key).map(|email| holder_key(&email)));
    keys.extend(account.phone.as_deref().and_then(phone_digits).map(|digits| phone_key(&digits)));
    for name in std::iter::once(&account.name).chain(&account.co_name) {
        keys.extend(name_pairs(name).iter().map(|pair| name_key(pair)));
    }
    for contact in contacts {
        keys.extend(contact.email.as_deref().and_then(email_key).map(|email| contact_key(&email)));
        keys.extend(contact.phone.as_deref().and_then(phone_digits).map(|digits| phone_key(&digits)));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_all_that_a_letter_may_give() {
        let account: Account = serde_json::from_value(serde_json::json!({
            "account_number": "1000200030004001", "status": "active", "name": "Ana Morales Ortiz",
            "email": "Ana@Customer.example", "phone": "(215) 555-0100", "service_address": "1608 N 5th Street, Apt 2F",
            "mailing_address": "PO Box 12", "co_name": null,
        }))
        .expect("the fields fit");
        let contact: Contact = serde_json::from_value(serde_json::json!({
            "account_number": "1000200030004001", "name": "Rosa Reed", "relation": "authorized", "email": "rosa@customer.example",
        }))
        .expect("the fields fit");
        let keys: Vec<String> = account_keys(&account, &[contact]).into_iter().collect();
        assert_eq!(
            keys,
            [
                "c:rosa@customer.example",
                "e:ana@customer.example",
                "h:1608 N 5TH ST",
                "n:ANA MORALES",
                "n:ANA ORTIZ",
                "n:MORALES ORTIZ",
                "p:2155550100",
            ]
        );
        assert_eq!(street_of_key("h:1608 N 5TH ST", "1608"), Some("N 5TH ST"));
    }

    #[test]
    fn telephones_have_ten_digits() {
        assert_eq!(phone_digits("+1 215.555.0100 x12").as_deref(), Some("2155550100"));
        assert_eq!(phone_digits("555-0100"), None);
    }
}
