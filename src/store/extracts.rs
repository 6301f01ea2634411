//! Billing extracts: loaded beside the current one, then made current in one step.

use super::batch::write_rows;
use super::{StoreError, Tx, expect_one, on};

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
    /// How many rows of its files could not be taken.
    pub left_out: i64,
}

/// An account of an extract, with all its rows as `accounts::kept` keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountRecord {
    /// The account number.
    pub account_number: String,
    /// Tells whether anything of the account changed since the last import.
    pub digest: i64,
    /// Whether the account is closed.
    pub closed: bool,
    /// Its own row.
    pub data: String,
    /// Its contacts.
    pub contacts: String,
    /// Everything else of it.
    pub ledger: String,
}

/// A key and an account that stands under it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyRecord {
    /// The key, as `accounts::keys` makes it.
    pub key: String,
    /// The account number.
    pub account_number: String,
}

/// What of an account tells whether it changed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountDigest {
    /// The account number.
    pub account_number: String,
    /// The digest of all its rows.
    pub digest: i64,
    /// 1 when it is closed.
    pub closed: i64,
}

impl Tx {
    /// The extract that readers see.
    pub async fn current_extract(&mut self) -> Result<Option<ExtractRow>, StoreError> {
        const CURRENT: &str =
            "SELECT id, digest, loaded_at, accounts, account_rows, left_out FROM extracts WHERE state = 'current'";
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

    /// Adds accounts to an extract that is being loaded, best in the order of their numbers.
    pub async fn add_accounts(&mut self, extract: i64, accounts: &[AccountRecord]) -> Result<(), StoreError> {
        const ACCOUNTS: &str =
            "INSERT INTO accounts (extract_id, account_number, digest, closed, data, contacts) VALUES";
        const LEDGERS: &str = "INSERT INTO account_ledgers (extract_id, account_number, data) VALUES";
        write_rows!(self, ACCOUNTS, "", accounts, account => [
            extract, &account.account_number, account.digest, i64::from(account.closed), &account.data, &account.contacts,
        ]);
        let ledgers: Vec<&AccountRecord> = accounts.iter().filter(|account| !account.ledger.is_empty()).collect();
        write_rows!(self, LEDGERS, "", &ledgers, account => [extract, &account.account_number, &account.ledger]);
        Ok(())
    }

    /// Adds keys to an extract that is being loaded, best in their order.
    pub async fn add_account_keys(&mut self, extract: i64, keys: &[KeyRecord]) -> Result<(), StoreError> {
        const KEYS: &str = "INSERT INTO account_keys (extract_id, key, account_number) VALUES";
        write_rows!(self, KEYS, "", keys, key => [extract, &key.key, &key.account_number]);
        Ok(())
    }

    /// What of an extract's accounts tells whether they changed: those after a number and, where
    /// one is given, up to another, in order, at most `limit`.
    pub async fn account_digests(
        &mut self,
        extract: i64,
        (after, until): (&str, Option<&str>),
        limit: i64,
    ) -> Result<Vec<AccountDigest>, StoreError> {
        const DIGESTS: &str = "SELECT account_number, digest, closed FROM accounts WHERE extract_id = $1 \
             AND account_number > $2 AND account_number <= $3 ORDER BY account_number LIMIT $4";
        // A colon stands behind every digit.
        let until = until.unwrap_or(":");
        Ok(on!(self, connection => sqlx::query_as(DIGESTS).bind(extract).bind(after).bind(until).bind(limit)
            .fetch_all(connection).await?))
    }

    /// Makes a loaded extract the one that readers see; fails when a newer one is already.
    pub async fn make_current(
        &mut self,
        extract: i64,
        (accounts, rows, left_out): (i64, i64, i64),
        now: i64,
    ) -> Result<(), StoreError> {
        const RETIRE: &str =
            "UPDATE extracts SET state = 'retired' WHERE (state = 'current' OR state = 'loading') AND id < $1";
        const CURRENT: &str = "UPDATE extracts SET state = 'current', loaded_at = $1, accounts = $2, account_rows = $3, \
             left_out = $4 WHERE id = $5 AND state = 'loading'";
        on!(self, connection => sqlx::query(RETIRE).bind(extract).execute(connection).await.map(drop)?);
        let changed = on!(self, connection => sqlx::query(CURRENT).bind(now).bind(accounts).bind(rows).bind(left_out).bind(extract)
            .execute(connection).await?.rows_affected());
        expect_one(changed, "the extract")
    }

    /// Removes up to `limit` rows of each table from extracts older than the current one; gives
    /// how many were removed.
    pub async fn sweep_extracts(&mut self, current: i64, limit: i64) -> Result<u64, StoreError> {
        const ACCOUNTS: &str = "DELETE FROM accounts WHERE (extract_id, account_number) IN \
             (SELECT extract_id, account_number FROM accounts WHERE extract_id < $1 ORDER BY extract_id, account_number LIMIT $2)";
        const LEDGERS: &str = "DELETE FROM account_ledgers WHERE (extract_id, account_number) IN \
             (SELECT extract_id, account_number FROM account_ledgers WHERE extract_id < $1 ORDER BY extract_id, account_number LIMIT $2)";
        const KEYS: &str = "DELETE FROM account_keys WHERE (extract_id, key, account_number) IN \
             (SELECT extract_id, key, account_number FROM account_keys WHERE extract_id < $1 ORDER BY extract_id, key, account_number LIMIT $2)";
        let mut removed = 0;
        for statement in [ACCOUNTS, LEDGERS, KEYS] {
            removed += on!(self, connection => sqlx::query(statement).bind(current).bind(limit)
                .execute(connection).await?.rows_affected());
        }
        Ok(removed)
    }
}
