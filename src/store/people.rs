//! Users and their sessions.

use super::rows::parsed;
use super::{StoreError, Tx, expect_one, on};
use crate::ids::UserId;
use crate::letter::Role;

/// A user as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UserRow {
    /// The user.
    #[sqlx(try_from = "String")]
    pub id: UserId,
    /// What they sign in with.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: String,
    /// The hash of their password, in the PHC form.
    pub password_hash: String,
    /// Since when.
    pub created_at: i64,
    /// Since when they may no longer sign in.
    pub disabled_at: Option<i64>,
    /// How many sign-ins failed since the last that succeeded.
    pub failed_sign_ins: i64,
    /// Until when sign-ins are refused.
    pub blocked_until: Option<i64>,
}

/// A session with its user.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SessionRow {
    /// The user.
    #[sqlx(try_from = "String")]
    pub user_id: UserId,
    /// What they sign in with.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: String,
    /// The secret that their forms carry.
    pub form_token: String,
    /// When the session was last used.
    pub seen_at: i64,
    /// When the session ends at the latest.
    pub expires_at: i64,
}

impl UserRow {
    /// What the user may do.
    pub fn role(&self) -> Result<Role, StoreError> {
        parsed("users", "role", &self.role)
    }
}

impl SessionRow {
    /// What the user may do.
    pub fn role(&self) -> Result<Role, StoreError> {
        parsed("users", "role", &self.role)
    }
}

const SELECT: &str = "SELECT id, login, name, role, password_hash, created_at, disabled_at, failed_sign_ins, \
     blocked_until FROM users";

impl Tx {
    /// Adds a user; fails when the sign-in name is taken.
    pub async fn add_user(&mut self, user: &UserRow) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO users (id, login, name, role, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (login) DO NOTHING";
        let rows = on!(self, connection => sqlx::query(ADD).bind(user.id.as_str()).bind(&user.login).bind(&user.name)
            .bind(&user.role).bind(&user.password_hash).bind(user.created_at)
            .execute(connection).await?.rows_affected());
        if rows == 1 {
            Ok(())
        } else {
            Err(StoreError::Refused(format!("the sign-in name \"{}\" is taken", user.login)))
        }
    }

    /// The user with that sign-in name.
    pub async fn user_by_login(&mut self, login: &str) -> Result<Option<UserRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} WHERE login = $1"));
        Ok(on!(self, connection => sqlx::query_as(query).bind(login).fetch_optional(connection).await?))
    }

    /// Every user, by sign-in name.
    pub async fn users(&mut self) -> Result<Vec<UserRow>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} ORDER BY login"));
        Ok(on!(self, connection => sqlx::query_as(query).fetch_all(connection).await?))
    }

    /// Ends a user's right to sign in, and every session of theirs.
    pub async fn disable_user(&mut self, id: &UserId, now: i64) -> Result<(), StoreError> {
        const DISABLE: &str = "UPDATE users SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL";
        const END: &str = "DELETE FROM sessions WHERE user_id = $1";
        let rows = on!(self, connection => sqlx::query(DISABLE).bind(now).bind(id.as_str())
            .execute(connection).await?.rows_affected());
        expect_one(rows, "the user")?;
        on!(self, connection => sqlx::query(END).bind(id.as_str()).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Remembers how sign-ins of a user went.
    pub async fn note_sign_in(
        &mut self,
        id: &UserId,
        failed: i64,
        blocked_until: Option<i64>,
    ) -> Result<(), StoreError> {
        const NOTE: &str = "UPDATE users SET failed_sign_ins = $1, blocked_until = $2 WHERE id = $3";
        on!(self, connection => sqlx::query(NOTE).bind(failed).bind(blocked_until).bind(id.as_str())
            .execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Opens a session; the token itself is not stored, only its digest.
    pub async fn add_session(
        &mut self,
        token_digest: &str,
        user: &UserId,
        form_token: &str,
        (now, expires_at): (i64, i64),
    ) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO sessions (token_digest, user_id, form_token, created_at, seen_at, expires_at) \
             VALUES ($1, $2, $3, $4, $4, $5)";
        const SWEEP: &str = "DELETE FROM sessions WHERE expires_at <= $1";
        on!(self, connection => sqlx::query(SWEEP).bind(now).execute(connection).await.map(drop)?);
        on!(self, connection => sqlx::query(ADD).bind(token_digest).bind(user.as_str()).bind(form_token).bind(now)
            .bind(expires_at).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// The session with that token, if it still holds and its user may still sign in.
    pub async fn session(&mut self, token_digest: &str, now: i64) -> Result<Option<SessionRow>, StoreError> {
        const FIND: &str = "SELECT s.user_id, u.login, u.name, u.role, s.form_token, s.seen_at, s.expires_at \
             FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE s.token_digest = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL";
        Ok(on!(self, connection => sqlx::query_as(FIND).bind(token_digest).bind(now).fetch_optional(connection).await?))
    }

    /// Notes that a session was used.
    pub async fn note_session(&mut self, token_digest: &str, now: i64) -> Result<(), StoreError> {
        const NOTE: &str = "UPDATE sessions SET seen_at = $1 WHERE token_digest = $2";
        on!(self, connection => sqlx::query(NOTE).bind(now).bind(token_digest).execute(connection).await.map(drop)?);
        Ok(())
    }

    /// Ends a session.
    pub async fn end_session(&mut self, token_digest: &str) -> Result<(), StoreError> {
        const END: &str = "DELETE FROM sessions WHERE token_digest = $1";
        on!(self, connection => sqlx::query(END).bind(token_digest).execute(connection).await.map(drop)?);
        Ok(())
    }
}
