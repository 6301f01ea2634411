//! Billing extracts: loaded beside the current one, then made current in one step.

use serde::de::DeserializeOwned;

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

const ACCOUNT: &str = "SELECT account_number, email_key, phone_key, street_key, data FROM accounts \
     WHERE extract_id = (SELECT id FROM extracts WHERE state = 'current')";

/// How many rows one full INSERT carries.
const ROWS_AT_ONCE: usize = 50;

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
        for chunk in full_and_single(accounts) {
            let text = sqlx::AssertSqlSafe(format!(
                "INSERT INTO accounts (extract_id, account_number, email_key, phone_key, street_key, data) VALUES {} \
                 ON CONFLICT (extract_id, account_number) DO UPDATE SET email_key = excluded.email_key, \
                 phone_key = excluded.phone_key, street_key = excluded.street_key, data = excluded.data",
                places(chunk.len(), 6)
            ));
            on!(self, connection => {
                let mut query = sqlx::query(text);
                for account in chunk {
                    query = query.bind(extract).bind(&account.account_number).bind(account.email_key.as_deref())
                        .bind(account.phone_key.as_deref()).bind(account.street_key.as_deref()).bind(&account.data);
                }
                query.execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Adds other rows to an extract that is being loaded; the last row of a key counts.
    pub async fn add_account_rows(&mut self, extract: i64, rows: &[RowRecord]) -> Result<(), StoreError> {
        for chunk in full_and_single(rows) {
            let text = sqlx::AssertSqlSafe(format!(
                "INSERT INTO account_rows (extract_id, account_number, kind, row_key, email_key, data) VALUES {} \
                 ON CONFLICT (extract_id, account_number, kind, row_key) DO UPDATE SET email_key = excluded.email_key, \
                 data = excluded.data",
                places(chunk.len(), 6)
            ));
            on!(self, connection => {
                let mut query = sqlx::query(text);
                for row in chunk {
                    query = query.bind(extract).bind(&row.account_number).bind(&row.kind).bind(&row.row_key)
                        .bind(row.email_key.as_deref()).bind(&row.data);
                }
                query.execute(connection).await?;
            });
        }
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
        let query = sqlx::AssertSqlSafe(format!("{ACCOUNT} AND account_number = $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(number).fetch_optional(connection).await?))
    }

    /// The accounts of the current extract with that e-mail address on file.
    pub async fn accounts_by_email(&mut self, email_key: &str) -> Result<Vec<AccountRecord>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{ACCOUNT} AND email_key = $1 ORDER BY account_number LIMIT 20"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(email_key).fetch_all(connection).await?))
    }

    /// The accounts of the current extract with that phone number on file.
    pub async fn accounts_by_phone(&mut self, phone_key: &str) -> Result<Vec<AccountRecord>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{ACCOUNT} AND phone_key = $1 ORDER BY account_number LIMIT 20"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(phone_key).fetch_all(connection).await?))
    }

    /// The accounts of the current extract at that street and number.
    pub async fn accounts_by_street(&mut self, street_key: &str) -> Result<Vec<AccountRecord>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{ACCOUNT} AND street_key = $1 ORDER BY account_number LIMIT 50"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(street_key).fetch_all(connection).await?))
    }

    /// The contacts of the current extract with that e-mail address.
    pub async fn contacts_by_email(&mut self, email_key: &str) -> Result<Vec<RowRecord>, StoreError> {
        const CONTACTS: &str = "SELECT account_number, kind, row_key, email_key, data FROM account_rows \
             WHERE extract_id = (SELECT id FROM extracts WHERE state = 'current') AND email_key = $1 \
             ORDER BY account_number, kind, row_key LIMIT 20";
        Ok(on!(self, connection => sqlx::query_as(CONTACTS).bind(email_key).fetch_all(connection).await?))
    }

    /// Every other row of one account in the current extract.
    pub async fn account_rows(&mut self, number: &str) -> Result<Vec<RowRecord>, StoreError> {
        const ROWS: &str = "SELECT account_number, kind, row_key, email_key, data FROM account_rows \
             WHERE extract_id = (SELECT id FROM extracts WHERE state = 'current') AND account_number = $1 \
             ORDER BY kind, row_key";
        Ok(on!(self, connection => sqlx::query_as(ROWS).bind(number).fetch_all(connection).await?))
    }
}

impl Tx {
    /// All rows of one account, put together.
    pub async fn whole_account(&mut self, number: &str) -> Result<Option<AccountRows>, StoreError> {
        let Some(record) = self.account(number).await? else { return Ok(None) };
        let mut rows = AccountRows::new(from_json("accounts", &record.data)?);
        for record in self.account_rows(number).await? {
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
        }
        Ok(Some(rows))
    }

    /// The accounts that a letter may mean, and the contacts that may have written it.
    pub async fn accounts_wanted(&mut self, wanted: &Wanted) -> Result<(Vec<Account>, Vec<Contact>), StoreError> {
        let mut records = Vec::new();
        for found in &wanted.numbers {
            records.extend(self.account(found.number.as_str()).await?);
        }
        let number_found = !records.is_empty();
        let mut contacts: Vec<Contact> = Vec::new();
        if let Some(email) = &wanted.email {
            records.extend(self.accounts_by_email(email).await?);
            for row in self.contacts_by_email(email).await? {
                records.extend(self.account(&row.account_number).await?);
                contacts.push(from_json("account_rows", &row.data)?);
            }
        }
        for street in &wanted.streets {
            records.extend(self.accounts_by_street(street).await?);
        }
        if !number_found {
            for near in matching::near(wanted) {
                records.extend(self.account(&near).await?);
            }
        }
        let accounts = records.iter().map(|record| from_json("accounts", &record.data)).collect::<Result<_, _>>()?;
        Ok((accounts, contacts))
    }
}

fn from_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt { table, column: "data", reason: error.to_string() })
}

/// Chunks of two sizes only, so that the statement cache stays small.
fn full_and_single<T>(items: &[T]) -> impl Iterator<Item = &[T]> {
    let full = items.len() - items.len() % ROWS_AT_ONCE;
    items[..full].chunks(ROWS_AT_ONCE).chain(items[full..].chunks(1))
}

/// The placeholders of an INSERT: `($1, $2), ($3, $4)`.
fn places(rows: usize, columns: usize) -> String {
    let groups: Vec<String> = (0..rows)
        .map(|row| {
            let numbers: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
            format!("({})", numbers.join(", "))
        })
        .collect();
    groups.join(", ")
}
