//! Bearer tokens of the API: whose they are, and until when they hold.

use super::people::UserRow;
use super::{StoreError, Tx, expect_one, on};
use crate::ids::UserId;

/// A token as it is listed; the secret itself is nowhere.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TokenRow {
    /// The sign-in name of its user.
    pub login: String,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: i64,
    /// When it ends by itself.
    pub expires_at: Option<i64>,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
}

impl Tx {
    /// Adds a token; fails when its user has one of that name.
    pub async fn add_token(
        &mut self,
        digest: &str,
        (user, name): (&UserId, &str),
        (now, expires_at): (i64, Option<i64>),
    ) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO api_tokens (token_digest, user_id, name, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let rows = on!(self, connection => sqlx::query(ADD).bind(digest).bind(user.as_str()).bind(name).bind(now)
            .bind(expires_at).execute(connection).await?.rows_affected());
        if rows == 1 { Ok(()) } else { Err(StoreError::Refused(format!("there is a token \"{name}\" already"))) }
    }

    /// The active user of a token that still holds.
    pub async fn user_of_token(&mut self, digest: &str, now: i64) -> Result<Option<UserRow>, StoreError> {
        const USER: &str = "SELECT u.id, u.login, u.name, u.role, u.password_hash, u.created_at, u.disabled_at, \
             u.failed_sign_ins, u.blocked_until FROM api_tokens t JOIN users u ON u.id = t.user_id \
             WHERE t.token_digest = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) \
             AND u.disabled_at IS NULL";
        Ok(on!(self, connection => sqlx::query_as(USER).bind(digest).bind(now).fetch_optional(connection).await?))
    }

    /// Every token, by user and name.
    pub async fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        const ALL: &str = "SELECT u.login, t.name, t.created_at, t.expires_at, t.revoked_at FROM api_tokens t \
             JOIN users u ON u.id = t.user_id ORDER BY u.login, t.name, t.created_at";
        Ok(on!(self, connection => sqlx::query_as(ALL).fetch_all(connection).await?))
    }

    /// Takes a token back.
    pub async fn revoke_token(&mut self, user: &UserId, name: &str, now: i64) -> Result<(), StoreError> {
        const REVOKE: &str =
            "UPDATE api_tokens SET revoked_at = $1 WHERE user_id = $2 AND name = $3 AND revoked_at IS NULL";
        let rows = on!(self, connection => sqlx::query(REVOKE).bind(now).bind(user.as_str()).bind(name)
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the token")
    }
}
