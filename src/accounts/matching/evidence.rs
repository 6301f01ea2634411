//! What speaks for one account: each hint with its weight and its reason in words.

use jiff::civil::Date;

use super::super::address::{AddressKey, Likeness, address_key, likeness};
use super::super::assurance::in_force;
use super::super::keys::phone_digits;
use super::super::names::{names_agree, text_names};
use super::super::rows::{Account, Contact};
use super::{MatchQuery, Wanted, email_key};

/// What the letter says of the account's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum NumberSays {
    #[default]
    Nothing,
    /// One slip away.
    Slip,
    /// The number, where a scanner's letters were read as digits.
    Repaired,
    /// The number.
    Same,
}

/// What the letter says of the account's service address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum AddressSays {
    #[default]
    Nothing,
    /// The same name, but another direction or kind of street.
    Contradicting,
    /// The same building, another unit.
    OtherUnit,
    /// The street is misspelt, or another one.
    Misspelt,
    /// The street is misspelt by one slip in a long name.
    Slip,
    /// A direction or the kind of street is missing.
    PartsMissing,
    /// The building; the unit is not named.
    NoUnit,
    /// All of it.
    Same,
}

/// What speaks for an account.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one hint, and any of them may stand together")]
pub(super) struct Evidence {
    pub(super) number: NumberSays,
    pub(super) address: AddressSays,
    pub(super) mailing: bool,
    pub(super) email: bool,
    pub(super) contact: bool,
    pub(super) phone: bool,
    /// The letter gives an address of mail on file, and came from another.
    pub(super) written_email: bool,
    pub(super) name: bool,
    /// The letter speaks of the accountholder, whoever wrote it.
    pub(super) named: bool,
    pub(super) thread: bool,
    pub(super) reasons: Vec<String>,
}

impl Evidence {
    /// Whether the letter gives this account's number.
    pub(super) const fn has_number(&self) -> bool {
        matches!(self.number, NumberSays::Same | NumberSays::Repaired)
    }

    /// Whether the letter names this account's service address, be it with gaps or slips.
    pub(super) const fn has_address(&self) -> bool {
        matches!(
            self.address,
            AddressSays::Same
                | AddressSays::NoUnit
                | AddressSays::PartsMissing
                | AddressSays::Slip
                | AddressSays::Misspelt
        )
    }

    /// How many things of different sorts agree, beside the account's number.
    pub(super) fn support(&self) -> usize {
        let sender = self.email || self.contact || self.phone || self.written_email;
        [self.has_address() || self.mailing, sender, self.name || self.named, self.thread]
            .iter()
            .filter(|there| **there)
            .count()
    }

    pub(super) fn score(&self) -> f32 {
        let number = match self.number {
            NumberSays::Nothing => 0.0,
            NumberSays::Slip => 0.3,
            NumberSays::Repaired => 0.85,
            NumberSays::Same => 0.9,
        };
        let address = match self.address {
            AddressSays::Nothing => 0.0,
            AddressSays::Contradicting => 0.1,
            AddressSays::OtherUnit => 0.15,
            AddressSays::Misspelt => 0.4,
            AddressSays::Slip => 0.45,
            AddressSays::PartsMissing | AddressSays::NoUnit => 0.5,
            AddressSays::Same => 0.62,
        };
        let told = |there: bool, weight: f32| if there { weight } else { 0.0 };
        let parts = [
            number,
            address,
            told(self.mailing, 0.35),
            told(self.email, 0.6),
            told(self.contact, 0.5),
            told(self.phone, 0.4),
            told(self.written_email, 0.4),
            told(self.name, 0.35),
            told(self.named && !self.name, 0.25),
            told(self.thread, 0.6),
        ];
        // Independent hints: each closes a part of the remaining doubt.
        1.0 - parts.iter().map(|weight| 1.0 - weight).product::<f32>()
    }

    fn because(&mut self, reason: &str) {
        self.reasons.push(reason.to_owned());
    }
}

/// What in the letter speaks for an account.
pub(super) fn evidence(
    account: &Account,
    query: &MatchQuery<'_>,
    wanted: &Wanted,
    (contacts, today): (&[Contact], Date),
) -> Evidence {
    let mut evidence = Evidence::default();
    note_number(&mut evidence, account, wanted);
    note_address(&mut evidence, account, wanted);
    let own: Vec<&Contact> =
        contacts.iter().filter(|contact| contact.account_number == account.account_number).collect();
    note_sender(&mut evidence, account, wanted, (&own, today));
    note_names(&mut evidence, account, query, wanted);
    if wanted.thread.iter().any(|number| number == account.account_number.as_str()) {
        evidence.thread = true;
        evidence.because("an earlier letter of this conversation is about it");
    }
    evidence
}

fn note_number(evidence: &mut Evidence, account: &Account, wanted: &Wanted) {
    let number = &account.account_number;
    if let Some(found) = wanted.numbers.iter().find(|found| found.number == *number) {
        evidence.number = if found.repaired { NumberSays::Repaired } else { NumberSays::Same };
        evidence.because(if found.repaired {
            "the letter gives this account number, with letters that a scanner took for digits"
        } else {
            "the letter gives this account number"
        });
    } else if wanted.slips.binary_search_by(|slip| slip.as_str().cmp(number.as_str())).is_ok() {
        evidence.number = NumberSays::Slip;
        evidence.because("the letter gives a number that differs by one slip");
    }
}

fn note_address(evidence: &mut Evidence, account: &Account, wanted: &Wanted) {
    if let Some(own) = account.service_address.as_deref().and_then(address_key) {
        let says = wanted.addresses.iter().map(|written| address_says(written, &own));
        let best = says.max_by_key(|says| *says as u8).unwrap_or_default();
        evidence.address = best;
        match best {
            AddressSays::Nothing => {}
            AddressSays::Contradicting => {
                evidence.because("the letter names this street, but with another direction or kind");
            }
            AddressSays::OtherUnit => evidence.because("the letter names this street address, but another unit"),
            AddressSays::Misspelt | AddressSays::Slip => {
                evidence.because("the letter names this service address, misspelt");
            }
            AddressSays::PartsMissing => {
                evidence.because("the letter names this service address without its direction or kind of street");
            }
            AddressSays::NoUnit => evidence.because("the letter names this building, without a unit"),
            AddressSays::Same => evidence.because("the letter names this service address"),
        }
    }
    let mailing = account.mailing_address.as_deref().and_then(address_key);
    if evidence.address == AddressSays::Nothing
        && mailing.is_some_and(|own| wanted.addresses.iter().any(|written| written.street == own.street))
    {
        evidence.mailing = true;
        evidence.because("the letter names its mailing address");
    }
}

fn address_says(written: &AddressKey, own: &AddressKey) -> AddressSays {
    let (Some((house, street)), Some((own_house, own_street))) =
        (written.street.split_once(' '), own.street.split_once(' '))
    else {
        return AddressSays::Nothing;
    };
    if house != own_house {
        return AddressSays::Nothing;
    }
    let unit_differs = !written.unit.is_empty() && !own.unit.is_empty() && written.unit != own.unit;
    match likeness(street, own_street) {
        Likeness::Different => AddressSays::Nothing,
        Likeness::Contradicting => AddressSays::Contradicting,
        Likeness::Misspelt | Likeness::Slip | Likeness::PartsMissing | Likeness::Same if unit_differs => {
            AddressSays::OtherUnit
        }
        Likeness::Misspelt => AddressSays::Misspelt,
        Likeness::Slip => AddressSays::Slip,
        Likeness::PartsMissing => AddressSays::PartsMissing,
        Likeness::Same if written.unit.is_empty() && !own.unit.is_empty() => AddressSays::NoUnit,
        Likeness::Same => AddressSays::Same,
    }
}

fn note_sender(evidence: &mut Evidence, account: &Account, wanted: &Wanted, (own, today): (&[&Contact], Date)) {
    let same = |email: Option<&str>| wanted.email.is_some() && email.and_then(email_key) == wanted.email;
    if same(account.email.as_deref()) {
        evidence.email = true;
        evidence.because("the sender's address is on file for it");
    }
    if let Some(contact) =
        own.iter().find(|contact| same(contact.email.as_deref()) && in_force(contact.from, contact.until, today))
    {
        evidence.contact = true;
        evidence.reasons.push(format!("the sender is on file for it as its {}", contact.relation.title()));
    }
    let written = |email: Option<&str>| email.and_then(email_key).is_some_and(|email| wanted.emails.contains(&email));
    if written(account.email.as_deref()) || own.iter().any(|contact| written(contact.email.as_deref())) {
        evidence.written_email = true;
        evidence.because("the letter gives an e-mail address that is on file for it");
    }
    let known =
        |phone: Option<&str>| phone.and_then(phone_digits).is_some_and(|digits| wanted.phones.contains(&digits));
    if known(account.phone.as_deref()) || own.iter().any(|contact| known(contact.phone.as_deref())) {
        evidence.phone = true;
        evidence.because("the letter gives a telephone that is on file for it");
    }
}

fn note_names(evidence: &mut Evidence, account: &Account, query: &MatchQuery<'_>, wanted: &Wanted) {
    let holders = || std::iter::once(&account.name).chain(&account.co_name);
    if holders().any(|holder| wanted.names.iter().any(|name| names_agree(holder, name))) {
        evidence.name = true;
        evidence.because(if query.from_name.is_empty() {
            "the letter is signed with the accountholder's name"
        } else {
            "the sender gives the accountholder's name"
        });
    } else if holders().any(|holder| text_names(&wanted.words, holder)) {
        evidence.named = true;
        evidence.because("the letter names the accountholder");
    }
}
