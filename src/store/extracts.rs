//! Billing extracts: loaded beside the current one, then made current in one step.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::de::DeserializeOwned;

use super::batch::{fetch_in, write_rows};
use super::{StoreError, Tx, expect_one, on};
use crate::accounts::rows::{Account, Contact};
use crate::accounts::{AccountRows, Wanted, matching};

/// One import.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ExtractRow {
    /// Its number.
    pub id: i64,
    /// The digest of its files.
    pub digest: String,
    /// When it became current.
    pub loaded_at: Option<i64>,
    /// How many accounts it has.
    pub accounts: i64,
    /// How many other rows it has.
    pub account_rows: i64,
}

/// An account of an extract, with the keys it is found by.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccountRecord {
    /// The account number.
    pub account_number: String,
    /// The folded e-mail address.
    pub email_key: Option<String>,
    /// The digits of the phone number.
    pub phone_key: Option<String>,
    /// The street part of the service address in its normal form.
    pub street_key: Option<String>,
    /// The row, as JSON.
    pub data: String,
}

/// Another row of an extract: a bill, a payment, a contact.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RowRecord {
    /// The account it belongs to.
    pub account_number: String,
    /// The name of its file, without the ending.
    pub kind: String,
    /// What tells it from the others of its kind and account.
    pub row_key: String,
    /// The folded e-mail address, for contacts.
    pub email_key: Option<String>,
    /// The row, as JSON.
    pub data: String,
}

impl Tx {
    /// The extract that readers see.
    pub async fn current_extract(&mut self) -> Result<Option<ExtractRow>, StoreError> {
        const CURRENT: &str =
            "SELECT id, digest, loaded_at, accounts, account_rows FROM extracts WHERE state = 'current'";
        Ok(on!(self, connection => sqlx::query_as(CURRENT).fetch_optional(connection).await?))
    }

    /// Begins a new extract beside the current one.
    pub async fn begin_extract(&mut self, digest: &str, now: i64) -> Result<i64, StoreError> {
        const BEGIN: &str = "INSERT INTO extracts (id, digest, state, started_at, accounts, account_rows) \
             VALUES ($1, $2, 'loading', $3, 0, 0)";
        let id = self.take_numbers("extract", 1).await?;
        on!(self, connection => sqlx::query(BEGIN).bind(id).bind(digest).bind(now).execute(connection).await.map(drop)?);
        Ok(id)
    }

    /// Adds accounts to an extract that is being loaded; the last row of a number counts.
    pub async fn add_accounts(&mut self, extract: i64, accounts: &[AccountRecord]) -> Result<(), StoreError> {
        const ADD: &str =
            "INSERT INTO accounts (extract_id, account_number, email_key, phone_key, street_key, data) VALUES";
        const REPLACE: &str = "ON CONFLICT (extract_id, account_number) DO UPDATE SET email_key = excluded.email_key, \
             phone_key = excluded.phone_key, street_key = excluded.street_key, data = excluded.data";
        write_rows!(self, ADD, REPLACE, accounts, account => [
            extract, &account.account_number, account.email_key.as_deref(), account.phone_key.as_deref(),
            account.street_key.as_deref(), &account.data,
        ]);
        Ok(())
    }

    /// Adds other rows to an extract that is being loaded; the last row of a key counts.
    pub async fn add_account_rows(&mut self, extract: i64, rows: &[RowRecord]) -> Result<(), StoreError> {
        const ADD: &str =
            "INSERT INTO account_rows (extract_id, account_number, kind, row_key, email_key, data) VALUES";
        const REPLACE: &str = "ON CONFLICT (extract_id, account_number, kind, row_key) DO UPDATE SET \
             email_key = excluded.email_key, data = excluded.data";
        write_rows!(self, ADD, REPLACE, rows, row => [
            extract, &row.account_number, &row.kind, &row.row_key, row.email_key.as_deref(), &row.data,
        ]);
        Ok(())
    }

    /// Makes a loaded extract the one that readers see.
    pub async fn make_current(
        &mut self,
        extract: i64,
        (accounts, rows): (i64, i64),
        now: i64,
    ) -> Result<(), StoreError> {
        const RETIRE: &str = "UPDATE extracts SET state = 'retired' WHERE state = 'current'";
        const CURRENT: &str = "UPDATE extracts SET state = 'current', loaded_at = $1, accounts = $2, account_rows = $3 \
             WHERE id = $4 AND state = 'loading'";
        on!(self, connection => sqlx::query(RETIRE).execute(connection).await.map(drop)?);
        let changed = on!(self, connection => sqlx::query(CURRENT).bind(now).bind(accounts).bind(rows).bind(extract)
            .execute(connection).await?.rows_affected());
        expect_one(changed, "the extract")
    }

    /// Removes up to `limit` accounts with their rows from extracts older than the current one;
    /// gives how many accounts were removed.
    pub async fn sweep_extracts(&mut self, current: i64, limit: i64) -> Result<u64, StoreError> {
        const ROWS: &str = "DELETE FROM account_rows WHERE (extract_id, account_number) IN \
             (SELECT extract_id, account_number FROM accounts WHERE extract_id < $1 ORDER BY extract_id, account_number LIMIT $2)";
        const ACCOUNTS: &str = "DELETE FROM accounts WHERE (extract_id, account_number) IN \
             (SELECT extract_id, account_number FROM accounts WHERE extract_id < $1 ORDER BY extract_id, account_number LIMIT $2)";
        const REST: &str = "DELETE FROM account_rows WHERE extract_id < $1";
        on!(self, connection => sqlx::query(ROWS).bind(current).bind(limit).execute(connection).await.map(drop)?);
        let removed = on!(self, connection => sqlx::query(ACCOUNTS).bind(current).bind(limit)
            .execute(connection).await?.rows_affected());
        if removed == 0 {
            // Rows of accounts that the old extract did not have.
            on!(self, connection => sqlx::query(REST).bind(current).execute(connection).await.map(drop)?);
        }
        Ok(removed)
    }

    /// One account of the current extract.
    pub async fn account(&mut self, number: &str) -> Result<Option<AccountRecord>, StoreError> {
        Ok(self.accounts_by(Key::Number, &[number]).await?.pop())
    }

    /// The accounts of the current extract that stand under any of the keys; of one key at
    /// most so many, so that an address of a thousand accounts costs no more than others.
    async fn accounts_by(&mut self, key: Key, keys: &[&str]) -> Result<Vec<AccountRecord>, StoreError> {
        const MOST: &str = ") AS numbered WHERE place <= 50";
        let column = key.column();
        let head = format!(
            "SELECT account_number, email_key, phone_key, street_key, data FROM (SELECT account_number, email_key, \
             phone_key, street_key, data, row_number() OVER (PARTITION BY {column} ORDER BY account_number) AS place \
             FROM accounts WHERE extract_id = (SELECT id FROM extracts WHERE state = 'current') AND {column}"
        );
        Ok(fetch_in!(self, head, MOST, [], keys))
    }

    /// The contacts of the current extract with any of the e-mail addresses.
    async fn contacts_by_emails(&mut self, emails: &[&str]) -> Result<Vec<RowRecord>, StoreError> {
        const HEAD: &str = "SELECT account_number, kind, row_key, email_key, data FROM (SELECT account_number, kind, \
             row_key, email_key, data, row_number() OVER (PARTITION BY email_key ORDER BY account_number, row_key) \
             AS place FROM account_rows WHERE extract_id = (SELECT id FROM extracts WHERE state = 'current') \
             AND email_key";
        const MOST: &str = ") AS numbered WHERE place <= 50";
        Ok(fetch_in!(self, HEAD, MOST, [], emails))
    }
}

impl Tx {
    /// All rows of one account, put together.
    pub async fn whole_account(&mut self, number: &str) -> Result<Option<AccountRows>, StoreError> {
        Ok(self.whole_accounts(&[number]).await?.remove(number))
    }

    /// All rows of several accounts, put together, by account number.
    pub async fn whole_accounts(&mut self, numbers: &[&str]) -> Result<HashMap<String, AccountRows>, StoreError> {
        const ROWS: &str = "SELECT account_number, kind, row_key, email_key, data FROM account_rows \
             WHERE extract_id = (SELECT id FROM extracts WHERE state = 'current') AND account_number";
        const ORDER: &str = "ORDER BY account_number, kind, row_key";
        let mut accounts = HashMap::new();
        for record in self.accounts_by(Key::Number, numbers).await? {
            let rows = AccountRows::new(from_json("accounts", &record.data)?);
            accounts.insert(record.account_number, rows);
        }
        let records: Vec<RowRecord> = fetch_in!(self, ROWS, ORDER, [], numbers);
        for record in records {
            if let Some(rows) = accounts.get_mut(&record.account_number) {
                add_row(rows, &record)?;
            }
        }
        Ok(accounts)
    }

    /// The accounts that a letter may mean, and the contacts that may have written it.
    pub async fn accounts_wanted(&mut self, wanted: &Wanted) -> Result<(Vec<Account>, Vec<Contact>), StoreError> {
        Ok(self.accounts_for(std::slice::from_ref(wanted)).await?.pop().unwrap_or_default())
    }

    /// For each of several letters, the accounts that it may mean and the contacts that may
    /// have written it.
    pub async fn accounts_for(&mut self, wanted: &[Wanted]) -> Result<Vec<(Vec<Account>, Vec<Contact>)>, StoreError> {
        if self.current_extract().await?.is_none() {
            return Ok(vec![Default::default(); wanted.len()]);
        }
        let numbers = unique(wanted.iter().flat_map(|wanted| &wanted.numbers).map(|found| found.number.as_str()));
        let emails = unique(wanted.iter().filter_map(|wanted| wanted.email.as_deref()));
        let streets = unique(wanted.iter().flat_map(|wanted| &wanted.streets).map(String::as_str));
        let mut found = self.accounts_by(Key::Number, &numbers).await?;
        let contacts = self.contacts_by_emails(&emails).await?;
        // Numbers one step beside those that no account has, and the accounts of the contacts.
        let known: HashSet<&str> = found.iter().map(|record| record.account_number.as_str()).collect();
        let near: Vec<Vec<String>> = wanted
            .iter()
            .map(|wanted| {
                let exact = wanted.numbers.iter().any(|found| known.contains(found.number.as_str()));
                if exact { Vec::new() } else { matching::near(wanted) }
            })
            .collect();
        let more = unique(
            near.iter()
                .flatten()
                .map(String::as_str)
                .chain(contacts.iter().map(|contact| contact.account_number.as_str())),
        );
        let more = self.accounts_by(Key::Number, &more).await?;
        found.extend(more);
        found.extend(self.accounts_by(Key::Email, &emails).await?);
        found.extend(self.accounts_by(Key::Street, &streets).await?);
        let found: BTreeMap<&str, &AccountRecord> =
            found.iter().map(|record| (record.account_number.as_str(), record)).collect();
        wanted.iter().zip(&near).map(|(wanted, near)| of_letter(wanted, near, &found, &contacts)).collect()
    }
}

/// Of all that was found for several letters, what one of them wants.
fn of_letter(
    wanted: &Wanted,
    near: &[String],
    found: &BTreeMap<&str, &AccountRecord>,
    contacts: &[RowRecord],
) -> Result<(Vec<Account>, Vec<Contact>), StoreError> {
    let writers: Vec<&RowRecord> =
        contacts.iter().filter(|contact| wanted.email.is_some() && contact.email_key == wanted.email).collect();
    let numbers = wanted
        .numbers
        .iter()
        .map(|found| found.number.as_str())
        .chain(near.iter().map(String::as_str))
        .chain(writers.iter().map(|contact| contact.account_number.as_str()));
    let mut records: BTreeMap<&str, &AccountRecord> =
        numbers.filter_map(|number| found.get_key_value(number)).map(|(number, record)| (*number, *record)).collect();
    for (number, record) in found {
        let by_email = wanted.email.is_some() && record.email_key == wanted.email;
        if by_email || record.street_key.as_ref().is_some_and(|street| wanted.streets.contains(street)) {
            records.insert(number, record);
        }
    }
    let accounts = records.values().map(|record| from_json("accounts", &record.data)).collect::<Result<_, _>>()?;
    let contacts = writers.iter().map(|row| from_json("account_rows", &row.data)).collect::<Result<_, _>>()?;
    Ok((accounts, contacts))
}

/// Puts a row where it belongs.
fn add_row(rows: &mut AccountRows, record: &RowRecord) -> Result<(), StoreError> {
    let data = record.data.as_str();
    match record.kind.as_str() {
        "bills" => rows.bills.push(from_json("account_rows", data)?),
        "reads" => rows.reads.push(from_json("account_rows", data)?),
        "payments" => rows.payments.push(from_json("account_rows", data)?),
        "adjustments" => rows.adjustments.push(from_json("account_rows", data)?),
        "agreements" => rows.agreements.push(from_json("account_rows", data)?),
        "assistance" => rows.assistance.push(from_json("account_rows", data)?),
        "notices" => rows.notices.push(from_json("account_rows", data)?),
        "protections" => rows.protections.push(from_json("account_rows", data)?),
        "contacts" => rows.contacts.push(from_json("account_rows", data)?),
        other => {
            let reason = format!("\"{other}\" is no file of the extract");
            return Err(StoreError::Corrupt { table: "account_rows", column: "kind", reason });
        }
    }
    Ok(())
}

/// What accounts are found by.
#[derive(Debug, Clone, Copy)]
enum Key {
    Number,
    Email,
    Street,
}

impl Key {
    const fn column(self) -> &'static str {
        match self {
            Self::Number => "account_number",
            Self::Email => "email_key",
            Self::Street => "street_key",
        }
    }
}

/// Each key once.
fn unique<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    keys.collect::<BTreeSet<&str>>().into_iter().collect()
}

fn from_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt { table, column: "data", reason: error.to_string() })
}
