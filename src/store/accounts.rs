//! The account directory: accounts by number, by key, by house number; and whole accounts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::batch::{each_of, padded};
use super::{StoreError, Tx, on};
use crate::accounts::address::{Likeness, likeness};
use crate::accounts::kept;
use crate::accounts::keys::{house_key, street_of_key};
use crate::accounts::matching::House;
use crate::accounts::rows::{Account, Contact};
use crate::accounts::{AccountRows, Wanted};

/// How many accounts are looked at under one key: a name or an address that more of them share
/// points to none of them.
const UNDER_A_KEY: i64 = 50;
/// How many streets are compared with one house number.
const UNDER_A_HOUSE: i64 = 3000;
/// How many of those are looked at more closely.
const ALIKE: usize = 40;

/// An account with its contacts, as the directory keeps it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Kept {
    account_number: String,
    data: String,
    contacts: String,
}

#[derive(sqlx::FromRow)]
struct Ledger {
    account_number: String,
    data: String,
}

/// The accounts that one letter may mean, and those who may speak for them.
pub type Found = (Vec<Account>, Vec<Contact>);

impl Kept {
    fn account(&self) -> Result<Account, StoreError> {
        kept::account(&self.account_number, &self.data).map_err(|error| corrupt("accounts", "data", &error))
    }

    fn contacts(&self) -> Result<Vec<Contact>, StoreError> {
        kept::contacts(&self.account_number, &self.contacts).map_err(|error| corrupt("accounts", "contacts", &error))
    }
}

impl Tx {
    /// One account of the current extract.
    pub async fn account(&mut self, number: &str) -> Result<Option<Account>, StoreError> {
        let Some(extract) = self.current_extract().await? else { return Ok(None) };
        self.accounts_by_number(extract.id, &[number]).await?.pop().map(|kept| kept.account()).transpose()
    }

    async fn accounts_by_number(&mut self, extract: i64, numbers: &[&str]) -> Result<Vec<Kept>, StoreError> {
        const HEAD: &str =
            "SELECT account_number, data, contacts FROM accounts WHERE extract_id = $1 AND account_number IN";
        let mut found = Vec::new();
        for group in padded(numbers) {
            let places = super::batch::list(2, group.len());
            let text = sqlx::AssertSqlSafe(format!("{HEAD} {places}"));
            on!(self, connection => {
                let mut query = sqlx::query_as(text).bind(extract);
                for number in &group {
                    query = query.bind(*number);
                }
                found.extend(query.fetch_all(connection).await?);
            });
        }
        Ok(found)
    }

    /// The accounts under each of the keys: pairs of key and account number.
    async fn numbers_by_key(&mut self, extract: i64, keys: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        for group in padded(keys) {
            // Of each key a few only, so that one which a thousand accounts share costs no more.
            let text = each_of(group.len(), |place| {
                format!(
                    "SELECT * FROM (SELECT key, account_number FROM account_keys WHERE extract_id = $1 AND key = ${} \
                     ORDER BY account_number LIMIT {UNDER_A_KEY}) AS k{place}",
                    place + 2
                )
            });
            let text = sqlx::AssertSqlSafe(text);
            on!(self, connection => {
                let mut query = sqlx::query_as(text).bind(extract);
                for key in &group {
                    query = query.bind(*key);
                }
                found.extend(query.fetch_all(connection).await?);
            });
        }
        Ok(found)
    }

    /// The streets with a house number: pairs of street and account number.
    async fn streets_of_house(&mut self, extract: i64, house: &str) -> Result<Vec<(String, String)>, StoreError> {
        const STREETS: &str = "SELECT key, account_number FROM account_keys WHERE extract_id = $1 AND key >= $2 \
             AND key < $3 ORDER BY key, account_number LIMIT $4";
        let from = house_key(house);
        // The mark behind the blank.
        let until = format!("{}!", from.trim_end());
        let found: Vec<(String, String)> = on!(self, connection => sqlx::query_as(STREETS).bind(extract).bind(&from)
            .bind(&until).bind(UNDER_A_HOUSE).fetch_all(connection).await?);
        Ok(found
            .into_iter()
            .filter_map(|(key, number)| Some((street_of_key(&key, house)?.to_owned(), number)))
            .collect())
    }

    /// All rows of one account, put together.
    pub async fn whole_account(&mut self, number: &str) -> Result<Option<AccountRows>, StoreError> {
        Ok(self.whole_accounts(&[number]).await?.remove(number))
    }

    /// All rows of several accounts, put together, by account number.
    pub async fn whole_accounts(&mut self, numbers: &[&str]) -> Result<HashMap<String, AccountRows>, StoreError> {
        const HEAD: &str =
            "SELECT account_number, data FROM account_ledgers WHERE extract_id = $1 AND account_number IN";
        let mut accounts = HashMap::new();
        if numbers.is_empty() {
            return Ok(accounts);
        }
        let Some(extract) = self.current_extract().await? else { return Ok(accounts) };
        for kept in self.accounts_by_number(extract.id, numbers).await? {
            let mut rows = AccountRows::new(kept.account()?);
            rows.contacts = kept.contacts()?;
            accounts.insert(kept.account_number, rows);
        }
        for group in padded(numbers) {
            let places = super::batch::list(2, group.len());
            let text = sqlx::AssertSqlSafe(format!("{HEAD} {places}"));
            let ledgers: Vec<Ledger> = on!(self, connection => {
                let mut query = sqlx::query_as(text).bind(extract.id);
                for number in &group {
                    query = query.bind(*number);
                }
                query.fetch_all(connection).await?
            });
            for ledger in ledgers {
                if let Some(rows) = accounts.get_mut(&ledger.account_number) {
                    kept::unfold(rows, &ledger.data).map_err(|error| corrupt("account_ledgers", "data", &error))?;
                }
            }
        }
        Ok(accounts)
    }

    /// The accounts that a letter may mean, and their contacts.
    pub async fn accounts_wanted(&mut self, wanted: &Wanted) -> Result<Found, StoreError> {
        Ok(self.accounts_for(std::slice::from_ref(wanted)).await?.pop().unwrap_or_default())
    }

    /// For each of several letters, the accounts that it may mean and their contacts.
    pub async fn accounts_for(&mut self, wanted: &[Wanted]) -> Result<Vec<Found>, StoreError> {
        let Some(extract) = self.current_extract().await? else {
            return Ok(vec![Default::default(); wanted.len()]);
        };
        let keys: Vec<Vec<String>> = wanted.iter().map(Wanted::keys).collect();
        let by_key = self.numbers_by_key(extract.id, &unique(keys.iter().flatten().map(String::as_str))).await?;
        let mut directory = Directory::default();
        for (key, number) in by_key {
            directory.keys.entry(key).or_default().push(number);
        }
        let houses: Vec<Vec<House>> = wanted.iter().map(Wanted::houses).collect();
        for house in unique(houses.iter().flatten().map(|house| house.number.as_str())) {
            directory.houses.insert(house.to_owned(), self.streets_of_house(extract.id, house).await?);
        }
        let candidates: Vec<BTreeSet<&str>> =
            keys.iter().zip(&houses).map(|(keys, houses)| directory.candidates(keys, houses)).collect();
        let numbers = unique(wanted.iter().flat_map(Wanted::all_numbers).chain(candidates.iter().flatten().copied()));
        let found = self.accounts_by_number(extract.id, &numbers).await?;
        let found: BTreeMap<&str, &Kept> = found.iter().map(|kept| (kept.account_number.as_str(), kept)).collect();
        wanted.iter().zip(&candidates).map(|(wanted, candidates)| of_letter(wanted, candidates, &found)).collect()
    }
}

/// What was looked up for several letters.
#[derive(Default)]
struct Directory {
    keys: HashMap<String, Vec<String>>,
    houses: HashMap<String, Vec<(String, String)>>,
}

impl Directory {
    /// The numbers of the accounts that keys and houses of one letter point to.
    fn candidates(&self, keys: &[String], houses: &[House]) -> BTreeSet<&str> {
        let by_key = keys.iter().filter_map(|key| self.keys.get(key)).flatten().map(String::as_str);
        let mut found: BTreeSet<&str> = by_key.collect();
        for house in houses {
            let Some(streets) = self.houses.get(&house.number) else { continue };
            let mut alike: Vec<(Likeness, &str)> = Vec::new();
            // The streets are in order: those of a building with many accounts stand together.
            let mut last: Option<(&str, Likeness)> = None;
            for (street, number) in streets {
                let like = match last.filter(|(known, _)| known == street) {
                    Some((_, like)) => like,
                    None => house
                        .streets
                        .iter()
                        .map(|written| likeness(written, street))
                        .max()
                        .unwrap_or(Likeness::Different),
                };
                last = Some((street, like));
                if like != Likeness::Different {
                    alike.push((like, number));
                }
            }
            alike.sort_by(|(one, _), (other, _)| other.cmp(one));
            found.extend(alike.into_iter().take(ALIKE).map(|(_, number)| number));
        }
        found
    }
}

/// Of all that was found for several letters, what one of them wants.
fn of_letter(wanted: &Wanted, candidates: &BTreeSet<&str>, found: &BTreeMap<&str, &Kept>) -> Result<Found, StoreError> {
    let numbers: BTreeSet<&str> = wanted.all_numbers().chain(candidates.iter().copied()).collect();
    let kept: Vec<&Kept> = numbers.iter().filter_map(|number| found.get(number).copied()).collect();
    let accounts = kept.iter().map(|kept| kept.account()).collect::<Result<_, _>>()?;
    let contacts: Vec<Vec<Contact>> = kept.iter().map(|kept| kept.contacts()).collect::<Result<_, _>>()?;
    Ok((accounts, contacts.concat()))
}

/// Each key once.
fn unique<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    keys.collect::<BTreeSet<&str>>().into_iter().collect()
}

fn corrupt(table: &'static str, column: &'static str, error: &kept::NotKept) -> StoreError {
    StoreError::Corrupt { table, column, reason: error.to_string() }
}
