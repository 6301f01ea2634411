//! How sure it is who wrote a letter, and what the writer is to the account.
//!
//! It is computed from what the letter proves, and afterwards only ever lowered by hand; the
//! highest level is recorded by a person who called back or saw the portal.

use jiff::civil::Date;

use super::address::address_key;
use super::amounts::find_amounts;
use super::context::AccountRows;
use super::keys::phone_digits;
use super::matching::{MatchQuery, Wanted, email_key};
use super::names::{names_agree, text_names};
use super::rows::{Account, Contact, Payment, PaymentStatus, Relation};
use crate::letter::words::words;

words! {
    /// How sure it is that the writer is who the letter says.
    Assurance("assurance") {
        /// Nobody we know.
        A0 = "A0",
        /// An address on file, without proof that it wrote.
        A1 = "A1",
        /// An address on file that proved to have written, or paper from the mailing address on file.
        A2 = "A2",
        /// The same, and two facts of the account in the letter.
        A3 = "A3",
        /// Confirmed by a person, by call-back or portal.
        A4 = "A4",
    }
}

words! {
    /// What a writer is to an account.
    #[derive(Default)]
    Standing("standing") {
        /// Nothing that we know of.
        #[default]
        None = "none",
        /// Holds it.
        Holder = "holder",
        /// Holds the account too.
        Joint = "joint",
        /// Was authorized by the accountholder.
        Authorized = "authorized",
        /// Owns the property.
        Landlord = "landlord",
        /// Rents the property.
        Tenant = "tenant",
        /// Settles the estate.
        Executor = "executor",
        /// Is the accountholder's lawyer.
        Attorney = "attorney",
        /// Helps the accountholder by profession.
        SocialWorker = "social_worker",
    }
}

impl From<Relation> for Standing {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Joint => Self::Joint,
            Relation::Authorized => Self::Authorized,
            Relation::Landlord => Self::Landlord,
            Relation::Tenant => Self::Tenant,
            Relation::Executor => Self::Executor,
            Relation::Attorney => Self::Attorney,
            Relation::SocialWorker => Self::SocialWorker,
        }
    }
}

/// How sure it is who wrote, what they are to the account, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assured {
    /// The level.
    pub level: Assurance,
    /// What the writer is to the account.
    pub standing: Standing,
    /// What a contact was named for, in small words.
    pub scope: Vec<String>,
    /// Why, in words.
    pub reasons: Vec<String>,
}

impl Assured {
    fn nobody(reason: &str) -> Self {
        Self { level: Assurance::A0, standing: Standing::None, scope: Vec::new(), reasons: vec![reason.to_owned()] }
    }
}

/// Whether something holds on a day.
pub(super) fn in_force(from: Option<Date>, until: Option<Date>, today: Date) -> bool {
    from.is_none_or(|from| from <= today) && until.is_none_or(|until| today <= until)
}

/// How sure it is who wrote about an account. With all its rows, payments and bills that the
/// letter tells count as facts too.
#[must_use]
pub fn assure(
    query: &MatchQuery<'_>,
    wanted: &Wanted,
    account: Option<(&Account, &[Contact])>,
    (rows, today): (Option<&AccountRows>, Date),
) -> Assured {
    let Some((account, contacts)) = account else { return Assured::nobody("no single account is matched") };
    let own: Vec<&Contact> =
        contacts.iter().filter(|contact| contact.account_number == account.account_number).collect();
    let (standing, scope, mut reasons) = match writer(query, wanted, account, (&own, today)) {
        Ok(found) => found,
        Err(reason) => return Assured::nobody(reason),
    };
    let proven = query.paper || query.authenticated == Some(true);
    if !proven {
        reasons.push(
            if query.authenticated.is_none() {
                "whether it wrote was not checked"
            } else {
                "that it wrote is not proven"
            }
            .to_owned(),
        );
        return Assured { level: Assurance::A1, standing, scope, reasons };
    }
    if !query.paper {
        reasons.push("its domain confirms that it wrote".to_owned());
    }
    let facts = told_facts(query, wanted, account, rows);
    let level = if facts.len() >= 2 { Assurance::A3 } else { Assurance::A2 };
    if !facts.is_empty() {
        reasons.push(format!("the letter gives {}", facts.join(", ")));
    }
    Assured { level, standing, scope, reasons }
}

type Writer = (Standing, Vec<String>, Vec<String>);

/// Who on file wrote; else why nobody did.
fn writer(
    query: &MatchQuery<'_>,
    wanted: &Wanted,
    account: &Account,
    (own, today): (&[&Contact], Date),
) -> Result<Writer, &'static str> {
    if query.paper {
        return if on_paper(wanted, account) {
            let reason = "it came on paper with the accountholder's name and the mailing address on file".to_owned();
            Ok((Standing::Holder, Vec::new(), vec![reason]))
        } else {
            Err("it came on paper without the accountholder's name and the mailing address on file")
        };
    }
    let same = |email: Option<&str>| wanted.email.is_some() && email.and_then(email_key) == wanted.email;
    if same(account.email.as_deref()) {
        let reason = "the sender's address is on file for the account".to_owned();
        return Ok((Standing::Holder, Vec::new(), vec![reason]));
    }
    let of_sender = |contact: &&&Contact| same(contact.email.as_deref());
    let holds = |contact: &&&Contact| in_force(contact.from, contact.until, today);
    match own.iter().filter(of_sender).find(holds) {
        Some(contact) => {
            let reason = format!("the sender's address is on file for the account's {}", contact.relation.title());
            Ok((contact.relation.into(), scope_words(contact), vec![reason]))
        }
        None if own.iter().any(|contact| same(contact.email.as_deref())) => {
            Err("the sender's address is that of a contact whose time is over or has not come")
        }
        None => Err("the sender's address is not on file for the account"),
    }
}

/// What a contact was named for.
fn scope_words(contact: &Contact) -> Vec<String> {
    let scope = contact.scope.as_deref().unwrap_or_default().to_lowercase();
    scope
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// Whether paper comes from whom the mailing address on file belongs to.
fn on_paper(wanted: &Wanted, account: &Account) -> bool {
    let address = account.mailing_address.as_deref().or(account.service_address.as_deref()).and_then(address_key);
    let from_there = address.is_some_and(|own| {
        wanted.addresses.iter().any(|written| {
            written.street == own.street && (written.unit == own.unit || written.unit.is_empty() || own.unit.is_empty())
        })
    });
    let named = std::iter::once(&account.name)
        .chain(&account.co_name)
        .any(|holder| wanted.names.iter().any(|name| names_agree(holder, name)) || text_names(&wanted.words, holder));
    from_there && named
}

/// The facts of the account that the letter gives and that a stranger would hardly know.
fn told_facts(
    query: &MatchQuery<'_>,
    wanted: &Wanted,
    account: &Account,
    rows: Option<&AccountRows>,
) -> Vec<&'static str> {
    let mut facts = Vec::new();
    if wanted.numbers.iter().any(|found| found.number == account.account_number) {
        facts.push("the account number");
    }
    let service = account.service_address.as_deref().and_then(address_key);
    let mailing = account.mailing_address.as_deref().and_then(address_key);
    // Paper is from the mailing address: the same address is no second fact.
    let spent = query.paper && (mailing.is_none() || mailing == service);
    let names_it = service.is_some_and(|own| {
        wanted.addresses.iter().any(|written| {
            written.street == own.street && (written.unit == own.unit || written.unit.is_empty() || own.unit.is_empty())
        })
    });
    if names_it && !spent {
        facts.push("the service address");
    }
    let phone = account.phone.as_deref().and_then(phone_digits);
    if phone.is_some_and(|phone| wanted.phones.contains(&phone)) {
        facts.push("the telephone on file");
    }
    if account
        .meter_number
        .as_deref()
        .is_some_and(|meter| meter.len() >= 6 && wanted.words.iter().any(|word| word.eq_ignore_ascii_case(meter)))
    {
        facts.push("the meter number");
    }
    let amounts = find_amounts(query.text);
    if let Some(rows) = rows.filter(|_| !amounts.is_empty()) {
        let newest = |payment: &&Payment| payment.status == PaymentStatus::Posted && payment.posted_on.is_some();
        let last = rows.payments.iter().filter(newest).max_by_key(|payment| payment.posted_on);
        if last.is_some_and(|last| amounts.contains(&last.amount)) {
            facts.push("the last payment");
        }
        let bill = rows.bills.iter().max_by_key(|bill| bill.issued_on);
        if bill.is_some_and(|bill| amounts.contains(&bill.total)) {
            facts.push("the total of the newest bill");
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::wanted;
    use jiff::civil::date;
    use serde_json::json;

    const NUMBER: &str = "1000200030004001";
    const TODAY: Date = date(2026, 11, 1);

    fn account() -> Account {
        serde_json::from_value(json!({
            "account_number": NUMBER, "status": "active", "name": "Ana Vega", "email": "ana@customer.example",
            "phone": "215-555-0111", "service_address": "1608 N 5th St", "mailing_address": "PO Box 12, Philadelphia PA",
            "meter_number": "00451237",
        }))
        .expect("the fields fit")
    }

    fn contact(email: &str, until: Option<&str>) -> Contact {
        serde_json::from_value(json!({
            "account_number": NUMBER, "name": "Rosa Reed", "relation": "executor", "email": email,
            "scope": "Billing, payments", "until": until,
        }))
        .expect("the fields fit")
    }

    fn assured(query: &MatchQuery<'_>, contacts: &[Contact], rows: Option<&AccountRows>) -> Assured {
        let account = account();
        assure(query, &wanted(query), Some((&account, contacts)), (rows, TODAY))
    }

    #[test]
    fn each_level_needs_its_proof() {
        let text = format!("Account {NUMBER}, 1608 N 5th Street");
        let by = |from_address, authenticated, text| {
            assured(&MatchQuery { text, from_address, authenticated, ..MatchQuery::default() }, &[], None).level
        };
        assert_eq!(by("x@elsewhere.example", Some(true), &text), Assurance::A0);
        assert_eq!(by("ana@customer.example", None, &text), Assurance::A1);
        assert_eq!(by("ana@customer.example", Some(false), &text), Assurance::A1);
        assert_eq!(by("ana@customer.example", Some(true), "Why?"), Assurance::A2);
        assert_eq!(by("ana@customer.example", Some(true), "I live at 1608 N 5th St"), Assurance::A2);
        assert_eq!(by("ana@customer.example", Some(true), &text), Assurance::A3);
        assert_eq!(by("ANA@Customer.example", Some(true), "1608 N 5th St, call 215-555-0111"), Assurance::A3);
        assert_eq!(by("ana@customer.example", Some(true), "1608 N 5th St, meter 00451237"), Assurance::A3);
    }

    #[test]
    fn a_contact_counts_while_its_time_lasts() {
        let query =
            MatchQuery { from_address: "rosa@customer.example", authenticated: Some(true), ..MatchQuery::default() };
        let found = assured(&query, &[contact("rosa@customer.example", None)], None);
        assert_eq!((found.level, found.standing), (Assurance::A2, Standing::Executor));
        assert_eq!(found.scope, ["billing", "payments"]);
        let found = assured(&query, &[contact("rosa@customer.example", Some("2026-10-31"))], None);
        assert_eq!((found.level, found.standing), (Assurance::A0, Standing::None));
        assert!(found.reasons[0].contains("time is over"), "{:?}", found.reasons);
    }

    #[test]
    fn the_last_payment_is_a_fact() {
        let mut rows = AccountRows::new(account());
        for (on, amount) in [("2026-09-02", 6000), ("2026-10-02", 4125)] {
            rows.payments.push(
                serde_json::from_value(json!({
                    "payment_id": on, "account_number": NUMBER, "posted_on": on, "amount": amount, "status": "posted",
                }))
                .expect("the fields fit"),
            );
        }
        let level = |text| {
            let query = MatchQuery {
                text,
                from_address: "ana@customer.example",
                authenticated: Some(true),
                ..MatchQuery::default()
            };
            assured(&query, &[], Some(&rows)).level
        };
        assert_eq!(level("1608 N 5th St, I paid $41.25 last month"), Assurance::A3);
        assert_eq!(level("1608 N 5th St, I paid $60.00 last month"), Assurance::A2);
    }

    #[test]
    fn paper_proves_by_the_mailing_address_and_the_name() {
        let level = |text| assured(&MatchQuery { text, paper: true, ..MatchQuery::default() }, &[], None).level;
        assert_eq!(level("Ana Vega\nPO Box 12\nPhiladelphia PA 19101\n\nWhy is my bill so high?"), Assurance::A0);
        let mut rows = account();
        rows.mailing_address = None;
        let query = MatchQuery {
            text: "Ana Vega\n1608 N 5th St\n\nWhy? Account 1000200030004001",
            paper: true,
            ..MatchQuery::default()
        };
        let found = assure(&query, &wanted(&query), Some((&rows, &[])), (None, TODAY));
        assert_eq!((found.level, found.standing), (Assurance::A2, Standing::Holder), "the address is spent");
        rows.mailing_address = Some("88 W Norris St".to_owned());
        let query = MatchQuery {
            text: "Ana Vega\n88 W Norris St\n\nThe bill for 1608 N 5th St, account 1000200030004001",
            paper: true,
            ..MatchQuery::default()
        };
        let found = assure(&query, &wanted(&query), Some((&rows, &[])), (None, TODAY));
        assert_eq!(found.level, Assurance::A3);
    }
}
